//! A run's journal, folded so far: where every step stands, and what that comes to.

use std::collections::BTreeMap;

use consent::Action;
use engine::{Ending, Event, Gate, Machine, Path, RunId, Stamped, StartedBy, StepState, machine::Moved};
use flow::Digest;
use money::Amount;

use crate::{
    ApiError, App, ErrorCode,
    commands::{
        run_info::{RunInfo, StepCounts, starter, state_name},
        runs,
    },
};

/// A run's journal, folded so far.
pub(crate) struct Fold {
    pub(crate) machine: Machine,
    /// The number of the last event that was taken in.
    pub(crate) seq: u64,
    pub(crate) flow_id: String,
    pub(crate) flow: Digest,
    pub(crate) name: String,
    pub(crate) by: StartedBy,
    pub(crate) started_at: i64,
    ended: Option<(Ending, i64)>,
    error: Option<String>,
    steps: StepCounts,
    /// Steps that wait for a person, and those whose outcome is unknown.
    asking: u32,
    unknown: u32,
    /// What steps were granted to pay and have not reported yet.
    granted: BTreeMap<Path, Amount>,
    spent: Vec<Amount>,
}

impl Fold {
    /// Before anything is taken in, of a run whose first event is known.
    pub(crate) async fn begin(app: &App, run: &RunId, first: &Stamped) -> Result<Self, ApiError> {
        let Event::Started { flow_id, flow, subflows, by, .. } = &first.event else {
            return Err(damaged(run, "does not begin with its start"));
        };
        let home = app.home()?;
        let plan = home.engine.plan(*flow, subflows).await?;
        Ok(Self {
            machine: Machine::new(run.clone(), plan).followed(),
            seq: 0,
            flow_id: flow_id.clone(),
            flow: *flow,
            name: home.store.flow_version(*flow).await?.name.clone(),
            by: by.clone(),
            started_at: first.at,
            ended: None,
            error: None,
            steps: StepCounts::default(),
            asking: 0,
            unknown: 0,
            granted: BTreeMap::new(),
            spent: Vec::new(),
        })
    }

    /// A run's journal as it is now.
    pub(crate) async fn load(app: &App, run: &RunId) -> Result<Self, ApiError> {
        runs::find(app, run).await?;
        let events = app.home()?.store.events(run, 0).await?;
        let mut fold = Self::begin(app, run, events.first().ok_or_else(|| damaged(run, "is empty"))?).await?;
        fold.take(&events);
        Ok(fold)
    }

    /// Takes in what is new among events that are in order.
    pub(crate) fn take(&mut self, events: &[Stamped]) {
        for stamped in events {
            if stamped.seq > self.seq {
                self.apply(stamped);
            }
        }
    }

    /// Takes in the next event, and says which steps moved by it.
    pub(crate) fn apply(&mut self, stamped: &Stamped) -> Vec<Moved> {
        self.seq = stamped.seq;
        self.machine.apply(stamped.at, &stamped.event);
        // Nothing is carried out here.
        self.machine.commands();
        match &stamped.event {
            Event::Gated { path, target: None, gate: Gate::Act, request, .. } => {
                if let Action::Pay(pay) = &request.action {
                    self.granted.insert(path.clone(), pay.amount);
                }
            }
            Event::Finished { path, .. } => {
                if let Some(amount) = self.granted.remove(path) {
                    self.spend(amount);
                }
            }
            Event::Ended { ending, failure, .. } => {
                self.ended = Some((*ending, stamped.at));
                self.error = failure.as_ref().map(|(path, error)| format!("{path}: {}", error.message));
            }
            _ => {}
        }
        let moved = self.machine.moved();
        for Moved { from, to, .. } in &moved {
            self.steps.moved(*from, *to);
            for (state, count) in [(StepState::Asking, &mut self.asking), (StepState::Unknown, &mut self.unknown)] {
                *count = *count + u32::from(*to == state) - u32::from(*from == Some(state));
            }
        }
        moved
    }

    fn spend(&mut self, amount: Amount) {
        for sum in &mut self.spent {
            if let Ok(both) = sum.checked_add(amount) {
                *sum = both;
                return;
            }
        }
        self.spent.push(amount);
    }

    /// Whether the run is over.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// The run in a few figures.
    pub(crate) fn info(&self) -> RunInfo {
        let ending = self.ended.map(|(ending, _)| ending);
        RunInfo {
            run: self.machine.run().to_string(),
            flow_id: self.flow_id.clone(),
            name: self.name.clone(),
            flow: self.flow,
            state: state_name(ending, self.machine.only_waits()),
            asking: self.asking > 0 && !self.is_over(),
            unknown: self.unknown > 0 && !self.is_over(),
            started_at: self.started_at,
            ended_at: self.ended.map(|(_, at)| at),
            by: starter(&self.by),
            steps: self.steps,
            error: self.error.clone(),
            spent: self.spent.clone(),
        }
    }
}

/// The error of a journal that makes no sense.
pub(crate) fn damaged(run: &RunId, what: &str) -> ApiError {
    let message = format!("The journal of run {run} {what}.");
    ApiError::new(ErrorCode::StoreDamaged, message, format!("Run `assent verify {run}`."))
}
