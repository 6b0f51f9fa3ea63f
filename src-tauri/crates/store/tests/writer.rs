//! Whatever is written in whatever order and groups, the store stays what its chain says, and a restart finds the same.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::{authorise, batch, decision, ended, finished, furnish, open, pay, start};
use consent::Answer;
use engine::{Entry, Event, Journal as _, Path};
use proptest::prelude::*;
use store::Store;

const RUNS: usize = 3;
const STEPS: usize = 3;

#[derive(Debug, Clone)]
enum Deed {
    Finish(usize),
    Wait(usize),
    Wake(usize),
    Ask(usize, usize, i128),
    Take(usize, usize, bool),
    Answer(usize, bool),
    Rest(usize),
    End(usize),
    Pause(bool),
    Restart,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let run = || 0..RUNS;
    let deed = prop_oneof![
        3 => run().prop_map(Deed::Finish),
        1 => run().prop_map(Deed::Wait),
        1 => run().prop_map(Deed::Wake),
        6 => (run(), 0..STEPS, prop_oneof![Just(100), Just(2_000), Just(6_000), Just(60_000)]).prop_map(|(r, s, m)| Deed::Ask(r, s, m)),
        4 => (run(), 0..STEPS, any::<bool>()).prop_map(|(r, s, p)| Deed::Take(r, s, p)),
        4 => (0..8_usize, any::<bool>()).prop_map(|(n, yes)| Deed::Answer(n, yes)),
        1 => run().prop_map(Deed::Rest),
        1 => run().prop_map(Deed::End),
        1 => any::<bool>().prop_map(Deed::Pause),
        1 => Just(Deed::Restart),
    ];
    prop::collection::vec(deed, 1..40)
}

fn failed(path: &str) -> Event {
    let error = engine::StepError::new("NO", "It was not sent.", "");
    Event::Failed { path: Path::new(path), attempt: 1, error, retry_at: None, took_us: 1 }
}

async fn carry_out(deeds: Vec<Deed>) {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, clock) = open(folder.path()).await;
    furnish(&store).await;
    let run = |n: usize| format!("r{n}");
    for n in 0..RUNS {
        start(&store, &run(n)).await;
    }
    for (nth, deed) in deeds.into_iter().enumerate() {
        let at = testkit::START + 10 + i64::try_from(nth).unwrap();
        let step = |s: usize| format!("pay-{s}");
        let (of, entries, rests) = match deed {
            Deed::Finish(r) => (r, vec![Entry::Event(finished("a", 1)), Entry::Event(finished("b", "x".repeat(33_000)))], false),
            Deed::Wait(r) => (r, vec![Entry::Event(Event::Delayed { path: Path::new("d"), due: at + 5 })], true),
            Deed::Wake(r) => (r, vec![Entry::Event(Event::Woke { path: Path::new("d") })], false),
            Deed::Ask(r, s, minor) => (r, vec![authorise(&step(s), pay(&run(r), &step(s), minor))], false),
            Deed::Rest(r) => (r, vec![], true),
            Deed::End(r) => (r, vec![Entry::Event(ended())], false),
            Deed::Take(r, s, post) => {
                let holds = store.holds(true, 100).await.unwrap();
                let key = common::key(&run(r), &step(s)).to_string();
                let Some(hold) = holds.iter().find(|h| h.reserve.id.as_str().starts_with(&format!("h-{}", &key[..16]))) else {
                    continue;
                };
                let event = if post { finished(&step(s), "paid") } else { failed(&step(s)) };
                (r, vec![Entry::Effect { event, hold: hold.reserve.id.to_string(), post }], false)
            }
            Deed::Answer(n, yes) => {
                let open = store.prompts(true).await.unwrap();
                let Some(prompt) = open.get(n) else { continue };
                let answer = if yes { Answer::Approve } else { Answer::Reject };
                let of = prompt.run.as_deref().unwrap()[1..].parse().unwrap();
                (of, vec![Entry::Decide(Box::new(decision(&store, prompt, answer)))], false)
            }
            Deed::Pause(paused) => {
                store.set_paused(paused, "owner").await.unwrap();
                continue;
            }
            Deed::Restart => {
                store.close().await;
                drop(store);
                store = Store::open(folder.path(), clock.clone()).await.unwrap();
                continue;
            }
        };
        let mut wanted = batch(&run(of), at, entries);
        wanted.rests = rests;
        // Some are refused, as their run has ended or the payment was not cleared; a run goes on once it is loaded again.
        if store.commit(wanted).await.is_err() {
            store.load(&run(of).as_str().into()).await.unwrap();
        }
    }
    let report = store.verify(None).await.unwrap();
    assert!(report.is_whole(), "{:#?}", report.problems);
    store.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_store_stays_what_its_chain_says(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(carry_out(deeds));
    }
}

/// Many callers at once, against one day's cap: what is held and paid never passes it, and every answer is in the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_at_once_never_overspend() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    let callers: Vec<_> = (0..20)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let run: Arc<str> = format!("r{n:02}").into();
                start(&store, &run).await;
                let mut granted = 0;
                for step in 0..4 {
                    let path = format!("pay-{step}");
                    let asked =
                        store.commit(batch(&run, testkit::START, vec![authorise(&path, pay(&run, &path, 1_500))])).await.unwrap();
                    if let Event::Gated { gate: engine::Gate::Act, hold: Some(hold), .. } = &asked.events[0].event {
                        granted += 1;
                        let post = step % 2 == 0;
                        let event = if post { finished(&path, "paid") } else { failed(&path) };
                        let effect = Entry::Effect { event, hold: hold.clone(), post };
                        store.commit(batch(&run, testkit::START, vec![effect])).await.unwrap();
                    }
                }
                granted
            })
        })
        .collect();
    let mut granted = 0;
    for caller in callers {
        granted += caller.await.unwrap();
    }
    let paid: i128 = store
        .transfers(1_000)
        .await
        .unwrap()
        .iter()
        .filter(|t| t.from.as_str() == common::ACCOUNT)
        .map(|t| t.amount.minor())
        .sum();
    // The day's cap of "usual" is 500.00.
    assert!(paid <= 50_000 && granted >= 33, "{paid} {granted}");
    let report = store.verify(None).await.unwrap();
    assert!(report.is_whole(), "{:#?}", report.problems);
}
