//! Node kinds for tests.
//!
//! | kind | config | ports |
//! | --- | --- | --- |
//! | `input` | `ports`: names | out: those |
//! | `output` | `ports`: names | in: those |
//! | `set` | `value`, else it passes on what comes; `required` | `value` → `value` |
//! | `add` | `plus` | `value` (many numbers) → `value` |
//! | `join` | | `value` (many) → `value` (a list) |
//! | `branch` | `to`: `yes` or `no`, else as `value` says | `value` → `yes`, `no` |
//! | `fail` | `times` (first attempts that fail), `code`, `retryable`, `panic` | `value` → `value` |
//! | `read` | `host`; none: it asks for nothing | `value` → `value` |
//! | `effect` | `host`, `honours_key` | `value`, `verdict` → `value` |
//! | `pay` | `payee`, `minor` (of USD), `honours_key` | `value`, `verdict` → `value`, `receipt` |
//! | `approval` | `for`, `question`, `expires_ms` | `value` → `approved`, `rejected` |
//! | `delay` | `ms` | `value` → `value` |
//! | `sub-flow` | `flow`, `inputs`, `outputs`: names | in, out: those |
//! | `note` | | |
//! | frames `for-each` | `parallel`, `on_failure` | as the built-in ones |
//! | `repeat` | `until`: the least `result` that is enough, `most` | |
//! | `race`, `fallback`, `try` | | |
//!
//! What `read`, `effect` and `pay` act on is a [`World`], which is told by its steps' paths how to answer. Where it isn't told, their
//! `habit` says: `fails-first` (the first call fails before anything is done), `loses-answer` (the answer to the call that did it).

use std::sync::Arc;

use engine::{Nodes, Step};
use flow::{Catalog, Effect, Kind, Node, Port, Ports, Problem, Type, Value};
use serde_json::json;

use crate::{World, kinds};

/// Node kinds for tests.
pub struct TestNodes {
    world: Arc<World>,
    kinds: Vec<Kind>,
}

impl TestNodes {
    /// Those that act on this world.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        let pure = |_: &Value| Effect::Pure;
        let kinds = vec![
            kind("input", |config| ports(vec![], names(config, "ports")), pure),
            kind("output", |config| ports(names(config, "ports"), vec![]), pure),
            kind("set", |config| ports(vec![value(config)], vec![port("value")]), pure),
            kind("add", |_| ports(vec![port("value").many().required()], vec![port("value")]), pure),
            kind("join", |_| ports(vec![port("value").many()], vec![port("value")]), pure),
            kind("branch", |config| ports(vec![value(config)], vec![port("yes"), port("no")]), pure),
            kind("fail", |config| ports(vec![value(config)], vec![port("value")]), pure),
            kind("read", |config| ports(vec![value(config)], vec![port("value")]), |_| Effect::Read),
            kind("effect", |config| ports(vec![value(config), verdict()], vec![port("value")]), |_| Effect::Write),
            kind("pay", |config| ports(vec![value(config), verdict()], vec![port("value"), receipt()]), |_| Effect::Spend),
            kind("approval", |config| ports(vec![value(config)], answers()), pure),
            kind("delay", |config| ports(vec![value(config)], vec![port("value")]), pure),
            kind("sub-flow", |config| ports(names(config, "inputs"), names(config, "outputs")), pure),
            kind("note", |_| ports(vec![], vec![]), pure),
            frame(
                "for-each",
                |_| ports(vec![Port::new("items", Type::Json).required()], all(&["results", "failures"])),
                |_| ports(all(&["result"]), all(&["item", "index"])),
            ),
            frame(
                "repeat",
                |_| ports(all(&["value"]), all(&["result", "rounds"])),
                |_| ports(all(&["result"]), all(&["value", "round"])),
            ),
            frame("race", |_| ports(vec![], all(&["result"])), |_| ports(vec![port("result").many()], vec![])),
            frame("fallback", |_| ports(vec![], all(&["result"])), |_| ports(vec![port("result").many()], vec![])),
            frame("try", |_| ports(vec![], all(&["result"])), |_| ports(all(&["result"]), vec![])),
        ];
        Arc::new(Self { world, kinds })
    }
}

impl Catalog for TestNodes {
    fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }
    fn kinds(&self) -> Vec<&Kind> {
        self.kinds.iter().collect()
    }
}

impl Nodes for TestNodes {
    fn build(&self, node: &Node) -> Result<Step, Vec<Problem>> {
        kinds::build(node, &self.world)
    }
}

fn kind(name: &'static str, ports: fn(&Value) -> Ports, effect: fn(&Value) -> Effect) -> Kind {
    Kind {
        name,
        version: 1,
        title: name,
        summary: "For tests.",
        group: "Tests",
        icon: "box",
        inner: None,
        says: |_| String::new(),
        config: json!({ "type": "object" }),
        ports,
        effect,
        check: |_| Vec::new(),
        upgrade: |_, _| None,
    }
}

fn frame(name: &'static str, outer: fn(&Value) -> Ports, inner: fn(&Value) -> Ports) -> Kind {
    Kind { inner: Some(inner), ..kind(name, outer, |_| Effect::Pure) }
}

fn all(names: &[&str]) -> Vec<Port> {
    names.iter().map(|name| port(name)).collect()
}

fn ports(inputs: Vec<Port>, outputs: Vec<Port>) -> Ports {
    Ports { inputs, outputs }
}

fn port(name: &str) -> Port {
    Port::new(name, Type::Json)
}

fn value(config: &Value) -> Port {
    let port = port("value");
    if config["required"] == true { port.required() } else { port }
}

fn verdict() -> Port {
    Port::new("verdict", Type::Verdict)
}

fn receipt() -> Port {
    Port::new("receipt", Type::Receipt)
}

fn answers() -> Vec<Port> {
    vec![Port::new("approved", Type::Verdict), Port::new("rejected", Type::Verdict)]
}

fn names(config: &Value, field: &str) -> Vec<Port> {
    config[field].as_array().into_iter().flatten().filter_map(Value::as_str).map(port).collect()
}
