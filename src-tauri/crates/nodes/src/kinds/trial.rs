//! `try`: a frame that catches what fails in it.

use engine::{Control, Frame, Step};
use flow::{Port, Ports, Problem, Type};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Trial;

/// Nothing to choose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl BuiltInKind for Trial {
    type Config = Config;
    const NAME: &'static str = "try";
    const TITLE: &'static str = "Try";
    const SUMMARY: &'static str =
        "Runs what stands in it; what fails there leaves by the error output, and what was done is taken back.";
    const GROUP: &'static str = "Frames";
    const ICON: &'static str = "shield-check";
    const INNER: Option<fn(&flow::Value) -> Ports> =
        Some(|_| Ports { inputs: vec![Port::new("result", Type::Any).help("What comes of it.")], outputs: Vec::new() });

    fn ports(_: Option<&Config>) -> Ports {
        Ports { inputs: Vec::new(), outputs: vec![Port::new("result", Type::Any).help("What came of it, where nothing failed.")] }
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Frame(Frame::Try)))
    }
}
