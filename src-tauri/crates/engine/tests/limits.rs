//! Deadlines, rates, and targets that fail again and again.
#![allow(clippy::unwrap_used)]

mod rig;

use std::{collections::BTreeMap, sync::Arc};

use engine::{Event, StepError, Why};
use flow::{Flow, Values};
use serde_json::json;
use testkit::{Draft, Outcome};

use rig::{ENDED, FAILED, RUN, Rig, broken};

fn draft() -> Draft {
    Draft::new("test").node("in", "input", json!({ "ports": ["a"] }))
}

fn with_deadline(draft: Draft, ms: u64) -> Arc<Flow> {
    let mut flow = (*draft.flow()).clone();
    flow.defaults.deadline_ms = Some(ms);
    Arc::new(flow)
}

#[tokio::test]
async fn a_run_past_its_deadline_stops_and_fails() {
    let rig = Rig::new();
    let flow = with_deadline(
        draft().node("x", "read", json!({})).node("y", "set", json!({})).chain(&["x", "y"]).wire("in.a", "x.value"),
        5_000,
    );
    rig.world.script("x", [Outcome::Waits]);
    rig.begin(&flow).await;
    rig.pass(4_999).await;
    assert!(rig::end_of(&rig.events()).is_none());
    rig.pass(1).await;
    assert_eq!(rig.settled().await, FAILED);
    assert_eq!((rig.failure().as_str(), rig.of("x")), ("DEADLINE", vec!["failed"]));
}

/// One that waits for people out of memory is found by its deadline too, also by the next program; and one that ended is left alone.
#[tokio::test]
async fn a_deadline_is_kept_over_a_restart() {
    let flow = with_deadline(draft().node("ask", "approval", json!({})).wire("in.a", "ask.value"), 5_000);
    let rig = Rig::new();
    rig.begin(&flow).await;
    rig.quiet().await;
    let next = rig.next(rig.journal.on_disk());
    next.engine.resume().await.unwrap();
    next.pass(6_000).await;
    assert_eq!(next.settled().await, FAILED);
    assert_eq!(next.failure(), "DEADLINE");

    let rig = Rig::new();
    let flow = with_deadline(draft().node("y", "set", json!({})).wire("in.a", "y.value"), 5_000);
    assert_eq!(rig.run(&flow).await, ENDED);
    let events = rig.events().len();
    rig.pass(6_000).await;
    assert_eq!(rig.events().len(), events);
}

#[tokio::test]
async fn a_steps_deadline_ends_its_attempts() {
    let rig = Rig::new();
    let mut flow = (*draft().node("x", "read", json!({})).retry(100, 1_000).wire("in.a", "x.value").flow()).clone();
    flow.nodes[1].deadline_ms = Some(10_000);
    rig.world.script("x", (0..100).map(|_| Outcome::FailsBefore(broken())));
    rig.begin(&Arc::new(flow)).await;
    for _ in 0..40 {
        rig.pass(1_000).await;
    }
    assert_eq!(rig.settled().await, FAILED);
    let attempts = rig.world.times_asked("x");
    assert!((3..8).contains(&attempts), "{attempts}");
}

/// Five calls that fail leave the target alone for thirty seconds, for all runs; then one tries it.
#[tokio::test]
async fn a_target_that_fails_is_left_alone_by_all_runs() {
    let rig = Rig::new();
    let flow = draft().node("x", "read", json!({ "host": "api.example.com" })).wire("in.a", "x.value").flow();
    let start = async |run: &str| rig.begin_with(run, &flow, &BTreeMap::new(), Values::one("a", 1)).await.unwrap();
    rig.world.script("x", (0..5).map(|_| Outcome::FailsBefore(StepError::new("DOWN", "It does not answer.", "").retryable())));
    for n in 0..5 {
        start(&format!("bad-{n}")).await;
        rig.quiet().await;
    }
    start(RUN).await;
    rig.quiet().await;
    let Event::Deferred { target, why, due, .. } = &rig.events()[1].event else { panic!("{}", rig.story()) };
    assert_eq!((target.as_str(), *why, *due), ("api.example.com", Why::Circuit, testkit::START + 30_000));
    assert_eq!(rig.world.times_asked("x"), 5);
    rig.pass(30_000).await;
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(rig.of("x"), ["deferred", "woke", "gated", "finished"]);
}

/// A step that people are asked about counts once against its target's rate.
#[tokio::test]
async fn a_rate_is_kept_by_waiting() {
    let rig = Rig::new();
    let draft = ["x", "y", "z"].iter().fold(draft(), |draft, id| {
        draft.node(id, "read", json!({ "host": "api.example.com", "rate": 2 })).wire("in.a", &format!("{id}.value"))
    });
    rig.begin(&draft.flow()).await;
    rig.quiet().await;
    let asked = || ["x", "y", "z"].map(|path| rig.world.times_asked(path));
    assert_eq!(asked(), [1, 1, 0]);
    rig.pass(1_000).await;
    assert_eq!((asked(), rig.settled().await), ([1, 1, 1], ENDED));
}
