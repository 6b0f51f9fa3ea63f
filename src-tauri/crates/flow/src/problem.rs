//! What is wrong with a flow: all of it at once, each with a code, a place, plain words and a hint.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a problem is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Place {
    /// The node's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The port's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The field, as a JSON pointer into the node's config or, without a node, into the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Whether a flow with it can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can't run.
    Error,
    /// It can, but is likely not what was meant.
    Warning,
}

/// One thing that is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Problem {
    /// A stable name of the kind of problem, such as `TYPE_MISMATCH`.
    pub code: String,
    /// Whether the flow can run all the same.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Problem {
    /// A problem that keeps a flow from running; its place is the flow until one is given.
    pub fn error(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity: Severity::Error,
            place: Place::default(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// One that does not keep it from running.
    pub fn warning(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, hint) }
    }

    /// The same, at a node.
    pub fn at(mut self, node: &str) -> Self {
        self.place.node = Some(node.to_owned());
        self
    }

    /// The same, at a port of that node.
    pub fn port(mut self, port: &str) -> Self {
        self.place.port = Some(port.to_owned());
        self
    }

    /// The same, at a field: a JSON pointer into that node's config or, without a node, into the document.
    pub fn field(mut self, pointer: impl Into<String>) -> Self {
        self.place.field = Some(pointer.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {} {}", self.code, self.place, self.message, self.hint)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.node, &self.port, &self.field) {
            (None, _, None) => f.write_str("the flow"),
            (None, _, Some(field)) => f.write_str(field),
            (Some(node), Some(port), _) => write!(f, "{node}.{port}"),
            (Some(node), None, Some(field)) => write!(f, "{node} {field}"),
            (Some(node), None, None) => f.write_str(node),
        }
    }
}
