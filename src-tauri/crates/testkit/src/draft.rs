//! Flows written by hand, in few words.

use std::sync::Arc;

use flow::{Backoff, Defaults, Edge, Flow, Frame, FrameKind, Join, Layout, Node, Retry, SCHEMA, Value};

/// A flow as it is being written. What it is told about a node goes to the node that was added last.
#[derive(Debug, Clone)]
pub struct Draft(Flow);

impl Draft {
    /// A flow with nothing in it.
    pub fn new(id: &str) -> Self {
        Self(Flow {
            schema: SCHEMA.to_owned(),
            id: id.to_owned(),
            name: id.to_owned(),
            description: String::new(),
            tags: Vec::new(),
            defaults: Defaults::default(),
            nodes: Vec::new(),
            edges: Vec::new(),
            frames: Vec::new(),
            layout: Layout::default(),
        })
    }

    /// How many steps may act at once.
    pub fn parallel(mut self, most: u32) -> Self {
        self.0.defaults.parallel = most;
        self
    }

    /// A node.
    pub fn node(mut self, id: &str, kind: &str, config: Value) -> Self {
        self.0.nodes.push(Node {
            id: id.to_owned(),
            kind: kind.to_owned(),
            version: 1,
            name: String::new(),
            config,
            join: Join::All,
            retry: None,
            timeout_ms: None,
            deadline_ms: None,
            undo: None,
            bypass: false,
        });
        self
    }

    /// When the last node starts.
    pub fn join(self, join: Join) -> Self {
        self.last(|node| node.join = join)
    }

    /// How often the last node is tried, and how long it waits before the second attempt, in milliseconds.
    pub fn retry(self, attempts: u32, first_ms: u64) -> Self {
        self.last(|node| node.retry = Some(Retry { attempts, backoff: Backoff { first_ms, most_ms: 60_000 } }))
    }

    /// How long an attempt of the last node may take, in milliseconds.
    pub fn timeout(self, ms: u64) -> Self {
        self.last(|node| node.timeout_ms = Some(ms))
    }

    /// The node that takes back what the last one did.
    pub fn undo(self, by: &str) -> Self {
        self.last(|node| node.undo = Some(by.to_owned()))
    }

    /// A frame around nodes, and frames in it.
    pub fn frame(mut self, id: &str, kind: FrameKind, members: &[&str], config: Value) -> Self {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.0.frames.push(Frame { id: id.to_owned(), kind, name: String::new(), members, config });
        self
    }

    /// A wire, from `node.port` to `node.port`.
    ///
    /// # Panics
    /// When one of them does not name a port.
    pub fn wire(mut self, from: &str, to: &str) -> Self {
        let end = |text: &str| text.parse().unwrap_or_else(|error| panic!("{error}"));
        self.0.edges.push(Edge { from: end(from), to: end(to) });
        self
    }

    /// Wires from each node to the next, from and to `value`.
    pub fn chain(self, ids: &[&str]) -> Self {
        ids.windows(2).fold(self, |draft, pair| draft.wire(&format!("{}.value", pair[0]), &format!("{}.value", pair[1])))
    }

    /// The flow.
    pub fn flow(self) -> Arc<Flow> {
        Arc::new(self.0)
    }

    fn last(mut self, change: impl FnOnce(&mut Node)) -> Self {
        change(self.0.nodes.last_mut().unwrap_or_else(|| panic!("the draft has no node yet")));
        self
    }
}
