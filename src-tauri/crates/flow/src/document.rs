//! The document: nodes, edges, frames, defaults; layout apart.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Value;

/// The name and version of this document shape; the first property of every flow file.
pub const SCHEMA: &str = "assent.flow/1";

/// A flow: what is drawn, checked, kept in versions and run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Its id: lower-case words joined by `-`. Other flows call it by this.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by. No part of the logic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What holds for all its steps unless a node says otherwise.
    #[serde(default, skip_serializing_if = "Defaults::is_default")]
    pub defaults: Defaults,
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Its wires. Their order is the order of values on a port that takes many.
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// Groups, loops and strategies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Where things stand on the canvas. No part of the logic.
    #[serde(default, skip_serializing_if = "Layout::is_empty")]
    pub layout: Layout,
}

impl Flow {
    /// An empty flow.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            id: id.into(),
            name: name.into(),
            description: String::new(),
            tags: Vec::new(),
            defaults: Defaults::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            frames: Vec::new(),
            layout: Layout::default(),
        }
    }
}

/// What holds for all steps of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// How many steps may run at once.
    #[schemars(range(min = 1, max = 1024))]
    pub parallel: u32,
    /// How long one attempt of a step may take, in milliseconds. Waiting for a person or a timer does not count.
    #[schemars(range(min = 1))]
    pub timeout_ms: u64,
    /// How long a whole run may take, in milliseconds, waiting for people included. Then nothing new starts, and it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub deadline_ms: Option<u64>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { parallel: 16, timeout_ms: 300_000, deadline_ms: None }
    }
}

impl Defaults {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its id, unique in the flow, kept when it is renamed: lower-case words joined by `-`.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// The version of the kind that its config was written for.
    #[serde(default = "one")]
    pub version: u32,
    /// Its name for people; the kind's title where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its config, as its kind's schema says.
    #[serde(default = "empty_object", skip_serializing_if = "is_empty_object")]
    pub config: Value,
    /// When to start, where several wires come in.
    #[serde(default, skip_serializing_if = "Join::is_all")]
    pub join: Join,
    /// What to do when an attempt fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long one attempt may take, in milliseconds, instead of the flow's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long all its attempts may take together, in milliseconds; what people take to answer does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// The node that takes back what this one did, should what it stands in fail later. That node runs for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Left out of runs: what comes in goes on to the first output that takes it, and nothing is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bypass: bool,
}

fn one() -> u32 {
    1
}
fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}
fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// When a step with several incoming wires starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// When every wire has brought its value or was skipped.
    #[default]
    All,
    /// When the first wire brings a value.
    Any,
    /// When so many wires have brought values.
    N(u32),
}

impl Join {
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// Trying again after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts in all, the first included.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// How long to wait between them.
    #[serde(default)]
    pub backoff: Backoff,
}

/// Exponential backoff with full jitter: before attempt n+1 the wait is drawn between half and all of `first_ms · 2^(n-1)`, at most `most_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Backoff {
    /// The first wait, in milliseconds.
    pub first_ms: u64,
    /// The longest wait, in milliseconds.
    pub most_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first_ms: 500, most_ms: 30_000 }
    }
}

/// A wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The output it begins at.
    pub from: Endpoint,
    /// The input it ends at.
    pub to: Endpoint,
}

/// A port of a node, written `node.port`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Endpoint {
    /// The node's id.
    pub node: String,
    /// The port's name.
    pub port: String,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.port)
    }
}
impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

/// Not of the form `node.port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not name a port; write node.port")]
pub struct NotAnEndpoint(String);

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;
    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        match text.split_once('.') {
            Some((node, port)) if !node.is_empty() && !port.is_empty() => {
                Ok(Self { node: node.to_owned(), port: port.to_owned() })
            }
            _ => Err(NotAnEndpoint(text.to_owned())),
        }
    }
}
impl TryFrom<String> for Endpoint {
    type Error = NotAnEndpoint;
    fn try_from(text: String) -> Result<Self, NotAnEndpoint> {
        text.parse()
    }
}
impl schemars::JsonSchema for Endpoint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Endpoint".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[^.]+\\.[^.]+$", "description": "A port of a node: node.port" })
    }
}

/// Several nodes that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Its id, unique among nodes and frames.
    pub id: String,
    /// What it does with its members.
    pub kind: FrameKind,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The ids of what stands in it: nodes, and frames that run inside it.
    pub members: Vec<String>,
    /// Its config, as the schema of the kind of the same name says.
    #[serde(default = "empty_object", skip_serializing_if = "is_empty_object")]
    pub config: Value,
}

/// What a frame does. All but groups run their members, and have ports: wires from outside end at the frame's inputs, wires inside begin
/// at what it gives its members, and what a member wires to the frame is what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// Nothing: it shows that its members belong together.
    Group,
    /// Runs its members once for each element of a list.
    ForEach,
    /// Runs its members again and again until a condition holds.
    Repeat,
    /// Runs its members side by side; the first result counts, and the others are stopped.
    Race,
    /// Tries its members one after the other until one succeeds.
    Fallback,
    /// Runs its members; a failure inside leaves by its `error` output.
    Try,
    /// Coordinates its members. Kept in documents; running one is not built yet, and the checks say so.
    Strategy,
}

impl FrameKind {
    /// The name of the node kind that says what such a frame's config and ports are; a group has none.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Group => None,
            Self::ForEach => Some("for-each"),
            Self::Repeat => Some("repeat"),
            Self::Race => Some("race"),
            Self::Fallback => Some("fallback"),
            Self::Try => Some("try"),
            Self::Strategy => Some("strategy"),
        }
    }
}

/// Where things stand on the canvas.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    /// Nodes by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes: BTreeMap<String, Position>,
    /// Frames by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub frames: BTreeMap<String, Rect>,
}

impl Layout {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.frames.is_empty()
    }
}

/// A place on the canvas, in canvas pixels, right and down from the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

/// A rectangle on the canvas, in canvas pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// Its left edge.
    pub x: i32,
    /// Its top edge.
    pub y: i32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}
