//! What a durable run costs: released build, real store, one figure a line (see `xtask/src/bench.rs`).
//!
//! An argument chooses one part: `chains`, `fan-out`, `effects`, `many-effects`, `waiting`.
//! The disk is measured in the same run: one commit of one row, again and again, is the yardstick for runs with effects.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench ends when something is wrong, and prints its figures")]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use consent::{Answer, Policy, Statement};
use engine::{
    Batch, Clock, Ending, Engine, Entry, Event, Journal, Nodes, Path as StepPath, Settled, Start, StartedBy, clock::SystemClock,
};
use flow::{Digest, Flow, Values};
use nodes::{BuiltIn, Services};
use serde_json::json;
use store::Store;
use testkit::{Draft, TestNodes, World};

/// The host that the effects of the bench go to. Nothing is sent: the node only says that it would.
const HOST: &str = "bench.test";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path()).await;
    let part = std::env::args().nth(1);
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    if wanted("chains") {
        bench.chains().await;
    }
    if wanted("fan-out") {
        bench.fan_out().await;
    }
    if wanted("effects") {
        bench.effects().await;
    }
    if wanted("many-effects") {
        bench.many_effects().await;
    }
    if wanted("waiting") {
        waiting().await;
    }
}

struct Bench {
    store: Store,
    built_in: Arc<Engine>,
    effects: Arc<Engine>,
}

impl Bench {
    async fn open(folder: &Path) -> Self {
        let clock = Arc::new(SystemClock);
        let store = Store::open(folder, clock.clone()).await.unwrap();
        let mut policy = Policy::usual();
        policy.hosts.write.insert(HOST.to_owned());
        let (prompt, _) = store.propose_policy(policy).await.unwrap();
        approve(&store, &prompt).await;
        let engine = |nodes: Arc<dyn Nodes>| Engine::new(Arc::new(store.clone()), nodes, clock.clone());
        Self {
            built_in: engine(Arc::new(BuiltIn::new(Services::unavailable()))),
            effects: engine(TestNodes::new(World::new())),
            store,
        }
    }

    /// Runs a flow to its end, and says how long that took from the call that starts it.
    async fn run(&self, engine: &Engine, run: &str, flow: Digest) -> Duration {
        let began = Instant::now();
        let run = run.into();
        let by = StartedBy::Profile { id: store::OWNER.to_owned() };
        engine
            .start(Start {
                run: Arc::clone(&run),
                flow,
                subflows: BTreeMap::new(),
                inputs: Values::new(),
                by,
                seed: 1,
                given: BTreeMap::new(),
                parent: None,
            })
            .await
            .unwrap();
        assert_eq!(engine.settled(&run).await.unwrap(), Settled::Ended(Ending::Completed));
        began.elapsed()
    }

    /// The first run of a flow, which has to be made ready, and the best of some more; in milliseconds.
    async fn first_and_best(&self, engine: &Engine, name: &str, flow: &Arc<Flow>) -> (f64, f64) {
        let flow = self.store.put_flow(flow).await.unwrap();
        let first = ms(self.run(engine, &format!("{name}-first"), flow).await);
        let mut best = f64::MAX;
        for turn in 0..10 {
            best = best.min(ms(self.run(engine, &format!("{name}-{turn}"), flow).await));
        }
        (first, best)
    }

    async fn chains(&self) {
        let (first, short) = self.first_and_best(&self.built_in, "chain", &chain(1_000)).await;
        figure("1,000-step chain of set, durable: first run, made ready too", first, "ms", None);
        figure("1,000-step chain of set, durable: later runs", short, "ms", Some(25.0));
        let (long_first, long) = self.first_and_best(&self.built_in, "long-chain", &chain(10_000)).await;
        println!("10,000-step chain: first run, made ready too, {long_first:.0} ms; later runs {long:.0} ms");
        figure("10,000-step chain over the 1,000-step one", long / short, "times", Some(12.0));
        figure("most memory used by then", most_memory_mb(), "MB", Some(150.0));
    }

    async fn fan_out(&self) {
        let (first, best) = self.first_and_best(&self.built_in, "fan", &fan(1_000)).await;
        figure("1,000-wide fan-out and join, durable: first run, made ready too", first, "ms", None);
        figure("1,000-wide fan-out and join, durable: later runs", best, "ms", Some(25.0));
    }

    async fn effects(&self) {
        let flow = self.store.put_flow(&effects(1_000)).await.unwrap();
        let mut best = f64::MAX;
        for turn in 0..3 {
            let yardstick = self.single_commits(1_001, &format!("yard-{turn}")).await;
            let took = self.run(&self.effects, &format!("effects-{turn}"), flow).await;
            best = best.min(took.as_secs_f64() / yardstick.as_secs_f64());
            println!("1,001 single commits {:.0} ms; 1,000 effect steps {:.0} ms", ms(yardstick), ms(took));
        }
        figure("1,000 effect steps in a chain over 1,001 single commits", best, "times", Some(1.3));
    }

    async fn many_effects(&self) {
        let flow = self.store.put_flow(&effects(100)).await.unwrap();
        let (mut best, mut each): (f64, f64) = (0.0, f64::MAX);
        for turn in 0..3 {
            let commit = self.single_commits(200, &format!("many-yard-{turn}")).await / 200;
            let began = Instant::now();
            let names: Vec<_> = (0..100).map(|run| format!("many-{turn}-{run}")).collect();
            futures_util::future::join_all(names.iter().map(|name| self.run(&self.effects, name, flow))).await;
            let took = began.elapsed();
            println!("one commit {:.2} ms; 100 runs of 100 effect steps {:.0} ms", ms(commit), ms(took));
            each = each.min(took.as_secs_f64() / 10_000.0);
            best = best.max(10_000.0 * commit.as_secs_f64() / took.as_secs_f64());
        }
        figure("100 runs at once: effect steps in the time of one commit", best, "steps", None);
        // How many fit into one commit depends on the disk. 60 fit where a commit takes 1.75 ms, as on the disk that the design measured,
        // when one takes 29 µs.
        figure("100 runs at once: one effect step", each * 1e6, "µs", Some(29.0));
    }

    /// So many commits of one event each, one after the other.
    async fn single_commits(&self, count: usize, run: &str) -> Duration {
        let by = StartedBy::Profile { id: store::OWNER.to_owned() };
        let flow = effects(1);
        let digest = self.store.put_flow(&flow).await.unwrap();
        let started = Event::Started {
            flow_id: flow.id.clone(),
            flow: digest,
            subflows: BTreeMap::new(),
            inputs: Values::new(),
            by,
            seed: 1,
            deadline: None,
            given: BTreeMap::new(),
            parent: None,
        };
        self.commit(run, started).await;
        let began = Instant::now();
        for turn in 0..count {
            let path = StepPath::new(format!("step-{turn}"));
            self.commit(run, Event::Finished { path, attempt: 1, outputs: Values::new(), took_us: 1 }).await;
        }
        let took = began.elapsed();
        self.commit(run, Event::Ended { ending: Ending::Completed, outputs: Values::new(), failure: None }).await;
        took
    }

    async fn commit(&self, run: &str, event: Event) {
        let batch = Batch { run: run.into(), at: SystemClock.now(), entries: vec![Entry::Event(event)], rests: false };
        self.store.commit(batch).await.unwrap();
    }
}

/// 100,000 runs that wait for a timer: how long a start of store and engine takes.
async fn waiting() {
    const RUNS: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let far = clock.now() + 86_400_000;
    {
        let store = Store::open(folder.path(), clock.clone()).await.unwrap();
        let flow = Draft::new("wait").node("wait", "delay", json!({ "ms": 86_400_000 })).flow();
        let digest = store.put_flow(&flow).await.unwrap();
        let mut written = Vec::new();
        for run in 0..RUNS {
            let by = StartedBy::Profile { id: store::OWNER.to_owned() };
            let started = Event::Started {
                flow_id: flow.id.clone(),
                flow: digest,
                subflows: BTreeMap::new(),
                inputs: Values::new(),
                by,
                seed: 1,
                deadline: None,
                given: BTreeMap::new(),
                parent: None,
            };
            let delayed = Event::Delayed { path: StepPath::new("wait"), due: far };
            let entries = vec![Entry::Event(started), Entry::Event(delayed)];
            written.push(store.commit(Batch { run: format!("r-{run:06}").into(), at: clock.now(), entries, rests: true }));
            if written.len() == 1_000 {
                for batch in written.drain(..) {
                    batch.await.unwrap();
                }
            }
        }
        store.close().await;
    }
    let began = Instant::now();
    let store = Store::open(folder.path(), clock.clone()).await.unwrap();
    let engine = Engine::new(Arc::new(store.clone()), TestNodes::new(World::new()), clock);
    assert_eq!(engine.resume().await.unwrap(), 0, "runs that only wait are not under way");
    figure("start-up with 100,000 runs that wait", began.elapsed().as_secs_f64(), "s", Some(2.0));
    store.close().await;
}

async fn approve(store: &Store, prompt: &str) {
    let prompt = store.prompt_by_id(prompt).await.unwrap().unwrap();
    let statement = Statement {
        prompt: prompt.id.clone(),
        request: prompt.request_digest,
        shown: prompt.shown_digest,
        answer: Answer::Approve,
        reason: String::new(),
        profile: store::OWNER.to_owned(),
        surface: "bench".to_owned(),
        at: SystemClock.now(),
        policy: 1,
    };
    let key = store::signing_key(store.folder(), store::OWNER).unwrap();
    store.decide(statement.sign(&key)).await.unwrap();
}

fn set() -> serde_json::Value {
    json!({ "fields": { "value": { "cel": "value" } } })
}

fn chain(steps: usize) -> Arc<Flow> {
    let ids: Vec<_> = (0..steps).map(|step| format!("s{step}")).collect();
    let first = Draft::new("chain").node(&ids[0], "set", json!({ "fields": { "value": { "cel": "1" } } }));
    let draft = ids[1..].iter().fold(first, |draft, id| draft.node(id, "set", set()));
    draft.chain(&ids.iter().map(String::as_str).collect::<Vec<_>>()).flow()
}

fn fan(width: usize) -> Arc<Flow> {
    let draft = Draft::new("fan").node("from", "set", json!({ "fields": { "value": { "cel": "1" } } }));
    let draft = draft.node("to", "merge", json!({ "mode": "list" }));
    (0..width)
        .fold(draft, |draft, step| {
            let id = format!("s{step}");
            let (input, output) = (format!("{id}.value"), format!("{id}.value"));
            draft.node(&id, "set", set()).wire("from.value", &input).wire(&output, "to.values")
        })
        .flow()
}

fn effects(steps: usize) -> Arc<Flow> {
    let ids: Vec<_> = (0..steps).map(|step| format!("e{step}")).collect();
    let draft = ids.iter().fold(Draft::new("effects"), |draft, id| draft.node(id, "effect", json!({ "host": HOST })));
    draft.chain(&ids.iter().map(String::as_str).collect::<Vec<_>>()).flow()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The most memory that this process has used, in MB; 0 where the system doesn't say.
fn most_memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn figure(what: &str, value: f64, unit: &str, limit: Option<f64>) {
    match limit {
        Some(limit) => println!("figure\t{what}\t{value:.3}\t{unit}\t{limit}"),
        None => println!("figure\t{what}\t{value:.3}\t{unit}"),
    }
}
