//! The one writer: takes what is queued, writes it in one transaction, then answers all.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{Clock, JournalError, Recorded, RunId, Stamped};
use flow::Digest;
use money::TransferId;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{
    StoreError,
    group::{Group, Prepared, State},
    live, snapshot,
    sql::{self, Texts},
};

/// The most requests of one group, and the most entries.
const MOST_REQUESTS: usize = 1_000;
const MOST_ENTRIES: usize = 5_000;

/// How often the writer lets others go first and finds nothing new before it writes what it has.
const QUIET: u32 = 2;

/// How many events may be missing in the index by run.
const MOST_LATE: i64 = 4_000;

const PLACE: &str = "BEGIN IMMEDIATE; \
     INSERT INTO placed SELECT run, seq, id FROM journal WHERE id > (SELECT up_to FROM placing) ORDER BY run, seq; \
     UPDATE placing SET up_to = (SELECT coalesce(max(id), 0) FROM journal); COMMIT;";

/// How many groups are written before what only answers repeats is forgotten.
const FORGET_EVERY: u32 = 10_000;

/// What was written in one group.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    /// Events, in the order of each run.
    pub events: Vec<(RunId, Stamped)>,
    /// Ids of prompts that were opened, answered or closed.
    pub prompts: Vec<String>,
}

/// What a change of the workspace needs to know from the disk.
pub(crate) enum Lookup {
    Nothing,
    Transfer(TransferId),
    Flow(Digest),
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) transfer: Option<money::Transfer>,
    /// The layout of the flow's version, if that is there.
    pub(crate) layout: Option<String>,
}

/// Carries out a change in memory.
pub(crate) type Change = Box<dyn FnOnce(&mut Group<'_>, i64, Found) + Send>;
/// Hears when it is on disk, or isn't.
pub(crate) type Done = oneshot::Sender<Result<(), StoreError>>;

pub(crate) enum Request {
    Batch(Box<Prepared>, oneshot::Sender<Result<Recorded, JournalError>>),
    Change(Lookup, Change, Done),
    /// A run is loaded anew after a batch of it failed.
    Mend(RunId, oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// Runs of which a batch failed. What was queued after it was made for what is not there, so it must fail too, until the run is loaded.
pub(crate) type Broken = Arc<Mutex<HashSet<RunId>>>;

pub(crate) fn lock(broken: &Broken) -> MutexGuard<'_, HashSet<RunId>> {
    broken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Request {
    fn entries(&self) -> usize {
        match self {
            Self::Batch(prepared, _) => prepared.batch.entries.len(),
            Self::Change(..) | Self::Mend(..) | Self::Close(_) => 1,
        }
    }
}

pub(crate) struct Writer {
    pub(crate) conn: SqliteConnection,
    /// `None` when it could not be read again after a transaction failed.
    pub(crate) state: Option<State>,
    pub(crate) queue: mpsc::UnboundedReceiver<Request>,
    pub(crate) committed: broadcast::Sender<Arc<Committed>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) texts: Texts,
    pub(crate) groups: u32,
    pub(crate) broken: Broken,
    /// Held until the last group is written, also when nobody waits for that.
    pub(crate) lock: crate::Lock,
}

impl Writer {
    /// Writes until the store is closed or dropped.
    pub(crate) async fn run(mut self) {
        let mut closing = Vec::new();
        while closing.is_empty()
            && let Some(first) = self.queue.recv().await
        {
            let mut group = self.gather(first).await;
            group.retain_mut(|request| match request {
                Request::Close(done) => {
                    closing.push(std::mem::replace(done, oneshot::channel().0));
                    false
                }
                _ => true,
            });
            self.group(group).await;
            self.place(MOST_LATE).await;
        }
        self.queue.close();
        self.place(1).await;
        if let Err(error) = self.conn.close().await {
            tracing::warn!(%error, "the store was not closed well; nothing is lost");
        }
        drop(self.lock);
        for done in closing {
            let _ = done.send(());
        }
    }

    /// Puts events into the index by run, if at least so many are not in it. They are found without it too, only not as fast.
    async fn place(&mut self, least: i64) {
        let Some(state) = self.state.as_mut().filter(|state| state.late >= least) else { return };
        match sqlx::raw_sql(PLACE).execute(&mut self.conn).await {
            Ok(_) => state.late = 0,
            Err(error) => {
                tracing::warn!(%error, "the index of events could not be brought up to date");
                let _ = sqlx::query("ROLLBACK").execute(&mut self.conn).await;
            }
        }
    }

    /// Takes what is queued. Others go first as long as that brings something: whoever was answered together asks together, and
    /// shares the next sync.
    async fn gather(&mut self, first: Request) -> Vec<Request> {
        let mut entries = first.entries();
        let mut group = vec![first];
        let mut quiet = 0;
        while quiet < QUIET && group.len() < MOST_REQUESTS && entries < MOST_ENTRIES {
            match self.queue.try_recv() {
                Ok(request) => {
                    entries += request.entries();
                    group.push(request);
                    quiet = 0;
                }
                Err(mpsc::error::TryRecvError::Empty) => {
                    quiet += 1;
                    tokio::task::yield_now().await;
                }
                Err(mpsc::error::TryRecvError::Disconnected) => break,
            }
        }
        group
    }

    async fn group(&mut self, requests: Vec<Request>) {
        let mut batches = Vec::new();
        let mut changed = Vec::new();
        match self.write(requests, &mut batches, &mut changed).await {
            Ok(prompts) => self.answer(batches, changed, prompts),
            Err(error) => {
                tracing::error!(%error, "a group could not be written; the state is read from disk again");
                for (run, answer, _) in batches {
                    lock(&self.broken).insert(run);
                    let _ = answer.send(Err(JournalError::from(error.clone())));
                }
                for done in changed {
                    let _ = done.send(Err(error.clone()));
                }
                let _ = sqlx::query("ROLLBACK").execute(&mut self.conn).await;
                self.state = None;
            }
        }
    }

    /// Carries the requests out and writes what changed. What is to be answered is added to the two lists, also when writing fails.
    async fn write(
        &mut self,
        mut requests: Vec<Request>,
        batches: &mut Vec<Waiter>,
        changed: &mut Vec<Done>,
    ) -> Result<Vec<String>, StoreError> {
        let mut found = match self.prepare(Needs::of(&mut requests)).await {
            Ok(prepared) => prepared,
            Err(error) => {
                refuse(requests, &error, batches, changed);
                return Err(error);
            }
        };
        let Some(state) = &mut self.state else { return Err(StoreError::Closed) };
        let mut group = Group::new(state);
        carry_out(&mut group, requests, (&self.broken, &*self.clock, &mut found), batches, changed);
        group.finish();
        let Group { changes, prompts, resting, .. } = group;
        let events = i64::try_from(changes.journal.len()).unwrap_or(i64::MAX);
        if !changes.is_empty() {
            let failed = |e: sqlx::Error| StoreError::write(&e);
            sqlx::query("BEGIN IMMEDIATE").execute(&mut self.conn).await.map_err(failed)?;
            sql::write(&mut self.conn, &mut self.texts, changes).await.map_err(failed)?;
            sqlx::query("COMMIT").execute(&mut self.conn).await.map_err(failed)?;
        }
        state.late += events;
        for run in resting {
            state.runs.remove(&run);
        }
        self.groups += 1;
        if self.groups.is_multiple_of(FORGET_EVERY) {
            state.authority.forget_ended();
        }
        Ok(prompts)
    }

    /// Reads what the group needs and memory doesn't have.
    async fn prepare(&mut self, needs: Needs) -> Result<VecDeque<Found>, StoreError> {
        if self.state.is_none() {
            let (authority, audit, late) = snapshot::load(&mut self.conn).await?;
            self.state = Some(State { authority, audit, runs: HashMap::new(), late });
        }
        let Some(state) = &mut self.state else { return Err(StoreError::Closed) };
        let mut found = VecDeque::new();
        for lookup in needs.lookups {
            found.push_back(look_up(&mut self.conn, state, lookup).await?);
        }
        let missing: Vec<_> = needs.runs.into_iter().filter(|run| !state.runs.contains_key(run)).collect();
        if !missing.is_empty() {
            state.runs.extend(live::load(&mut self.conn, &missing).await?);
        }
        Ok(found)
    }

    fn answer(&self, batches: Vec<Waiter>, changed: Vec<Done>, prompts: Vec<String>) {
        let mut committed = Committed { events: Vec::new(), prompts };
        let listened = self.committed.receiver_count() > 0;
        for (run, answer, result) in batches {
            if let (true, Ok(recorded)) = (listened, &result) {
                committed.events.extend(recorded.events.iter().map(|stamped| (run.clone(), stamped.clone())));
            }
            let _ = answer.send(result);
        }
        for done in changed {
            let _ = done.send(Ok(()));
        }
        if listened && !(committed.events.is_empty() && committed.prompts.is_empty()) {
            let _ = self.committed.send(Arc::new(committed));
        }
    }
}

/// What a group needs from the disk.
#[derive(Default)]
struct Needs {
    runs: BTreeSet<RunId>,
    /// One for each change.
    lookups: Vec<Lookup>,
}

impl Needs {
    fn of(requests: &mut [Request]) -> Self {
        let mut needs = Self::default();
        for request in requests {
            match request {
                Request::Batch(prepared, _) => {
                    needs.runs.insert(prepared.batch.run.clone());
                }
                Request::Change(lookup, ..) => needs.lookups.push(std::mem::replace(lookup, Lookup::Nothing)),
                Request::Mend(..) | Request::Close(_) => {}
            }
        }
        needs
    }
}

/// A batch that was carried out in memory: whose, who waits for it, and what came of it.
type Waiter = (RunId, oneshot::Sender<Result<Recorded, JournalError>>, Result<Recorded, JournalError>);

/// Carries the requests of a group out in memory.
fn carry_out(
    group: &mut Group<'_>,
    requests: Vec<Request>,
    (broken, clock, found): (&Broken, &dyn Clock, &mut VecDeque<Found>),
    batches: &mut Vec<Waiter>,
    changed: &mut Vec<Done>,
) {
    let mut broken = lock(broken);
    for request in requests {
        match request {
            Request::Batch(prepared, answer) => {
                let run = prepared.batch.run.clone();
                let result = if broken.contains(&run) {
                    Err(JournalError::Write(format!("a batch of run {run} before this one failed; load the run again")))
                } else {
                    group.batch(*prepared)
                };
                if result.is_err() {
                    broken.insert(run.clone());
                }
                batches.push((run, answer, result));
            }
            Request::Mend(run, done) => {
                broken.remove(&run);
                let _ = done.send(());
            }
            Request::Change(_, change, done) => {
                change(group, clock.now(), found.pop_front().unwrap_or_default());
                changed.push(done);
            }
            Request::Close(_) => {}
        }
    }
}

/// Answers a group that could not even begin.
fn refuse(requests: Vec<Request>, error: &StoreError, batches: &mut Vec<Waiter>, changed: &mut Vec<Done>) {
    for request in requests {
        match request {
            Request::Batch(prepared, answer) => batches.push((prepared.batch.run.clone(), answer, Err(error.clone().into()))),
            Request::Change(_, _, done) => changed.push(done),
            Request::Mend(..) | Request::Close(_) => {}
        }
    }
}

async fn look_up(conn: &mut SqliteConnection, state: &State, lookup: Lookup) -> Result<Found, StoreError> {
    let mut found = Found::default();
    match lookup {
        Lookup::Transfer(id) if !state.authority.ledger().knows(id.as_str()) => {
            let row = sqlx::query("SELECT * FROM transfers WHERE id = ?").bind(id.as_str().to_owned()).fetch_optional(conn).await;
            found.transfer = row.map_err(|e| StoreError::read(&e))?.as_ref().map(snapshot::transfer).transpose()?;
        }
        Lookup::Flow(digest) => {
            let row =
                sqlx::query("SELECT layout FROM flows WHERE digest = ?").bind(digest.bytes().to_vec()).fetch_optional(conn).await;
            found.layout = row.map_err(|e| StoreError::read(&e))?.map(|row| snapshot::get(&row, "layout")).transpose()?;
        }
        Lookup::Nothing | Lookup::Transfer(_) => {}
    }
    Ok(found)
}
