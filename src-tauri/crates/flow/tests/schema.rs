//! The published JSON Schema.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

#[test]
fn the_published_schema_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../flows/flow.schema.json");
    let published = std::fs::read_to_string(path).unwrap_or_default();
    let generated = format!("{}\n", serde_json::to_string_pretty(&flow::json_schema()).unwrap());
    assert!(
        published.replace("\r\n", "\n") == generated,
        "flows/flow.schema.json is out of date; run: cargo run -q -p flow --example schema > flows/flow.schema.json"
    );
}

#[test]
fn it_takes_flows_and_refuses_others() {
    let schema = jsonschema::validator_for(&flow::json_schema()).unwrap();
    let hello = json!({
        "schema": "assent.flow/1", "id": "hello", "name": "Hello",
        "nodes": [{"id": "a", "kind": "text", "version": 1, "join": {"n": 2}, "retry": {"attempts": 3}}],
        "edges": [{"from": "a.out", "to": "b.in"}],
        "frames": [{"id": "g", "kind": "group", "members": ["a"]}],
        "layout": {"nodes": {"a": {"x": 1, "y": -2}}}
    });
    assert!(schema.is_valid(&hello));
    assert!(flow::read(&hello.to_string()).is_ok());
    let with = |pointer: &str, value: Value| {
        let mut flow = hello.clone();
        *flow.pointer_mut(pointer).unwrap() = value;
        flow
    };
    for wrong in [
        with("/schema", json!("assent.flow/2")),
        with("/nodes/0", json!({"id": "a"})),
        with("/nodes/0", json!({"id": "a", "kind": "text", "colour": "red"})),
        with("/nodes/0/join", json!("most")),
        with("/edges/0/from", json!("a")),
        with("/frames/0/kind", json!("circle")),
        with("/layout/nodes/a/x", json!(0.5)),
    ] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
        assert!(flow::read(&wrong.to_string()).is_err(), "{wrong}");
    }
}
