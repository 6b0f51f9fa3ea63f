//! Flow files in a few lines.

use serde_json::{Value, json};

/// A flow that is being put together.
pub struct FlowText {
    id: String,
    parallel: u32,
    nodes: Vec<Value>,
    edges: Vec<Value>,
}

impl FlowText {
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), parallel: 16, nodes: Vec::new(), edges: Vec::new() }
    }

    /// How many steps may act at once.
    pub fn parallel(mut self, parallel: u32) -> Self {
        self.parallel = parallel;
        self
    }

    pub fn node(self, id: &str, kind: &str, config: Value) -> Self {
        self.whole_node(json!({"id": id, "kind": kind, "config": config}))
    }

    /// A node with more than a kind and a config.
    pub fn whole_node(mut self, node: Value) -> Self {
        self.nodes.push(node);
        self
    }

    pub fn edge(mut self, from: &str, to: &str) -> Self {
        self.edges.push(json!({"from": from, "to": to}));
        self
    }

    /// The node `input` with ports of these names and types.
    pub fn inputs(self, ports: &[(&str, &str)]) -> Self {
        let ports: Vec<_> = ports.iter().map(|(name, ty)| json!({"name": name, "type": ty})).collect();
        self.node("input", "input", json!({"ports": ports}))
    }

    /// The node `output` with ports of these names and types, each with what it is wired to.
    pub fn outputs(mut self, ports: &[(&str, &str, &str)]) -> Self {
        for (name, _, from) in ports {
            self = self.edge(from, &format!("output.{name}"));
        }
        let ports: Vec<_> = ports.iter().map(|(name, ty, _)| json!({"name": name, "type": ty})).collect();
        self.node("output", "output", json!({"ports": ports}))
    }

    pub fn json(&self) -> Value {
        json!({
            "schema": "assent.flow/1",
            "id": self.id,
            "name": self.id,
            "defaults": {"parallel": self.parallel},
            "nodes": self.nodes,
            "edges": self.edges,
        })
    }

    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.json()).unwrap()
    }
}

/// The account that the flows here pay from.
pub const SHOP: &str = "shop";

/// Pays as written words say.
pub fn written_payment() -> FlowText {
    FlowText::new("written-payment")
        .inputs(&[("words", "text")])
        .node("understand", "parse-intent", json!({}))
        .node("pay", "pay", json!({"account": SHOP}))
        .edge("input.words", "understand.text")
        .edge("understand.intent", "pay.intent")
        .outputs(&[("receipt", "receipt", "pay.receipt"), ("questions", "json", "understand.questions")])
}
