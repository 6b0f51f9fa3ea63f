//! `set`: values made by expressions.

use std::{collections::BTreeMap, sync::Arc};

use engine::{Context, Pure, Step, StepError};
use flow::{Expression, Port, Ports, Problem, Shared, Type, Values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools, formula,
    kind::{BuiltInKind, problem},
    ports::{Incoming, any, is_name, is_of, value_and},
};

/// The kind.
pub(crate) struct Set;

/// What to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The values, by the name of the output each comes out on.
    #[schemars(length(min = 1))]
    fields: BTreeMap<String, Field>,
    /// What the expressions read, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

/// One value.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Field {
    /// The expression that gives it.
    #[schemars(extend("format" = "cel", "examples" = ["value.price + money(\"5.00 USD\")"]))]
    cel: String,
    /// Its type. A value of another type is a failure.
    #[serde(rename = "type", default = "any")]
    ty: Type,
}

impl BuiltInKind for Set {
    type Config = Config;
    const NAME: &'static str = "set";
    const TITLE: &'static str = "Set";
    const SUMMARY: &'static str = "Makes values by expressions.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "braces";

    fn ports(config: Option<&Config>) -> Ports {
        let outputs = config.map(|c| c.fields.iter().map(|(name, field)| Port::new(name, field.ty.clone())).collect());
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs: outputs.unwrap_or_default() }
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = formula::check_inputs(&config.inputs);
        problems.extend(config.fields.keys().filter(|name| !is_name(name) || *name == "error").map(|name| {
            let hint = "Use lower-case letters, digits and _, beginning with a letter; error is taken.";
            problem("RESERVED_NAME", &format!("/fields/{name}"), format!("A port can't be called {name:?}."), hint)
        }));
        problems
    }

    fn says(config: &Config) -> String {
        crate::words::list("Makes", config.fields.keys().map(String::as_str))
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let (mut ready, mut problems) = (Vec::new(), Vec::new());
        for (name, field) in config.fields {
            match formula::expression(&format!("/fields/{name}/cel"), &field.cel, &config.inputs) {
                Ok(expression) => ready.push((name.into(), expression, field.ty)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Step::Pure(Box::new(Ready(ready)))) } else { Err(problems) }
    }
}

struct Ready(Vec<(Arc<str>, Expression, Type)>);

impl Pure for Ready {
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let vars = formula::vars(context, inputs);
        let make = |(name, expression, ty): &(Arc<str>, Expression, Type)| {
            let value = expression.eval(&vars).map_err(|error| formula::failed(&format!("the expression of {name}"), &error))?;
            if is_of(ty, &value) {
                return Ok((Arc::clone(name), Shared::new(value)));
            }
            let message = format!("The expression of {name} gave {}, which is not of type {ty}.", crate::short(&value));
            Err(StepError::new("TYPE_MISMATCH", message, "Change the expression or the type."))
        };
        self.0.iter().map(make).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::{Value, json};

    use crate::testing::{codes, ports, pure};

    #[test]
    fn expressions_give_the_outputs() {
        let usd = |minor: &str| json!({"asset": "USD", "minor": minor});
        let cases: [(&str, &str, Value, Result<Value, &str>); 8] = [
            ("value", "any", json!([1, {"a": null}]), Ok(json!([1, {"a": null}]))),
            ("value + 1", "number", json!(2), Ok(json!(3))),
            ("value + money('5.00 USD')", "money", usd("2500"), Ok(usd("3000"))),
            ("value + money('5.00 EUR')", "money", usd("2500"), Err("EXPRESSION")),
            ("value > money('20 USD')", "bool", usd("2500"), Ok(json!(true))),
            ("value", "text", json!(2), Err("TYPE_MISMATCH")),
            ("value.missing", "any", json!({}), Err("EXPRESSION")),
            ("[value, 'x']", "list<text>", json!("a"), Ok(json!(["a", "x"]))),
        ];
        for (cel, ty, value, expected) in cases {
            let got = pure("set", json!({"fields": {"out": {"cel": cel, "type": ty}}}), &Values::one("value", value));
            let got = got.map(|out| (**out.get("out").unwrap()).clone()).map_err(|e| e.code);
            assert_eq!(got, expected.map_err(str::to_owned), "{cel}");
        }
    }

    #[test]
    fn one_output_for_each_field() {
        let config = json!({"fields": {"b": {"cel": "first + second", "type": "number"}, "a": {"cel": "now"}}, "inputs": [{"name": "first"}, {"name": "second"}]});
        let given = ports("set", config.clone());
        assert_eq!(given.inputs.iter().map(|p| &*p.name).collect::<Vec<_>>(), ["value", "first", "second"]);
        assert_eq!(
            given.outputs.iter().map(|p| p.name.clone() + ":" + &p.ty.to_string()).collect::<Vec<_>>(),
            ["a:any", "b:number"]
        );
        let inputs = [("first".into(), json!(1).into()), ("second".into(), json!(2).into())].into_iter().collect();
        assert_eq!(**pure("set", config, &inputs).unwrap().get("b").unwrap(), json!(3));
    }

    #[test]
    fn every_expression_that_does_not_compile_is_named() {
        assert_eq!(
            codes("set", json!({"fields": {"a": {"cel": "1 +"}, "b": {"cel": "nobody"}, "c": {"cel": "1"}}})),
            ["BAD_EXPRESSION"; 2]
        );
        assert_eq!(codes("set", json!({"fields": {"error": {"cel": "1"}, "No": {"cel": "1"}}})), ["RESERVED_NAME"; 2]);
    }
}
