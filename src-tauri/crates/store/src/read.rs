//! What can be asked of the store: answered from what is on disk.

use std::sync::Arc;

use consent::{Decision, Payee, PolicyVersion, Profile, Prompt};
use engine::{Event, RunId, Stamped, event::EVENT_VERSION};
use flow::{Digest, Flow};
use money::{Account, Hold, Transfer};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{AssertSqlSafe, Row as _, sqlite::SqliteRow};

use crate::{
    RunState, Store, StoreError,
    snapshot::{self, digest, get, parse, parsed, variant},
    store::run_id,
};

/// A run, as the list of runs has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The flow's id.
    pub flow_id: String,
    /// The flow's version.
    pub flow: Digest,
    /// How far it is.
    pub state: RunState,
    /// When it started, in milliseconds since the epoch.
    pub started_at: i64,
    /// Who or what started it.
    pub started_by: engine::StartedBy,
    /// When it ended, in milliseconds since the epoch.
    pub ended_at: Option<i64>,
}

/// Which runs are meant: all, where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Those older than this one, by its id.
    pub before: Option<String>,
    /// Those of this flow, by its id.
    pub flow: Option<String>,
    /// Those in one of these states; all, where there is none.
    pub states: Vec<RunState>,
    /// Those in whose id, flow's id or flow's name this stands; the case of plain letters does not matter.
    pub text: Option<String>,
    /// But not these, by their ids.
    pub without: Vec<String>,
}

/// A stored version of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowVersion {
    /// The digest of its logic.
    pub digest: Digest,
    /// The flow's id.
    pub id: String,
    /// The flow's name in this version.
    pub name: String,
    /// When it was first stored, in milliseconds since the epoch.
    pub stored_at: i64,
}

/// One link of the audit chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditLink {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// What kind of link it is.
    pub kind: String,
    /// What it says.
    pub body: serde_json::Value,
    /// Its hash, over the link before it.
    pub hash: Digest,
}

/// The JSON of a row's `body`, or of the blob in `bytes`.
pub(crate) fn body<T: DeserializeOwned>(row: &SqliteRow) -> Result<T, StoreError> {
    match get::<Option<&str>>(row, "body")? {
        Some(text) => parse(text, "an event"),
        None => {
            let bytes: &[u8] = get(row, "bytes")?;
            serde_json::from_slice(bytes).map_err(|e| StoreError::Read(format!("an event kept as a blob: {e}")))
        }
    }
}

fn stamped(row: &SqliteRow) -> Result<Stamped, StoreError> {
    let seq: i64 = get(row, "seq")?;
    let v: i64 = get(row, "v")?;
    if v != i64::from(EVENT_VERSION) {
        return Err(StoreError::Read(format!(
            "event {seq} was written in version {v}, this program knows {EVENT_VERSION}; update Assent"
        )));
    }
    let event: Event = body(row)?;
    Ok(Stamped { seq: u64::try_from(seq).unwrap_or(0), at: get(row, "at")?, event })
}

pub(crate) fn run(row: &SqliteRow) -> Result<Run, StoreError> {
    Ok(Run {
        id: run_id(get(row, "id")?),
        flow_id: get(row, "flow_id")?,
        flow: digest(row, "flow")?,
        state: variant(row, "state")?,
        started_at: get(row, "started_at")?,
        started_by: parsed(row, "started_by")?,
        ended_at: get(row, "ended_at")?,
    })
}

impl Store {
    /// Reads rows. The text is made of this crate's own words; whatever comes from outside is bound.
    pub(crate) async fn rows<T>(
        &self,
        sql: impl Into<String>,
        args: impl IntoIterator<Item = crate::table::Cell>,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let arguments = crate::table::arguments(args).map_err(|e| StoreError::read(&e))?;
        let mut conn = self.reader().await?;
        let rows = sqlx::query_with(AssertSqlSafe(sql.into()), arguments).fetch_all(&mut *conn).await;
        let rows = rows.map_err(|e| StoreError::read(&e))?;
        rows.iter().map(read).collect()
    }

    /// The events of a run after a number (0: all), in order. None when there is no such run.
    pub async fn events(&self, run: &str, after: u64) -> Result<Vec<Stamped>, StoreError> {
        let sql = "SELECT j.seq, j.at, j.v, j.body, b.bytes FROM (\
             SELECT id FROM placed WHERE run = ?1 AND seq > ?2 UNION ALL \
             SELECT id FROM journal WHERE id > (SELECT up_to FROM placing) AND run = ?1 AND seq > ?2\
             ) o JOIN journal j ON j.id = o.id LEFT JOIN blobs b ON j.body IS NULL AND b.digest = j.digest ORDER BY j.seq";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.rows(sql, [run.into(), after.into()], stamped).await
    }

    /// A run.
    pub async fn run(&self, id: &str) -> Result<Option<Run>, StoreError> {
        Ok(self.rows("SELECT * FROM runs WHERE id = ?", [id.into()], run).await?.pop())
    }

    /// Runs, the newest first: those in one state or all, at most so many.
    pub async fn runs(&self, state: Option<RunState>, most: u32) -> Result<Vec<Run>, StoreError> {
        let most = i64::from(most).into();
        match state {
            Some(state) => {
                let state = crate::projections::word(&state).into();
                self.rows("SELECT * FROM runs WHERE state = ? ORDER BY id DESC LIMIT ?", [state, most], run).await
            }
            None => self.rows("SELECT * FROM runs ORDER BY id DESC LIMIT ?", [most], run).await,
        }
    }

    /// Runs that a filter lets through, the newest first, at most so many.
    pub async fn find_runs(&self, filter: &RunFilter, most: u32) -> Result<Vec<Run>, StoreError> {
        let sql = "SELECT r.* FROM runs r WHERE (?1 IS NULL OR r.id < ?1) AND (?2 IS NULL OR r.flow_id = ?2) AND \
             (json_array_length(?3) = 0 OR r.state IN (SELECT value FROM json_each(?3))) AND (?4 IS NULL OR instr(lower(r.id), lower(?4)) OR instr(lower(r.flow_id), lower(?4)) OR \
             EXISTS (SELECT 1 FROM flows f WHERE f.digest = r.flow AND instr(lower(f.name), lower(?4)))) AND \
             r.id NOT IN (SELECT value FROM json_each(?5)) ORDER BY r.id DESC LIMIT ?6";
        let args = [
            filter.before.as_deref().into(),
            filter.flow.as_deref().into(),
            crate::json(&filter.states).into(),
            filter.text.as_deref().into(),
            crate::json(&filter.without).into(),
            i64::from(most).into(),
        ];
        self.rows(sql, args, run).await
    }

    /// The number of the last event of each of these runs; those that aren't there are left out.
    pub async fn heads(&self, runs: &[RunId]) -> Result<Vec<(RunId, u64)>, StoreError> {
        let sql = "WITH late AS MATERIALIZED (SELECT run, max(seq) AS seq FROM journal WHERE id > (SELECT up_to FROM placing) GROUP BY run) \
             SELECT i.value AS run, coalesce((SELECT seq FROM late WHERE late.run = i.value), \
             (SELECT max(seq) FROM placed WHERE placed.run = i.value)) AS seq FROM json_each(?) i WHERE seq IS NOT NULL";
        let head = |row: &SqliteRow| Ok((run_id(get(row, "run")?), u64::try_from(get::<i64>(row, "seq")?).unwrap_or(0)));
        self.rows(sql, [crate::json(&runs).into()], head).await
    }

    /// The events of a run that are about one step, or with `None` about the run as a whole, in order.
    pub async fn events_of(&self, run: &str, path: Option<&str>) -> Result<Vec<Stamped>, StoreError> {
        let sql = "SELECT j.seq, j.at, j.v, j.body, b.bytes FROM (\
             SELECT id FROM placed WHERE run = ?1 UNION ALL \
             SELECT id FROM journal WHERE id > (SELECT up_to FROM placing) AND run = ?1\
             ) o JOIN journal j ON j.id = o.id LEFT JOIN blobs b ON j.body IS NULL AND b.digest = j.digest \
             WHERE j.path IS ?2 ORDER BY j.seq";
        self.rows(sql, [run.into(), path.into()], stamped).await
    }

    /// The version of a flow with this digest, with its layout.
    pub async fn flow_version(&self, version: Digest) -> Result<Arc<Flow>, StoreError> {
        let cached = |flows: &std::sync::Mutex<std::collections::HashMap<Digest, Arc<Flow>>>| {
            flows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&version).cloned()
        };
        if let Some(flow) = cached(&self.0.flows) {
            return Ok(flow);
        }
        let found = self.rows("SELECT logic, layout FROM flows WHERE digest = ?", [version.into()], |row| {
            let mut flow: Flow = flow::read(get(row, "logic")?).map_err(|e| StoreError::Read(format!("flow {version}: {e}")))?;
            flow.layout = parsed(row, "layout")?;
            Ok(flow)
        });
        let flow = found.await?.pop().ok_or_else(|| StoreError::unknown("flow version", &version.to_string()))?;
        if flow::logic_digest(&flow) != version {
            return Err(StoreError::Read(format!("flow {version} is not the one that its digest names")));
        }
        let flow = Arc::new(flow);
        self.0.flows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(version, flow.clone());
        Ok(flow)
    }

    /// How many runs are in a state.
    pub async fn count_runs(&self, state: RunState) -> Result<usize, StoreError> {
        let count = |row: &SqliteRow| get::<i64>(row, "runs");
        let found = self
            .rows("SELECT count(*) AS runs FROM runs WHERE state = ?", [crate::projections::word(&state).into()], count)
            .await?;
        Ok(found.first().and_then(|count| usize::try_from(*count).ok()).unwrap_or_default())
    }

    /// Stored versions, of one flow or of all, the newest first.
    pub async fn flow_versions(&self, id: Option<&str>) -> Result<Vec<FlowVersion>, StoreError> {
        let read = |row: &SqliteRow| {
            Ok(FlowVersion {
                digest: digest(row, "digest")?,
                id: get(row, "id")?,
                name: get(row, "name")?,
                stored_at: get(row, "stored_at")?,
            })
        };
        let sql = "SELECT digest, id, name, stored_at FROM flows WHERE ?1 IS NULL OR id = ?1 ORDER BY stored_at DESC, digest";
        self.rows(sql, [id.into()], read).await
    }

    /// A prompt.
    pub async fn prompt_by_id(&self, id: &str) -> Result<Option<Prompt>, StoreError> {
        Ok(self.rows("SELECT state, body FROM prompts WHERE id = ?", [id.into()], snapshot::prompt).await?.pop())
    }

    /// Prompts: the open ones, or all, the oldest first.
    pub async fn prompts(&self, open: bool) -> Result<Vec<Prompt>, StoreError> {
        let only = if open { "WHERE state = 'open'" } else { "" };
        self.rows(format!("SELECT state, body FROM prompts {only} ORDER BY opened_at, id"), [], snapshot::prompt).await
    }

    /// The prompts of a run, the oldest first.
    pub async fn prompts_of(&self, run: &str) -> Result<Vec<Prompt>, StoreError> {
        self.rows("SELECT state, body FROM prompts WHERE run = ? ORDER BY opened_at, id", [run.into()], snapshot::prompt).await
    }

    /// The decisions on a prompt, in the order given.
    pub async fn decisions(&self, prompt: &str) -> Result<Vec<Decision>, StoreError> {
        self.rows("SELECT body FROM decisions WHERE prompt = ? ORDER BY nth", [prompt.into()], |row| parsed(row, "body")).await
    }

    /// The address book, by id.
    pub async fn payees(&self) -> Result<Vec<Payee>, StoreError> {
        self.rows("SELECT body FROM payees ORDER BY id", [], |row| parsed(row, "body")).await
    }

    /// The profiles, by id.
    pub async fn profiles(&self) -> Result<Vec<Profile>, StoreError> {
        self.rows("SELECT body FROM profiles ORDER BY id", [], |row| parsed(row, "body")).await
    }

    /// The ledger's accounts, by id.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.rows("SELECT * FROM accounts ORDER BY id", [], snapshot::account).await
    }

    /// The ledger's transfers, the newest first, at most so many.
    pub async fn transfers(&self, most: u32) -> Result<Vec<Transfer>, StoreError> {
        self.rows("SELECT * FROM transfers ORDER BY at DESC, id DESC LIMIT ?", [i64::from(most).into()], snapshot::transfer).await
    }

    /// What an account paid since a time (milliseconds since the epoch): transfers, and open holds as what they would become. Oldest first.
    pub async fn paid_from(&self, account: &str, since: i64) -> Result<Vec<Transfer>, StoreError> {
        let sql = "SELECT id, payer, payee, asset, minor, memo, at FROM transfers WHERE payer = ?1 AND at >= ?2 UNION ALL \
             SELECT id, payer, payee, asset, minor, memo, at FROM holds WHERE state = 'open' AND payer = ?1 AND at >= ?2 ORDER BY at";
        self.rows(sql, [account.into(), since.into()], snapshot::transfer).await
    }

    /// How often an account has paid an address on the rail `credits`, in any asset, until a time (milliseconds since the epoch); open
    /// holds count as what they would become.
    pub async fn times_paid(&self, account: &str, address: &str, until: i64) -> Result<u32, StoreError> {
        // The payee's accounts are its address, `/` and an asset's code; `0` is the character after `/`.
        let theirs = "payer = ?1 AND payee > ?2 || '/' AND payee < ?2 || '0' AND instr(substr(payee, length(?2) + 2), '/') = 0 AND at <= ?3";
        let sql = format!(
            "SELECT (SELECT count(*) FROM transfers WHERE {theirs}) + (SELECT count(*) FROM holds WHERE state = 'open' AND {theirs}) AS times"
        );
        let times = self.rows(sql, [account.into(), address.into(), until.into()], |row| get::<i64>(row, "times")).await?;
        Ok(times.first().map_or(0, |times| u32::try_from(*times).unwrap_or(u32::MAX)))
    }

    /// The ledger's holds, the newest first: the open ones, or all, at most so many.
    pub async fn holds(&self, open: bool, most: u32) -> Result<Vec<Hold>, StoreError> {
        let only = if open { "WHERE state = 'open'" } else { "" };
        let sql = format!("SELECT * FROM holds {only} ORDER BY at DESC, id DESC LIMIT ?");
        self.rows(sql, [i64::from(most).into()], snapshot::hold).await
    }

    /// All policy versions, the one in force first.
    pub async fn policies(&self) -> Result<Vec<PolicyVersion>, StoreError> {
        self.rows("SELECT body FROM policies ORDER BY number DESC", [], |row| parsed(row, "body")).await
    }

    /// Whether the kill switch is set.
    pub async fn paused(&self) -> Result<bool, StoreError> {
        let found = self.rows("SELECT paused FROM switch WHERE name = 'kill'", [], |row| get::<i64>(row, "paused"));
        Ok(found.await?.first().is_some_and(|paused| *paused != 0))
    }

    /// Links of the audit chain after a number, in order, at most so many.
    pub async fn audit(&self, after: i64, most: u32) -> Result<Vec<AuditLink>, StoreError> {
        let read = |row: &SqliteRow| {
            let (seq, at, kind) = (get(row, "seq")?, get(row, "at")?, get(row, "kind")?);
            Ok(AuditLink { seq, at, kind, body: parsed(row, "body")?, hash: digest(row, "hash")? })
        };
        let sql = "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?";
        self.rows(sql, [after.into(), i64::from(most).into()], read).await
    }

    /// The bytes of a blob, checked against its digest.
    pub async fn blob(&self, id: Digest) -> Result<Arc<[u8]>, StoreError> {
        let read = |row: &SqliteRow| row.try_get::<&[u8], _>("bytes").map(Arc::<[u8]>::from).map_err(|e| StoreError::read(&e));
        let found = self.rows("SELECT bytes FROM blobs WHERE digest = ?", [id.into()], read).await?.pop();
        let bytes = found.ok_or_else(|| StoreError::unknown("blob", &id.to_string()))?;
        if Digest::of_bytes(&bytes) == id {
            Ok(bytes)
        } else {
            Err(StoreError::Read(format!("blob {id} is not the one that its digest names")))
        }
    }
}
