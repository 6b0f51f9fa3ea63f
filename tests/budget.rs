//! One budget, many at once; and made-up words, payees and verdicts on wires (what always holds: 1, 3, 4, 9).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::{
    flow::{FlowText, SHOP, written_payment},
    workspace::{self, PATIENCE, Workspace},
};

#[test]
fn runs_at_once_never_spend_more_than_the_day_allows() {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.with_money("5000.00");
    let flow = workspace.file("pay.flow.json", written_payment().text());
    // Below 50.00 nobody is asked; ten of these fit under the usual cap of 500.00, and the eleventh does not.
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let mut command = workspace.assent(["--json", "run", "--input", "words=Send 49.99 dollars to Alice"]);
            workspace::start(command.arg(&flow))
        })
        .collect();
    let done: Vec<_> = clients.into_iter().map(|client| workspace::wait(client, PATIENCE)).collect();
    for done in done.iter().filter(|done| done.code != Some(0)) {
        assert_eq!(done.code, Some(3), "{done:?}");
        assert_eq!(failure(&done.lines()), "DAILY_CAP");
    }
    assert_eq!(done.iter().filter(|done| done.code == Some(0)).count(), 10);
    assert_eq!(workspace.balances()[SHOP], 500_000 - 49_990);
    assert_eq!(transfers(&workspace).len(), 10);
    // What is left of the day, one cent, can still be spent, and no more.
    let pay = |words: &str| workspace.run(["run", flow.to_str().unwrap(), "--input", &format!("words=Send {words} to Alice")]);
    pay("11 cents").expect(3);
    pay("10 cents").expect(0);
    pay("one cent").expect(3);
    assert_eq!(workspace.balances()[SHOP], 500_000 - 50_000);
    workspace.verify();
}

/// A flow that takes intent and verdict as somebody made them up.
fn forged() -> FlowText {
    FlowText::new("forged")
        .inputs(&[("intent", "intent"), ("verdict", "verdict")])
        .node("pay", "pay", json!({"account": SHOP}))
        .edge("input.intent", "pay.intent")
        .edge("input.verdict", "pay.approval")
        .outputs(&[("receipt", "receipt", "pay.receipt")])
}

/// An intent as the grammar writes it, for somebody in the address book.
fn intent(payee: &str, name: &str, minor: &str) -> Value {
    let slot = |value: Value| json!({"value": value, "span": {"start": 0, "end": 0}, "confidence": 1.0});
    json!({
        "intent": {
            "action": "pay",
            "amount": slot(json!({"minor": minor, "asset": "USD"})),
            "payee": slot(json!({"id": payee, "name": name})),
            "purpose": null,
        },
        "text": "Send 20 dollars to Alice",
        "confidence_milli": 1000,
        "spoken": false,
    })
}

/// A verdict that says yes to everything.
fn yes() -> Value {
    json!({"answer": "approved", "verdict": {"outcome": "allow", "code": "OK", "reason": "Fine.", "lines": [], "policy": 1}})
}

#[test]
fn a_made_up_payee_or_verdict_moves_nothing() {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.with_money("1000.00");
    let flow = workspace.file("forged.flow.json", forged().text());
    let run = |intent: Value, verdict: Value| {
        let (intent, verdict) = (format!("intent={intent}"), format!("verdict={verdict}"));
        workspace.run(["--json", "run", flow.to_str().unwrap(), "--input", &intent, "--input", &verdict])
    };

    let refused = [
        (intent("mallory", "Alice", "2000"), "UNKNOWN_PAYEE"),
        (intent("", "Alice", "2000"), "UNKNOWN_PAYEE"),
        // Alice's ledger account is no payee's id.
        (intent("alice/USD", "Alice", "2000"), "UNKNOWN_PAYEE"),
        // Nobody is there to ask, and the verdict on the wire is nobody.
        (intent("alice", "Alice", "5000"), "CONSENT_DENIED"),
        (intent("alice", "Alice", "50001"), "MAX_TX"),
        (intent("alice", "Alice", "170141183460469231731687303715884105727"), "MAX_TX"),
    ];
    for (intent, code) in refused {
        let done = run(intent.clone(), yes()).expect(3);
        assert_eq!(failure(&done.lines()), code, "{intent}");
    }
    let mut with_address = intent("alice", "Alice", "2000");
    with_address["address"] = json!("mallory");
    let mut in_the_payee = intent("alice", "Alice", "2000");
    in_the_payee["intent"]["payee"]["value"]["address"] = json!("mallory");
    let not_intents = [
        with_address,
        in_the_payee,
        intent("alice", "Alice", "0"),
        intent("alice", "Alice", "-2000"),
        intent("alice", "Alice", "2e3"),
        intent("alice", "Alice", "170141183460469231731687303715884105728"),
        yes(),
    ];
    for intent in not_intents {
        let done = run(intent.clone(), yes()).expect(1);
        assert_eq!(failure(&done.lines()), "BAD_INTENT", "{intent}");
    }
    assert_eq!(workspace.balances()[SHOP], 100_000);
    assert!(transfers(&workspace).is_empty());

    // A forged name goes nowhere: the payment goes where the address book says, after the gate.
    let done = run(intent("alice", "Mallory", "2000"), yes()).expect(0);
    let receipt = receipt(&done.lines());
    let pay = &receipt["request"]["action"];
    assert_eq!(
        (&pay["payee"], &pay["payee_name"], &pay["address"]),
        (&json!("alice"), &json!("Alice"), &json!("alice")),
        "{pay}"
    );
    assert_eq!(receipt["verdict"]["outcome"], "allow");
    assert!(!receipt["verdict"]["lines"].as_array().unwrap().is_empty());
    assert_eq!(transfers(&workspace).len(), 1);
    assert!(transfers(&workspace)[0]["to"].as_str().unwrap().starts_with("alice"));
    // A verdict that says no is information too: the gate says yes, and so it goes through.
    let no =
        json!({"answer": "rejected", "verdict": {"outcome": "deny", "code": "FRAUD", "reason": "No.", "lines": [], "policy": 1}});
    run(intent("alice", "Alice", "1000"), no).expect(0);
    // With the switch off, no verdict on a wire helps.
    workspace.ok(["payments", "off"]);
    let done = run(intent("alice", "Alice", "1000"), yes()).expect(3);
    assert_eq!(failure(&done.lines()), "PAUSED");
    assert_eq!(workspace.balances()[SHOP], 100_000 - 3_000);
    workspace.verify();
}

/// The code of the failure that ended a run.
fn failure(lines: &[Value]) -> String {
    let ended = lines.last().unwrap();
    ended["event"]["failure"][1]["code"].as_str().unwrap_or_else(|| panic!("{ended}")).to_owned()
}

fn receipt(lines: &[Value]) -> Value {
    lines.last().unwrap()["event"]["outputs"]["receipt"].clone()
}

/// What was paid, the newest first.
fn transfers(workspace: &Workspace) -> Vec<Value> {
    let transfers = workspace.json(["ledger", "transfers"])["transfers"].take();
    transfers.as_array().unwrap().iter().filter(|transfer| transfer["from"] == SHOP).cloned().collect()
}
