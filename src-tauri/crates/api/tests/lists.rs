//! Lists of runs: filters, changes, and runs that are taken off.
#![allow(clippy::unwrap_used)]

mod bench;

use api::{
    Command as _, ErrorCode,
    commands::{
        run_again::RunDelete,
        run_changes::WatchRuns,
        runs::{Cancel, Runs, Stage},
    },
};
use flow::Flow;
use serde_json::json;
use testkit::Draft;

use bench::{Bench, usd};

fn pays(id: &str, minor: i64) -> std::sync::Arc<Flow> {
    Draft::new(id).node("pay", "pay", json!({ "minor": minor })).flow()
}

async fn ids(bench: &Bench, runs: Runs) -> Vec<String> {
    runs.handle(&bench.app).await.unwrap().runs.into_iter().map(|run| run.run).collect()
}

fn all() -> Runs {
    Runs { limit: 50, ..Runs::default() }
}

#[tokio::test]
async fn filters() {
    let bench = Bench::new().await;
    bench.run("run-1", &pays("small", 100)).await;
    bench.run("run-2", &Draft::new("broken").node("x", "fail", json!({ "code": "SAD" })).flow()).await;
    bench.run("run-3", &pays("large", 6_000)).await;
    bench.run("run-4", &pays("large", 7_000)).await;
    bench.run("run-5", &pays("small", 200)).await;
    Cancel { run: "run-4".into(), reason: "Not now.".into() }.handle(&bench.app).await.unwrap();

    assert_eq!(ids(&bench, all()).await, ["run-5", "run-4", "run-3", "run-2", "run-1"]);
    assert_eq!(ids(&bench, Runs { limit: 2, ..all() }).await, ["run-5", "run-4"]);
    assert_eq!(ids(&bench, Runs { limit: 2, before: Some("run-4".into()), ..all() }).await, ["run-3", "run-2"]);
    assert_eq!(ids(&bench, Runs { flow: Some("small".into()), ..all() }).await, ["run-5", "run-1"]);
    assert_eq!(ids(&bench, Runs { text: Some("ARG".into()), ..all() }).await, ["run-4", "run-3"]);
    for (state, runs) in [
        (Stage::Completed, &["run-5", "run-1"][..]),
        (Stage::Failed, &["run-2"]),
        (Stage::Cancelled, &["run-4"]),
        (Stage::Waiting, &["run-3"]),
        (Stage::Running, &[]),
    ] {
        assert_eq!(ids(&bench, Runs { state: Some(state), limit: 2, ..all() }).await, runs, "{state:?}");
    }

    // Twice the same: computed, then remembered.
    for _ in 0..2 {
        let runs = all().handle(&bench.app).await.unwrap().runs;
        assert!((runs[2].asking, runs[2].ended_at, runs[2].steps.waiting) == (true, None, 1) && runs[2].error.is_none());
        assert_eq!((runs[3].error.as_deref(), runs[3].steps.failed), (Some("x: As the config says."), 1));
        assert_eq!((&runs[4].spent, runs[4].by.as_str(), runs[4].name.as_str()), (&vec![usd(100)], "owner", "small"));
        assert!(!runs[1].asking && runs[1].ended_at.is_some() && runs[1].spent.is_empty());
    }
    let read: Runs = serde_json::from_value(json!({ "state": "failed" })).unwrap();
    assert_eq!(ids(&bench, read).await, ["run-2"]);
}

#[tokio::test]
async fn a_run_taken_off_the_list_stays_in_the_journal() {
    let bench = Bench::new().await;
    bench.run("run-1", &pays("small", 100)).await;
    bench.run("run-2", &pays("large", 6_000)).await;
    let delete = async |runs: &[&str]| {
        RunDelete { runs: runs.iter().map(ToString::to_string).collect() }
            .handle(&bench.app)
            .await
            .map_err(|error| error.code)
            .err()
    };
    assert_eq!(delete(&["run-1", "run-2"]).await, Some(ErrorCode::Conflict));
    assert_eq!(delete(&["run-1", "none"]).await, Some(ErrorCode::NotFound));
    assert_eq!(ids(&bench, all()).await, ["run-2", "run-1"]);

    let mut changes = bench.follow(WatchRuns {});
    let first = changes.next().await;
    assert_eq!((first.whole, first.runs.len(), first.removed.len()), (true, 2, 0));
    assert_eq!(delete(&["run-1"]).await, None);
    let next = changes.next().await;
    assert_eq!((next.whole, next.runs.len(), next.removed), (false, 0, vec!["run-1".to_owned()]));
    assert_eq!(ids(&bench, all()).await, ["run-2"]);
    assert_eq!(delete(&["run-1"]).await, None);
    assert_eq!(bench.store.events("run-1", 0).await.unwrap().last().unwrap().event.name(), "ended");

    // Who opens the workspace next hides the same.
    let again = bench.again();
    assert_eq!(ids(&again, all()).await, ["run-2"]);
}

#[tokio::test]
async fn the_list_of_runs_is_live() {
    let bench = Bench::new().await;
    for n in 0..103 {
        bench.start(&format!("run-0{n:03}"), &pays("small", 1), &Default::default(), Default::default()).await;
    }
    for n in 0..103 {
        bench.engine.settled(&format!("run-0{n:03}").into()).await.unwrap();
    }
    let mut changes = bench.follow(WatchRuns {});
    let first = changes.next().await;
    assert!(first.whole && first.runs.len() == 100 && first.runs[0].run == "run-0102" && first.runs[99].run == "run-0003");
    assert!(first.runs.iter().all(|run| run.state == "completed"));

    bench.run("run-1", &pays("large", 6_000)).await;
    let mut seen = changes.next().await;
    while seen.runs[0].state != "waiting" {
        seen = changes.next().await;
    }
    assert_eq!((seen.runs.len(), seen.whole, seen.runs[0].asking), (1, false, true));
    let listed = all().handle(&bench.app).await.unwrap().runs.remove(0);
    assert_eq!(listed, seen.runs[0]);
    Cancel { run: "run-1".into(), reason: String::new() }.handle(&bench.app).await.unwrap();
    while seen.runs[0].state != "cancelled" {
        seen = changes.next().await;
    }
    assert!(seen.runs[0].ended_at.is_some());
}
