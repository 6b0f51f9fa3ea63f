//! Frames that run their members. A flow is split into levels, each a flow of its own in which a frame is one node, so that everything that
//! holds for flows holds inside frames too, and the graph of every level stays without circles.

use std::collections::{HashMap, HashSet};

use crate::{Catalog, Edge, Endpoint, Flow, Frame, FrameKind, Node, Port, Ports, Type, Value};

/// The node of a frame's level at which wires begin whose values come into the frame.
pub const ENTRY: &str = ".in";
/// The node of a frame's level at which wires end whose values come out of the frame.
pub const EXIT: &str = ".out";

/// How deep frames are looked into, so that a hostile file does not make the program do so for ever.
const DEEPEST: usize = 32;

/// One level of a flow: its top, or the inside of a frame.
#[derive(Debug, Clone)]
pub struct Level {
    /// The frame; `None` for the top.
    pub frame: Option<String>,
    /// The ids of what stands in the frame, in its order; none for the top.
    pub members: Vec<String>,
    /// The nodes that stand in it, with a node for each frame in it, of the kind of the frame's name. Inside a frame also [`ENTRY`] and
    /// [`EXIT`].
    pub flow: Flow,
    /// Ports beyond those of the kinds, by node: all of [`ENTRY`] and [`EXIT`]; for a frame, inputs for what is wired past its border.
    pub ports: HashMap<String, Ports>,
}

/// A flow split into levels.
#[derive(Debug, Clone)]
pub struct Levels {
    /// The top first, and every frame after what it stands in.
    pub levels: Vec<Level>,
    /// Wires, by their place in the document, that lead out of a frame past its border. They are in no level.
    pub leaks: Vec<usize>,
}

/// Splits a flow that has frames which run their members; `None` where it has none.
pub fn levels(flow: &Flow, catalog: &dyn Catalog) -> Option<Levels> {
    let running: Vec<&Frame> = flow.frames.iter().filter(|frame| frame.kind.name().is_some()).collect();
    if running.is_empty() {
        return None;
    }
    let nesting = Nesting::of(flow, &running);
    let mut split = Split::new(flow, &running, &nesting);
    let mut leaks = Vec::new();
    for (index, edge) in flow.edges.iter().enumerate() {
        if !split.add(edge, &nesting) {
            leaks.push(index);
        }
    }
    let typed = split.ports(flow, catalog);
    let levels = split.levels.into_iter().zip(typed).map(|(level, ports)| Level { ports, ..level }).collect();
    Some(Levels { levels, leaks })
}

/// What stands in what.
pub(crate) struct Nesting<'a> {
    /// The innermost frame that each node and frame stands in.
    inside: HashMap<&'a str, &'a str>,
    frames: HashSet<&'a str>,
}

impl<'a> Nesting<'a> {
    /// Of the frames that run their members. Where something stands in two of them, the first counts; where frames stand in each other,
    /// they count as standing in nothing.
    pub(crate) fn of(flow: &Flow, running: &[&'a Frame]) -> Self {
        let known: HashSet<&str> = flow.nodes.iter().map(|node| node.id.as_str()).collect();
        let frames: HashSet<&str> = running.iter().map(|frame| frame.id.as_str()).filter(|id| !known.contains(id)).collect();
        let mut inside = HashMap::new();
        for frame in running.iter().filter(|frame| frames.contains(frame.id.as_str())) {
            for member in frame.members.iter().filter(|id| known.contains(id.as_str()) || frames.contains(id.as_str())) {
                inside.entry(member.as_str()).or_insert(frame.id.as_str());
            }
        }
        let mut nesting = Self { inside, frames };
        let lost: Vec<&str> = nesting.frames.iter().copied().filter(|frame| nesting.way_out(frame).is_none()).collect();
        lost.iter().for_each(|frame| {
            nesting.inside.remove(frame);
        });
        nesting
    }

    /// The frames around something, the innermost first; `None` where that never ends.
    fn way_out(&self, id: &str) -> Option<Vec<&'a str>> {
        let mut around = Vec::new();
        let mut at = self.inside.get(id);
        while let Some(frame) = at {
            around.push(*frame);
            if around.len() > DEEPEST {
                return None;
            }
            at = self.inside.get(frame);
        }
        Some(around)
    }

    fn around(&self, id: &str) -> Vec<&'a str> {
        self.way_out(id).unwrap_or_default()
    }

    /// Frames that stand in each other, or too deep.
    pub(crate) fn endless(flow: &Flow, running: &[&'a Frame]) -> Vec<&'a str> {
        let nesting = Self::of(flow, running);
        let stands = |frame: &&&Frame| running.iter().any(|outer| outer.members.contains(&frame.id));
        let lost = running.iter().filter(|frame| !nesting.inside.contains_key(frame.id.as_str())).filter(stands);
        lost.map(|frame| frame.id.as_str()).collect()
    }

    fn is_in(&self, id: &str, frame: &str) -> bool {
        self.around(id).contains(&frame)
    }
}

/// The levels while wires are put into them.
struct Split<'a> {
    levels: Vec<Level>,
    by_frame: HashMap<Option<&'a str>, usize>,
    frames: HashMap<&'a str, &'a Frame>,
    /// The level in which each frame is a node.
    of_frame: HashMap<&'a str, usize>,
    known: HashSet<(usize, Edge)>,
}

impl<'a> Split<'a> {
    fn new(flow: &Flow, running: &[&'a Frame], nesting: &Nesting<'a>) -> Self {
        let mut order: Vec<&Frame> = running.iter().copied().filter(|frame| nesting.frames.contains(frame.id.as_str())).collect();
        order.sort_by_key(|frame| nesting.around(&frame.id).len());
        order.dedup_by_key(|frame| frame.id.as_str());
        let empty = |frame: Option<&Frame>| Level {
            frame: frame.map(|frame| frame.id.clone()),
            members: frame.map(|frame| frame.members.clone()).unwrap_or_default(),
            flow: Flow {
                nodes: Vec::new(),
                edges: Vec::new(),
                frames: Vec::new(),
                layout: crate::Layout::default(),
                ..flow.clone()
            },
            ports: HashMap::new(),
        };
        let mut levels = vec![empty(None)];
        levels.extend(order.iter().map(|frame| empty(Some(frame))));
        let mut by_frame: HashMap<Option<&str>, usize> = [(None, 0)].into();
        by_frame.extend(order.iter().enumerate().map(|(index, frame)| (Some(frame.id.as_str()), index + 1)));
        let frames = order.iter().map(|frame| (frame.id.as_str(), *frame)).collect();
        let mut split = Self { levels, by_frame, frames, of_frame: HashMap::new(), known: HashSet::new() };
        for node in &flow.nodes {
            let level = split.level_of(&node.id, nesting);
            split.levels[level].flow.nodes.push(node.clone());
        }
        for frame in &order {
            let level = split.level_of(&frame.id, nesting);
            split.of_frame.insert(frame.id.as_str(), level);
            let kind = frame.kind.name().unwrap_or_default();
            split.levels[level].flow.nodes.push(stand_in(&frame.id, kind, frame.config.clone()));
        }
        for level in &mut split.levels[1..] {
            level.flow.nodes.insert(0, stand_in(ENTRY, ENTRY, Value::Object(serde_json::Map::new())));
            level.flow.nodes.push(stand_in(EXIT, EXIT, Value::Object(serde_json::Map::new())));
        }
        split
    }

    fn level_of(&self, id: &str, nesting: &Nesting<'a>) -> usize {
        self.by_frame.get(&nesting.inside.get(id).copied()).copied().unwrap_or(0)
    }

    /// Puts a wire into the levels it crosses. False where it leaves a frame past its border.
    fn add(&mut self, edge: &Edge, nesting: &Nesting<'a>) -> bool {
        let (from, to) = (edge.from.node.as_str(), edge.to.node.as_str());
        let inner = |frame: &str, other: &str| {
            nesting.frames.contains(frame) && (nesting.is_in(other, frame) || (other == frame && from == to))
        };
        let (mut level, mut source) = match self.frames.get_key_value(from).filter(|_| inner(from, to)) {
            Some((frame, _)) => (self.by_frame[&Some(*frame)], endpoint(ENTRY, &edge.from.port)),
            None => (self.level_of(from, nesting), edge.from.clone()),
        };
        let (end, target) = match self.frames.get_key_value(to).filter(|_| inner(to, from)) {
            Some((frame, _)) => (self.by_frame[&Some(*frame)], endpoint(EXIT, &edge.to.port)),
            None => (self.level_of(to, nesting), edge.to.clone()),
        };
        // The frames to go into, the outermost first.
        let mut into = Vec::new();
        let mut at = end;
        while at != level {
            let Some(frame) = self.levels[at].frame.clone() else { return false };
            at = self.of_frame[frame.as_str()];
            into.push(frame);
        }
        let name = format!("{}.{}", edge.from.node, edge.from.port);
        for frame in into.into_iter().rev() {
            self.push(level, Edge { from: source, to: endpoint(&frame, &name) });
            level = self.by_frame[&Some(frame.as_str())];
            source = endpoint(ENTRY, &name);
        }
        // A wire that is there twice is one problem of the flow, so it stays.
        self.levels[level].flow.edges.push(Edge { from: source, to: target });
        true
    }

    /// A wire past a border, once for all that it leads to.
    fn push(&mut self, level: usize, edge: Edge) {
        if self.known.insert((level, edge.clone())) {
            self.levels[level].flow.edges.push(edge);
        }
    }

    /// The ports beyond those of the kinds, of each level.
    fn ports(&self, flow: &Flow, catalog: &dyn Catalog) -> Vec<HashMap<String, Ports>> {
        let nodes = flow.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let types = Types { split: self, nodes, catalog };
        let mut all = vec![HashMap::new(); self.levels.len()];
        for (&id, frame) in &self.frames {
            let (level, inside) = (self.of_frame[id], self.by_frame[&Some(id)]);
            let kind = frame.kind.name().and_then(|name| catalog.kind(name));
            let inner = kind.and_then(|kind| kind.inner).map(|inner| inner(&frame.config)).unwrap_or_default();
            let outer = kind.map(|kind| (kind.ports)(&frame.config)).unwrap_or_default();
            let past = self.levels[level].flow.edges.iter().filter(|edge| edge.to.node == id && edge.to.port.contains('.'));
            let past: Vec<_> = past.map(|edge| Port::new(&edge.to.port, types.of_source(level, &edge.from, 0))).collect();
            let typed = |port: Port, level, node: &str| {
                let ty = types.of_source(level, &endpoint(node, &port.name), 0);
                Port { ty, ..port }
            };
            let gives = inner.outputs.into_iter().map(|port| typed(port, inside, ENTRY)).chain(past.iter().cloned()).collect();
            all[inside].insert(ENTRY.to_owned(), Ports { inputs: Vec::new(), outputs: gives });
            all[inside].insert(EXIT.to_owned(), Ports { inputs: inner.inputs, outputs: Vec::new() });
            let outputs = outer.outputs.into_iter().map(|port| typed(port, level, id)).collect();
            all[level].insert(id.to_owned(), Ports { inputs: outer.inputs.into_iter().chain(past).collect(), outputs });
        }
        all
    }
}

/// What wires carry: a frame's ports take their types from what is wired to them.
struct Types<'a, 's> {
    split: &'s Split<'a>,
    nodes: HashMap<&'s str, &'s Node>,
    catalog: &'s dyn Catalog,
}

impl Types<'_, '_> {
    /// The type that an output of a level gives.
    fn of_source(&self, level: usize, from: &Endpoint, deep: usize) -> Type {
        if deep > 2 * DEEPEST {
            return Type::Any;
        }
        let port = from.port.as_str();
        let frame = match from.node.as_str() {
            ENTRY => self.split.levels[level].frame.as_deref().and_then(|id| self.split.frames.get(id)),
            id => self.split.frames.get(id).filter(|_| self.split.of_frame.get(id) == Some(&level)),
        };
        let Some(frame) = frame else {
            let ports =
                self.nodes.get(from.node.as_str()).and_then(|node| Some((self.catalog.kind(&node.kind)?.ports)(&node.config)));
            let found = ports.and_then(|ports| ports.outputs.into_iter().find(|output| output.name == port));
            return found.map_or(if port == "error" { Type::Json } else { Type::Any }, |output| output.ty);
        };
        let outside = |input: &str| self.into(self.split.of_frame[frame.id.as_str()], &frame.id, input, deep);
        let inside = |input: &str| self.into(self.split.by_frame[&Some(frame.id.as_str())], EXIT, input, deep);
        match (from.node == ENTRY, frame.kind, port) {
            (true, _, past) if past.contains('.') => outside(past),
            (true, FrameKind::ForEach, "item") => match outside("items") {
                Type::List(of) => *of,
                _ => Type::Any,
            },
            (true, FrameKind::Repeat, "value") => outside("value"),
            (false, FrameKind::ForEach, "results") => inside("result").list(),
            (false, _, "result") => inside("result"),
            (inner, ..) => self.declared(frame, inner, port),
        }
    }

    /// The type of what is wired to an input of a level.
    fn into(&self, level: usize, node: &str, port: &str, deep: usize) -> Type {
        let mut edges = self.split.levels[level].flow.edges.iter();
        let edge = edges.find(|edge| edge.to.node == node && edge.to.port == port);
        edge.map_or(Type::Any, |edge| self.of_source(level, &edge.from, deep + 1))
    }

    fn declared(&self, frame: &Frame, inner: bool, port: &str) -> Type {
        let kind = frame.kind.name().and_then(|name| self.catalog.kind(name));
        let ports = kind.map(|kind| match (inner, kind.inner) {
            (true, Some(inner)) => inner(&frame.config),
            _ => (kind.ports)(&frame.config),
        });
        let found = ports.and_then(|ports| ports.outputs.into_iter().find(|output| output.name == port));
        found.map_or(if port == "error" { Type::Json } else { Type::Any }, |output| output.ty)
    }
}

fn endpoint(node: &str, port: &str) -> Endpoint {
    Endpoint { node: node.to_owned(), port: port.to_owned() }
}

fn stand_in(id: &str, kind: &str, config: Value) -> Node {
    Node {
        id: id.to_owned(),
        kind: kind.to_owned(),
        version: 1,
        name: String::new(),
        config,
        join: crate::Join::All,
        retry: None,
        timeout_ms: None,
        deadline_ms: None,
        undo: None,
        bypass: false,
    }
}
