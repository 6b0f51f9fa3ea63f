//! The file form.
#![allow(clippy::unwrap_used)]

mod common;

use common::{any_flow, flow, node, wire, with};
use flow::{Flow, Frame, FrameKind, Join, Position, Rect, Retry, logic_digest, read, read_bytes, write};
use proptest::prelude::*;
use serde_json::json;

fn sample() -> Flow {
    let mut sample = flow(
        vec![
            with(
                "b",
                "http",
                json!({"url": "https://example.org", "method": "POST", "headers": {"b": "2", "a": "1"}, "list": [{"z": 1, "y": [1, 2]}, []]}),
            ),
            node("a", "text"),
        ],
        vec![wire("b.body", "a.x"), wire("a.out", "b.body")],
    );
    sample.nodes[1].name = "Grüße".to_owned();
    sample.nodes[1].join = Join::N(2);
    sample.nodes[1].retry = Some(Retry { attempts: 3, backoff: flow::Backoff::default() });
    sample.frames = vec![Frame {
        id: "g".to_owned(),
        kind: FrameKind::Group,
        name: String::new(),
        members: vec!["b".to_owned(), "a".to_owned()],
        config: json!({}),
    }];
    sample.layout.nodes = [("b".to_owned(), Position { x: -1, y: 2 }), ("a".to_owned(), Position { x: 0, y: 0 })].into();
    sample.layout.frames = [("g".to_owned(), Rect { x: 0, y: 0, width: 10, height: 20 })].into();
    sample
}

#[test]
fn one_property_a_line_and_the_layout_last() {
    insta::assert_snapshot!(write(&sample()));
}

#[test]
fn the_digest_is_of_the_logic() {
    let before = sample();
    let digest = logic_digest(&before);
    // Written down, so that a change of the rule is seen: every stored version is found by it.
    insta::assert_snapshot!(digest.to_string());
    let mut after = before.clone();
    after.layout = flow::Layout::default();
    after.nodes.reverse();
    assert_eq!(logic_digest(&after), digest);
    let changes: [fn(&mut Flow); 6] = [
        |flow| flow.edges.reverse(),
        |flow| flow.name.push('!'),
        |flow| flow.nodes[0].config["url"] = json!("https://example.com"),
        |flow| flow.nodes[1].join = Join::Any,
        |flow| flow.frames[0].members.clear(),
        |flow| flow.defaults.parallel = 1,
    ];
    for change in changes {
        let mut after = before.clone();
        change(&mut after);
        assert_ne!(logic_digest(&after), digest);
    }
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_said_where() {
    let with = |part: &str| format!("{{\n  \"schema\": \"assent.flow/1\",\n  \"id\": \"a\",\n  \"name\": \"A\",\n  {part}\n}}");
    assert!(read(&with("\"nodes\": []")).is_ok());
    let refused = [
        "",
        "nonsense",
        "[]",
        "{}",
        "{\"schema\": \"assent.flow/2\"}",
        "{\"schema\": \"other/1\"}",
        "{\"schema\": 1}",
        "{\"schema\": {\"schema\": \"assent.flow/1\"}}",
        &with("\"nodes\": [{\"schema\": \"assent.flow/2\"}]"),
        &with("\"nodes\": [], \"colour\": 1"),
        &with("\"nodes\": [{\"id\": \"a\"}]"),
        &with("\"nodes\": [],\n  \"id\": \"b\""),
        &with("\"nodes\": [{\"id\": \"a\", \"kind\": \"k\", \"config\": {\"x\": {\"y\": 1, \"\\u0079\": 2}}}]"),
        &with("\"nodes\": [],\n  \"edges\": [{\"from\": \"a\", \"to\": \"b.c\"}]"),
        &with("\"nodes\": [{\"id\": \"a\", \"kind\": \"k\", \"version\": 1.5}]"),
        &with("\"nodes\": ["),
        &with("\"nodes\": [NaN]"),
        &with("\"nodes\": [],\n  \"é\": \"\\ud800\""),
    ];
    insta::assert_snapshot!(refused.map(|text| format!("{:?}\n    {}", text.replace('\n', ""), refusal(text))).join("\n"));
}

#[test]
fn numbers_that_would_change_are_refused() {
    let text = |number: &str| {
        format!(
            "{{\"schema\": \"assent.flow/1\", \"id\": \"a\", \"name\": \"A\", \"nodes\": [{{\"id\": \"a\", \"kind\": \"k\", \"config\": {{\"n\": {number}}}}}]}}"
        )
    };
    for number in [
        "0",
        "-0",
        "1",
        "-1",
        "9007199254740991",
        "-9007199254740991",
        "0.1",
        "1.10",
        "1e3",
        "1.5E+2",
        "-2.5e-7",
        "1e22",
        "5e-324",
        "1.7976931348623157e308",
        "0.30000000000000004",
        "100.0",
        "0e999999999999",
    ] {
        let first = write(&read(&text(number)).unwrap_or_else(|error| panic!("{number}: {error}")));
        assert_eq!(write(&read(&first).unwrap()), first, "{number}");
        let value = &read(&first).unwrap().nodes[0].config["n"];
        assert_eq!(value.as_f64(), number.parse::<f64>().ok(), "{number}");
    }
    for number in [
        "9007199254740992",
        "9007199254740993",
        "18446744073709551615",
        "123456789012345678901234567890",
        "0.1234567890123456789",
        "1e-400",
        "2.4703282292062328e-324",
        "1.00000000000000000001",
        "-9007199254740993",
    ] {
        assert!(refusal(&text(number)).contains("would change"), "{number}: {}", refusal(&text(number)));
    }
    for number in ["1e999", "-1e999", "NaN", "Infinity", "01", "1.", ".5", "+1", "0x10", &"9".repeat(1 << 20)] {
        assert!(read(&text(number)).is_err(), "{number:.20}");
    }
}

#[test]
fn hostile_files_are_refused() {
    for text in [
        "[".repeat(1 << 20),
        "{\"a\":".repeat(1 << 18),
        "[[],".repeat(1 << 18),
        "\"".repeat(1 << 20),
        format!("{{\"a\": \"{}", "\\".repeat(1 << 20)),
    ] {
        assert!(read(&text).is_err());
    }
    let nested = |levels: usize| {
        format!(
            "{{\"schema\":\"assent.flow/1\",\"id\":\"a\",\"name\":\"A\",\"nodes\":[{{\"id\":\"a\",\"kind\":\"k\",\"config\":{}{}}}]}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(read(&nested(61)).is_ok());
    assert!(refusal(&nested(62)).contains("More than 64 levels"));
    assert!(refusal(&nested(100_000)).contains("64 levels"));
    assert!(refusal(&" ".repeat(33 << 20)).contains("32 MiB"));
    assert_eq!(
        read_bytes(b"{\n  \"a\": \xff}").unwrap_err().to_string(),
        "line 2, column 8: The file is not UTF-8 text. Save it as UTF-8."
    );
    assert!(read_bytes(b"\xff\xfe{\0}\0").is_err());
    let marked = [b"\xEF\xBB\xBF".as_slice(), write(&sample()).as_bytes()].concat();
    assert_eq!(write(&read_bytes(&marked).unwrap()), write(&sample()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn writing_is_stable(flow in any_flow()) {
        let text = write(&flow);
        let back = read(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(write(&back), text);
        prop_assert_eq!(logic_digest(&back), logic_digest(&flow));
        let mut sorted = flow;
        sorted.nodes.sort_by(|a, b| a.id.cmp(&b.id));
        sorted.frames.sort_by(|a, b| a.id.cmp(&b.id));
        prop_assert_eq!(back, sorted);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_bytes(&bytes).is_err());
    }

    #[test]
    fn no_mutated_document_panics(flow in any_flow(), at in any::<prop::sample::Index>(), cut in 0_usize..8, byte in any::<u8>()) {
        let mut bytes = write(&flow).into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + cut).min(bytes.len()), [byte]);
        if let Ok(read) = read_bytes(&bytes) {
            let text = write(&read);
            prop_assert_eq!(write(&flow::read(&text).unwrap()), text);
        }
    }
}

#[test]
fn the_flows_that_ship_are_in_their_canonical_form() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../flows");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".flow.json") {
            let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            let flow = read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(write(&flow) == text, "{} is not canonical; run: assent fmt {0}", path.display());
        }
    }
}

#[test]
fn tags_are_kept_and_are_no_part_of_the_logic() {
    let plain = flow::Flow::new("a", "A");
    let tagged = flow::Flow { tags: vec!["money".to_owned(), "voice".to_owned()], ..plain.clone() };
    assert_eq!(flow::read(&flow::write(&tagged)).unwrap(), tagged);
    assert_eq!(flow::logic_digest(&tagged), flow::logic_digest(&plain));
}
