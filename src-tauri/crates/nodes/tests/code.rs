//! Flows' own code, in the process it runs in.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use flow::Values;
use serde_json::{Value, json};

use self::common::{Place, codes};

/// Runs a body with a value; gives the outputs, or the error's code and message.
async fn run(place: &Place, source: &str, value: Value) -> Result<Value, (String, String)> {
    with(place, json!({"source": source}), value).await
}

async fn with(place: &Place, config: Value, value: Value) -> Result<Value, (String, String)> {
    let done = place.act("code", config, &Values::one("value", value)).await;
    done.map(|out| out.to_object()).map_err(|error| (error.code, error.message))
}

#[tokio::test]
async fn code_gives_what_it_returns() {
    let place = Place::new();
    let usd = json!({"asset": "USD", "minor": "123456789012345678901"});
    for (source, value, expected) in [
        ("return {value: inputs.value + 1}", json!(2), json!({"value": 3})),
        ("return {value: inputs.value}", usd.clone(), json!({ "value": usd })),
        (
            "const {minor, asset} = inputs.value; return {value: {asset, minor: (BigInt(minor) * 2n).toString()}}",
            usd.clone(),
            json!({"value": {"asset": "USD", "minor": "246913578024691357802"}}),
        ),
        ("return {value: await Promise.all([1, Promise.resolve(2)])}", json!(null), json!({"value": [1, 2]})),
        ("return {}", json!(1), json!({})),
        ("return {value: undefined}", json!(1), json!({})),
        ("// nothing\nreturn {value: 'é\\u0000\u{1f600}'} // end", json!(1), json!({"value": "é\u{0}\u{1f600}"})),
        (
            "class A { #x = 4; get x() { return this.#x } } return {value: [...'ab'].map(c => c + new A().x)}",
            json!(1),
            json!({"value": ["a4", "b4"]}),
        ),
        ("return {value: Object.keys(inputs)}", json!(1), json!({"value": ["value"]})),
    ] {
        assert_eq!(run(&place, source, value).await, Ok(expected), "{source}");
    }
}

#[tokio::test]
async fn outputs_are_those_declared() {
    let place = Place::new();
    let config = |source: &str| {
        json!({"source": source, "inputs": [{"name": "rate", "type": "number", "default": 2}],
            "outputs": [{"name": "price", "type": "money"}, {"name": "note", "type": "text"}]})
    };
    let error = async |source: &str| with(&place, config(source), json!(1)).await.unwrap_err().0;
    let given = with(&place, config("return {price: {asset: 'USD', minor: '5'}, note: 'x'}"), json!(1)).await.unwrap();
    assert_eq!(given, json!({"price": {"asset": "USD", "minor": "5"}, "note": "x"}));
    assert_eq!(error("return {price: 5}").await, "TYPE_MISMATCH");
    assert_eq!(error("return {price: {asset: 'USD', minor: 5}}").await, "TYPE_MISMATCH");
    assert_eq!(error("return {note: NaN}").await, "TYPE_MISMATCH");
    assert_eq!(error("return {other: 1}").await, "BAD_OUTPUT");
    for source in ["return 5", "return [1]", "return 'x'", "return null", "", "return () => 1"] {
        assert_eq!(error(source).await, "BAD_OUTPUT", "{source}");
    }
}

#[tokio::test]
async fn time_and_dice_are_the_same_each_time() {
    let place = Place::new();
    let source = "const d = new Date(); await null; return {value: [Date.now(), d.getTime(), d.getTimezoneOffset(), d.getHours(), \
        new Date(2024, 0, 2).toISOString(), Date.parse('2024-01-02T00:00'), String(Date()), d instanceof Date, d.constructor === Date, \
        Math.random(), Math.random(), new (class extends Date {})().getTime(), new Date(5).getTime(), \
        Reflect.construct(Date, []).getTime(), Date.name, Date.length, Object.getPrototypeOf(Date) === Function.prototype]}";
    let first = run(&place, source, json!(null)).await.unwrap();
    let now = common::NOW;
    let random = [first["value"][9].as_f64().unwrap(), first["value"][10].as_f64().unwrap()];
    assert!(random[0] != random[1] && random.iter().all(|number| (0.0..1.0).contains(number)), "{random:?}");
    let expected = json!([
        now,
        now,
        0,
        22,
        "2024-01-02T00:00:00.000Z",
        1_704_153_600_000_i64,
        "Tue Nov 14 2023 22:13:20 GMT+0000",
        true,
        true,
        random[0],
        random[1],
        now,
        5,
        now,
        "Date",
        7,
        true
    ]);
    let mut got = first["value"].clone();
    let text = got[6].as_str().unwrap().to_owned();
    got[6] = text[..33.min(text.len())].into();
    assert_eq!(got, expected);
    assert_eq!(run(&Place::new(), source, json!(null)).await.unwrap(), first);
    // Another step has other dice.
    let other = place.act_as("b", "code", json!({"source": "return {value: Math.random()}"}), &Values::new()).await.unwrap();
    assert_ne!(other.get("value").unwrap().as_f64(), Some(random[0]));
}

#[tokio::test]
async fn code_reaches_nothing() {
    let place = Place::new();
    for name in [
        "require",
        "process",
        "std",
        "os",
        "fetch",
        "XMLHttpRequest",
        "setTimeout",
        "console",
        "performance",
        "print",
        "scriptArgs",
        "WeakRef",
        "FinalizationRegistry",
        "Intl",
        "WebAssembly",
        "Worker",
        "navigator",
        "gc",
    ] {
        assert_eq!(
            run(&place, &format!("return {{value: typeof {name}}}"), json!(1)).await,
            Ok(json!({"value": "undefined"})),
            "{name}"
        );
    }
    for source in [
        "await import('std'); return {}",
        "await import('/etc/passwd'); return {}",
        "await import('./other'); return {}",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 9e9); return {}",
    ] {
        assert_eq!(run(&place, source, json!(1)).await.map_err(|error| error.0), Err("CODE".to_owned()), "{source}");
    }
    // What one step leaves behind, the next does not find.
    run(&place, "globalThis.left = 1; Object.prototype.left = 2; Array.prototype.map = () => 3; return {}", json!(1))
        .await
        .unwrap();
    let next = run(&place, "return {value: [typeof left, ({}).left === undefined, [1].map(x => x)]}", json!(1)).await;
    assert_eq!(next, Ok(json!({"value": ["undefined", true, [1]]})));
}

#[tokio::test]
async fn what_fails_says_where() {
    let place = Place::new();
    for (source, code, message) in [
        ("\nfunction g() { throw new TypeError('bad thing') }\ng()", "CODE", "Line 2: TypeError: bad thing."),
        ("return inputs.value.a.b", "CODE", "Line 1: TypeError: cannot read property 'b' of undefined."),
        ("throw new Error('plain')", "CODE", "Line 1: plain."),
        ("throw 5", "CODE", "it threw 5."),
        ("throw 'words'", "CODE", "it threw words."),
        ("throw null", "CODE", "it threw null."),
        ("throw undefined", "CODE", "it threw undefined."),
        ("throw Symbol('x')", "CODE", "it threw a symbol."),
        ("throw 1n", "CODE", "it threw a big_int."),
        ("throw {a: 1}", "CODE", "it threw something that is no error."),
        ("throw {message: {toString() { while (true); }}}", "CODE", "it threw something that is no error."),
        ("throw new Proxy({}, {get() { throw 1 }})", "CODE", "it threw something that is no error."),
        ("throw {get message() { throw 1 }, stack: 'code:99:1'}", "CODE", "Line 98: it threw something that is no error."),
        ("return {value: 1n}", "CODE", "TypeError: BigInt are forbidden in JSON.stringify."),
        ("const o = {}; o.o = o; return {value: o}", "CODE", "TypeError: circular reference."),
        ("return await new Promise(() => {})", "NEVER_DONE", "The code waits for something that never comes."),
        ("await {then() {}}", "NEVER_DONE", "The code waits for something that never comes."),
    ] {
        assert_eq!(run(&place, source, json!({})).await, Err((code.to_owned(), message.to_owned())), "{source}");
    }
    let long = run(&place, "throw new Error('x'.repeat(1e6))", json!(1)).await.unwrap_err();
    assert!(long.1.len() < 600, "{}", long.1.len());
}

/// Everything that tries to take more time or memory than it may: it ends, soon, and the next step is none the worse.
#[tokio::test]
async fn hostile_code_ends() {
    let place = Place::new();
    for (source, expected) in [
        ("while (true);", "TIMEOUT"),
        ("try { while (true); } finally { while (true); }", "TIMEOUT"),
        ("(function f() { Promise.resolve().then(f) })(); await new Promise(() => {})", "TIMEOUT"),
        ("while (true) await null", "TIMEOUT"),
        ("return /^(a+)+$/.test('a'.repeat(40) + 'b')", "TIMEOUT"),
        ("return {toJSON() { while (true); }}", "TIMEOUT"),
        ("throw {get message() { while (true); }}", "TIMEOUT"),
        ("Object.defineProperty(Object.prototype, 'value', {get() { while (true); }}); return {value: {}}", "ok"),
        ("Object.prototype.toJSON = () => { while (true); }; return {value: {}}", "TIMEOUT"),
        // QuickJS does not look at the clock within these.
        ("const a = []; a.length = 2 ** 32 - 1; a.sort(); return {}", "TIMEOUT"),
        ("return {value: 'a'.repeat(2 ** 22).indexOf('a'.repeat(2 ** 21) + 'b')}", "TIMEOUT"),
        ("return {value: JSON.stringify(1, new Array(2 ** 32 - 1))}", "TIMEOUT"),
        ("const a = []; while (true) a.push('x'.repeat(1e5) + a.length)", "OUT_OF_MEMORY"),
        ("return {value: new Uint8Array(2 ** 30)}", "OUT_OF_MEMORY|CODE"),
        ("let s = 'x'; while (true) s += s + Math.random()", "OUT_OF_MEMORY|CODE"),
        ("return {value: 'x'.repeat(2 ** 30)}", "CODE"),
        ("const a = []; a.fill.call({length: 2 ** 53 - 1}, 1)", "OUT_OF_MEMORY|TIMEOUT"),
        ("function f() { return f() + 1 } return {value: f()}", "CODE"),
        ("const f = () => [1].map(f); f()", "CODE"),
        ("let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; return {value: o}", "CODE"),
        ("let o = []; for (let i = 0; i < 300; i++) o = [o]; return {value: o}", "BAD_OUTPUT"),
        ("return eval('('.repeat(1e5))", "CODE"),
        ("return {value: 'x'.repeat(2 ** 20)}", "OUTPUT_TOO_LARGE"),
        ("return {value: '\\ud800'}", "BAD_OUTPUT"),
    ] {
        let began = Instant::now();
        let done = with(&place, json!({"source": source, "timeout_ms": 300, "memory_mib": 32}), json!(1)).await;
        let code = done.map_or_else(|(code, _)| code, |_| "ok".to_owned());
        // On a busy machine the time may be over before anything else is.
        assert!(code == "TIMEOUT" || expected.split('|').any(|one| one == code), "{source}: {code}");
        assert!(began.elapsed() < Duration::from_secs(20), "{source} took {:?}", began.elapsed());
        assert_eq!(run(&place, "return {value: 1}", json!(1)).await, Ok(json!({"value": 1})), "after {source}");
    }
    assert_eq!(run(&place, "return {}", json!("x".repeat(65 << 20))).await.unwrap_err().0, "TOO_LARGE");
    assert_eq!(
        run(&place, "return {value: inputs.value.length}", json!("x".repeat(1 << 20))).await,
        Ok(json!({"value": 1 << 20}))
    );
}

#[tokio::test]
async fn nobody_waits_and_the_process_is_gone() {
    let place = Place::new();
    let source = "const a = []; a.length = 2 ** 32 - 1; a.sort(); return {}";
    let config = json!({"source": source, "timeout_ms": 60_000});
    let inputs = Values::one("value", 1);
    let working = place.act("code", config, &inputs);
    assert!(tokio::time::timeout(Duration::from_millis(400), working).await.is_err());
    for _ in 0..100 {
        if common::children() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the process goes on");
}

#[tokio::test]
async fn a_program_that_cannot_do_it_is_an_error() {
    for (program, code) in [
        (None, "UNAVAILABLE"),
        (Some("/nowhere/at/all"), "BROKE_OFF"),
        (Some("/bin/true"), "BROKE_OFF"),
        (Some("/bin/echo"), "BROKE_OFF"),
        (Some("/usr/bin/env"), "BROKE_OFF"),
    ] {
        let place = Place::with_program(program.map(Into::into));
        assert_eq!(run(&place, "return {}", json!(1)).await.unwrap_err().0, code, "{program:?}");
    }
}

#[test]
fn mistakes_are_found_before_a_run() {
    let found = |source: &str| {
        let problems = common::problems("code", json!({ "source": source }));
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(
        found("const a = 1;\nreturn {a: 1 + }"),
        ["The code can't be read. Line 2, column 16: SyntaxError: unexpected token in expression: '}'."]
    );
    assert_eq!(found("return {value: await 1}"), Vec::<String>::new());
    for source in [
        "let x = ;",
        "return }",
        "import 'x'",
        "}\nimport * as os from 'os';\n{",
        "let a; let a",
        "/(/.test('')",
        "'",
        "(".repeat(60_000).as_str(),
    ] {
        assert_eq!(found(source).len(), 1, "{}", &source[..source.len().min(20)]);
    }
    // Nothing runs.
    assert_eq!(found("while (true);"), Vec::<String>::new());
    assert_eq!(found("}\nwhile (true);\n{"), Vec::<String>::new());
    assert_eq!(codes("code", json!({"source": "", "outputs": [{"name": "error"}]})), ["RESERVED_NAME"]);
    assert_eq!(codes("code", json!({"source": "", "inputs": [{"name": "a"}, {"name": "a"}]})), ["DUPLICATE_PORT"]);
}

/// Figures: `cargo nextest run -p nodes --run-ignored only --no-capture figures`.
#[tokio::test]
#[ignore = "measures"]
async fn figures() {
    let place = Place::new();
    let began = Instant::now();
    run(&place, "return {value: 1}", json!(1)).await.unwrap();
    eprintln!("the first step, with starting the process: {:?}", began.elapsed());
    let began = Instant::now();
    for _ in 0..1_000 {
        run(&place, "return {value: 1}", json!(1)).await.unwrap();
    }
    eprintln!("a trivial step: {:?}", began.elapsed() / 1_000);
    let began = Instant::now();
    for _ in 0..1_000 {
        codes("code", json!({"source": "return {value: 1}"}));
    }
    eprintln!("looking for mistakes, with starting QuickJS: {:?}", began.elapsed() / 1_000);
}
