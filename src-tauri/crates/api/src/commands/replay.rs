//! A run at any moment: its journal, folded so far.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use consent::Receipt;
use engine::{Ending, Event, Machine, RunId, Stamped, StepError, StepState};
use flow::{Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Exit, Response, Right,
    commands::{run_fold::damaged, run_info::RunInfo, runs},
    text::{brief, columns, short, visible, when, word},
};

/// A run: where every step stands, what came out, what it waits for
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Show {
    /// The run's id
    #[arg(value_name = "RUN")]
    pub run: String,
}

/// Folds a run's journal up to a moment and shows where every step stood and which values there were
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Replay {
    /// The run's id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// After this event, by its number from 1; the last one where this is left out
    #[arg(long, value_name = "SEQ")]
    #[serde(default)]
    pub at: Option<u64>,
}

/// A run at one moment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunState {
    /// The run.
    pub info: RunInfo,
    /// The number of the last event that counts here.
    pub seq: u64,
    /// When that was, in milliseconds since the epoch.
    pub at: i64,
    /// The name of that event.
    pub event: String,
    /// What the run was given.
    pub inputs: Values,
    /// Every step, in the order of the flow; those of sub-flows once they have begun.
    pub steps: Vec<StepInfo>,
    /// How it had ended.
    pub ending: Option<Ended>,
    /// Whether values are shown.
    pub values: bool,
}

/// Where a step stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StepInfo {
    /// Its path.
    pub path: String,
    /// `pending`, `running`, `asking`, `sleeping`, `unknown`, `done`, `skipped` or `failed`.
    pub state: String,
    /// What it gave, by port.
    pub outputs: Values,
    /// How its last attempt failed.
    pub error: Option<String>,
    /// The prompt it waits for or waited for last.
    pub prompt: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// `completed`, `failed` or `cancelled`.
    pub ending: String,
    /// What the output nodes collected.
    pub outputs: Values,
    /// The step that made it fail, and why.
    pub failure: Option<Failure>,
}

/// The failure that ended a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The step.
    pub path: String,
    /// A stable name of the kind of failure.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Failure {
    /// From a step's error.
    pub(crate) fn of(path: &engine::Path, error: &StepError) -> Self {
        Self { path: path.to_string(), code: error.code.clone(), message: error.message.clone(), hint: error.hint.clone() }
    }
}

impl Ended {
    /// From the last event of a run.
    pub fn of(ending: Ending, outputs: &Values, failure: Option<&(engine::Path, StepError)>) -> Self {
        Self { ending: word(&ending), outputs: outputs.clone(), failure: failure.map(|(path, error)| Failure::of(path, error)) }
    }

    /// The receipts among the outputs.
    pub fn receipts(&self) -> Vec<Receipt> {
        let mut found = Vec::new();
        self.outputs.iter().for_each(|(_, value)| receipts(value, &mut found));
        found
    }

    /// How the command line ends with it.
    pub fn exit(&self) -> Exit {
        // A refusal is a failure under the gate's own code.
        let is_a_no = |failure: &Failure| consent::Code::deserialize(Value::String(failure.code.clone())).is_ok();
        match (&*self.ending, &self.failure) {
            ("completed", _) => Exit::Ok,
            (_, Some(failure)) if is_a_no(failure) => Exit::Refused,
            _ => Exit::Failed,
        }
    }
}

fn receipts(value: &Value, found: &mut Vec<Receipt>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| receipts(item, found)),
        Value::Object(fields) => match Receipt::deserialize(value) {
            Ok(receipt) => found.push(receipt),
            Err(_) => fields.values().for_each(|field| receipts(field, found)),
        },
        _ => {}
    }
}

impl Command for Show {
    const NAME: &'static str = "show";
    const RIGHT: Right = Right::View;
    type Response = RunState;

    async fn handle(self, app: &App) -> Result<RunState, ApiError> {
        let events = events(app, &self.run.as_str().into()).await?;
        state(app, &self.run.as_str().into(), &events, false).await
    }
}

impl Command for Replay {
    const NAME: &'static str = "replay";
    const RIGHT: Right = Right::View;
    type Response = RunState;

    async fn handle(self, app: &App) -> Result<RunState, ApiError> {
        let run = RunId::from(&*self.run);
        let mut events = events(app, &run).await?;
        if let Some(at) = self.at {
            let last = events.last().map_or(0, |event| event.seq);
            if at == 0 || at > last {
                return Err(ApiError::bad_request(
                    format!("Run {run} has no event {at}."),
                    format!("Its events are 1 to {last}."),
                ));
            }
            events.retain(|event| event.seq <= at);
        }
        state(app, &run, &events, true).await
    }
}

/// A run's journal.
pub(crate) async fn events(app: &App, run: &RunId) -> Result<Vec<Stamped>, ApiError> {
    runs::find(app, run).await?;
    Ok(app.home()?.store.events(run, 0).await?)
}

/// A run as these events make it.
pub(crate) async fn state(app: &App, run: &RunId, events: &[Stamped], values: bool) -> Result<RunState, ApiError> {
    let info = app.book().heard(app, run, &[]).await?;
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Err(damaged(run, "is empty"));
    };
    let Event::Started { flow, subflows, inputs, .. } = &first.event else {
        return Err(damaged(run, "does not begin with its start"));
    };
    let plan = app.home()?.engine.plan(*flow, subflows).await?;
    let machine = Machine::fold(run.clone(), plan, events);
    let ending = events.iter().rev().find_map(|stamped| match &stamped.event {
        Event::Ended { ending, outputs, failure } => Some(Ended::of(*ending, outputs, failure.as_ref())),
        _ => None,
    });
    let mut told = Told::default();
    events.iter().for_each(|stamped| told.take(&stamped.event));
    let steps = machine.steps().into_iter().map(|(path, state)| told.step(&path, state)).collect();
    Ok(RunState {
        info,
        seq: last.seq,
        at: last.at,
        event: last.event.name().to_owned(),
        inputs: inputs.clone(),
        steps,
        ending,
        values,
    })
}

/// What the events tell of each step besides its state.
#[derive(Default)]
struct Told {
    outputs: BTreeMap<engine::Path, Values>,
    errors: BTreeMap<engine::Path, String>,
    prompts: BTreeMap<engine::Path, String>,
}

impl Told {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Finished { path, outputs, .. } => {
                self.errors.remove(path);
                self.outputs.insert(path.clone(), outputs.clone());
            }
            Event::Failed { path, error, .. } | Event::Unknown { path, error, .. } => {
                self.errors.insert(path.clone(), error.to_string());
            }
            Event::Gated { path, prompt: Some(prompt), .. } | Event::Questioned { path, prompt, .. } => {
                self.prompts.insert(path.clone(), prompt.clone());
            }
            _ => {}
        }
        if let Event::Unknown { path, prompt, .. } = event {
            self.prompts.insert(path.clone(), prompt.clone());
        }
    }

    fn step(&mut self, path: &engine::Path, state: StepState) -> StepInfo {
        StepInfo {
            path: path.to_string(),
            state: word(&state),
            outputs: self.outputs.remove(path).unwrap_or_default(),
            error: self.errors.remove(path),
            prompt: self.prompts.remove(path),
        }
    }
}

impl Response for RunState {}

impl Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run {} of {} (version {}), {}", self.info.run, self.info.flow_id, short(&self.info.flow), self.info.state)?;
        writeln!(f, "after event {} ({}) at {}", self.seq, self.event, when(self.at))?;
        let step = |step: &StepInfo| {
            let note = match (&step.error, &*step.state) {
                (Some(error), _) => visible(error),
                (None, "asking" | "unknown") => step.prompt.as_ref().map_or(String::new(), |prompt| format!("prompt {prompt}")),
                _ => String::new(),
            };
            vec![format!("  {}", step.state), step.path.clone(), note]
        };
        columns(f, &self.steps.iter().map(step).collect::<Vec<_>>())?;
        if self.values {
            write_values(f, "inputs", &self.inputs)?;
            for step in self.steps.iter().filter(|step| !step.outputs.is_empty()) {
                write_values(f, &step.path, &step.outputs)?;
            }
        }
        self.ending.as_ref().map_or(Ok(()), |ended| write!(f, "{ended}"))
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.failure {
            writeln!(f, "{} at {}: {}: {}", self.ending, failure.path, failure.code, visible(&failure.message))?;
            if !failure.hint.is_empty() {
                writeln!(f, "  {}", visible(&failure.hint))?;
            }
        } else {
            writeln!(f, "{}", self.ending)?;
        }
        write_values(f, "outputs", &self.outputs)
    }
}

fn write_values(f: &mut fmt::Formatter<'_>, title: &str, values: &Values) -> fmt::Result {
    if values.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}")?;
    values.iter().try_for_each(|(name, value)| match Receipt::deserialize(&**value) {
        Ok(receipt) => writeln!(f, "  {name}: {}, transfer {}", visible(&consent::sentence(&receipt.request)), receipt.transfer),
        Err(_) => writeln!(f, "  {name}: {}", brief(value)),
    })
}
