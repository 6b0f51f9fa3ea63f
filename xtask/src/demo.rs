//! The demo: the program itself, called as a user would call it, in a fresh workspace.

use crate::places::Places;
use crate::process::{cargo, output, run, words};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

/// What the demo does: what is said before a step, if anything, and the arguments of `assent`.
const STEPS: &[(&str, &[&str])] = &[
    ("Alice is put into the address book.", &["payee", "add", "alice", "--name", "Alice", "--credits", "alice"]),
    (
        "An account is opened to pay from, and 500.00 dollars of play money come in.",
        &["account", "open", "operations", "--asset", "USD"],
    ),
    ("", &["account", "fund", "operations", "500.00"]),
    (
        "\"Send twenty-five dollars to Alice for the logo design\", a recording, starts the flow.",
        &["run", "flows/voice-payment.flow.json", "--input", "audio=@assets/voice/send-25-alice.wav"],
    ),
];

/// Builds the program and runs the demo. Without a terminal and without `yes`, the question stays unanswered: no payment.
pub(crate) fn run_demo(places: &Places, yes: bool) -> Result<()> {
    println!("Building the program (the first time takes some minutes).");
    run(&mut cargo(places, ["build", "--quiet", "--package", "assent", "--no-default-features"]))?;
    let workspace = fresh_workspace(places)?;
    let program = places.target.join("debug").join(format!("assent{}", env::consts::EXE_SUFFIX));
    let assent = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(&places.root).arg("--workspace").arg(&workspace).args(args);
        command
    };
    for (said, args) in STEPS {
        if !said.is_empty() {
            println!("\n{said}");
        }
        let mut step = assent(args);
        if yes && args[0] == "run" {
            step.arg("--yes");
        }
        println!("$ {}", words(&step));
        run(&mut step)?;
    }
    let runs = output(&mut assent(&["runs", "--ids"]))?;
    let last = runs.lines().next().context("the store lists no run")?;
    println!("\nEvery link of the receipt is checked against the store.");
    let mut verify = assent(&["verify", last]);
    println!("$ {}", words(&verify));
    run(&mut verify)
}

fn fresh_workspace(places: &Places) -> Result<PathBuf> {
    let workspace = places.target.join("demo").join("workspace");
    match fs::remove_dir_all(&workspace) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(&workspace),
    }
    .with_context(|| format!("{} can't be made fresh", workspace.display()))?;
    Ok(workspace)
}
