//! What holds for every kind.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use engine::{Nodes, Step};
use flow::{Catalog, Effect, Flow, Node, Value};
use nodes::{BuiltIn, Services};
use serde_json::json;

fn kinds() -> BuiltIn {
    BuiltIn::new(Services::unavailable())
}

/// A config of each kind that makes sense, and its effect.
fn samples() -> Vec<(&'static str, Value, Effect)> {
    vec![
        ("address-book", json!({}), Effect::Read),
        ("approval", json!({"question": "Well, {{ value }}?"}), Effect::Pure),
        ("branch", json!({"condition": "value > 1"}), Effect::Pure),
        ("code", json!({"source": "return {value: 1};"}), Effect::Pure),
        ("delay", json!({"ms": 5}), Effect::Pure),
        ("extract", json!({"format": "csv", "columns": [{"name": "price", "type": "number"}]}), Effect::Pure),
        ("fallback", json!({}), Effect::Pure),
        ("for-each", json!({"parallel": 2, "on_failure": "collect"}), Effect::Pure),
        ("http", json!({"method": "POST", "url": "https://example.com"}), Effect::Write),
        ("input", json!({"ports": [{"name": "a"}]}), Effect::Pure),
        ("log", json!({"text": "{{ value }}"}), Effect::Pure),
        ("merge", json!({}), Effect::Pure),
        ("note", json!({"text": "Read me."}), Effect::Pure),
        ("output", json!({"ports": [{"name": "a"}]}), Effect::Pure),
        ("parse-intent", json!({}), Effect::Read),
        ("pay", json!({}), Effect::Spend),
        ("race", json!({}), Effect::Pure),
        ("read-file", json!({"folder": "/data", "name": "a.csv"}), Effect::Read),
        ("repeat", json!({"until": "result.ready == true && round > 1 && value != 3"}), Effect::Pure),
        ("risk-score", json!({}), Effect::Read),
        ("set", json!({"fields": {"a": {"cel": "1"}}}), Effect::Pure),
        ("sub-flow", json!({"flow": "hello"}), Effect::Pure),
        ("template", json!({"text": ""}), Effect::Pure),
        ("threshold", json!({"least": 2}), Effect::Pure),
        ("transcribe", json!({}), Effect::Pure),
        ("try", json!({}), Effect::Pure),
        ("write-file", json!({"folder": "/data", "replace": true}), Effect::Write),
    ]
}

/// A flow of one node, or of one frame with nothing in it.
fn flow_of(kind: &str, config: &Value) -> Flow {
    let is_frame = kinds().kind(kind).is_some_and(|kind| kind.inner.is_some());
    let (nodes, frames) = match is_frame {
        true => (json!([]), json!([{"id": "a", "kind": kind, "members": [], "config": config}])),
        false => (json!([node_of(kind, config)]), json!([])),
    };
    serde_json::from_value(json!({"schema": "assent.flow/1", "id": "one", "name": "One", "nodes": nodes, "frames": frames}))
        .unwrap()
}

fn node_of(kind: &str, config: &Value) -> Node {
    serde_json::from_value(json!({"id": "a", "kind": kind, "config": config})).unwrap()
}

/// The problems in one node, but for inputs that lack a wire.
fn problems(kind: &str, config: &Value) -> Vec<String> {
    let other = || Arc::new(flow_of("note", &json!({"text": ""})));
    let found = flow::check(&flow_of(kind, config), &kinds(), &|_| Some(other()));
    found.into_iter().filter(|p| p.code != "MISSING_INPUT").map(|p| format!("{} {}", p.code, p.place)).collect()
}

#[test]
fn all_are_there_with_their_effects() {
    let kinds = kinds();
    let samples = samples();
    assert_eq!(
        kinds.kinds().iter().map(|kind| kind.name).collect::<Vec<_>>(),
        samples.iter().map(|(name, ..)| *name).collect::<Vec<_>>()
    );
    for (name, config, effect) in &samples {
        let kind = kinds.kind(name).unwrap();
        assert_eq!((kind.effect)(config), *effect, "{name}");
        assert_eq!(problems(name, config), Vec::<String>::new(), "{name}");
        let node = node_of(name, config);
        let step = kinds.build(&node).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        // What touches the world goes through `Act`, and so through the gate.
        assert!(*effect == Effect::Pure || matches!(step, Step::Act(_)), "{name}");
    }
    let http = kinds.kind("http").unwrap();
    for (config, effect) in [
        (json!({"url": "https://example.com"}), Effect::Read),
        (json!({"url": "https://example.com", "method": "HEAD"}), Effect::Read),
        (json!({"url": "https://example.com", "method": "DELETE"}), Effect::Write),
        (json!({"method": "GET"}), Effect::Write),
        (json!("what"), Effect::Write),
    ] {
        assert_eq!((http.effect)(&config), effect, "{config}");
    }
}

#[test]
fn every_field_is_described_and_no_other_is_taken() {
    fn look(kind: &str, schema: &Value) {
        let Some(object) = schema.as_object() else { return };
        if let Some(properties) = object.get("properties") {
            assert_eq!(object.get("additionalProperties"), Some(&json!(false)), "{kind}: {schema}");
            for (name, field) in properties.as_object().unwrap() {
                assert!(field.get("description").is_some(), "{kind}: {name} is not described");
            }
        }
        assert!(!object.contains_key("$ref"), "{kind}: formats must stand where their fields are");
        object.values().for_each(|inner| look(kind, inner));
        object.values().filter_map(Value::as_array).flatten().for_each(|inner| look(kind, inner));
    }
    for kind in kinds().kinds() {
        look(kind.name, &kind.config);
        let mut config = samples().into_iter().find(|(name, ..)| *name == kind.name).unwrap().1;
        config["surprise"] = json!(1);
        assert_eq!(problems(kind.name, &config), ["BAD_CONFIG a"], "{}", kind.name);
        assert!(kinds().build(&node_of(kind.name, &config)).is_err(), "{}", kind.name);
    }
}

#[test]
fn the_checks_find_what_stands_in_a_field() {
    let cases = [
        ("branch", json!({"condition": "nobody > 1"}), "BAD_EXPRESSION a /condition"),
        ("set", json!({"fields": {"a": {"cel": "1 +"}}}), "BAD_EXPRESSION a /fields/a/cel"),
        ("template", json!({"text": "{{ nobody }}"}), "BAD_TEMPLATE a /text"),
        ("repeat", json!({"until": "nobody > 1"}), "BAD_EXPRESSION a /until"),
        ("log", json!({"text": "{{"}), "BAD_TEMPLATE a /text"),
        ("approval", json!({"question": "{{ nobody }}"}), "BAD_TEMPLATE a /question"),
        ("approval", json!({"for": "nobody"}), "APPROVAL_TARGET a /for"),
        ("http", json!({"url": "{{ nobody }}"}), "BAD_TEMPLATE a /url"),
        ("http", json!({"url": "https://example.com", "method": "POST", "json": "nobody"}), "BAD_EXPRESSION a /json"),
        (
            "http",
            json!({"url": "https://example.com", "headers": [{"name": "A", "secret": "Not A Name"}]}),
            "SECRET_VALUE a /headers/0/secret",
        ),
        (
            "http",
            json!({"url": "https://example.com", "auth": {"type": "bearer", "secret": "Not A Name"}}),
            "SECRET_VALUE a /auth/secret",
        ),
        ("http", json!({"url": "https://example.com", "paging": {"by": "link", "most": 0}}), "BAD_CONFIG a /paging/most"),
        ("http", json!({"url": "https://example.com", "timeout_ms": 1}), "BAD_CONFIG a /timeout_ms"),
        ("code", json!({"source": "return {"}), "BAD_CODE a /source"),
        ("code", json!({"source": "", "outputs": []}), "BAD_CONFIG a /outputs"),
        ("code", json!({"source": "", "memory_mib": 512}), "BAD_CONFIG a /memory_mib"),
        ("extract", json!({"format": "docx"}), "BAD_CONFIG a /format"),
        ("extract", json!({"format": "csv", "delimiter": "\""}), "BAD_CONFIG a /delimiter"),
        ("delay", json!({"ms": -1}), "BAD_CONFIG a /ms"),
        ("delay", json!({}), "BAD_CONFIG a"),
        ("input", json!({"ports": [{"name": "Not a name"}]}), "BAD_CONFIG a /ports/0/name"),
        ("input", json!({"ports": [{"name": "a", "type": "list<thing>"}]}), "BAD_CONFIG a /ports/0/type"),
        ("merge", json!({"mode": "last"}), "BAD_CONFIG a /mode"),
        ("parse-intent", json!({"default_asset": "DOGE"}), "BAD_CONFIG a /default_asset"),
        ("pay", json!({"rail": "carrier pigeon"}), "BAD_CONFIG a /rail"),
    ];
    for (kind, config, expected) in cases {
        assert_eq!(problems(kind, &config), [expected], "{kind} {config}");
    }
}

#[test]
fn no_config_makes_a_kind_panic() {
    let hostile = [
        json!(null),
        json!([]),
        json!("x"),
        json!({"ports": 5}),
        json!({"fields": {"": {}}}),
        json!({"for": [], "url": {}, "ms": 1e300}),
    ];
    for kind in kinds().kinds() {
        for config in &hostile {
            (kind.ports)(config);
            (kind.effect)(config);
            (kind.check)(config);
            problems(kind.name, config);
            let node = node_of(kind.name, config);
            assert!(kinds().build(&node).is_err(), "{} {config}", kind.name);
        }
    }
    assert_eq!(kinds().build(&node_of("nothing", &json!({}))).err().unwrap()[0].code, "UNKNOWN_KIND");
}
