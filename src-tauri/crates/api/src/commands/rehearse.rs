//! Runs gone through once more: from one of their steps on, for real; or on another version of their flow, on paper.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Display},
    str::FromStr,
    sync::Arc,
};

use consent::Answer;
use engine::{
    Event, Gate, Given, GivenFrom, Path, Plan, Reply, RunId, Stamped,
    dry::{Known, dry},
};
use flow::{Digest, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Exit, Needs, Response, Right, Surface,
    commands::{
        library::keep_version,
        replay::{self, Ended},
        run_fold::{Fold, damaged},
        run_values::Beginning,
        runs::{self, FlowRef, Sound, Started, With},
    },
    library::Why,
    text::{brief, columns, short, visible},
};

/// Starts a new run that goes on from a step of an earlier one
///
/// What was before that step is copied from the earlier run, and marked so. What comes after it is done anew, with new keys, and asked for
/// again.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Rerun {
    /// The earlier run's id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The first step to do anew, by its path
    #[arg(long, value_name = "STEP")]
    pub from: String,
    /// A flow to run instead of the version that ran then: its file, or its id in the workspace's folder `flows`
    #[arg(long, value_name = "FILE|ID", value_parser = FlowRef::read)]
    #[serde(default)]
    pub flow: Option<FlowRef>,
    /// What a step gives instead of being carried out, as JSON; may be given again. No effect rests on that unless a person says yes
    #[arg(long = "set", value_name = "STEP.PORT=JSON")]
    #[serde(default)]
    pub set: Vec<SetByHand>,
}

/// A value that a step gives instead of being carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetByHand {
    /// The step, by its path.
    pub path: String,
    /// The port.
    pub port: String,
    /// The value.
    pub value: Value,
}

impl FromStr for SetByHand {
    type Err = String;
    /// From `step.port=json`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "write STEP.PORT=JSON, such as greet.text='\"Hello\"'";
        let (place, value) = text.split_once('=').ok_or(wrong)?;
        let (path, port) = place.rsplit_once('.').ok_or(wrong)?;
        let value = serde_json::from_str(value).map_err(|error| format!("{value:?} is no JSON: {error}"))?;
        Ok(Self { path: path.to_owned(), port: port.to_owned(), value })
    }
}

/// What steps give that are set by hand, by path.
pub(crate) fn by_hand(set: Vec<SetByHand>) -> BTreeMap<Path, Given> {
    let mut given: BTreeMap<Path, Given> = BTreeMap::new();
    for SetByHand { path, port, value } in set {
        let one = given.entry(Path::new(path)).or_insert_with(|| Given { outputs: Values::new(), from: GivenFrom::Hand });
        one.outputs.insert(port, Arc::new(value));
    }
    given
}

impl Command for Rerun {
    const NAME: &'static str = "rerun";
    const RIGHT: Right = Right::Create;
    const NEEDS: Needs = Needs::RunningWorkspace;
    type Response = Started;

    async fn handle(self, app: &App) -> Result<Started, ApiError> {
        let (run, from) = (RunId::from(&*self.run), Path::new(&*self.from));
        let fold = Fold::load(app, &run).await?;
        let events = replay::events(app, &run).await?;
        let (known, before) = (outcomes(&events), given_at_start(&events));
        let kept = fold.machine.kept_before(&from).ok_or_else(|| no_step(&run, &from))?;
        let mut given: BTreeMap<Path, Given> = kept
            .into_iter()
            .map(|(path, at)| {
                // What was copied or set by hand then still is: what rests on a value set by hand must not lose that on its way.
                if let Some(given) = before.get(&path) {
                    let given = given.clone();
                    return (path, given);
                }
                let outputs = match known.get(&path) {
                    Some(Known::Gave(outputs)) => outputs.clone(),
                    _ => fold.machine.given(at),
                };
                (path, Given { outputs, from: GivenFrom::Run { id: self.run.clone() } })
            })
            .collect();
        given.extend(by_hand(self.set));
        let Beginning { flow, subflows, inputs, .. } = Beginning::of(app, &run).await?;
        let with = With { inputs, given, parent: Some(self.run) };
        match self.flow {
            None => {
                let version = app.home()?.store.flow_version(flow).await?;
                runs::begin_stored(app, &version, flow, subflows, with).await
            }
            Some(changed) => {
                let Sound { flow, others, problems } = runs::sound(app, changed)?;
                let version = keep_version(app, &flow, Why::Run, String::new()).await?;
                runs::begin(app, &flow, version, &others, with, problems).await
            }
        }
    }
}

fn no_step(run: &RunId, path: &Path) -> ApiError {
    ApiError::not_found(
        "step",
        path.as_str(),
        format!("Run {run} has no such step, or did not come to it. `assent show {run}` lists them."),
    )
}

/// Effects that a run carried out at a step and after it: what going on from there would do a second time
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RerunEffects {
    /// The run's id
    pub run: String,
    /// The step
    pub from: String,
}

/// Effects that happened, or may have.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Effects {
    /// In the order of their steps.
    pub effects: Vec<HappenedEffect>,
    /// The steps whose results would be copied, by path.
    pub copied: Vec<String>,
}

/// An effect that happened, or may have.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HappenedEffect {
    /// The step.
    pub path: String,
    /// What was done, in one sentence.
    pub sentence: String,
}

impl Command for RerunEffects {
    const NAME: &'static str = "rerun.effects";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Effects;

    async fn handle(self, app: &App) -> Result<Effects, ApiError> {
        let (run, from) = (RunId::from(&*self.run), Path::new(&*self.from));
        let fold = Fold::load(app, &run).await?;
        let kept = fold.machine.kept_before(&from).ok_or_else(|| no_step(&run, &from))?;
        let events = replay::events(app, &run).await?;
        let sentence = |wanted: &Path| {
            events.iter().rev().find_map(|stamped| match &stamped.event {
                Event::Gated { path, request, gate: Gate::Act, .. } if path == wanted => Some(consent::sentence(request)),
                _ => None,
            })
        };
        let effects = fold
            .machine
            .effects_after(&from)
            .into_iter()
            .filter_map(|path| Some(HappenedEffect { sentence: sentence(&path)?, path: path.to_string() }));
        Ok(Effects { effects: effects.collect(), copied: kept.into_iter().map(|(path, _)| path.to_string()).collect() })
    }
}

impl Response for Effects {}

impl Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.effects.iter().try_for_each(|effect| writeln!(f, "{}: {}", effect.path, visible(&effect.sentence)))
    }
}

/// Goes through a run again on another version of its flow, on paper: nothing is carried out, and nobody is asked
///
/// What computes is computed anew. What acted or asked gives what it gave then; where there is no such result, it stops there and says so.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Rehearse {
    /// The run's id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The other version: the flow's file, or its id in the workspace's folder `flows`; the version that ran where this is left out
    #[arg(value_name = "FILE|ID", value_parser = FlowRef::read)]
    #[serde(default)]
    pub flow: Option<FlowRef>,
}

/// What would come of a run on another version of its flow.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsal {
    /// The run.
    pub run: String,
    /// The version that it is gone through on.
    pub flow: Digest,
    /// The steps of either, in the order of the other version; those that are gone last.
    pub steps: Vec<Rehearsed>,
    /// How it would end; `None` where it stops before.
    pub ending: Option<Ended>,
}

/// A step of a run, then and now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsed {
    /// Its path.
    pub path: String,
    /// What is different.
    pub what: Difference,
    /// What it gave then, by port.
    pub was: Option<Values>,
    /// What it gives now.
    pub now: Option<Values>,
    /// How it fails now.
    pub error: Option<String>,
}

/// What is different in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    /// Nothing.
    Same,
    /// It gives something else, or fails where it did not, or does not where it did.
    Changed,
    /// It gives what it gave then, though it is given something else now: what it would do now was not done.
    Stale,
    /// It was not there, or did not run.
    New,
    /// It does not run any more.
    Gone,
    /// The run stops here: what it would give is not known.
    Stopped,
}

impl Command for Rehearse {
    const NAME: &'static str = "rehearse";
    const RIGHT: Right = Right::View;
    type Response = Rehearsal;

    async fn handle(self, app: &App) -> Result<Rehearsal, ApiError> {
        let run = RunId::from(&*self.run);
        let events = replay::events(app, &run).await?;
        let first = events.first().ok_or_else(|| damaged(&run, "is empty"))?;
        let Event::Started { flow, subflows, inputs, by, seed, .. } = &first.event else {
            return Err(damaged(&run, "does not begin with its start"));
        };
        let then = app.home()?.engine.plan(*flow, subflows).await?;
        let (digest, plan) = match self.flow {
            None => (*flow, Arc::clone(&then)),
            Some(other) => {
                let Sound { flow, others, .. } = runs::sound(app, other)?;
                let plan = Plan::new(&flow, &others, app.nodes());
                (flow::logic_digest(&flow), plan.map_err(|problems| crate::source::flow_problems(&flow.id, problems))?)
            }
        };
        let started = Event::Started {
            flow_id: plan.flow_id.clone(),
            flow: digest,
            subflows: BTreeMap::new(),
            inputs: inputs.clone(),
            by: by.clone(),
            seed: *seed,
            deadline: None,
            given: given_at_start(&events).into_iter().filter(|(_, given)| given.from == GivenFrom::Hand).collect(),
            parent: None,
        };
        let known = outcomes(&events);
        let before = gone_through(&run, then, (first.at, first.event.clone()), &known);
        let now = gone_through(&run, plan, (first.at, started), &known);
        Ok(Rehearsal { run: self.run, flow: digest, steps: compare(&before, &now), ending: now.ending })
    }
}

/// What came of a run on paper, by step.
struct Gone {
    order: Vec<Path>,
    /// What each step was given, and what came of it.
    steps: HashMap<Path, (Values, Result<Values, String>)>,
    stopped: Vec<Path>,
    ending: Option<Ended>,
}

fn gone_through(run: &RunId, plan: Arc<Plan>, started: (i64, Event), known: &HashMap<Path, Known>) -> Gone {
    let gone = dry(run.clone(), plan, started, &mut |path, _| known.get(path).cloned());
    let mut results: HashMap<Path, Result<Values, String>> = HashMap::new();
    let mut ending = None;
    for stamped in &gone.events {
        match &stamped.event {
            Event::Finished { path, outputs, .. } => drop(results.insert(path.clone(), Ok(outputs.clone()))),
            Event::Failed { path, error, .. } => drop(results.insert(path.clone(), Err(error.to_string()))),
            Event::Replied { path, reply, .. } => drop(results.insert(path.clone(), Ok(answer(*reply)))),
            Event::Ended { ending: how, outputs, failure } => ending = Some(Ended::of(*how, outputs, failure.as_ref())),
            _ => {}
        }
    }
    let order = gone.machine.steps().into_iter().map(|(path, _)| path).collect();
    let steps = gone.given.into_iter().filter_map(|(path, inputs)| {
        let result = results.remove(&path)?;
        Some((path, (inputs, result)))
    });
    Gone { order, steps: steps.collect(), stopped: gone.stopped.into_iter().map(|(path, _)| path).collect(), ending }
}

fn answer(reply: Reply) -> Values {
    Values::one("answer", serde_json::to_value(reply).unwrap_or_default())
}

fn compare(before: &Gone, now: &Gone) -> Vec<Rehearsed> {
    let mut steps = Vec::new();
    for path in &now.order {
        let (was, is) = (before.steps.get(path), now.steps.get(path));
        let what = match (was, is) {
            _ if now.stopped.contains(path) => Difference::Stopped,
            (None, None) => continue,
            (None, Some(_)) => Difference::New,
            (Some(_), None) => Difference::Gone,
            (Some((_, was)), Some((_, is))) if was != is => Difference::Changed,
            (Some((was, _)), Some((is, _))) if was != is => Difference::Stale,
            _ => Difference::Same,
        };
        steps.push(Rehearsed::of(path, what, was, is));
    }
    let gone = before.order.iter().filter(|path| !now.order.contains(path));
    steps.extend(gone.filter_map(|path| Some(Rehearsed::of(path, Difference::Gone, Some(before.steps.get(path)?), None))));
    steps
}

impl Rehearsed {
    fn of(
        path: &Path,
        what: Difference,
        was: Option<&(Values, Result<Values, String>)>,
        now: Option<&(Values, Result<Values, String>)>,
    ) -> Self {
        let gave = |side: Option<&(Values, Result<Values, String>)>| side.and_then(|(_, result)| result.clone().ok());
        let error = now.and_then(|(_, result)| result.clone().err());
        Self { path: path.to_string(), what, was: gave(was), now: gave(now), error }
    }
}

/// What steps of a run gave without being carried out.
fn given_at_start(events: &[Stamped]) -> BTreeMap<Path, Given> {
    match events.first().map(|stamped| &stamped.event) {
        Some(Event::Started { given, .. }) => given.clone(),
        _ => BTreeMap::new(),
    }
}

/// What is known of each step of a run that acted or asked: how it ended.
pub(crate) fn outcomes(events: &[Stamped]) -> HashMap<Path, Known> {
    let given = given_at_start(events).into_iter();
    let mut known: HashMap<Path, Known> = given.map(|(path, given)| (path, Known::Gave(given.outputs))).collect();
    for stamped in events {
        let (path, outcome) = match &stamped.event {
            Event::Finished { path, outputs, .. } => (path, Known::Gave(outputs.clone())),
            Event::Failed { path, error, retry_at: None, .. } => (path, Known::Failed(error.clone())),
            Event::Replied { path, reply, .. } => (path, Known::Answered(*reply)),
            // An approval whose effect the gate let go, or refused, without asking anybody.
            Event::Gated { path, target: Some(_), gate: Gate::Act, .. } => {
                (path, Known::Answered(Reply::Answered(Answer::Approve)))
            }
            Event::Gated { path, target: Some(_), gate: Gate::Refused, .. } => {
                (path, Known::Answered(Reply::Answered(Answer::Reject)))
            }
            _ => continue,
        };
        known.insert(path.clone(), outcome);
    }
    known
}

impl Response for Rehearsal {
    fn exit(&self) -> Exit {
        let same = |step: &Rehearsed| step.what == Difference::Same;
        if self.steps.iter().all(same) { Exit::Ok } else { Exit::Failed }
    }
}

impl Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run {} on version {}, on paper: nothing was carried out", self.run, short(&self.flow))?;
        let line = |step: &Rehearsed| {
            let values = |values: &Option<Values>| values.as_ref().map(|values| brief(&values.to_object())).unwrap_or_default();
            let note = match step.what {
                Difference::Same => String::new(),
                Difference::Changed => {
                    let now = step.error.as_deref().map_or_else(|| values(&step.now), visible);
                    format!("{} → {now}", values(&step.was))
                }
                Difference::Stale => "is given something else now, and stands for what was done then".to_owned(),
                Difference::New => values(&step.now),
                Difference::Gone => values(&step.was),
                Difference::Stopped => "no result is known; the run would stop here".to_owned(),
            };
            let what = format!("{:?}", step.what).to_lowercase();
            vec![format!("  {what}"), step.path.clone(), note]
        };
        columns(f, &self.steps.iter().map(line).collect::<Vec<_>>())?;
        self.ending.as_ref().map_or(Ok(()), |ended| write!(f, "{ended}"))
    }
}
