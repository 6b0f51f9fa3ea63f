//! Random flows: no circles, typed ports, joins of every kind, error wires, retries, approvals, effects that can be taken back, sub-flows,
//! frames.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use flow::{Flow, FrameKind, Join, Value, Values};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::Index,
};
use serde_json::json;

use crate::Draft;

/// A flow, and those it calls.
#[derive(Clone)]
pub struct Random {
    /// The flow. Its inputs are `a` and `b`.
    pub flow: Arc<Flow>,
    /// The flows it calls, by id.
    pub subflows: BTreeMap<String, Arc<Flow>>,
    /// What its inputs are given.
    pub inputs: Values,
}

impl fmt::Debug for Random {
    /// A node and its wires a line: what a failing test prints must be read by people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "with {}", self.inputs.to_object())?;
        for flow in std::iter::once(&self.flow).chain(self.subflows.values()) {
            writeln!(f, "{}:", flow.id)?;
            for node in &flow.nodes {
                let attempts = node.retry.map_or(1, |retry| retry.attempts);
                write!(f, "  {} = {} {} {:?} ×{attempts}", node.id, node.kind, node.config, node.join)?;
                for edge in flow.edges.iter().filter(|edge| edge.to.node == node.id) {
                    write!(f, ", {} ← {}", edge.to.port, edge.from)?;
                }
                writeln!(f)?;
            }
            for frame in &flow.frames {
                write!(f, "  {} = {:?} {} around {}", frame.id, frame.kind, frame.config, frame.members.join(" "))?;
                for edge in flow.edges.iter().filter(|edge| edge.to.node == frame.id) {
                    write!(f, ", {} ← {}", edge.to.port, edge.from)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// A node to be drawn.
#[derive(Debug, Clone)]
struct Stroke {
    what: What,
    /// Where its wires come from, among all outputs before it.
    from: Vec<Index>,
    join: Join,
    attempts: u32,
    /// Whether other nodes may be wired to its error.
    catches: bool,
    habit: &'static str,
    honours_key: bool,
}

impl Stroke {
    fn habit_on_failure(&self) -> &'static str {
        match self.habit {
            "reliable" => "stop",
            "fails-first" => "skip",
            _ => "collect",
        }
    }
}

#[derive(Debug, Clone)]
enum What {
    Set,
    Constant(i64),
    Required,
    Add,
    Join,
    Branch,
    Fail(u32),
    Delay(u64),
    Read,
    ReadInside,
    Effect,
    AskedEffect,
    Pay,
    Question,
    /// An approval, and the payment it asks for; whether the payment waits for it.
    Approved(bool),
    SubFlow,
    /// A frame around what is drawn next.
    Frame(FrameKind),
}

/// What may stand in a random flow.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// The most nodes to draw in each flow, besides input and output.
    pub most: usize,
    /// Whether steps may reach the outside, ask people and wait.
    pub effects: bool,
    /// Whether some steps fail for good.
    pub trouble: bool,
    /// Whether some targets do not honour keys.
    pub keyless: bool,
    /// Whether what comes out may depend on what comes first: joins that do not wait for all, payments that do not wait for their approval.
    pub races: bool,
}

/// A random flow that calls at most two others.
pub fn flows(palette: Palette) -> impl Strategy<Value = Random> {
    let strokes = move || vec(stroke(palette), 1..=palette.most);
    (strokes(), strokes(), strokes(), -3..3_i64, any::<bool>()).prop_map(move |(main, outer, inner, a, b)| {
        let mut subflows = BTreeMap::new();
        let inner = draw("inner", &inner, None, palette);
        let outer = draw("outer", &outer, Some(&inner), palette);
        let flow = draw("main", &main, Some(&outer), palette);
        subflows.insert("inner".to_owned(), inner);
        subflows.insert("outer".to_owned(), outer);
        subflows.retain(|id, _| calls(&flow, id) || id == "inner" && calls(&flow, "outer"));
        let mut inputs = Values::one("a", a);
        inputs.insert("b", Arc::new(Value::from(b)));
        Random { flow, subflows, inputs }
    })
}

fn calls(flow: &Flow, id: &str) -> bool {
    flow.nodes.iter().any(|node| node.kind == "sub-flow" && node.config["flow"] == id)
}

fn stroke(palette: Palette) -> impl Strategy<Value = Stroke> {
    let plain = prop_oneof![
        2 => Just(What::Set),
        1 => (0..4_i64).prop_map(What::Constant),
        1 => Just(What::Required),
        2 => Just(What::Add),
        2 => Just(What::Join),
        2 => Just(What::Branch),
        1 => Just(What::SubFlow),
        1 => Just(What::Frame(FrameKind::ForEach)),
        1 => Just(What::Frame(FrameKind::Repeat)),
        1 => Just(What::Frame(FrameKind::Fallback)),
        1 => Just(What::Frame(FrameKind::Try)),
        1 => Just(What::Frame(if palette.races { FrameKind::Race } else { FrameKind::Try })),
    ];
    let trouble = prop_oneof![Just(What::Fail(1)), Just(What::Fail(9))];
    let effects = prop_oneof![
        2 => Just(What::Read),
        1 => Just(What::ReadInside),
        3 => Just(What::Effect),
        1 => Just(What::AskedEffect),
        2 => Just(What::Pay),
        1 => Just(What::Question),
        2 => any::<bool>().prop_map(move |waits| What::Approved(waits || !palette.races)),
        1 => (1..2000_u64).prop_map(What::Delay),
    ];
    let what = match (palette.effects, palette.trouble) {
        (false, false) => plain.boxed(),
        (false, true) => prop_oneof![4 => plain, 1 => trouble].boxed(),
        (true, false) => prop_oneof![1 => plain, 1 => effects].boxed(),
        (true, true) => prop_oneof![4 => plain, 1 => trouble, 5 => effects].boxed(),
    };
    let join = prop_oneof![3 => Just(Join::All), 1 => Just(Join::Any), 1 => (1..4_u32).prop_map(Join::N)];
    let habit = prop_oneof![2 => Just("reliable"), 1 => Just("fails-first"), 1 => Just("loses-answer")];
    (what, vec(any::<Index>(), 1..4), join, 1..4_u32, any::<bool>(), habit, any::<bool>()).prop_map(
        move |(what, from, join, attempts, catches, habit, keyless)| {
            // Without trouble every effect comes about in the end, however often the program stops.
            let attempts = if palette.trouble { attempts } else { 50 };
            let join = if palette.races { join } else { Join::All };
            let honours_key = !(palette.keyless && keyless);
            Stroke { what, from, join, attempts, catches, habit, honours_key }
        },
    )
}

/// Draws a flow; its nodes may call `callee`.
fn draw(id: &str, strokes: &[Stroke], callee: Option<&Arc<Flow>>, palette: Palette) -> Arc<Flow> {
    let mut drawing = Drawing {
        draft: Draft::new(id).node("given", "input", json!({ "ports": ["a", "b"] })),
        outputs: vec!["given.a".to_owned(), "given.b".to_owned()],
        members: Vec::new(),
        callee,
        effects: palette.effects,
    };
    let mut next = 0;
    while next < strokes.len() {
        drawing.add(&mut next, strokes, 0);
    }
    let last = drawing.outputs.len().saturating_sub(OUTPUTS);
    let ends = drawing.outputs.split_off(last);
    let ports: Vec<_> = (0..ends.len()).map(|at| format!("o{at}")).collect();
    let draft = drawing.draft.node("result", "output", json!({ "ports": ports }));
    ends.iter().zip(&ports).fold(draft, |draft, (from, port)| draft.wire(from, &format!("result.{port}"))).flow()
}

/// The most ports of an output node.
const OUTPUTS: usize = 4;

struct Drawing<'a> {
    draft: Draft,
    /// What wires may begin at.
    outputs: Vec<String>,
    /// What stands in the frame that is being drawn.
    members: Vec<String>,
    callee: Option<&'a Arc<Flow>>,
    effects: bool,
}

impl Drawing<'_> {
    /// Draws the next stroke, and those that stand in it.
    fn add(&mut self, next: &mut usize, strokes: &[Stroke], deep: usize) {
        let stroke = &strokes[*next];
        let id = format!("n{next}");
        *next += 1;
        let acts = json!({ "honours_key": stroke.honours_key, "habit": stroke.habit });
        let with = |field: &str, value: Value| {
            let mut config = acts.clone();
            config[field] = value;
            config
        };
        match stroke.what {
            What::Set => self.one(&id, "set", json!({}), stroke, &["value"]),
            What::Constant(value) => self.one(&id, "set", json!({ "value": value }), stroke, &["value"]),
            What::Required => self.one(&id, "set", json!({ "required": true }), stroke, &["value"]),
            What::Add => self.many(&id, "add", stroke),
            What::Join => self.many(&id, "join", stroke),
            What::Branch => self.one(&id, "branch", json!({}), stroke, &["yes", "no"]),
            What::Fail(times) => self.one(&id, "fail", json!({ "times": times, "retryable": true }), stroke, &["value"]),
            What::Delay(ms) => self.one(&id, "delay", json!({ "ms": ms }), stroke, &["value"]),
            What::Read => self.one(&id, "read", with("host", "api.example.com".into()), stroke, &["value"]),
            What::ReadInside => self.one(&id, "read", acts, stroke, &["value"]),
            What::Effect => {
                self.one(&id, "effect", acts.clone(), stroke, &["value"]);
                if stroke.from.len() > 1 {
                    self.take_back(&id, acts);
                }
            }
            What::Frame(_) if deep > 1 => self.one(&id, "set", json!({}), stroke, &["value"]),
            What::Frame(kind) => self.frame(&id, kind, next, strokes, deep),
            What::AskedEffect => self.one(&id, "effect", with("host", "ask.example.com".into()), stroke, &["value"]),
            What::Pay => self.one(&id, "pay", acts, stroke, &["value", "receipt"]),
            What::Question => self.one(&id, "approval", json!({}), stroke, &["approved", "rejected"]),
            What::Approved(waits) => self.approved(&id, waits, &acts, stroke),
            What::SubFlow => self.call(&id, stroke),
        }
    }

    fn pick(&self, index: Index) -> String {
        self.outputs[index.index(self.outputs.len())].clone()
    }

    /// Adds a node, and says where wires may begin at it.
    fn put(&mut self, id: &str, kind: &str, config: Value, stroke: &Stroke, outputs: &[&str]) {
        let draft = std::mem::replace(&mut self.draft, Draft::new(""));
        self.draft = draft.node(id, kind, config);
        self.members.push(id.to_owned());
        if stroke.attempts > 1 {
            self.change(|draft| draft.retry(stroke.attempts, 100));
        }
        self.outputs.extend(outputs.iter().map(|port| format!("{id}.{port}")));
        if stroke.catches {
            self.outputs.push(format!("{id}.error"));
        }
    }

    fn change(&mut self, change: impl FnOnce(Draft) -> Draft) {
        let draft = std::mem::replace(&mut self.draft, Draft::new(""));
        self.draft = change(draft);
    }

    fn one(&mut self, id: &str, kind: &str, config: Value, stroke: &Stroke, outputs: &[&str]) {
        let from = self.pick(stroke.from[0]);
        self.put(id, kind, config, stroke, outputs);
        self.change(|draft| draft.wire(&from, &format!("{id}.value")));
    }

    fn many(&mut self, id: &str, kind: &str, stroke: &Stroke) {
        let from: BTreeSet<_> = stroke.from.iter().map(|index| self.pick(*index)).collect();
        self.put(id, kind, json!({}), stroke, &["value"]);
        self.change(|draft| {
            let joined = draft.join(match stroke.join {
                Join::N(n) => Join::N(n.min(u32::try_from(from.len()).unwrap_or(u32::MAX))),
                other => other,
            });
            from.iter().fold(joined, |draft, from| draft.wire(from, &format!("{id}.value")))
        });
    }

    fn approved(&mut self, id: &str, waits: bool, acts: &Value, stroke: &Stroke) {
        let (pay, ask) = (format!("{id}-pay"), format!("{id}-ask"));
        let from = self.pick(stroke.from[0]);
        let other = self.pick(*stroke.from.last().unwrap_or(&stroke.from[0]));
        let quiet = Stroke { catches: false, ..stroke.clone() };
        self.put(&ask, "approval", json!({ "for": pay }), &quiet, &["rejected"]);
        self.change(|draft| draft.wire(&from, &format!("{ask}.value")));
        self.put(&pay, "pay", acts.clone(), stroke, &["value", "receipt"]);
        self.change(|draft| {
            let draft = draft.wire(&other, &format!("{pay}.value"));
            if waits { draft.wire(&format!("{ask}.approved"), &format!("{pay}.verdict")) } else { draft }
        });
    }

    /// A node that takes back what another does, given what that gave.
    fn take_back(&mut self, id: &str, acts: Value) {
        let undo = format!("{id}-undo");
        self.change(|draft| draft.undo(&undo).node(&undo, "effect", acts).wire(&format!("{id}.value"), &format!("{undo}.value")));
        self.members.push(undo);
    }

    /// A frame around the next strokes, at most three. What stands in it sees what is outside, and the frame's own outputs.
    fn frame(&mut self, id: &str, kind: FrameKind, next: &mut usize, strokes: &[Stroke], deep: usize) {
        let stroke = &strokes[*next - 1];
        let outside = self.outputs.clone();
        let around = std::mem::take(&mut self.members);
        let (config, gives) = match kind {
            FrameKind::ForEach => {
                (json!({ "parallel": stroke.attempts.min(3), "on_failure": stroke.habit_on_failure() }), &["item", "index"][..])
            }
            FrameKind::Repeat => (json!({ "until": 2, "most": 3 }), &["value", "round"][..]),
            _ => (json!({}), &[][..]),
        };
        self.outputs.extend(gives.iter().map(|port| format!("{id}.{port}")));
        let first = self.outputs.len();
        let most = (*next + stroke.from.len()).min(strokes.len());
        while *next < most {
            if kind == FrameKind::Fallback {
                // Each is an alternative, so none sees another.
                let at = *next;
                *next += 1;
                let one = &strokes[at];
                let plain =
                    [("set", json!({})), ("fail", json!({ "times": 1 })), (if self.effects { "read" } else { "set" }, json!({}))];
                let (kind, config) = plain[usize::try_from(one.attempts).unwrap_or(0) % plain.len()].clone();
                let from = outside[one.from[0].index(outside.len())].clone();
                let member = format!("n{at}");
                self.put(&member, kind, config, &Stroke { catches: false, attempts: 1, ..one.clone() }, &["value"]);
                self.change(|draft| draft.wire(&from, &format!("{member}.value")));
            } else {
                self.add(next, strokes, deep + 1);
            }
        }
        if kind == FrameKind::Fallback {
            // The last can't fail.
            let last = format!("{id}-last");
            self.put(&last, "set", json!({ "value": id }), &Stroke { catches: false, attempts: 1, ..stroke.clone() }, &["value"]);
        }
        let inside = self.outputs.split_off(first);
        let members = std::mem::replace(&mut self.members, around);
        self.members.push(id.to_owned());
        let picked = |index: Index| (!inside.is_empty()).then(|| inside[index.index(inside.len())].clone());
        let results: BTreeSet<String> = match kind {
            // The round itself, so that it comes to its end.
            FrameKind::Repeat => [format!("{id}.round")].into(),
            FrameKind::Fallback => inside.iter().cloned().collect(),
            FrameKind::Race => stroke.from.iter().filter_map(|index| picked(*index)).collect(),
            _ => picked(stroke.from[0]).into_iter().collect(),
        };
        let names: Vec<&str> = members.iter().map(String::as_str).collect();
        self.change(|draft| {
            let draft = draft.frame(id, kind, &names, config);
            results.iter().fold(draft, |draft, from| draft.wire(from, &format!("{id}.result")))
        });
        self.outputs = outside;
        let from = self.pick(stroke.from[0]);
        match kind {
            FrameKind::ForEach => {
                let list: Vec<i64> = (0..i64::try_from(stroke.from.len()).unwrap_or(0)).collect();
                let items = format!("{id}-items");
                self.change(|draft| {
                    draft.node(&items, "set", json!({ "value": list })).wire(&format!("{items}.value"), &format!("{id}.items"))
                });
                self.members.push(items);
                self.outputs.extend([format!("{id}.results"), format!("{id}.failures")]);
            }
            FrameKind::Repeat => {
                self.change(|draft| draft.wire(&from, &format!("{id}.value")));
                self.outputs.extend([format!("{id}.result"), format!("{id}.rounds")]);
            }
            _ => self.outputs.push(format!("{id}.result")),
        }
        if stroke.catches {
            self.outputs.push(format!("{id}.error"));
        }
    }

    fn call(&mut self, id: &str, stroke: &Stroke) {
        let Some(callee) = self.callee else { return self.one(id, "set", json!({}), stroke, &["value"]) };
        let ports = callee.nodes.last().map(|node| node.config["ports"].clone()).unwrap_or_default();
        let names: Vec<_> = ports.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let config = json!({ "flow": callee.id, "inputs": ["a", "b"], "outputs": ports });
        let wires: Vec<_> = stroke.from.iter().take(2).zip(["a", "b"]).map(|(index, port)| (self.pick(*index), port)).collect();
        self.put(id, "sub-flow", config, stroke, &names);
        self.change(|draft| wires.iter().fold(draft, |draft, (from, port)| draft.wire(from, &format!("{id}.{port}"))));
    }
}
