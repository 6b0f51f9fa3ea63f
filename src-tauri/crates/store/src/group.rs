//! One group of requests, carried out in memory: what it changes is collected, and written by the writer.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use consent::{Asker, Authorised, Authority, Go, PromptState, Question, Record};
use engine::{Batch, Entry, Event, Gate, JournalError, Path, Recorded, Reply, RunId, Stamped, event::EVENT_VERSION};
use flow::Digest;
use money::{HoldId, HoldState};

use crate::{
    audit::{Head, Link},
    changes::{Changes, EventRow},
    day, json,
    live::{Live, Moved, Place, RunState, event_hash, waiting_key, waiting_row},
    projections::project,
    table::Of,
};

/// A body longer than this, in bytes, is kept as a blob.
pub(crate) const LONGEST_BODY: usize = 32 * 1024;

/// An event as JSON, with the digest of that. Made where the event is handed in, so that many make theirs at once.
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) digest: Digest,
}

impl Body {
    pub(crate) fn of(event: &Event) -> Self {
        let text = json(event);
        let digest = Digest::of_bytes(text.as_bytes());
        Self { text, digest }
    }
}

/// A batch whose plain events are ready to be written.
pub(crate) struct Prepared {
    pub(crate) batch: Batch,
    /// For each entry that is or has an event.
    pub(crate) bodies: Vec<Option<Body>>,
}

impl Prepared {
    pub(crate) fn of(batch: Batch) -> Self {
        let body = |entry: &Entry| match entry {
            Entry::Event(event) | Entry::Effect { event, .. } => Some(Body::of(event)),
            _ => None,
        };
        let bodies = batch.entries.iter().map(body).collect();
        Self { batch, bodies }
    }
}

/// Everything the writer has in memory. What it says is on disk, or in the group that is being written.
pub(crate) struct State {
    pub(crate) authority: Authority,
    pub(crate) audit: Head,
    pub(crate) runs: HashMap<RunId, Live>,
    /// How many events are not in the index by run.
    pub(crate) late: i64,
}

/// One group on its way.
pub(crate) struct Group<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) changes: Changes,
    /// What the authority did and is not linked yet.
    records: Vec<Record>,
    /// Runs whose heads the audit chain takes.
    heads: BTreeSet<RunId>,
    /// Prompts that were opened or closed.
    pub(crate) prompts: Vec<String>,
    /// Runs that need not stay in memory.
    pub(crate) resting: Vec<RunId>,
    /// The latest time in it.
    at: i64,
}

impl<'a> Group<'a> {
    pub(crate) fn new(state: &'a mut State) -> Self {
        let (changes, records, heads) = (Changes::default(), Vec::new(), BTreeSet::new());
        Self { state, changes, records, heads, prompts: Vec::new(), resting: Vec::new(), at: 0 }
    }

    /// Changes the authority outside a run.
    pub(crate) fn change<T>(&mut self, at: i64, change: impl FnOnce(&mut Authority, &mut Vec<Record>) -> T) -> T {
        let result = change(&mut self.state.authority, &mut self.records);
        self.link_records(at);
        result
    }

    /// Adds a link to the audit chain, and the rows that follow from it.
    pub(crate) fn link(&mut self, at: i64, link: &Link) {
        self.at = self.at.max(at);
        self.changes.audit.push(self.state.audit.link(at, link));
        project(link, at, &self.state.authority, &mut self.changes);
    }

    /// Links what the authority did. Returns the prompts that were closed without an answer.
    fn link_records(&mut self, at: i64) -> Vec<(String, PromptState)> {
        let mut closed = Vec::new();
        for record in std::mem::take(&mut self.records) {
            match &record {
                Record::PromptOpened(prompt) => self.prompts.push(prompt.id.clone()),
                Record::Decided(decision) => self.prompts.push(decision.statement.prompt.clone()),
                Record::PromptClosed { prompt, state, .. } => {
                    self.prompts.push(prompt.clone());
                    closed.push((prompt.clone(), *state));
                }
                _ => {}
            }
            self.link(at, &Link::Authority { record });
        }
        closed
    }

    /// Takes the heads of runs in which something happened that others rely on.
    pub(crate) fn finish(&mut self) {
        let head = |run: RunId| self.state.runs.get(&run).map(|live| (run, u64::try_from(live.seq).unwrap_or(0), live.head));
        let heads: Vec<_> = std::mem::take(&mut self.heads).into_iter().filter_map(head).collect();
        if !heads.is_empty() {
            self.link(self.at, &Link::Heads { heads });
        }
    }

    /// Carries out a batch. When it is refused, nothing of it has changed anything.
    pub(crate) fn batch(&mut self, prepared: Prepared) -> Result<Recorded, JournalError> {
        let Prepared { batch: Batch { run, at, entries, rests }, bodies } = prepared;
        self.may(&run, &entries)?;
        let mut done = Recorded { events: Vec::with_capacity(entries.len()), refused: None };
        for (entry, body) in entries.into_iter().zip(bodies) {
            self.entry(&run, at, entry, body, &mut done)?;
        }
        if let Some(live) = self.state.runs.get_mut(&run) {
            let before = live.state;
            live.state = match live.state {
                RunState::Running | RunState::Waiting if rests => RunState::Waiting,
                RunState::Running | RunState::Waiting => RunState::Running,
                ended => ended,
            };
            if live.state != before {
                self.changes.put(Of::Runs, live.row(&run));
            }
            if live.state != RunState::Running {
                self.resting.push(run);
            }
        }
        Ok(done)
    }

    /// Refuses what can't follow on what is journalled.
    fn may(&self, run: &RunId, entries: &[Entry]) -> Result<(), JournalError> {
        let refuse = |what: String| Err(JournalError::Write(what));
        let begins = matches!(entries.first(), Some(Entry::Event(Event::Started { .. })));
        match self.state.runs.get(run) {
            Some(_) if begins => return refuse(format!("run {run} is there already")),
            Some(live) if live.state.ending().is_some() && !entries.is_empty() => return refuse(format!("run {run} has ended")),
            None if !begins => return refuse(format!("there is no run {run}")),
            _ => {}
        }
        for entry in entries {
            let Entry::Effect { hold, post, .. } = entry else { continue };
            let state = self.state.authority.ledger().hold(&HoldId::new(hold.as_str())).map(|hold| hold.state);
            match (post, state) {
                (true, Some(HoldState::Open | HoldState::Posted { .. })) | (false, None | Some(HoldState::Open)) => {}
                (false, Some(HoldState::Voided { .. } | HoldState::Expired { .. })) => {}
                (true, _) => return refuse(format!("nothing is held as {hold} that could be taken")),
                (false, Some(HoldState::Posted { .. })) => {
                    return refuse(format!("hold {hold} is posted and can't be given back"));
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, run: &RunId, at: i64, entry: Entry, body: Option<Body>, done: &mut Recorded) -> Result<(), JournalError> {
        match entry {
            Entry::Event(event) => self.event(run, at, event, body, done),
            Entry::Effect { event, hold, post } => {
                let hold = HoldId::new(hold);
                let authority = &mut self.state.authority;
                let settled = if post {
                    authority.post(&hold, at, &mut self.records).map(|_| ())
                } else {
                    authority.void(&hold, at, &mut self.records)
                };
                settled.map_err(|e| JournalError::Write(e.to_string()))?;
                let closed = self.link_records(at);
                self.event(run, at, event, body, done);
                self.reply_closed(run, at, &closed, done);
            }
            Entry::Authorise { path, target, attempt, request, expires_at } => {
                let asker = if target.is_some() { Asker::Approval { expires_at } } else { Asker::Effect };
                let authorised = self.state.authority.authorise(*request, asker, at, &day(at), &mut self.records);
                let closed = self.link_records(at);
                let event = self.gated(path, target, attempt, authorised);
                self.event(run, at, event, None, done);
                self.reply_closed(run, at, &closed, done);
            }
            Entry::Question { path, shown, expires_at } => {
                let question = Question { run, path: path.as_str(), shown: *shown, expires_at };
                let prompt = self.state.authority.question(question, at, &mut self.records);
                self.link_records(at);
                let expires_at = self.state.authority.prompt(&prompt).and_then(|prompt| prompt.expires_at);
                self.event(run, at, Event::Questioned { path, prompt, expires_at }, None, done);
            }
            Entry::Unclear { path, attempt, error, shown } => {
                let question = Question { run, path: path.as_str(), shown: *shown, expires_at: None };
                let prompt = self.state.authority.unclear(question, at, &mut self.records);
                self.link_records(at);
                self.event(run, at, Event::Unknown { path, attempt, error, prompt }, None, done);
            }
            Entry::Decide(decision) => self.decide(run, at, *decision, done),
            Entry::Expire(prompt) => {
                self.state.authority.expire_prompt(&prompt, at, &mut self.records);
                self.link_records(at);
                let state = self.state.authority.prompt(&prompt).map(|p| p.state);
                if state == Some(PromptState::Expired) {
                    self.reply(run, at, &prompt, (Reply::Expired, None), done);
                }
            }
        }
        Ok(())
    }

    fn gated(&self, path: Path, target: Option<Path>, attempt: u32, authorised: Authorised) -> Event {
        let Authorised { go, request, request_digest, verdict, hold, prompt, decisions, surfaces } = authorised;
        let gate = match go {
            Go::Act => Gate::Act,
            Go::Wait => Gate::Wait,
            // An approval has nothing left to ask for; an effect must not be carried out twice.
            Go::Settled if target.is_some() => Gate::Act,
            Go::Settled | Go::Refused => Gate::Refused,
        };
        let asked = prompt.as_deref().filter(|_| gate == Gate::Wait).and_then(|id| self.state.authority.prompt(id));
        Event::Gated {
            path,
            target,
            attempt,
            request: Arc::new(request),
            request_digest,
            verdict: Arc::new(verdict),
            gate,
            hold: hold.map(|hold| hold.as_str().to_owned()),
            expires_at: asked.and_then(|prompt| prompt.expires_at),
            prompt,
            decisions,
            surfaces,
        }
    }

    fn decide(&mut self, run: &RunId, at: i64, decision: consent::Decision, done: &mut Recorded) {
        let said = &decision.statement;
        let (prompt, answer, by) = (said.prompt.clone(), said.answer, (decision.digest(), said.profile.clone()));
        let of = self.state.authority.prompt(&prompt).and_then(|p| p.run.as_deref());
        if of.is_some_and(|of| of != &**run) {
            done.refused = Some(format!("prompt {prompt} is not of run {run}"));
            return;
        }
        match self.state.authority.decide(decision, at, &mut self.records) {
            Ok(_) => {
                self.link_records(at);
                self.reply(run, at, &prompt, (Reply::Answered(answer), Some(by)), done);
            }
            Err(error) => done.refused = Some(error.to_string()),
        }
    }

    /// Tells the steps of this run that waited for prompts that were closed without an answer.
    fn reply_closed(&mut self, run: &RunId, at: i64, closed: &[(String, PromptState)], done: &mut Recorded) {
        for (prompt, state) in closed {
            let reply = if *state == PromptState::Expired { Reply::Expired } else { Reply::Withdrawn };
            self.reply(run, at, prompt, (reply, None), done);
        }
    }

    /// Tells the steps of this run that wait for a prompt how it ended, and by whose decision.
    fn reply(&mut self, run: &RunId, at: i64, prompt: &str, (reply, by): (Reply, Option<(Digest, String)>), done: &mut Recorded) {
        let (decision, by) = by.unzip();
        let waiters = self.state.runs.get(run).map(|live| live.waiters(prompt)).unwrap_or_default();
        for path in waiters.into_iter().map(Path::new) {
            self.event(run, at, Event::Replied { path, prompt: prompt.to_owned(), reply, decision, by: by.clone() }, None, done);
        }
    }

    /// Journals an event.
    fn event(&mut self, run: &RunId, at: i64, event: Event, body: Option<Body>, done: &mut Recorded) {
        let Body { text, digest } = body.unwrap_or_else(|| Body::of(&event));
        if let std::collections::hash_map::Entry::Vacant(place) = self.state.runs.entry(run.clone()) {
            let Some(live) = Live::begin(&event, at) else { return };
            self.changes.new_row(Of::Runs, live.row(run));
            place.insert(live);
        }
        let Some(live) = self.state.runs.get_mut(run) else { return };
        let mut moved = Vec::new();
        live.follow(&event, at, &mut moved);
        let (seq, v, kind) = (live.seq + 1, i64::from(EVENT_VERSION), event.name());
        let path = event.path();
        let hash = event_hash(&live.head, run, &Place { seq, at, v, kind, path: path.map(Path::as_str) }, &digest);
        (live.seq, live.head) = (seq, hash);
        let path = path.map(Path::shared);
        let body = if text.len() > LONGEST_BODY {
            self.changes.blobs.push((digest, text.into_bytes()));
            None
        } else {
            Some(text)
        };
        self.changes.journal.push(EventRow { run: run.clone(), seq, at, v, kind, path, body, digest, hash });
        for change in moved {
            match change {
                Moved::Put(path, wait) => self.changes.put(Of::Waiting, waiting_row(run, &path, &wait)),
                Moved::Gone(path) => self.changes.delete(Of::Waiting, waiting_key(run, &path)),
            }
        }
        match &event {
            Event::Ended { .. } => self.ended(run, at),
            Event::Gated { gate: Gate::Act | Gate::Wait, .. }
            | Event::Questioned { .. }
            | Event::Unknown { .. }
            | Event::Replied { .. } => {
                self.heads.insert(run.clone());
                self.at = self.at.max(at);
            }
            _ => {}
        }
        done.events.push(Stamped { seq: u64::try_from(seq).unwrap_or(0), at, event });
    }

    fn ended(&mut self, run: &RunId, at: i64) {
        self.heads.insert(run.clone());
        self.at = self.at.max(at);
        self.state.authority.end_run(run, at, &mut self.records);
        self.link_records(at);
        if let Some(live) = self.state.runs.get(run) {
            self.changes.put(Of::Runs, live.row(run));
        }
    }
}
