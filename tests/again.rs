//! Runs gone through once more: tests of flows and rehearsals on paper, and new runs that go on from a step.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use support::workspace::Workspace;

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(path)
}

fn last_run(workspace: &Workspace) -> String {
    workspace.json(["runs"])["runs"][0]["run"].as_str().unwrap().to_owned()
}

/// `in.amount` → a payment of it to Alice, after `double` computed a note; then `after` computes.
fn paying(folder: &Path, note: &str) -> PathBuf {
    let flow = json!({
        "schema": "assent.flow/1", "id": "paying", "name": "Paying",
        "nodes": [
            { "id": "in", "kind": "input", "config": { "ports": [{ "name": "words", "type": "text" }] } },
            { "id": "note", "kind": "template", "config": { "text": note } },
            { "id": "pay", "kind": "pay" },
            { "id": "understand", "kind": "parse-intent" },
            { "id": "out", "kind": "output", "config": { "ports": [{ "name": "receipt", "type": "receipt" }, { "name": "note", "type": "text" }] } }
        ],
        "edges": [
            { "from": "in.words", "to": "understand.text" }, { "from": "in.words", "to": "note.value" },
            { "from": "understand.intent", "to": "pay.intent" }, { "from": "pay.receipt", "to": "out.receipt" }, { "from": "note.text", "to": "out.note" }
        ]
    });
    let file = folder.join(format!("paying-{}.flow.json", note.len()));
    fs::write(&file, flow.to_string()).unwrap();
    file
}

#[test]
fn every_flow_that_ships_has_cases_and_they_hold() {
    let flows: Vec<_> = fs::read_dir(shipped(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(".flow.json"))
        .collect();
    assert!(flows.len() >= 2);
    let workspace = Workspace::new();
    let args: Vec<&str> = std::iter::once("test").chain(flows.iter().map(|flow| flow.to_str().unwrap())).collect();
    let done = workspace.run(args).expect(0);
    assert!(done.stdout.contains(" 0 failed"), "{}", done.stdout);
}

#[test]
fn a_case_that_does_not_hold_says_where() {
    let workspace = Workspace::new();
    let folder = tempfile::tempdir().unwrap();
    let flow = paying(folder.path(), "Said: {{ value }}");
    let cases = |cases: Value| {
        let file = flow.to_str().unwrap().replace(".flow.json", ".test.json");
        fs::write(file, json!({ "cases": cases }).to_string()).unwrap();
        workspace.run(["test", flow.to_str().unwrap()])
    };
    let intent = json!({ "intent": { "action": "pay" } });
    let wrong = cases(json!([
        { "name": "stops", "inputs": { "words": "x" }, "expect": {} },
        { "name": "differs", "inputs": { "words": "x" },
          "steps": { "understand": { "gives": intent }, "pay": { "fails": { "code": "DOWN" } }, "note": { "gives": {} } },
          "expect": { "ending": "completed", "outputs": { "note": "Said: y" }, "skipped": ["note"] } },
    ]))
    .expect(1);
    for part in [
        "the run stops at understand",
        "the case says what note gives",
        "it ended as failed, not as completed",
        "pay failed: DOWN",
        "the output note is nothing, not Said: y",
        "note is done, and was to be skipped",
        "2 cases, 2 failed",
    ] {
        assert!(wrong.stdout.contains(part), "{part}\n{}", wrong.stdout);
    }
    let refused = workspace.run(["test", shipped("nothing.flow.json").to_str().unwrap()]).expect(2);
    assert!(refused.stderr.contains("nothing.flow.json"), "{refused:?}");
    let unreadable = cases(json!([{ "name": "x", "expekt": {} }])).expect(2);
    assert!(unreadable.stderr.contains("expekt"), "{unreadable:?}");
}

/// What a payment costs is known from its intent, whatever the case says it gives.
#[test]
fn a_case_may_say_what_a_flow_may_cost() {
    let workspace = Workspace::new();
    let folder = tempfile::tempdir().unwrap();
    let flow = folder.path().join("voice-payment.flow.json");
    fs::copy(shipped("voice-payment.flow.json"), &flow).unwrap();
    let cases = fs::read_to_string(shipped("voice-payment.test.json")).unwrap().replace("25.00 USD", "24.99 USD");
    fs::write(folder.path().join("voice-payment.test.json"), cases).unwrap();
    let done = workspace.run(["test", flow.to_str().unwrap()]).expect(1);
    assert!(done.stdout.contains("it costs 25.00 USD, and may cost 24.99 USD"), "{}", done.stdout);
}

#[test]
fn a_payment_is_rehearsed_on_paper_and_done_again_only_when_asked_to() {
    let workspace = Workspace::new();
    let folder = tempfile::tempdir().unwrap();
    workspace.with_alice();
    workspace.ok(["account", "open", "operations", "--asset", "USD"]);
    workspace.ok(["account", "fund", "operations", "500.00"]);
    let flow = paying(folder.path(), "Said: {{ value }}");
    let changed = paying(folder.path(), "It was said: {{ value }}");
    workspace.run(["run", flow.to_str().unwrap(), "--input", "words=Send 5 dollars to Alice"]).expect(0);
    let run = last_run(&workspace);

    // On paper: the note is computed anew, the payment gives what it gave.
    let paper = workspace.run(["rehearse", &run, changed.to_str().unwrap(), "--json"]).expect(1);
    let paper: Value = serde_json::from_str(&paper.stdout).unwrap();
    let what: Vec<_> =
        paper["steps"].as_array().unwrap().iter().map(|s| (s["path"].as_str().unwrap(), s["what"].as_str().unwrap())).collect();
    assert!(what.contains(&("note", "changed")) && what.contains(&("pay", "same")), "{what:?}");
    assert_eq!(paper["ending"]["outputs"]["note"], "It was said: Send 5 dollars to Alice");
    assert_eq!(workspace.json(["runs"])["runs"].as_array().unwrap().len(), 1);
    assert_eq!(workspace.balances()["operations"], 49_500);

    // From the note on: the payment is copied, with its receipt, and not done again.
    workspace.run(["rerun", &run, "--from", "note", "--flow", changed.to_str().unwrap()]).expect(0);
    assert_eq!(workspace.balances()["operations"], 49_500);
    let second = last_run(&workspace);
    assert_ne!(second, run);
    workspace.ok(["verify", &second]);
    // From the payment on: a new payment, under a key of its own.
    workspace.run(["rerun", &run, "--from", "pay"]).expect(0);
    assert_eq!(workspace.balances()["operations"], 49_000);

    // On a value set by hand no payment rests unless a person says yes, and nobody is there.
    let out = workspace.run(["rerun", &run, "--from", "pay", "--set", "note.text=\"by hand\""]).expect(3);
    assert!(out.stdout.contains("set by hand"), "{}", out.stdout);
    assert_eq!(workspace.balances()["operations"], 49_000);
    workspace.run(["rerun", &run, "--from", "nowhere"]).expect(4);
    workspace.run(["rerun", &run, "--from", "pay", "--set", "note"]).expect(2);
    workspace.verify();
}
