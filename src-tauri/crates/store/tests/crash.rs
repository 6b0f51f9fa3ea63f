//! A process that is killed loses nothing that it was told is on disk.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::{authorise, batch, finished, furnish, open, pay, start};
use engine::{Entry, Event, Gate, Journal as _};

const CHILD: &str = "ASSENT_TEST_STORE";
const KILLS: u32 = 12;

/// Runs in a process of its own: pays and journals in four runs at once, and says what it was told is on disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let (store, _) = open(Path::new(&folder)).await;
    furnish(&store).await;
    let turn = store.runs(None, 1_000).await.unwrap().len();
    let work: Vec<_> = (0..4)
        .map(|n| {
            let (store, run) = (store.clone(), format!("r{:04}", turn + n));
            tokio::spawn(async move {
                start(&store, &run).await;
                for step in 0.. {
                    let path = format!("pay-{step}");
                    let asks = authorise(&path, pay(&run, &path, 1));
                    let asked = store.commit(batch(&run, 5, vec![Entry::Event(finished("a", step)), asks])).await.unwrap();
                    said(&run, asked.events[1].seq);
                    if let Event::Gated { gate: Gate::Act, hold: Some(hold), .. } = &asked.events[1].event {
                        let event = finished(&path, "x".repeat(usize::try_from(step % 3 * 20_000).unwrap()));
                        let paid = store
                            .commit(batch(&run, 6, vec![Entry::Effect { event, hold: hold.clone(), post: true }]))
                            .await
                            .unwrap();
                        said(&run, paid.events[0].seq);
                    }
                }
            })
        })
        .collect();
    for each in work {
        each.await.unwrap();
    }
}

fn said(run: &str, seq: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {run} {seq}").unwrap();
    out.flush().unwrap();
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut answered: HashMap<String, u64> = HashMap::new();
    for turn in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let until = Instant::now() + Duration::from_millis(60 + u64::from(turn * 37 % 100));
        let mut killed = false;
        for line in lines {
            let line = line.unwrap();
            // The test's harness may print beside it.
            if let Some(("ack", rest)) = line.find("ack ").map(|at| line[at..].split_once(' ').unwrap())
                && let Some((run, seq)) = rest.split_once(' ')
                && let Ok(seq) = seq.parse::<u64>()
            {
                let last = answered.entry(run.to_owned()).or_default();
                *last = seq.max(*last);
            }
            if !killed && Instant::now() >= until {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        assert!(killed, "the child ended by itself");
        let (store, _) = open(folder.path()).await;
        for (run, seq) in &answered {
            let events = store.load(&run.as_str().into()).await.unwrap();
            assert!(events.last().is_some_and(|last| last.seq >= *seq), "run {run} lost event {seq} after kill {turn}");
        }
        let report = store.verify(None).await.unwrap();
        assert!(report.is_whole(), "{:#?}", report.problems);
        store.close().await;
    }
    assert!(answered.values().sum::<u64>() > 100, "{answered:?}");
}
