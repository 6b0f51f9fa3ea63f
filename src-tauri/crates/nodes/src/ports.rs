//! Ports that a flow's author declares in a node's config.

use std::collections::BTreeSet;

use flow::{Port, Problem, Type, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::problem;

/// A value that comes in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incoming {
    /// Its name: lower-case letters, digits and `_`. Expressions and templates read it by this.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"), length(max = 64))]
    pub(crate) name: String,
    /// What it carries.
    #[serde(rename = "type", default = "any")]
    pub(crate) ty: Type,
    /// Whether it must be there. One with a default need not be.
    #[serde(default = "yes")]
    pub(crate) required: bool,
    /// The value used when nothing comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Value>,
    /// What it is, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) help: String,
}

/// A value that goes out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outgoing {
    /// Its name: lower-case letters, digits and `_`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"), length(max = 64))]
    pub(crate) name: String,
    /// What it carries.
    #[serde(rename = "type", default = "any")]
    pub(crate) ty: Type,
    /// What it is, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) help: String,
}

/// The type of what is declared without one.
pub(crate) fn any() -> Type {
    Type::Any
}
fn yes() -> bool {
    true
}

impl Incoming {
    pub(crate) fn port(&self) -> Port {
        Port {
            name: self.name.clone(),
            ty: self.ty.clone(),
            required: self.required && self.default.is_none(),
            many: false,
            default: self.default.clone(),
            help: self.help.clone(),
        }
    }
}

impl Outgoing {
    pub(crate) fn port(&self) -> Port {
        Port::new(&self.name, self.ty.clone()).help(&self.help)
    }
}

/// The input that most kinds have besides the declared ones.
pub(crate) fn value() -> Port {
    Port::new("value", Type::Any).help("Any value; expressions and templates read it as value.")
}

/// `value` and the declared inputs.
pub(crate) fn value_and(inputs: Option<&[Incoming]>) -> Vec<Port> {
    std::iter::once(value()).chain(inputs.unwrap_or_default().iter().map(Incoming::port)).collect()
}

/// The same name twice, or a name that is taken, among declared ports under the JSON pointer `field`.
pub(crate) fn check_names<'a>(field: &str, names: impl IntoIterator<Item = &'a str>, taken: &[&str]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let clash = |(at, name): (usize, &'a str)| {
        let place = format!("{field}/{at}/name");
        if taken.contains(&name) {
            Some(problem("RESERVED_NAME", &place, format!("A port can't be called {name:?} here."), "Choose another name."))
        } else if !seen.insert(name) {
            Some(problem("DUPLICATE_PORT", &place, format!("There are two ports called {name:?}."), "Rename one of them."))
        } else {
            None
        }
    };
    names.into_iter().enumerate().filter_map(clash).collect()
}

/// Whether a text can name a port, so that expressions and templates can use it.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a value can be of a type, as far as its shape shows.
pub(crate) fn is_of(ty: &Type, value: &Value) -> bool {
    match ty {
        Type::Any | Type::Json => true,
        Type::Text => value.is_string(),
        Type::Number => value.is_number(),
        Type::Bool => value.is_boolean(),
        Type::Money => money::Amount::deserialize(value).is_ok(),
        Type::File | Type::Audio => crate::FileValue::read(value).is_ok(),
        Type::Intent | Type::Verdict | Type::Receipt => value.is_object(),
        Type::List(of) => value.as_array().is_some_and(|items| items.iter().all(|item| is_of(of, item))),
    }
}
