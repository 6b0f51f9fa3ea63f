//! One node of a flow, run alone on given values.

use std::collections::BTreeMap;

use flow::{Flow, Node, Port, Ports, Severity, Type, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    ApiError, App, Command, Needs, Right, Source, Surface,
    commands::{
        flows,
        runs::{self, Started},
    },
    source::flow_problems,
};

/// Runs one node of a flow alone. What it does outside passes the gate as ever
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunNode {
    /// The flow's id
    pub id: String,
    /// The flow's text, as it is drawn
    pub text: String,
    /// The node's id
    pub node: String,
    /// What it is given, by port
    #[serde(default)]
    #[arg(skip)]
    pub inputs: Values,
}

impl Command for RunNode {
    const NAME: &'static str = "run.node";
    const RIGHT: Right = Right::Create;
    const NEEDS: Needs = Needs::RunningWorkspace;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Started;

    async fn handle(self, app: &App) -> Result<Started, ApiError> {
        let mut source = Source { file: self.id.clone(), text: self.text, beside: BTreeMap::new() };
        source.read_beside(&|id| app.library().ok()?.text_of(id));
        let whole = source.flow_or_error()?;
        let node = whole.nodes.iter().find(|node| node.id == self.node);
        let node = node.ok_or_else(|| ApiError::not_found("node", &self.node, "Choose one of the flow's nodes."))?;
        let kind = app.catalog().kind(&node.kind);
        let kind = kind.ok_or_else(|| ApiError::not_found("node kind", &node.kind, "List them with `assent kinds`."))?;
        let flow = alone(&whole, node, &(kind.ports)(&node.config), &self.inputs)?;
        let others = source.others();
        let problems = flows::problems(app, &flow, &others);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(flow_problems(&flow.name, problems));
        }
        let version = app.home()?.store.put_flow(&flow).await?;
        runs::begin(app, &flow, version, &others, runs::With { inputs: self.inputs, ..runs::With::default() }, problems).await
    }
}

/// A flow of one node, with an input for each value it is given and an output for each port it has.
fn alone(whole: &Flow, node: &Node, ports: &Ports, given: &Values) -> Result<Flow, ApiError> {
    let name = if node.name.is_empty() { &node.id } else { &node.name };
    let mut flow = Flow::new(id_alone(&whole.id, &node.id), format!("{}: {name}", whole.name));
    flow.defaults = whole.defaults.clone();
    let mut entries = Vec::new();
    for (port, _) in given.iter() {
        let Some(input) = ports.inputs.iter().find(|input| *input.name == **port) else {
            let message = format!("{name} has no input {port:?}.");
            return Err(ApiError::bad_request(message, "Give values for its inputs only."));
        };
        // A port that takes many wires is given what one of them brings.
        entries.push(port_config(input));
    }
    let missing = ports.inputs.iter().find(|input| input.required && given.get(&input.name).is_none());
    if let Some(missing) = missing {
        let message = format!("{name} needs a value for its input {:?} ({}).", missing.name, missing.ty);
        return Err(ApiError::bad_request(message, "Give it one, or run the whole flow."));
    }
    let (values, results) = (free(node, "values"), free(node, "results"));
    let exits: Vec<Value> = ports.outputs.iter().filter(|port| port.name != "error").map(port_config).collect();
    let wire = |from: (&str, &str), to: (&str, &str)| json!({ "from": format!("{}.{}", from.0, from.1), "to": format!("{}.{}", to.0, to.1) });
    let mut edges: Vec<Value> = given.iter().map(|(port, _)| wire((&values, port), (&node.id, port))).collect();
    edges.extend(
        ports.outputs.iter().filter(|port| port.name != "error").map(|port| wire((&node.id, &port.name), (&results, &port.name))),
    );
    let read = |value: Value| serde_json::from_value(value).map_err(ApiError::internal);
    if !entries.is_empty() {
        flow.nodes.push(read(json!({ "id": values, "kind": "input", "config": { "ports": entries } }))?);
    }
    flow.nodes.push(Node { bypass: false, undo: None, ..node.clone() });
    if !exits.is_empty() {
        flow.nodes.push(read(json!({ "id": results, "kind": "output", "config": { "ports": exits } }))?);
    }
    flow.edges =
        edges.into_iter().map(|edge| serde_json::from_value(edge).map_err(ApiError::internal)).collect::<Result<_, _>>()?;
    Ok(flow)
}

/// An id that no flow of the library is likely to have, as long as an id may be.
fn id_alone(flow: &str, node: &str) -> String {
    let id: String = format!("alone-{flow}-{node}").chars().take(64).collect();
    id.trim_end_matches('-').to_owned()
}

fn port_config(port: &Port) -> Value {
    let ty = if port.ty == Type::Verdict { Type::Any } else { port.ty.clone() };
    json!({ "name": port.name, "type": ty })
}

fn free(node: &Node, wanted: &str) -> String {
    if node.id == wanted { format!("{wanted}-2") } else { wanted.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_node_alone_is_a_flow_with_its_ports_as_inputs_and_outputs() {
        let whole = flow::read(include_str!("../../../../../flows/hello.flow.json")).unwrap();
        let greet = whole.nodes.iter().find(|node| node.id == "greet").unwrap();
        let ports = Ports {
            inputs: vec![Port::new("name", Type::Text).required()],
            outputs: vec![Port::new("text", Type::Text), Port::new("error", Type::Json)],
        };
        let flow = alone(&whole, greet, &ports, &Values::one("name", "Zoë")).unwrap();
        assert_eq!(
            flow.edges.iter().map(|edge| format!("{} {}", edge.from, edge.to)).collect::<Vec<_>>(),
            ["values.name greet.name", "greet.text results.text"]
        );
        assert_eq!(flow.id, "alone-hello-greet");
        assert_eq!(id_alone("a", &format!("{}-b", "n".repeat(55))).len(), 63);
        let none = alone(&whole, greet, &ports, &Values::new()).unwrap_err();
        assert!(none.message.contains("name") && !none.hint.is_empty(), "{none:?}");
        assert!(alone(&whole, greet, &ports, &Values::one("nothing", 1)).is_err());
    }
}
