//! Runs: starting, listing, resuming and stopping them.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    sync::Arc,
};

use engine::{Given, Path, RunId, Settled, Start};
use flow::{Digest, Flow, Problem, Severity, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{RunFilter, RunState};

use crate::{
    ApiError, App, Command, Needs, Response, Right,
    commands::{
        flows, inputs,
        inputs::Input,
        library::keep_version,
        rehearse::{SetByHand, by_hand},
        run_info::RunInfo,
    },
    library::Why,
    source::{Source, flow_problems},
    text::{columns, when, word},
};

/// Starts a flow and follows it to its end
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Run {
    /// The flow's file, or the id of a flow in the workspace's folder `flows`
    #[arg(value_name = "FILE|ID", value_parser = FlowRef::read)]
    pub flow: FlowRef,
    /// An input of the flow; may be given again
    #[arg(long = "input", value_name = "NAME=VALUE|NAME=@FILE")]
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// What a step gives instead of being carried out, as JSON; may be given again. No effect rests on that unless a person says yes
    #[arg(long = "set", value_name = "STEP.PORT=JSON")]
    #[serde(default)]
    pub set: Vec<SetByHand>,
}

/// Which flow is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlowRef {
    /// This text.
    File(Source),
    /// The flow with this id in the workspace's folder `flows`.
    Id(String),
}

impl FlowRef {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let is_an_id = !text.contains(['/', '\\', '.']) && !std::path::Path::new(text).is_file();
        if is_an_id { Ok(Self::Id(text.to_owned())) } else { Source::read(text).map(Self::File) }
    }
}

/// A run that was started.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// Its id.
    pub run: String,
    /// The flow's id.
    pub flow_id: String,
    /// The flow's name.
    pub name: String,
    /// The digest of the flow's logic, which the run is pinned to.
    pub flow: Digest,
    /// What the checks warned of.
    pub warnings: Vec<Problem>,
}

impl Command for Run {
    const NAME: &'static str = "run";
    const RIGHT: Right = Right::Create;
    const NEEDS: Needs = Needs::RunningWorkspace;
    type Response = Started;

    async fn handle(self, app: &App) -> Result<Started, ApiError> {
        let Sound { flow, others, problems } = sound(app, self.flow)?;
        let inputs = inputs::values(app, &flow, &self.inputs).await?;
        let version = keep_version(app, &flow, Why::Run, String::new()).await?;
        begin(app, &flow, version, &others, With { inputs, given: by_hand(self.set), parent: None }, problems).await
    }
}

/// A flow in which the checks found no error, with those that it may call and what they warned of.
pub(crate) struct Sound {
    pub(crate) flow: Arc<Flow>,
    pub(crate) others: BTreeMap<String, Arc<Flow>>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads the flow that is meant.
///
/// # Errors
/// When it is not there, can't be read, or the checks find an error in it.
pub(crate) fn sound(app: &App, flow: FlowRef) -> Result<Sound, ApiError> {
    let library = app.library()?;
    let mut source = match flow {
        FlowRef::File(source) => source,
        FlowRef::Id(id) => {
            let file = library.get(&id)?;
            Source { file: file.path.display().to_string(), text: file.text, beside: BTreeMap::new() }
        }
    };
    source.read_beside(&|id| library.text_of(id));
    let flow = Arc::new(source.flow_or_error()?);
    let others = source.others();
    let problems = flows::problems(app, &flow, &others);
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(flow_problems(&source.file, problems));
    }
    Ok(Sound { flow, others, problems })
}

/// What a run begins with.
#[derive(Default)]
pub(crate) struct With {
    pub(crate) inputs: Values,
    pub(crate) given: BTreeMap<Path, Given>,
    /// The earlier run that it goes on from.
    pub(crate) parent: Option<String>,
}

/// Starts a run of a flow that the checks found no error in and that is stored as this version; the flows it calls are stored here.
pub(crate) async fn begin(
    app: &App,
    flow: &Flow,
    version: Digest,
    others: &BTreeMap<String, Arc<Flow>>,
    with: With,
    warnings: Vec<Problem>,
) -> Result<Started, ApiError> {
    let mut subflows = BTreeMap::new();
    for (id, called) in reachable(flow, others) {
        subflows.insert(id, app.home()?.store.put_flow(&called).await?);
    }
    Ok(Started { warnings, ..begin_stored(app, flow, version, subflows, with).await? })
}

/// Starts a run of versions that are all stored.
pub(crate) async fn begin_stored(
    app: &App,
    flow: &Flow,
    version: Digest,
    subflows: BTreeMap<String, Digest>,
    With { inputs, given, parent }: With,
) -> Result<Started, ApiError> {
    let run = app.new_id("run")?;
    let (by, seed) = (app.user(), app.seed()?);
    let start = Start { run: run.as_str().into(), flow: version, subflows, inputs, by, seed, given, parent };
    app.home()?.engine.start(start).await?;
    Ok(Started { run, flow_id: flow.id.clone(), name: flow.name.clone(), flow: version, warnings: Vec::new() })
}

/// The flows that a flow calls, directly or not.
fn reachable(flow: &Flow, others: &BTreeMap<String, Arc<Flow>>) -> BTreeMap<String, Arc<Flow>> {
    let mut found = BTreeMap::new();
    let mut wanted = crate::source::called_by(flow);
    while let Some(id) = wanted.pop_first() {
        if let Some(other) = others.get(&id)
            && found.insert(id, Arc::clone(other)).is_none()
        {
            wanted.extend(crate::source::called_by(other));
        }
    }
    found
}

impl Response for Started {}

impl Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run {} of {} ({})", self.run, self.name, self.flow_id)
    }
}

/// Runs, the newest first
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Runs {
    /// Only ids, one a line
    #[arg(long)]
    #[serde(default)]
    pub ids: bool,
    /// So many at most
    #[arg(long, default_value_t = 50)]
    #[serde(default = "fifty")]
    pub limit: u32,
    /// Only those older than this run
    #[arg(long, value_name = "RUN")]
    #[serde(default)]
    pub before: Option<String>,
    /// Only those of this flow, by its id
    #[arg(long, value_name = "FLOW")]
    #[serde(default)]
    pub flow: Option<String>,
    /// Only those in this state
    #[arg(long, value_enum)]
    #[serde(default)]
    pub state: Option<Stage>,
    /// Only those in whose id, flow's id or flow's name this stands
    #[arg(long)]
    #[serde(default)]
    pub text: Option<String>,
}

fn fifty() -> u32 {
    50
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Something is under way in it
    Running,
    /// It only waits, for people or times
    Waiting,
    /// Every step that could run did
    Completed,
    /// A step failed and nothing caught it
    Failed,
    /// Somebody stopped it
    Cancelled,
}

impl Stage {
    /// The states in the store that it may be in. Whether a run only waits is known there a little later than by its journal.
    fn states(self) -> Vec<RunState> {
        match self {
            Self::Running | Self::Waiting => vec![RunState::Running, RunState::Waiting],
            Self::Completed => vec![RunState::Completed],
            Self::Failed => vec![RunState::Failed],
            Self::Cancelled => vec![RunState::Cancelled],
        }
    }
}

/// Runs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunList {
    /// The newest first.
    pub runs: Vec<RunInfo>,
    /// Whether a terminal shows ids only.
    #[serde(default)]
    pub ids: bool,
}

impl Command for Runs {
    const NAME: &'static str = "runs";
    const RIGHT: Right = Right::View;
    type Response = RunList;

    async fn handle(self, app: &App) -> Result<RunList, ApiError> {
        let states = self.state.map(Stage::states).unwrap_or_default();
        let without = app.book().removed(app)?.into_iter().collect();
        let mut filter = RunFilter { before: self.before, flow: self.flow, states, text: self.text, without };
        let wanted = self.state.map(|state| word(&state));
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut runs = Vec::new();
        while runs.len() < limit {
            let found = app.home()?.store.find_runs(&filter, self.limit).await?;
            let Some(last) = found.last() else { break };
            filter.before = Some(last.id.to_string());
            let infos = app.book().infos(app, found).await?;
            runs.extend(infos.into_iter().filter(|info| wanted.as_ref().is_none_or(|wanted| info.state == *wanted)));
        }
        runs.truncate(limit);
        Ok(RunList { runs, ids: self.ids })
    }
}

impl Response for RunList {}

impl Display for RunList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ids {
            return self.runs.iter().try_for_each(|run| writeln!(f, "{}", run.run));
        }
        let row = |run: &RunInfo| vec![run.run.clone(), run.state.clone(), run.flow_id.clone(), when(run.started_at)];
        columns(f, &self.runs.iter().map(row).collect::<Vec<_>>())
    }
}

/// Takes up runs that were under way when the program ended, and follows them until they end or wait
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Resume {}

/// What was taken up.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    /// Runs that have not ended, the newest first.
    pub runs: Vec<RunInfo>,
}

impl Command for Resume {
    const NAME: &'static str = "resume";
    const RIGHT: Right = Right::Create;
    const NEEDS: Needs = Needs::RunningWorkspace;
    type Response = Resumed;

    async fn handle(self, app: &App) -> Result<Resumed, ApiError> {
        let home = app.home()?;
        // Taking them up is what this command needs; here it waits until they rest.
        let mut unfinished = home.store.runs(Some(RunState::Running), u32::MAX).await?;
        unfinished.extend(home.store.runs(Some(RunState::Waiting), u32::MAX).await?);
        let mut runs = Vec::new();
        for run in unfinished {
            let state = match home.engine.settled(&run.id).await? {
                Settled::Ended(ending) => ending.into(),
                Settled::Waiting => RunState::Waiting,
            };
            // What was taken up may have gone on meanwhile.
            let info = app.book().heard(app, &run.id, &[]).await?;
            runs.push(RunInfo { state: word(&state), ..info });
        }
        Ok(Resumed { runs })
    }
}

impl Response for Resumed {}

impl Display for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.runs.is_empty() {
            return writeln!(f, "no run was left unfinished");
        }
        let row = |run: &RunInfo| vec![run.run.clone(), run.state.clone(), run.flow_id.clone()];
        columns(f, &self.runs.iter().map(row).collect::<Vec<_>>())
    }
}

/// Stops a run: nothing new starts, and what was sent is waited for
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Cancel {
    /// The run's id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Why, in your words
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub reason: String,
}

/// A run that was told to stop.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Cancelled {
    /// Its id.
    pub run: String,
    /// How it ended, if it has; it hasn't while the outcome of something that was sent is awaited.
    pub ending: Option<String>,
}

impl Command for Cancel {
    const NAME: &'static str = "cancel";
    const RIGHT: Right = Right::Create;
    type Response = Cancelled;

    async fn handle(self, app: &App) -> Result<Cancelled, ApiError> {
        let home = app.home()?;
        let run = RunId::from(&*self.run);
        find(app, &run).await?;
        home.engine.cancel(&run, app.user(), self.reason).await?;
        let ending = match home.engine.settled(&run).await? {
            Settled::Ended(ending) => Some(word(&ending)),
            Settled::Waiting => None,
        };
        Ok(Cancelled { run: self.run, ending })
    }
}

impl Response for Cancelled {}

impl Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Some(ending) => writeln!(f, "{}: {ending}", self.run),
            None => writeln!(f, "{}: stopping; something was sent whose outcome is awaited", self.run),
        }
    }
}

/// A run, as the list of runs has it.
pub(crate) async fn find(app: &App, run: &RunId) -> Result<store::Run, ApiError> {
    let found = app.home()?.store.run(run).await?;
    found.ok_or_else(|| ApiError::not_found("run", run, "List them with `assent runs`."))
}
