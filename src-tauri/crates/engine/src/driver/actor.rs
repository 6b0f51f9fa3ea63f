//! One run's task: it takes in what happens, journals it, applies it in journal order, and carries out what the machine says.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use consent::Decision;
use futures_util::future::BoxFuture;
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

use super::{EngineError, Settled, Shared, effects::Acted, timers::What};
use crate::{
    Batch, Entry, Event, Gate, JournalError, Machine, Path, Plan, Recorded, RunId, StartedBy, StepError,
    machine::{AfterFailure, At, Command},
};

type Reply<T> = oneshot::Sender<Result<T, EngineError>>;

/// What a run's task is told.
pub(super) enum Message {
    /// Go on with what was left unfinished: being here is enough.
    Resume,
    /// A step's time has come.
    Due(Path),
    /// A prompt's time is up.
    Expire(String),
    /// Somebody decided.
    Decide(Box<Decision>, Reply<()>),
    /// Somebody wants it to stop.
    Cancel { by: StartedBy, reason: String, reply: Reply<()> },
    /// Somebody wants to know when it rests.
    Watch(Reply<Settled>),
    /// Take no new steps.
    Suspend,
}

/// A batch on its way to the disk.
struct Writing {
    /// How many of its entries, from the first, were applied before.
    applied: usize,
    /// Whether there were others.
    unknown: bool,
    reply: Option<Reply<()>>,
    recorded: BoxFuture<'static, Result<Recorded, JournalError>>,
}

/// The first batch that is on its way, and what came of it: they are written in the order in which they were handed over.
async fn written(writing: &mut VecDeque<Writing>) -> Option<(Writing, Result<Recorded, JournalError>)> {
    let recorded = (&mut writing.front_mut()?.recorded).await;
    Some((writing.pop_front()?, recorded))
}

pub(super) struct Actor {
    pub(super) shared: Arc<Shared>,
    pub(super) run: RunId,
    inbox: mpsc::UnboundedReceiver<Message>,
    /// Entries for the next batch, how many of them are applied, and when they happened.
    outbox: Vec<Entry>,
    applied: usize,
    at: i64,
    writing: VecDeque<Writing>,
    /// Batches on their way whose events are not all known yet.
    unknown: usize,
    pub(super) acting: JoinSet<Acted>,
    /// Attempts that came to their end without waiting.
    pub(super) acted: Vec<Acted>,
    pub(super) handles: HashMap<Path, (u32, AbortHandle)>,
    watchers: Vec<Reply<Settled>>,
    suspended: bool,
    /// Something of the run is on disk.
    kept: bool,
    /// The list of runs says that it only waits, since nothing was journalled after that.
    rests: bool,
    /// Steps whose values were set by hand.
    pub(super) by_hand: Vec<String>,
}

/// Events that are journalled in one batch at most, where nothing waits for them.
const BATCH: usize = 256;

impl Actor {
    pub(super) fn new(shared: Arc<Shared>, run: RunId, inbox: mpsc::UnboundedReceiver<Message>) -> Self {
        Self {
            shared,
            run,
            inbox,
            outbox: Vec::new(),
            applied: 0,
            at: 0,
            writing: VecDeque::new(),
            unknown: 0,
            acting: JoinSet::new(),
            acted: Vec::new(),
            handles: HashMap::new(),
            watchers: Vec::new(),
            suspended: false,
            kept: false,
            rests: false,
            by_hand: Vec::new(),
        }
    }

    /// Runs a run from its start.
    pub(super) async fn run_fresh(mut self, plan: Arc<Plan>, started: Event, reply: Reply<()>) {
        let mut machine = Machine::new(self.run.clone(), plan);
        self.record(&mut machine, Entry::Event(started));
        self.by_hand = machine.set_by_hand();
        self.carry_out(&mut machine, Some(reply));
        self.go(machine).await;
    }

    /// Goes on with a run from its journal.
    pub(super) async fn run_loaded(mut self) {
        match load(self.shared.clone(), self.run.clone()).await {
            Ok(mut machine) => {
                self.kept = true;
                self.by_hand = machine.set_by_hand();
                let outstanding = machine.resume();
                self.carry_out_all(&mut machine, outstanding, None);
                self.go(machine).await;
            }
            Err(error) => {
                if !matches!(error, EngineError::NoRun(_) | EngineError::Over(_)) {
                    tracing::error!(run = %self.run, %error, "the run could not be taken up");
                }
                self.leave(&error);
            }
        }
    }

    async fn go(mut self, mut machine: Machine) {
        loop {
            if self.writing.is_empty() && self.acting.is_empty() {
                match self.come_to_rest(&machine).await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(error) => return self.stop(error),
                }
            }
            tokio::select! {
                biased;
                Some((writing, recorded)) = written(&mut self.writing) => {
                    if let Err(error) = self.written(&mut machine, writing, recorded) {
                        return self.stop(error);
                    }
                }
                Some(acted) = self.acting.join_next() => {
                    // One that came to its end while it was being stopped is journalled as stopped.
                    if let Ok(acted) = acted && self.handles.remove(&acted.path).is_some() {
                        self.acted.push(acted);
                        self.carry_out(&mut machine, None);
                    }
                }
                Some(message) = self.inbox.recv() => self.take_in(&mut machine, message),
            }
        }
    }

    /// Nothing is under way. Leaves memory, unless something came in meanwhile. Whoever is told that it waits finds it so in the list of
    /// runs.
    async fn come_to_rest(&mut self, machine: &Machine) -> Result<bool, JournalError> {
        let settled = machine.ended().map_or(Settled::Waiting, Settled::Ended);
        if settled == Settled::Waiting && !self.suspended && !self.rests && self.inbox.is_empty() {
            let rest = Batch { run: self.run.clone(), at: self.shared.clock.now(), entries: Vec::new(), rests: true };
            self.shared.journal.commit(rest).await?;
            self.rests = true;
        }
        {
            let mut live = self.shared.live();
            if !self.inbox.is_empty() {
                return Ok(false);
            }
            live.runs.remove(&self.run);
        }
        for watcher in self.watchers.drain(..) {
            let _ = watcher.send(Ok(settled));
        }
        Ok(true)
    }

    fn stop(&mut self, error: JournalError) {
        tracing::error!(run = %self.run, %error, "the run stops here and can be resumed");
        self.leave(&error.into());
    }

    /// Leaves memory since it can't go on, and tells everybody who waits.
    fn leave(&mut self, error: &EngineError) {
        let can_be_resumed = !matches!(error, EngineError::NoRun(_) | EngineError::Over(_));
        {
            let mut live = self.shared.live();
            live.runs.remove(&self.run);
            if can_be_resumed {
                if self.kept {
                    live.stopped.insert(self.run.clone(), error.clone());
                }
                // Nobody may be listening.
                let _ = self.shared.stopped.send((self.run.clone(), error.clone()));
            }
        }
        self.inbox.close();
        for watcher in self.watchers.drain(..) {
            let _ = watcher.send(Err(error.clone()));
        }
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                Message::Decide(_, reply) | Message::Cancel { reply, .. } => drop(reply.send(Err(error.clone()))),
                // A run that is over has settled, and says how.
                Message::Watch(reply) if matches!(error, EngineError::Over(_)) => drop(reply),
                Message::Watch(reply) => drop(reply.send(Err(error.clone()))),
                Message::Resume | Message::Due(_) | Message::Expire(_) | Message::Suspend => {}
            }
        }
    }

    fn take_in(&mut self, machine: &mut Machine, message: Message) {
        // Nothing is journalled after the end, also while that is on its way.
        let over = machine.is_ending();
        match message {
            Message::Resume => {}
            Message::Suspend => self.suspended = true,
            Message::Watch(reply) => self.watchers.push(reply),
            Message::Due(_) | Message::Expire(_) if over => {}
            Message::Due(path) => {
                let now = self.shared.clock.now();
                if let Some(due) = machine.deadline().filter(|due| path.is_run() && *due <= now) {
                    self.record(machine, Entry::Event(Event::Overdue { due }));
                }
                if machine.sleeps_until(&path).is_some_and(|due| due <= now) {
                    self.record(machine, Entry::Event(Event::Woke { path }));
                }
                self.carry_out(machine, None);
            }
            Message::Expire(prompt) => {
                self.record(machine, Entry::Expire(prompt));
                self.carry_out(machine, None);
            }
            Message::Decide(_, reply) | Message::Cancel { reply, .. } if over => {
                drop(reply.send(Err(EngineError::Over(self.run.clone()))))
            }
            Message::Decide(decision, reply) => {
                self.record(machine, Entry::Decide(decision));
                self.carry_out(machine, Some(reply));
            }
            Message::Cancel { by, reason, reply } => {
                self.record(machine, Entry::Event(Event::Cancelled { by, reason }));
                self.carry_out(machine, Some(reply));
            }
        }
    }

    /// Puts an entry in the next batch. What it says is applied at once, unless something before it is not known yet.
    pub(super) fn record(&mut self, machine: &mut Machine, entry: Entry) {
        if self.outbox.is_empty() {
            self.at = self.shared.clock.now();
        }
        if self.unknown == 0
            && self.applied == self.outbox.len()
            && let Entry::Event(event) | Entry::Effect { event, .. } = &entry
        {
            machine.apply(self.at, event);
            self.applied += 1;
        }
        self.outbox.push(entry);
    }

    fn flush(&mut self, reply: Option<Reply<()>>) {
        if self.outbox.is_empty() {
            if let Some(reply) = reply {
                let _ = reply.send(Ok(()));
            }
            return;
        }
        let applied = std::mem::take(&mut self.applied);
        let entries = std::mem::take(&mut self.outbox);
        self.rests = false;
        let unknown = applied < entries.len();
        self.unknown += usize::from(unknown);
        let recorded = self.shared.journal.commit(Batch { run: self.run.clone(), at: self.at, entries, rests: false });
        self.writing.push_back(Writing { applied, unknown, reply, recorded });
    }

    fn written(
        &mut self,
        machine: &mut Machine,
        writing: Writing,
        recorded: Result<Recorded, JournalError>,
    ) -> Result<(), JournalError> {
        let Writing { applied, unknown, reply, .. } = writing;
        self.unknown -= usize::from(unknown);
        let recorded = match recorded {
            Ok(recorded) => {
                self.kept = true;
                recorded
            }
            Err(error) => {
                if let Some(reply) = reply {
                    let _ = reply.send(Err(error.clone().into()));
                }
                return Err(error);
            }
        };
        if let Some(reply) = reply {
            let _ = reply.send(recorded.refused.map_or(Ok(()), |why| Err(EngineError::Refused(why))));
        }
        for stamped in recorded.events.iter().skip(applied) {
            machine.apply(stamped.at, &stamped.event);
            self.watch_expiry(&stamped.event);
        }
        self.carry_out(machine, None);
        Ok(())
    }

    fn watch_expiry(&self, event: &Event) {
        if let Event::Gated { gate: Gate::Wait, prompt: Some(prompt), expires_at: Some(due), .. }
        | Event::Questioned { prompt, expires_at: Some(due), .. } = event
        {
            self.shared.arm([(*due, self.run.clone(), What::Prompt(prompt.clone()))]);
        }
    }

    fn carry_out(&mut self, machine: &mut Machine, reply: Option<Reply<()>>) {
        let commands = machine.commands();
        self.carry_out_all(machine, commands, reply);
    }

    /// Carries out commands and those that follow from them at once. `reply` is told when what was recorded first is on disk.
    fn carry_out_all(&mut self, machine: &mut Machine, mut commands: Vec<Command>, mut reply: Option<Reply<()>>) {
        while !commands.is_empty() || !self.acted.is_empty() {
            for command in commands {
                if !self.suspended {
                    self.carry_out_one(machine, command);
                }
                if self.outbox.len() >= BATCH {
                    self.flush(reply.take());
                }
            }
            for acted in std::mem::take(&mut self.acted) {
                self.acted(machine, acted);
                if self.outbox.len() >= BATCH {
                    self.flush(reply.take());
                }
            }
            commands = machine.commands();
        }
        self.flush(reply);
    }

    fn carry_out_one(&mut self, machine: &mut Machine, command: Command) {
        match command {
            Command::Begin { at, path, attempt, inputs } => self.begin(machine, at, path, attempt, inputs),
            Command::Ask { at, path, inputs, target } => self.ask(machine, at, path, &inputs, target),
            Command::Act { at, path, attempt, inputs, go } => self.act(machine, at, path, attempt, inputs, Some(go)),
            Command::Recover { at, path, attempt } => self.recover(machine, at, path, attempt),
            Command::Delay { path, wait_ms } => {
                let wait = i64::try_from(wait_ms).unwrap_or(i64::MAX);
                let due = self.shared.clock.now().saturating_add(wait);
                self.record(machine, Entry::Event(Event::Delayed { path, due }));
            }
            Command::Deadline { due } => self.shared.arm([(due, self.run.clone(), What::Step(Path::of_run()))]),
            Command::Wake { path, due } => self.shared.arm([(due, self.run.clone(), What::Step(path))]),
            Command::Conclude { path, attempt, outcome, hold } => {
                let post = outcome.is_ok();
                let event = match outcome {
                    Ok(outputs) => Event::Finished { path, attempt, outputs, took_us: 0 },
                    Err(error) => Event::Failed { path, attempt, error, retry_at: None, took_us: 0 },
                };
                self.record(machine, effect(event, hold, post));
            }
            Command::Unclear { path, attempt, error } => {
                let entry = self.unclear(machine, path, attempt, error);
                self.record(machine, entry);
            }
            Command::Stop { path } => {
                if let Some((attempt, handle)) = self.handles.remove(&path) {
                    handle.abort();
                    let error = StepError::new("CANCELLED", "It was stopped, since the run stops.", "");
                    self.record(machine, Entry::Event(Event::Failed { path, attempt, error, retry_at: None, took_us: 0 }));
                }
            }
            Command::End { ending, outputs, failure } => {
                self.record(machine, Entry::Event(Event::Ended { ending, outputs, failure }))
            }
        }
    }

    fn acted(&mut self, machine: &mut Machine, acted: Acted) {
        let Acted { at, path, attempt, began, result } = acted;
        let took_us = micros(began);
        let hold = machine.hold(at).map(str::to_owned);
        if let Some(target) = machine.target(at) {
            let answered = result.as_ref().err().is_none_or(|error| !error.retryable && !error.maybe_sent);
            self.shared.targets().told(target, answered, self.shared.clock.now());
        }
        match result {
            Ok(outputs) => self.record(machine, effect(Event::Finished { path, attempt, outputs, took_us }, hold, true)),
            Err(error) => self.failed(machine, at, path, attempt, error, took_us),
        }
    }

    pub(super) fn failed(&mut self, machine: &mut Machine, at: At, path: Path, attempt: u32, error: StepError, took_us: u64) {
        let hold = machine.hold(at).map(str::to_owned);
        let failed = |path, error, retry_at| Event::Failed { path, attempt, error, retry_at, took_us };
        let entry = match machine.after_failure(at, attempt, &error, self.shared.clock.now(), jitter()) {
            AfterFailure::Retry(due) => Entry::Event(failed(path, error, Some(due))),
            AfterFailure::Final => effect(failed(path, error, None), hold, false),
            AfterFailure::Unclear => self.unclear(machine, path, attempt, error),
        };
        self.record(machine, entry);
    }
}

/// The run as its journal has it.
async fn load(shared: Arc<Shared>, run: RunId) -> Result<Machine, EngineError> {
    let events = shared.journal.load(&run).await?;
    let Some(Event::Started { flow, subflows, .. }) = events.first().map(|stamped| &stamped.event) else {
        return Err(EngineError::NoRun(run));
    };
    if matches!(events.last().map(|stamped| &stamped.event), Some(Event::Ended { .. })) {
        return Err(EngineError::Over(run));
    }
    let plan = shared.plan(*flow, subflows).await?;
    Ok(Machine::fold(run, plan, &events))
}

/// An event that ends an effect's step, with what becomes of its hold.
fn effect(event: Event, hold: Option<String>, post: bool) -> Entry {
    match hold {
        Some(hold) => Entry::Effect { event, hold, post },
        None => Entry::Event(event),
    }
}

/// How long ago, in microseconds.
pub(super) fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Drawn anew each time, 0 to 1,000. Without a source of randomness retries come at their latest, which is sound too.
fn jitter() -> u16 {
    getrandom::u32().map_or(1000, |drawn| u16::try_from(drawn % 1001).unwrap_or(1000))
}
