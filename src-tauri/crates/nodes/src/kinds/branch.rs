//! `branch`: one of two ways.

use engine::{Context, Pure, Step, StepError};
use flow::{Expression, Port, Ports, Problem, Shared, Type, Value, Values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools, formula,
    kind::BuiltInKind,
    ports::{Incoming, value_and},
};

/// The kind.
pub(crate) struct Branch;

/// Which way to take.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Whether to take the way yes; else no.
    #[schemars(extend("format" = "cel", "examples" = ["value.amount > money(\"100 USD\")"]))]
    condition: String,
    /// What the condition reads, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

impl BuiltInKind for Branch {
    type Config = Config;
    const NAME: &'static str = "branch";
    const TITLE: &'static str = "Branch";
    const SUMMARY: &'static str = "Takes one of two ways and skips the other.";
    const GROUP: &'static str = "Control";
    const ICON: &'static str = "git-branch";

    fn ports(config: Option<&Config>) -> Ports {
        let way = |name, help: &str| Port::new(name, Type::Any).help(help);
        let outputs = vec![way("yes", "The value, where the condition holds."), way("no", "The value, where it does not.")];
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs }
    }

    fn check(config: &Config) -> Vec<Problem> {
        formula::check_inputs(&config.inputs)
    }

    fn says(config: &Config) -> String {
        format!("If {}", crate::words::brief(&config.condition))
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let condition = formula::expression("/condition", &config.condition, &config.inputs).map_err(|problem| vec![problem])?;
        Ok(Step::Pure(Box::new(Ready(condition))))
    }
}

struct Ready(Expression);

impl Pure for Ready {
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let answer = self.0.eval(&formula::vars(context, inputs)).map_err(|error| formula::failed("the condition", &error))?;
        let Value::Bool(yes) = answer else {
            let message = format!("The condition gave {}, which is neither true nor false.", crate::short(&answer));
            return Err(StepError::new("TYPE_MISMATCH", message, "Compare something in the condition."));
        };
        let value = inputs.get("value").cloned().unwrap_or_else(|| Shared::new(Value::Null));
        Ok(Values::one_shared(if yes { "yes" } else { "no" }, value))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::{Value, json};

    use crate::testing::pure;

    #[test]
    fn one_way_carries_the_value() {
        let cases: [(&str, Value, Result<&str, &str>); 5] = [
            ("value > 3", json!(4), Ok("yes")),
            ("value > 3", json!(3), Ok("no")),
            ("value.amount >= money('20 USD')", json!({"amount": {"asset": "USD", "minor": "2500"}}), Ok("yes")),
            ("value", json!("true"), Err("TYPE_MISMATCH")),
            ("value.amount > 1", json!({}), Err("EXPRESSION")),
        ];
        for (condition, value, expected) in cases {
            let got = pure("branch", json!({ "condition": condition }), &Values::one("value", value.clone()));
            match (got, expected) {
                (Ok(out), Ok(way)) => assert_eq!(out.to_object(), json!({ way: value }), "{condition}"),
                (Err(error), Err(code)) => assert_eq!(error.code, code, "{condition}"),
                (got, _) => panic!("{condition}: {got:?}"),
            }
        }
    }

    #[test]
    fn without_a_value_the_way_carries_null() {
        let out = pure(
            "branch",
            json!({"condition": "flag", "inputs": [{"name": "flag", "type": "bool"}]}),
            &Values::one("flag", false),
        );
        assert_eq!(out.unwrap().to_object(), json!({"no": null}));
    }
}
