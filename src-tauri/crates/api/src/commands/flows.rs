//! Flows as documents: check, fmt, diff, kinds. None of them needs a workspace.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    sync::Arc,
};

use consent::Policy;
use flow::{Digest, Effect, Flow, FlowDiff, Problem, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Exit, Needs, Response, Right,
    commands::{
        cost::{self, Cost},
        policy,
    },
    source::Source,
};

/// Checks flows and lists every problem with its place and what to do
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Check {
    /// Flow files
    #[arg(required = true, value_name = "FILE", value_parser = Source::read)]
    pub flows: Vec<Source>,
    /// Also says what a run can cost at most, under the workspace's policy or, where there is no workspace, under "usual"
    #[arg(long)]
    #[serde(default)]
    pub cost: bool,
    /// The policy to go by for the cost, instead of the workspace's
    #[arg(skip)]
    #[serde(default)]
    pub policy: Option<Box<Policy>>,
}

/// What the checks found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// One for each flow, in the order given.
    pub flows: Vec<CheckedFlow>,
}

/// What the checks found in one flow.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckedFlow {
    /// The file.
    pub file: String,
    /// The digest of its logic, where it could be read.
    pub digest: Option<Digest>,
    /// How many nodes it has.
    pub nodes: usize,
    /// What is wrong, all of it.
    pub problems: Vec<Problem>,
    /// What a run can cost at most, where that was asked for and the flow has no errors.
    pub cost: Option<Cost>,
}

impl CheckedFlow {
    fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }
}

impl Command for Check {
    const NAME: &'static str = "check";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::Nothing;
    type Response = Checked;

    async fn handle(self, app: &App) -> Result<Checked, ApiError> {
        let policy = match (self.cost, self.policy, app.home()) {
            (false, ..) => None,
            (true, Some(policy), _) => Some(*policy),
            (true, None, Ok(_)) => Some(policy::in_force(app).await?.policy),
            (true, None, Err(_)) => Some(Policy::usual()),
        };
        Ok(Checked { flows: self.flows.iter().map(|source| check(app, source, policy.as_ref())).collect() })
    }
}

fn check(app: &App, source: &Source, policy: Option<&Policy>) -> CheckedFlow {
    let file = source.file.clone();
    match source.flow() {
        Ok(flow) => {
            let others = source.others();
            let problems = problems(app, &flow, &others);
            let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
            let cost = policy.filter(|_| sound).map(|policy| cost::cost(&flow, &others, app.catalog(), policy));
            CheckedFlow { file, digest: Some(flow::logic_digest(&flow)), nodes: flow.nodes.len(), problems, cost }
        }
        Err(problem) => CheckedFlow { file, digest: None, nodes: 0, problems: vec![problem], cost: None },
    }
}

/// Everything that is wrong with a flow, beside others that it may call.
pub(crate) fn problems(app: &App, flow: &Flow, others: &BTreeMap<String, Arc<Flow>>) -> Vec<Problem> {
    flow::check(flow, app.catalog(), &|id| others.get(id).cloned())
}

impl Response for Checked {
    fn exit(&self) -> Exit {
        if self.flows.iter().any(|flow| flow.errors() > 0) { Exit::Problems } else { Exit::Ok }
    }
}

impl Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for flow in &self.flows {
            match (flow.problems.len(), flow.errors()) {
                (0, _) => writeln!(f, "{}: no problems ({} nodes)", flow.file, flow.nodes)?,
                (all, errors) => writeln!(f, "{}: {errors} errors, {} warnings", flow.file, all - errors)?,
            }
            write_problems(f, &flow.problems)?;
            flow.cost.as_ref().map_or(Ok(()), |cost| write!(f, "{cost}"))?;
        }
        Ok(())
    }
}

/// Problems as a person reads them.
fn write_problems(f: &mut impl fmt::Write, problems: &[Problem]) -> fmt::Result {
    for problem in problems {
        let mark = if problem.severity == Severity::Error { "error" } else { "warning" };
        writeln!(f, "  {mark} {} at {}: {}", problem.code, problem.place, problem.message)?;
        if !problem.hint.is_empty() {
            writeln!(f, "    {}", problem.hint)?;
        }
    }
    Ok(())
}

/// The problems in the details of an error, as a person reads them.
pub fn problems_text(error: &ApiError) -> String {
    let problems: Vec<Problem> =
        error.details.clone().and_then(|details| serde_json::from_value(details).ok()).unwrap_or_default();
    let mut text = String::new();
    // Writing to a String can't fail.
    let _ = write_problems(&mut text, &problems);
    text
}

/// Writes flow files in the one canonical way
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Fmt {
    /// Flow files
    #[arg(required = true, value_name = "FILE", value_parser = Source::read)]
    pub flows: Vec<Source>,
    /// Only say which files are not written so, and change none
    #[arg(long)]
    #[serde(default)]
    pub check: bool,
}

/// Flows in the canonical text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Formatted {
    /// One for each flow, in the order given.
    pub flows: Vec<FormattedFlow>,
    /// Whether nothing was to be changed.
    pub check: bool,
}

/// One flow in the canonical text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FormattedFlow {
    /// The file.
    pub file: String,
    /// The canonical text, where it differs from what was given.
    pub text: Option<String>,
}

impl Command for Fmt {
    const NAME: &'static str = "fmt";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::Nothing;
    type Response = Formatted;

    async fn handle(self, _: &App) -> Result<Formatted, ApiError> {
        let mut flows = Vec::new();
        for source in &self.flows {
            let text = flow::write(&source.flow_or_error()?);
            flows.push(FormattedFlow { file: source.file.clone(), text: (text != source.text).then_some(text) });
        }
        Ok(Formatted { flows, check: self.check })
    }
}

impl Response for Formatted {
    fn exit(&self) -> Exit {
        if self.check && self.flows.iter().any(|flow| flow.text.is_some()) { Exit::Problems } else { Exit::Ok }
    }
}

impl Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.check { "is not written in the canonical way; run `assent fmt`" } else { "written anew" };
        self.flows.iter().filter(|flow| flow.text.is_some()).try_for_each(|flow| writeln!(f, "{}: {word}", flow.file))
    }
}

/// Says what differs between two flows: nodes, wires and config, and layout apart
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Diff {
    /// The flow before
    #[arg(value_name = "BEFORE", value_parser = Source::read)]
    pub before: Source,
    /// The flow after
    #[arg(value_name = "AFTER", value_parser = Source::read)]
    pub after: Source,
}

/// What differs between two flows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Differences {
    /// What differs.
    pub diff: FlowDiff,
    /// Whether nothing does.
    pub same: bool,
}

impl Command for Diff {
    const NAME: &'static str = "diff";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::Nothing;
    type Response = Differences;

    async fn handle(self, _: &App) -> Result<Differences, ApiError> {
        let diff = FlowDiff::between(&self.before.flow_or_error()?, &self.after.flow_or_error()?);
        Ok(Differences { same: diff == FlowDiff::default(), diff })
    }
}

impl Response for Differences {}

impl Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.same { writeln!(f, "no difference") } else { self.diff.fmt(f) }
    }
}

/// Every node kind, its ports and its effect
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Kinds {
    /// Only this kind, with its config
    #[arg(value_name = "KIND")]
    #[serde(default)]
    pub kind: Option<String>,
}

/// Node kinds.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct KindList {
    /// By name.
    pub kinds: Vec<KindInfo>,
    /// Whether one was asked for by name.
    pub one: bool,
}

/// A node kind, for a palette.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct KindInfo {
    /// Its name in documents.
    pub name: String,
    /// The version of its config and ports.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// What it does.
    pub summary: String,
    /// What it stands among in the palette.
    pub group: String,
    /// Its picture: the name of a lucide icon.
    pub icon: String,
    /// The JSON Schema of its config.
    pub config: serde_json::Value,
    /// The ports it has without a config.
    pub ports: flow::Ports,
    /// For the kind of a frame, the ports that its members see.
    pub inner: Option<flow::Ports>,
    /// The effect it has without a config.
    pub effect: Effect,
}

impl Command for Kinds {
    const NAME: &'static str = "kinds";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::Nothing;
    type Response = KindList;

    async fn handle(self, app: &App) -> Result<KindList, ApiError> {
        let empty = serde_json::Value::Object(serde_json::Map::new());
        let wanted = |kind: &&flow::Kind| self.kind.as_deref().is_none_or(|name| name == kind.name);
        let info = |kind: &flow::Kind| KindInfo {
            name: kind.name.to_owned(),
            version: kind.version,
            title: kind.title.to_owned(),
            summary: kind.summary.to_owned(),
            group: kind.group.to_owned(),
            icon: kind.icon.to_owned(),
            config: kind.config.clone(),
            ports: (kind.ports)(&empty),
            inner: kind.inner.map(|inner| inner(&empty)),
            effect: (kind.effect)(&empty),
        };
        let kinds: Vec<_> = app.catalog().kinds().into_iter().filter(wanted).map(info).collect();
        match &self.kind {
            Some(name) if kinds.is_empty() => Err(ApiError::not_found("node kind", name, "List them with `assent kinds`.")),
            one => Ok(KindList { kinds, one: one.is_some() }),
        }
    }
}

impl Response for KindList {}

impl Display for KindList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = self.kinds.iter().map(|kind| kind.name.len()).max().unwrap_or_default();
        for kind in &self.kinds {
            let effect = serde_json::to_value(kind.effect).unwrap_or_default();
            writeln!(f, "{:<wide$}  {:<5}  {}", kind.name, effect.as_str().unwrap_or_default(), kind.summary)?;
            if !self.one {
                continue;
            }
            for (side, ports) in [("in ", &kind.ports.inputs), ("out", &kind.ports.outputs)] {
                for port in ports {
                    let must = if port.required { ", required" } else { "" };
                    writeln!(f, "  {side} {}: {}{must}. {}", port.name, port.ty, port.help)?;
                }
            }
            writeln!(f, "config: {}", serde_json::to_string_pretty(&kind.config).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}
