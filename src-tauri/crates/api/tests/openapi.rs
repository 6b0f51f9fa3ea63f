//! The published OpenAPI document, and what it says.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

#[test]
fn the_published_document_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/openapi.json");
    let published: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let same = published == api::openapi();
    assert!(same, "ui/openapi.json is out of date; run: cargo run -q -p api --example openapi > ui/openapi.json");
}

#[test]
fn what_is_referred_to_is_there() {
    fn refs<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| refs(item, found)),
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| refs(field, found));
            }
            _ => {}
        }
    }
    let document = api::openapi();
    let mut found = Vec::new();
    refs(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    let missing: Vec<_> = found.into_iter().filter(|at| document.pointer(at.trim_start_matches('#')).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_command_that_a_page_may_call_has_its_path() {
    let document = api::openapi();
    for entry in api::REGISTRY {
        let path = document["paths"].get(format!("/api/{}", entry.name));
        let is_offered = entry.surfaces.iter().any(|surface| *surface != api::Surface::Terminal);
        assert_eq!(path.is_some(), is_offered, "{}", entry.name);
    }
}
