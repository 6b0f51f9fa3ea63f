//! Going on from a step of an earlier run, values set by hand, and runs on paper.
#![allow(clippy::unwrap_used)]

mod rig;

use std::{collections::BTreeMap, sync::Arc};

use consent::Answer;
use engine::{
    Ending, Event, Given, GivenFrom, Machine, Path, Plan, Reply, Start, StepError,
    dry::{Known, dry},
};
use flow::{Flow, FrameKind, Values};
use serde_json::json;
use testkit::{Draft, TestNodes, World};

use rig::{ENDED, RUN, Rig, by};

fn draft() -> Draft {
    Draft::new("test").node("in", "input", json!({ "ports": ["a"] }))
}

fn out(draft: Draft, from: &str) -> Arc<Flow> {
    draft.node("out", "output", json!({ "ports": ["o"] })).wire(from, "out.o").flow()
}

/// `in.a` → `x` (a write) → `each` of two around `y` (a write) → `z` (a write); `aside` hangs on `x`.
fn flow() -> Arc<Flow> {
    let draft = draft()
        .node("x", "effect", json!({}))
        .node("aside", "effect", json!({}))
        .node("list", "set", json!({ "value": [1, 2, 3] }))
        .node("y", "effect", json!({}))
        .frame("each", FrameKind::ForEach, &["y"], json!({ "parallel": 1 }))
        .node("z", "effect", json!({}))
        .wire("in.a", "x.value")
        .wire("x.value", "aside.value")
        .wire("x.value", "list.value")
        .wire("list.value", "each.items")
        .wire("each.item", "y.value")
        .wire("y.value", "each.result")
        .wire("each.results", "z.value");
    out(draft, "z.value")
}

fn fold(rig: &Rig, flow: &Arc<Flow>) -> Machine {
    let plan = Plan::new(flow, &BTreeMap::new(), &*TestNodes::new(World::new())).unwrap();
    Machine::fold(RUN.into(), plan, &rig.events())
}

fn names(kept: Option<Vec<(Path, engine::machine::At)>>) -> Vec<String> {
    kept.unwrap().into_iter().map(|(path, _)| path.to_string()).collect()
}

/// The events of the second run about a step.
fn of(rig: &Rig, run: &str, path: &str) -> Vec<&'static str> {
    let events = rig.journal.events(run);
    events.iter().filter(|s| s.event.path().is_some_and(|of| of.as_str() == path)).map(|s| s.event.name()).collect()
}

#[tokio::test]
async fn a_new_run_goes_on_from_a_step_with_what_was_before_it() {
    let rig = Rig::new();
    let flow = flow();
    assert_eq!(rig.run(&flow).await, ENDED);
    let machine = fold(&rig, &flow);
    assert_eq!(names(machine.kept_before(&Path::new("z"))), ["x", "aside", "list", "each[0]/y", "each[1]/y", "each[2]/y"]);
    assert_eq!(names(machine.kept_before(&Path::new("each"))), ["x", "aside", "list"]);
    assert_eq!(names(machine.kept_before(&Path::new("x"))), Vec::<String>::new());
    // Of the elements, only the one that is begun again.
    assert_eq!(names(machine.kept_before(&Path::new("each[1]/y"))), ["x", "aside", "list", "each[0]/y", "each[2]/y"]);
    assert!(machine.kept_before(&Path::new("nothing")).is_none());
    let after: Vec<_> = machine.effects_after(&Path::new("each[1]/y")).iter().map(ToString::to_string).collect();
    assert_eq!(after, ["z", "each[1]/y"]);

    let kept = machine.kept_before(&Path::new("each[1]/y")).unwrap();
    let from = || GivenFrom::Run { id: RUN.to_owned() };
    let given = kept.into_iter().map(|(path, at)| (path, Given { outputs: machine.given(at), from: from() })).collect();
    let start = Start {
        run: "run-2".into(),
        flow: rig.journal.add_flow(&flow),
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given,
        parent: None,
    };
    rig.engine.start(start).await.unwrap();
    rig.quiet().await;
    assert_eq!(rig.engine.settled(&"run-2".into()).await.unwrap(), ENDED);
    assert_eq!((of(&rig, "run-2", "x"), of(&rig, "run-2", "each[0]/y")), (vec![], vec![]));
    assert_eq!((of(&rig, "run-2", "each[1]/y"), of(&rig, "run-2", "z")), (vec!["gated", "finished"], vec!["gated", "finished"]));
    let ended = rig.journal.events("run-2");
    let Event::Ended { outputs, .. } = &ended.last().unwrap().event else { panic!() };
    assert_eq!(outputs.to_object(), json!({ "o": [1, 2, 3] }));
}

/// What was set by hand takes no effect with it unless a person says yes, however small it is.
#[tokio::test]
async fn a_payment_that_rests_on_a_value_set_by_hand_is_asked_about() {
    let draft = draft().node("x", "set", json!({})).node("p", "pay", json!({ "minor": 100 })).wire("in.a", "x.value");
    let flow = out(draft.wire("x.value", "p.value"), "p.value");
    let rig = Rig::new();
    let given = BTreeMap::from([(Path::new("x"), Given { outputs: Values::one("value", 9), from: GivenFrom::Hand })]);
    let start = Start {
        run: RUN.into(),
        flow: rig.journal.add_flow(&flow),
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given,
        parent: None,
    };
    rig.engine.start(start).await.unwrap();
    rig.quiet().await;
    let prompt = rig.prompt();
    assert!(
        prompt.shown.verdict.as_ref().unwrap().lines.iter().any(|line| line.rule == "by_hand" && line.reason.contains("(x)"))
    );
    // Also by a program that goes on with it.
    let next = rig.next(rig.journal.on_disk());
    next.engine.resume().await.unwrap();
    next.answer(&prompt, Answer::Approve).await.unwrap();
    assert_eq!(next.settled().await, ENDED);
    assert_eq!(next.world.times_done("p"), 1);
}

/// A value set by hand stays one in the run that goes on, also where it stands for an input; else it could lose its mark on the way.
#[tokio::test]
async fn what_was_set_by_hand_is_kept_with_the_steps_before() {
    let flow = out(draft().node("x", "add", json!({ "plus": 1 })).wire("in.a", "x.value"), "x.value");
    let rig = Rig::new();
    let given = BTreeMap::from([(Path::new("in"), Given { outputs: Values::one("a", 9), from: GivenFrom::Hand })]);
    let start = Start {
        run: RUN.into(),
        flow: rig.journal.add_flow(&flow),
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        given,
        parent: None,
    };
    rig.engine.start(start).await.unwrap();
    rig.quiet().await;
    let machine = fold(&rig, &flow);
    assert_eq!(names(machine.kept_before(&Path::new("out"))), ["in", "x"]);
    assert_eq!(names(machine.kept_before(&Path::new("x"))), ["in"]);
    // Done anew, it is what the run was given.
    assert_eq!(names(machine.kept_before(&Path::new("in"))), Vec::<String>::new());
}

fn started(flow: &Flow) -> Event {
    Event::Started {
        flow_id: flow.id.clone(),
        flow: flow::logic_digest(flow),
        subflows: BTreeMap::new(),
        inputs: Values::one("a", 1),
        by: by(),
        seed: 7,
        deadline: None,
        given: BTreeMap::new(),
        parent: None,
    }
}

#[test]
fn on_paper_nothing_is_carried_out() {
    let draft = draft()
        .node("x", "add", json!({ "plus": 1 }))
        .node("ask", "approval", json!({}))
        .node("d", "delay", json!({}))
        .node("e", "effect", json!({}))
        .node("after", "add", json!({ "plus": 1 }))
        .wire("in.a", "x.value")
        .wire("x.value", "ask.value")
        .wire("x.value", "d.value")
        .wire("d.value", "e.value")
        .wire("ask.approved", "e.verdict")
        .wire("e.value", "after.value");
    let flow = out(draft, "after.value");
    let world = World::new();
    let plan = || Plan::new(&flow, &BTreeMap::new(), &*TestNodes::new(world.clone())).unwrap();
    let go = |known: &mut dyn FnMut(&Path, &Values) -> Option<Known>| dry(RUN.into(), plan(), (1, started(&flow)), known);

    // Nothing known: it stops at the question.
    let nothing = go(&mut |_, _| None);
    assert_eq!(nothing.stopped.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["ask"]);
    assert_eq!(nothing.machine.ended(), None);

    let yes = Known::Answered(Reply::Answered(Answer::Approve));
    let whole = go(&mut |path, _| match path.as_str() {
        "ask" => Some(yes.clone()),
        "e" => Some(Known::Gave(Values::one("value", 41))),
        _ => None,
    });
    assert_eq!(whole.machine.ended(), Some(Ending::Completed));
    let Event::Ended { outputs, .. } = &whole.events.last().unwrap().event else { panic!() };
    assert_eq!(outputs.to_object(), json!({ "o": 42 }));
    assert_eq!(whole.given.iter().find(|(path, _)| path.as_str() == "e").unwrap().1.get("value").unwrap().as_i64(), Some(2));

    let failed = go(&mut |path, _| match path.as_str() {
        "ask" => Some(yes.clone()),
        _ => Some(Known::Failed(StepError::new("DOWN", "It is down.", ""))),
    });
    assert_eq!(failed.machine.ended(), Some(Ending::Failed));
    let no = go(&mut |_, _| Some(Known::Answered(Reply::Expired)));
    assert_eq!(no.machine.ended(), Some(Ending::Failed));
    assert!(world.deeds().is_empty());
}

/// A branch that was not taken, a step that failed, one that waits: each step behind them says why it did not run, down to the cause.
#[tokio::test]
async fn every_step_that_did_not_run_says_why() {
    let draft = draft()
        .node("way", "branch", json!({ "to": "no" }))
        .node("taken", "set", json!({ "required": true }))
        .node("after", "set", json!({ "required": true }))
        .node("no", "set", json!({}))
        .node("ask", "approval", json!({}))
        .node("last", "set", json!({ "required": true }))
        .wire("in.a", "way.value")
        .wire("way.yes", "taken.value")
        .wire("taken.value", "after.value")
        .wire("way.no", "no.value")
        .wire("no.value", "ask.value")
        .wire("ask.approved", "last.value");
    let flow = out(draft, "last.value");
    let rig = Rig::new();
    rig.begin(&flow).await;
    rig.quiet().await;
    let why = |rig: &Rig, path: &str| -> Vec<String> {
        fold(rig, &flow).why(&Path::new(path)).unwrap().into_iter().map(|because| because.text).collect()
    };
    assert_eq!(
        why(&rig, "after"),
        [
            "after got nothing on value, since taken did not run.",
            "taken got nothing on value: way is done, and gave nothing on yes."
        ]
    );
    assert_eq!(
        why(&rig, "out"),
        [
            "out waits for what comes in on o from last.",
            "last waits for what comes in on value from ask.",
            "ask waits for a person's answer."
        ]
    );
    assert!(why(&rig, "no").is_empty() && fold(&rig, &flow).why(&Path::new("nobody")).is_none());
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    assert_eq!(why(&rig, "last")[0], "last did not begin, since ask failed before: An approver said no.");
}
