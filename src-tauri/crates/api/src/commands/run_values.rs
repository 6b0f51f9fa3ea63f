//! What passed in a run, whole: one value, the flow that ran, the inputs it was given.

use std::fmt::{self, Display};

use engine::{Event, Path, RunId};
use flow::{Digest, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right, Surface,
    commands::{
        run_fold::{Fold, damaged},
        runs,
    },
};

/// One value that passed in a run, whole
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunValue {
    /// The run's id
    pub run: String,
    /// The step
    pub path: String,
    /// The port
    pub port: String,
    /// Whether what came into the step is meant, or what it gave
    #[arg(skip)]
    #[serde(default)]
    pub side: Side,
}

/// A side of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What came into it.
    In,
    /// What it gave.
    #[default]
    Out,
}

/// A value.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Passed {
    /// It, whole.
    pub value: Value,
}

impl Command for RunValue {
    const NAME: &'static str = "run.value";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Passed;

    async fn handle(self, app: &App) -> Result<Passed, ApiError> {
        let (run, path) = (RunId::from(&*self.run), Path::new(&*self.path));
        runs::find(app, &run).await?;
        let values = match self.side {
            Side::Out => match given(app, &run, &path).await? {
                Some(outputs) => outputs,
                None => folded(app, &run, &path, |fold, at| fold.machine.given(at)).await?,
            },
            Side::In => folded(app, &run, &path, |fold, at| fold.machine.inputs(at)).await?,
        };
        let value = values.get(&self.port).ok_or_else(|| {
            let side = if self.side == Side::In { "came in at" } else { "was given at" };
            ApiError::not_found("value", &format!("{path}.{}", self.port), format!("Nothing {side} this port in run {run}."))
        })?;
        Ok(Passed { value: (**value).clone() })
    }
}

/// What a step gave, if its journal says so itself: when it finished, or, where the step was not carried out, when the run began.
async fn given(app: &App, run: &RunId, path: &Path) -> Result<Option<Values>, ApiError> {
    let store = &app.home()?.store;
    let events = store.events_of(run, Some(path.as_str())).await?;
    let outputs = events.into_iter().rev().find_map(|stamped| match stamped.event {
        Event::Finished { outputs, .. } => Some(outputs),
        _ => None,
    });
    if outputs.is_some() {
        return Ok(outputs);
    }
    let first = store.events_of(run, None).await?.into_iter().next();
    Ok(first.and_then(|stamped| match stamped.event {
        Event::Started { mut given, .. } => given.remove(path).map(|given| given.outputs),
        _ => None,
    }))
}

async fn folded(
    app: &App,
    run: &RunId,
    path: &Path,
    read: impl FnOnce(&Fold, engine::machine::At) -> Values,
) -> Result<Values, ApiError> {
    let fold = Fold::load(app, run).await?;
    let at = fold.machine.find(path).ok_or_else(|| {
        ApiError::not_found("step", path.as_str(), format!("Run {run} has no such step, or has not come to it yet."))
    })?;
    Ok(read(&fold, at))
}

impl Response for Passed {}

impl Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.value)
    }
}

/// The flow in the version that a run is pinned to
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunFlow {
    /// The run's id
    pub run: String,
    /// A flow that it calls, by its id; the run's own where none is named
    #[arg(skip)]
    #[serde(default)]
    pub flow: Option<String>,
}

/// A version of a flow.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RanFlow {
    /// Its canonical text.
    pub text: String,
    /// The flow's id.
    pub id: String,
    /// Its name in this version.
    pub name: String,
    /// The digest of its logic.
    pub digest: Digest,
}

impl Command for RunFlow {
    const NAME: &'static str = "run.flow";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = &[Surface::Studio, Surface::Approvals];
    type Response = RanFlow;

    async fn handle(self, app: &App) -> Result<RanFlow, ApiError> {
        let Beginning { flow, subflows, .. } = Beginning::of(app, &self.run.as_str().into()).await?;
        let digest = match &self.flow {
            None => flow,
            Some(id) => *subflows
                .get(id)
                .ok_or_else(|| ApiError::not_found("flow", id, format!("Run {} calls no such flow.", self.run)))?,
        };
        let flow = app.home()?.store.flow_version(digest).await?;
        Ok(RanFlow { text: flow::write(&flow), id: flow.id.clone(), name: flow.name.clone(), digest })
    }
}

impl Response for RanFlow {}

impl Display for RanFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

/// What a run was given, whole
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunInputs {
    /// The run's id
    pub run: String,
}

/// What a run was given.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GivenInputs {
    /// By the names of the flow's inputs.
    pub inputs: Values,
}

impl Command for RunInputs {
    const NAME: &'static str = "run.inputs";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = GivenInputs;

    async fn handle(self, app: &App) -> Result<GivenInputs, ApiError> {
        Ok(GivenInputs { inputs: Beginning::of(app, &self.run.as_str().into()).await?.inputs })
    }
}

impl Response for GivenInputs {}

impl Display for GivenInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.inputs.to_object())
    }
}

/// How a run began.
pub(crate) struct Beginning {
    pub(crate) flow: Digest,
    pub(crate) subflows: std::collections::BTreeMap<String, Digest>,
    pub(crate) inputs: Values,
    pub(crate) by: engine::StartedBy,
    pub(crate) at: i64,
}

impl Beginning {
    /// How this run began.
    pub(crate) async fn of(app: &App, run: &RunId) -> Result<Self, ApiError> {
        runs::find(app, run).await?;
        let first = app.home()?.store.events_of(run, None).await?.into_iter().next();
        match first.map(|stamped| (stamped.at, stamped.event)) {
            Some((at, Event::Started { flow, subflows, inputs, by, .. })) => Ok(Self { flow, subflows, inputs, by, at }),
            _ => Err(damaged(run, "does not begin with its start")),
        }
    }
}
