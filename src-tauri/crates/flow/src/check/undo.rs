//! Nodes that take back what others did.

use std::collections::HashMap;

use super::Checks;
use crate::{Problem, words::nearest};

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let mut taken: HashMap<&str, &str> = HashMap::new();
    for checked in &checks.nodes {
        let id = checked.node.id.as_str();
        let Some(undo) = checked.node.undo.as_deref() else { continue };
        let mut report = |message: String, hint: &str| problems.push(Problem::error("BAD_UNDO", message, hint).at(id));
        let Some(named) = checks.node(undo) else {
            let near = nearest(undo, checks.by_id.keys().copied()).map(|near| format!("Did you mean {near:?}?"));
            let hint = near.unwrap_or_else(|| "Name a node that stands in the same frame, or in none as this one.".to_owned());
            report(format!("It is taken back by {undo:?}, which is not there."), &hint);
            continue;
        };
        if undo == id {
            report("It would take back itself.".to_owned(), "Name another node.");
            continue;
        }
        if named.node.undo.is_some() {
            report(format!("It is taken back by {undo:?}, which would be taken back too."), "Take one of the two out.");
        }
        if let Some(other) = taken.insert(undo, id) {
            report(format!("{undo:?} takes back {other:?} too."), "Give each a node of its own.");
        }
        if checks.flow.edges.iter().any(|edge| edge.from.node == undo) {
            report(format!("{undo:?} takes this back and leads on to others, which never run."), "Take the wires from it out.");
        }
        if checked.kind.is_some_and(|kind| !(kind.effect)(&checked.config).changes_the_world()) {
            let message = format!("It changes nothing outside, so there is nothing for {undo:?} to take back.");
            problems.push(Problem::warning("NOTHING_TO_UNDO", message, "Leave the undo out.").at(id));
        }
    }
}
