//! `repeat`: a frame whose members run again and again until a condition holds.

use engine::{Control, Frame, Step, StepError};
use flow::{Expression, Port, Ports, Problem, Type, Value, Vars};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools, formula,
    kind::{BuiltInKind, problem},
};

/// The kind.
pub(crate) struct Repeat;

/// Until when its members run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Whether it is enough: reads result, value (what the round began with) and round (from 1).
    #[schemars(extend("format" = "cel", "examples" = ["result.ready == true", "round >= 3"]))]
    until: String,
    /// The most rounds. If it is not enough then, the frame fails.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 10_000))]
    most: u32,
}

fn ten() -> u32 {
    10
}

/// What the condition reads.
const READS: [&str; 3] = ["value", "round", "result"];

impl BuiltInKind for Repeat {
    type Config = Config;
    const NAME: &'static str = "repeat";
    const TITLE: &'static str = "Repeat";
    const SUMMARY: &'static str = "Runs what stands in it again and again until a condition holds, at most so many times.";
    const GROUP: &'static str = "Frames";
    const ICON: &'static str = "rotate-cw";
    const INNER: Option<fn(&Value) -> Ports> = Some(|_| Ports {
        inputs: vec![Port::new("result", Type::Any).help("What comes of the round, and goes into the next as value.")],
        outputs: vec![
            Port::new("value", Type::Any).help("What came in at first; later what the round before gave."),
            Port::new("round", Type::Number).help("Which round it is, from 1."),
        ],
    });

    fn ports(_: Option<&Config>) -> Ports {
        Ports {
            inputs: vec![Port::new("value", Type::Any).help("What the first round begins with.")],
            outputs: vec![
                Port::new("result", Type::Any).help("What the last round gave."),
                Port::new("rounds", Type::Number).help("How many rounds it took."),
            ],
        }
    }

    fn says(config: &Config) -> String {
        format!("Until {}, at most {} times", crate::words::brief(&config.until), config.most)
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let until = Expression::compile(&config.until, &READS).map_err(|error| {
            let message = format!("The expression does not compile. {error}");
            vec![problem("BAD_EXPRESSION", "/until", message, "Correct the expression.")]
        })?;
        let until = move |(now, seed): (i64, u64), values: &flow::Values| {
            let answer = until.eval(&Vars { values, now, seed }).map_err(|error| formula::failed("the condition", &error))?;
            answer.as_bool().ok_or_else(|| {
                let message = format!("The condition gave {}, which is neither true nor false.", crate::short(&answer));
                StepError::new("TYPE_MISMATCH", message, "Compare something in the condition.")
            })
        };
        Ok(Step::Control(Control::Frame(Frame::Repeat { until: Box::new(until), most: config.most })))
    }
}
