//! `output`: what a run, or a sub-flow, gives back.

use engine::{Control, Step};
use flow::{Ports, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools,
    kind::BuiltInKind,
    ports::{Outgoing, check_names},
};

/// The kind.
pub(crate) struct Output;

/// What a run gives back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The outputs of the flow. One that nothing comes for is left out.
    #[schemars(length(min = 1), extend("examples" = [[{ "name": "receipt", "type": "receipt" }]]))]
    ports: Vec<Outgoing>,
}

impl BuiltInKind for Output {
    type Config = Config;
    const NAME: &'static str = "output";
    const TITLE: &'static str = "Output";
    const SUMMARY: &'static str = "Collects what the run gives back.";
    const GROUP: &'static str = "Flow";
    const ICON: &'static str = "log-out";

    fn ports(config: Option<&Config>) -> Ports {
        let inputs = config.map_or_else(Vec::new, |config| config.ports.iter().map(Outgoing::port).collect());
        Ports { inputs, outputs: Vec::new() }
    }

    fn check(config: &Config) -> Vec<Problem> {
        check_names("/ports", config.ports.iter().map(|p| &*p.name), &[])
    }

    fn says(config: &Config) -> String {
        crate::words::list("Gives", config.ports.iter().map(|port| &*port.name))
    }

    fn build(_: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Control(Control::Output))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use crate::testing::{codes, ports};

    #[test]
    fn inputs_are_the_declared_ports() {
        let given = ports("output", json!({"ports": [{"name": "receipt", "type": "receipt"}, {"name": "why"}]}));
        assert!(given.outputs.is_empty());
        assert_eq!(
            given.inputs.iter().map(|p| (&*p.name, p.ty.to_string(), p.required)).collect::<Vec<_>>(),
            [("receipt", "receipt".to_owned(), false), ("why", "any".to_owned(), false)]
        );
        assert_eq!(codes("output", json!({"ports": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})), ["DUPLICATE_PORT"]);
    }
}
