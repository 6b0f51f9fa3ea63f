//! A flow as it is being drawn: what is wrong with it, and what each node has and does.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use flow::{Digest, Effect, Flow, Ports, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right, Source, Surface,
    commands::flows,
    library::Library,
    text::{columns, visible},
};

/// Looks at a flow as it is being drawn
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowInspect {
    /// The flow's text
    pub text: String,
}

/// A flow as it is being drawn.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Inspected {
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// The digest of its logic, where it can be read.
    pub digest: Option<Digest>,
    /// Its nodes, by id, and the frames that run their members.
    pub nodes: BTreeMap<String, NodeLook>,
}

/// What a node has and does.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NodeLook {
    /// Its ports.
    pub ports: Ports,
    /// For a frame, the ports that its members see: outputs give to them, inputs take what comes of them.
    pub inner: Option<Ports>,
    /// What it does to the world.
    pub effect: Effect,
    /// What it will do, in a few words.
    pub says: String,
}

impl Command for FlowInspect {
    const NAME: &'static str = "flow.inspect";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Inspected;

    async fn handle(self, app: &App) -> Result<Inspected, ApiError> {
        let mut source = Source { file: "the flow".to_owned(), text: self.text, beside: BTreeMap::new() };
        source.read_beside(&|id| app.library().ok()?.text_of(id));
        Ok(match source.flow() {
            Err(problem) => Inspected { problems: vec![problem], digest: None, nodes: BTreeMap::new() },
            Ok(flow) => Inspected {
                problems: flows::problems(app, &flow, &source.others()),
                digest: Some(flow::logic_digest(&flow)),
                nodes: looks(app, &flow),
            },
        })
    }
}

fn looks(app: &App, flow: &Flow) -> BTreeMap<String, NodeLook> {
    let look = |node: &flow::Node| {
        let kind = app.catalog().kind(&node.kind)?;
        let look = NodeLook {
            ports: (kind.ports)(&node.config),
            inner: None,
            effect: (kind.effect)(&node.config),
            says: if node.bypass { "Left out".to_owned() } else { (kind.says)(&node.config) },
        };
        Some((node.id.clone(), look))
    };
    let mut looks: BTreeMap<_, _> = flow.nodes.iter().filter_map(look).collect();
    for level in flow::levels(flow, app.catalog()).into_iter().flat_map(|split| split.levels) {
        // Ports past a frame's border are drawn as wires that cross it.
        let drawn = |ports: Option<&Ports>| {
            let mut ports = ports.cloned().unwrap_or_default();
            ports.inputs.retain(|port| !port.name.contains('.'));
            ports.outputs.retain(|port| !port.name.contains('.'));
            ports
        };
        for frame in level.flow.nodes.iter().filter(|node| level.ports.contains_key(&node.id)) {
            if let Some(kind) = app.catalog().kind(&frame.kind) {
                let ports = drawn(level.ports.get(&frame.id));
                let says = (kind.says)(&frame.config);
                looks.insert(frame.id.clone(), NodeLook { ports, inner: None, effect: Effect::Pure, says });
            }
        }
        if let Some(look) = level.frame.as_ref().and_then(|frame| looks.get_mut(frame)) {
            let outputs = drawn(level.ports.get(flow::ENTRY)).outputs;
            look.inner = Some(Ports { inputs: drawn(level.ports.get(flow::EXIT)).inputs, outputs });
        }
    }
    looks
}

impl Response for Inspected {}

impl Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().try_for_each(|problem| writeln!(f, "{} {}", problem.code, problem.message))
    }
}

/// Looks for words in all flows: names, descriptions, tags, nodes and what is written in them
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FlowSearch {
    /// The words
    #[arg(value_name = "TEXT")]
    pub text: String,
}

/// Where the words are.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// In the order of the flows; 200 at most.
    pub hits: Vec<Hit>,
}

/// A place in a flow.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The flow's id.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// The node's id, where it is in a node.
    pub node: Option<String>,
    /// What it is in: `name`, `tag`, `description`, `kind` or a config's field.
    pub place: String,
    /// The text around it.
    pub excerpt: String,
}

const MOST_HITS: usize = 200;

impl Command for FlowSearch {
    const NAME: &'static str = "flow.search";
    const RIGHT: Right = Right::View;
    type Response = Found;

    async fn handle(self, app: &App) -> Result<Found, ApiError> {
        let words = self.text.trim().to_lowercase();
        let mut hits = Vec::new();
        if !words.is_empty() {
            search(app.library()?, &words, &mut hits)?;
        }
        Ok(Found { hits })
    }
}

fn search(library: &Library, words: &str, hits: &mut Vec<Hit>) -> Result<(), ApiError> {
    for info in library.list()?.into_iter().filter(|info| info.unreadable.is_none()) {
        let Some(flow) = library.text_of(&info.id).and_then(|text| flow::read(&text).ok()) else { continue };
        let mut look = |node: Option<&str>, place: &str, text: &str| {
            if hits.len() < MOST_HITS
                && let Some(excerpt) = excerpt(text, words)
            {
                let node = node.map(str::to_owned);
                hits.push(Hit { flow: flow.id.clone(), name: flow.name.clone(), node, place: place.to_owned(), excerpt });
            }
        };
        look(None, "name", &flow.name);
        look(None, "description", &flow.description);
        flow.tags.iter().for_each(|tag| look(None, "tag", tag));
        for node in &flow.nodes {
            look(Some(&node.id), "name", if node.name.is_empty() { &node.id } else { &node.name });
            look(Some(&node.id), "kind", &node.kind);
            texts(&node.config, "", &mut |field, text| look(Some(&node.id), field, text));
        }
    }
    Ok(())
}

/// Every text in a value, with its JSON pointer.
fn texts(value: &serde_json::Value, at: &str, look: &mut dyn FnMut(&str, &str)) {
    match value {
        serde_json::Value::String(text) => look(at, text),
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| texts(item, &format!("{at}/{index}"), look));
        }
        serde_json::Value::Object(fields) => fields.iter().for_each(|(key, field)| texts(field, &format!("{at}/{key}"), look)),
        _ => {}
    }
}

/// The line of a text with the words in it, some characters before and after.
fn excerpt(text: &str, words: &str) -> Option<String> {
    const AROUND: usize = 40;
    let line = text.lines().find(|line| line.to_lowercase().contains(words))?;
    let chars: Vec<char> = line.chars().collect();
    // Lower case may have another length; near enough for an excerpt.
    let at = line.to_lowercase().find(words).map_or(0, |at| line.to_lowercase()[..at].chars().count()).min(chars.len());
    let (from, to) = (at.saturating_sub(AROUND), (at + words.chars().count() + AROUND).min(chars.len()));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    Some(format!("{}{}{}", cut(from > 0), chars[from..to].iter().collect::<String>(), cut(to < chars.len())))
}

impl Response for Found {}

impl Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |hit: &Hit| {
            let place = hit.node.as_ref().map_or_else(|| hit.place.clone(), |node| format!("{node} {}", hit.place));
            vec![hit.flow.clone(), place, visible(&hit.excerpt)]
        };
        columns(f, &self.hits.iter().map(row).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_shows_the_words_and_what_is_around() {
        assert_eq!(excerpt("Send MONEY to Zoë", "money").as_deref(), Some("Send MONEY to Zoë"));
        assert_eq!(excerpt(&format!("{}here{}", "é".repeat(50), "x".repeat(50)), "here").map(|e| e.chars().count()), Some(86));
        assert_eq!(excerpt("one\ntwo", "three"), None);
    }
}
