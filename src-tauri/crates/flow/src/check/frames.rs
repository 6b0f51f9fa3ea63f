//! Frames that run their members: what may stand in them, and how wires cross their borders.

use std::collections::HashMap;

use super::Checks;
use crate::{ENTRY, EXIT, Frame, FrameKind, Levels, Problem, frames::Nesting};

pub(super) fn check(whole: &Checks<'_>, split: &Levels, problems: &mut Vec<Problem>) {
    let flow = whole.flow;
    let running: Vec<&Frame> = flow.frames.iter().filter(|frame| frame.kind.name().is_some()).collect();
    let mut inside: HashMap<&str, &str> = HashMap::new();
    for (index, frame) in flow.frames.iter().enumerate().filter(|(_, frame)| frame.kind.name().is_some()) {
        for (at, id) in frame.members.iter().enumerate() {
            let field = format!("/frames/{index}/members/{at}");
            if let Some(other) = inside.insert(id, &frame.id).filter(|other| *other != frame.id) {
                let message = format!("{id:?} stands in the frame {other:?} and in {:?}, so it would run in both.", frame.id);
                problems.push(Problem::error("FRAME_OVERLAP", message, "Take it out of one of them.").field(&field));
            }
            if let Some(node) = whole.node(id).filter(|checked| matches!(checked.node.kind.as_str(), "input" | "output")) {
                let message = format!("The {} node {id:?} stands in the frame {:?}.", node.node.kind, frame.id);
                let hint = "Put it outside, and wire it to what is inside or to the frame.";
                problems.push(Problem::error("INPUT_IN_FRAME", message, hint).at(id));
            }
        }
    }
    for id in Nesting::endless(flow, &running) {
        let message = format!("The frame {id:?} stands in itself, by way of the frames in it, or too deep in others.");
        problems.push(Problem::error("FRAME_CIRCLE", message, "Take it out of one of them.").at(id));
    }
    for &edge in &split.leaks {
        let (from, to) = (&flow.edges[edge].from, &flow.edges[edge].to);
        let frame = inside.get(from.node.as_str()).copied().unwrap_or_default();
        let message =
            format!("The wire from {from} to {to} leaves the frame {frame:?}, whose members may run many times or not at all.");
        let hint = format!("Wire {from} to {frame}.result, and take what comes out of the frame from its outputs.");
        problems.push(Problem::error("WIRE_LEAVES_FRAME", message, hint).at(&from.node).port(&from.port));
    }
    for frame in running.iter().filter(|frame| frame.kind == FrameKind::Fallback) {
        let member = |id: &String| frame.members.contains(id);
        for edge in flow.edges.iter().filter(|edge| member(&edge.from.node) && member(&edge.to.node)) {
            let message = format!(
                "In the fallback {:?} each member is an alternative, but {} is wired to {}.",
                frame.id, edge.from, edge.to
            );
            let hint = "Put what belongs together into a frame of its own, or a sub-flow, and that into the fallback.";
            problems.push(Problem::error("FALLBACK_WIRED", message, hint).at(&edge.to.node).port(&edge.to.port));
        }
    }
}

/// A problem of a level in the words of what is drawn: there is no entry and no exit there, only the frame.
pub(super) fn as_drawn(mut problem: Problem, frame: &str) -> Problem {
    if problem.place.node.as_deref().is_some_and(|node| matches!(node, ENTRY | EXIT)) {
        problem.place.node = Some(frame.to_owned());
    }
    problem.message = named(&problem.message, frame);
    problem.hint = named(&problem.hint, frame);
    problem
}

/// A text with what stands for the entry or exit written as the frame. What came in past the border has its own name.
fn named(text: &str, frame: &str) -> String {
    let mut named = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find([' ', '"']) {
        let (word, rest) = left.split_at(at);
        named.push_str(&word_named(word, frame));
        named.push_str(&rest[..1]);
        left = &rest[1..];
    }
    named + &word_named(left, frame)
}

fn word_named(word: &str, frame: &str) -> String {
    let inner = [ENTRY, EXIT].into_iter().find_map(|end| word.strip_prefix(end));
    match inner.map(|inner| (inner, inner.strip_prefix('.'))) {
        Some(("", _)) => frame.to_owned(),
        Some((_, Some(port))) if port.trim_end_matches(['.', ',', ';']).contains('.') => port.to_owned(),
        Some((_, Some(port))) => format!("{frame}.{port}"),
        _ => word.to_owned(),
    }
}
