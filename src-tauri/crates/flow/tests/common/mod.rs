//! Kinds and random flows for tests.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use flow::{
    Backoff, Catalog, Defaults, Edge, Effect, Endpoint, Flow, Frame, FrameKind, Join, Kind, Layout, Node, Port, Ports, Position,
    Problem, Rect, Retry, SCHEMA, Type, Value,
};
use proptest::{collection, option, prelude::*};
use serde_json::json;

/// A catalog of the kinds below.
pub struct Kinds(Vec<Kind>);

impl Catalog for Kinds {
    fn kind(&self, name: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.name == name)
    }
    fn kinds(&self) -> Vec<&Kind> {
        self.0.iter().collect()
    }
}

fn kind(name: &'static str, config: Value, ports: fn(&Value) -> Ports) -> Kind {
    Kind {
        name,
        version: 1,
        title: name,
        summary: name,
        group: "Tests",
        icon: "box",
        inner: None,
        says: |_| String::new(),
        config,
        ports,
        effect: |_| Effect::Pure,
        check: |_| Vec::new(),
        upgrade: |_, _| None,
    }
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn ports(inputs: Vec<Port>, outputs: Vec<Port>) -> Ports {
    Ports { inputs, outputs }
}

pub fn kinds() -> Kinds {
    let declared = |_: &Value| {
        ports(vec![Port::new("value", Type::Any), Port::new("amount", Type::Money)], vec![Port::new("out", Type::Any)])
    };
    Kinds(vec![
        kind("text", object(json!({"text": {"type": "string", "format": "template"}})), |_| {
            ports(vec![], vec![Port::new("out", Type::Text)])
        }),
        kind("amount", object(json!({"amount": {"type": "string", "format": "money"}})), |_| {
            ports(vec![], vec![Port::new("out", Type::Money)])
        }),
        kind("note", object(json!({"text": {"type": "string"}})), |_| Ports::default()),
        kind("list", object(json!({})), |_| {
            ports(vec![Port::new("items", Type::Text).many().required()], vec![Port::new("out", Type::Text.list())])
        }),
        kind("print", object(json!({})), |_| {
            ports(vec![Port::new("text", Type::Text).required()], vec![Port::new("out", Type::Text)])
        }),
        Kind {
            config: json!({
                "type": "object",
                "properties": {
                    "condition": {"type": "string", "format": "cel"},
                    "fields": {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}},
                    "text": {"type": ["string", "null"], "format": "template"}
                },
                "additionalProperties": false,
                "$defs": {"field": {"oneOf": [
                    {"type": "object", "properties": {"cel": {"type": "string", "format": "cel"}}, "required": ["cel"]},
                    {"type": "object", "properties": {"template": {"type": "string", "format": "template"}}, "required": ["template"]}
                ]}}
            }),
            check: |config| match config.get("condition").and_then(Value::as_str) {
                Some("false") => {
                    vec![Problem::warning("NEVER", "The condition never holds.", "Write another.").field("/condition")]
                }
                _ => vec![],
            },
            ..kind("branch", json!({}), declared)
        },
        Kind {
            effect: |config| match config.get("method").and_then(Value::as_str) {
                Some("GET") | None => Effect::Read,
                Some(_) => Effect::Write,
            },
            version: 3,
            upgrade: |version, config| (version == 2).then(|| json!({"url": config.get("address").cloned().unwrap_or_default()})),
            ..kind(
                "http",
                json!({
                    "type": "object",
                    "properties": {
                        "url": {"type": "string", "minLength": 1},
                        "method": {"enum": ["GET", "POST"]},
                        "tries": {"type": "integer", "minimum": 1, "maximum": 9},
                        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                        "list": {"type": "array", "items": {"type": "object"}},
                        "key": {"type": "string", "format": "secret"}
                    },
                    "required": ["url"],
                    "additionalProperties": false
                }),
                |_| ports(vec![Port::new("body", Type::Json)], vec![Port::new("body", Type::Json)]),
            )
        },
        Kind {
            effect: |_| Effect::Spend,
            ..kind("pay", object(json!({})), |_| {
                ports(
                    vec![
                        Port::new("amount", Type::Money).required(),
                        Port::new("verdict", Type::Verdict),
                        Port::new("note", Type::Json),
                    ],
                    vec![Port::new("receipt", Type::Receipt)],
                )
            })
        },
        kind("approval", object(json!({"for": {"type": "string", "format": "node"}})), |_| {
            ports(vec![Port::new("value", Type::Any)], vec![Port::new("approved", Type::Verdict)])
        }),
        kind("sub-flow", object(json!({"flow": {"type": "string", "format": "flow"}})), |_| {
            ports(vec![Port::new("value", Type::Any)], vec![Port::new("out", Type::Any)])
        }),
        Kind {
            inner: Some(|_| {
                ports(vec![Port::new("result", Type::Any)], vec![Port::new("item", Type::Any), Port::new("index", Type::Number)])
            }),
            ..kind("for-each", object(json!({"parallel": {"type": "integer", "minimum": 1}})), |_| {
                ports(vec![Port::new("items", Type::Any.list()).required()], vec![Port::new("results", Type::Any.list())])
            })
        },
        Kind {
            inner: Some(|_| ports(vec![Port::new("result", Type::Any).many()], vec![])),
            ..kind("fallback", object(json!({})), |_| ports(vec![], vec![Port::new("result", Type::Any)]))
        },
        kind("broken", json!({"type": "nothing"}), |_| Ports::default()),
    ])
}

pub fn node(id: &str, kind: &str) -> Node {
    with(id, kind, json!({}))
}

pub fn with(id: &str, kind: &str, config: Value) -> Node {
    Node {
        id: id.to_owned(),
        kind: kind.to_owned(),
        version: 1,
        name: String::new(),
        config,
        join: Join::All,
        retry: None,
        timeout_ms: None,
        deadline_ms: None,
        undo: None,
        bypass: false,
    }
}

pub fn wire(from: &str, to: &str) -> Edge {
    Edge { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

pub fn flow(nodes: Vec<Node>, edges: Vec<Edge>) -> Flow {
    Flow {
        schema: SCHEMA.to_owned(),
        id: "test".to_owned(),
        name: "Test".to_owned(),
        description: String::new(),
        tags: Vec::new(),
        defaults: Defaults::default(),
        nodes,
        edges,
        frames: vec![],
        layout: Layout::default(),
    }
}

/// Texts with what needs care in JSON.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,8}", any::<String>(), Just("\u{0}\u{1f}\"\\/\u{2028}\u{1F600}".to_owned())]
}

/// Values as a file can hold them: numbers that a 64-bit float holds exactly.
pub fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        (-((1_i64 << 53) - 1)..(1_i64 << 53)).prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()).prop_map(Value::from),
        Just(json!(0.1)),
        Just(json!(5e-324)),
        Just(json!(-0.0)),
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text().prop_map(Value::from)];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::btree_map(text(), inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn config() -> impl Strategy<Value = Value> {
    collection::btree_map(text(), value(), 0..4).prop_map(|map| Value::Object(map.into_iter().collect()))
}

const EXACT: std::ops::Range<u64> = 0..1 << 53;

fn any_node() -> impl Strategy<Value = Node> {
    let kind =
        prop_oneof![Just("text".to_owned()), Just("http".to_owned()), Just("branch".to_owned()), Just("pay".to_owned()), text()];
    let join = prop_oneof![Just(Join::All), Just(Join::Any), any::<u32>().prop_map(Join::N)];
    let retry = (any::<u32>(), EXACT, EXACT)
        .prop_map(|(attempts, first_ms, most_ms)| Retry { attempts, backoff: Backoff { first_ms, most_ms } });
    let id = prop_oneof!["[a-f]{1,2}", text()];
    (id, kind, any::<u32>(), text(), config(), join, option::of(retry), option::of(EXACT), any::<bool>()).prop_map(
        |(id, kind, version, name, config, join, retry, timeout_ms, bypass)| Node {
            id,
            kind,
            version,
            name,
            config,
            join,
            retry,
            timeout_ms,
            deadline_ms: timeout_ms,
            undo: bypass.then(|| "back".to_owned()),
            bypass,
        },
    )
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    // A node's id in an endpoint ends at the first point.
    ("[a-f]{1,2}", prop_oneof![Just("out".to_owned()), Just("value".to_owned()), Just("amount".to_owned()), "[a-z.]{1,5}"])
        .prop_map(|(node, port)| Endpoint { node, port })
}

fn frame() -> impl Strategy<Value = Frame> {
    let kind = prop_oneof![Just(FrameKind::Group), Just(FrameKind::ForEach), Just(FrameKind::Strategy)];
    (text(), kind, text(), collection::vec("[a-f]{1,2}", 0..4), config()).prop_map(|(id, kind, name, members, config)| Frame {
        id,
        kind,
        name,
        members,
        config,
    })
}

fn layout() -> impl Strategy<Value = Layout> {
    let at = (any::<i32>(), any::<i32>()).prop_map(|(x, y)| Position { x, y });
    let rect = any::<[u16; 4]>().prop_map(|[x, y, width, height]| Rect {
        x: x.into(),
        y: y.into(),
        width: width.into(),
        height: height.into(),
    });
    let frames: BTreeMap<String, Rect> = BTreeMap::new();
    (collection::btree_map(text(), at, 0..4), prop_oneof![Just(frames), collection::btree_map(text(), rect, 0..3)])
        .prop_map(|(nodes, frames)| Layout { nodes, frames })
}

/// Any flow that a file can hold, sound or not.
pub fn any_flow() -> impl Strategy<Value = Flow> {
    let defaults = (any::<u32>(), EXACT, option::of(EXACT)).prop_map(|(parallel, timeout_ms, deadline_ms)| Defaults {
        parallel,
        timeout_ms,
        deadline_ms,
    });
    let wires = collection::vec((endpoint(), endpoint()).prop_map(|(from, to)| Edge { from, to }), 0..8);
    (
        text(),
        text(),
        text(),
        prop_oneof![Just(Defaults::default()), defaults],
        collection::vec(any_node(), 0..6),
        wires,
        collection::vec(frame(), 0..3),
        layout(),
    )
        .prop_map(|(id, name, description, defaults, nodes, edges, frames, layout)| Flow {
            schema: SCHEMA.to_owned(),
            id,
            name,
            description,
            tags: Vec::new(),
            defaults,
            nodes,
            edges,
            frames,
            layout,
        })
}
