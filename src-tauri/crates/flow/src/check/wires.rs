//! Wires: their ends, their types, how many there may be.

use std::collections::{HashMap, HashSet};

use super::{Checked, Checks, document::MOST_SUGGESTIONS};
use crate::{
    Edge, Endpoint, Port, Problem,
    words::{listed, nearest},
};

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let ids: Vec<_> = checks.by_id.keys().copied().collect();
    let mut suggestions = 0..MOST_SUGGESTIONS;
    let mut seen = HashSet::new();
    let mut wired: HashMap<&Endpoint, usize> = HashMap::new();
    for (index, edge) in checks.flow.edges.iter().enumerate() {
        if !seen.insert(edge) {
            let message = format!("The wire from {} to {} is there twice.", edge.from, edge.to);
            problems.push(at(Problem::error("DUPLICATE_EDGE", message, "Take one of them out."), &edge.to, checks, index));
            continue;
        }
        *wired.entry(&edge.to).or_default() += 1;
        for (end, other) in [(&edge.from, &edge.to), (&edge.to, &edge.from)] {
            if !checks.by_id.contains_key(end.node.as_str()) {
                let near = suggestions.next().and_then(|_| nearest(&end.node, ids.iter().copied()));
                let hint = near
                    .map_or_else(|| "Add the node, or take the wire out.".to_owned(), |near| format!("Did you mean {near:?}?"));
                let message =
                    format!("The wire from {} to {} needs the node {:?}, which is not there.", edge.from, edge.to, end.node);
                problems.push(at(Problem::error("UNKNOWN_NODE", message, hint), other, checks, index));
            }
        }
        let (from, to) = (checks.node(&edge.from.node), checks.node(&edge.to.node));
        let output = from.and_then(|from| port(from, &edge.from.port, false, problems));
        let input = to.and_then(|to| port(to, &edge.to.port, true, problems));
        if let (Some(output), Some(input)) = (output, input) {
            fits(edge, output, input, problems);
        }
    }
    for checked in &checks.nodes {
        inputs(checked, &wired, problems);
    }
}

/// Places a problem of a wire at one of its ends, or at the wire where there is no such node.
fn at(problem: Problem, end: &Endpoint, checks: &Checks<'_>, index: usize) -> Problem {
    match checks.by_id.contains_key(end.node.as_str()) {
        true => problem.at(&end.node).port(&end.port),
        false => problem.field(format!("/edges/{index}")),
    }
}

/// The port of a node by name. Where the node's kind is known but has no such port, that is a problem.
fn port<'c>(checked: &'c Checked<'_>, name: &str, is_input: bool, problems: &mut Vec<Problem>) -> Option<&'c Port> {
    let found = if is_input { checked.input(name) } else { checked.output(name) };
    let ports = checked.ports.as_ref()?;
    if found.is_none() {
        let (word, ports) = if is_input { ("input", &ports.inputs) } else { ("output", &ports.outputs) };
        let names = || ports.iter().map(|port| port.name.as_str());
        let message = format!("The node {:?} has no {word} {name:?}.", checked.node.id);
        let hint = match nearest(name, names()) {
            Some(near) => format!("Did you mean {near:?}?"),
            None if ports.is_empty() => format!("It has no {word}s; take the wire out."),
            None => format!("It has {}.", listed(names())),
        };
        problems.push(Problem::error("UNKNOWN_PORT", message, hint).at(&checked.node.id).port(name));
    }
    found
}

fn fits(edge: &Edge, output: &Port, input: &Port, problems: &mut Vec<Problem>) {
    if !output.ty.fits(&input.ty) {
        let message = format!("{} gives {}, but {} takes {}.", edge.from, output.ty, edge.to, input.ty);
        let hint = format!("Wire an output that gives {}, or put a node between that makes it.", input.ty);
        problems.push(Problem::error("TYPE_MISMATCH", message, hint).at(&edge.to.node).port(&edge.to.port));
    }
}

fn inputs(checked: &Checked<'_>, wired: &HashMap<&Endpoint, usize>, problems: &mut Vec<Problem>) {
    let id = &checked.node.id;
    for port in checked.ports.iter().flat_map(|ports| &ports.inputs) {
        let wires = wired.get(&Endpoint { node: id.clone(), port: port.name.clone() }).copied().unwrap_or(0);
        if wires == 0 && port.required {
            let message = format!("The input {:?} needs a wire and has none.", port.name);
            let hint = format!("Wire an output that gives {} to it.", port.ty);
            problems.push(Problem::error("MISSING_INPUT", message, hint).at(id).port(&port.name));
        }
        if wires > 1 && !port.many {
            let message = format!("The input {:?} has {wires} wires and takes one.", port.name);
            let hint = "Take the others out, or join them with a merge node.";
            problems.push(Problem::error("SECOND_WIRE", message, hint).at(id).port(&port.name));
        }
    }
}
