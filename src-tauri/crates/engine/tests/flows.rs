//! Whole runs without people: order, joins, failures, retries, timeouts, sub-flows, limits.
#![allow(clippy::unwrap_used)]

mod rig;

use std::{collections::BTreeMap, sync::Arc};

use engine::{Engine, EngineError, Event, Settled};
use flow::{Flow, Join, Value, Values};
use serde_json::json;
use testkit::{Draft, Outcome};

use rig::{ENDED, FAILED, RUN, Rig, broken, by};

/// A draft with an input `a`, and the output `o` to come.
fn draft() -> Draft {
    Draft::new("test").node("in", "input", json!({ "ports": ["a"] }))
}

fn out(draft: Draft, from: &str) -> Arc<Flow> {
    draft.node("out", "output", json!({ "ports": ["o"] })).wire(from, "out.o").flow()
}

fn subflows(flow: &Arc<Flow>) -> BTreeMap<String, Arc<Flow>> {
    BTreeMap::from([(flow.id.clone(), flow.clone())])
}

#[tokio::test]
async fn a_line_gives_its_last_value() {
    let rig = Rig::new();
    let draft = draft().node("x", "set", json!({})).node("y", "add", json!({ "plus": 5 }));
    let flow = out(draft.wire("in.a", "x.value").wire("x.value", "y.value"), "y.value");
    assert_eq!(rig.run(&flow).await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": 6 }));
    let events = rig.events();
    assert!(events.iter().enumerate().all(|(at, stamped)| stamped.seq == u64::try_from(at).unwrap() + 1));
}

#[tokio::test]
async fn what_fans_out_comes_together_in_edge_order() {
    let rig = Rig::new();
    let mut draft = draft().node("sum", "join", json!({}));
    for n in (0..9).rev() {
        let id = format!("n{n}");
        draft = draft.node(&id, "set", json!({ "value": n })).wire("in.a", &format!("{id}.value"));
        draft = draft.wire(&format!("{id}.value"), "sum.value");
    }
    assert_eq!(rig.run(&out(draft, "sum.value")).await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": [8, 7, 6, 5, 4, 3, 2, 1, 0] }));
}

#[tokio::test]
async fn a_branch_that_is_not_taken_is_skipped_and_the_join_goes_on() {
    let rig = Rig::new();
    let draft = draft()
        .node("way", "branch", json!({}))
        .node("yes", "set", json!({ "value": "taken", "required": true }))
        .node("no", "set", json!({ "value": "not taken", "required": true }))
        .node("after-no", "set", json!({ "required": true }))
        .node("both", "join", json!({}))
        .wire("in.a", "way.value")
        .wire("way.yes", "yes.value")
        .wire("way.no", "no.value")
        .chain(&["no", "after-no", "both"])
        .chain(&["yes", "both"]);
    assert_eq!(rig.run(&out(draft, "both.value")).await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": ["taken"] }));
    assert!(rig.of("no").is_empty() && rig.of("after-no").is_empty());
}

#[tokio::test]
async fn any_and_n_start_with_the_first_that_come() {
    let rig = Rig::new();
    let draft = draft()
        .node("quick", "set", json!({ "value": "quick" }))
        .node("slow", "read", json!({}))
        .node("slower", "read", json!({}))
        .node("first", "join", json!({}))
        .join(Join::Any)
        .node("two", "join", json!({}))
        .join(Join::N(2))
        .node("both", "join", json!({}));
    let draft = ["quick", "slow", "slower"].into_iter().fold(draft, |draft, id| {
        let value = format!("{id}.value");
        draft.wire("in.a", &value).wire(&value, "first.value").wire(&value, "two.value")
    });
    let flow = out(draft.wire("first.value", "both.value").wire("two.value", "both.value"), "both.value");
    rig.world.script("slow", [Outcome::Waits]);
    rig.world.script("slower", [Outcome::Waits]);
    rig.begin(&flow).await;
    rig.quiet().await;
    assert_eq!(rig.of("first"), ["finished"]);
    assert!(rig.of("two").is_empty());
    rig.world.open("slow");
    rig.quiet().await;
    assert_eq!(rig.of("two"), ["finished"]);
    rig.world.open("slower");
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": [["quick"], ["quick", 1]] }));
}

/// A step keeps the inputs that it began with, also where a later one comes in while it is tried again.
#[tokio::test]
async fn a_value_that_comes_late_changes_no_later_attempt() {
    let rig = Rig::new();
    let draft = draft()
        .node("late", "read", json!({}))
        .node("sum", "join", json!({}))
        .join(Join::Any)
        .node("send", "effect", json!({ "honours_key": true }))
        .retry(3, 1000)
        .wire("in.a", "late.value")
        .wire("in.a", "sum.value")
        .wire("late.value", "sum.value")
        .wire("sum.value", "send.value");
    rig.world.script("late", [Outcome::Waits]);
    rig.world.script("send", [Outcome::FailsBefore(broken())]);
    rig.begin(&out(draft, "send.value")).await;
    rig.quiet().await;
    rig.world.open("late");
    rig.pass(1000).await;
    assert_eq!(rig.settled().await, ENDED);
    let digests: Vec<_> = rig.events().iter().filter_map(|stamped| gated(&stamped.event)).collect();
    assert_eq!(digests.len(), 2);
    assert_eq!(digests[0], digests[1]);
    assert_eq!(rig.end().1, json!({ "o": [1] }));
}

fn gated(event: &Event) -> Option<flow::Digest> {
    match event {
        Event::Gated { request_digest, .. } => Some(*request_digest),
        _ => None,
    }
}

#[tokio::test]
async fn a_failure_with_an_error_wire_is_a_value_and_without_one_the_end() {
    let failing = || draft().node("bad", "fail", json!({ "code": "NO_LUCK" })).wire("in.a", "bad.value");
    let rig = Rig::new();
    assert_eq!(rig.run(&out(failing(), "bad.error")).await, ENDED);
    let (_, outputs, failure) = rig.end();
    assert_eq!((&outputs["o"]["code"], failure), (&json!("NO_LUCK"), None));

    let rig = Rig::new();
    let flow = out(failing().node("next", "set", json!({})).wire("bad.value", "next.value"), "next.value");
    assert_eq!(rig.run(&flow).await, FAILED);
    let (_, outputs, failure) = rig.end();
    let (path, error) = failure.unwrap();
    assert_eq!((outputs, path.as_str(), error.code.as_str()), (json!({}), "bad", "NO_LUCK"));
    assert!(rig.of("next").is_empty());
}

#[tokio::test]
async fn retries_wait_longer_each_time_and_give_up() {
    let rig = Rig::new();
    let draft = draft().node("bad", "fail", json!({ "retryable": true })).retry(3, 1000).wire("in.a", "bad.value");
    assert_eq!(rig.run(&out(draft, "bad.value")).await, Settled::Waiting);
    rig.pass(499).await;
    assert_eq!(rig.of("bad"), ["failed"]);
    rig.pass(501).await;
    assert_eq!(rig.of("bad"), ["failed", "woke", "failed"]);
    rig.pass(999).await;
    assert_eq!(rig.of("bad").len(), 3);
    rig.pass(1001).await;
    assert_eq!(rig.settled().await, FAILED);
    let waits: Vec<i64> = rig
        .events()
        .iter()
        .filter_map(|stamped| match stamped.event {
            Event::Failed { retry_at: Some(due), .. } => Some(due - stamped.at),
            _ => None,
        })
        .collect();
    assert!((500..=1000).contains(&waits[0]) && (1000..=2000).contains(&waits[1]), "{waits:?}");
}

#[tokio::test]
async fn a_read_that_takes_too_long_fails_and_may_be_tried_again() {
    let rig = Rig::new();
    let draft = draft().node("slow", "read", json!({})).timeout(2000).retry(2, 10).wire("in.a", "slow.value");
    rig.world.script("slow", [Outcome::HangsBefore, Outcome::HangsBefore]);
    rig.begin(&out(draft, "slow.value")).await;
    rig.quiet().await;
    rig.pass(1999).await;
    assert!(rig.of("slow").is_empty());
    rig.pass(1).await;
    assert_eq!(rig.of("slow"), ["failed"]);
    rig.pass(10).await;
    rig.pass(2000).await;
    assert_eq!(rig.settled().await, FAILED);
    assert_eq!(rig.failure(), "TIMEOUT");
}

#[tokio::test]
async fn a_delay_lets_its_value_through_later() {
    let rig = Rig::new();
    let flow = out(draft().node("later", "delay", json!({ "ms": 60_000 })).wire("in.a", "later.value"), "later.value");
    assert_eq!(rig.run(&flow).await, Settled::Waiting);
    assert!(rig.journal.rests(RUN));
    rig.pass(59_999).await;
    assert_eq!(rig.of("later"), ["delayed"]);
    rig.pass(1).await;
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": 1 }));
    rig.pass(60_000).await;
    assert_eq!(rig.of("later"), ["delayed", "woke", "finished"].get(..2).unwrap());
}

/// Nothing but a sub-flow: its first steps need no other event to begin.
#[tokio::test]
async fn a_sub_flow_runs_as_steps_of_its_own() {
    let inner = out(
        Draft::new("inner")
            .node("in", "input", json!({ "ports": ["a"] }))
            .node("y", "add", json!({ "plus": 5 }))
            .wire("in.a", "y.value"),
        "y.value",
    );
    let config = json!({ "flow": "inner", "inputs": ["a"], "outputs": ["o"] });
    let flow = out(draft().node("call", "sub-flow", config).wire("in.a", "call.a"), "call.o");
    let rig = Rig::new();
    rig.begin_with(RUN, &flow, &subflows(&inner), flow::Values::one("a", 1)).await.unwrap();
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": 6 }));
    assert_eq!(rig.of("call/y"), ["finished"]);
}

#[tokio::test]
async fn a_sub_flow_that_fails_is_a_failed_step() {
    let inner = out(Draft::new("inner").node("bad", "fail", json!({ "code": "INSIDE" })), "bad.value");
    let config = json!({ "flow": "inner", "inputs": ["a"], "outputs": ["o"] });
    let calling = || draft().node("call", "sub-flow", config.clone()).wire("in.a", "call.a");
    for (from, settled) in [("call.o", FAILED), ("call.error", ENDED)] {
        let rig = Rig::new();
        rig.begin_with(RUN, &out(calling(), from), &subflows(&inner), flow::Values::one("a", 1)).await.unwrap();
        assert_eq!(rig.settled().await, settled);
        let (_, outputs, failure) = rig.end();
        if settled == FAILED {
            let (path, error) = failure.unwrap();
            assert_eq!((path.as_str(), error.code.as_str()), ("call", "INSIDE"));
            assert!(error.message.ends_with("(in call/bad)"), "{}", error.message);
        } else {
            assert_eq!(outputs["o"]["code"], json!("INSIDE"));
        }
    }
}

#[tokio::test]
async fn no_more_steps_act_at_once_than_the_flow_allows() {
    let rig = Rig::new();
    let mut draft = draft().parallel(3).node("all", "join", json!({}));
    for n in 0..10 {
        let value = format!("n{n}.value");
        draft = draft.node(&format!("n{n}"), "read", json!({ "host": "api.example.com" }));
        draft = draft.wire("in.a", &value).wire(&value, "all.value");
    }
    assert_eq!(rig.run(&out(draft, "all.value")).await, ENDED);
    assert_eq!(rig.world.most_at_once(), 3);
    assert_eq!(rig.end().1["o"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn a_node_that_panics_is_a_failed_step() {
    let rig = Rig::new();
    let flow = out(draft().node("bad", "fail", json!({ "panic": true })).wire("in.a", "bad.value"), "bad.error");
    assert_eq!(rig.run(&flow).await, ENDED);
    assert_eq!(rig.end().1["o"]["code"], json!("PANIC"));

    let rig = Rig::new();
    rig.world.script("bad", [Outcome::Panics]);
    let flow = out(draft().node("bad", "read", json!({})).wire("in.a", "bad.value"), "bad.error");
    assert_eq!(rig.run(&flow).await, ENDED);
    let Value::String(message) = &rig.end().1["o"]["message"] else { panic!("a message") };
    assert!(message.contains("as the script says"), "{message}");
}

#[tokio::test]
async fn a_flow_that_can_not_run_is_refused_with_its_problems() {
    let rig = Rig::new();
    let unknown = Draft::new("test").node("x", "nonsense", json!({})).flow();
    let itself = Draft::new("test").node("x", "sub-flow", json!({ "flow": "test" })).flow();
    for (flow, code) in [(unknown, "UNKNOWN_KIND"), (itself.clone(), "RECURSION")] {
        let refused = rig.begin_with(RUN, &flow, &subflows(&itself), flow::Values::new()).await.unwrap_err();
        assert!(refused.to_string().contains(code), "{refused}");
    }
    assert!(rig.events().is_empty());
}

/// A run that is suspended takes no new step and is taken up where it was.
#[tokio::test]
async fn a_suspended_run_goes_on_in_the_next_program() {
    let rig = Rig::new();
    let draft = draft().node("slow", "read", json!({})).node("after", "read", json!({})).wire("in.a", "slow.value");
    rig.world.script("slow", [Outcome::Waits]);
    rig.begin(&out(draft.wire("slow.value", "after.value"), "after.value")).await;
    rig.quiet().await;
    let engine: Arc<Engine> = rig.engine.clone();
    let suspending = tokio::spawn(async move { engine.suspend().await });
    rig.quiet().await;
    assert!(!suspending.is_finished());
    rig.world.open("slow");
    suspending.await.unwrap();
    assert_eq!(rig.world.times_asked("after"), 0);
    assert!(!rig.journal.rests(RUN));

    let next = rig.next(rig.journal.on_disk());
    assert_eq!(next.engine.resume().await.unwrap(), 1);
    assert_eq!(next.settled().await, ENDED);
    assert_eq!((next.world.times_asked("slow"), next.world.times_asked("after")), (1, 1));
}

/// The journal fails: the run stops where it is, says so, and goes on when it is taken up again.
#[tokio::test]
async fn a_run_whose_journal_fails_can_be_resumed() {
    let rig = Rig::new();
    let draft = draft().node("one", "effect", json!({ "honours_key": true })).node("two", "effect", json!({}));
    let flow = out(draft.wire("in.a", "one.value").wire("one.value", "two.value"), "two.value");
    rig.journal.fail_batch(2);
    rig.begin(&flow).await;
    let failed = rig.engine.settled(&RUN.into()).await;
    assert!(matches!(failed, Err(EngineError::Journal(_))), "{failed:?}");
    assert_eq!((rig.world.times_done("one"), rig.world.times_asked("two")), (1, 0));
    // Who asks or listens only now is told too, until it is taken up again.
    assert_eq!(rig.engine.settled(&RUN.into()).await, failed);
    assert_eq!(rig.engine.stopped().try_recv().ok(), failed.err().map(|error| (RUN.into(), error)));
    // The result of the first was in the batch that failed, so it is asked for again, with the same key.
    assert_eq!(rig.engine.resume().await, Ok(1));
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!((rig.world.times_asked("one"), rig.world.times_done("one"), rig.world.times_done("two")), (2, 1, 1));
    assert!(rig.engine.stopped().try_recv().is_err());
}

/// One id, one run: also where the other one is not in memory, or is over.
#[tokio::test]
async fn a_run_is_not_started_under_the_id_of_another() {
    let rig = Rig::new();
    let flow = out(
        draft().node("x", "read", json!({})).node("d", "delay", json!({})).wire("in.a", "x.value").wire("x.value", "d.value"),
        "d.value",
    );
    rig.world.script("x", [Outcome::Waits]);
    rig.begin(&flow).await;
    let again =
        async || rig.begin_with(RUN, &flow, &BTreeMap::new(), Values::one("a", 2)).await.map_err(|error| error.to_string());
    let refused = Err(format!("a run with the id {RUN} exists"));
    assert_eq!(again().await, refused);
    rig.world.open("x");
    assert_eq!((rig.settled().await, again().await), (Settled::Waiting, refused.clone()));
    assert_eq!(rig.settled().await, Settled::Waiting);
    rig.pass(1000).await;
    assert_eq!((rig.settled().await, again().await), (ENDED, refused));
    assert_eq!(
        rig.events().iter().filter(|stamped| matches!(stamped.event, Event::Started { .. })).count(),
        1,
        "{}",
        rig.story()
    );
    assert_eq!(rig.world.times_asked("x"), 1, "{}", rig.story());
}

/// Who is told that a run only waits finds it so in the list of runs.
#[tokio::test]
async fn a_run_that_waits_is_listed_so_before_anybody_is_told() {
    let rig = Rig::new();
    rig.journal.hold_back();
    let flow = out(draft().node("d", "delay", json!({})).wire("in.a", "d.value"), "d.value");
    let flow = rig.journal.add_flow(&flow);
    let start = engine::Start {
        run: RUN.into(),
        flow,
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given: BTreeMap::new(),
        parent: None,
    };
    let engine = rig.engine.clone();
    let told = tokio::spawn(async move {
        engine.start(start).await.unwrap();
        engine.settled(&RUN.into()).await
    });
    for _ in 0..10 {
        rig.quiet().await;
        assert_eq!(told.is_finished(), rig.journal.commits()[..rig.journal.on_disk()].iter().any(|commit| commit.rests));
        rig.journal.let_through(1);
    }
    assert_eq!(told.await.unwrap(), Ok(Settled::Waiting));
}
