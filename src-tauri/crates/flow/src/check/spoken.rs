//! Words that were heard and come in as written ones: nobody would look at how sure they are, nor ask as for what is spoken.

use std::collections::HashSet;

use super::Checks;
use crate::{Effect, Problem};

/// The kinds whose outputs were heard.
const HEARD: [&str; 2] = ["transcribe", "microphone"];

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    for checked in checks.nodes.iter().filter(|checked| checked.node.kind == "parse-intent") {
        let id = checked.node.id.as_str();
        if let Some(source) = heard(checks, id) {
            let message = format!("The words on \"text\" were heard by {source:?}, but count as written here.");
            let hint = format!("Wire {source}.transcript to \"transcript\", so that they count as spoken.");
            problems.push(Problem::warning("SPOKEN_AS_WRITTEN", message, hint).at(id).port("text"));
        }
    }
}

/// The node that heard what comes in as text at this one: directly, or by way of nodes that only compute.
fn heard<'a>(checks: &Checks<'a>, id: &str) -> Option<&'a str> {
    let mut open: Vec<&str> = sources(checks, id, Some("text")).collect();
    let mut seen = HashSet::new();
    while let Some(from) = open.pop() {
        let Some(checked) = checks.node(from).filter(|_| seen.insert(from)) else { continue };
        if HEARD.contains(&checked.node.kind.as_str()) {
            return Some(&checked.node.id);
        }
        if checked.kind.is_some_and(|kind| (kind.effect)(&checked.config) == Effect::Pure) {
            open.extend(sources(checks, from, None));
        }
    }
    None
}

/// The nodes that give values to one of a node's inputs, or to any.
fn sources<'a>(checks: &Checks<'a>, id: &str, port: Option<&str>) -> impl Iterator<Item = &'a str> {
    let to = move |edge: &&crate::Edge| edge.to.node == id && port.is_none_or(|port| edge.to.port == port);
    checks.flow.edges.iter().filter(to).filter(|edge| edge.from.port != "error").map(|edge| edge.from.node.as_str())
}
