//! `race`: a frame whose first result counts.

use engine::{Control, Frame, Step};
use flow::{Port, Ports, Problem, Type};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Race;

/// Nothing to choose.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl BuiltInKind for Race {
    type Config = Config;
    const NAME: &'static str = "race";
    const TITLE: &'static str = "Race";
    const SUMMARY: &'static str = "Runs what stands in it side by side; the first result counts, and the rest is stopped.";
    const GROUP: &'static str = "Frames";
    const ICON: &'static str = "flag";
    const INNER: Option<fn(&flow::Value) -> Ports> = Some(|_| Ports {
        inputs: vec![Port::new("result", Type::Any).many().help("What each that runs in the race gives.")],
        outputs: Vec::new(),
    });

    fn ports(_: Option<&Config>) -> Ports {
        Ports { inputs: Vec::new(), outputs: vec![Port::new("result", Type::Any).help("The first result.")] }
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Frame(Frame::Race)))
    }
}
