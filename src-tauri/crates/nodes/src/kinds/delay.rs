//! `delay`: waits.

use engine::{Control, Step, StepError};
use flow::{Port, Ports, Problem, Type, Values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools,
    kind::{BuiltInKind, problem},
    ports::value,
};

/// The longest wait: 100 years, so that a due time always fits.
const MOST_MS: u64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// The kind.
pub(crate) struct Delay;

/// How long to wait.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// How long to wait, in milliseconds, when nothing comes in on `ms`.
    #[schemars(range(max = MOST_MS), extend("unit" = "ms", "examples" = [60_000]))]
    ms: u64,
}

impl BuiltInKind for Delay {
    type Config = Config;
    const NAME: &'static str = "delay";
    const TITLE: &'static str = "Delay";
    const SUMMARY: &'static str = "Waits, then passes its value on.";
    const GROUP: &'static str = "Control";
    const ICON: &'static str = "clock";

    fn ports(_: Option<&Config>) -> Ports {
        let ms = Port::new("ms", Type::Number).help("How long to wait, in milliseconds, instead of what the config says.");
        Ports { inputs: vec![value(), ms], outputs: vec![Port::new("value", Type::Any).help("What came in on value.")] }
    }

    fn check(config: &Config) -> Vec<Problem> {
        if config.ms <= MOST_MS {
            return Vec::new();
        }
        vec![problem("BAD_CONFIG", "/ms", format!("{} ms is longer than 100 years.", config.ms), "Choose a shorter wait.")]
    }

    fn says(config: &Config) -> String {
        format!("Waits {}", crate::words::duration(config.ms))
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Delay(Box::new(move |inputs| wait(config.ms, inputs)))))
    }
}

/// The wait, in milliseconds.
fn wait(otherwise: u64, inputs: &Values) -> Result<u64, StepError> {
    let Some(given) = inputs.get("ms") else { return Ok(otherwise) };
    given.as_u64().filter(|ms| *ms <= MOST_MS).ok_or_else(|| {
        StepError::new(
            "BAD_INPUT",
            format!("{given} on ms is not a wait."),
            "Give a whole number of milliseconds, at most 100 years.",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use engine::{Control, Step};
    use flow::Values;
    use serde_json::json;

    use crate::testing::{build, codes};

    #[test]
    fn waits_as_the_config_or_the_wire_says() {
        let Step::Control(Control::Delay(wait)) = build("delay", json!({"ms": 250})).unwrap() else { panic!("a delay") };
        assert_eq!(wait(&Values::new()), Ok(250));
        assert_eq!(wait(&Values::one("ms", 7)), Ok(7));
        for wrong in [json!(-1), json!(1.5), json!("7"), json!(u64::MAX), json!(null)] {
            assert_eq!(wait(&Values::one("ms", wrong.clone())).unwrap_err().code, "BAD_INPUT", "{wrong}");
        }
        assert_eq!(codes("delay", json!({"ms": u64::MAX})), ["BAD_CONFIG"]);
    }
}
