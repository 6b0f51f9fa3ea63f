//! Text templates.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use flow::{ExprError, Shared, Template, Value, Values, Vars};
use proptest::prelude::*;
use serde_json::json;

fn values(object: Value) -> Values {
    object.as_object().unwrap().iter().map(|(name, value)| (name.as_str().into(), Shared::new(value.clone()))).collect()
}

fn usd(minor: &str) -> Value {
    json!({"asset": "USD", "minor": minor})
}

fn render(source: &str, inputs: Value) -> Result<String, ExprError> {
    let values = values(inputs);
    let names: Vec<_> = values.iter().map(|(name, _)| name.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).chain(["absent"]).collect();
    Template::compile(source, &names)?.render(&Vars { values: &values, now: 1_700_000_000_000, seed: 42 })
}

#[test]
fn values_are_shown() {
    let inputs = json!({
        "amount": usd("2500"), "tiny": {"asset": "ETH", "minor": "1"}, "name": "Alice & <Bob>", "n": 3, "half": 0.5, "yes": true, "none": null,
        "items": [{"name": "a", "price": usd("100")}, {"name": "b", "price": usd("250")}], "tags": ["x", "y"]
    });
    let cases = [
        ("Pay {{ amount }} to {{ name }}.", "Pay 25.00 USD to Alice & <Bob>."),
        ("{{ amount.asset }}/{{ amount.minor }}/{{ amount.amount }}", "USD/2500/25.00"),
        ("{{ tiny }}", "0.000000000000000001 ETH"),
        ("{{ n }} {{ half }} {{ yes }} {{ none }}", "3 0.5 true none"),
        (
            "{% for i in items %}{{ loop.index }}. {{ i.name }}: {{ i.price }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1. a: 1.00 USD, 2. b: 2.50 USD",
        ),
        ("{% if n|int > 2 and name %}many{% else %}few{% endif %}", "many"),
        ("{% if items|length >= 2 %}{{ items|join(' + ', attribute='price') }}{% endif %}", "1.00 USD + 2.50 USD"),
        ("{{ tags|join(', ') | upper }} {{ tags[0] }} {{ tags|first }} {{ name[:5] }}", "X, Y x x Alice"),
        ("{% if absent is defined %}there{% else %}absent{% endif %} {{ absent|default('none') }}", "absent none"),
        ("{% set who = name %}{{ who|lower|replace('&', 'and') }}", "alice and <bob>"),
        ("{{ 'x' if n == 3 else 'y' }} {% if n in [1, 3] %}in{% endif %}", "x in"),
        ("{% if amount == amount %}same{% endif %}{% if amount != items[0].price %} differ{% endif %}", "same differ"),
        ("{{ now }} {{ seed }}", "2023-11-14T22:13:20Z 42"),
        ("{# a note #}{% raw %}{{ kept }}{% endraw %}{{ \"{{\" }}", "{{ kept }}{{"),
        ("{% for k, v in items[0]|items %}{{ k }}={{ v }};{% endfor %}", "name=a;price=1.00 USD;"),
    ];
    for (source, expected) in cases {
        assert_eq!(render(source, inputs.clone()), Ok(expected.to_owned()), "{source}");
    }
}

#[test]
fn what_is_not_there_is_an_error() {
    for source in [
        "{{ absent }}",
        "{{ x.missing }}",
        "{{ x.a.b }}",
        "{% for y in absent %}{% endfor %}",
        "{% if absent %}{% endif %}",
        "{{ x.list[9] }}",
        "{{ [1, 2]|join(attribute='a') }}",
    ] {
        assert!(
            matches!(render(source, json!({"x": {"a": 1, "list": []}})), Err(ExprError::Failed(_))),
            "{source}: {:?}",
            render(source, json!({"x": {"a": 1, "list": []}}))
        );
    }
    let compile = |source: &str| Template::compile(source, &["amount", "payee"]).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(compile("{{ payee }} {{ now }}"), Ok(()));
    assert_eq!(
        compile("{{ paye }}"),
        Err("There is no variable \"paye\"; \"payee\" is close. It may use amount, payee, now and seed.".to_owned())
    );
    assert_eq!(compile("{{ payee|uper }}"), Err("There is no filter \"uper\"; \"upper\" is close.".to_owned()));
    assert_eq!(compile("{% if payee is strin %}{% endif %}"), Err("There is no test \"strin\"; \"string\" is close.".to_owned()));
    assert_eq!(
        compile("{% for x in payee %}{{ x }}{% endfor %}{{ x }}"),
        Err("There is no variable \"x\". It may use amount, payee, now and seed.".to_owned())
    );
    assert!(matches!(Template::compile("a\n{{ payee", &["payee"]), Err(ExprError::Syntax { line: 2, .. })));
    assert_eq!(
        Template::compile("{{ payee }}{% set amount = 1 %}{{ amount }}", &["amount", "payee"])
            .unwrap()
            .variables()
            .collect::<Vec<_>>(),
        ["payee"]
    );
}

#[test]
fn money_of_two_assets_is_not_compared() {
    let inputs = || json!({"a": usd("1"), "e": {"asset": "EUR", "minor": "1"}});
    for source in ["{% if a == e %}{% endif %}", "{% if a != e %}{% endif %}", "{{ a in [1] or a == e }}"] {
        assert!(matches!(render(source, inputs()), Err(ExprError::Failed(_))), "{source}: {:?}", render(source, inputs()));
    }
    for source in ["{% if a > 1 %}{% endif %}", "{% if a < e %}{% endif %}", "{{ a + e }}", "{{ a|sort }}", "{{ [a, e] }}"] {
        assert!(
            matches!(render(source, inputs()), Err(ExprError::Refused { .. } | ExprError::Unknown { .. })),
            "{source}: {:?}",
            render(source, inputs())
        );
    }
    assert!(matches!(render("{{ a|int > 2 }}", inputs()), Err(ExprError::Failed(_))));
}

#[test]
fn no_other_file_and_no_growth() {
    for source in [
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% macro m() %}{% endmacro %}",
        "{% block b %}{% endblock %}",
        "{% call x() %}{% endcall %}",
        "{% do x() %}",
        "{% set y %}{{ x }}{% endset %}",
        "{% filter upper %}{{ x }}{% endfilter %}",
        "{% with y = x %}{% endwith %}",
        "{% autoescape true %}{% endautoescape %}",
        "{{ x ~ x }}",
        "{{ x + x }}",
        "{{ x * 9 }}",
        "{{ 2 ** 99 }}",
        "{{ [x, x] }}",
        "{{ {'a': x} }}",
        "{{ x() }}",
        "{{ range(9) }}",
        "{{ x.upper() }}",
        "{{ x|tojson }}",
        "{{ x|map('upper') }}",
        "{{ x|indent(99999) }}",
        "{{ debug() }}",
        "{{ x|batch(3) }}",
        "{% for y in x recursive %}{{ loop(x) }}{% endfor %}",
        "{{ x|join(*x) }}",
        "{{ x|format(9) }}",
        "{{ secret('x') }}",
        "{{ self }}",
        "{{ x|attr('y') }}",
        "{{ namespace(a=1) }}",
        "{% set x.y = 1 %}",
        "{{ \"a\" * 1000000000 }}",
    ] {
        let outcome = Template::compile(source, &["x"]);
        assert!(outcome.is_err(), "{source}");
    }
}

#[test]
fn hostile_templates_are_bounded() {
    let work = || {
        let text = "a".repeat(1 << 20);
        let list: Vec<_> = (0..3_000).collect();
        let nested = format!("{}x{}", "{% for a in x %}".repeat(40), "{% endfor %}".repeat(40));
        let cases = [
            (nested, json!(list)),
            ("{{ x }}".repeat(1_000), json!(text)),
            ("{% for a in x %}{{ x }}{% endfor %}".to_owned(), json!(list)),
            ("{% for a in x|list %}{{ x|upper|lower|title }}{% endfor %}".to_owned(), json!(text)),
            (format!("{{% set y = x %}}{}{{{{ y|length }}}}", "{% set y = y|replace('a', y) %}".repeat(200)), json!("aa")),
            (format!("{{% set y = x %}}{}{{{{ y|length }}}}", "{% set y = y|list|join(y) %}".repeat(200)), json!("aa")),
            ("{{ x }}".to_owned(), json!("a".repeat(5 << 20))),
            (
                "{% for a in x|list %}{% for b in x|list %}{% if a == b %}{% endif %}{% endfor %}{% endfor %}".to_owned(),
                json!(text),
            ),
        ];
        for (source, x) in cases {
            let start = Instant::now();
            let outcome = render(&source, json!({ "x": x }));
            let took = start.elapsed();
            assert!(outcome.is_err(), "{}", &source[..source.len().min(80)]);
            assert!(took.as_secs() < 10, "{} took {took:?}", &source[..source.len().min(80)]);
        }
        let deep = [
            format!("{{{{ {}x{} }}}}", "(".repeat(4_000), ")".repeat(4_000)),
            format!("{{{{ {}x }}}}", "not ".repeat(2_400)),
            format!("{{{{ x{} }}}}", ".a".repeat(4_900)),
            format!("{{{{ x{} }}}}", "|e".repeat(4_900)),
            format!("{{{{ x{} }}}}", "|upper".repeat(1_600)),
            format!("{{{{ x{} }}}}", " and x".repeat(1_600)),
            format!("{{{{ x{} }}}}", "[0]".repeat(3_300)),
            format!("{{{{ {}x }}}}", "-".repeat(9_900)),
            format!("{{{{ x{} }}}}", " == x".repeat(1_900)),
            format!("{{{{ x{} }}}}", " if x else x".repeat(800)),
            "{% if x %}".repeat(900),
            "{% if x %}{% elif x %}".repeat(400),
            format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}".repeat(800)),
            "{%".repeat(4_900),
            "{{".repeat(4_900),
            "{#".repeat(4_900),
            "{% raw %}".repeat(1_000),
        ];
        for source in deep {
            let _ = render(&source, json!({"x": true}));
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_source_panics(source in "([a-z \n]|\\{\\{|\\}\\}|\\{%|%\\}|for|if|set|in|x|\\||[(\\[\\]).,'\"<=+*~1-]){0,30}") {
        let inputs = values(json!({"x": [1, usd("3")]}));
        if let Ok(template) = Template::compile(&source, &["x"]) {
            let vars = Vars { values: &inputs, now: 0, seed: 1 };
            prop_assert_eq!(template.render(&vars), template.render(&vars));
        }
    }
}
