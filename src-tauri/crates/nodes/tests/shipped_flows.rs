//! The flows that ship are whole, and written as the writer writes them.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use engine::Nodes;
use flow::Flow;
use nodes::{BuiltIn, Services, flow_inputs};
use serde_json::json;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../flows")
}

fn shipped() -> BTreeMap<String, (String, Arc<Flow>)> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let flows = files.filter(|path| path.to_string_lossy().ends_with(".flow.json")).map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let flow = flow::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(path.file_name().unwrap().to_string_lossy(), format!("{}.flow.json", flow.id));
        (flow.id.clone(), (text, Arc::new(flow)))
    });
    flows.collect()
}

#[test]
fn every_flow_passes_the_checks_and_builds() {
    let (kinds, flows) = (BuiltIn::new(Services::unavailable()), shipped());
    assert!(flows.len() >= 2);
    for (id, (_, flow)) in &flows {
        let problems = flow::check(flow, &kinds, &|id| flows.get(id).map(|(_, flow)| Arc::clone(flow)));
        assert_eq!(problems, [], "{id}");
        for node in &flow.nodes {
            assert!(kinds.build(node).is_ok(), "{id} {}", node.id);
        }
    }
}

/// Heard words that come in as written ones would count without how sure they are, and without asking as for what is spoken.
#[test]
fn heard_words_that_are_wired_in_as_written_are_warned_of() {
    let kinds = BuiltIn::new(Services::unavailable());
    let node = |id: &str, kind: &str, config| {
        flow::Value::from_iter([("id", id.into()), ("kind", kind.into()), ("version", 1.into()), ("config", config)])
    };
    let warnings = |wires: &[&str]| {
        let nodes = [
            node("in", "input", json!({"ports": [{"name": "sound", "type": "audio"}, {"name": "words", "type": "text"}]})),
            node("hear", "transcribe", json!({})),
            node("polish", "template", json!({"text": "{{ value }}"})),
            node("pick", "set", json!({"values": [{"name": "words", "type": "text", "value": "value"}]})),
            node("understand", "parse-intent", json!({})),
        ];
        let edges = wires.iter().map(|wire| wire.split_once(" -> ").unwrap()).map(|(from, to)| json!({"from": from, "to": to}));
        let text = json!({"schema": flow::SCHEMA, "id": "f", "name": "f", "nodes": nodes, "edges": edges.collect::<Vec<_>>()});
        let flow = flow::read(&text.to_string()).unwrap();
        let problems = flow::check(&flow, &kinds, &|_| None);
        let spoken = problems.into_iter().filter(|problem| problem.code == "SPOKEN_AS_WRITTEN");
        spoken.map(|problem| problem.to_string()).collect::<Vec<_>>()
    };
    let warned =
        ["SPOKEN_AS_WRITTEN at understand.text: The words on \"text\" were heard by \"hear\", but count as written here. \
         Wire hear.transcript to \"transcript\", so that they count as spoken."];
    let sound = "in.sound -> hear.audio";
    assert_eq!(warnings(&[sound, "hear.text -> understand.text"]), warned);
    assert_eq!(warnings(&[sound, "hear.text -> polish.value", "polish.text -> understand.text"]), warned);
    let around = ["hear.transcript -> pick.value", "pick.words -> polish.value", "polish.text -> understand.text"];
    assert_eq!(warnings(&[&[sound], &around[..]].concat()), warned);
    assert!(warnings(&[sound, "hear.transcript -> understand.transcript"]).is_empty());
    assert!(warnings(&["in.words -> polish.value", "polish.text -> understand.text"]).is_empty());
}

#[test]
fn every_flow_is_written_as_the_writer_writes_it() {
    for (id, (text, flow)) in shipped() {
        assert_eq!(flow::write(&flow), text, "run `assent fmt` on {id}");
    }
}

#[test]
fn every_flow_is_laid_out_on_the_grid() {
    for (id, (_, flow)) in shipped() {
        for node in &flow.nodes {
            let at = flow.layout.nodes.get(&node.id).unwrap_or_else(|| panic!("{id}: {} has no place", node.id));
            assert!(at.x % 4 == 0 && at.y % 4 == 0, "{id}: {} is off the grid", node.id);
        }
        for edge in &flow.edges {
            let [from, to] = [&edge.from.node, &edge.to.node].map(|node| flow.layout.nodes[node].x);
            assert!(to - from >= 260, "{id}: {edge:?} does not go from left to right");
        }
    }
}

#[test]
fn inputs_are_known_before_a_run() {
    let flows = shipped();
    let inputs =
        |id: &str| flow_inputs(&flows[id].1).into_iter().map(|p| (p.name, p.ty.to_string(), p.required)).collect::<Vec<_>>();
    assert_eq!(inputs("hello"), [("name".to_owned(), "text".to_owned(), false)]);
    let sentence = [("audio".to_owned(), "audio".to_owned(), true), ("correction".to_owned(), "text".to_owned(), false)];
    assert_eq!(inputs("voice-payment"), sentence);
}
