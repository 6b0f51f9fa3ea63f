//! Ids, kinds, versions, limits, frames: what can be seen at one place of the document.

use std::collections::{HashMap, HashSet};

use super::{Checked, Checks};
use crate::{FrameKind, Join, Problem, words::nearest};

/// How many times the nearest of all nodes is looked for; each look goes over all of them.
pub(super) const MOST_SUGGESTIONS: usize = 20;

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let flow = checks.flow;
    problems.extend(bad_id(&flow.id, "The flow").map(|problem| problem.field("/id")));
    if flow.defaults.parallel == 0 || flow.defaults.parallel > 1024 {
        let message = format!("The flow runs {} steps at once.", flow.defaults.parallel);
        problems.push(Problem::error("BAD_LIMIT", message, "Choose between 1 and 1024.").field("/defaults/parallel"));
    }
    if flow.defaults.timeout_ms == 0 {
        let message = "The flow's time limit for an attempt is 0 ms, so every attempt would fail.";
        problems.push(Problem::error("BAD_LIMIT", message, "Choose at least 1 ms.").field("/defaults/timeout_ms"));
    }
    if flow.defaults.deadline_ms == Some(0) {
        let message = "The flow's deadline is 0 ms, so every run would fail.";
        let hint = "Choose at least 1 ms, or leave it out.";
        problems.push(Problem::error("BAD_LIMIT", message, hint).field("/defaults/deadline_ms"));
    }
    ids(checks, problems);
    frames(checks, problems);
    let mut wires_to: HashMap<&str, HashSet<_>> = HashMap::new();
    for edge in &flow.edges {
        wires_to.entry(edge.to.node.as_str()).or_default().insert(edge);
    }
    for checked in &checks.nodes {
        let wires = wires_to.get(checked.node.id.as_str()).map_or(0, HashSet::len);
        node(checks, checked, wires, problems);
    }
}

fn ids(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for checked in &checks.nodes {
        let id = &checked.node.id;
        problems.extend(bad_id(id, "This node").map(|problem| problem.at(id)));
        if !seen.insert(id.as_str()) {
            let message = format!("Another node has the id {id:?} too.");
            problems.push(Problem::error("DUPLICATE_ID", message, "Give one of them another id, and move its wires.").at(id));
        }
    }
    for (index, frame) in checks.flow.frames.iter().enumerate() {
        let field = format!("/frames/{index}/id");
        problems.extend(bad_id(&frame.id, "This frame").map(|problem| problem.field(&field)));
        if !seen.insert(frame.id.as_str()) {
            let message = format!("A node or another frame has the id {:?} too.", frame.id);
            problems.push(Problem::error("DUPLICATE_ID", message, "Give the frame another id.").field(&field));
        }
    }
}

/// Ids are words of `a-z0-9` joined by single hyphens.
pub(super) fn is_id(id: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 64 && id.split('-').all(is_word)
}

fn bad_id(id: &str, whose: &str) -> Option<Problem> {
    let message = || format!("{whose} has the id {id:?}.");
    let hint = "Ids are lower-case words and digits joined by hyphens, such as ask-alice, of at most 64 characters.";
    (!is_id(id)).then(|| Problem::error("BAD_ID", message(), hint))
}

fn frames(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let ids: Vec<_> = checks.by_id.keys().copied().collect();
    let mut suggestions = 0..MOST_SUGGESTIONS;
    for (index, frame) in checks.flow.frames.iter().enumerate() {
        let kind = match frame.kind {
            FrameKind::Strategy => Some("strategy"),
            FrameKind::Group
            | FrameKind::ForEach
            | FrameKind::Repeat
            | FrameKind::Race
            | FrameKind::Fallback
            | FrameKind::Try => None,
        };
        if let Some(kind) = kind {
            let message = format!("The frame {:?} is a {kind}, and running one is not built yet.", frame.id);
            let hint = "Make it a group, or take it out; its members then run once.";
            problems.push(Problem::error("FRAME_NOT_BUILT", message, hint).field(format!("/frames/{index}/kind")));
        }
        let is_frame = |id: &str| checks.flow.frames.iter().any(|frame| frame.id == id);
        let unknown = |(_, id): &(usize, &String)| !checks.by_id.contains_key(id.as_str()) && !is_frame(id);
        for (member, id) in frame.members.iter().enumerate().filter(unknown) {
            let message = format!("The frame {:?} holds the node {id:?}, which is not there.", frame.id);
            let near = suggestions.next().and_then(|_| nearest(id, ids.iter().copied()));
            let hint = near.map_or_else(
                || "Take it out of the frame.".to_owned(),
                |near| format!("Did you mean {near:?}? Else take it out."),
            );
            problems
                .push(Problem::error("UNKNOWN_FRAME_MEMBER", message, hint).field(format!("/frames/{index}/members/{member}")));
        }
    }
}

fn node(checks: &Checks<'_>, checked: &Checked<'_>, wires: usize, problems: &mut Vec<Problem>) {
    let node = checked.node;
    let mut report = |code, message: String, hint: String| problems.push(Problem::error(code, message, hint).at(&node.id));
    match checked.kind {
        None => {
            let near = nearest(&node.kind, checks.kind_names.iter().copied());
            let hint = near
                .map_or_else(|| "See `assent kinds` for those there are.".to_owned(), |near| format!("Did you mean {near:?}?"));
            report("UNKNOWN_KIND", format!("There is no node kind {:?}.", node.kind), hint);
        }
        Some(kind) if kind.inner.is_some() => {
            let message = format!("{:?} is a kind of frame, and this is a node.", kind.name);
            report("FRAME_AS_NODE", message, "Take the node out and draw a frame around what is to stand in it.".to_owned());
        }
        Some(kind) if node.version > kind.version => {
            let message = format!(
                "It is written for version {} of {:?}; this program knows up to version {}.",
                node.version, kind.name, kind.version
            );
            report("KIND_VERSION", message, "Open the flow with a newer Assent.".to_owned());
        }
        Some(kind) if node.version < kind.version && (kind.upgrade)(node.version, node.config.clone()).is_none() => {
            let message = format!(
                "It is written for version {} of {:?}, which can't be brought to version {}.",
                node.version, kind.name, kind.version
            );
            report("KIND_VERSION", message, format!("Take it out and add a new {:?} node.", kind.name));
        }
        Some(_) => {}
    }
    if let Join::N(n) = node.join {
        if n == 0 {
            report("BAD_JOIN", "It starts when 0 wires have brought values.".to_owned(), "Choose at least 1, or any.".to_owned());
        } else if usize::try_from(n).is_ok_and(|n| n > wires) {
            let message = format!("It starts when {n} wires have brought values, but has {wires}.");
            report("BAD_JOIN", message, "Choose a lower number, or add wires.".to_owned());
        }
    }
    if let Some(retry) = node.retry {
        if retry.attempts == 0 || retry.attempts > 100 {
            let message = format!("It is tried {} times in all.", retry.attempts);
            report("BAD_RETRY", message, "Choose between 1 and 100 attempts; the first counts.".to_owned());
        }
        if retry.backoff.first_ms > retry.backoff.most_ms {
            let (first, most) = (retry.backoff.first_ms, retry.backoff.most_ms);
            let message = format!("The first wait between attempts, {first} ms, is longer than the longest, {most} ms.");
            report("BAD_RETRY", message, "Raise most_ms or lower first_ms.".to_owned());
        }
    }
    if node.deadline_ms == Some(0) {
        let message = "All its attempts together may take 0 ms, so it would always fail.".to_owned();
        report("BAD_LIMIT", message, "Choose at least 1 ms, or leave it out.".to_owned());
    }
    if node.timeout_ms == Some(0) {
        let message = "Its time limit for an attempt is 0 ms, so every attempt would fail.".to_owned();
        report("BAD_LIMIT", message, "Choose at least 1 ms, or leave it out for the flow's default.".to_owned());
    }
}
