//! Sub-flows: that they are there, and that none leads back.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Checked, Checks, fields};
use crate::{Catalog, Flow, Problem};

pub(super) fn check(
    checks: &Checks<'_>,
    catalog: &dyn Catalog,
    others: &dyn Fn(&str) -> Option<Arc<Flow>>,
    problems: &mut Vec<Problem>,
) {
    let mut calls = Calls { catalog, others, called: HashMap::new(), sound: HashSet::new() };
    for checked in &checks.nodes {
        for (pointer, id) in called_by(checked) {
            let problem = match calls.trouble(&checks.flow.id, &id) {
                None => continue,
                Some(Trouble::Unknown(chain)) if chain.len() == 1 => {
                    let message = format!("There is no flow {id:?}.");
                    Problem::error("UNKNOWN_FLOW", message, "Choose a flow that is there, or add this one.")
                }
                Some(Trouble::Unknown(chain)) => {
                    let message = format!("The flow {id:?} calls a flow that is not there: {}.", chain.join(" → "));
                    Problem::error("UNKNOWN_FLOW", message, "Add the last one, or correct the flow that calls it.")
                }
                Some(Trouble::Circle(chain)) => {
                    let message = format!("Flows may not call themselves, and these do: {}.", chain.join(" → "));
                    Problem::error("RECURSION", message, "Take one of the calls out.")
                }
            };
            problems.push(problem.at(&checked.node.id).field(pointer));
        }
    }
}

/// The flows that a node's config names, with the pointers to where.
fn called_by(checked: &Checked<'_>) -> Vec<(String, String)> {
    let fields = checked.kind.map(|kind| fields::find(&kind.config, &checked.config)).unwrap_or_default();
    let flows = fields.into_iter().filter(|field| field.format == "flow");
    flows.filter_map(|field| Some((field.pointer, field.value.as_str()?.to_owned()))).collect()
}

/// What calling a flow runs into: the chain of flow ids that shows it.
enum Trouble {
    Unknown(Vec<String>),
    Circle(Vec<String>),
}

struct Calls<'a> {
    catalog: &'a dyn Catalog,
    others: &'a dyn Fn(&str) -> Option<Arc<Flow>>,
    /// The flows that each flow calls; `None` where it is not there.
    called: HashMap<String, Option<Arc<[String]>>>,
    /// Flows all of whose calls were looked through without finding trouble.
    sound: HashSet<String>,
}

impl Calls<'_> {
    /// What is wrong with a call from `root` to `first`, looking through all flows below, each once.
    fn trouble(&mut self, root: &str, first: &str) -> Option<Trouble> {
        // A walk in depth with its own stack: the chain so far, and for each flow in it the calls still to look at.
        let mut chain = vec![root.to_owned()];
        let mut open: Vec<Vec<String>> = vec![vec![first.to_owned()]];
        while let Some(next) = open.last_mut().map(Vec::pop) {
            let Some(id) = next else {
                open.pop();
                self.sound.extend(chain.pop());
                continue;
            };
            if let Some(start) = chain.iter().position(|known| *known == id) {
                chain.drain(..start);
                chain.push(id);
                return Some(Trouble::Circle(chain));
            }
            if self.sound.contains(&id) {
                continue;
            }
            chain.push(id.clone());
            match self.calls(&id) {
                None => return Some(Trouble::Unknown(chain.split_off(1))),
                Some(calls) => open.push(calls.iter().rev().cloned().collect()),
            }
        }
        None
    }

    fn calls(&mut self, id: &str) -> Option<Arc<[String]>> {
        if let Some(known) = self.called.get(id) {
            return known.clone();
        }
        let calls = (self.others)(id).map(|flow| {
            let nodes = flow.nodes.iter().map(|node| Checked::new(node, self.catalog));
            nodes.flat_map(|checked| called_by(&checked)).map(|(_, id)| id).collect()
        });
        self.called.insert(id.to_owned(), calls.clone());
        calls
    }
}
