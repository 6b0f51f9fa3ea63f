//! Types, values and digests.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::value;
use flow::{Digest, Endpoint, Shared, Type, Values, canonical};
use proptest::prelude::*;
use serde_json::json;

fn any_type() -> impl Strategy<Value = Type> {
    let simple = prop_oneof![
        Just(Type::Any),
        Just(Type::Text),
        Just(Type::Number),
        Just(Type::Bool),
        Just(Type::Json),
        Just(Type::Money),
        Just(Type::Intent),
        Just(Type::Verdict),
        Just(Type::Receipt),
        Just(Type::File),
        Just(Type::Audio)
    ];
    (simple, 0..5_usize).prop_map(|(simple, depth)| (0..depth).fold(simple, |ty, _| ty.list()))
}

proptest! {
    #[test]
    fn types_are_read_as_written(ty in any_type()) {
        prop_assert_eq!(ty.to_string().parse::<Type>(), Ok(ty.clone()));
        prop_assert_eq!(serde_json::from_value::<Type>(json!(ty)).unwrap(), ty);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = text.parse::<Type>();
        let _ = text.parse::<Endpoint>();
        let _ = Digest::from_hex(&text);
    }

    #[test]
    fn fitting_is_reflexive_and_any_fits_both_ways(a in any_type(), b in any_type()) {
        prop_assert!(a.fits(&a) && a.fits(&Type::Any) && Type::Any.fits(&a));
        prop_assert_eq!(a.clone().list().fits(&b.clone().list()), a.fits(&b) );
    }

    #[test]
    fn values_survive_json(entries in proptest::collection::vec(("[a-d]", value()), 0..6)) {
        let values: Values = entries.iter().map(|(name, value)| (Arc::from(name.as_str()), Shared::new(value.clone()))).collect();
        for (name, _) in &entries {
            let last = entries.iter().rev().find(|(other, _)| other == name).unwrap();
            prop_assert_eq!(&**values.get(name).unwrap(), &last.1);
        }
        let text = serde_json::to_string(&values).unwrap();
        let back: Values = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&back, &values);
        prop_assert_eq!(values.to_object(), serde_json::from_str::<serde_json::Value>(&text).unwrap());
    }

    #[test]
    fn digests_survive_text(bytes in any::<[u8; 32]>()) {
        let digest = Digest::from_bytes(bytes);
        prop_assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        prop_assert_eq!(serde_json::from_value::<Digest>(json!(digest)).unwrap(), digest);
        prop_assert_eq!(digest.bytes(), &bytes);
    }
}

#[test]
fn what_fits_what() {
    let ty = |text: &str| text.parse::<Type>().unwrap();
    for (from, into) in [
        ("audio", "file"),
        ("money", "json"),
        ("list<money>", "json"),
        ("list<list<text>>", "json"),
        ("list<audio>", "list<file>"),
        ("list<text>", "any"),
        ("any", "list<text>"),
    ] {
        assert!(ty(from).fits(&ty(into)), "{from} → {into}");
    }
    for (from, into) in [
        ("file", "audio"),
        ("file", "json"),
        ("list<audio>", "json"),
        ("text", "number"),
        ("number", "money"),
        ("money", "number"),
        ("text", "list<text>"),
        ("list<text>", "text"),
        ("json", "money"),
    ] {
        assert!(!ty(from).fits(&ty(into)), "{from} → {into}");
    }
    for wrong in [
        "",
        "Text",
        "list",
        "list<>",
        "list<text",
        "list<text>>",
        " text",
        "list<texts>",
        &format!("{}text{}", "list<".repeat(9), ">".repeat(9)),
    ] {
        assert!(wrong.parse::<Type>().is_err(), "{wrong}");
    }
    assert!(format!("{}text{}", "list<".repeat(1_000_000), ">".repeat(1_000_000)).parse::<Type>().is_err());
}

#[test]
fn digests_tell_apart() {
    // Known answers, so that a change of the rule is seen.
    assert_eq!(Digest::of_bytes(b"").to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(canonical(&json!({"b": 1.0, "a": ["é", 1e21, -0.0]})), "{\"a\":[\"é\",1e+21,0],\"b\":1}".as_bytes());
    let value = json!({"a": 1});
    assert_eq!(Digest::of("tag.v1", &value), Digest::of("tag.v1", &json!({"a": 1.0})));
    assert_ne!(Digest::of("tag.v1", &value), Digest::of("tag.v2", &value));
    assert_eq!(Digest::of("t", &value), Digest::chain("t", &[b"{\"a\":1}"]));
    for (a, b) in [
        (Digest::chain("ab", &[b"c"]), Digest::chain("a", &[b"bc"])),
        (Digest::chain("a", &[b"bc"]), Digest::chain("a", &[b"b", b"c"])),
        (Digest::chain("a", &[b"", b"b"]), Digest::chain("a", &[b"b", b""])),
    ] {
        assert_ne!(a, b);
    }
    for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
        assert_eq!(Digest::from_hex(wrong), None, "{wrong}");
    }
}

#[test]
fn endpoints_name_a_port() {
    let end: Endpoint = "a-b.out.x".parse().unwrap();
    assert_eq!((end.node.as_str(), end.port.as_str(), end.to_string().as_str()), ("a-b", "out.x", "a-b.out.x"));
    for wrong in ["", ".", "a", "a.", ".b"] {
        assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
    }
}
