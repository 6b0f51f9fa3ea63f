//! What templates see and may do with it: money, filters and tests.

use std::{
    cmp::Ordering,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use ::money::Amount;
use minijinja::{
    Environment, Error, ErrorKind, Output, State, Value, escape_formatter, filters, tests,
    value::{DynObject, Enumerator, Kwargs, Object, ValueKind},
};

use super::money;

/// The longest text that a template or one of its filters makes, in bytes.
pub(super) const MOST_TEXT: usize = 1 << 20;

/// The filters a template may use.
pub(super) const FILTERS: [&str; 22] = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "replace",
    "reverse",
    "round",
    "string",
    "title",
    "trim",
    "upper",
];

/// Filters whose value is a number, so that it can be put in order.
pub(super) const NUMBERS: [&str; 6] = ["abs", "count", "float", "int", "length", "round"];

/// The tests a template may use.
pub(super) const TESTS: [&str; 16] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "false",
    "float",
    "integer",
    "iterable",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
];

pub(super) fn add_filters_and_tests(environment: &mut Environment<'_>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("items", filters::items);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lines", filters::lines);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("round", filters::round);
    environment.add_filter("string", filters::string);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment.add_test("boolean", tests::is_boolean);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("divisibleby", tests::is_divisibleby);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("even", tests::is_even);
    environment.add_test("false", tests::is_false);
    environment.add_test("float", tests::is_float);
    environment.add_test("integer", tests::is_integer);
    environment.add_test("iterable", tests::is_iterable);
    environment.add_test("mapping", tests::is_mapping);
    environment.add_test("none", tests::is_none);
    environment.add_test("number", tests::is_number);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("sequence", tests::is_sequence);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("string", tests::is_string);
}

/// Values as people and JSON write them.
pub(super) fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match (value.is_none(), bool::try_from(value.clone())) {
        (true, _) => Ok(out.write_str("none")?),
        (_, Ok(truth)) if value.kind() == ValueKind::Bool => Ok(write!(out, "{truth}")?),
        _ => escape_formatter(out, state, value),
    }
}

/// `items|join(", ", attribute="name")`, of at most [`MOST_TEXT`].
fn join(items: &Value, between: Option<&str>, options: Kwargs) -> Result<String, Error> {
    let attribute: Option<&str> = options.get("attribute")?;
    options.assert_all_used()?;
    let mut text = String::new();
    for (at, item) in items.try_iter()?.enumerate() {
        let item = match attribute {
            Some(name) => item.get_attr(name)?,
            None => item,
        };
        if item.is_undefined() {
            return Err(ErrorKind::UndefinedError.into());
        }
        if at > 0 {
            text.push_str(between.unwrap_or(""));
        }
        text.push_str(&item.to_string());
        if text.len() > MOST_TEXT {
            return Err(too_long());
        }
    }
    Ok(text)
}

/// `text|replace(from, to)`, of at most [`MOST_TEXT`].
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let added = text.matches(from).count().checked_mul(to.len()).and_then(|added| added.checked_add(text.len()));
    if added.is_none_or(|length| length > MOST_TEXT) {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the text is longer than 1 MiB")
}

/// An amount in a template.
#[derive(Debug)]
pub(super) struct Money {
    pub(super) amount: Amount,
    /// Set when an amount is compared with one in another asset.
    pub(super) mixed: Arc<AtomicBool>,
}

impl Object for Money {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        key.as_str().and_then(|name| money::part(self.amount, name)).map(Value::from)
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["asset", "minor"])
    }
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        let order = self.amount.compare(other.amount);
        if order.is_err() {
            self.mixed.store(true, Relaxed);
        }
        Some(order.unwrap_or_else(|_| self.amount.asset().cmp(&other.amount.asset())))
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.amount)
    }
}

/// Text of at most [`MOST_TEXT`].
#[derive(Default)]
pub(super) struct Limited {
    bytes: Vec<u8>,
    full: bool,
}

impl Limited {
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn into_text(self) -> Option<String> {
        String::from_utf8(self.bytes).ok()
    }
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MOST_TEXT {
            self.full = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
