//! What a change must pass, and the long tests: plans of steps, carried out in order.

use crate::places::Places;
use crate::process::{cargo, run, words};
use crate::setup::{self, Need};
use crate::tools;
use crate::ui;
use anyhow::{Context, Result};
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Debug, PartialEq)]
struct Step {
    name: &'static str,
    act: Act,
}

#[derive(Debug, PartialEq)]
enum Act {
    /// Installs system packages.
    Setup,
    /// Installs the packages of the user interface.
    Packages,
    /// Runs npm in the folder `ui` with these arguments.
    Npm(Vec<String>),
    /// Runs cargo with these arguments.
    Cargo(Vec<String>),
    /// Runs cargo-deny with these arguments.
    Deny(Vec<String>),
}

/// Runs all checks; stops at the first that fails.
pub(crate) fn test(places: &Places, advisories: bool, runner: &[String]) -> Result<()> {
    carry_out(places, test_plan(tools::has_nextest(places), advisories, runner))?;
    if !advisories {
        println!("Advisories were not checked: `cargo xtask test --advisories` does, with the network.");
    }
    Ok(())
}

/// Runs the long tests, all of them even if one fails.
pub(crate) fn soak(places: &Places, runner: &[String]) -> Result<()> {
    carry_out(places, soak_plan(tools::has_nextest(places), runner))
}

fn test_plan(nextest: bool, advisories: bool, runner: &[String]) -> Vec<Step> {
    let run_tests: &[&str] = if nextest { &["nextest", "run", "--workspace"] } else { &["test", "--workspace"] };
    // The database of advisories comes from a Git host, which not every machine that runs this reaches.
    let deny: &[&str] = if advisories { &[] } else { &["bans", "licenses", "sources"] };
    vec![
        Step { name: "set-up", act: Act::Setup },
        Step { name: "packages of ui", act: Act::Packages },
        Step { name: "types of ui", act: Act::Npm(texts(&["run", "--silent", "types"], &[])) },
        Step { name: "check of ui", act: Act::Npm(texts(&["run", "--silent", "check"], &[])) },
        Step { name: "tests of ui", act: Act::Npm(texts(&["run", "--silent", "test"], &[])) },
        Step { name: "build of ui", act: Act::Npm(texts(&["run", "--silent", "build"], &[])) },
        Step { name: "formatting", act: Act::Cargo(texts(&["fmt", "--all", "--check"], &[])) },
        Step { name: "lints", act: Act::Cargo(texts(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])) },
        Step { name: "without the desktop", act: Act::Cargo(texts(&["check", "--workspace", "--no-default-features"], &[])) },
        Step { name: "dependencies", act: Act::Deny(texts(&["check", "--hide-inclusion-graph"], &texts(deny, &[]))) },
        Step { name: "tests", act: Act::Cargo(texts(run_tests, runner)) },
        Step { name: "the studio's program", act: Act::Cargo(texts(&["build", "--package", "assent", "--bin", "assent"], &[])) },
        Step { name: "the studio in a browser", act: Act::Npm(texts(&["run", "--silent", "e2e"], &[])) },
    ]
}

fn soak_plan(nextest: bool, runner: &[String]) -> Vec<Step> {
    let run_tests = if nextest {
        texts(&["nextest", "run", "--workspace", "--run-ignored", "only", "--no-fail-fast"], runner)
    } else {
        [texts(&["test", "--workspace", "--no-fail-fast"], runner), texts(&["--", "--ignored"], &[])].concat()
    };
    vec![Step { name: "set-up", act: Act::Setup }, Step { name: "long tests", act: Act::Cargo(run_tests) }]
}

fn texts(first: &[&str], rest: &[String]) -> Vec<String> {
    first.iter().map(|&text| text.to_owned()).chain(rest.iter().cloned()).collect()
}

fn carry_out(places: &Places, plan: Vec<Step>) -> Result<()> {
    let count = plan.len();
    let mut took: Vec<(&str, Duration)> = Vec::new();
    for (index, Step { name, act }) in plan.into_iter().enumerate() {
        println!("\n== {} of {count}: {name}", index + 1);
        let begun = Instant::now();
        let done = match act {
            Act::Setup => setup::packages(&[Need::Build, Need::Desktop, Need::Test]),
            Act::Packages => ui::install(places),
            Act::Npm(args) => shown(&mut ui::npm(places, &args.iter().map(String::as_str).collect::<Vec<_>>())),
            Act::Cargo(args) => shown(&mut cargo(places, args)),
            Act::Deny(args) => tools::cargo_deny(places).and_then(|program| {
                let mut deny = Command::new(program);
                shown(deny.current_dir(&places.root).args(["--workspace", "--all-features"]).args(args))
            }),
        };
        done.with_context(|| format!("step \"{name}\""))?;
        took.push((name, begun.elapsed()));
    }
    println!("\nAll {count} steps passed:");
    for (name, took) in took {
        println!("  {name:<20} {:>7.1} s", took.as_secs_f64());
    }
    Ok(())
}

/// Says what it runs, and runs it.
fn shown(command: &mut Command) -> Result<()> {
    println!("   {}", words(command));
    run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo_words(plan: &[Step], name: &str) -> String {
        match plan.iter().find(|step| step.name == name).map(|step| &step.act) {
            Some(Act::Cargo(args) | Act::Deny(args) | Act::Npm(args)) => args.join(" "),
            other => panic!("{name} is {other:?}"),
        }
    }

    #[test]
    fn set_up_comes_first_and_what_takes_longest_last() {
        let plan = test_plan(true, false, &[]);
        assert_eq!(plan.first().map(|step| &step.act), Some(&Act::Setup));
        assert_eq!(plan.last().map(|step| step.name), Some("the studio in a browser"));
    }

    #[test]
    fn extra_arguments_reach_the_runner_whichever_it_is() {
        let extra = ["-p".to_owned(), "money".to_owned()];
        assert_eq!(cargo_words(&test_plan(true, false, &extra), "tests"), "nextest run --workspace -p money");
        assert_eq!(cargo_words(&test_plan(false, false, &extra), "tests"), "test --workspace -p money");
        assert_eq!(cargo_words(&soak_plan(false, &extra), "long tests"), "test --workspace --no-fail-fast -p money -- --ignored");
    }

    #[test]
    fn advisories_are_checked_only_when_asked_for() {
        assert_eq!(
            cargo_words(&test_plan(true, false, &[]), "dependencies"),
            "check --hide-inclusion-graph bans licenses sources"
        );
        assert_eq!(cargo_words(&test_plan(true, true, &[]), "dependencies"), "check --hide-inclusion-graph");
    }
}
