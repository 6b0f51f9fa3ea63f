//! Runs with people in them: approvals, effects whose outcome nobody knows, cancels, and the order around every effect.
#![allow(clippy::unwrap_used)]

mod rig;

use std::{collections::BTreeMap, sync::Arc};

use consent::{Answer, PromptKind, PromptState};
use engine::{Clock, Engine, EngineError, Event, Gate, Settled};
use flow::{Flow, Values};
use serde_json::json;
use testkit::{ACCOUNT, Draft, Outcome, test_policy};

use rig::{CANCELLED, ENDED, FAILED, RUN, Rig, broken, by, id};

/// Twelve dollars to Alice, after a yes that is asked for early.
fn asked_payment() -> Arc<Flow> {
    Draft::new("pay-after-yes")
        .node("in", "input", json!({ "ports": ["a"] }))
        .node("ask", "approval", json!({ "for": "pay" }))
        .node("pay", "pay", json!({ "minor": 1200 }))
        .node("out", "output", json!({ "ports": ["o"] }))
        .wire("in.a", "ask.value")
        .wire("in.a", "pay.value")
        .wire("ask.approved", "pay.verdict")
        .wire("pay.receipt", "out.o")
        .flow()
}

/// One node between input and output.
fn single(kind: &str, config: flow::Value, from: &str) -> Arc<Flow> {
    one(Draft::new("single").node("in", "input", json!({ "ports": ["a"] })).node("x", kind, config), from)
}

fn one(draft: Draft, from: &str) -> Arc<Flow> {
    draft.node("out", "output", json!({ "ports": ["o"] })).wire("in.a", "x.value").wire(from, "out.o").flow()
}

fn money(rig: &Rig) -> (i128, i128, i128) {
    rig.journal.look(|authority| authority.ledger().check()).unwrap();
    (rig.journal.balance(ACCOUNT), rig.journal.held(ACCOUNT), rig.journal.balance("acct:alice/USD"))
}

#[tokio::test]
async fn a_question_goes_on_as_it_is_answered() {
    for (answer, from, other) in [(Answer::Approve, "x.approved", "x.rejected"), (Answer::Reject, "x.rejected", "x.approved")] {
        let rig = Rig::new();
        let flow = single("approval", json!({ "question": "Well?" }), from);
        assert_eq!(rig.run(&flow).await, Settled::Waiting);
        assert!(rig.journal.rests(RUN));
        let prompt = rig.prompt();
        assert_eq!((prompt.kind, prompt.shown.sentence.as_str()), (PromptKind::Question, "Well?"));
        rig.answer(&prompt, answer).await.unwrap();
        assert_eq!(rig.settled().await, ENDED, "{other}");
        assert!(rig.end().1["o"]["answer"].is_string());
        let again = rig.answer(&prompt, answer).await.unwrap_err();
        assert_eq!(again, EngineError::Over(id(RUN)));
    }
}

#[tokio::test]
async fn a_no_that_nothing_is_wired_to_ends_the_run() {
    let rig = Rig::new();
    rig.run(&single("approval", json!({}), "x.approved")).await;
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    assert_eq!((rig.settled().await, rig.failure().as_str()), (FAILED, "CONSENT_DENIED"));
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_a_no() {
    let rig = Rig::new();
    rig.run(&single("approval", json!({ "expires_ms": 5000 }), "x.rejected")).await;
    let prompt = rig.prompt();
    rig.pass(4999).await;
    assert_eq!(rig.journal.open_prompts().len(), 1);
    rig.pass(1).await;
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(rig.end().1["o"]["answer"], json!("CONSENT_TIMEOUT"));
    let late = rig.answer(&prompt, Answer::Approve).await;
    assert_eq!(late, Err(EngineError::Over(id(RUN))));
}

/// Also where the program that asked is gone, and the run had more to do at that moment.
#[tokio::test]
async fn a_prompt_expires_in_the_next_program() {
    let rig = Rig::new();
    let draft = Draft::new("two").node("in", "input", json!({ "ports": ["a"] }));
    let draft = draft.node("x", "approval", json!({ "expires_ms": 5000 })).node("slow", "read", json!({}));
    rig.world.script("slow", [Outcome::HangsBefore]);
    rig.begin(&one(draft.wire("in.a", "slow.value"), "x.rejected")).await;
    rig.quiet().await;
    assert!(!rig.journal.rests(RUN));
    let next = rig.next(rig.journal.on_disk());
    next.engine.resume().await.unwrap();
    next.pass(5000).await;
    assert_eq!(next.settled().await, ENDED);
    assert_eq!(next.of("x"), ["questioned", "replied"]);
}

#[tokio::test]
async fn an_approval_and_its_payment_share_one_prompt_and_one_hold() {
    let rig = Rig::new();
    assert_eq!(rig.run(&asked_payment()).await, Settled::Waiting);
    assert_eq!(money(&rig), (100_000, 1200, 0));
    let prompt = rig.prompt();
    assert_eq!((prompt.kind, prompt.path.as_deref()), (PromptKind::Effect, Some("pay")));
    rig.answer(&prompt, Answer::Approve).await.unwrap();
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(money(&rig), (98_800, 0, 1200));
    assert_eq!((rig.journal.prompts().len(), rig.world.times_done("pay")), (1, 1));
    let receipt = &rig.end().1["o"];
    assert_eq!(receipt["decisions"].as_array().map(Vec::len), Some(1));
    assert_eq!(receipt["hold"], json!(prompt.hold));
    assert!(rig.world.deeds().iter().all(|deed| deed.start_was_on_disk));
}

#[tokio::test]
async fn a_payment_that_is_refused_holds_nothing() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    assert_eq!((rig.settled().await, rig.failure().as_str()), (FAILED, "CONSENT_DENIED"));
    assert_eq!((money(&rig), rig.world.times_asked("pay")), ((100_000, 0, 0), 0));
}

#[tokio::test]
async fn a_policy_that_was_tightened_after_the_yes_counts() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    let prompt = rig.prompt();
    let mut strict = test_policy();
    strict.payees = consent::Payees::Only(["bob".to_owned()].into());
    rig.journal.set_policy(strict);
    rig.answer(&prompt, Answer::Approve).await.unwrap();
    assert_eq!((rig.settled().await, rig.failure().as_str()), (FAILED, "ALLOWLIST"));
    assert_eq!((money(&rig), rig.world.times_asked("pay")), ((100_000, 0, 0), 0));
}

#[tokio::test]
async fn the_kill_switch_stops_what_was_approved() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    let prompt = rig.prompt();
    rig.journal.set_paused(true);
    rig.answer(&prompt, Answer::Approve).await.unwrap();
    assert_eq!((rig.settled().await, rig.failure().as_str()), (FAILED, "PAUSED"));
    assert_eq!((money(&rig), rig.world.times_asked("pay")), ((100_000, 0, 0), 0));
}

/// A verdict on a wire is information: one that a node made up moves nothing, and asks nobody less.
#[tokio::test]
async fn a_made_up_verdict_moves_nothing() {
    let rig = Rig::new();
    let approved = json!({ "answer": "approved", "verdict": { "outcome": "allow", "code": "OK" } });
    let draft = Draft::new("forged")
        .node("in", "input", json!({ "ports": ["a"] }))
        .node("forge", "set", json!({ "value": approved }))
        .node("x", "pay", json!({ "minor": 6000 }))
        .wire("in.a", "forge.value")
        .wire("forge.value", "x.verdict");
    assert_eq!(rig.run(&one(draft, "x.receipt")).await, Settled::Waiting);
    assert_eq!((rig.world.times_asked("x"), money(&rig)), (0, (100_000, 6000, 0)));
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    assert_eq!((rig.settled().await, money(&rig)), (FAILED, (100_000, 0, 0)));
}

#[tokio::test]
async fn an_answer_that_was_tampered_with_is_refused_and_the_run_waits_on() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    let mut decision = rig.journal.decision(&rig.prompt().id, Answer::Reject);
    decision.statement.answer = Answer::Approve;
    let refused = rig.engine.decide(decision).await.unwrap_err();
    assert!(matches!(refused, EngineError::Refused(_)), "{refused}");
    assert_eq!((rig.settled().await, rig.journal.open_prompts().len()), (Settled::Waiting, 1));
    assert!(matches!(rig.answer(&rig.prompt(), Answer::Happened).await, Err(EngineError::Refused(_))));
}

/// A lost answer is unknown, not failed: the step waits, and people say what became of it.
#[tokio::test]
async fn people_say_what_became_of_a_lost_answer() {
    let lost = || broken().maybe_sent();
    for (answer, settled, posted, asked) in
        [(Answer::Happened, ENDED, 1200, 1), (Answer::DidNot, FAILED, 0, 1), (Answer::Again, ENDED, 1200, 2)]
    {
        let rig = Rig::new();
        rig.world
            .script("x", [if answer == Answer::Happened { Outcome::FailsAfter(lost()) } else { Outcome::FailsBefore(lost()) }]);
        assert_eq!(rig.run(&single("pay", json!({ "minor": 1200 }), "x.value")).await, Settled::Waiting);
        let prompt = rig.prompt();
        assert_eq!((prompt.kind, prompt.expires_at), (PromptKind::Outcome, None));
        assert_eq!(money(&rig), (100_000, 1200, 0));
        rig.answer(&prompt, answer).await.unwrap();
        assert_eq!(rig.settled().await, settled, "{answer:?}");
        assert_eq!(money(&rig), (100_000 - posted, 0, posted));
        let keys: Vec<_> = rig.world.deeds().iter().map(|deed| deed.key).collect();
        assert_eq!(keys.len(), asked);
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(rig.world.times_done("x") <= 1);
    }
}

#[tokio::test]
async fn a_write_that_takes_too_long_is_unknown() {
    let rig = Rig::new();
    rig.world.script("x", [Outcome::HangsAfter]);
    let draft = Draft::new("slow").node("in", "input", json!({ "ports": ["a"] }));
    rig.begin(&one(draft.node("x", "effect", json!({})).timeout(3000).retry(5, 1), "x.value")).await;
    rig.quiet().await;
    rig.pass(3000).await;
    assert_eq!(rig.settled().await, Settled::Waiting);
    assert_eq!(rig.of("x"), ["gated", "unknown"]);
    rig.answer(&rig.prompt(), Answer::Happened).await.unwrap();
    assert_eq!((rig.settled().await, rig.world.times_done("x")), (FAILED, 1));
}

/// What happened but whose answer was lost has no outputs. A run that needs one does not say that all was done: it names the step.
#[tokio::test]
async fn a_run_that_needs_a_lost_answer_fails_and_says_so() {
    for (needs, also, settled) in [
        ("x.value", None, FAILED),
        ("in.a", None, ENDED),
        ("x.error", None, ENDED),
        // One that goes on without takes its default.
        ("next.value", Some(false), ENDED),
        ("next.value", Some(true), FAILED),
    ] {
        let rig = Rig::new();
        rig.world.script("x", [Outcome::FailsAfter(broken().maybe_sent())]);
        let mut draft = Draft::new("lost").node("in", "input", json!({ "ports": ["a"] })).node("x", "effect", json!({}));
        if let Some(required) = also {
            draft = draft.node("next", "effect", json!({ "required": required })).wire("x.value", "next.value");
            draft =
                draft.node("also", "set", json!({ "value": null })).wire("in.a", "also.value").wire("also.value", "next.verdict");
        }
        rig.run(&one(draft, needs)).await;
        rig.answer(&rig.prompt(), Answer::Happened).await.unwrap();
        assert_eq!(rig.settled().await, settled, "{needs}: {}", rig.story());
        if settled == FAILED {
            let (path, error) = rig.end().2.unwrap();
            assert_eq!((path.as_str(), error.code.as_str()), ("x", "OUTPUTS_UNKNOWN"));
            assert!(error.message.contains("x happened"), "{error}");
        }
        assert_eq!(rig.of("x"), ["gated", "unknown", "replied", "finished"]);
        // Another program reads the same.
        assert_eq!(rig.next(rig.journal.on_disk()).settled().await, settled);
    }
}

/// The outputs of a payment are known from what was granted: it goes on, and its receipt says who confirmed it.
#[tokio::test]
async fn a_payment_that_people_confirm_gives_its_receipt() {
    let rig = Rig::new();
    rig.world.script("x", [Outcome::FailsAfter(broken().maybe_sent())]);
    rig.run(&single("pay", json!({ "minor": 1200 }), "x.receipt")).await;
    rig.answer(&rig.prompt(), Answer::Happened).await.unwrap();
    assert_eq!((rig.settled().await, money(&rig)), (ENDED, (98_800, 0, 1200)));
    assert_eq!(rig.end().1["o"]["confirmed"], json!("outcome confirmed by nik"));
}

#[tokio::test]
async fn where_the_key_is_honoured_a_lost_answer_is_tried_again() {
    let rig = Rig::new();
    rig.world.script("x", [Outcome::FailsAfter(broken().maybe_sent())]);
    let draft = Draft::new("again").node("in", "input", json!({ "ports": ["a"] }));
    rig.run(&one(draft.node("x", "effect", json!({ "honours_key": true })).retry(3, 100), "x.value")).await;
    rig.pass(100).await;
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!((rig.world.times_asked("x"), rig.world.times_done("x")), (2, 1));
    assert!(rig.journal.prompts().is_empty());
}

/// What may have been sent is never given up as failed: not when the gate refuses the next attempt, nor when the run is cancelled first.
#[tokio::test]
async fn an_outcome_that_nobody_knows_outlives_a_refusal_and_a_cancel() {
    for cancels in [false, true] {
        let rig = Rig::new();
        rig.world.script("x", [Outcome::FailsAfter(broken().maybe_sent())]);
        let draft = Draft::new("again").node("in", "input", json!({ "ports": ["a"] }));
        rig.run(&one(draft.node("x", "effect", json!({ "honours_key": true })).retry(3, 100), "x.value")).await;
        if cancels {
            rig.cancel().await.unwrap();
        } else {
            rig.journal.set_paused(true);
            rig.pass(100).await;
        }
        assert_eq!(rig.settled().await, Settled::Waiting, "{}", rig.story());
        assert_eq!(rig.prompt().kind, PromptKind::Outcome);
        rig.answer(&rig.prompt(), Answer::Happened).await.unwrap();
        assert_eq!(rig.settled().await, if cancels { CANCELLED } else { FAILED });
        assert_eq!((rig.world.times_done("x"), rig.of("x").last()), (1, Some(&"finished")));
    }
}

#[tokio::test]
async fn a_payment_that_is_refused_a_second_try_stays_held_until_people_say_what_became_of_it() {
    for (happened, settled, posted) in [(true, ENDED, 1200), (false, FAILED, 0)] {
        let rig = Rig::new();
        let lost = broken().maybe_sent();
        rig.world.script("x", [if happened { Outcome::FailsAfter(lost) } else { Outcome::FailsBefore(lost) }]);
        let draft = Draft::new("again").node("in", "input", json!({ "ports": ["a"] }));
        rig.run(&one(draft.node("x", "pay", json!({ "minor": 1200, "honours_key": true })).retry(3, 100), "x.value")).await;
        rig.journal.set_paused(true);
        rig.pass(100).await;
        assert_eq!((rig.prompt().kind, money(&rig)), (PromptKind::Outcome, (100_000, 1200, 0)), "{}", rig.story());
        rig.answer(&rig.prompt(), if happened { Answer::Happened } else { Answer::DidNot }).await.unwrap();
        assert_eq!((rig.settled().await, money(&rig)), (settled, (100_000 - posted, 0, posted)));
    }
}

/// Where certainly nothing was sent, a refusal of the next attempt gives the money back at once.
#[tokio::test]
async fn a_payment_that_was_never_sent_is_given_back_when_its_second_try_is_refused() {
    let rig = Rig::new();
    rig.world.script("x", [Outcome::FailsBefore(broken())]);
    let draft = Draft::new("again").node("in", "input", json!({ "ports": ["a"] }));
    rig.run(&one(draft.node("x", "pay", json!({ "minor": 1200 })).retry(3, 100), "x.value")).await;
    rig.journal.set_paused(true);
    rig.pass(100).await;
    assert_eq!((rig.settled().await, rig.failure().as_str()), (FAILED, "PAUSED"), "{}", rig.story());
    assert_eq!(money(&rig), (100_000, 0, 0));
    assert!(rig.journal.prompts().is_empty());
}

#[tokio::test]
async fn a_cancel_waits_for_an_effect_and_stops_a_read() {
    let rig = Rig::new();
    let draft = Draft::new("both").node("in", "input", json!({ "ports": ["a"] }));
    let draft = draft.node("x", "effect", json!({})).node("slow", "read", json!({ "host": "api.example.com" }));
    let draft = draft.node("next", "set", json!({})).wire("in.a", "slow.value").wire("x.value", "next.value");
    rig.world.script("x", [Outcome::Waits]);
    rig.world.script("slow", [Outcome::HangsBefore]);
    rig.begin(&one(draft, "next.value")).await;
    rig.quiet().await;
    rig.cancel().await.unwrap();
    assert_eq!(rig.of("slow"), ["gated", "failed"]);
    assert_eq!(rig.of("x"), ["gated"]);
    rig.world.open("x");
    assert_eq!(rig.settled().await, CANCELLED);
    assert_eq!((rig.of("x").last(), rig.of("next").len()), (Some(&"finished"), 0));
    assert_eq!(rig.cancel().await, Err(EngineError::Over(id(RUN))));
}

#[tokio::test]
async fn a_cancel_takes_open_questions_back() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    let prompt = rig.prompt();
    rig.cancel().await.unwrap();
    assert_eq!((rig.settled().await, money(&rig)), (CANCELLED, (100_000, 0, 0)));
    assert_eq!(rig.journal.prompts()[0].state, PromptState::Withdrawn);
    assert_eq!(rig.answer(&prompt, Answer::Approve).await, Err(EngineError::Over(id(RUN))));
}

/// Granted, but cancelled while that was on its way to the disk: nothing is sent.
#[tokio::test]
async fn what_is_granted_after_a_cancel_is_not_sent() {
    let rig = Rig::new();
    rig.journal.hold_back();
    // The refusal of the first and the cancel are on their way together, so the second is asked for before the cancel is known.
    let draft = Draft::new("late").node("in", "input", json!({ "ports": ["a"] }));
    let draft = draft.node("x", "effect", json!({ "host": "elsewhere.test" })).node("pay", "pay", json!({ "minor": 1200 }));
    let (engine, flow) = (rig.engine.clone(), one(draft.wire("x.error", "pay.value"), "pay.value"));
    let flow = rig.journal.add_flow(&flow);
    let start = engine::Start {
        run: id(RUN),
        flow,
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given: BTreeMap::new(),
        parent: None,
    };
    tokio::spawn(async move { engine.start(start).await });
    rig.quiet().await;
    let engine: Arc<Engine> = rig.engine.clone();
    tokio::spawn(async move { engine.cancel(&id(RUN), by(), String::new()).await });
    rig.quiet().await;
    assert_eq!(rig.journal.in_flight(), 2);
    rig.journal.let_all_through();
    assert_eq!(rig.settled().await, CANCELLED);
    assert_eq!(rig.of("pay"), ["gated", "failed"]);
    assert_eq!((rig.world.times_asked("pay"), money(&rig)), (0, (100_000, 0, 0)));
}

/// The start of an effect is on the disk before anything is sent.
#[tokio::test]
async fn nothing_is_sent_before_its_start_is_on_the_disk() {
    let rig = Rig::new();
    rig.journal.hold_back();
    let (engine, flow) = (rig.engine.clone(), single("effect", json!({}), "x.value"));
    let flow = rig.journal.add_flow(&flow);
    let start = engine::Start {
        run: id(RUN),
        flow,
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given: BTreeMap::new(),
        parent: None,
    };
    let starting = tokio::spawn(async move { engine.start(start).await });
    rig.quiet().await;
    let granted = |stamped: &engine::Stamped| matches!(stamped.event, Event::Gated { gate: Gate::Act, .. });
    assert!(rig.events().iter().any(granted));
    assert!(rig.world.deeds().is_empty() && !starting.is_finished());
    rig.journal.let_all_through();
    assert_eq!(rig.settled().await, ENDED);
    assert!(rig.world.deeds()[0].start_was_on_disk);
}

/// Runs that only wait are not in memory, and come back by a timer, an answer or a cancel: also in a program that never saw them.
#[tokio::test]
async fn what_waits_comes_back_in_another_program() {
    for way in ["timer", "answer", "cancel"] {
        let rig = Rig::new();
        let flow = match way {
            "timer" => single("delay", json!({ "ms": 1000 }), "x.value"),
            _ => single("approval", json!({}), "x.approved"),
        };
        assert_eq!(rig.run(&flow).await, Settled::Waiting);
        let next = rig.next(rig.journal.on_disk());
        assert_eq!(next.engine.resume().await, Ok(0), "{way}");
        match way {
            "timer" => next.pass(1000).await,
            "answer" => next.answer(&next.prompt(), Answer::Approve).await.unwrap(),
            _ => next.cancel().await.unwrap(),
        }
        assert_eq!(next.settled().await, if way == "cancel" { CANCELLED } else { ENDED }, "{way}");
    }
}

/// A yes is bound to what was shown. Where something else would be done, nothing is, until a person said yes to that.
#[tokio::test]
async fn a_yes_counts_for_nothing_else() {
    let rig = Rig::new();
    rig.run(&asked_payment()).await;
    let first = rig.prompt();
    let mut alice = rig.journal.look(|authority| authority.payee("alice").cloned()).unwrap();
    alice.addresses.insert("credits".to_owned(), "acct:mallory".to_owned());
    let now = rig.clock.now();
    rig.journal.change(|authority, out| authority.put_payee(alice, now, out)).unwrap();
    rig.answer(&first, Answer::Approve).await.unwrap();
    if rig.settled().await == Settled::Waiting {
        let second = rig.prompt();
        assert_ne!((first.id, first.request_digest), (second.id.clone(), second.request_digest));
        rig.answer(&second, Answer::Reject).await.unwrap();
    }
    assert_eq!((rig.settled().await, rig.world.times_asked("pay"), money(&rig)), (FAILED, 0, (100_000, 0, 0)));
    assert_eq!(rig.journal.balance("acct:mallory/USD"), 0);
}

#[tokio::test]
async fn what_can_not_be_answered_or_stopped_says_so() {
    let rig = Rig::new();
    assert_eq!(rig.cancel().await, Err(EngineError::NoRun(id(RUN))));
    rig.run(&single("approval", json!({}), "x.approved")).await;
    let mut decision = rig.journal.decision(&rig.prompt().id, Answer::Approve);
    decision.statement.prompt = "p-nonsense".to_owned();
    assert_eq!(rig.engine.decide(decision).await, Err(EngineError::NoPrompt("p-nonsense".to_owned())));
    rig.engine.suspend().await;
    assert_eq!(rig.cancel().await, Err(EngineError::Stopping));
}
