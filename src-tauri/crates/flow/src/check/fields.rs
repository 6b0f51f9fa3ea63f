//! The fields of a config whose schema gives them one of the formats that the checks read.

use std::{borrow::Cow, collections::HashSet};

use crate::Value;

/// The formats that the checks read; see [`Kind`](crate::Kind).
const FORMATS: [&str; 6] = ["cel", "template", "secret", "flow", "node", "money"];

/// How far a schema and a config are followed together, references included.
const MOST_STEPS: usize = 64;

/// A value in a config with its format.
pub(super) struct Field<'a> {
    /// The JSON pointer to it.
    pub(super) pointer: String,
    pub(super) format: &'a str,
    pub(super) value: &'a Value,
}

/// Every such field of a config.
pub(super) fn find<'a>(schema: &'a Value, config: &'a Value) -> Vec<Field<'a>> {
    let mut found = Found { root: schema, fields: Vec::new(), seen: HashSet::new() };
    found.follow(schema, config, &mut String::new(), 0);
    found.fields
}

struct Found<'a> {
    root: &'a Value,
    fields: Vec<Field<'a>>,
    /// Where which format was found: branches of a choice may say the same.
    seen: HashSet<(String, &'a str)>,
}

impl<'a> Found<'a> {
    fn follow(&mut self, schema: &'a Value, value: &'a Value, pointer: &mut String, steps: usize) {
        let Some(keywords) = schema.as_object().filter(|_| steps < MOST_STEPS) else { return };
        let format = keywords.get("format").and_then(Value::as_str).filter(|format| FORMATS.contains(format));
        if let Some(format) = format
            && !value.is_null()
            && self.seen.insert((pointer.clone(), format))
        {
            self.fields.push(Field { pointer: pointer.clone(), format, value });
        }
        if let Some(target) = target(self.root, schema) {
            self.follow(target, value, pointer, steps + 1);
        }
        let branches = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| keywords.get(keyword)?.as_array()).flatten();
        for branch in branches.filter(|branch| may_hold(self.root, branch, value)) {
            self.follow(branch, value, pointer, steps + 1);
        }
        match value {
            Value::Object(object) => {
                let properties = keywords.get("properties").and_then(Value::as_object);
                for (key, value) in object {
                    if let Some(schema) =
                        properties.and_then(|known| known.get(key)).or_else(|| keywords.get("additionalProperties"))
                    {
                        self.descend(schema, key, value, pointer, steps);
                    }
                }
            }
            Value::Array(items) => {
                let first = keywords.get("prefixItems").and_then(Value::as_array);
                for (index, value) in items.iter().enumerate() {
                    if let Some(schema) = first.and_then(|first| first.get(index)).or_else(|| keywords.get("items")) {
                        self.descend(schema, &index.to_string(), value, pointer, steps);
                    }
                }
            }
            _ => {}
        }
    }

    fn descend(&mut self, schema: &'a Value, key: &str, value: &'a Value, pointer: &mut String, steps: usize) {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&escaped(key));
        self.follow(schema, value, pointer, steps + 1);
        pointer.truncate(length);
    }
}

/// What a schema's `$ref` means, within the same document.
fn target<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// Whether a branch of a choice may be the one meant: its type fits, what it needs is there, and its constants are.
fn may_hold<'a>(root: &'a Value, branch: &'a Value, value: &Value) -> bool {
    let branch =
        branch.get("$ref").and_then(Value::as_str).and_then(|target| root.pointer(target.strip_prefix('#')?)).unwrap_or(branch);
    let ty = branch.get("type").and_then(Value::as_str);
    let is_type = match ty {
        Some("string") => value.is_string(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("number" | "integer") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => true,
    };
    let required = branch.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let has_all = required.into_iter().all(|key| value.get(key).is_some());
    let properties = branch.get("properties").and_then(Value::as_object).into_iter().flatten();
    let same_constants = properties.into_iter().all(|(key, schema)| match (schema.get("const"), value.get(key)) {
        (Some(constant), Some(value)) => constant == value,
        _ => true,
    });
    is_type && has_all && same_constants
}

/// A key as a part of a JSON pointer.
pub(super) fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(key) }
}
