//! The machine against a naive interpreter, which goes through a flow node by node, in one order, with no journal, no turns and no time.
#![allow(clippy::unwrap_used)]

mod sim;

use std::collections::HashMap;

use engine::{Context, Control, Ending, Frame, Nodes as _, OnFailure, Path, RunId, Step, StepError};
use flow::{Catalog as _, Digest, ENTRY, EXIT, Flow, Graph, Level, Ports, Type, Value, Values};
use proptest::{
    collection::vec,
    prelude::{ProptestConfig, any, prop_assert_eq, proptest},
};
use serde_json::json;
use testkit::{
    TestNodes, World,
    random::{Palette, Random, flows},
};

use sim::{Sim, Way};

/// Flows that only compute, in which what comes first makes no difference.
const PURE: Palette = Palette { most: 12, effects: false, trouble: true, keyless: false, races: false };

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_come_to_the_same(random in flows(PURE), choices in vec(any::<u16>(), 1..64)) {
        let mut sim = Sim::new(&random, choices, Way::default());
        sim.run();
        let (ending, outputs) = sim.outcome().unwrap();
        let nodes = TestNodes::new(World::new());
        match (Naive { random: &random, nodes: &nodes }).flow(&random.flow, &random.inputs) {
            Ok(naive) => {
                prop_assert_eq!(ending, Ending::Completed, "{}", sim.story());
                prop_assert_eq!(without_errors(outputs.to_object()), without_errors(naive.to_object()), "{}", sim.story());
            }
            Err(_) => prop_assert_eq!(ending, Ending::Failed, "{}", sim.story()),
        }
    }
}

/// Which of several failures comes first is a matter of order, so what they say is left out.
fn without_errors(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_errors).collect(),
        Value::Object(fields) if fields.contains_key("code") => json!("an error"),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, without_errors(value))).collect()),
        plain => plain,
    }
}

struct Naive<'a> {
    random: &'a Random,
    nodes: &'a TestNodes,
}

/// What a node gave, by port: nothing where it was skipped.
type Gave = HashMap<String, Values>;

impl Naive<'_> {
    /// What the output nodes of a flow collect.
    fn flow(&self, flow: &Flow, inputs: &Values) -> Result<Values, StepError> {
        match flow::levels(flow, self.nodes) {
            None => {
                let level = Level { frame: None, members: Vec::new(), flow: flow.clone(), ports: HashMap::new() };
                self.level(&[], &level, inputs, false)
            }
            Some(split) => self.level(&split.levels, &split.levels[0], inputs, false),
        }
    }

    fn level(&self, levels: &[Level], level: &Level, inputs: &Values, is_fallback: bool) -> Result<Values, StepError> {
        let mut gave = Gave::new();
        let mut collected = Values::new();
        let mut order: Vec<&str> = Graph::of(&level.flow).order().unwrap();
        if is_fallback {
            let at = |id: &str| {
                level.members.iter().position(|member| member == id).map_or(usize::from(id == EXIT) * 1_000, |at| at + 1)
            };
            order.sort_by_key(|id| at(id));
        }
        // Of a fallback, whether the next member runs.
        let mut goes_on = true;
        for id in order {
            let node = level.flow.nodes.iter().find(|node| node.id == id).unwrap();
            let is_member = is_fallback && !matches!(id, ENTRY | EXIT);
            let kind = self.nodes.kind(&node.kind);
            let ports = level.ports.get(id).cloned().unwrap_or_else(|| (kind.unwrap().ports)(&node.config));
            let Some(given) = gather(level, id, &ports, &gave).filter(|_| !is_member || goes_on) else {
                goes_on = goes_on && !is_member;
                continue;
            };
            let outputs = match node.kind.as_str() {
                ENTRY => Ok(inputs.clone()),
                EXIT | "output" => {
                    for (port, value) in given.iter() {
                        collected.insert(port.clone(), value.clone());
                    }
                    continue;
                }
                "input" => Ok(inputs.clone()),
                _ => self.node(levels, node, &given),
            };
            let caught = level.flow.edges.iter().any(|edge| edge.from.node == id && edge.from.port == "error");
            match outputs {
                Ok(outputs) => {
                    goes_on = goes_on && !is_member;
                    gave.insert(id.to_owned(), outputs);
                }
                Err(error) if caught => {
                    gave.insert(id.to_owned(), Values::one("error", serde_json::to_value(error).unwrap()));
                }
                Err(_) if is_member && level.members.last().is_some_and(|last| last != id) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(collected)
    }

    fn node(&self, levels: &[Level], node: &flow::Node, given: &Values) -> Result<Values, StepError> {
        match self.nodes.build(node).unwrap() {
            Step::Pure(pure) => {
                let (run, path): (RunId, _) = ("run".into(), Path::new(node.id.as_str()));
                let attempts = node.retry.map_or(1, |retry| retry.attempts);
                let mut last = Err(StepError::new("NONE", "", ""));
                for attempt in 1..=attempts {
                    let key = Digest::of_bytes(b"");
                    last = pure.run(&Context { run: &run, path: &path, attempt, now: 0, seed: 7, key }, given);
                    if last.as_ref().err().is_none_or(|error| !error.retryable) {
                        break;
                    }
                }
                last
            }
            Step::Control(Control::SubFlow { flow }) => self.flow(&self.random.subflows[&flow], given),
            Step::Control(Control::Frame(frame)) => {
                let inside = levels.iter().find(|level| level.frame.as_deref() == Some(&node.id)).unwrap();
                self.frame(levels, inside, &frame, given)
            }
            _ => panic!("{} is no pure kind", node.kind),
        }
    }

    fn frame(&self, levels: &[Level], inside: &Level, frame: &Frame, given: &Values) -> Result<Values, StepError> {
        let round = |more: [(&str, Value); 2]| {
            let mut inputs = given.clone();
            for (name, value) in more {
                inputs.insert(name, std::sync::Arc::new(value));
            }
            self.level(levels, inside, &inputs, false).map(|out| out.get("result").map(|v| (**v).clone()).unwrap_or_default())
        };
        match frame {
            Frame::Try | Frame::Race => self.level(levels, inside, given, false),
            Frame::Fallback => self.level(levels, inside, given, true),
            Frame::ForEach { on_failure, .. } => {
                let (mut results, mut failures) = (Vec::new(), Vec::new());
                for (index, item) in given.get("items").unwrap().as_array().unwrap().iter().enumerate() {
                    match (round([("item", item.clone()), ("index", json!(index))]), on_failure) {
                        (Ok(result), _) => results.push(result),
                        (Err(error), OnFailure::Stop) => return Err(error),
                        (Err(error), how) => {
                            failures.push(json!({ "index": index, "error": error }));
                            if *how == OnFailure::Collect {
                                results.push(Value::Null);
                            }
                        }
                    }
                }
                let mut outputs = Values::one("results", Value::from(results));
                outputs.insert("failures", std::sync::Arc::new(Value::from(failures)));
                Ok(outputs)
            }
            Frame::Repeat { until, most } => {
                let mut value = given.get("value").map(|value| (**value).clone());
                for at in 1..=*most {
                    let begun = value.clone().unwrap_or_default();
                    let result = round([("value", begun.clone()), ("round", json!(at))])?;
                    let mut seen = Values::one("result", result.clone());
                    seen.insert("round", std::sync::Arc::new(json!(at)));
                    seen.insert("value", std::sync::Arc::new(begun));
                    if until((0, 7), &seen)? {
                        let mut outputs = Values::one("result", result);
                        outputs.insert("rounds", std::sync::Arc::new(json!(at)));
                        return Ok(outputs);
                    }
                    value = Some(result);
                }
                Err(StepError::new("REPEAT_LIMIT", "", ""))
            }
        }
    }
}

/// What comes in at a node, or that it is skipped.
fn gather(level: &Level, id: &str, ports: &Ports, gave: &Gave) -> Option<Values> {
    let mut values = Values::new();
    let (mut wires, mut arrived) = (0, 0);
    for port in &ports.inputs {
        let edges = level.flow.edges.iter().filter(|edge| edge.to.node == id && edge.to.port == port.name);
        let came: Vec<Option<Value>> = edges
            .map(|edge| gave.get(&edge.from.node).and_then(|out| out.get(&edge.from.port)).map(|value| (**value).clone()))
            .collect();
        wires += came.len();
        let there: Vec<Value> = came.iter().flatten().cloned().collect();
        arrived += there.len();
        let required = (port.required || port.ty == Type::Verdict) && id != EXIT;
        if required && (came.len() > there.len() && !port.many || port.many && !came.is_empty() && there.is_empty()) {
            return None;
        }
        let value =
            if port.many && id != EXIT { (!there.is_empty()).then(|| Value::from(there)) } else { there.into_iter().next() };
        if let Some(value) = value.or_else(|| port.default.clone()) {
            values.insert(port.name.as_str(), std::sync::Arc::new(value));
        }
    }
    (wires == 0 || arrived > 0).then_some(values)
}
