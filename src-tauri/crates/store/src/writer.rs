//! The one writer: takes what is queued, carries it out in memory, writes it in one transaction, then answers all. While one group is
//! being written, the next is carried out.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{Clock, JournalError, Recorded, RunId, Stamped};
use flow::Digest;
use money::TransferId;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{
    StoreError,
    changes::Changes,
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

    /// Whether memory has all that it needs.
    fn can_be_carried_out(&self, state: &State) -> bool {
        match self {
            Self::Batch(prepared, _) => state.runs.contains_key(&prepared.batch.run),
            Self::Change(lookup, ..) => matches!(lookup, Lookup::Nothing),
            Self::Mend(..) | Self::Close(_) => true,
        }
    }
}

/// A group that is carried out in memory.
#[derive(Default)]
struct Carried {
    changes: Changes,
    prompts: Vec<String>,
    resting: Vec<RunId>,
    waiters: Waiters,
}

/// Who waits for a group.
#[derive(Default)]
struct Waiters {
    batches: Vec<Waiter>,
    changed: Vec<Done>,
}

impl Waiters {
    fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.changed.is_empty()
    }
}

pub(crate) struct Writer {
    pub(crate) conn: SqliteConnection,
    /// `None` when it could not be read again after a transaction failed.
    pub(crate) state: Option<State>,
    pub(crate) queue: mpsc::UnboundedReceiver<Request>,
    /// What was taken from the queue and is not carried out yet.
    pub(crate) held: Vec<Request>,
    /// Who waits for the store to be closed.
    pub(crate) closing: Vec<oneshot::Sender<()>>,
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
        let mut carried = Carried::default();
        loop {
            if carried.waiters.is_empty() && self.held.is_empty() {
                if !self.closing.is_empty() {
                    break;
                }
                let Some(first) = self.queue.recv().await else { break };
                self.gather(first).await;
            }
            carried = self.turn(carried).await;
            self.place(MOST_LATE).await;
        }
        self.queue.close();
        self.place(1).await;
        if let Err(error) = self.conn.close().await {
            tracing::warn!(%error, "the store was not closed well; nothing is lost");
        }
        drop(self.lock);
        for done in self.closing {
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
    async fn gather(&mut self, first: Request) {
        let mut entries = first.entries();
        self.held.push(first);
        let mut quiet = 0;
        while quiet < QUIET && self.held.len() < MOST_REQUESTS && entries < MOST_ENTRIES {
            match self.queue.try_recv() {
                Ok(request) => {
                    entries += request.entries();
                    self.held.push(request);
                    quiet = 0;
                }
                Err(mpsc::error::TryRecvError::Empty) => {
                    quiet += 1;
                    tokio::task::yield_now().await;
                }
                Err(mpsc::error::TryRecvError::Disconnected) => break,
            }
        }
    }

    /// Writes a group and answers it. Meanwhile carries out the next one, on top of what is being written.
    async fn turn(&mut self, carried: Carried) -> Carried {
        if let Err(error) = self.load_state().await {
            let mut waiters = Waiters::default();
            refuse(std::mem::take(&mut self.held), &error, &mut waiters, &mut self.closing);
            self.fail(waiters, &error).await;
            return Carried::default();
        }
        let Some(state) = &mut self.state else { return Carried::default() };
        let Carried { changes, prompts, resting, waiters } = carried;
        let events = i64::try_from(changes.journal.len()).unwrap_or(i64::MAX);
        let mut next = Group::new(state);
        let mut ahead = Waiters::default();
        let mut entries = 0;
        let written = {
            let mut writing = pin!(sql::write(&mut self.conn, &mut self.texts, changes));
            loop {
                let open = entries < MOST_ENTRIES && self.closing.is_empty();
                tokio::select! {
                    biased;
                    written = &mut writing => break written,
                    Some(request) = self.queue.recv(), if open => {
                        entries += request.entries();
                        if self.held.is_empty() && request.can_be_carried_out(next.state) {
                            let with = (&self.broken, &*self.clock, &mut VecDeque::new());
                            carry_out(&mut next, vec![request], with, &mut ahead, &mut self.closing);
                        } else {
                            self.held.push(request);
                        }
                    }
                }
            }
        };
        if let Err(error) = written {
            let error = StoreError::write(&error);
            self.fail(waiters, &error).await;
            self.fail(ahead, &error).await;
            return Carried::default();
        }
        next.state.late += events;
        rest(next.state, &resting, &ahead);
        self.groups += 1;
        if self.groups.is_multiple_of(FORGET_EVERY) {
            next.state.authority.forget_ended();
        }
        answer(&self.committed, waiters, prompts);
        let mut held = std::mem::take(&mut self.held);
        match prepare(&mut self.conn, next.state, Needs::of(&mut held)).await {
            Ok(mut found) => {
                carry_out(&mut next, held, (&self.broken, &*self.clock, &mut found), &mut ahead, &mut self.closing);
                next.finish();
                let Group { changes, prompts, resting, .. } = next;
                Carried { changes, prompts, resting, waiters: ahead }
            }
            Err(error) => {
                refuse(held, &error, &mut ahead, &mut self.closing);
                self.fail(ahead, &error).await;
                Carried::default()
            }
        }
    }

    async fn load_state(&mut self) -> Result<(), StoreError> {
        if self.state.is_none() {
            let (authority, audit, late) = snapshot::load(&mut self.conn).await?;
            self.state = Some(State { authority, audit, runs: HashMap::new(), late });
        }
        Ok(())
    }

    /// Tells all of a group that could not be written. Memory is ahead of the disk then, so it is read again.
    async fn fail(&mut self, waiters: Waiters, error: &StoreError) {
        tracing::error!(%error, "a group could not be written; the state is read from disk again");
        for (run, answer, _) in waiters.batches {
            lock(&self.broken).insert(run);
            let _ = answer.send(Err(JournalError::from(error.clone())));
        }
        for done in waiters.changed {
            let _ = done.send(Err(error.clone()));
        }
        let _ = sqlx::query("ROLLBACK").execute(&mut self.conn).await;
        self.state = None;
    }
}

/// Runs that were written as resting leave memory, unless they have gone on since.
fn rest(state: &mut State, resting: &[RunId], ahead: &Waiters) {
    if resting.is_empty() {
        return;
    }
    let gone_on: HashSet<_> = ahead.batches.iter().map(|(run, ..)| run).collect();
    for run in resting.iter().filter(|run| !gone_on.contains(run)) {
        state.runs.remove(run);
    }
}

/// Reads what requests need and memory doesn't have.
async fn prepare(conn: &mut SqliteConnection, state: &mut State, needs: Needs) -> Result<VecDeque<Found>, StoreError> {
    let mut found = VecDeque::new();
    for lookup in needs.lookups {
        found.push_back(look_up(conn, state, lookup).await?);
    }
    let missing: Vec<_> = needs.runs.into_iter().filter(|run| !state.runs.contains_key(run)).collect();
    if !missing.is_empty() {
        state.runs.extend(live::load(conn, &missing).await?);
    }
    Ok(found)
}

/// Answers all of a group that is on disk.
fn answer(to: &broadcast::Sender<Arc<Committed>>, waiters: Waiters, prompts: Vec<String>) {
    let mut committed = Committed { events: Vec::new(), prompts };
    let listened = to.receiver_count() > 0;
    for (run, answer, result) in waiters.batches {
        if let (true, Ok(recorded)) = (listened, &result) {
            committed.events.extend(recorded.events.iter().map(|stamped| (run.clone(), stamped.clone())));
        }
        let _ = answer.send(result);
    }
    for done in waiters.changed {
        let _ = done.send(Ok(()));
    }
    if listened && !(committed.events.is_empty() && committed.prompts.is_empty()) {
        let _ = to.send(Arc::new(committed));
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
    waiters: &mut Waiters,
    closing: &mut Vec<oneshot::Sender<()>>,
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
                waiters.batches.push((run, answer, result));
            }
            Request::Mend(run, done) => {
                broken.remove(&run);
                let _ = done.send(());
            }
            Request::Change(_, change, done) => {
                change(group, clock.now(), found.pop_front().unwrap_or_default());
                waiters.changed.push(done);
            }
            Request::Close(done) => closing.push(done),
        }
    }
}

/// Answers a group that could not even begin.
fn refuse(requests: Vec<Request>, error: &StoreError, waiters: &mut Waiters, closing: &mut Vec<oneshot::Sender<()>>) {
    for request in requests {
        match request {
            Request::Batch(prepared, answer) => {
                waiters.batches.push((prepared.batch.run.clone(), answer, Err(error.clone().into())))
            }
            Request::Change(_, _, done) => waiters.changed.push(done),
            Request::Mend(..) => {}
            Request::Close(done) => closing.push(done),
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
