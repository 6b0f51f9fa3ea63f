//! Circles, and nodes that nothing can start.

use std::collections::HashSet;

use super::{Checked, Checks};
use crate::{Problem, words::listed};

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let cycles = checks.graph.cycles();
    for cycle in &cycles {
        let message = match cycle.as_slice() {
            [one] => format!("The node {one:?} leads to itself, so it would wait for its own result."),
            several => format!(
                "These nodes lead to each other in a circle, so each would wait for the others: {}.",
                listed(several.iter().copied())
            ),
        };
        problems.push(Problem::error("CYCLE", message, "Take out one of the wires between them.").at(cycle[0]));
    }
    let in_cycle: HashSet<_> = cycles.into_iter().flatten().collect();
    unreachable(checks, &in_cycle, problems);
}

/// A node starts by itself where it needs no input and no wire comes in; everything else must be reached from such a one.
fn unreachable(checks: &Checks<'_>, in_cycle: &HashSet<&str>, problems: &mut Vec<Problem>) {
    let wired: HashSet<_> = checks.flow.edges.iter().map(|edge| (edge.to.node.as_str(), edge.to.port.as_str())).collect();
    let wired_nodes: HashSet<_> = wired.iter().map(|(node, _)| *node).collect();
    // Of an unknown kind nothing is known, so it counts as a start.
    let is_start = |checked: &&Checked<'_>| {
        checked.kind.is_none() || (!needs_input(checked) && !wired_nodes.contains(checked.node.id.as_str()))
    };
    let reached = checks.graph.reached_from(checks.nodes.iter().filter(is_start).map(|checked| checked.node.id.as_str()));
    for checked in checks.nodes.iter().filter(|checked| needs_input(checked)) {
        let id = checked.node.id.as_str();
        let lacks_wire = required(checked).any(|port| !wired.contains(&(id, port)));
        if !reached.contains(id) && !lacks_wire && !in_cycle.contains(id) {
            let message = "Nothing that starts by itself leads to this node, so it never runs.";
            problems.push(Problem::warning("UNREACHABLE", message, "Wire it to a node that runs, or take it out.").at(id));
        }
    }
}

fn required<'c>(checked: &'c Checked<'_>) -> impl Iterator<Item = &'c str> {
    checked.ports.iter().flat_map(|ports| &ports.inputs).filter(|port| port.required).map(|port| port.name.as_str())
}

fn needs_input(checked: &Checked<'_>) -> bool {
    required(checked).next().is_some()
}
