//! `note`: words on the canvas.

use engine::{Control, Step};
use flow::{Ports, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Note;

/// Words on the canvas.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a note is there to be read by people; its schema is what matters")]
pub(crate) struct Config {
    /// What it says.
    #[schemars(length(max = 10_000))]
    text: String,
}

impl BuiltInKind for Note {
    type Config = Config;
    const NAME: &'static str = "note";
    const TITLE: &'static str = "Note";
    const SUMMARY: &'static str = "Explains something to the people who read the flow, and does nothing.";
    const GROUP: &'static str = "Flow";
    const ICON: &'static str = "sticky-note";

    fn ports(_: Option<&Config>) -> Ports {
        Ports::default()
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Nothing))
    }
}
