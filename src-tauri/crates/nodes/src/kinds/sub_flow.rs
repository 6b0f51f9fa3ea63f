//! `sub-flow`: another flow as one step.

use engine::{Control, Step};
use flow::{Ports, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools,
    kind::BuiltInKind,
    ports::{Incoming, Outgoing, check_names},
};

/// The kind.
pub(crate) struct SubFlow;

/// Which flow, and which of its inputs and outputs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The other flow's id. Its version is pinned when the run starts.
    #[schemars(extend("format" = "flow", "examples" = ["hello"]))]
    flow: String,
    /// What is given to it: names and types of its inputs.
    #[serde(default)]
    inputs: Vec<Incoming>,
    /// What is taken from it: names and types of its outputs.
    #[serde(default)]
    outputs: Vec<Outgoing>,
}

impl BuiltInKind for SubFlow {
    type Config = Config;
    const NAME: &'static str = "sub-flow";
    const TITLE: &'static str = "Sub-flow";
    const SUMMARY: &'static str = "Runs another flow as a step of this one.";
    const GROUP: &'static str = "Flow";
    const ICON: &'static str = "workflow";

    fn ports(config: Option<&Config>) -> Ports {
        config.map_or_else(Ports::default, |config| Ports {
            inputs: config.inputs.iter().map(Incoming::port).collect(),
            outputs: config.outputs.iter().map(Outgoing::port).collect(),
        })
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = check_names("/inputs", config.inputs.iter().map(|p| &*p.name), &[]);
        problems.extend(check_names("/outputs", config.outputs.iter().map(|p| &*p.name), &["error"]));
        problems
    }

    fn says(config: &Config) -> String {
        format!("Runs {}", config.flow)
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::SubFlow { flow: config.flow }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use engine::{Control, Step};
    use serde_json::json;

    use crate::testing::{build, codes, ports};

    #[test]
    fn names_its_flow_and_ports() {
        let config = json!({"flow": "hello", "inputs": [{"name": "name", "type": "text"}], "outputs": [{"name": "greeting", "type": "text"}]});
        let given = ports("sub-flow", config.clone());
        assert_eq!((&*given.inputs[0].name, &*given.outputs[0].name), ("name", "greeting"));
        assert!(matches!(build("sub-flow", config).unwrap(), Step::Control(Control::SubFlow { flow }) if flow == "hello"));
        assert_eq!(codes("sub-flow", json!({"flow": "x", "outputs": [{"name": "error"}]})), ["RESERVED_NAME"]);
    }
}
