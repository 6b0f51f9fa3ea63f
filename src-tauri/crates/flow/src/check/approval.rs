//! Fields that name another node; above all the one an approval asks for.

use std::collections::BTreeSet;

use super::{Checked, Checks, fields};
use crate::{Problem, words::nearest};

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    for checked in &checks.nodes {
        let Some(kind) = checked.kind else { continue };
        for field in fields::find(&kind.config, &checked.config).into_iter().filter(|field| field.format == "node") {
            let Some(target) = field.value.as_str() else { continue };
            let report = |(message, hint): (String, String)| {
                problems.push(Problem::error("APPROVAL_TARGET", message, hint).at(&checked.node.id).field(&field.pointer));
            };
            trouble(checks, checked, kind.name == "approval", target).into_iter().for_each(report);
        }
    }
}

/// Every reason why a node can't name this target, each with what to do.
fn trouble(checks: &Checks<'_>, checked: &Checked<'_>, is_approval: bool, target: &str) -> Vec<(String, String)> {
    let id = checked.node.id.as_str();
    let Some(named) = checks.node(target) else {
        let near = nearest(target, checks.by_id.keys().copied());
        let hint =
            near.map_or_else(|| "Name a node of this flow by its id.".to_owned(), |near| format!("Did you mean {near:?}?"));
        return vec![(format!("It names the node {target:?}, which is not there."), hint)];
    };
    if !is_approval {
        return Vec::new();
    }
    if target == id {
        return vec![(
            "It asks for itself.".to_owned(),
            "Name a node that writes or spends, or leave the name out to ask a question.".to_owned(),
        )];
    }
    let mut found = Vec::new();
    if let Some(effect) = named.kind.map(|kind| (kind.effect)(&named.config)).filter(|effect| !effect.changes_the_world()) {
        let effect = format!("{effect:?}").to_lowercase();
        let message = format!("It asks for {target:?}, whose effect is {effect}, so there is nothing to approve.");
        found.push((message, "Name a node that writes or spends, or leave the name out to ask a question.".to_owned()));
    }
    if checks.graph.downstream(target).contains(id) {
        let message = format!("It asks for {target:?}, which runs before it.");
        found.push((message, "Wire the approval before the node it asks for.".to_owned()));
        return found;
    }
    // What is asked must be known when it is asked.
    let after: BTreeSet<_> = checks.graph.downstream(id);
    let late: Vec<_> =
        checks.flow.edges.iter().filter(|edge| edge.to.node == target && after.contains(edge.from.node.as_str())).collect();
    found.extend(late.into_iter().map(|edge| {
        let message = format!(
            "It asks for {target:?}, whose input {:?} comes from {}, which waits for this approval; so what would be done is not known when it is asked.",
            edge.to.port, edge.from
        );
        (message, "Wire that input from something that does not wait for the approval.".to_owned())
    }));
    found
}
