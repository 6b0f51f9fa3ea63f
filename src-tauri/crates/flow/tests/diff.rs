//! What changed between two versions.
#![allow(clippy::unwrap_used)]

mod common;

use common::{any_flow, flow, node, wire, with};
use flow::{Flow, FlowDiff, Frame, FrameKind, Position, Retry, logic_digest};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn every_kind_of_change_has_its_line() {
    let frame = |id: &str, members: &[&str]| Frame {
        id: id.to_owned(),
        kind: FrameKind::Group,
        name: String::new(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        config: json!({}),
    };
    let mut before = flow(
        vec![
            with("a", "http", json!({"url": "x", "headers": {"a/b": "1"}, "list": [1, 2]})),
            node("gone", "text"),
            node("same", "text"),
            node("other", "text"),
        ],
        vec![wire("a.out", "list.items"), wire("same.out", "list.items"), wire("gone.out", "a.body")],
    );
    before.frames = vec![frame("f", &["a"]), frame("old", &[])];
    before.layout.nodes = [("a".to_owned(), Position { x: 0, y: 0 }), ("same".to_owned(), Position { x: 1, y: 1 })].into();
    let mut after: Flow = before.clone();
    after.name = "New".to_owned();
    after.defaults.parallel = 4;
    after.nodes.remove(1);
    after.nodes.push(node("new", "text"));
    after.nodes[0].config = json!({"url": "y", "headers": {"a/b": "2", "c": null}, "list": [1, 2, 3]});
    after.nodes[0].retry = Some(Retry { attempts: 2, backoff: flow::Backoff::default() });
    after.nodes[2].kind = "print".to_owned();
    after.edges = vec![wire("same.out", "list.items"), wire("a.out", "list.items"), wire("new.out", "a.body")];
    after.frames = vec![frame("f", &["a", "same"]), frame("new-frame", &[])];
    after.layout.nodes.insert("a".to_owned(), Position { x: 9, y: 0 });
    let diff = FlowDiff::between(&before, &after);
    insta::assert_snapshot!(diff.to_string());
    let text = serde_json::to_string(&diff).unwrap();
    assert_eq!(serde_json::from_str::<FlowDiff>(&text).unwrap(), diff);
}

#[test]
fn layout_is_apart() {
    let before = flow(vec![node("a", "text")], vec![]);
    let mut after = before.clone();
    after.layout.nodes.insert("a".to_owned(), Position { x: 1, y: 1 });
    let diff = FlowDiff::between(&before, &after);
    assert!(diff.is_same_logic() && diff.layout_changed && diff.moved.is_empty());
    assert_eq!(diff.to_string(), "  layout changed\n");
    assert_eq!(FlowDiff::between(&before, &before).to_string(), "");
}

proptest! {
    #[test]
    fn no_change_is_missed(before in any_flow(), after in any_flow()) {
        prop_assert_eq!(FlowDiff::between(&before, &before), FlowDiff::default());
        let diff = FlowDiff::between(&before, &after);
        if logic_digest(&before) == logic_digest(&after) {
            prop_assert!(diff.is_same_logic());
        } else {
            prop_assert!(!diff.to_string().is_empty());
        }
        let back: FlowDiff = serde_json::from_str(&serde_json::to_string(&diff).unwrap()).unwrap();
        prop_assert_eq!(back, diff);
    }
}
