//! Frames that run their members, and taking back what was done when something fails.
#![allow(clippy::unwrap_used)]

mod rig;

use std::{collections::BTreeMap, sync::Arc};

use consent::Answer;
use engine::{Machine, Plan, StepState};
use flow::{Flow, FrameKind, Value, Values};
use serde_json::json;
use testkit::{Draft, Outcome, TestNodes, World};

use rig::{CANCELLED, ENDED, End, FAILED, RUN, Rig, broken};

fn draft() -> Draft {
    Draft::new("test").node("in", "input", json!({ "ports": ["a"] }))
}

fn out(draft: Draft, from: &str) -> Arc<Flow> {
    draft.node("out", "output", json!({ "ports": ["o"] })).wire(from, "out.o").flow()
}

/// Starts a run with a value for `a`, and lets it come to rest.
async fn run(rig: &Rig, flow: &Arc<Flow>, a: Value) -> engine::Settled {
    rig.begin_with(RUN, flow, &BTreeMap::new(), Values::one("a", a)).await.unwrap();
    rig.settled().await
}

/// `in.a` (a list) → `each` around a read `x` → its results.
fn for_each(config: Value) -> Arc<Flow> {
    let draft = draft().node("x", "read", json!({})).frame("each", FrameKind::ForEach, &["x"], config);
    out(draft.wire("in.a", "each.items").wire("each.item", "x.value").wire("x.value", "each.result"), "each.results")
}

fn output(end: &End) -> &Value {
    &end.1["o"]
}

/// What memory has is what a fold of the journal gives.
fn folds(rig: &Rig, flow: &Arc<Flow>) -> BTreeMap<String, StepState> {
    let plan = Plan::new(flow, &BTreeMap::new(), &*TestNodes::new(World::new())).unwrap();
    let machine = Machine::fold(RUN.into(), plan, &rig.events());
    machine.steps().into_iter().map(|(path, state)| (path.to_string(), state)).collect()
}

#[tokio::test]
async fn for_each_keeps_the_order_and_runs_so_many_at_once() {
    let rig = Rig::new();
    let flow = for_each(json!({ "parallel": 2 }));
    for n in 0..4 {
        rig.world.script(&format!("each[{n}]/x"), [Outcome::Waits]);
    }
    rig.begin_with(RUN, &flow, &BTreeMap::new(), Values::one("a", json!(["p", "q", "r", "s"]))).await.unwrap();
    rig.quiet().await;
    let asked = |rig: &Rig| (0..4).map(|n| rig.world.times_asked(&format!("each[{n}]/x"))).collect::<Vec<_>>();
    assert_eq!(asked(&rig), [1, 1, 0, 0]);
    rig.world.open("each[1]/x");
    rig.quiet().await;
    assert_eq!(asked(&rig), [1, 1, 1, 0]);
    for n in [2, 3, 0] {
        rig.world.open(&format!("each[{n}]/x"));
        rig.quiet().await;
    }
    rig.world.open("each[3]/x");
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!(output(&rig.end()), &json!(["p", "q", "r", "s"]));
    let steps = folds(&rig, &flow);
    assert_eq!((steps["each"], steps["each[2]/x"]), (StepState::Done, StepState::Done));
    assert!(steps.keys().all(|path| !path.contains("/.")), "{steps:?}");
}

#[tokio::test]
async fn for_each_of_nothing_and_of_what_is_no_list() {
    let rig = Rig::new();
    assert_eq!(run(&rig, &for_each(json!({})), json!([])).await, ENDED);
    assert_eq!(output(&rig.end()), &json!([]));
    let rig = Rig::new();
    assert_eq!(run(&rig, &for_each(json!({})), json!("no list")).await, FAILED);
    assert_eq!(rig.failure(), "BAD_INPUT");
}

#[tokio::test]
async fn a_failed_element_stops_is_left_out_or_is_collected() {
    let broken = || Outcome::FailsBefore(engine::StepError::new("BROKEN", "By the script.", ""));
    let rig = Rig::new();
    rig.world.script("each[1]/x", [broken()]);
    assert_eq!(run(&rig, &for_each(json!({ "parallel": 1 })), json!([1, 2, 3])).await, FAILED);
    assert_eq!((rig.failure().as_str(), rig.world.times_asked("each[2]/x")), ("BROKEN", 0));

    let rig = Rig::new();
    rig.world.script("each[1]/x", [broken()]);
    assert_eq!(run(&rig, &for_each(json!({ "on_failure": "skip" })), json!([1, 2, 3])).await, ENDED);
    assert_eq!(output(&rig.end()), &json!([1, 3]));

    let rig = Rig::new();
    rig.world.script("each[1]/x", [broken()]);
    let draft = draft()
        .node("x", "read", json!({}))
        .node("both", "join", json!({}))
        .frame("each", FrameKind::ForEach, &["x"], json!({ "on_failure": "collect" }))
        .wire("in.a", "each.items")
        .wire("each.item", "x.value")
        .wire("x.value", "each.result");
    let flow = out(draft.wire("each.results", "both.value").wire("each.failures", "both.value"), "both.value");
    assert_eq!(run(&rig, &flow, json!([1, 2, 3])).await, ENDED);
    let end = rig.end();
    assert_eq!(output(&end)[0], json!([1, null, 3]));
    assert_eq!((&output(&end)[1][0]["index"], &output(&end)[1][0]["error"]["code"]), (&json!(1), &json!("BROKEN")));
}

#[tokio::test]
async fn frames_stand_in_frames_and_see_what_is_outside() {
    let rig = Rig::new();
    let draft = draft()
        .node("x", "add", json!({}))
        .frame("rows", FrameKind::ForEach, &["cells"], json!({}))
        .frame("cells", FrameKind::ForEach, &["x"], json!({}))
        .node("plus", "set", json!({ "value": 100 }))
        .wire("in.a", "rows.items")
        .wire("rows.item", "cells.items")
        .wire("cells.item", "x.value")
        .wire("plus.value", "x.value")
        .wire("x.value", "cells.result")
        .wire("cells.results", "rows.result");
    let flow = out(draft, "rows.results");
    assert_eq!(run(&rig, &flow, json!([[1, 2], [], [3]])).await, ENDED);
    assert_eq!(output(&rig.end()), &json!([[101, 102], [], [103]]));
    assert_eq!(folds(&rig, &flow)["rows[2]/cells[0]/x"], StepState::Done);
}

#[tokio::test]
async fn repeat_goes_on_until_it_is_enough_or_its_limit() {
    let flow = |config| {
        let draft = draft().node("x", "add", json!({ "plus": 3 })).frame("again", FrameKind::Repeat, &["x"], config);
        let draft = draft.wire("in.a", "again.value").wire("again.value", "x.value").wire("x.value", "again.result");
        draft
            .node("out", "output", json!({ "ports": ["o", "rounds"] }))
            .wire("again.result", "out.o")
            .wire("again.rounds", "out.rounds")
            .flow()
    };
    let rig = Rig::new();
    assert_eq!(run(&rig, &flow(json!({ "until": 10 })), json!(1)).await, ENDED);
    assert_eq!(rig.end().1, json!({ "o": 10, "rounds": 3 }));
    let rig = Rig::new();
    assert_eq!(run(&rig, &flow(json!({ "until": 1000, "most": 5 })), json!(1)).await, FAILED);
    assert_eq!((rig.failure().as_str(), rig.of("again[4]/x").len(), rig.of("again[5]/x").len()), ("REPEAT_LIMIT", 1, 0));
}

fn two(kind: FrameKind, of: &str) -> Arc<Flow> {
    let draft = draft().node("one", of, json!({})).node("two", of, json!({})).frame("frame", kind, &["two", "one"], json!({}));
    let draft = draft.wire("in.a", "one.value").wire("in.a", "two.value");
    out(draft.wire("one.value", "frame.result").wire("two.value", "frame.result"), "frame.result")
}

#[tokio::test]
async fn a_race_takes_the_first_and_stops_the_others() {
    let rig = Rig::new();
    rig.world.script("frame/one", [Outcome::Waits]);
    assert_eq!(run(&rig, &two(FrameKind::Race, "read"), json!("v")).await, ENDED);
    assert_eq!(output(&rig.end()), &json!("v"));
    assert_eq!(rig.of("frame/one"), ["failed"]);

    // One that fails leaves it to the others; only if all do, the race fails.
    let rig = Rig::new();
    rig.world.script("frame/two", [Outcome::FailsBefore(broken())]);
    assert_eq!(run(&rig, &two(FrameKind::Race, "read"), json!("v")).await, ENDED);
    let rig = Rig::new();
    rig.world.script("frame/one", [Outcome::FailsBefore(broken())]);
    rig.world.script("frame/two", [Outcome::FailsBefore(broken())]);
    assert_eq!(run(&rig, &two(FrameKind::Race, "read"), json!("v")).await, FAILED);
    assert_eq!(rig.failure(), "BROKEN");
}

/// A lost race drops no outcome: what was sent is waited for, and stands in the journal.
#[tokio::test]
async fn what_lost_a_race_after_it_was_sent_is_waited_for() {
    let rig = Rig::new();
    rig.world.script("frame/one", [Outcome::Waits]);
    rig.begin(&two(FrameKind::Race, "effect")).await;
    rig.quiet().await;
    assert_eq!((rig.world.times_done("frame/two"), rig.of("frame/one")), (1, vec!["gated"]));
    assert!(rig::end_of(&rig.events()).is_none());
    rig.world.open("frame/one");
    assert_eq!(rig.settled().await, ENDED);
    assert_eq!((rig.world.times_done("frame/one"), rig.of("frame/one").last()), (1, Some(&"finished")));
}

#[tokio::test]
async fn a_fallback_tries_its_members_in_their_order() {
    let rig = Rig::new();
    assert_eq!(run(&rig, &two(FrameKind::Fallback, "read"), json!("v")).await, ENDED);
    assert_eq!((rig.world.times_asked("frame/two"), rig.world.times_asked("frame/one")), (1, 0));

    let rig = Rig::new();
    rig.world.script("frame/two", [Outcome::FailsBefore(broken())]);
    assert_eq!(run(&rig, &two(FrameKind::Fallback, "read"), json!("v")).await, ENDED);
    assert_eq!((output(&rig.end()), rig.world.times_asked("frame/one")), (&json!("v"), 1));

    let rig = Rig::new();
    rig.world.script("frame/one", [Outcome::FailsBefore(broken())]);
    rig.world.script("frame/two", [Outcome::FailsBefore(broken())]);
    assert_eq!(run(&rig, &two(FrameKind::Fallback, "read"), json!("v")).await, FAILED);
}

/// `try` around two effects, `one` then `two`, which `back-one` and `back-two` take back; its error goes out.
fn tried() -> Arc<Flow> {
    let draft = draft()
        .node("one", "effect", json!({}))
        .undo("back-one")
        .node("back-one", "effect", json!({}))
        .node("two", "effect", json!({}))
        .undo("back-two")
        .node("back-two", "effect", json!({}))
        .node("three", "effect", json!({}))
        .frame("trial", FrameKind::Try, &["one", "two", "three", "back-one", "back-two"], json!({}))
        .wire("in.a", "one.value")
        .chain(&["one", "two", "three"])
        .wire("one.value", "back-one.value")
        .wire("two.value", "back-two.value")
        .wire("three.value", "trial.result");
    draft
        .node("out", "output", json!({ "ports": ["o", "error"] }))
        .wire("trial.result", "out.o")
        .wire("trial.error", "out.error")
        .flow()
}

fn fails() -> Outcome {
    Outcome::FailsBefore(engine::StepError::new("BROKEN", "By the script.", ""))
}

#[tokio::test]
async fn what_was_done_is_taken_back_the_last_first() {
    let rig = Rig::new();
    assert_eq!(rig.run(&tried()).await, ENDED);
    assert_eq!((rig.end().1["o"].clone(), rig.world.times_asked("trial/back-one")), (json!(1), 0));

    let rig = Rig::new();
    rig.world.script("trial/three", [fails()]);
    rig.world.script("trial/back-two", [Outcome::Waits]);
    rig.begin(&tried()).await;
    rig.quiet().await;
    assert_eq!((rig.world.times_asked("trial/back-two"), rig.world.times_asked("trial/back-one")), (1, 0));
    rig.world.open("trial/back-two");
    assert_eq!(rig.settled().await, ENDED);
    let done = |path: &str| rig.world.times_done(path);
    assert_eq!((done("trial/one"), done("trial/two"), done("trial/back-two"), done("trial/back-one")), (1, 1, 1, 1));
    let error = rig.end().1["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(error, "By the script. Taken back: trial/two, trial/one. (in trial/three)");
    assert_eq!(folds(&rig, &tried())["trial/back-one"], StepState::Done);
}

#[tokio::test]
async fn what_could_not_be_taken_back_is_told_and_the_rest_is() {
    let rig = Rig::new();
    rig.world.script("trial/three", [fails()]);
    rig.world.script("trial/back-two", [fails()]);
    assert_eq!(rig.run(&tried()).await, ENDED);
    let error = rig.end().1["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(error, "By the script. Taken back: trial/one. NOT taken back: trial/two (By the script). (in trial/three)");
    assert_eq!(rig.world.times_done("trial/back-one"), 1);
}

/// A failure after a frame that went well takes back what was done in it, in every round.
#[tokio::test]
async fn a_later_failure_takes_back_what_frames_did() {
    let draft = draft()
        .node("x", "effect", json!({}))
        .undo("back")
        .node("back", "effect", json!({}))
        .node("last", "fail", json!({}))
        .frame("each", FrameKind::ForEach, &["x", "back"], json!({ "parallel": 1 }))
        .wire("in.a", "each.items")
        .wire("each.item", "x.value")
        .wire("x.value", "back.value")
        .wire("x.value", "each.result")
        .wire("each.results", "last.value");
    let flow = out(draft, "last.value");
    let rig = Rig::new();
    assert_eq!(run(&rig, &flow, json!(["p", "q"])).await, FAILED);
    let failure = rig.end().2.unwrap().1.message;
    assert!(failure.ends_with("Taken back: each[1]/x, each[0]/x."), "{failure}");
    assert_eq!((rig.world.times_done("each[0]/back"), rig.world.times_done("each[1]/back")), (1, 1));
}

/// Taking back is an effect like any other: it asks, and survives a restart while it waits.
#[tokio::test]
async fn taking_back_asks_and_survives() {
    let draft = draft()
        .node("one", "pay", json!({ "minor": 100 }))
        .undo("back")
        .node("back", "pay", json!({ "minor": 6000 }))
        .node("two", "fail", json!({}))
        .chain(&["one", "two"])
        .wire("in.a", "one.value")
        .wire("one.value", "back.value");
    let flow = out(draft, "two.value");
    let rig = Rig::new();
    rig.begin(&flow).await;
    rig.quiet().await;
    let prompt = rig.prompt();
    assert_eq!(prompt.path.as_deref(), Some("back"));
    let next = rig.next(rig.journal.on_disk());
    next.engine.resume().await.unwrap();
    next.quiet().await;
    next.answer(&prompt, Answer::Approve).await.unwrap();
    assert_eq!(next.settled().await, FAILED);
    assert_eq!(next.world.times_done("back"), 1);
    let failure = next.end().2.unwrap().1.message;
    assert!(failure.ends_with("Taken back: one."), "{failure}");

    // A no is told as what it is: not taken back.
    let rig = Rig::new();
    rig.begin(&flow).await;
    rig.quiet().await;
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    assert_eq!(rig.settled().await, FAILED);
    let failure = rig.end().2.unwrap().1.message;
    assert!(failure.contains("NOT taken back: one"), "{failure}");
}

#[tokio::test]
async fn a_cancelled_run_stops_its_frames() {
    let rig = Rig::new();
    let flow = for_each(json!({ "parallel": 2 }));
    rig.world.script("each[0]/x", [Outcome::Waits]);
    rig.world.script("each[1]/x", [Outcome::Waits]);
    rig.begin_with(RUN, &flow, &BTreeMap::new(), Values::one("a", json!([1, 2, 3]))).await.unwrap();
    rig.quiet().await;
    rig.cancel().await.unwrap();
    assert_eq!(rig.settled().await, CANCELLED);
    assert_eq!(rig.world.times_asked("each[2]/x"), 0);
}

/// A frame goes on where it was after the program was killed at any commit.
#[tokio::test]
async fn frames_go_on_after_a_crash_at_any_commit() {
    let draft = draft()
        .node("x", "effect", json!({ "honours_key": true }))
        .node("y", "add", json!({ "plus": 10 }))
        .frame("each", FrameKind::ForEach, &["x", "y"], json!({ "parallel": 2 }))
        .wire("in.a", "each.items")
        .wire("each.item", "x.value")
        .wire("x.value", "y.value")
        .wire("y.value", "each.result");
    let flow = out(draft, "each.results");
    let whole = Rig::new();
    assert_eq!(run(&whole, &flow, json!([1, 2, 3, 4, 5])).await, ENDED);
    assert_eq!(output(&whole.end()), &json!([11, 12, 13, 14, 15]));
    for commits in 1..whole.journal.on_disk() {
        let rig = Rig::new();
        rig.begin_with(RUN, &flow, &BTreeMap::new(), Values::one("a", json!([1, 2, 3, 4, 5]))).await.unwrap();
        assert_eq!(rig.settled().await, ENDED);
        let next = rig.next(commits.min(rig.journal.on_disk()));
        if next.events().is_empty() {
            continue;
        }
        next.engine.resume().await.unwrap();
        assert_eq!(next.settled().await, ENDED, "after {commits}: {}", next.story());
        assert_eq!(output(&next.end()), &json!([11, 12, 13, 14, 15]));
        for n in 0..5 {
            assert_eq!(next.world.times_done(&format!("each[{n}]/x")), 1, "after {commits}");
        }
    }
}
