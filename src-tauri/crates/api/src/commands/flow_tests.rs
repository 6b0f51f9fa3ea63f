//! Tests of flows: cases beside a flow, gone through on paper. Nothing is carried out and nobody is asked; a case says what steps give.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display},
    sync::Arc,
};

use consent::{Action, Answer};
use engine::{
    Event, Plan, Reply, StartedBy, StepError, StepState,
    dry::{Dry, Known, dry},
};
use flow::{Flow, Value, Values};
use money::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Exit, Needs, Response, Right, Source,
    commands::flows,
    source::{ENDING, flow_problems},
    text::{brief, visible},
};

/// What the file with a flow's cases ends with; it stands beside `NAME.flow.json`.
const TESTS: &str = ".test.json";

/// Goes through the cases beside flows, on paper: nothing is carried out, and nobody is asked
///
/// The cases of `pay.flow.json` stand in `pay.test.json`: inputs, what steps give that would act or ask, and what is expected.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Test {
    /// Flow files
    #[arg(required = true, value_name = "FILE", value_parser = Tested::read)]
    pub flows: Vec<Tested>,
}

/// A flow with its cases, as texts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// The flow.
    pub flow: Source,
    /// The file its cases are from.
    pub file: String,
    /// The cases.
    pub cases: String,
}

impl Tested {
    fn read(file: &str) -> Result<Self, String> {
        let flow = Source::read(file)?;
        let stem = file.strip_suffix(ENDING).ok_or_else(|| format!("{file} is no flow file; its name ends with {ENDING}"))?;
        let file = format!("{stem}{TESTS}");
        let cases = std::fs::read_to_string(&file).map_err(|error| format!("{file}, in which the cases stand: {error}"))?;
        Ok(Self { flow, file, cases })
    }
}

/// The cases of a flow.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cases {
    cases: Vec<Case>,
}

/// One way that a run may go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows, in a few words.
    name: String,
    /// The run's inputs, by name.
    #[serde(default)]
    inputs: Values,
    /// What steps give that would act or ask, by path.
    #[serde(default)]
    steps: BTreeMap<String, Scripted>,
    /// What must come of it.
    expect: Expected,
}

/// What a step gives instead of acting or asking.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Scripted {
    /// Outputs, by port.
    Gives(Values),
    /// A failure.
    Fails {
        /// Its code.
        code: String,
        /// What happened.
        #[serde(default)]
        message: String,
    },
    /// What people say: `approve`, `reject`, or `expired` where nobody says anything.
    Answer(Said),
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Said {
    Approve,
    Reject,
    Expired,
}

/// What must come of a case. What is left out may be anything.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    /// `completed` or `failed`.
    ending: Option<String>,
    /// Outputs of the run, by name; those not named may be anything.
    outputs: Values,
    /// The code of the failure that ends it.
    failure: Option<String>,
    /// Steps that must be done.
    done: BTreeSet<String>,
    /// Steps that must not run.
    skipped: BTreeSet<String>,
    /// What steps must be given, by path and port; those not named may be anything.
    given: BTreeMap<String, Values>,
    /// The most that all payments together may cost, in each asset, such as `25.00 USD`; an asset that is not named may cost nothing.
    cost: Option<Vec<String>>,
}

impl From<Scripted> for Known {
    fn from(scripted: Scripted) -> Self {
        match scripted {
            Scripted::Gives(outputs) => Self::Gave(outputs),
            Scripted::Fails { code, message } => Self::Failed(StepError::new(&code, message, "")),
            Scripted::Answer(Said::Approve) => Self::Answered(Reply::Answered(Answer::Approve)),
            Scripted::Answer(Said::Reject) => Self::Answered(Reply::Answered(Answer::Reject)),
            Scripted::Answer(Said::Expired) => Self::Answered(Reply::Expired),
        }
    }
}

/// What came of the cases.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TestReport {
    /// One for each case, in the order of the files.
    pub cases: Vec<CaseReport>,
}

/// What came of a case.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CaseReport {
    /// The flow's id.
    pub flow: String,
    /// The case's name.
    pub name: String,
    /// What is not as expected; none where all is.
    pub wrong: Vec<String>,
}

impl Command for Test {
    const NAME: &'static str = "test";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::Nothing;
    type Response = TestReport;

    async fn handle(self, app: &App) -> Result<TestReport, ApiError> {
        let mut cases = Vec::new();
        for tested in self.flows {
            let flow = tested.flow.flow_or_error()?;
            let others = tested.flow.others();
            let problems = flows::problems(app, &flow, &others);
            if problems.iter().any(|problem| problem.severity == flow::Severity::Error) {
                return Err(flow_problems(&tested.flow.file, problems));
            }
            let read: Cases = serde_json::from_str(&tested.cases).map_err(|error| {
                let message = format!("{} can't be read: {error}.", tested.file);
                ApiError::bad_request(message, "A test file is {\"cases\": [{\"name\", \"inputs\", \"steps\", \"expect\"}]}.")
            })?;
            let plan = Plan::new(&flow, &others, app.nodes()).map_err(|found| flow_problems(&tested.flow.file, found))?;
            cases.extend(read.cases.into_iter().map(|case| go_through(&flow, &plan, case)));
        }
        Ok(TestReport { cases })
    }
}

/// When all cases happen, in milliseconds since the epoch, so that what reads the time says the same each time: 1 January 2026.
const AT: i64 = 1_767_225_600_000;

fn go_through(flow: &Flow, plan: &Arc<Plan>, case: Case) -> CaseReport {
    let Case { name, inputs, steps, expect } = case;
    let started = Event::Started {
        flow_id: flow.id.clone(),
        flow: flow::logic_digest(flow),
        subflows: BTreeMap::new(),
        inputs,
        by: StartedBy::Profile { id: "test".to_owned() },
        seed: 7,
        deadline: None,
        given: BTreeMap::new(),
        parent: None,
    };
    let mut used = BTreeSet::new();
    let gone = dry("test".into(), Arc::clone(plan), (AT, started), &mut |path, _| {
        let (path, scripted) = steps.get_key_value(path.as_str())?;
        used.insert(path.clone());
        Some(scripted.clone().into())
    });
    let mut wrong: Vec<String> = Vec::new();
    for (path, _) in &gone.stopped {
        let what = if gone.asks(path) { "what people answer" } else { "what it gives" };
        wrong.push(format!("the run stops at {path}: the case does not say under \"steps\" {what}"));
    }
    let idle = steps.keys().filter(|path| !used.contains(*path));
    wrong.extend(idle.map(|path| format!("the case says what {path} gives, and the run never came to it, or computes it")));
    expect.compare(&gone, &mut wrong);
    CaseReport { flow: flow.id.clone(), name, wrong }
}

impl Expected {
    fn compare(&self, gone: &Dry, wrong: &mut Vec<String>) {
        let end = gone.events.iter().rev().find_map(|stamped| match &stamped.event {
            Event::Ended { ending, outputs, failure } => Some((crate::text::word(ending), outputs, failure)),
            _ => None,
        });
        if let (Some(expected), Some((ending, ..))) = (&self.ending, &end)
            && expected != ending
        {
            wrong.push(format!("it ended as {ending}, not as {expected}"));
        }
        let code = end.as_ref().and_then(|(.., failure)| failure.as_ref());
        match (&self.failure, code) {
            (Some(expected), Some((_, error))) if *expected == error.code => {}
            (Some(expected), Some((path, error))) => wrong.push(format!("{path} failed with {error}, not with {expected}")),
            (Some(expected), None) => wrong.push(format!("nothing failed with {expected}")),
            (None, Some((path, error))) if self.ending.as_deref() != Some("failed") => {
                wrong.push(format!("{path} failed: {error}"))
            }
            (None, _) => {}
        }
        let outputs = end.map(|(_, outputs, _)| outputs.clone()).unwrap_or_default();
        differences("the output", &self.outputs, &outputs, wrong);
        for (path, expected) in &self.given {
            let given = gone.given.iter().find(|(of, _)| of.as_str() == path).map(|(_, inputs)| inputs);
            match given {
                Some(given) => differences(&format!("what {path} was given at"), expected, given, wrong),
                None => wrong.push(format!("{path} was given nothing; the run never came to it")),
            }
        }
        let states: BTreeMap<String, StepState> =
            gone.machine.steps().into_iter().map(|(path, state)| (path.to_string(), state)).collect();
        let is = |path: &String| states.get(path).map_or("not there".to_owned(), crate::text::word);
        wrong.extend(self.done.iter().filter(|path| is(path) != "done").map(|path| format!("{path} is {}, not done", is(path))));
        let ran = |path: &&String| matches!(&*is(path), "done" | "failed" | "running" | "asking");
        wrong.extend(self.skipped.iter().filter(ran).map(|path| format!("{path} is {}, and was to be skipped", is(path))));
        self.compare_cost(gone, wrong);
    }

    fn compare_cost(&self, gone: &Dry, wrong: &mut Vec<String>) {
        let Some(most) = &self.cost else { return };
        let mut costs: BTreeMap<money::Asset, Amount> = BTreeMap::new();
        for (_, action) in gone.requests() {
            if let Action::Pay(pay) = action {
                let cost = costs.entry(pay.amount.asset()).or_insert_with(|| Amount::new(0, pay.amount.asset()));
                match cost.checked_add(pay.amount) {
                    Ok(sum) => *cost = sum,
                    Err(error) => wrong.push(format!("the cost can't be added up: {error}")),
                }
            }
        }
        let mut allowed = BTreeMap::new();
        for text in most {
            match flow::expr::parse_money(text) {
                Ok(amount) => drop(allowed.insert(amount.asset(), amount)),
                Err(error) => wrong.push(format!("{text:?} under \"cost\" is no amount: {error}")),
            }
        }
        for (asset, cost) in costs {
            if allowed.get(&asset).is_none_or(|most| cost.minor() > most.minor()) {
                let most = allowed.get(&asset).map_or_else(|| "nothing".to_owned(), ToString::to_string);
                wrong.push(format!("it costs {cost}, and may cost {most}"));
            }
        }
    }
}

/// Where values that are named differ from what there is.
fn differences(what: &str, expected: &Values, is: &Values, wrong: &mut Vec<String>) {
    for (port, expected) in expected.iter() {
        let found = is.get(port).map(|value| &**value);
        if found != Some(&**expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), brief);
            wrong.push(format!("{what} {port} is {found}, not {}", brief(expected)));
        }
    }
}

impl Response for TestReport {
    fn exit(&self) -> Exit {
        if self.cases.iter().all(|case| case.wrong.is_empty()) { Exit::Ok } else { Exit::Failed }
    }
}

impl Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            let mark = if case.wrong.is_empty() { "ok    " } else { "failed" };
            writeln!(f, "{mark}  {}: {}", case.flow, visible(&case.name))?;
            case.wrong.iter().try_for_each(|wrong| writeln!(f, "          {}", visible(wrong)))?;
        }
        let failed = self.cases.iter().filter(|case| !case.wrong.is_empty()).count();
        writeln!(f, "{} cases, {failed} failed", self.cases.len())
    }
}

/// The JSON Schema of test files.
pub fn schema() -> Value {
    schemars::schema_for!(Cases).to_value()
}
