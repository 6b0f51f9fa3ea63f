//! `for-each`: a frame whose members run once for each element of a list.

use engine::{Control, Frame, OnFailure, Step};
use flow::{Port, Ports, Problem, Type};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct ForEach;

/// How its members run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// How many elements at once.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 256))]
    parallel: u32,
    /// What one failure means for the others.
    #[serde(default)]
    on_failure: Failure,
}

fn four() -> u32 {
    4
}

/// What one failure means for the others.
#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Failure {
    /// Nothing new starts, and the frame fails.
    #[default]
    Stop,
    /// The others go on; results holds only theirs.
    Skip,
    /// The others go on; results holds null in the place of one that failed.
    Collect,
}

impl BuiltInKind for ForEach {
    type Config = Config;
    const NAME: &'static str = "for-each";
    const TITLE: &'static str = "For each";
    const SUMMARY: &'static str = "Runs what stands in it once for each element of a list, and keeps the order.";
    const GROUP: &'static str = "Frames";
    const ICON: &'static str = "repeat-2";
    const INNER: Option<fn(&flow::Value) -> Ports> = Some(|_| Ports {
        inputs: vec![Port::new("result", Type::Any).help("What comes of the element; nothing wired gives null.")],
        outputs: vec![
            Port::new("item", Type::Any).help("The element."),
            Port::new("index", Type::Number).help("Its place in the list, from 0."),
        ],
    });

    fn ports(_: Option<&Config>) -> Ports {
        Ports {
            inputs: vec![Port::new("items", Type::Any.list()).required().help("The list.")],
            outputs: vec![
                Port::new("results", Type::Any.list()).help("What came of each element, in the order of the list."),
                Port::new("failures", Type::Json.list()).help("Which elements failed: index and error of each."),
            ],
        }
    }

    fn says(config: &Config) -> String {
        let failing = match config.on_failure {
            Failure::Stop => "stops at a failure",
            Failure::Skip => "leaves failures out",
            Failure::Collect => "collects failures",
        };
        format!("{} at once, {failing}", config.parallel)
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let on_failure = match config.on_failure {
            Failure::Stop => OnFailure::Stop,
            Failure::Skip => OnFailure::Skip,
            Failure::Collect => OnFailure::Collect,
        };
        Ok(Step::Control(Control::Frame(Frame::ForEach { parallel: config.parallel, on_failure })))
    }
}
