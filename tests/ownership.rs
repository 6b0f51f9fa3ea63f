//! One process owns a workspace, and every other one on it is its client, or takes over.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout},
    thread,
    time::Duration,
};

use serde_json::Value;
use support::{
    flow::written_payment,
    workspace::{PATIENCE, Workspace, start, wait},
};

fn shop() -> (Workspace, String) {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.with_money("500.00");
    let flow = workspace.file("pay.flow.json", written_payment().text()).to_str().unwrap().to_owned();
    (workspace, flow)
}

/// Starts a payment that waits for an answer from another terminal.
fn start_waiting(workspace: &Workspace, flow: &str, dollars: u32) -> Child {
    start(&mut workspace.assent(["--json", "run", flow, "--wait", "--input", &format!("words=Send {dollars} dollars to Alice")]))
}

/// Reads a run's events until it asks; gives the run and the prompt.
fn until_it_asks(lines: &mut BufReader<ChildStdout>) -> (String, String) {
    let mut run = String::new();
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it asked");
        let line: Value = serde_json::from_str(&line).unwrap();
        if let Some(id) = line["run"].as_str() {
            id.clone_into(&mut run);
        }
        if line["event"]["gate"] == "wait" {
            return (run, line["event"]["prompt"].as_str().unwrap().to_owned());
        }
    }
}

/// The rest of a run's events.
fn rest(lines: BufReader<ChildStdout>) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn approve(workspace: &Workspace, prompt: &str) {
    let prompt = workspace.json(["prompts", prompt])["prompts"][0].take();
    workspace.approve(&prompt);
}

#[test]
fn another_terminal_approves_while_a_run_waits() {
    let (workspace, flow) = shop();
    let mut owner = start_waiting(&workspace, &flow, 60);
    let mut lines = BufReader::new(owner.stdout.take().unwrap());
    let (run, prompt) = until_it_asks(&mut lines);
    assert_eq!(workspace.json(["prompts"])["prompts"][0]["id"], *prompt);
    // The list of runs learns a moment later that a run only waits.
    while workspace.json(["show", &run])["info"]["state"] != "waiting" {
        assert!(owner.try_wait().unwrap().is_none());
    }
    approve(&workspace, &prompt);

    let events = rest(lines);
    assert!(owner.wait().unwrap().success(), "{events:?}");
    assert_eq!(events.last().unwrap()["event"]["ending"], "completed");
    assert_eq!(workspace.balances()["alice/USD"], 6_000);
    workspace.verify();
}

#[test]
fn a_short_lived_owner_that_approves_lets_the_run_go_on() {
    let (workspace, flow) = shop();
    let mut owner = start_waiting(&workspace, &flow, 60);
    let mut lines = BufReader::new(owner.stdout.take().unwrap());
    let (run, prompt) = until_it_asks(&mut lines);
    owner.kill().unwrap();
    owner.wait().unwrap();

    // Looking does not get runs going, and ends none.
    assert_eq!(workspace.json(["show", &run])["info"]["ended_at"], Value::Null);
    approve(&workspace, &prompt);
    assert_eq!(workspace.json(["show", &run])["ending"]["ending"], "completed");
    assert_eq!(workspace.balances()["alice/USD"], 6_000);
    workspace.verify();
}

#[test]
fn many_that_start_in_the_same_moment_all_succeed() {
    for _ in 0..3 {
        let workspace = Workspace::new();
        let hello = format!("{}/flows/hello.flow.json", env!("CARGO_MANIFEST_DIR"));
        let children: Vec<_> = (0..8).map(|_| start(&mut workspace.assent(["--json", "run", &hello]))).collect();
        for child in children {
            let done = wait(child, PATIENCE).expect(0);
            let seqs: Vec<_> = done.lines().iter().filter_map(|line| line["seq"].as_u64()).collect();
            assert!(seqs.iter().zip(1..).all(|(seq, at)| *seq == at), "{seqs:?}");
            assert_eq!(done.json()["event"]["ending"], "completed");
        }
        let runs = workspace.json(["runs"]);
        assert_eq!(runs["runs"].as_array().unwrap().len(), 8, "each ran once: {runs}");
        workspace.verify();
    }
}

#[test]
fn a_client_takes_over_when_the_owner_is_killed() {
    let (workspace, flow) = shop();
    let mut owner = start_waiting(&workspace, &flow, 60);
    let mut owners_lines = BufReader::new(owner.stdout.take().unwrap());
    let (first, first_prompt) = until_it_asks(&mut owners_lines);
    let mut client = start_waiting(&workspace, &flow, 70);
    let mut lines = BufReader::new(client.stdout.take().unwrap());
    let (second, second_prompt) = until_it_asks(&mut lines);

    owner.kill().unwrap();
    owner.wait().unwrap();
    // Another terminal is the client of the one that took over, or its owner for a moment; both let the runs go on.
    approve(&workspace, &second_prompt);
    let events = rest(lines);
    assert!(client.wait().unwrap().success(), "{events:?}");
    assert_eq!(events.last().unwrap()["event"]["ending"], "completed");
    let seqs: Vec<_> = events.iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert!(seqs.windows(2).all(|two| two[1] == two[0] + 1), "without gaps or doubles: {seqs:?}");
    assert_eq!(workspace.json(["show", &second])["ending"]["ending"], "completed");

    assert_eq!(workspace.json(["show", &first])["info"]["ended_at"], Value::Null);
    approve(&workspace, &first_prompt);
    assert_eq!(workspace.balances()["alice/USD"], 13_000);
    workspace.verify();
}

#[test]
fn a_client_goes_on_when_the_owner_ends_well() {
    let (workspace, flow) = shop();
    let mut owner = start_waiting(&workspace, &flow, 60);
    let mut owners_lines = BufReader::new(owner.stdout.take().unwrap());
    let (_, owners_prompt) = until_it_asks(&mut owners_lines);
    let mut client = start_waiting(&workspace, &flow, 70);
    let mut lines = BufReader::new(client.stdout.take().unwrap());
    let (_, clients_prompt) = until_it_asks(&mut lines);

    approve(&workspace, &owners_prompt);
    assert_eq!(rest(owners_lines).last().unwrap()["event"]["ending"], "completed");
    assert!(owner.wait().unwrap().success());
    thread::sleep(Duration::from_millis(50));
    assert!(client.try_wait().unwrap().is_none(), "it still waits for its own answer");
    approve(&workspace, &clients_prompt);
    assert_eq!(rest(lines).last().unwrap()["event"]["ending"], "completed");
    assert!(client.wait().unwrap().success());
    assert_eq!(workspace.balances()["alice/USD"], 13_000);
    workspace.verify();
}

#[test]
fn a_run_that_was_killed_is_resumed() {
    let (workspace, flow) = shop();
    let mut owner = start_waiting(&workspace, &flow, 60);
    let mut lines = BufReader::new(owner.stdout.take().unwrap());
    let (run, _) = until_it_asks(&mut lines);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let resumed = workspace.json(["resume"]);
    assert_eq!((&resumed["runs"][0]["run"], &resumed["runs"][0]["state"]), (&run.into(), &"waiting".into()));
    workspace.verify();
}

#[cfg(unix)]
#[test]
fn a_workspace_with_a_long_path_has_an_owner_and_clients_too() {
    let (workspace, flow) = shop();
    let deep = workspace.beside(&"deep/".repeat(30));
    let at = ["--workspace", deep.to_str().unwrap()];
    for args in [
        vec!["payee", "add", "alice", "--name", "Alice", "--credits", "alice"],
        vec!["account", "open", "shop", "--asset", "USD"],
        vec!["account", "fund", "shop", "500.00"],
    ] {
        workspace.ok(at.iter().copied().chain(args));
    }
    let mut owner = start(&mut workspace.assent(at.into_iter().chain([
        "--json",
        "run",
        &flow,
        "--wait",
        "--input",
        "words=Send 60 dollars to Alice",
    ])));
    let mut lines = BufReader::new(owner.stdout.take().unwrap());
    let (_, prompt) = until_it_asks(&mut lines);
    workspace.ok(at.into_iter().chain(["deny", &prompt]));
    assert_eq!(owner.wait().unwrap().code(), Some(3));
}
