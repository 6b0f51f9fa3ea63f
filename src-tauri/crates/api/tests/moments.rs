//! A run moment by moment.
#![allow(clippy::unwrap_used)]

mod bench;

use std::collections::BTreeMap;

use api::{
    Command as _, ErrorCode,
    commands::{
        moments::{Moment, Moments, RunMoments},
        prompts::{AnswerOutcome, Approve, Deny, Outcome, Press, Proof, Seen, Where},
        run_again::RunRetry,
        run_info::StepCounts,
        run_values::{RunFlow, RunInputs, RunValue, Side},
    },
};
use consent::{Prompt, PromptKind};
use engine::{Machine, RunId, Settled, Stamped, StepState};
use flow::Values;
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::json;
use testkit::{
    Draft,
    random::{Palette, Random, flows},
};

use bench::Bench;

const ALL: Palette = Palette { most: 8, effects: true, trouble: true, keyless: true, races: true };
const RUN: &str = "run-1";

fn after(after: Option<u64>) -> RunMoments {
    RunMoments { run: RUN.to_owned(), after }
}

fn joined(items: Vec<Moments>) -> Vec<Moment> {
    items.into_iter().flat_map(|item| item.moments).collect()
}

fn seqs(moments: &[Moment]) -> Vec<u64> {
    moments.iter().map(|moment| moment.seq).collect()
}

/// Says yes, no, or what became of something; it may be too late for that.
async fn answer(bench: &Bench, prompt: Prompt, choice: u8) {
    let (id, reason) = (prompt.id.clone(), String::new());
    let done = if prompt.kind == PromptKind::Outcome {
        let outcome = [Outcome::Happened, Outcome::DidNot, Outcome::Again][usize::from(choice % 3)];
        AnswerOutcome { prompt: id, outcome, reason, surface: Where::Window }.handle(&bench.app).await
    } else if choice.is_multiple_of(4) {
        Deny { prompt: id, reason, unattended: false, surface: Where::Window }.handle(&bench.app).await
    } else {
        let seen = Seen { request: prompt.request_digest, shown: prompt.shown_digest, how: Press::Held, typed: None };
        Approve { prompt: id, proof: Some(Proof::Seen(seen)), reason }.handle(&bench.app).await
    };
    if let Err(error) = done {
        assert_eq!(error.code, ErrorCode::Conflict, "{error}");
    }
}

/// Lets a run go on to its end.
async fn finish(bench: &Bench, choices: &[u8]) {
    let run = RunId::from(RUN);
    for turn in 0.. {
        assert!(turn < 2_000, "it goes on for ever");
        if let Settled::Ended(_) = bench.engine.settled(&run).await.unwrap() {
            return;
        }
        let open = bench.open_prompts(RUN).await;
        if open.is_empty() {
            bench.clock.advance(500);
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        for prompt in open {
            answer(bench, prompt, choices[turn % choices.len()]).await;
        }
    }
}

async fn check(random: Random, choices: Vec<u8>) {
    let bench = Bench::new().await;
    bench.start(RUN, &random.flow, &random.subflows, random.inputs.clone()).await;
    let live = tokio::spawn(bench.follow(after(None)).rest());
    finish(&bench, &choices).await;
    let events = bench.store.events(RUN, 0).await.unwrap();
    let live = live.await.unwrap();
    assert!(live.iter().all(|item| item.moments.len() <= 500));
    let last = live.last().unwrap().info.clone();
    let live = joined(live);
    assert!(seqs(&live).into_iter().eq(1..=u64::try_from(events.len()).unwrap()), "{:?}", seqs(&live));

    let again = bench.follow(after(None)).rest().await;
    assert_eq!(again.last().unwrap().info, last);
    assert_eq!(json!(joined(again)), json!(live));
    for known in 0..=live.len() {
        let rest = bench.follow(after(Some(u64::try_from(known).unwrap()))).rest().await;
        assert_eq!(rest.last().unwrap().info, last);
        assert_eq!(json!(joined(rest)), json!(live[known..]), "after {known}");
    }

    let steps = fold_and_compare(&bench, &events, &live).await;
    let count = |states: &[StepState]| u32::try_from(steps.iter().filter(|(_, state)| states.contains(state)).count()).unwrap();
    let counts = StepCounts {
        total: u32::try_from(steps.len()).unwrap(),
        done: count(&[StepState::Done]),
        skipped: count(&[StepState::Skipped]),
        failed: count(&[StepState::Failed]),
        running: count(&[StepState::Running]),
        waiting: count(&[StepState::Asking, StepState::Sleeping, StepState::Unknown]),
    };
    assert_eq!(last.steps, counts);
    assert_eq!(
        Some(last.state.as_str()),
        events.last().and_then(|stamped| match &stamped.event {
            engine::Event::Ended { ending: engine::Ending::Completed, .. } => Some("completed"),
            engine::Event::Ended { ending: engine::Ending::Failed, .. } => Some("failed"),
            _ => None,
        })
    );
    let moved: i128 = bench
        .store
        .transfers(1_000)
        .await
        .unwrap()
        .iter()
        .filter(|paid| paid.from.as_str() == testkit::ACCOUNT)
        .map(|paid| paid.amount.minor())
        .sum();
    assert_eq!(last.spent.iter().map(|amount| amount.minor()).sum::<i128>(), moved, "{:?}", last.spent);
}

/// What the moments add up to is where the machine says that the steps stand, after every event. Returns the last.
async fn fold_and_compare(bench: &Bench, events: &[Stamped], moments: &[Moment]) -> Vec<(engine::Path, StepState)> {
    let engine::Event::Started { flow, subflows, .. } = &events[0].event else { panic!("{:?}", events[0]) };
    let plan = bench.engine.plan(*flow, subflows).await.unwrap();
    let mut known = BTreeMap::new();
    let mut steps = Vec::new();
    for (at, moment) in moments.iter().enumerate() {
        for step in &moment.steps {
            let before = known.insert(step.path.clone(), step.state.clone());
            assert_ne!(before.as_ref(), Some(&step.state), "{} did not move at {}", step.path, moment.seq);
        }
        steps = Machine::fold(RUN.into(), plan.clone(), &events[..=at]).steps();
        let word = |state: StepState| json!(state).as_str().unwrap().to_owned();
        let truth: BTreeMap<_, _> = steps.iter().map(|(path, state)| (path.to_string(), word(*state))).collect();
        assert_eq!(known, truth, "after event {}", moment.seq);
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Live, from the beginning, and from any moment: no gap, no double, the same story, and the steps stand where the machine says.
    #[test]
    fn moments_are_the_run(random in flows(ALL), choices in proptest::collection::vec(any::<u8>(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(check(random, choices));
    }
}

#[tokio::test]
async fn a_moment_as_windows_get_it() {
    let bench = Bench::new().await;
    let flow = Draft::new("pay-alice").node("pay", "pay", json!({ "minor": 6000 })).flow();
    assert_eq!(bench.run(RUN, &flow).await, Settled::Waiting);
    let mut live = bench.follow(after(None));
    let first = live.next().await;
    assert_eq!((first.info.state.as_str(), first.info.asking, first.info.steps.waiting), ("waiting", true, 1));
    answer(&bench, bench.open_prompts(RUN).await.remove(0), 1).await;
    let mut all = first.moments;
    let mut last = first.info;
    for item in live.rest().await {
        all.extend(item.moments);
        last = item.info;
    }
    let mut told = json!({ "info": last, "moments": all });
    told["info"]["flow"] = "digest".into();
    told["moments"][4]["outputs"] = "receipt".into();
    for moment in told["moments"].as_array_mut().unwrap() {
        if moment.get("prompt").is_some() {
            moment["prompt"] = "p-1".into();
        }
        if moment.get("took_us").is_some() {
            moment["took_us"] = 1.into();
            moment["text"] = moment["text"].as_str().unwrap().split(" after ").next().unwrap().into();
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}

#[tokio::test]
async fn large_values_come_when_they_are_asked_for() {
    let bench = Bench::new().await;
    let text = "x".repeat(2_000_000);
    let flow = Draft::new("large")
        .node("in", "input", json!({ "ports": ["a"] }))
        .node("it", "set", json!({}))
        .node("next", "set", json!({ "value": 1 }))
        .node("out", "output", json!({ "ports": ["all"] }))
        .wire("in.a", "it.value")
        .wire("it.value", "next.value")
        .wire("next.value", "out.all")
        .flow();
    bench.start(RUN, &flow, &BTreeMap::new(), Values::one("a", text.as_str())).await;
    bench.engine.settled(&RUN.into()).await.unwrap();
    let moments = joined(bench.follow(after(None)).rest().await);
    let large = json!({ "$large": { "bytes": 2_000_002, "preview": "x".repeat(200) } });
    assert_eq!(moments[0].inputs.as_ref().unwrap().to_object()["a"], large);
    assert_eq!(moments[1].outputs.as_ref().unwrap().to_object()["value"], large);
    assert!(json!(moments).to_string().len() < 8_000);

    let value = async |path: &str, port: &str, side| {
        RunValue { run: RUN.into(), path: path.into(), port: port.into(), side }.handle(&bench.app).await
    };
    for (path, port, side) in
        [("it", "value", Side::Out), ("it", "value", Side::In), ("next", "value", Side::In), ("in", "a", Side::Out)]
    {
        assert_eq!(value(path, port, side).await.unwrap().value, text, "{path}.{port}");
    }
    assert_eq!(value("out", "all", Side::In).await.unwrap().value, 1);
    assert_eq!(value("it", "other", Side::Out).await.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(value("none", "value", Side::Out).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_run_again_is_a_new_run_of_the_same() {
    let bench = Bench::new().await;
    let flow = Draft::new("twice")
        .node("in", "input", json!({ "ports": ["a"] }))
        .node("x", "set", json!({}))
        .wire("in.a", "x.value")
        .flow();
    bench.start(RUN, &flow, &BTreeMap::new(), Values::one("a", 7)).await;
    bench.engine.settled(&RUN.into()).await.unwrap();
    let newer = Draft::new("twice").node("in", "input", json!({ "ports": ["a"] })).flow();
    bench.run("run-2", &newer).await;

    let again = RunRetry { run: RUN.into() }.handle(&bench.app).await.unwrap();
    assert!(again.run != RUN && again.flow_id == "twice");
    bench.engine.settled(&again.run.as_str().into()).await.unwrap();
    let inputs = RunInputs { run: again.run.clone() }.handle(&bench.app).await.unwrap().inputs;
    assert_eq!(inputs, Values::one("a", 7));
    let ran = RunFlow { run: again.run, flow: None }.handle(&bench.app).await.unwrap();
    assert_eq!((ran.text, ran.digest), (flow::write(&flow), flow::logic_digest(&flow)));
    assert_eq!(RunRetry { run: "none".into() }.handle(&bench.app).await.unwrap_err().code, ErrorCode::NotFound);
}
