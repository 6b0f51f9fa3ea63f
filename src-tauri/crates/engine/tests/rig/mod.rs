//! An engine over a journal in memory, a clock that is told the time, and a world that remembers.
#![allow(dead_code)]

use std::{collections::BTreeMap, sync::Arc};

use consent::{Answer, Prompt};
use engine::{Ending, Engine, EngineError, Event, RunId, Settled, Stamped, Start, StartedBy, StepError};
use flow::{Flow, Value, Values};
use testkit::{MemoryJournal, PROFILE, TestClock, TestNodes, World};

pub(crate) const RUN: &str = "run-1";

pub(crate) struct Rig {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) world: Arc<World>,
    pub(crate) engine: Arc<Engine>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let clock = TestClock::new();
        Self::over(MemoryJournal::new(clock.clone()), World::new(), clock)
    }

    /// A new program over what is there.
    pub(crate) fn over(journal: Arc<MemoryJournal>, world: Arc<World>, clock: Arc<TestClock>) -> Self {
        world.watch(&journal);
        let engine = Engine::new(journal.clone(), TestNodes::new(world.clone()), clock.clone());
        Self { clock, journal, world, engine }
    }

    /// A new program, after this one ended when so many commits were on the disk. The world is the same.
    pub(crate) fn next(&self, commits: usize) -> Self {
        let (journal, clock) = self.journal.as_of(commits);
        Self::over(journal, self.world.clone(), clock)
    }

    /// Starts a run without waiting for it to come to rest.
    pub(crate) async fn begin(&self, flow: &Arc<Flow>) {
        self.begin_with(RUN, flow, &BTreeMap::new(), Values::one("a", 1)).await.unwrap();
    }

    pub(crate) async fn begin_with(
        &self,
        run: &str,
        flow: &Arc<Flow>,
        subflows: &BTreeMap<String, Arc<Flow>>,
        inputs: Values,
    ) -> Result<(), EngineError> {
        let subflows = subflows.iter().map(|(id, flow)| (id.clone(), self.journal.add_flow(flow))).collect();
        let start = Start {
            run: run.into(),
            flow: self.journal.add_flow(flow),
            subflows,
            inputs,
            by: by(),
            seed: 7,
            given: BTreeMap::new(),
            parent: None,
        };
        self.engine.start(start).await
    }

    /// Starts a run and lets it come to rest.
    pub(crate) async fn run(&self, flow: &Arc<Flow>) -> Settled {
        self.begin(flow).await;
        self.settled().await
    }

    pub(crate) async fn settled(&self) -> Settled {
        self.quiet().await;
        self.engine.settled(&RUN.into()).await.unwrap()
    }

    /// Lets everything go on that can.
    pub(crate) async fn quiet(&self) {
        for _ in 0..300 {
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass, and everything go on that can then.
    pub(crate) async fn pass(&self, ms: i64) {
        self.clock.advance(ms);
        self.quiet().await;
    }

    pub(crate) async fn answer(&self, prompt: &Prompt, answer: Answer) -> Result<(), EngineError> {
        let decided = self.engine.decide(self.journal.decision(&prompt.id, answer)).await;
        self.quiet().await;
        decided
    }

    pub(crate) async fn cancel(&self) -> Result<(), EngineError> {
        let cancelled = self.engine.cancel(&RUN.into(), by(), "enough".to_owned()).await;
        self.quiet().await;
        cancelled
    }

    /// The one prompt that waits for an answer.
    pub(crate) fn prompt(&self) -> Prompt {
        let open = self.journal.open_prompts();
        let [prompt] = &open[..] else { panic!("{} prompts are open:\n{}", open.len(), self.story()) };
        prompt.clone()
    }

    pub(crate) fn events(&self) -> Vec<Stamped> {
        self.journal.events(RUN)
    }

    /// How the run ended, with its outputs and the failure that ended it.
    pub(crate) fn end(&self) -> End {
        end_of(&self.events()).unwrap_or_else(|| panic!("the run goes on:\n{}", self.story()))
    }

    /// The code of the failure that ended the run.
    pub(crate) fn failure(&self) -> String {
        self.end().2.map(|(_, error)| error.code).unwrap_or_default()
    }

    /// The names of a step's events.
    pub(crate) fn of(&self, path: &str) -> Vec<&'static str> {
        let events = self.events();
        let about = events.iter().filter(|stamped| stamped.event.path().is_some_and(|of| of.as_str() == path));
        about.map(|stamped| stamped.event.name()).collect()
    }

    pub(crate) fn story(&self) -> String {
        self.events().iter().map(|stamped| serde_json::to_string(&stamped.event).unwrap()).collect::<Vec<_>>().join("\n")
    }
}

/// How a run ended, with its outputs and the failure that ended it.
pub(crate) type End = (Ending, Value, Option<(String, StepError)>);

pub(crate) fn end_of(events: &[Stamped]) -> Option<End> {
    let Some(Event::Ended { ending, outputs, failure }) = events.last().map(|stamped| &stamped.event) else { return None };
    Some((*ending, outputs.to_object(), failure.clone().map(|(path, error)| (path.to_string(), error))))
}

pub(crate) fn by() -> StartedBy {
    StartedBy::Profile { id: PROFILE.to_owned() }
}

pub(crate) fn id(run: &str) -> RunId {
    run.into()
}

pub(crate) const ENDED: Settled = Settled::Ended(Ending::Completed);
pub(crate) const FAILED: Settled = Settled::Ended(Ending::Failed);
pub(crate) const CANCELLED: Settled = Settled::Ended(Ending::Cancelled);

/// A failure that another attempt may mend.
pub(crate) fn broken() -> StepError {
    StepError::new("BROKEN", "By the script.", "").retryable()
}
