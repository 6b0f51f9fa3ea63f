//! `fallback`: a frame whose members are alternatives.

use engine::{Control, Frame, Step};
use flow::{Port, Ports, Problem, Type};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Fallback;

/// Nothing to choose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl BuiltInKind for Fallback {
    type Config = Config;
    const NAME: &'static str = "fallback";
    const TITLE: &'static str = "Fallback";
    const SUMMARY: &'static str = "Tries what stands in it one after the other, until one succeeds.";
    const GROUP: &'static str = "Frames";
    const ICON: &'static str = "life-buoy";
    const INNER: Option<fn(&flow::Value) -> Ports> = Some(|_| Ports {
        inputs: vec![Port::new("result", Type::Any).many().help("What each alternative gives.")],
        outputs: Vec::new(),
    });

    fn ports(_: Option<&Config>) -> Ports {
        Ports { inputs: Vec::new(), outputs: vec![Port::new("result", Type::Any).help("What the first that succeeded gave.")] }
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Frame(Frame::Fallback)))
    }
}
