//! The checks: each message is read by a person before its snapshot is kept.
#![allow(clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use common::{any_flow, flow, kinds, node, wire, with};
use flow::{Flow, Frame, FrameKind, Join, Node, Problem, Retry, Severity, check, upgrade};
use proptest::prelude::*;
use serde_json::{Value, json};

fn problems(flow: &Flow) -> Vec<Problem> {
    check(flow, &kinds(), &|_| None)
}

/// A line for what is wrong and one for what to do.
fn shown(problems: &[Problem]) -> String {
    let severity = |problem: &Problem| if problem.severity == Severity::Error { "error" } else { "warning" };
    let lines = problems.iter().map(|p| format!("{} {} at {}\n    {}\n    {}", severity(p), p.code, p.place, p.message, p.hint));
    lines.collect::<Vec<_>>().join("\n")
}

fn codes(flow: &Flow) -> Vec<String> {
    problems(flow).into_iter().map(|problem| problem.code).collect()
}

#[test]
fn a_sound_flow_has_none() {
    let mut sound = flow(
        vec![
            with("hello", "text", json!({"text": "Hello"})),
            with("much", "amount", json!({"amount": "25.00 USD"})),
            with(
                "which",
                "branch",
                json!({"condition": "amount > money('20 USD') && value == 'x'", "fields": {"a": {"cel": "now"}, "b": {"template": "{{ value }}"}}, "text": null}),
            ),
            with(
                "get",
                "http",
                json!({"url": "https://example.org/a?b=c", "key": "my-key", "headers": {"Accept": "application/json"}}),
            ),
            node("ask", "approval"),
            node("send", "pay"),
            node("all", "list"),
            with("why", "note", json!({"text": "sha256 9f86d081884c7d659a2feaa0c55ad015 in short"})),
        ],
        vec![
            wire("hello.out", "which.value"),
            wire("much.out", "which.amount"),
            wire("much.out", "send.amount"),
            wire("which.out", "ask.value"),
            wire("ask.approved", "send.verdict"),
            wire("hello.out", "all.items"),
            wire("hello.error", "get.body"),
        ],
    );
    sound.nodes[3].version = 3;
    sound.nodes[4].config = json!({"for": "send"});
    sound.nodes[6].join = Join::N(1);
    sound.frames = vec![Frame {
        id: "g".to_owned(),
        kind: FrameKind::Group,
        name: String::new(),
        members: vec!["hello".to_owned()],
        config: json!({}),
    }];
    assert_eq!(shown(&problems(&sound)), "");
}

#[test]
fn ids_kinds_and_limits() {
    let mut bad = flow(
        vec![
            node("a", "text"),
            node("a", "text"),
            node("Bad_Id", "text"),
            node("kind", "brnch"),
            node("other", "zzzzzzzz"),
            node("new", "text"),
            node("old", "http"),
            node("join", "list"),
            node("zero", "list"),
            node("retry", "text"),
        ],
        vec![wire("a.out", "join.items")],
    );
    bad.id = "A flow".to_owned();
    bad.defaults.parallel = 0;
    bad.defaults.timeout_ms = 0;
    bad.nodes[5].version = 2;
    bad.nodes[6].version = 1;
    bad.nodes[7].join = Join::N(2);
    bad.nodes[8].join = Join::N(0);
    bad.nodes[9].retry = Some(Retry { attempts: 0, backoff: flow::Backoff { first_ms: 10, most_ms: 5 } });
    bad.nodes[9].timeout_ms = Some(0);
    let frame = |id: &str, kind, members: &[&str]| Frame {
        id: id.to_owned(),
        kind,
        name: String::new(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        config: json!({}),
    };
    bad.frames = vec![
        frame("a", FrameKind::Group, &["oter", "nobody-of-that-name"]),
        frame("again", FrameKind::Group, &["a"]),
        frame("plan", FrameKind::Strategy, &[]),
    ];
    insta::assert_snapshot!(shown(&problems(&bad)));
}

#[test]
fn wires() {
    let bad = flow(
        vec![
            node("hello", "text"),
            node("much", "amount"),
            node("show", "print"),
            node("more", "print"),
            node("lone", "print"),
            node("many", "list"),
            node("note", "note"),
            node("which", "branch"),
        ],
        vec![
            wire("hello.out", "show.text"),
            wire("hello.out", "show.text"),
            wire("much.out", "more.text"),
            wire("hello.out", "more.text"),
            wire("hello.ou", "many.items"),
            wire("hello.out", "many.item"),
            wire("helo.out", "many.items"),
            wire("hello.out", "nobody-here.in"),
            wire("x.y", "z.w"),
            wire("hello.out", "note.text"),
            wire("much.cents", "which.value"),
            wire("which.error", "which.nothing"),
            wire("hello.error", "which.amount"),
        ],
    );
    insta::assert_snapshot!(shown(&problems(&bad)));
}

#[test]
fn circles_and_what_nothing_starts() {
    let bad = flow(
        vec![
            node("a", "print"),
            node("b", "print"),
            node("after", "print"),
            node("self", "branch"),
            node("fed", "print"),
            node("fine", "branch"),
            node("alone", "note"),
        ],
        vec![
            wire("a.out", "b.text"),
            wire("b.out", "a.text"),
            wire("b.out", "after.text"),
            wire("self.out", "self.value"),
            wire("gone.out", "fed.text"),
        ],
    );
    insta::assert_snapshot!(shown(&problems(&bad)));
}

#[test]
fn configs() {
    let http = |id: &str, config: Value| Node { version: 3, ..with(id, "http", config) };
    let bad = flow(
        vec![
            http("none", json!({})),
            http(
                "wrong",
                json!({"url": "", "method": "PUT", "tries": 99, "colour": "red", "size": 1, "headers": {"a/b": 5}, "list": [1]}),
            ),
            http("number", json!({"url": "x", "tries": 1.5})),
            http("text", json!("url")),
            with("huge", "note", json!({"text": "x", "n": 9_007_199_254_740_993_i64})),
            with(
                "cel",
                "branch",
                json!({"condition": "amout > 3", "fields": {"a": {"cel": "1 +"}, "b/c": {"template": "{{ valu }}"}, "d": {"neither": 1}}}),
            ),
            with("text-2", "text", json!({"text": "Hello {{ name"})),
            with("grow", "branch", json!({"text": "{{ value ~ value }}"})),
            with("money", "amount", json!({"amount": "25 dollars"})),
            with("never", "branch", json!({"condition": "false"})),
            node("broken", "broken"),
        ],
        vec![],
    );
    insta::assert_snapshot!(shown(&problems(&bad)));
}

#[test]
fn secrets() {
    let key64 = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d";
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let leaks = [
        json!({"url": "x", "key": "sk-proj-abc123def456ghi789jkl"}),
        json!({"url": "x", "key": key64}),
        json!({"url": "x", "key": "My Key"}),
        json!({"url": "x", "key": ""}),
        json!({"url": "x", "key": "a".repeat(65)}),
        json!({"url": "https://alice:hunter2@example.org/"}),
        json!({"url": "https://api.example.org/?key=AIzaSyA1234567890abcdefghijklmnopqrstu"}),
        json!({"url": "x", "headers": {"Authorization": format!("Bearer {jwt}")}}),
        json!({"url": "x", "headers": {"Authorization": "Bearer 9f8e7d6c5b4a39281706f5e4"}}),
        json!({"url": "x", "headers": {"X-Api-Key": "Zx81kQ02mmPq77LwEr5t"}}),
        json!({"url": "x", "list": [{"name": "password", "value": "correct7horse8battery9"}]}),
        json!({"url": "x", "list": [{"body": {"deep": ["token xoxb-123456789012-abcdefghijkl"]}}]}),
        json!({"url": "x", "list": [{"note": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}]}),
        json!({"url": "x", "list": [{"note": "AKIAIOSFODNN7EXAMPLE"}]}),
        json!({"url": "x", "list": [{"note": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ…"}]}),
        json!({"url": "x", "list": [{"note": format!("0x{key64}")}]}),
    ];
    for config in &leaks {
        let found = problems(&flow(vec![Node { version: 3, ..with("a", "http", config.clone()) }], vec![]));
        assert!(found.iter().any(|problem| problem.code == "SECRET_VALUE"), "{config}: {found:?}");
        // No message may carry the secret on.
        let text = shown(&found);
        for part in ["sk-proj", key64, "hunter2", "AIza", "eyJ", "9f8e7d6c", "Zx81", "battery", "xoxb-1", "ghp_", "AKIA", "MHcC"]
        {
            assert!(!text.contains(part), "{text}");
        }
    }
    let harmless = [
        json!({"url": "x", "key": "openai-key-2"}),
        json!({"url": "https://example.org/users/me@example.org?token={{ token }}"}),
        json!({"url": "x", "list": [{"sha256": key64}, {"digest": key64}, {"tx_hash": format!("0x{key64}")}, {"address": "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"}]}),
        json!({"url": "x", "list": [{"text": "The task-2024 sk-1 risk-assessment-of-2024-results"}, {"token": "next_page"}, {"password": "{{ password }}"}, {"zeros": "0".repeat(64)}]}),
        json!({"url": "x", "headers": {"Authorization": "none", "Content-Type": "application/x-www-form-urlencoded"}}),
        json!({"url": "x", "list": [{"id": "550e8400-e29b-41d4-a716-446655440000"}]}),
    ];
    for config in &harmless {
        let found = problems(&flow(vec![Node { version: 3, ..with("a", "http", config.clone()) }], vec![]));
        assert!(found.is_empty(), "{config}: {}", shown(&found));
    }
    let mut framed = flow(vec![with("odd", "nothing", json!({"password": "correct7horse8battery9"}))], vec![]);
    framed.frames = vec![Frame {
        id: "g".to_owned(),
        kind: FrameKind::Group,
        name: String::new(),
        members: vec![],
        config: json!({"a": {"api_key": "correct7horse8battery9"}}),
    }];
    framed.nodes.push(Node { version: 3, ..with("key", "http", json!({"url": "x", "key": "Not a name"})) });
    insta::assert_snapshot!(shown(&problems(&framed)));
}

fn calling(id: &str, called: &[&str]) -> Flow {
    let nodes =
        called.iter().enumerate().map(|(n, called)| with(&format!("call-{n}"), "sub-flow", json!({"flow": called}))).collect();
    Flow { id: id.to_owned(), ..flow(nodes, vec![]) }
}

#[test]
fn flows_that_call_flows() {
    let others: BTreeMap<_, _> = [
        calling("leaf", &[]),
        calling("twice", &["leaf", "leaf"]),
        calling("back", &["leaf", "test"]),
        calling("far", &["twice", "back"]),
        calling("ring", &["gnir"]),
        calling("gnir", &["ring"]),
        calling("lost", &["leaf", "nowhere"]),
    ]
    .into_iter()
    .map(|flow| (flow.id.clone(), Arc::new(flow)))
    .collect();
    let root = calling("test", &["leaf", "twice", "test", "back", "far", "ring", "nobody", "lost", "twice"]);
    insta::assert_snapshot!(shown(&check(&root, &kinds(), &|id| others.get(id).cloned())));
}

#[test]
fn long_chains_of_flows_take_no_stack() {
    let name = |n: usize| format!("f-{n}");
    let others = |id: &str| {
        let n: usize = id.strip_prefix("f-")?.parse().ok()?;
        Some(Arc::new(calling(id, &[&name(n + 1), &name((n + 7) % 20_000)])))
    };
    let found = check(&calling("test", &["f-0"]), &kinds(), &|id| if id == "f-20000" { None } else { others(id) });
    assert_eq!(found.len(), 1);
}

#[test]
fn approvals() {
    let ask = |id: &str, target: &str| with(id, "approval", json!({"for": target}));
    let bad = flow(
        vec![
            node("much", "amount"),
            node("send", "pay"),
            node("late", "branch"),
            ask("good", "send"),
            ask("typo", "sned"),
            ask("pure", "much"),
            ask("after", "send"),
            ask("self", "self"),
            ask("early", "second"),
            node("second", "pay"),
            node("read", "http"),
            ask("get", "read"),
        ],
        vec![
            wire("much.out", "send.amount"),
            wire("good.approved", "send.verdict"),
            wire("send.receipt", "after.value"),
            wire("much.out", "late.amount"),
            wire("early.approved", "late.value"),
            wire("much.out", "second.amount"),
            wire("late.out", "second.note"),
            wire("early.approved", "second.verdict"),
        ],
    );
    let found: Vec<_> = problems(&bad).into_iter().filter(|problem| problem.code != "KIND_VERSION").collect();
    insta::assert_snapshot!(shown(&found));
}

#[test]
fn older_nodes_are_upgraded() {
    let mut old = flow(
        vec![
            with("get", "http", json!({"address": "https://example.org"})),
            with("older", "http", json!({})),
            node("text", "text"),
        ],
        vec![],
    );
    old.nodes[0].version = 2;
    assert_eq!(codes(&old), ["KIND_VERSION", "BAD_CONFIG"], "only the one without an upgrade");
    let (new, upgraded) = upgrade(old, &kinds());
    assert_eq!(upgraded, [flow::Upgraded { node: "get".to_owned(), kind: "http".to_owned(), from: 2, to: 3 }]);
    assert_eq!((new.nodes[0].version, &new.nodes[0].config), (3, &json!({"url": "https://example.org"})));
    assert_eq!((new.nodes[1].version, &new.nodes[1].config), (1, &json!({})));
    assert!(upgrade(new.clone(), &kinds()).1.is_empty());
}

#[test]
fn problems_come_in_the_order_of_nodes() {
    let bad = flow(vec![node("b", "nothing"), node("a", "print"), node("b", "print")], vec![wire("a.x", "b.y")]);
    let places: Vec<_> = problems(&bad).into_iter().map(|p| (p.place.node.unwrap_or_default(), p.code)).collect();
    let expected =
        [("b", "DUPLICATE_ID"), ("b", "UNKNOWN_KIND"), ("b", "MISSING_INPUT"), ("a", "UNKNOWN_PORT"), ("a", "MISSING_INPUT")];
    assert_eq!(places.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>(), expected);
}

/// A chain of so many nodes, each with an expression of its own, every hundredth an approval.
fn long(count: usize) -> Flow {
    let nodes = (0..count).map(|n| match n % 100 {
        99 => with(&format!("n-{n}"), "approval", json!({})),
        _ => with(&format!("n-{n}"), "branch", json!({"condition": format!("value == {n} && amount > money('1 USD')")})),
    });
    let edges = (1..count).map(|n| {
        let output = if (n - 1) % 100 == 99 { "approved" } else { "out" };
        wire(&format!("n-{}.{output}", n - 1), &format!("n-{n}.value"))
    });
    flow(nodes.collect(), edges.collect())
}

#[test]
fn large_flows_are_checked_in_line_with_their_size() {
    let time = |count| {
        let flow = long(count);
        let start = Instant::now();
        assert_eq!(shown(&problems(&flow)), "");
        start.elapsed()
    };
    time(10);
    let (small, large) = (time(500), time(5_000));
    assert!(large.as_secs_f64() < 5.0, "{large:?}");
    assert!(large < small * 25, "{small:?} for 500 nodes, {large:?} for 5,000");
}

#[test]
fn a_hostile_flow_of_many_mistakes_takes_no_long() {
    let nodes =
        (0..3_000).map(|n| with(&format!("n-{n}"), "approval", json!({"for": format!("n-{}", (n + 1) % 3_000)}))).collect();
    let edges = (0..3_000).flat_map(|n| {
        [
            wire(&format!("n-{n}.approved"), &format!("n-{}.value", (n + 1) % 3_000)),
            wire(&format!("m-{n}.x"), &format!("n-{n}.y")),
        ]
    });
    let hostile = flow(nodes, edges.collect());
    let start = Instant::now();
    assert!(problems(&hostile).len() > 6_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_says_what_and_what_to_do(flow in any_flow()) {
        let found = problems(&flow);
        prop_assert_eq!(&problems(&flow), &found);
        for problem in found {
            prop_assert!(problem.code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
            for text in [&problem.message, &problem.hint] {
                prop_assert!(text.ends_with(['.', '?']) && text.starts_with(|c: char| !c.is_lowercase()), "{}", text);
            }
        }
    }
}

fn frame(id: &str, kind: FrameKind, members: &[&str]) -> Frame {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    Frame { id: id.to_owned(), kind, name: String::new(), members, config: json!({}) }
}

/// `list` → `each` [`item` → `show` → `result`, with a `backup` inside that tries two], → `all`; `note-text` is wired past the border.
fn framed() -> Flow {
    let mut flow = flow(
        vec![
            node("a", "text"),
            node("all", "list"),
            node("show", "print"),
            node("which", "branch"),
            node("one", "print"),
            node("two", "print"),
            node("last", "print"),
        ],
        vec![
            wire("a.out", "all.items"),
            wire("all.out", "each.items"),
            wire("each.item", "show.text"),
            wire("a.out", "which.value"),
            wire("show.out", "one.text"),
            wire("a.out", "two.text"),
            wire("one.out", "backup.result"),
            wire("two.out", "backup.result"),
            wire("backup.result", "last.text"),
            wire("last.out", "each.result"),
        ],
    );
    flow.frames = vec![
        frame("each", FrameKind::ForEach, &["show", "which", "backup", "last"]),
        frame("backup", FrameKind::Fallback, &["one", "two"]),
    ];
    flow
}

#[test]
fn frames_that_run() {
    assert_eq!(shown(&problems(&framed())), "");

    let split = flow::levels(&framed(), &kinds()).unwrap();
    let level = |name: Option<&str>| split.levels.iter().find(|level| level.frame.as_deref() == name).unwrap();
    let wires = |name| level(name).flow.edges.iter().map(|e| format!("{} → {}", e.from, e.to)).collect::<Vec<_>>();
    assert_eq!(wires(None), ["a.out → all.items", "all.out → each.items", "a.out → each.a.out"]);
    let inside = [
        ".in.item → show.text",
        ".in.a.out → which.value",
        "show.out → backup.show.out",
        ".in.a.out → backup.a.out",
        "backup.result → last.text",
        "last.out → .out.result",
    ];
    assert_eq!(wires(Some("each")), inside);
    assert_eq!(
        wires(Some("backup")),
        [".in.show.out → one.text", ".in.a.out → two.text", "one.out → .out.result", "two.out → .out.result"]
    );
    // Ports take the types of what is wired to them.
    let output = |name: Option<&str>, node: &str, port: &str| {
        let ports = &level(name).ports[node];
        ports.outputs.iter().find(|output| output.name == port).unwrap().ty.to_string()
    };
    assert_eq!(output(Some("each"), ".in", "item"), "text");
    assert_eq!(output(Some("each"), "backup", "result"), "text");
    assert_eq!(output(None, "each", "results"), "list<text>");

    let mut bad = framed();
    bad.nodes.extend([node("much", "amount"), node("odd", "for-each"), node("join", "list"), with("in", "input", json!({}))]);
    bad.edges.extend([
        wire("show.out", "join.items"),
        wire("one.out", "two.text"),
        wire("much.out", "backup.result"),
        wire("each.itm", "last.text"),
        wire("each.results", "which.amount"),
    ]);
    bad.frames[0].config = json!({"parallel": 0});
    bad.frames[0].members.push("in".to_owned());
    bad.frames[1].members.push("show".to_owned());
    bad.frames.extend([frame("x", FrameKind::ForEach, &["y"]), frame("y", FrameKind::ForEach, &["x"])]);
    insta::assert_snapshot!(shown(&problems(&bad)));
}

#[test]
fn undoing() {
    let mut sound = flow(vec![node("a", "text"), node("send", "pay"), node("back", "pay")], vec![]);
    sound.nodes[1].undo = Some("back".to_owned());
    let found = |flow: &Flow| problems(flow).into_iter().filter(|p| p.code.contains("UNDO")).collect::<Vec<_>>();
    assert_eq!(shown(&found(&sound)), "");
    let mut bad = flow(
        vec![node("a", "text"), node("b", "pay"), node("c", "pay"), node("d", "pay"), node("e", "pay"), node("next", "branch")],
        vec![wire("e.error", "next.value")],
    );
    for (at, undo) in [(0, "e"), (1, "bck"), (2, "c"), (3, "e"), (4, "b")] {
        bad.nodes[at].undo = Some(undo.to_owned());
    }
    insta::assert_snapshot!(shown(&found(&bad)));
}
