//! Node kinds: what a node can be. The kinds themselves live in the `nodes` crate.

use serde::{Deserialize, Serialize};

use crate::{Problem, Type, Value};

/// What carrying out a step can do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing: the same inputs give the same outputs.
    Pure,
    /// Reads from outside; may be repeated until its result is journalled.
    Read,
    /// Changes something outside.
    Write,
    /// Moves money.
    Spend,
}

impl Effect {
    /// Whether its start must be on disk before it acts.
    pub const fn changes_the_world(self) -> bool {
        matches!(self, Self::Write | Self::Spend)
    }
}

/// A named place where a wire begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Port {
    /// Its name, unique among the node's inputs or outputs.
    pub name: String,
    /// What it carries.
    #[serde(rename = "type")]
    pub ty: Type,
    /// An input that must have a wire, or the step is skipped with it.
    #[serde(default)]
    pub required: bool,
    /// An input that takes several wires; its value is the list of what came, in edge order.
    #[serde(default)]
    pub many: bool,
    /// The value used when nothing comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it is, in a few words.
    #[serde(default)]
    pub help: String,
}

impl Port {
    /// An optional port of a type.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self { name: name.into(), ty, required: false, many: false, default: None, help: String::new() }
    }

    /// The same, required.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, taking several wires.
    pub fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// The same, with a value for when nothing comes.
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// The same, with its help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// The ports of a node, as its kind and config make them. Every node also has the output `error`, which carries what went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ports {
    /// Where wires end.
    pub inputs: Vec<Port>,
    /// Where wires begin.
    pub outputs: Vec<Port>,
}

/// A node kind, as the document's checks, the inspector and the palette see it.
///
/// Config fields may carry a JSON Schema `format`: `cel` (an expression), `template` (a text template), `secret` (a secret's name),
/// `flow` (a flow's id), `node` (another node's id), `money` (an amount such as `25.00 USD`). The checks read these.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Its name in documents, such as `parse-intent`.
    pub name: &'static str,
    /// The version of its config and ports.
    pub version: u32,
    /// Its title in the palette.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it stands among in the palette, such as `Control`.
    pub group: &'static str,
    /// Its picture: the name of a lucide icon.
    pub icon: &'static str,
    /// The JSON Schema of its config.
    pub config: Value,
    /// Its ports under a config. On a config that doesn't fit the schema: what can be known.
    pub ports: fn(&Value) -> Ports,
    /// For the kind of a frame, its ports as its members see them under a config: outputs give to members, inputs take what comes of them.
    /// `None` for the kind of a node.
    pub inner: Option<fn(&Value) -> Ports>,
    /// Its effect under a config.
    pub effect: fn(&Value) -> Effect,
    /// What a node with this config will do, in a few words.
    pub says: fn(&Value) -> String,
    /// What is wrong with a config that its schema can't say. Called only with a config that fits the schema.
    pub check: fn(&Value) -> Vec<Problem>,
    /// A config of an older version, as this version writes it; `None` when there is no such version.
    pub upgrade: fn(u32, Value) -> Option<Value>,
}

/// The kinds there are.
pub trait Catalog: Send + Sync {
    /// The kind of this name.
    fn kind(&self, name: &str) -> Option<&Kind>;
    /// Every kind, by name.
    fn kinds(&self) -> Vec<&Kind>;
}
