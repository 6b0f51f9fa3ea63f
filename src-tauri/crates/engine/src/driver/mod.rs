//! The local driver: carries out on tokio what the machine says, one task a run.
//!
//! A run's task takes in everything that happens to it and applies it in the order in which it stands in the journal, so that its
//! memory and a fold of its journal never differ. Runs that only wait leave memory; a timer, an answer or a cancel brings them back.

mod actor;
mod effects;
mod timers;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use consent::Decision;
use flow::{Digest, Problem, Values};
use tokio::sync::{broadcast, mpsc, oneshot};

use self::{
    actor::{Actor, Message},
    timers::Timers,
};
use crate::{Clock, Ending, Event, Given, Journal, JournalError, Nodes, Path, Plan, RunId, StartedBy, targets::Targets};

/// A run to start.
#[derive(Debug, Clone)]
pub struct Start {
    /// The id it gets.
    pub run: RunId,
    /// The version of the flow, as the store has it.
    pub flow: Digest,
    /// The versions of the flows that it calls, by id. Others may be among them.
    pub subflows: BTreeMap<String, Digest>,
    /// Its inputs.
    pub inputs: Values,
    /// Who or what starts it.
    pub by: StartedBy,
    /// The seed that expressions and code see.
    pub seed: u64,
    /// What steps give without being carried out, by path: copied from an earlier run, or set by hand.
    pub given: BTreeMap<Path, Given>,
    /// The earlier run that this one goes on from.
    pub parent: Option<String>,
}

/// Why the engine did not do as it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No run has this id.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// Another run has this id.
    #[error("a run with the id {0} exists")]
    Exists(RunId),
    /// The run is over.
    #[error("run {0} is over")]
    Over(RunId),
    /// The decision does not hold.
    #[error("{0}")]
    Refused(String),
    /// The prompt is not there, or no run waits for it.
    #[error("there is no prompt {0} that a run waits for")]
    NoPrompt(String),
    /// The flow can't run.
    #[error("the flow can't run: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Flow(Vec<Problem>),
    /// The store can't go on.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine is being stopped.
    #[error("the engine is stopping; the run goes on when it is started again")]
    Stopping,
}

/// Where a run came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is over.
    Ended(Ending),
    /// It waits for people or times.
    Waiting,
}

/// Something passing, not journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The run.
    pub run: RunId,
    /// The step that began to act.
    pub path: Path,
    /// Which attempt.
    pub attempt: u32,
}

/// Runs flows.
pub struct Engine {
    shared: Arc<Shared>,
}

/// What all runs' tasks share.
struct Shared {
    journal: Arc<dyn Journal>,
    nodes: Arc<dyn Nodes>,
    clock: Arc<dyn Clock>,
    live: Mutex<Live>,
    plans: Mutex<HashMap<Digest, Arc<Plan>>>,
    timers: Timers,
    targets: Mutex<Targets>,
    progress: broadcast::Sender<Progress>,
    stopped: broadcast::Sender<(RunId, EngineError)>,
}

#[derive(Default)]
struct Live {
    runs: HashMap<RunId, mpsc::UnboundedSender<Message>>,
    /// Runs that could not go on and were not taken up since, and why.
    stopped: HashMap<RunId, EngineError>,
    tasks: tokio::task::JoinSet<()>,
    stopping: bool,
}

/// Plans kept ready; more than this many different flows at once are made anew.
const PLANS_KEPT: usize = 64;

impl Engine {
    /// An engine over a journal, with the node kinds there are. Nothing runs until something is started or resumed.
    pub fn new(journal: Arc<dyn Journal>, nodes: Arc<dyn Nodes>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let shared = Arc::new(Shared {
            journal,
            nodes,
            clock,
            live: Mutex::default(),
            plans: Mutex::default(),
            timers: Timers::default(),
            targets: Mutex::default(),
            progress: broadcast::channel(1024).0,
            stopped: broadcast::channel(1024).0,
        });
        Arc::new(Self { shared })
    }

    /// Starts a run. Returns when its start is on disk.
    ///
    /// # Errors
    /// When a run with its id exists, the flow can't run, or the store can't be written.
    pub async fn start(&self, start: Start) -> Result<(), EngineError> {
        let plan = self.shared.plan(start.flow, &start.subflows).await?;
        let calls = plan.calls();
        let event = Event::Started {
            flow_id: plan.flow_id.clone(),
            flow: start.flow,
            subflows: start.subflows.into_iter().filter(|(id, _)| calls.contains(id.as_str())).collect(),
            inputs: start.inputs,
            by: start.by,
            seed: start.seed,
            given: start.given,
            parent: start.parent,
            deadline: plan.deadline_ms.map(|ms| self.shared.clock.now().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))),
        };
        let (reply, started) = oneshot::channel();
        let exists = || Err(EngineError::Exists(start.run.clone()));
        if !self.shared.spawn(&start.run, None, |actor| actor.run_fresh(plan, event, reply))? {
            return exists();
        }
        let started = started.await.unwrap_or(Err(EngineError::Stopping));
        match started {
            Err(EngineError::Journal(_)) if !self.shared.journal.load(&start.run).await?.is_empty() => exists(),
            started => started,
        }
    }

    /// Takes up everything that was left unfinished, and says how many runs were under way.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn resume(&self) -> Result<usize, EngineError> {
        let unfinished = self.shared.journal.unfinished().await?;
        self.shared.arm(unfinished.waiting.into_iter().filter_map(|step| {
            let what = step.prompt.map_or_else(|| timers::What::Step(step.path), timers::What::Prompt);
            Some((step.due?, step.run, what))
        }));
        for run in &unfinished.active {
            self.shared.tell(run, Message::Resume)?;
        }
        Ok(unfinished.active.len())
    }

    /// Records a decision and lets the run that waited for it go on.
    ///
    /// # Errors
    /// When the prompt isn't there, the decision does not hold, or the store can't be written.
    pub async fn decide(&self, decision: Decision) -> Result<(), EngineError> {
        let id = &decision.statement.prompt;
        let prompt = self.shared.journal.prompt(id).await?;
        let run = prompt.and_then(|prompt| prompt.run).ok_or_else(|| EngineError::NoPrompt(id.clone()))?;
        self.ask(&run.into(), |reply| Message::Decide(Box::new(decision), reply)).await?
    }

    /// Stops a run: nothing new starts, what was sent is waited for.
    ///
    /// # Errors
    /// When there is no such run, it is over, or the store can't be written.
    pub async fn cancel(&self, run: &RunId, by: StartedBy, reason: String) -> Result<(), EngineError> {
        self.ask(run, |reply| Message::Cancel { by, reason, reply }).await?
    }

    /// Resolves when the run is over or only waits.
    ///
    /// # Errors
    /// When the store can't be written or read, or the engine stops first.
    pub async fn settled(&self, run: &RunId) -> Result<Settled, EngineError> {
        let live = {
            let live = self.shared.live();
            if let Some(error) = live.stopped.get(run) {
                return Err(error.clone());
            }
            live.runs.get(run).cloned()
        };
        if let Some(live) = live {
            let (reply, settled) = oneshot::channel();
            if live.send(Message::Watch(reply)).is_ok()
                && let Ok(settled) = settled.await
            {
                return settled;
            }
        }
        Ok(self.shared.journal.ending(run).await?.map_or(Settled::Waiting, Settled::Ended))
    }

    /// The plan of versions in the store: of a flow, and of those it calls, by id. Kept ready for the next time.
    ///
    /// # Errors
    /// When the store can't be read, or the flow can't run with the node kinds there are.
    pub async fn plan(&self, flow: Digest, subflows: &BTreeMap<String, Digest>) -> Result<Arc<Plan>, EngineError> {
        self.shared.plan(flow, subflows).await
    }

    /// Passing events: steps that begin to act.
    pub fn progress(&self) -> broadcast::Receiver<Progress> {
        self.shared.progress.subscribe()
    }

    /// Runs that can't go on, since the store can't be written or read, and why. They can be resumed. Those that stopped before and were
    /// not taken up since come first; who listens already hears of them again.
    pub fn stopped(&self) -> broadcast::Receiver<(RunId, EngineError)> {
        let live = self.shared.live();
        let receiver = self.shared.stopped.subscribe();
        for (run, error) in &live.stopped {
            let _ = self.shared.stopped.send((run.clone(), error.clone()));
        }
        receiver
    }

    /// Takes no new steps, waits for what was sent, and leaves every run so that it can be resumed.
    pub async fn suspend(&self) {
        let mut tasks = {
            let mut live = self.shared.live();
            live.stopping = true;
            for run in live.runs.values() {
                // A task that is just ending needs no telling.
                let _ = run.send(Message::Suspend);
            }
            std::mem::take(&mut live.tasks)
        };
        while tasks.join_next().await.is_some() {}
    }

    async fn ask<T>(&self, run: &RunId, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.shared.tell(run, message(reply))?;
        answer.await.map_err(|_| {
            // Its task ended before it came to this: with the run, or with the engine.
            let live = self.shared.live();
            match live.stopped.get(run) {
                _ if live.stopping => EngineError::Stopping,
                Some(error) => error.clone(),
                None => EngineError::Over(run.clone()),
            }
        })
    }
}

impl Shared {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn targets(&self) -> MutexGuard<'_, Targets> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a run's task; brings the run back to memory when it isn't there.
    fn tell(self: &Arc<Self>, run: &RunId, message: Message) -> Result<(), EngineError> {
        self.spawn(run, Some(message), Actor::run_loaded).map(drop)
    }

    /// Starts a run's task, unless it has one, and gives it a message. Whether it was started.
    ///
    /// The message is given while the list is locked: a task leaves the list only when it finds, under the same lock, that none waits for it.
    fn spawn<F>(self: &Arc<Self>, run: &RunId, first: Option<Message>, body: impl FnOnce(Actor) -> F) -> Result<bool, EngineError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut live = self.live();
        let listed = live.runs.get(run).filter(|sender| !sender.is_closed());
        if let Some(sender) = listed {
            first.into_iter().for_each(|message| drop(sender.send(message)));
            return Ok(false);
        }
        if live.stopping {
            return Err(EngineError::Stopping);
        }
        live.stopped.remove(run);
        let (sender, inbox) = mpsc::unbounded_channel();
        first.into_iter().for_each(|message| drop(sender.send(message)));
        live.runs.insert(run.clone(), sender);
        while live.tasks.try_join_next().is_some() {}
        live.tasks.spawn(body(Actor::new(self.clone(), run.clone(), inbox)));
        Ok(true)
    }

    /// The plan of the versions that a run is pinned to.
    async fn plan(&self, flow: Digest, subflows: &BTreeMap<String, Digest>) -> Result<Arc<Plan>, EngineError> {
        let key = Digest::of("assent.plan.v1", &(flow, subflows));
        if let Some(plan) = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(plan.clone());
        }
        let mut others = BTreeMap::new();
        for (id, digest) in subflows {
            others.insert(id.clone(), self.journal.flow(*digest).await?);
        }
        let plan = Plan::new(&*self.journal.flow(flow).await?, &others, &*self.nodes).map_err(EngineError::Flow)?;
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= PLANS_KEPT {
            plans.clear();
        }
        plans.insert(key, plan.clone());
        Ok(plan)
    }

    /// Sets timers going.
    fn arm(self: &Arc<Self>, timers: impl IntoIterator<Item = (i64, RunId, timers::What)>) {
        if self.timers.add(timers) {
            tokio::spawn(Timers::fire(Arc::downgrade(self)));
        }
    }
}
