//! How long the engine takes for a step, in memory: chains of `set` nodes, and a wide fan-out and join.
#![allow(clippy::print_stdout)]

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use engine::{Ending, Engine, Settled, Start, StartedBy};
use flow::{Flow, Values};
use serde_json::json;
use testkit::{Draft, MemoryJournal, TestClock, TestNodes, World};

/// The most microseconds for a step.
const MOST_US: f64 = 10.0;
/// The most times as long a chain ten times as long may take.
const MOST_TIMES: f64 = 12.0;

fn chain(steps: usize) -> Arc<Flow> {
    let ids: Vec<_> = (0..steps).map(|n| format!("n{n}")).collect();
    let names: Vec<_> = ids.iter().map(String::as_str).collect();
    let draft = Draft::new("chain").node("in", "input", json!({ "ports": ["a"] }));
    let draft = names.iter().fold(draft, |draft, id| draft.node(id, "set", json!({}))).wire("in.a", "n0.value").chain(&names);
    let last = format!("n{}.value", steps - 1);
    draft.node("out", "output", json!({ "ports": ["o"] })).wire(&last, "out.o").flow()
}

fn fan(kind: &str, width: usize) -> Arc<Flow> {
    let draft = Draft::new("fan").node("in", "input", json!({ "ports": ["a"] })).node("all", "join", json!({}));
    let draft = (0..width).fold(draft, |draft, n| {
        let (id, value) = (format!("n{n}"), format!("n{n}.value"));
        draft.node(&id, kind, json!({})).wire("in.a", &value).wire(&value, "all.value")
    });
    draft.node("out", "output", json!({ "ports": ["o"] })).wire("all.value", "out.o").flow()
}

/// The best of several runs, in microseconds a step.
async fn measure(flow: &Arc<Flow>, steps: usize) -> f64 {
    let mut best = f64::INFINITY;
    for turn in 0..25 {
        let clock = TestClock::new();
        let journal = MemoryJournal::new(clock.clone());
        let version = journal.add_flow(flow);
        let engine = Engine::new(journal, TestNodes::new(World::new()), clock);
        let run: engine::RunId = format!("run-{turn}").into();
        let start = Start {
            run: run.clone(),
            flow: version,
            subflows: BTreeMap::new(),
            inputs: Values::one("a", 1),
            by: StartedBy::Profile { id: "nik".to_owned() },
            seed: 7,
            given: BTreeMap::new(),
            parent: None,
        };
        let began = Instant::now();
        engine.start(start).await.expect("the run starts");
        let settled = engine.settled(&run).await.expect("the run comes to rest");
        let took = began.elapsed();
        assert_eq!(settled, Settled::Ended(Ending::Completed));
        best = best.min(took.as_secs_f64() * 1e6 / f64::from(u32::try_from(steps).expect("a small number")));
    }
    best
}

#[tokio::main]
async fn main() {
    let short = measure(&chain(1_000), 1_000).await;
    let long = measure(&chain(10_000), 10_000).await;
    let wide = measure(&fan("set", 1_000), 1_000).await;
    let acting = measure(&fan("read", 10_000), 10_000).await;
    println!("figure\tin memory: a step in a chain of 1,000\t{short:.3}\tµs\t{MOST_US}");
    println!("figure\tin memory: a step in a chain of 10,000\t{long:.3}\tµs\t{MOST_US}");
    println!("figure\tin memory: a chain of 10,000 against one of 1,000\t{:.2}\ttimes\t{MOST_TIMES}", long * 10.0 / short);
    println!("figure\tin memory: a step in a fan of 1,000 and its join\t{wide:.3}\tµs\t{MOST_US}");
    println!("figure\tin memory: a reading step in a fan of 10,000, 16 at once\t{acting:.3}\tµs");
}
