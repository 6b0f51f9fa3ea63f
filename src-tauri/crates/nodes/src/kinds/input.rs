//! `input`: what a run, or a sub-flow, is given.

use engine::{Control, Step};
use flow::{Port, Ports, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools,
    kind::{BuiltInKind, problem},
    ports::{Incoming, check_names, is_of},
};

/// The kind.
pub(crate) struct Input;

/// What a run is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The inputs of the flow, each with its type and, where it may be left out, its default.
    #[schemars(length(min = 1), extend("examples" = [[{ "name": "amount", "type": "money", "help": "How much to pay" }]]))]
    ports: Vec<Incoming>,
}

impl BuiltInKind for Input {
    type Config = Config;
    const NAME: &'static str = "input";
    const TITLE: &'static str = "Input";
    const SUMMARY: &'static str = "Gives what the run was started with.";
    const GROUP: &'static str = "Flow";
    const ICON: &'static str = "log-in";

    fn ports(config: Option<&Config>) -> Ports {
        let outputs = config.map_or_else(Vec::new, |config| config.ports.iter().map(Incoming::port).collect());
        Ports { inputs: Vec::new(), outputs }
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = check_names("/ports", config.ports.iter().map(|p| &*p.name), &["error"]);
        problems.extend(config.ports.iter().enumerate().filter_map(|(at, port)| {
            let default = port.default.as_ref().filter(|default| !is_of(&port.ty, default))?;
            let message = format!("The default of {:?} is {default}, which is not of type {}.", port.name, port.ty);
            Some(problem("TYPE_MISMATCH", &format!("/ports/{at}/default"), message, "Change the default or the type."))
        }));
        problems
    }

    fn says(config: &Config) -> String {
        crate::words::list("Takes", config.ports.iter().map(|port| &*port.name))
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Input))
    }
}

/// The ports of an input node's config; none where it can't be read.
pub(crate) fn ports_of(config: &flow::Value) -> Vec<Port> {
    Config::deserialize(config).map(|config| Input::ports(Some(&config)).outputs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use crate::testing::{codes, ports};

    #[test]
    fn outputs_are_the_declared_ports() {
        let given = ports(
            "input",
            json!({"ports": [{"name": "who", "type": "text", "default": "you"}, {"name": "sum", "type": "money"}]}),
        );
        assert!(given.inputs.is_empty());
        let [who, sum] = &given.outputs[..] else { panic!("two ports") };
        assert!(!who.required && who.default == Some(json!("you")));
        assert!(sum.required && sum.ty == flow::Type::Money);
    }

    #[test]
    fn names_and_defaults_are_checked() {
        let cases = [
            (json!([{"name": "a"}, {"name": "a"}]), "DUPLICATE_PORT"),
            (json!([{"name": "error"}]), "RESERVED_NAME"),
            (json!([{"name": "a", "type": "number", "default": "1"}]), "TYPE_MISMATCH"),
            (json!([{"name": "a", "type": "money", "default": {"asset": "USD", "minor": 5}}]), "TYPE_MISMATCH"),
            (json!([{"name": "a", "type": "list<text>", "default": ["b", 1]}]), "TYPE_MISMATCH"),
        ];
        for (ports, code) in cases {
            assert_eq!(codes("input", json!({ "ports": ports })), [code], "{ports}");
        }
        assert!(
            codes("input", json!({"ports": [{"name": "a", "type": "money", "default": {"asset": "USD", "minor": "5"}}]}))
                .is_empty()
        );
    }
}
