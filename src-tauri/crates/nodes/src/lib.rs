//! The built-in node kinds, one file each.
//!
//! [`BuiltIn`] is the catalog that flows are checked against and the set of nodes that the engine runs. What kinds need of the program
//! around them are the traits of [`services`].

pub mod child;
mod exchange;
mod file;
mod folder;
mod formula;
mod grant;
mod kind;
mod kinds;
mod ports;
mod proposal;
mod risk;
mod secret;
pub mod services;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use engine::{Nodes, Step};
use flow::{Catalog, Flow, Kind, Node, Port, Problem, Value};

pub use file::FileValue;
pub use proposal::Proposal;
pub use secret::{Redactor, Secret};
pub use services::{AddressBook, Files, HeardWord, History, Payee, PaymentHistory, Secrets, Services, Transcriber, Transcript};

use crate::kind::{Entry, entry};

/// Every kind there is. A new one adds its file and its line here.
const KINDS: &[fn() -> Entry] = &[
    entry::<kinds::address_book::AddressBook>,
    entry::<kinds::approval::Approval>,
    entry::<kinds::branch::Branch>,
    entry::<kinds::code::Code>,
    entry::<kinds::delay::Delay>,
    entry::<kinds::extract::Extract>,
    entry::<kinds::fallback::Fallback>,
    entry::<kinds::for_each::ForEach>,
    entry::<kinds::http::Http>,
    entry::<kinds::input::Input>,
    entry::<kinds::log::Log>,
    entry::<kinds::merge::Merge>,
    entry::<kinds::note::Note>,
    entry::<kinds::output::Output>,
    entry::<kinds::parse_intent::ParseIntent>,
    entry::<kinds::pay::Pay>,
    entry::<kinds::race::Race>,
    entry::<kinds::read_file::ReadFile>,
    entry::<kinds::repeat::Repeat>,
    entry::<kinds::risk_score::RiskScore>,
    entry::<kinds::set::Set>,
    entry::<kinds::sub_flow::SubFlow>,
    entry::<kinds::template::Template>,
    entry::<kinds::threshold::Threshold>,
    entry::<kinds::transcribe::Transcribe>,
    entry::<kinds::trial::Trial>,
    entry::<kinds::write_file::WriteFile>,
];

/// The built-in node kinds.
pub struct BuiltIn {
    entries: BTreeMap<&'static str, Entry>,
    tools: Tools,
}

/// What building a node may take from.
pub(crate) struct Tools {
    pub(crate) services: Services,
    pub(crate) http: Arc<exchange::Http>,
    pub(crate) tokens: Arc<kinds::http::Tokens>,
    pub(crate) children: Arc<child::Children>,
}

impl BuiltIn {
    /// All kinds, with the services their steps use.
    pub fn new(services: Services) -> Self {
        let entries = KINDS.iter().map(|entry| entry()).map(|entry| (entry.kind.name, entry)).collect();
        let children = Arc::new(child::Children::new(services.program.clone()));
        Self { entries, tools: Tools { services, http: Arc::new(exchange::Http::new()), tokens: Arc::default(), children } }
    }
}

impl Catalog for BuiltIn {
    fn kind(&self, name: &str) -> Option<&Kind> {
        self.entries.get(name).map(|entry| &entry.kind)
    }

    fn kinds(&self) -> Vec<&Kind> {
        self.entries.values().map(|entry| &entry.kind).collect()
    }
}

impl Nodes for BuiltIn {
    fn build(&self, node: &Node) -> Result<Step, Vec<Problem>> {
        let Some(entry) = self.entries.get(&*node.kind) else {
            let message = format!("There is no node kind {:?}.", node.kind);
            return Err(vec![Problem::error("UNKNOWN_KIND", message, "List the kinds with `assent kinds`.").at(&node.id)]);
        };
        (entry.build)(node, &self.tools)
    }
}

/// What a flow is to be given: the ports of all its input nodes. A name that stands in several of them is one input, as the first says.
pub fn flow_inputs(flow: &Flow) -> Vec<Port> {
    let mut inputs: Vec<Port> = Vec::new();
    for port in flow.nodes.iter().filter(|node| node.kind == "input").flat_map(|node| kinds::input::ports_of(&node.config)) {
        if inputs.iter().all(|known| known.name != port.name) {
            inputs.push(port);
        }
    }
    inputs
}

/// A value in few words, for an error's text.
pub(crate) fn short(value: &Value) -> String {
    const MOST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod testing;
