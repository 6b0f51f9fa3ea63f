//! The OpenAPI document of everything that a page can call and follow.

use std::collections::BTreeSet;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{ApiError, FEEDS, REGISTRY, Right, Surface};

const SCHEMAS: &str = "/components/schemas";

/// The OpenAPI 3.1 document: one path for each command that is offered to a page, and the schema `Feeds` with what can be followed over
/// `/api/stream`. A type that is written otherwise than it is read has a second schema, whose name ends with `Given`.
pub fn openapi() -> Value {
    let settings = || SchemaSettings::draft2020_12().with(|s| s.definitions_path = SCHEMAS.into());
    let mut given = settings().into_generator();
    let mut told = settings().for_serialize().into_generator();
    let error = told.subschema_for::<ApiError>();
    told.subschema_for::<Right>();
    told.subschema_for::<Surface>();
    let mut paths = Map::new();
    for entry in REGISTRY.iter().filter(|entry| is_offered(entry.surfaces)) {
        let (request, response) = ((entry.request)(&mut given), (entry.response)(&mut told));
        let answer =
            |what: &str, schema: &Schema| json!({ "description": what, "content": { "application/json": { "schema": schema } } });
        let call = json!({
            "operationId": entry.name,
            "summary": entry.summary(),
            "x-right": entry.right,
            "x-surfaces": entry.surfaces,
            "requestBody": { "required": true, "content": { "application/json": { "schema": mark(&request) } } },
            "responses": { "200": answer("What it answers.", &response), "default": answer("Why it failed.", &error) },
        });
        paths.insert(format!("/api/{}", entry.name), json!({ "post": call }));
    }
    let mut feeds = Map::new();
    for feed in FEEDS.iter().filter(|feed| is_offered(feed.surfaces)) {
        let (request, item) = ((feed.request)(&mut given), (feed.item)(&mut told));
        let both = json!({
            "type": "object",
            "x-right": feed.right,
            "x-surfaces": feed.surfaces,
            "properties": { "request": mark(&request), "item": item },
            "required": ["request", "item"],
        });
        feeds.insert(feed.name.to_owned(), both);
    }
    let names: Vec<_> = feeds.keys().cloned().collect();
    let mut schemas = told.take_definitions(true);
    merge(&mut schemas, &mut given, &mut paths, &mut feeds);
    schemas.insert(
        "Feeds".to_owned(),
        json!({ "description": "What can be followed, by name.", "type": "object", "properties": feeds, "required": names }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Assent",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every command that a page can call, over loopback, with the token that `assent serve` prints.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn is_offered(surfaces: &[Surface]) -> bool {
    surfaces.contains(&Surface::Studio) || surfaces.contains(&Surface::Approvals)
}

/// References of requests carry a mark until it is known which of them differ from what is told.
const MARK: &str = "given:";

fn mark(schema: &Schema) -> Value {
    let mut value = schema.as_value().clone();
    rename(&mut value, &mut |name| format!("{MARK}{name}"));
    value
}

/// Brings both sets of definitions together: one that is the same on both sides stands once.
fn merge(
    told: &mut Map<String, Value>,
    given: &mut SchemaGenerator,
    paths: &mut Map<String, Value>,
    feeds: &mut Map<String, Value>,
) {
    let given = given.take_definitions(true);
    // A type differs where its own schema does, or that of one it refers to.
    let mut differ: BTreeSet<&String> =
        given.iter().filter(|(name, schema)| told.get(*name).is_some_and(|told| told != *schema)).map(|(name, _)| name).collect();
    loop {
        let refers = |schema: &Value| {
            let mut found = false;
            let mut copy = schema.clone();
            rename(&mut copy, &mut |name| {
                found |= differ.iter().any(|other| *other == name);
                name.to_owned()
            });
            found
        };
        let more: Vec<_> = given
            .iter()
            .filter(|(name, schema)| told.contains_key(*name) && !differ.contains(name) && refers(schema))
            .map(|(name, _)| name)
            .collect();
        if more.is_empty() {
            break;
        }
        differ.extend(more);
    }
    let differ: BTreeSet<String> = differ.into_iter().cloned().collect();
    let now = |name: &str| if differ.contains(name) { format!("{name}Given") } else { name.to_owned() };
    for (name, mut schema) in given {
        rename(&mut schema, &mut |name| now(name));
        told.entry(now(&name)).or_insert(schema);
    }
    let unmark = |name: &str| name.strip_prefix(MARK).map_or_else(|| name.to_owned(), now);
    paths.values_mut().chain(feeds.values_mut()).for_each(|value| rename(value, &mut |name| unmark(name)));
}

/// Gives the schemas that a value refers to other names.
fn rename(value: &mut Value, to: &mut dyn FnMut(&str) -> String) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, to)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(path) if key == "$ref" => {
                        if let Some(name) = path.strip_prefix("#/components/schemas/") {
                            *path = format!("#/components/schemas/{}", to(name));
                        }
                    }
                    other => rename(other, to),
                }
            }
        }
        _ => {}
    }
}
