//! CEL expressions.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use flow::{ExprError, Expression, Shared, Value, Values, Vars};
use proptest::prelude::*;
use serde_json::json;

const NOON: i64 = 1_700_000_000_123;

fn values(object: Value) -> Values {
    object.as_object().unwrap().iter().map(|(name, value)| (name.as_str().into(), Shared::new(value.clone()))).collect()
}

fn usd(minor: &str) -> Value {
    json!({"asset": "USD", "minor": minor})
}

fn eval(source: &str, inputs: Value) -> Result<Value, ExprError> {
    let values = values(inputs);
    let names: Vec<_> = values.iter().map(|(name, _)| name.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    Expression::compile(source, &names)?.eval(&Vars { values: &values, now: NOON, seed: 42 })
}

#[test]
fn values_go_in_and_come_out_as_json() {
    let cases = [
        ("x", json!(null), json!(null)),
        ("x", json!(true), json!(true)),
        ("x", json!(-7), json!(-7)),
        ("x", json!(0.5), json!(0.5)),
        ("x", json!("é"), json!("é")),
        ("x", json!([1, [2, {"a": null}]]), json!([1, [2, {"a": null}]])),
        ("x", usd("2500"), usd("2500")),
        ("x", json!([usd("1"), {"deep": usd("-3")}]), json!([usd("1"), {"deep": usd("-3")}])),
        // Not money: another key, an unknown asset, digits that are not in their shortest form, a number.
        ("x", json!({"asset": "USD", "minor": "1", "note": ""}), json!({"asset": "USD", "minor": "1", "note": ""})),
        ("x", json!({"asset": "XXX", "minor": "1"}), json!({"asset": "XXX", "minor": "1"})),
        ("x", json!({"asset": "USD", "minor": "007"}), json!({"asset": "USD", "minor": "007"})),
        ("x", json!({"asset": "USD", "minor": 7}), json!({"asset": "USD", "minor": 7})),
        ("{'a': x, 'b': [x]}", json!(1), json!({"a": 1, "b": [1]})),
        ("x.name + ' ' + x.list[1]", json!({"name": "n", "list": ["a", "b"]}), json!("n b")),
        ("x > 2 && x < 3.5 ? 'mid' : 'out'", json!(3), json!("mid")),
        ("x.filter(i, i % 2 == 0).map(i, i * 10)", json!([1, 2, 3, 4]), json!([20, 40])),
        ("x.exists(i, i == 3) && !x.all(i, i == 3)", json!([1, 3]), json!(true)),
        ("has(x.a) && !has(x.b)", json!({"a": 1}), json!(true)),
        ("'b' in x && 2 in [1, 2]", json!({"b": 0}), json!(true)),
        ("x.map(k, k)", json!({"c": 1, "a": 2, "b": 3}), json!(["a", "b", "c"])),
        ("x.matches('^a+$')", json!("aaa"), json!(true)),
        ("x != 1", json!(2), json!(true)),
        ("[x, 1] == [2, 1.0] && {'k': x} == {'k': 2}", json!(2), json!(true)),
        ("now", json!(0), json!("2023-11-14T22:13:20.123Z")),
        ("now > timestamp('2020-01-01T00:00:00Z') && now.getFullYear() == 2023", json!(0), json!(true)),
        ("now - duration('20s')", json!(0), json!("2023-11-14T22:13:00.123Z")),
        ("seed % 5u", json!(0), json!(2)),
        ("type(x) == money && type(1) != money", usd("1"), json!(true)),
    ];
    for (source, x, expected) in cases {
        assert_eq!(eval(source, json!({ "x": x })), Ok(expected), "{source}");
    }
}

#[test]
fn money_is_compared_and_added_within_one_asset() {
    let inputs = || json!({"a": usd("2500"), "b": usd("1000"), "e": {"asset": "EUR", "minor": "1000"}, "n": null, "l": [usd("1"), usd("1000")]});
    let cases = [
        ("a > b && a >= b && b < a && b <= a && a != b && a == a", json!(true)),
        ("a + b", usd("3500")),
        ("b - a", usd("-1500")),
        ("a + money('0.01 USD')", usd("2501")),
        ("money('10.00 USD') == b", json!(true)),
        ("money('25 usd')", usd("2500")),
        ("money(a)", usd("2500")),
        ("string(a)", json!("25.00 USD")),
        ("'Pay ' + string(a - b)", json!("Pay 15.00 USD")),
        ("a.asset + a.minor + a.amount", json!("USD250025.00")),
        ("a['asset']", json!("USD")),
        ("has(a.asset) && !has(a.cents)", json!(true)),
        ("a == null || null == a || a == n", json!(false)),
        ("b in l && !(a in l)", json!(true)),
        ("l == [money('0.01 USD'), b]", json!(true)),
        ("l.exists(m, m > money('5 USD'))", json!(true)),
        ("money('170141183460469231731687303715884.105727 USDC') > money('1 USDC')", json!(true)),
    ];
    for (source, expected) in cases {
        assert_eq!(eval(source, inputs()), Ok(expected), "{source}");
    }
}

#[test]
fn money_of_two_assets_and_other_nonsense_fails() {
    let inputs = || json!({"a": usd("2500"), "e": {"asset": "EUR", "minor": "2500"}, "l": [usd("1")], "m": {"k": usd("1")}, "big": {"asset": "USD", "minor": i128::MAX.to_string()}});
    for source in [
        "a == e",
        "a != e",
        "!(a == e)",
        "a < e",
        "a <= e",
        "a > e",
        "a >= e",
        "a + e",
        "a - e",
        "e in l",
        "e in [a, e]",
        "[a] == [e]",
        "[a] != [e]",
        "{'k': a} == {'k': e}",
        "m == {'k': e}",
        "l.exists(x, x == e)",
        "[[a]] == [[e]]",
        "a == 2500",
        "a == '25.00 USD'",
        "2500 == a",
        "a > 5",
        "5 < a",
        "a + 1",
        "1 + a",
        "a - 1.5",
        "a * 2",
        "2 * a",
        "a / 2",
        "-a",
        "a in {'a': 1}",
        "money('25.00')",
        "money('25.001 USD')",
        "money('1 XYZ')",
        "money(25)",
        "money('1,000 USD')",
        "int(a)",
        "double(a)",
        "a.cents",
        "a[0]",
        "big + a",
        "size(a)",
        "a.map(x, x)",
        "a ? 1 : 2",
        "a && true",
    ] {
        assert!(matches!(eval(source, inputs()), Err(ExprError::Failed(_))), "{source}: {:?}", eval(source, inputs()));
    }
    assert_eq!(
        eval("a == e", inputs()).unwrap_err().to_string(),
        "It failed: USD and EUR are different assets and nothing converts one to the other by itself."
    );
    assert_eq!(
        eval("a > 5", inputs()).unwrap_err().to_string(),
        "It failed: money can only be compared with money; write an amount as money(\"25.00 USD\")."
    );
}

#[test]
fn only_what_is_declared_can_be_used() {
    let compile = |source: &str| Expression::compile(source, &["amount", "payee"]).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(compile("amount > 1 && payee == 'x' && now != null && seed > 1u"), Ok(()));
    assert_eq!(
        compile("amout > 1"),
        Err("There is no variable \"amout\"; \"amount\" is close. It may use amount, payee, now and seed.".to_owned())
    );
    assert_eq!(
        compile("zebra.stripe[0]"),
        Err("There is no variable \"zebra\". It may use amount, payee, now and seed.".to_owned())
    );
    assert_eq!(compile("siz(payee)"), Err("There is no function \"siz\"; \"size\" is close.".to_owned()));
    assert_eq!(compile("payee.startWith('a')"), Err("There is no function \"startWith\"; \"startsWith\" is close.".to_owned()));
    for hidden in [
        "optional.of(1)",
        "optional.none()",
        "a.?b",
        "secret('x')",
        "env('HOME')",
        "google.protobuf.Timestamp{}",
        "payee.lowerAscii()",
        "[1].map(x, y)",
        "x + [1].map(x, x)[0]",
        "[1].map(x, x) == x",
    ] {
        assert!(compile(hidden).is_err(), "{hidden}");
    }
    for inner in ["[1].map(x, [x].map(y, x + y + amount))", "[1].exists(amount, amount > 0)"] {
        assert_eq!(compile(inner), Ok(()), "{inner}");
    }
    assert_eq!(
        Expression::compile("payee == amount", &["amount", "payee", "other"]).unwrap().variables().collect::<Vec<_>>(),
        ["amount", "payee"]
    );
}

#[test]
fn what_is_wrong_is_said_where() {
    let compile = |source: &str| Expression::compile(source, &["x"]).unwrap_err();
    assert!(matches!(compile("1 +"), ExprError::Syntax { line: 1, column: Some(4), .. }), "{:?}", compile("1 +"));
    assert!(matches!(compile("1 +\n  )"), ExprError::Syntax { line: 2, .. }), "{:?}", compile("1 +\n  )"));
    assert!(matches!(compile(""), ExprError::Syntax { .. }));
    assert!(matches!(compile(&" ".repeat(10_001)), ExprError::TooLong(10_001)));
    assert!(matches!(compile("@meter"), ExprError::Syntax { .. }));
}

#[test]
fn what_json_cannot_hold_is_refused() {
    for source in [
        "b'abc'",
        "type(1)",
        "1.0 / 0.0",
        "9007199254740993",
        "18446744073709551615u",
        "{1: 2}",
        "int",
        "money",
        "-9223372036854775808",
    ] {
        assert!(matches!(eval(source, json!({})), Err(ExprError::Failed(_))), "{source}: {:?}", eval(source, json!({})));
    }
    assert_eq!(eval("9007199254740991", json!({})), Ok(json!(9_007_199_254_740_991_i64)));
    assert_eq!(eval("string(9007199254740993)", json!({})), Ok(json!("9007199254740993")));
    for source in ["1 / 0", "[1][3]", "{'a': 1}.b", "x.y", "9223372036854775807 + 1", "'a' < 1", "int('x')", "'x'.matches('(')"] {
        assert!(
            matches!(eval(source, json!({"x": 1})), Err(ExprError::Failed(_))),
            "{source}: {:?}",
            eval(source, json!({"x": 1}))
        );
    }
}

#[test]
fn an_input_that_did_not_come_is_null() {
    let expression = Expression::compile("late == null ? 'none' : late", &["late"]).unwrap();
    let none = Values::new();
    assert_eq!(expression.eval(&Vars { values: &none, now: 0, seed: 0 }), Ok(json!("none")));
}

/// On a thread with the stack that threads of a pool have.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn hostile_sources_are_refused_in_time() {
    on_small_stack(|| {
        let repeated = |part: &str, end: &str| format!("{}{end}", part.repeat((9_990 - end.len()) / part.len()));
        let sources = [
            repeated("1+", "1"),
            repeated("-", "1"),
            repeated("!", "true"),
            repeated("(", "1"),
            repeated("[", ""),
            repeated("{", ""),
            repeated("x.", "x"),
            repeated("x[0]", ""),
            format!("x{}", repeated("[0]", "")),
            repeated("true?1:", "2"),
            repeated("true&&", "true"),
            repeated("true||", "true"),
            repeated("x==", "x"),
            repeated("1<", "1"),
            repeated("'a'+", "'a'"),
            repeated("1,", "1"),
            format!("[{}]", repeated("1,", "1")),
            repeated("f(", ""),
            repeated("x.map(x,", "x"),
            repeated("[1].map(x,", "x"),
            repeated("\"", ""),
            repeated("'''", ""),
            repeated("\\", ""),
            repeated("0x", ""),
            repeated("9", ""),
            repeated("?", ""),
            repeated("a?b:", "c"),
            repeated("{'a':", "1"),
            repeated("has(", "x"),
            format!("{}{}", "(".repeat(90), ")".repeat(90)),
            format!("{}1{}", "(".repeat(90), ")".repeat(90)),
            format!("{}1{}", "[".repeat(4_000), "]".repeat(4_000)),
            repeated("\u{1F600}", ""),
        ];
        for source in sources {
            let start = Instant::now();
            let outcome = Expression::compile(&source, &["x", "a", "b", "c"])
                .and_then(|e| e.eval(&Vars { values: &Values::new(), now: 0, seed: 0 }));
            let took = start.elapsed();
            assert!(took.as_secs() < 60, "{}… took {took:?}", &source[..10]);
            let _ = outcome;
        }
    });
}

#[test]
fn hostile_work_is_bounded() {
    on_small_stack(|| {
        let digits = "[0,1,2,3,4,5,6,7,8,9]";
        let nested = (0..12).rev().fold("1".to_owned(), |inner, n| format!("{digits}.map(x{n}, {inner})"));
        let text = "a".repeat(1 << 20);
        let list: Vec<_> = (0..5_000).collect();
        let cases = [
            (nested.replace(".map", ".all").replace(", 1)", ", true)"), json!(0)),
            (nested, json!(0)),
            ("x.map(a, x.map(b, x.map(c, 1)))".to_owned(), json!(list)),
            ("x.map(a, x)".to_owned(), json!(list)),
            ("x.map(a, {'k': x})".to_owned(), json!(list)),
            ("x.exists(a, x.exists(b, b == -1))".to_owned(), json!(list)),
            ("x.filter(a, x == x).size()".to_owned(), json!(list)),
            ("x.filter(a, a in x).size()".to_owned(), json!(list)),
            ("[0,1,2,3,4,5,6,7,8,9].map(a, [0,1,2,3,4,5,6,7,8,9].map(b, x + x + x + x))".to_owned(), json!(text)),
            (
                "[0,1,2,3,4,5,6,7,8,9].map(a, [0,1,2,3,4,5,6,7,8,9].map(b, x.contains('b') || x.matches('b')))".to_owned(),
                json!(text),
            ),
            ("x.map(a, 'b'.matches('(a{50}){50}'))".to_owned(), json!(list)),
            ("x.exists(a, 'b'.matches('(a{50}){50}') || true) || true".to_owned(), json!(list)),
        ];
        for (source, x) in cases {
            let start = Instant::now();
            let outcome = eval(&source, json!({ "x": x }));
            let took = start.elapsed();
            // Without a bound it would be years; a busy machine takes some seconds.
            assert!(took.as_secs() < 60, "{source} took {took:?}");
            assert!(!matches!(outcome, Err(ExprError::Failed(_))), "{source}: {outcome:?}");
        }
        assert!(matches!(eval("x.map(a, x.map(b, x.map(c, 1)))", json!({"x": list})), Err(ExprError::TooMuch(_))));
        // What flows do in earnest is far below the limit.
        let payments: Vec<_> =
            (0..5_000).map(|n| json!({"id": n, "amount": usd(&n.to_string()), "note": "a payment of some kind"})).collect();
        let large = eval("x.filter(p, p.amount > money('49.98 USD')).map(p, string(p.amount))", json!({"x": payments}));
        assert_eq!(large, Ok(json!(["49.99 USD"])));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_source_panics(source in "[a-z0-9@'\"\\[\\](){}.,:?!<>=&|+*/% \\\\\n-]{0,40}") {
        if let Ok(expression) = Expression::compile(&source, &["x", "a"]) {
            let inputs = values(json!({"x": [1, usd("3")], "a": {"b": "c"}}));
            let vars = Vars { values: &inputs, now: NOON, seed: 1 };
            prop_assert_eq!(expression.eval(&vars), expression.eval(&vars));
        }
    }

    #[test]
    fn amounts_keep_order_and_sums(a in any::<i64>(), b in any::<i64>()) {
        let inputs = || json!({"a": usd(&a.to_string()), "b": usd(&b.to_string())});
        prop_assert_eq!(eval("a < b", inputs()), Ok(json!(a < b)));
        prop_assert_eq!(eval("a == b", inputs()), Ok(json!(a == b)));
        prop_assert_eq!(eval("a + b", inputs()), Ok(usd(&(i128::from(a) + i128::from(b)).to_string())));
        prop_assert_eq!(eval("(a + b) - b == a", inputs()), Ok(json!(true)));
    }
}
