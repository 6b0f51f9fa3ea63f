//! Measures the store: single commits, group commit, journalling of plain results, opening, and many waiting runs.
//!
//! `cargo run --release -p store --example commits [FOLDER]`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it only measures and prints")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use common::{authorise, batch, call, decision, ended, finished, flow, started};
use consent::Answer;
use engine::{Entry, Event, Journal as _, clock::SystemClock};
use store::{Store, StoreError};

const HOST: &str = "api.example.com";
const CALLERS: u32 = 100;
const STEPS: u32 = 100;
const WAITING: u32 = 100_000;

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::args().nth(1).map_or_else(|| temporary.path().to_owned(), Into::into);
    let store = Store::open(&folder, Arc::new(SystemClock)).await?;
    allow(&store).await?;
    let single = singles(&store).await;
    println!("single commit            {single:>10.2?}  ({:.0}/s)", 1.0 / single.as_secs_f64());
    let each = grouped(&store, single).await;
    println!("grouped, each of {CALLERS}     {each:>10.2?}");
    plain(&store).await;
    store.close().await;
    drop(store);
    for _ in 0..3 {
        opening(&folder).await?;
    }
    many_waiting(&folder.join("waiting")).await
}

/// The processor's time that this process took so far, where the system says so; other work on the machine doesn't count.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: Vec<u64> = stat.split(' ').skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    Duration::from_millis(ticks.iter().sum::<u64>() * 10)
}

async fn allow(store: &Store) -> Result<(), StoreError> {
    let mut policy = store.policies().await?.remove(0).policy;
    if policy.hosts.write.insert(HOST.to_owned()) {
        let (prompt, _) = store.propose_policy(policy).await?;
        let prompt = store.prompt_by_id(&prompt).await?.unwrap();
        store.decide(decision(store, &prompt, Answer::Approve)).await?;
    }
    Ok(())
}

fn id(kind: &str, n: u32) -> String {
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    format!("{at:016}-{kind}{n}")
}

async fn begin(store: &Store, run: &str) {
    store.commit(batch(run, 1, vec![Entry::Event(started(&flow("Hello")))])).await.unwrap();
}

async fn singles(store: &Store) -> Duration {
    let run = id("s", 0);
    begin(store, &run).await;
    let count = 1_000;
    let start = Instant::now();
    for n in 0..count {
        store.commit(batch(&run, 2, vec![Entry::Event(finished("a", n))])).await.unwrap();
    }
    start.elapsed() / count
}

async fn grouped(store: &Store, single: Duration) -> Duration {
    let runs: Vec<_> = (0..CALLERS).map(|n| id("g", n)).collect();
    for run in &runs {
        begin(store, run).await;
    }
    let mut best = Duration::MAX;
    for round in 0..5 {
        let (start, before) = (Instant::now(), processor());
        let callers: Vec<_> = runs
            .iter()
            .map(|run| {
                let (store, run) = (store.clone(), run.clone());
                tokio::spawn(async move {
                    for n in 0..STEPS {
                        let path = format!("step-{round}-{n}");
                        let ask = authorise(&path, call(&run, &path, HOST));
                        let recorded =
                            store.commit(batch(&run, 3, vec![Entry::Event(finished("before", n)), ask])).await.unwrap();
                        assert!(matches!(&recorded.events[1].event, Event::Gated { gate: engine::Gate::Act, .. }));
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let each = start.elapsed() / (CALLERS * STEPS);
        let worked = (processor() - before) / (CALLERS * STEPS);
        let fit = single.as_secs_f64() / each.as_secs_f64();
        println!("  round {round}: {each:.2?} a batch ({worked:.2?} of processor), {fit:.1} in the time of one single commit");
        best = best.min(each);
    }
    best
}

async fn plain(store: &Store) {
    let run = id("p", 0);
    begin(store, &run).await;
    for round in 0..5 {
        let start = Instant::now();
        let written: Vec<_> = (0..4)
            .map(|_| store.commit(batch(&run, 4, (0..250).map(|n| Entry::Event(finished(&format!("step-{n}"), n))).collect())))
            .collect();
        let queued = start.elapsed();
        for each in written {
            each.await.unwrap();
        }
        println!("1,000 results, round {round}: queued in {queued:.2?}, on disk in {:.2?}", start.elapsed());
    }
}

async fn opening(folder: &Path) -> Result<(), StoreError> {
    let start = Instant::now();
    let store = Store::open(folder, Arc::new(SystemClock)).await?;
    let opened = start.elapsed();
    let found = store.unfinished().await.unwrap();
    let read = start.elapsed();
    let run = id("o", 0);
    begin(&store, &run).await;
    let first = start.elapsed();
    store.commit(batch(&run, 5, vec![Entry::Event(ended())])).await.unwrap();
    let second = start.elapsed();
    store.close().await;
    println!(
        "opened in {opened:.2?}, {} unfinished read by {read:.2?}, first commit by {first:.2?}, second by {second:.2?}, closed by {:.2?}",
        found.active.len(),
        start.elapsed()
    );
    Ok(())
}

async fn many_waiting(folder: &Path) -> Result<(), StoreError> {
    let store = Store::open(folder, Arc::new(SystemClock)).await?;
    let start = Instant::now();
    let mut written = Vec::new();
    for n in 0..WAITING {
        let delayed = Event::Delayed { path: engine::Path::new("wait"), due: i64::MAX };
        let mut rests = batch(&id("w", n), 6, vec![Entry::Event(started(&flow("Hello"))), Entry::Event(delayed)]);
        rests.rests = true;
        written.push(store.commit(rests));
        if written.len() == 5_000 {
            for each in written.drain(..) {
                each.await.unwrap();
            }
        }
    }
    for each in written {
        each.await.unwrap();
    }
    println!("{WAITING} waiting runs written in {:.2?}", start.elapsed());
    store.close().await;
    drop(store);
    let start = Instant::now();
    let store = Store::open(folder, Arc::new(SystemClock)).await?;
    let opened = start.elapsed();
    let found = store.unfinished().await.unwrap();
    println!("opened in {opened:.2?}, {} waiting steps read by {:.2?}", found.waiting.len(), start.elapsed());
    Ok(())
}
