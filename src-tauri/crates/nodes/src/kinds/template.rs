//! `template`: values into a text.

use engine::{Context, Pure, Step, StepError};
use flow::{Port, Ports, Problem, Template as Compiled, Type, Values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools, formula,
    kind::BuiltInKind,
    ports::{Incoming, value_and},
};

/// The kind.
pub(crate) struct Template;

/// The text, and what it is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The text, with values in double braces.
    #[schemars(extend("format" = "template", "examples" = ["Hello {{ name }}"]))]
    text: String,
    /// The values it is made of, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

impl BuiltInKind for Template {
    type Config = Config;
    const NAME: &'static str = "template";
    const TITLE: &'static str = "Template";
    const SUMMARY: &'static str = "Writes values into a text.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "type";

    fn ports(config: Option<&Config>) -> Ports {
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs: vec![Port::new("text", Type::Text).help("The text.")] }
    }

    fn check(config: &Config) -> Vec<Problem> {
        formula::check_inputs(&config.inputs)
    }

    fn says(config: &Config) -> String {
        format!("“{}”", crate::words::brief(&config.text))
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let text = formula::template("/text", &config.text, &config.inputs).map_err(|problem| vec![problem])?;
        Ok(Step::Pure(Box::new(Ready(text))))
    }
}

struct Ready(Compiled);

impl Pure for Ready {
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let text = self.0.render(&formula::vars(context, inputs)).map_err(|error| formula::failed("the template", &error))?;
        Ok(Values::one("text", text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::{Value, json};

    use crate::testing::{codes, pure};

    #[test]
    fn writes_values_into_the_text() {
        let config = |text: &str| json!({"text": text, "inputs": [{"name": "who"}]});
        let cases: [(&str, Value, Result<&str, &str>); 4] = [
            ("Hello {{ who }}", json!("Alice"), Ok("Hello Alice")),
            ("You owe {{ who }}", json!({"asset": "USD", "minor": "2500"}), Ok("You owe 25.00 USD")),
            ("{% if who == 4 %}many{% else %}few{% endif %}", json!(4), Ok("many")),
            ("{{ who.name }}", json!({}), Err("EXPRESSION")),
        ];
        for (text, who, expected) in cases {
            let got = pure("template", config(text), &Values::one("who", who));
            let got = got.map(|out| out.get("text").unwrap().as_str().unwrap().to_owned()).map_err(|e| e.code);
            assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn what_does_not_compile_is_said_when_built() {
        for text in ["{{ other }}", "{{ who", "{% include 'x' %}"] {
            assert_eq!(codes("template", json!({"text": text, "inputs": [{"name": "who"}]})), ["BAD_TEMPLATE"], "{text}");
        }
        for name in ["value", "now", "seed"] {
            assert_eq!(codes("template", json!({"text": "", "inputs": [{ "name": name }]})), ["RESERVED_NAME"]);
        }
    }
}
