//! The registry is complete, and a change of it is seen.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use api::{ErrorCode, Exit, FEEDS, REGISTRY};
use schemars::SchemaGenerator;
use serde_json::Value;

#[test]
fn the_list_of_commands() {
    let rows = REGISTRY.iter().map(|entry| {
        let word = |value: Value| value.as_str().unwrap().to_owned();
        let (right, needs) = (serde_json::to_value(entry.right).unwrap(), serde_json::to_value(entry.needs).unwrap());
        format!("{:<16} {:<8} {:<19} {}", entry.name, word(right), word(needs), entry.summary())
    });
    insta::assert_snapshot!(
        rows.chain(FEEDS.iter().map(|feed| format!("{:<16} follows", feed.name))).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn every_command_has_a_name_a_verb_a_summary_and_schemas() {
    let mut names = BTreeSet::new();
    for entry in REGISTRY {
        assert!(names.insert(entry.name), "{} is there twice", entry.name);
        assert!((1..=2).contains(&entry.verb().count()) && entry.verb().all(|word| !word.is_empty()), "{}", entry.name);
        let summary = entry.summary();
        assert!(summary.chars().next().is_some_and(char::is_uppercase) && !summary.ends_with('.'), "{}: {summary}", entry.name);
        let mut generator = SchemaGenerator::default();
        let (request, response) = ((entry.request)(&mut generator), (entry.response)(&mut generator));
        let definitions = generator.take_definitions(true);
        for schema in [request, response] {
            let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_else(|| panic!("{}: {schema:?}", entry.name));
            let definition = &definitions[reference.rsplit('/').next().unwrap()];
            assert!(definition["description"].is_string() && definition["type"] == "object", "{}: {definition}", entry.name);
            for (name, property) in definition["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{}.{name} says nothing of itself", entry.name);
            }
        }
        (entry.args)(clap::Command::new(entry.name)).debug_assert();
    }
    assert!(FEEDS.iter().all(|feed| names.insert(feed.name)));
}

#[test]
fn exit_codes_and_error_codes_are_complete() {
    let numbers: BTreeSet<_> = Exit::TABLE.iter().map(|(exit, _)| exit.number()).collect();
    assert_eq!(numbers.len(), Exit::TABLE.len());
    for code in ErrorCode::ALL {
        let exit = Exit::from(&api::ApiError::new(*code, "what happened", "what to do"));
        assert!(exit != Exit::Ok && Exit::TABLE.iter().any(|(listed, _)| *listed == exit), "{code}");
        assert!(code.to_string().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
    }
}
