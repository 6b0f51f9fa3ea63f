//! `threshold`: whether enough of several answers are a yes.

use engine::{Context, Pure, Step, StepError, node::input};
use flow::{Port, Ports, Problem, Type, Value, Values};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Threshold;

/// How many are enough.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// How many answers must be yes.
    #[schemars(range(min = 1, max = 1_000))]
    least: u32,
}

impl BuiltInKind for Threshold {
    type Config = Config;
    const NAME: &'static str = "threshold";
    const TITLE: &'static str = "Threshold";
    const SUMMARY: &'static str = "Goes on only if so many of the answers that come in are yes.";
    const GROUP: &'static str = "Control";
    const ICON: &'static str = "vote";

    fn ports(_: Option<&Config>) -> Ports {
        let answers = Port::new("answers", Type::Any).required().many();
        Ports {
            inputs: vec![answers.help("True or false, or an object whose yes, approved or vote says so.")],
            outputs: vec![
                Port::new("reached", Type::Json).help("The count, where enough said yes."),
                Port::new("missed", Type::Json).help("The count, where too few did."),
            ],
        }
    }

    fn says(config: &Config) -> String {
        format!("At least {} yes", config.least)
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Pure(Box::new(config)))
    }
}

impl Pure for Config {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let given = input(inputs, "answers")?;
        // One wire may bring a list of answers, such as the results of a for-each.
        let answers: Vec<&Value> = given
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|one| match one {
                Value::Array(several) => several.iter().collect(),
                single => vec![single],
            })
            .collect();
        let said = answers.iter().map(|answer| is_yes(answer)).collect::<Result<Vec<_>, _>>()?;
        let yes = said.iter().filter(|yes| **yes).count();
        let reached = u32::try_from(yes).is_ok_and(|yes| yes >= self.least);
        let count = json!({ "yes": yes, "of": answers.len(), "least": self.least });
        Ok(Values::one(if reached { "reached" } else { "missed" }, count))
    }
}

/// What an answer says. What can't be read as one is no silent no.
fn is_yes(answer: &Value) -> Result<bool, StepError> {
    let wrong = || {
        let message = format!("{} is no answer.", crate::short(answer));
        StepError::new("BAD_INPUT", message, "Give true or false, or an object whose yes, approved or vote is that.")
    };
    match answer {
        Value::Bool(yes) => Ok(*yes),
        Value::Object(fields) => {
            ["yes", "approved", "vote"].iter().find_map(|field| fields.get(*field)?.as_bool()).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::{Value, json};

    use crate::testing::pure;

    #[test]
    fn counts_yes() {
        let count = |least: u32, answers: Value| {
            let out = pure("threshold", json!({ "least": least }), &Values::one("answers", answers))?;
            Ok::<_, engine::StepError>(out.get("reached").map(|count| count["yes"].clone()))
        };
        assert_eq!(count(2, json!([true, false, {"vote": true}])).unwrap(), Some(json!(2)));
        assert_eq!(count(3, json!([[true, true], {"approved": false}])).unwrap(), None);
        assert_eq!(count(1, json!([])).unwrap(), None);
        for odd in [json!(["yes"]), json!([null]), json!([{"vote": "yes"}])] {
            assert_eq!(count(1, odd).unwrap_err().code, "BAD_INPUT");
        }
    }
}
