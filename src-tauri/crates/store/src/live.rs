//! Runs as the writer knows them: their heads, states and waiting steps.

use std::collections::{BTreeMap, HashMap};

use engine::{Ending, Event, RunId, Waiting};
use flow::Digest;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::{
    Run, StoreError, json,
    projections::word,
    read,
    snapshot::{digest, get},
    table::{Cell, Row},
};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Under way.
    Running,
    /// It only waits, and is not in memory.
    Waiting,
    /// Every step that could run did.
    Completed,
    /// A step failed and nothing caught it.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl RunState {
    /// How the run ended, if it did.
    pub const fn ending(self) -> Option<Ending> {
        match self {
            Self::Running | Self::Waiting => None,
            Self::Completed => Some(Ending::Completed),
            Self::Failed => Some(Ending::Failed),
            Self::Cancelled => Some(Ending::Cancelled),
        }
    }
}

impl From<Ending> for RunState {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Completed => Self::Completed,
            Ending::Failed => Self::Failed,
            Ending::Cancelled => Self::Cancelled,
        }
    }
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) prompt: Option<String>,
    pub(crate) due: Option<i64>,
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) flow_id: String,
    pub(crate) flow: Digest,
    pub(crate) state: RunState,
    pub(crate) started_at: i64,
    pub(crate) started_by: String,
    pub(crate) ended_at: Option<i64>,
    /// The number and hash of its last event.
    pub(crate) seq: i64,
    pub(crate) head: Digest,
    /// By step.
    pub(crate) waiting: BTreeMap<String, Wait>,
}

/// What an event changes in the index of waiting steps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    Put(String, Wait),
    Gone(String),
}

impl Live {
    /// A run that begins with this event; `None` when it is not an event that begins one.
    pub(crate) fn begin(event: &Event, at: i64) -> Option<Self> {
        let Event::Started { flow_id, flow, by, .. } = event else { return None };
        Some(Self {
            flow_id: flow_id.clone(),
            flow: *flow,
            state: RunState::Running,
            started_at: at,
            started_by: json(by),
            ended_at: None,
            seq: 0,
            head: Digest::from_bytes([0; 32]),
            waiting: BTreeMap::new(),
        })
    }

    /// Its row.
    pub(crate) fn row(&self, id: &str) -> Row {
        vec![
            id.into(),
            self.flow_id.as_str().into(),
            self.flow.into(),
            word(&self.state).into(),
            self.started_at.into(),
            self.started_by.as_str().into(),
            self.ended_at.into(),
        ]
    }

    /// Follows an event, but for its number and hash.
    pub(crate) fn follow(&mut self, event: &Event, at: i64, moved: &mut Vec<Moved>) {
        if let Event::Ended { ending, .. } = event {
            (self.state, self.ended_at) = ((*ending).into(), Some(at));
        }
        let wait = match event.waiting() {
            Waiting::Unchanged => return,
            Waiting::ForTime(due) => Some(Wait { prompt: None, due: Some(due) }),
            Waiting::ForPrompt { prompt, expires_at } => Some(Wait { prompt: Some(prompt.to_owned()), due: expires_at }),
            Waiting::No => None,
            Waiting::NothingInRun => {
                moved.extend(std::mem::take(&mut self.waiting).into_keys().map(Moved::Gone));
                return;
            }
        };
        let Some(path) = event.waits_as() else { return };
        match wait {
            Some(wait) => {
                self.waiting.insert(path.as_str().to_owned(), wait.clone());
                moved.push(Moved::Put(path.as_str().to_owned(), wait));
            }
            None if self.waiting.remove(path.as_str()).is_some() => moved.push(Moved::Gone(path.as_str().to_owned())),
            None => {}
        }
    }

    /// The steps that wait for a prompt.
    pub(crate) fn waiters(&self, prompt: &str) -> Vec<String> {
        let waits = |wait: &Wait| wait.prompt.as_deref() == Some(prompt);
        self.waiting.iter().filter(|(_, wait)| waits(wait)).map(|(path, _)| path.clone()).collect()
    }
}

/// The hash of an event, over the one before it.
pub(crate) fn event_hash(before: &Digest, run: &str, at: &Place<'_>, body: &Digest) -> Digest {
    let Place { seq, at, v, kind, path } = at;
    let parts: [&[u8]; 8] = [
        before.bytes(),
        run.as_bytes(),
        &seq.to_be_bytes(),
        &at.to_be_bytes(),
        &v.to_be_bytes(),
        kind.as_bytes(),
        path.unwrap_or_default().as_bytes(),
        body.bytes(),
    ];
    Digest::chain("assent.event.v1", &parts)
}

/// Where an event stands and what it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) v: i64,
    pub(crate) kind: &'a str,
    pub(crate) path: Option<&'a str>,
}

/// A waiting step's row.
pub(crate) fn waiting_row(run: &str, path: &str, wait: &Wait) -> Row {
    vec![run.into(), path.into(), wait.prompt.as_deref().into(), wait.due.into()]
}

/// Its key.
pub(crate) fn waiting_key(run: &str, path: &str) -> Vec<Cell> {
    vec![run.into(), path.into()]
}

/// Reads runs with their heads and waiting steps. Those that aren't there are left out.
pub(crate) async fn load(conn: &mut SqliteConnection, ids: &[RunId]) -> Result<HashMap<RunId, Live>, StoreError> {
    let failed = |e: sqlx::Error| StoreError::read(&e);
    let list = json(&ids);
    let sql = "SELECT r.id FROM json_each(?) i JOIN runs r ON r.id = i.value";
    let there = sqlx::query(sql).bind(list).fetch_all(&mut *conn).await.map_err(failed)?;
    if there.is_empty() {
        return Ok(HashMap::new());
    }
    let there: Vec<&str> = there.iter().map(|row| get(row, "id")).collect::<Result<_, _>>()?;
    let list = json(&there);
    let sql = "WITH late AS MATERIALIZED \
         (SELECT run, max(id) AS id FROM journal WHERE id > (SELECT up_to FROM placing) GROUP BY run) \
         SELECT r.*, j.seq, j.hash FROM json_each(?) i JOIN runs r ON r.id = i.value JOIN journal j ON j.id = coalesce(\
         (SELECT id FROM late WHERE late.run = r.id), (SELECT id FROM placed WHERE placed.run = r.id ORDER BY seq DESC LIMIT 1))";
    let rows = sqlx::query(sql).bind(list.clone()).fetch_all(&mut *conn).await.map_err(failed)?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let Run { id, flow_id, flow, state, started_at, started_by, ended_at } = read::run(row)?;
        let (seq, head) = (get(row, "seq")?, digest(row, "hash")?);
        let started_by = json(&started_by);
        let waiting = BTreeMap::new();
        found.insert(id, Live { flow_id, flow, state, started_at, started_by, ended_at, seq, head, waiting });
    }
    let sql = "SELECT run, path, prompt, due FROM waiting WHERE run IN (SELECT value FROM json_each(?))";
    for row in sqlx::query(sql).bind(list).fetch_all(conn).await.map_err(|e| StoreError::read(&e))? {
        let wait = Wait { prompt: get(&row, "prompt")?, due: get(&row, "due")? };
        if let Some(live) = found.get_mut(get::<&str>(&row, "run")?) {
            live.waiting.insert(get(&row, "path")?, wait);
        }
    }
    Ok(found)
}
