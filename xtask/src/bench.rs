//! The benches: programs that measure and print figures; here they are built for release, run, and put into one table.
//!
//! A bench prints each figure as a line `figure<TAB>what<TAB>value<TAB>unit`, with `<TAB>limit` where there is one
//! (the most that is acceptable). All else it prints is passed through.

use crate::places::Places;
use crate::process::{cargo, output, run};
use crate::setup::{self, Need};
use crate::ui;
use anyhow::{Context, Result, bail};
use std::env;
use std::process::Command;

struct Bench {
    name: &'static str,
    program: Program,
}

/// What measures.
enum Program {
    /// An example of a package.
    Example { package: &'static str, example: &'static str },
    /// A script of the folder `ui`, over the program and the desktop as they are shipped.
    Script(&'static str),
}

const BENCHES: &[Bench] = &[
    Bench { name: "machine", program: Program::Example { package: "engine", example: "machine" } },
    Bench { name: "durable", program: Program::Example { package: "assent", example: "durable" } },
    Bench { name: "commits", program: Program::Example { package: "store", example: "commits" } },
    Bench { name: "grammar", program: Program::Example { package: "intent", example: "speed" } },
    Bench { name: "ui", program: Program::Script("bench/main.mjs") },
];

impl Program {
    /// The command that measures; builds what it needs.
    fn command(&self, places: &Places) -> Result<Command> {
        match *self {
            Self::Example { package, example } => {
                Ok(cargo(places, ["run", "--quiet", "--release", "--package", package, "--example", example, "--"]))
            }
            Self::Script(script) => {
                setup::packages(&[Need::Desktop, Need::Test])?;
                ui::build(places)?;
                let build = ["build", "--quiet", "--release", "--package", "assent", "--bins", "--features", "custom-protocol"];
                run(&mut cargo(places, build))?;
                let mut command = Command::new("node");
                command.current_dir(places.root.join("ui")).arg(script);
                for (variable, program) in [("ASSENT_BIN", "assent"), ("ASSENT_STUDIO", "assent-studio")] {
                    let program = format!("{program}{}", env::consts::EXE_SUFFIX);
                    command.env(variable, places.target.join("release").join(program));
                }
                Ok(command)
            }
        }
    }
}

/// A measured value.
#[derive(Debug, PartialEq)]
struct Figure {
    what: String,
    value: f64,
    unit: String,
    /// The most that is acceptable, in the same unit.
    limit: Option<f64>,
}

impl Figure {
    /// Reads one line of a bench's output; none if it isn't a figure.
    fn parse(line: &str) -> Option<Result<Self>> {
        let line = line.strip_prefix("figure\t")?;
        Some(Self::parse_fields(line).with_context(|| format!("a figure that can't be read: {line}")))
    }

    fn parse_fields(line: &str) -> Result<Self> {
        let (what, value, unit, limit) = match *line.split('\t').collect::<Vec<_>>() {
            [what, value, unit] => (what, value, unit, None),
            [what, value, unit, limit] => (what, value, unit, Some(limit.parse()?)),
            _ => bail!("it has to be: what, value, unit, and perhaps a limit"),
        };
        Ok(Self { what: what.to_owned(), value: value.parse()?, unit: unit.to_owned(), limit })
    }

    fn over(&self) -> bool {
        self.limit.is_some_and(|limit| self.value > limit)
    }

    fn row(&self) -> String {
        let limit = self
            .limit
            .map_or(String::new(), |limit| format!("at most {limit} {}{}", self.unit, if self.over() { ", OVER" } else { "" }));
        format!("{:<58} {:>12.3} {:<6} {limit}", self.what, self.value, self.unit)
    }
}

/// Runs the benches whose name contains the filter. Fails if a figure is over its limit.
pub(crate) fn run_benches(places: &Places, filter: Option<&str>) -> Result<()> {
    let chosen: Vec<&Bench> = BENCHES.iter().filter(|bench| filter.is_none_or(|part| bench.name.contains(part))).collect();
    if chosen.is_empty() {
        bail!("no such bench. There are: {}", BENCHES.iter().map(|bench| bench.name).collect::<Vec<_>>().join(", "));
    }
    let mut figures = Vec::new();
    for bench in chosen {
        println!("\n== {}", bench.name);
        for line in output(&mut bench.program.command(places)?)?.lines() {
            match Figure::parse(line) {
                Some(figure) => figures.push(figure?),
                None => println!("{line}"),
            }
        }
    }
    println!();
    for figure in &figures {
        println!("{}", figure.row());
    }
    let over = figures.iter().filter(|figure| figure.over()).count();
    if over > 0 {
        bail!("{over} of {} figures are over their limit", figures.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(line: &str) -> Figure {
        Figure::parse(line).expect("a figure").expect("one that can be read")
    }

    #[test]
    fn a_figure_over_its_limit_says_so() {
        assert!(!figure("figure\tchain\t25\tms\t25").over());
        let slow = figure("figure\tchain\t25.5\tms\t25");
        assert!(slow.over());
        assert!(slow.row().ends_with("at most 25 ms, OVER"));
    }

    #[test]
    fn a_figure_without_a_limit_is_never_over() {
        assert!(!figure("figure\tmemory\t1e9\tMB").over());
    }

    #[test]
    fn other_lines_are_no_figures_and_broken_ones_are_errors() {
        assert!(Figure::parse("warming up").is_none());
        assert!(Figure::parse("figure\tchain\tfast\tms").is_some_and(|figure| figure.is_err()));
        assert!(Figure::parse("figure\tchain").is_some_and(|figure| figure.is_err()));
    }
}
