//! `approval`: a question to people.

use engine::{Context, Control, Step, StepError};
use flow::{Port, Ports, Problem, Type, Values};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools, formula,
    kind::{BuiltInKind, problem},
    ports::{Incoming, value_and},
};

/// The kind.
pub(crate) struct Approval;

/// What is asked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The node whose effect is asked for: its own prompt is opened early. Without one the question authorises nothing.
    #[serde(default, rename = "for")]
    #[schemars(extend("format" = "node"))]
    target: Option<String>,
    /// The question, for an approval that names no node.
    #[serde(default)]
    #[schemars(extend("format" = "template", "examples" = ["Shall the report go out to {{ value }}?"]))]
    question: Option<String>,
    /// How long the question stays open, in milliseconds, instead of what the policy says. Then the answer is no.
    #[serde(default)]
    #[schemars(range(min = 1000), extend("unit" = "ms", "examples" = [900_000]))]
    expires_ms: Option<u64>,
    /// The values the question is made of, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

impl BuiltInKind for Approval {
    type Config = Config;
    const NAME: &'static str = "approval";
    const TITLE: &'static str = "Approval";
    const SUMMARY: &'static str = "Asks people, and goes on as they answer.";
    const GROUP: &'static str = "People and money";
    const ICON: &'static str = "hand";

    fn ports(config: Option<&Config>) -> Ports {
        let way = |name, help: &str| Port::new(name, Type::Verdict).help(help);
        let outputs =
            vec![way("approved", "Comes out on a yes. Information, never authority."), way("rejected", "Comes out on a no.")];
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs }
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = formula::check_inputs(&config.inputs);
        match (&config.target, &config.question) {
            (None, None) => {
                let hint = "Name the node it asks for in for, or write a question.";
                problems.push(problem("BAD_CONFIG", "", "This approval asks nothing.", hint));
            }
            (Some(_), Some(_)) => {
                let message = "An approval for a node shows what that node would do, so it has no question of its own.";
                problems.push(problem("BAD_CONFIG", "/question", message, "Leave the question out."));
            }
            _ => {}
        }
        problems
    }

    fn says(config: &Config) -> String {
        match (&config.target, config.expires_ms) {
            (Some(target), None) => format!("Asks for {target}"),
            (Some(target), Some(ms)) => format!("Asks for {target}, within {}", crate::words::duration(ms)),
            (None, None) => "Asks a person a question".to_owned(),
            (None, Some(ms)) => format!("Asks a person, within {}", crate::words::duration(ms)),
        }
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let text = config.question.as_deref().unwrap_or_default();
        let text = formula::template("/question", text, &config.inputs).map_err(|problem| vec![problem])?;
        let question = move |context: &Context<'_>, inputs: &Values| -> Result<String, StepError> {
            text.render(&formula::vars(context, inputs)).map_err(|error| formula::failed("the question", &error))
        };
        Ok(Step::Control(Control::Approval {
            target: config.target,
            question: Box::new(question),
            expires_ms: config.expires_ms,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use engine::{Control, Step};
    use flow::Values;
    use serde_json::json;

    use crate::testing::{build, codes, ports, with_context};

    #[test]
    fn asks_for_a_node_or_a_question() {
        let Step::Control(Control::Approval { target, expires_ms, .. }) =
            build("approval", json!({"for": "pay", "expires_ms": 5000})).unwrap()
        else {
            panic!("an approval")
        };
        assert_eq!((target.as_deref(), expires_ms), (Some("pay"), Some(5000)));

        let Step::Control(Control::Approval { target, question, expires_ms }) =
            build("approval", json!({"question": "Send {{ value }}?"})).unwrap()
        else {
            panic!("an approval")
        };
        assert_eq!((target, expires_ms), (None, None));
        let asked = with_context(0, |context| question(context, &Values::one("value", "it")));
        assert_eq!(asked, Ok("Send it?".to_owned()));
        let failed = with_context(0, |context| question(context, &Values::new()));
        assert_eq!(failed.unwrap_err().code, "EXPRESSION");
    }

    #[test]
    fn config_and_ports() {
        assert_eq!(codes("approval", json!({})), ["BAD_CONFIG"]);
        assert_eq!(codes("approval", json!({"for": "pay", "question": "Well?"})), ["BAD_CONFIG"]);
        let outputs = ports("approval", json!({"for": "pay"})).outputs;
        assert_eq!(
            outputs.iter().map(|p| format!("{}:{}", p.name, p.ty)).collect::<Vec<_>>(),
            ["approved:verdict", "rejected:verdict"]
        );
    }
}
