//! What lists of runs ask of the store.
#![allow(clippy::unwrap_used)]

mod common;

use common::{commit, ended, finished, flow, open, start, started};
use engine::Entry;
use store::{RunFilter, RunState, Store};

async fn ids(store: &Store, filter: RunFilter, most: u32) -> Vec<String> {
    store.find_runs(&filter, most).await.unwrap().into_iter().map(|run| run.id.to_string()).collect()
}

#[tokio::test]
async fn filters_and_heads() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    for run in ["run-1", "run-2", "run-3"] {
        start(&store, run).await;
    }
    let mut other = flow("Pay 100%_of it");
    other.id = "other".to_owned();
    store.put_flow(&other).await.unwrap();
    commit(&store, "run-4", vec![Entry::Event(started(&other)), Entry::Event(ended())]).await;
    commit(&store, "run-2", vec![Entry::Event(finished("a", 1)), Entry::Event(ended())]).await;

    let all = RunFilter::default;
    assert_eq!(ids(&store, all(), 10).await, ["run-4", "run-3", "run-2", "run-1"]);
    assert_eq!(ids(&store, all(), 1).await, ["run-4"]);
    assert_eq!(ids(&store, RunFilter { before: Some("run-3".into()), ..all() }, 10).await, ["run-2", "run-1"]);
    assert_eq!(ids(&store, RunFilter { flow: Some("other".into()), ..all() }, 10).await, ["run-4"]);
    assert_eq!(ids(&store, RunFilter { states: vec![RunState::Completed], ..all() }, 10).await, ["run-4", "run-2"]);
    assert_eq!(ids(&store, RunFilter { without: vec!["run-4".into(), "run-1".into()], ..all() }, 10).await, ["run-3", "run-2"]);
    for (text, found) in
        [("pay 100%_OF", &["run-4"][..]), ("HELL", &["run-3", "run-2", "run-1"]), ("n-2", &["run-2"]), ("%", &["run-4"])]
    {
        assert_eq!(ids(&store, RunFilter { text: Some(text.into()), ..all() }, 10).await, found, "{text}");
    }

    let mut heads = store.heads(&["run-1".into(), "run-2".into(), "none".into()]).await.unwrap();
    heads.sort();
    assert_eq!(heads, [("run-1".into(), 1), ("run-2".into(), 3)]);
    let of_a = store.events_of("run-2", Some("a")).await.unwrap();
    assert_eq!(of_a.iter().map(|event| event.seq).collect::<Vec<_>>(), [2]);
    let of_the_run = store.events_of("run-2", None).await.unwrap();
    assert_eq!(of_the_run.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 3]);

    // The same once events stand in the index by run.
    for _ in 0..3 {
        commit(&store, "run-1", (0..2_000).map(|n| Entry::Event(finished("b", n))).collect()).await;
    }
    assert_eq!(store.heads(&["run-1".into(), "run-2".into()]).await.unwrap(), [("run-1".into(), 6_001), ("run-2".into(), 3)]);
    assert_eq!(store.events_of("run-2", Some("a")).await.unwrap(), of_a);
}
