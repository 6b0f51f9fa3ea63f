//! A journal in memory, with the real gate behind it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use consent::{
    Answer, Asker, Authority, Circumstances, Decision, Go, Payee, Policy, Profile, Prompt, PromptState, Question, Record,
    SigningKey, Verified,
};
use engine::{
    Batch, Clock, Ending, Entry, Event, Gate, Journal, JournalError, Path, Recorded, Reply, RunId, Stamped, journal::Unfinished,
};
use flow::{Digest, Flow};
use futures_util::future::BoxFuture;
use money::{AccountId, Amount, Asset, HoldId, TransferId};
use tokio::sync::watch;

use crate::{Commit, START, TestClock, commit::State};

/// The account that a [`MemoryJournal`] begins with: 1,000.00 USD are in it.
pub const ACCOUNT: &str = "wallet/USD";

/// The profile that answers.
pub const PROFILE: &str = "nik";

/// A policy to test under: the usual one, and steps may read from and write to `*.example.com`, to `ask.example.com` after a yes.
pub fn test_policy() -> Policy {
    let mut policy = Policy::usual();
    policy.hosts.read.insert("*.example.com".to_owned());
    policy.hosts.write.insert("*.example.com".to_owned());
    policy.hosts.ask.insert("ask.example.com".to_owned());
    policy
}

/// A journal in memory with the real gate behind it. It takes batches in the order of the calls, and can be cut off after any of them.
pub struct MemoryJournal {
    clock: Arc<TestClock>,
    key: SigningKey,
    inner: Mutex<Inner>,
    /// How many commits are on the disk.
    durable: watch::Sender<usize>,
}

#[derive(Default)]
struct Inner {
    state: State,
    flows: HashMap<Digest, Arc<Flow>>,
    commits: Vec<Written>,
    /// Commits do not reach the disk by themselves.
    held_back: bool,
    /// Numbers of batches, from 1, that fail.
    failing: HashSet<usize>,
    batches: usize,
}

/// A commit; its events stand in their run's row.
#[derive(Clone)]
struct Written {
    run: Option<RunId>,
    events: Range<usize>,
    records: Vec<Record>,
    rests: bool,
}

impl MemoryJournal {
    /// A workspace under [`test_policy`], with [`ACCOUNT`], [`PROFILE`], and the payees `alice` and `bob`.
    pub fn new(clock: Arc<TestClock>) -> Arc<Self> {
        let journal = Self::empty(clock, HashMap::new());
        let now = journal.clock.now();
        let owner = Profile::owner(PROFILE, "Nik", &journal.key.verifying_key(), now);
        journal.change(|authority, out| {
            let done = authority.found(test_policy(), now, out).and_then(|()| authority.add_profile(owner, out));
            done.unwrap_or_else(|error| panic!("{error}"));
            let wallet = AccountId::new(ACCOUNT);
            let usd = Asset::find("USD").unwrap_or_else(|error| panic!("{error}"));
            let opened = authority
                .open_account(wallet.clone(), "Wallet", usd, now, out)
                .and_then(|()| authority.fund(TransferId::new("opening"), &wallet, Amount::new(100_000, usd), "", now, out));
            opened.unwrap_or_else(|error| panic!("{error}"));
        });
        for (id, name) in [("alice", "Alice Chen"), ("bob", "Bob")] {
            journal.put_payee(id, name);
        }
        Arc::new(journal)
    }

    fn empty(clock: Arc<TestClock>, flows: HashMap<Digest, Arc<Flow>>) -> Self {
        let inner = Mutex::new(Inner { flows, ..Inner::default() });
        Self { clock, key: SigningKey::from_bytes(&[7; 32]), inner, durable: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a version of a flow, and gives its digest.
    pub fn add_flow(&self, flow: &Arc<Flow>) -> Digest {
        let digest = flow::logic_digest(flow);
        self.inner().flows.insert(digest, flow.clone());
        digest
    }

    /// Changes the workspace, in a commit of its own that is on the disk at once.
    pub fn change<T>(&self, change: impl FnOnce(&mut Authority, &mut Vec<Record>) -> T) -> T {
        let mut inner = self.inner();
        let mut records = Vec::new();
        let changed = change(&mut inner.state.authority, &mut records);
        records.iter().for_each(|record| inner.state.take_record(record));
        inner.commits.push(Written { run: None, events: 0..0, records, rests: false });
        if !inner.held_back {
            self.durable.send_replace(inner.commits.len());
        }
        changed
    }

    /// Adds a payee whose address on the rail `credits` is `acct:` and its id.
    pub fn put_payee(&self, id: &str, name: &str) {
        let now = self.clock.now();
        let payee = Payee {
            id: id.to_owned(),
            name: name.to_owned(),
            aliases: Vec::new(),
            addresses: BTreeMap::from([("credits".to_owned(), format!("acct:{id}"))]),
            verified: Some(Verified { by: PROFILE.to_owned(), at: now }),
        };
        self.change(|authority, out| authority.put_payee(payee, now, out)).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Puts another policy in force, by a person's yes.
    pub fn set_policy(&self, policy: Policy) {
        let now = self.clock.now();
        let proposed = self.change(|authority, out| authority.propose_policy(policy, now, out));
        let (prompt, _) = proposed.unwrap_or_else(|error| panic!("{error}"));
        let decision = self.decision(&prompt, Answer::Approve);
        self.change(|authority, out| authority.decide(decision, now, out)).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Sets or releases the kill switch.
    pub fn set_paused(&self, paused: bool) {
        let now = self.clock.now();
        self.change(|authority, out| authority.set_paused(paused, PROFILE, now, out));
    }

    /// Looks at the gate's state.
    pub fn look<T>(&self, look: impl FnOnce(&Authority) -> T) -> T {
        look(&self.inner().state.authority)
    }

    /// [`PROFILE`]'s signed answer to a prompt.
    ///
    /// # Panics
    /// When there is no such prompt.
    pub fn decision(&self, prompt: &str, answer: Answer) -> Decision {
        let inner = self.inner();
        let prompt = inner.state.prompts.get(prompt).unwrap_or_else(|| panic!("there is no prompt {prompt}"));
        let policy = inner.state.authority.policy().number;
        let by = Circumstances { profile: PROFILE, surface: "test", reason: "", at: self.clock.now(), policy };
        prompt.statement(answer, by).sign(&self.key)
    }

    /// All prompts there ever were, in order of their ids, as they stand.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.inner().state.prompts.values().cloned().collect()
    }

    /// The prompts that wait for an answer.
    pub fn open_prompts(&self) -> Vec<Prompt> {
        self.prompts().into_iter().filter(|prompt| prompt.state == PromptState::Open).collect()
    }

    /// An account's balance in minor units; 0 where it is not there.
    pub fn balance(&self, account: &str) -> i128 {
        self.look(|authority| authority.ledger().account(&AccountId::new(account)).map_or(0, |found| found.balance().minor()))
    }

    /// The money reserved in an account, in minor units.
    pub fn held(&self, account: &str) -> i128 {
        self.look(|authority| {
            let found = authority.ledger().account(&AccountId::new(account));
            found.map_or(0, |found| found.balance().minor() - found.available().minor())
        })
    }

    /// The events of a run, with those that are not on the disk yet.
    pub fn events(&self, run: &str) -> Vec<Stamped> {
        self.inner().state.runs.get(run).map(|row| row.events.clone()).unwrap_or_default()
    }

    /// Whether a run is listed as one that only waits.
    pub fn rests(&self, run: &str) -> bool {
        self.inner().state.runs.get(run).is_some_and(|row| row.rests)
    }

    /// Every commit, in order.
    pub fn commits(&self) -> Vec<Commit> {
        let inner = self.inner();
        inner.commits.iter().map(|written| inner.commit(written)).collect()
    }

    /// From now on commits reach the disk only by [`MemoryJournal::let_through`].
    pub fn hold_back(&self) {
        self.inner().held_back = true;
    }

    /// Lets the next commits reach the disk, at most so many.
    pub fn let_through(&self, most: usize) {
        let there = self.inner().commits.len();
        self.durable.send_modify(|durable| *durable = there.min(*durable + most));
    }

    /// Lets everything reach the disk, from now on at once.
    pub fn let_all_through(&self) {
        let mut inner = self.inner();
        inner.held_back = false;
        self.durable.send_replace(inner.commits.len());
    }

    /// How many commits are on the disk.
    pub fn on_disk(&self) -> usize {
        *self.durable.borrow()
    }

    /// How many commits have not reached the disk.
    pub fn in_flight(&self) -> usize {
        self.inner().commits.len() - *self.durable.borrow()
    }

    /// Lets a batch fail: the `nth` from now on, from 1. Those of its run that were sent after it fail too, until the run is loaded again.
    pub fn fail_batch(&self, nth: usize) {
        let mut inner = self.inner();
        let at = inner.batches + nth;
        inner.failing.insert(at);
    }

    /// Whether the start of an effect's attempt is on the disk.
    pub fn start_is_on_disk(&self, run: &RunId, path: &Path, attempt: u32) -> bool {
        let durable = *self.durable.borrow();
        let starts = |event: &Event| matches!(event, Event::Gated { path: of, attempt: is, gate: Gate::Act, target: None, .. } if of == path && *is == attempt);
        let inner = self.inner();
        let on_disk = inner.commits[..durable].iter().filter(|written| written.run.as_ref() == Some(run));
        on_disk.flat_map(|written| inner.events(written)).any(|stamped| starts(&stamped.event))
    }

    /// The journal that a crash after its first `commits` commits leaves behind, with a clock that shows when that was. The state comes
    /// from what those commits wrote alone.
    pub fn as_of(&self, commits: usize) -> (Arc<Self>, Arc<TestClock>) {
        let inner = self.inner();
        let last = inner.commits[..commits].iter().rev().find_map(|written| inner.events(written).last());
        let clock = TestClock::at(last.map_or(START, |stamped| stamped.at));
        let mut left = Self::empty(clock.clone(), inner.flows.clone());
        let kept = inner.commits[..commits].to_vec();
        let state = left.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        kept.iter().for_each(|written| state.state.replay(&inner.commit(written)));
        state.commits = kept;
        left.durable.send_replace(commits);
        (Arc::new(left), clock)
    }
}

impl Inner {
    fn events(&self, written: &Written) -> &[Stamped] {
        let row = written.run.as_ref().and_then(|run| self.state.runs.get(run));
        row.map_or(&[], |row| &row.events[written.events.clone()])
    }

    fn commit(&self, written: &Written) -> Commit {
        let Written { run, records, rests, .. } = written.clone();
        Commit { run, events: self.events(written).to_vec(), records, rests }
    }

    /// One batch, as one transaction.
    fn take(&mut self, batch: Batch) -> Result<Recorded, JournalError> {
        self.batches += 1;
        let row = self.state.runs.entry(batch.run.clone()).or_default();
        if row.broken || self.failing.remove(&self.batches) {
            row.broken = true;
            return Err(JournalError::Write("the test says so".to_owned()));
        }
        let first = row.events.len();
        let Batch { run, at, entries, rests } = batch;
        let mut writing = Writing { state: &mut self.state, run: &run, at, records: Vec::new(), refused: None };
        for entry in entries {
            writing.entry(entry)?;
        }
        let Writing { records, refused, .. } = writing;
        let row = self.state.runs.entry(run.clone()).or_default();
        row.rests = rests;
        let events = row.events[first..].to_vec();
        self.commits.push(Written { run: Some(run), events: first..first + events.len(), records, rests });
        Ok(Recorded { events, refused })
    }
}

/// A batch that is being written.
struct Writing<'a> {
    state: &'a mut State,
    run: &'a RunId,
    at: i64,
    records: Vec<Record>,
    refused: Option<String>,
}

impl Writing<'_> {
    fn entry(&mut self, entry: Entry) -> Result<(), JournalError> {
        let at = self.at;
        match entry {
            Entry::Event(event) => {
                let ends = matches!(event, Event::Ended { .. });
                self.event(event)?;
                if ends {
                    let run = self.run.clone();
                    self.authority(|authority, out| authority.end_run(&run, at, out));
                }
            }
            Entry::Effect { event, hold, post } => {
                let hold = HoldId::new(hold);
                let settled =
                    self.authority(
                        |authority, out| {
                            if post { authority.post(&hold, at, out).map(drop) } else { authority.void(&hold, at, out) }
                        },
                    );
                settled.map_err(|error| JournalError::Write(error.to_string()))?;
                self.event(event)?;
            }
            Entry::Authorise { path, target, attempt, request, expires_at } => {
                self.authorise(path, target, attempt, *request, expires_at)?;
            }
            Entry::Question { path, shown, expires_at } => {
                let run = self.run.clone();
                let question = Question { run: &run, path: path.as_str(), shown: *shown, expires_at };
                let prompt = self.authority(|authority, out| authority.question(question, at, out));
                let expires_at = self.state.prompts.get(&prompt).and_then(|prompt| prompt.expires_at);
                self.event(Event::Questioned { path, prompt, expires_at })?;
            }
            Entry::Unclear { path, attempt, error, shown } => {
                let run = self.run.clone();
                let question = Question { run: &run, path: path.as_str(), shown: *shown, expires_at: None };
                let prompt = self.authority(|authority, out| authority.unclear(question, at, out));
                self.event(Event::Unknown { path, attempt, error, prompt })?;
            }
            Entry::Decide(decision) => {
                let said = &decision.statement;
                let (id, answer, by) = (said.prompt.clone(), said.answer, (decision.digest(), said.profile.clone()));
                match self.authority(|authority, out| authority.decide(*decision, at, out)) {
                    Ok(_) => self.reply(&id, Reply::Answered(answer), Some(by))?,
                    Err(why) => self.refused = Some(why.to_string()),
                }
            }
            Entry::Expire(id) => {
                self.authority(|authority, out| authority.expire_prompt(&id, at, out));
                if self.state.prompts.get(&id).is_some_and(|prompt| prompt.state == PromptState::Expired) {
                    self.reply(&id, Reply::Expired, None)?;
                }
            }
        }
        Ok(())
    }

    fn authorise(
        &mut self,
        path: Path,
        target: Option<Path>,
        attempt: u32,
        request: consent::Request,
        expires_at: Option<i64>,
    ) -> Result<(), JournalError> {
        let at = self.at;
        let asker = if target.is_some() { Asker::Approval { expires_at } } else { Asker::Effect };
        let day = format!("day {}", at.div_euclid(86_400_000));
        let before = self.records.len();
        let answer = self.authority(|authority, out| authority.authorise(request, asker, at, &day, out));
        let gate = match answer.go {
            Go::Act => Gate::Act,
            Go::Wait => Gate::Wait,
            // An approval has nothing left to ask for; an effect must not be carried out twice.
            Go::Settled if target.is_some() => Gate::Act,
            Go::Settled | Go::Refused => Gate::Refused,
        };
        let closed: Vec<_> = self.records[before..]
            .iter()
            .filter_map(|record| match record {
                Record::PromptClosed { prompt, state, .. } => Some((prompt.clone(), *state)),
                _ => None,
            })
            .collect();
        let open = answer.prompt.as_deref().filter(|_| gate == Gate::Wait);
        let expires_at = open.and_then(|id| self.state.authority.prompt(id)).and_then(|prompt| prompt.expires_at);
        self.event(Event::Gated {
            path,
            target,
            attempt,
            request: Arc::new(answer.request),
            request_digest: answer.request_digest,
            verdict: Arc::new(answer.verdict),
            gate,
            hold: answer.hold.map(|hold| hold.to_string()),
            prompt: answer.prompt,
            expires_at,
            decisions: answer.decisions,
            surfaces: answer.surfaces,
        })?;
        closed.iter().try_for_each(|(id, state)| {
            let reply = if *state == PromptState::Expired { Reply::Expired } else { Reply::Withdrawn };
            self.reply(id, reply, None)
        })
    }

    /// Changes the authority, and keeps what it writes down.
    fn authority<T>(&mut self, change: impl FnOnce(&mut Authority, &mut Vec<Record>) -> T) -> T {
        let before = self.records.len();
        let changed = change(&mut self.state.authority, &mut self.records);
        for record in &self.records[before..] {
            self.state.take_record(record);
        }
        changed
    }

    /// Tells every step of this run that waits for a prompt.
    fn reply(&mut self, prompt: &str, reply: Reply, by: Option<(Digest, String)>) -> Result<(), JournalError> {
        let (decision, by) = by.unzip();
        for path in self.state.waits_for(self.run, prompt) {
            self.event(Event::Replied { path, prompt: prompt.to_owned(), reply, decision, by: by.clone() })?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), JournalError> {
        let row = self.state.runs.entry(self.run.clone()).or_default();
        if row.ending.is_some() {
            return Err(JournalError::Write(format!("{} after the end of run {}", event.name(), self.run)));
        }
        if row.events.is_empty() != matches!(event, Event::Started { .. }) {
            return Err(JournalError::Write(format!("run {} starts twice or not at all", self.run)));
        }
        let seq = u64::try_from(row.events.len()).unwrap_or(u64::MAX) + 1;
        let stamped = Stamped { seq, at: self.at, event };
        self.state.take_event(self.run, stamped);
        Ok(())
    }
}

impl Journal for MemoryJournal {
    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<Recorded, JournalError>> {
        let (taken, number) = {
            let mut inner = self.inner();
            let taken = inner.take(batch);
            if !inner.held_back {
                self.durable.send_replace(inner.commits.len());
            }
            (taken, inner.commits.len())
        };
        let mut durable = self.durable.subscribe();
        Box::pin(async move {
            let recorded = taken?;
            let closed = durable.wait_for(|durable| *durable >= number).await.map(drop);
            closed.map_err(|_| JournalError::Closed)?;
            Ok(recorded)
        })
    }

    fn load(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Stamped>, JournalError>> {
        let mut inner = self.inner();
        let events = inner.state.runs.get_mut(run).map(|row| {
            row.broken = false;
            row.events.clone()
        });
        Box::pin(async { Ok(events.unwrap_or_default()) })
    }

    fn flow(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<Flow>, JournalError>> {
        let flow = self.inner().flows.get(&digest).cloned();
        Box::pin(async move { flow.ok_or_else(|| JournalError::Read(format!("there is no flow {digest}"))) })
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Unfinished, JournalError>> {
        let inner = self.inner();
        let goes_on = inner.state.runs.iter().filter(|(_, row)| row.ending.is_none() && !row.events.is_empty() && !row.rests);
        let mut active: Vec<_> = goes_on.map(|(run, _)| run.clone()).collect();
        active.sort_unstable();
        let waiting = inner.state.waiting.values().cloned().collect();
        Box::pin(async { Ok(Unfinished { active, waiting }) })
    }

    fn prompt(&self, id: &str) -> BoxFuture<'_, Result<Option<Prompt>, JournalError>> {
        let prompt = self.inner().state.prompts.get(id).cloned();
        Box::pin(async { Ok(prompt) })
    }

    fn ending(&self, run: &RunId) -> BoxFuture<'_, Result<Option<Ending>, JournalError>> {
        let ending = self.inner().state.runs.get(run).and_then(|row| row.ending);
        Box::pin(async move { Ok(ending) })
    }
}
