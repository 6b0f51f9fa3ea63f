//! The tasks of this project, as `cargo xtask COMMAND`: set-up, demo, test, bench, soak.
//!
//! Every command first does its part of the set-up, so a clean clone needs nothing but Rust.
#![allow(clippy::print_stdout, reason = "a task runner talks to the person who started it")]

mod bench;
mod checks;
mod demo;
mod places;
mod process;
mod setup;
mod studio;
mod tools;
mod ui;

use anyhow::Result;
use clap::{Parser, Subcommand};
use places::Places;
use setup::Need;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The tasks of this project", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs what is missing for building and testing, and says what it does
    Setup,
    /// Runs the spoken payment, from the recorded sentence to the verified receipt
    Demo {
        /// Answers as the demo's approver, where there is no terminal to ask in; the receipt says so
        #[arg(long)]
        yes: bool,
    },
    /// Opens the desktop studio, built from what is here
    Studio {
        /// Arguments for the studio, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Runs everything a change must pass: formatting, lints, licences, tests
    Test {
        /// Also checks for known vulnerabilities; fetches the advisory database over the network
        #[arg(long)]
        advisories: bool,
        /// Arguments for the test runner, after `--`
        #[arg(last = true)]
        runner: Vec<String>,
    },
    /// Builds for release and measures; prints one table
    Bench {
        /// Only the benches whose name contains this
        filter: Option<String>,
    },
    /// Runs the long tests
    Soak {
        /// Arguments for the test runner, after `--`
        #[arg(last = true)]
        runner: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nFailed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let places = Places::find()?;
    match task {
        Task::Setup => {
            setup::packages(&[Need::Build, Need::Desktop, Need::Test])?;
            ui::install(&places)?;
            tools::cargo_deny(&places).map(drop)
        }
        Task::Demo { yes } => {
            setup::packages(&[Need::Build])?;
            demo::run_demo(&places, yes)
        }
        Task::Studio { args } => studio::open(&places, &args),
        Task::Test { advisories, runner } => checks::test(&places, advisories, &runner),
        Task::Bench { filter } => {
            setup::packages(&[Need::Build])?;
            bench::run_benches(&places, filter.as_deref())
        }
        Task::Soak { runner } => checks::soak(&places, &runner),
    }
}
