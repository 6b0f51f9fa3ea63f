//! `merge`: several wires into one value.

use engine::{Context, Pure, Step, StepError, node::input};
use flow::{Port, Ports, Problem, Shared, Type, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Merge;

/// How to make one value of several.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// What comes out.
    #[serde(default)]
    mode: Mode,
}

/// What comes out of a merge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    /// The first value that is there, in the order of the wires.
    #[default]
    First,
    /// All values, in the order of the wires.
    List,
    /// One object of the properties of all objects; of two properties of one name, that of the later wire.
    Object,
}

impl BuiltInKind for Merge {
    type Config = Config;
    const NAME: &'static str = "merge";
    const TITLE: &'static str = "Merge";
    const SUMMARY: &'static str = "Makes one value of those that several wires bring.";
    const GROUP: &'static str = "Control";
    const ICON: &'static str = "git-merge";

    fn ports(config: Option<&Config>) -> Ports {
        let ty = match config.map(|config| config.mode).unwrap_or_default() {
            Mode::First => Type::Any,
            Mode::List => Type::Any.list(),
            Mode::Object => Type::Json,
        };
        let values = Port::new("values", Type::Any).required().many().help("The values, in the order of the wires.");
        Ports { inputs: vec![values], outputs: vec![Port::new("value", ty).help("The one value.")] }
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Pure(Box::new(config)))
    }
}

impl Pure for Config {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let given = input(inputs, "values")?;
        let values = given.as_array().ok_or_else(|| wrong(given))?;
        let merged = match self.mode {
            Mode::List => Shared::clone(given),
            Mode::First => values.first().cloned().map(Shared::new).ok_or_else(|| wrong(given))?,
            Mode::Object => {
                let mut all = serde_json::Map::new();
                for value in values {
                    all.extend(value.as_object().ok_or_else(|| wrong(value))?.clone());
                }
                Shared::new(Value::Object(all))
            }
        };
        Ok([("value".into(), merged)].into_iter().collect())
    }
}

fn wrong(value: &Value) -> StepError {
    let message = format!("{} can't be merged.", crate::short(value));
    StepError::new("BAD_INPUT", message, "Give at least one value; objects only, where they become one object.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::{Value, json};

    use crate::testing::{ports, pure};

    #[test]
    fn merges_in_the_order_of_the_wires() {
        let cases = [
            ("first", json!([2, 1]), Ok(json!(2))),
            ("list", json!([2, 1]), Ok(json!([2, 1]))),
            ("list", json!([]), Ok(json!([]))),
            ("object", json!([{"a": 1, "b": 1}, {"b": 2}]), Ok(json!({"a": 1, "b": 2}))),
            ("object", json!([{"a": 1}, 2]), Err("BAD_INPUT")),
            ("first", json!([]), Err("BAD_INPUT")),
            ("first", json!(3), Err("BAD_INPUT")),
        ];
        for (mode, values, expected) in cases {
            let got = pure("merge", json!({ "mode": mode }), &Values::one("values", values.clone()));
            let got: Result<Value, String> = got.map(|out| (**out.get("value").unwrap()).clone()).map_err(|e| e.code);
            assert_eq!(got, expected.map_err(str::to_owned), "{mode} {values}");
        }
        assert_eq!(ports("merge", json!({"mode": "list"})).outputs[0].ty.to_string(), "list<any>");
    }
}
