//! What changed between two versions of a flow: nodes, wires, frames, defaults; the layout apart.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Edge, Flow, Frame, Node, Value};

/// What changed from one version of a flow to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlowDiff {
    /// The flow's own properties: id, name, description, defaults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<Change>,
    /// Nodes that are new, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes_added: Vec<Node>,
    /// Nodes that are gone, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes_removed: Vec<Node>,
    /// Nodes that are in both and differ, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes_changed: BTreeMap<String, Vec<Change>>,
    /// Wires that are new, in document order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edges_added: Vec<Edge>,
    /// Wires that are gone, in document order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edges_removed: Vec<Edge>,
    /// Inputs (`node.port`) whose wires are in another order, which is the order of the values that come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edges_reordered: Vec<String>,
    /// Frames that are new, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames_added: Vec<Frame>,
    /// Frames that are gone, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames_removed: Vec<Frame>,
    /// Frames that are in both and differ, by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub frames_changed: BTreeMap<String, Vec<Change>>,
    /// Whether the layout differs. That makes no version.
    pub layout_changed: bool,
    /// Nodes and frames that stand elsewhere, by id; those added or removed are left out.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub moved: BTreeSet<String>,
}

/// One value that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// A JSON pointer into the node, frame or flow.
    pub field: String,
    /// The value before; absent where it is new.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub before: Option<Value>,
    /// The value now; absent where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub after: Option<Value>,
}

/// A null that is written is a value; only what is not written is absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl FlowDiff {
    /// What changed from `before` to `after`.
    pub fn between(before: &Flow, after: &Flow) -> Self {
        let head = |flow: &Flow| {
            json(&Flow { nodes: vec![], edges: vec![], frames: vec![], layout: crate::Layout::default(), ..flow.clone() })
        };
        let nodes = Sides::of(&before.nodes, &after.nodes, |node| &node.id);
        let frames = Sides::of(&before.frames, &after.frames, |frame| &frame.id);
        let known: HashSet<_> = before.edges.iter().collect();
        let kept: HashSet<_> = after.edges.iter().filter(|edge| known.contains(edge)).collect();
        let now: HashSet<_> = after.edges.iter().collect();
        let places = |flow: &Flow| {
            let nodes = flow.layout.nodes.iter().map(|(id, at)| (id.clone(), json(at)));
            nodes.chain(flow.layout.frames.iter().map(|(id, at)| (id.clone(), json(at)))).collect::<BTreeMap<_, _>>()
        };
        let (places_before, places_after) = (places(before), places(after));
        let moved = places_after.iter().filter(|(id, at)| places_before.get(*id).is_some_and(|before| before != *at));
        Self {
            flow: changes(&head(before), &head(after)),
            nodes_added: nodes.added,
            nodes_removed: nodes.removed,
            nodes_changed: nodes.changed,
            edges_added: after.edges.iter().filter(|edge| !known.contains(edge)).cloned().collect(),
            edges_removed: before.edges.iter().filter(|edge| !now.contains(edge)).cloned().collect(),
            edges_reordered: reordered(before, after, &kept),
            frames_added: frames.added,
            frames_removed: frames.removed,
            frames_changed: frames.changed,
            layout_changed: before.layout != after.layout,
            moved: moved.map(|(id, _)| id.clone()).collect(),
        }
    }

    /// Whether both do the same; they may differ in layout.
    pub fn is_same_logic(&self) -> bool {
        Self { layout_changed: false, moved: BTreeSet::new(), ..self.clone() } == Self::default()
    }
}

/// What two lists of things with ids have, by id.
struct Sides<T> {
    added: Vec<T>,
    removed: Vec<T>,
    changed: BTreeMap<String, Vec<Change>>,
}

impl<T: Clone + Serialize + PartialEq> Sides<T> {
    fn of(before: &[T], after: &[T], id: fn(&T) -> &String) -> Self {
        // Of two with the same id, which is a problem anyway, the first counts.
        let by_id =
            |things: &[T]| things.iter().rev().map(|thing| (id(thing).clone(), thing.clone())).collect::<BTreeMap<_, _>>();
        let (mut before, mut sides) = (by_id(before), Self { added: vec![], removed: vec![], changed: BTreeMap::new() });
        for (id, now) in by_id(after) {
            match before.remove(&id) {
                None => sides.added.push(now),
                Some(then) if then == now => {}
                Some(then) => {
                    sides.changed.insert(id, changes(&json(&then), &json(&now)));
                }
            }
        }
        sides.removed.extend(before.into_values());
        sides
    }
}

/// The inputs at which wires that are in both flows come in another order.
fn reordered(before: &Flow, after: &Flow, kept: &HashSet<&Edge>) -> Vec<String> {
    let orders = |flow: &'_ Flow| {
        let mut orders: HashMap<String, Vec<String>> = HashMap::new();
        for edge in flow.edges.iter().filter(|edge| kept.contains(edge)) {
            orders.entry(edge.to.to_string()).or_default().push(edge.from.to_string());
        }
        orders
    };
    let (before, after) = (orders(before), orders(after));
    let differing = after.into_iter().filter(|(to, order)| before.get(to).is_some_and(|before| before != order));
    let mut differing: Vec<_> = differing.map(|(to, _)| to).collect();
    differing.sort_unstable();
    differing
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("parts of a flow have string keys and no other reason to fail")
}

/// Every value that differs, by JSON pointer.
fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(field: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let field = format!("{field}/{}", key.replace('~', "~0").replace('/', "~1"));
                compare(field, before.get(key), after.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compare(format!("{field}/{index}"), Some(before), Some(after), found);
            }
        }
        (before, after) => found.push(Change { field, before: before.cloned(), after: after.cloned() }),
    }
}

/// One line for each change; nothing where nothing changed.
impl fmt::Display for FlowDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flow.iter().try_for_each(|change| writeln!(f, "~ flow {change}"))?;
        self.nodes_removed.iter().try_for_each(|node| writeln!(f, "- node {} ({})", node.id, node.kind))?;
        self.nodes_added.iter().try_for_each(|node| writeln!(f, "+ node {} ({})", node.id, node.kind))?;
        changed(f, "node", &self.nodes_changed)?;
        self.edges_removed.iter().try_for_each(|edge| writeln!(f, "- wire {} → {}", edge.from, edge.to))?;
        self.edges_added.iter().try_for_each(|edge| writeln!(f, "+ wire {} → {}", edge.from, edge.to))?;
        self.edges_reordered.iter().try_for_each(|input| writeln!(f, "~ wires into {input} in another order"))?;
        self.frames_removed.iter().try_for_each(|frame| writeln!(f, "- frame {}", frame.id))?;
        self.frames_added.iter().try_for_each(|frame| writeln!(f, "+ frame {}", frame.id))?;
        changed(f, "frame", &self.frames_changed)?;
        match self.moved.iter().map(String::as_str).collect::<Vec<_>>().join(", ") {
            moved if !moved.is_empty() => writeln!(f, "  layout: moved {moved}"),
            _ if self.layout_changed => writeln!(f, "  layout changed"),
            _ => Ok(()),
        }
    }
}

fn changed(f: &mut fmt::Formatter<'_>, what: &str, things: &BTreeMap<String, Vec<Change>>) -> fmt::Result {
    things.iter().try_for_each(|(id, changes)| changes.iter().try_for_each(|change| writeln!(f, "~ {what} {id} {change}")))
}

/// `/config/url: "a" → "b"`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        write!(f, "{}: {} → {}", self.field, side(&self.before), side(&self.after))
    }
}
