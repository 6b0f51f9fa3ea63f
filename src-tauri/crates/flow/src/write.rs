//! The file form of a flow: one text for one flow, friendly to line-based version control.
//!
//! One property a line, two spaces, struct fields in their order, nodes and frames by id, wires in document order, config keys sorted,
//! the layout last with one line for each thing. [`read`] takes any JSON of the right shape; [`write`] gives the one canonical text.

use serde::Serialize;

use crate::{
    Defaults, Digest, Edge, Flow, Frame, Layout, Node, Value,
    scan::{self, Finding},
};

/// The largest flow file that is read, in bytes.
pub const MOST_BYTES: usize = 32 << 20;

/// Why a text is not a flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what} {hint}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

/// The canonical text of a flow, with a newline at its end. `write(read(write(flow)))` is the same text.
pub fn write(flow: &Flow) -> String {
    let mut text = pretty(&Logic::of(flow));
    if !flow.layout.nodes.is_empty() || !flow.layout.frames.is_empty() {
        // The layout goes in before the closing brace.
        text.truncate(text.len() - "\n}".len());
        text.push_str(",\n  \"layout\": {\n");
        text.push_str(&layout(&flow.layout));
        text.push_str("\n  }\n}");
    }
    text.push('\n');
    text
}

/// The digest of what a flow does: everything but its layout and tags. Two flows that differ only in those or in the order of nodes have
/// the same.
pub fn logic_digest(flow: &Flow) -> Digest {
    Digest::of("assent.flow.v1", &Logic { tags: &[], ..Logic::of(flow) })
}

/// Reads a flow from text.
///
/// Refused, with the place: what is not JSON or has another shape, another or newer [`SCHEMA`](crate::SCHEMA), more than [`MOST_BYTES`], more than 64
/// levels, a key twice in one object, a number that would not come back as it was written.
pub fn read(text: &str) -> Result<Flow, ReadError> {
    let fail = |offset, what: String, hint: &str| {
        let (line, column) = position(text, offset);
        Err(ReadError { line, column, what, hint: hint.to_owned() })
    };
    if text.len() > MOST_BYTES {
        return fail(
            0,
            format!("The file has {} bytes.", text.len()),
            "A flow file has at most 32 MiB; keep large data in files of its own.",
        );
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return Err(from_json(&error, "Correct the JSON at this place."));
    }
    let schema = match scan::scan(text) {
        Ok(found) => found,
        Err(Finding { offset, what, hint }) => return fail(offset, what, hint),
    };
    match schema {
        None => {
            return fail(
                0,
                "The property \"schema\" is missing.".to_owned(),
                "A flow begins with \"schema\": \"assent.flow/1\".",
            );
        }
        Some((_, schema)) if schema == format!("\"{}\"", crate::SCHEMA) => {}
        Some((offset, schema)) => {
            let version =
                schema.strip_prefix("\"assent.flow/").and_then(|rest| rest.strip_suffix('"')).and_then(|n| n.parse::<u64>().ok());
            return match version {
                Some(version) if version > 1 => fail(
                    offset,
                    format!("This flow has document version {version}; this program knows version 1."),
                    "Open it with a newer Assent.",
                ),
                _ => fail(offset, "This is not a flow's schema.".to_owned(), "A flow has \"schema\": \"assent.flow/1\"."),
            };
        }
    }
    serde_json::from_str(text).map_err(|error| from_json(&error, "See flows/flow.schema.json for the shape of a flow."))
}

/// Reads a flow from a file's bytes, which must be UTF-8. A byte order mark is passed over.
pub fn read_bytes(bytes: &[u8]) -> Result<Flow, ReadError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let (line, column) = position(&before, before.len());
            let (what, hint) = ("The file is not UTF-8 text.".to_owned(), "Save it as UTF-8.".to_owned());
            Err(ReadError { line, column, what, hint })
        }
    }
}

/// A flow without its layout, in the order of its file.
#[derive(Serialize)]
struct Logic<'a> {
    schema: &'a str,
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "is_usual")]
    defaults: &'a Defaults,
    nodes: Vec<Node>,
    edges: &'a [Edge],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
}

fn is_usual(defaults: &&Defaults) -> bool {
    **defaults == Defaults::default()
}

impl<'a> Logic<'a> {
    fn of(flow: &'a Flow) -> Self {
        let Flow { schema, id, name, description, defaults, nodes, edges, frames, layout: _, tags } = flow;
        let mut nodes: Vec<_> = nodes.iter().map(|node| Node { config: sorted(&node.config), ..node.clone() }).collect();
        let mut frames: Vec<_> = frames.iter().map(|frame| Frame { config: sorted(&frame.config), ..frame.clone() }).collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        frames.sort_by(|a, b| a.id.cmp(&b.id));
        Self { schema, id, name, description, tags, defaults, nodes, edges, frames }
    }
}

/// The same value with every object's keys in order, even where a crate turns on `serde_json/preserve_order`.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        simple => simple.clone(),
    }
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("a flow has string keys and no other reason to fail")
}

fn layout(layout: &Layout) -> String {
    let nodes = layout.nodes.iter().map(|(id, at)| format!("      {}: {{ \"x\": {}, \"y\": {} }}", quoted(id), at.x, at.y));
    let frames = layout.frames.iter().map(|(id, at)| {
        let (id, crate::Rect { x, y, width, height }) = (quoted(id), at);
        format!("      {id}: {{ \"x\": {x}, \"y\": {y}, \"width\": {width}, \"height\": {height} }}")
    });
    let section =
        |name, lines: Vec<String>| (!lines.is_empty()).then(|| format!("    \"{name}\": {{\n{}\n    }}", lines.join(",\n")));
    let sections = [section("nodes", nodes.collect()), section("frames", frames.collect())];
    sections.into_iter().flatten().collect::<Vec<_>>().join(",\n")
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Line and column, from 1, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn from_json(error: &serde_json::Error, hint: &str) -> ReadError {
    let mut what = error.to_string();
    if let Some(place) = what.rfind(" at line ") {
        what.truncate(place);
    }
    let what = match error.classify() {
        serde_json::error::Category::Eof => "The file ends too early.".to_owned(),
        serde_json::error::Category::Syntax => format!("This is not JSON: {what}."),
        _ => {
            let mut letters = what.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".").unwrap_or_default()
        }
    };
    ReadError { line: error.line().max(1), column: error.column().max(1), what, hint: hint.to_owned() }
}
