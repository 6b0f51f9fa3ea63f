//! Calls against servers on this machine, honest and lying.
#![allow(clippy::unwrap_used)]

mod auth;
mod paging;
mod server;

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use consent::{Action, Call};
use engine::{Act, Context, Path, RunId, StepError};
use flow::{Digest, Effect, Values};
use serde_json::{Value, json};

use self::server::{Do, Server, answer, answer_as};
use crate::testing::{Fakes, act, acting, codes, grant, ports, with_context};

const TOKEN: &str = "tok-8f3a/+ 91c2";

async fn call(config: Value, inputs: &Values) -> Result<Values, StepError> {
    act(Fakes::default().services(), "http", config, inputs).await
}

fn asked(config: Value, inputs: &Values) -> Result<Call, String> {
    let node = acting(Fakes::default().services(), "http", config);
    match with_context(0, |context| node.request(context, inputs)) {
        Ok(Some(Action::Call(call))) => Ok(call),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code),
    }
}

#[tokio::test]
async fn a_read_gives_status_headers_and_body() {
    let server = Server::new(|_, _| {
        answer("200 OK", "X-Kind: a\r\nX-Kind: b\r\nContent-Type: application/json; charset=utf-8\r\n", r#"{"rate": 1.5}"#)
    })
    .await;
    let config = json!({
        "url": format!("http://{}/rates/{{{{ value }}}}?to={{{{ to }}}}#part", server.at), "inputs": [{"name": "to"}],
        "headers": [{"name": "X-Trace", "value": "step {{ value }}"}],
    });
    let mut inputs = Values::one("value", "usd");
    inputs.insert("to", json!("eur"));
    let out = call(config.clone(), &inputs).await.unwrap();
    assert_eq!((out.get("status").unwrap().as_u64(), out.get("ok").unwrap().as_bool()), (Some(200), Some(true)));
    assert_eq!(out.get("headers").unwrap()["x-kind"], "a, b");
    assert_eq!(**out.get("body").unwrap(), json!({"rate": 1.5}));
    let [sent] = &server.requests()[..] else { panic!("one request") };
    assert!(sent.starts_with("GET /rates/usd?to=eur HTTP/1.1\r\n") && sent.contains("x-trace: step usd\r\n"), "{sent}");
    assert!(!sent.to_lowercase().contains("cookie"), "{sent}");

    let call = asked(config, &inputs).unwrap();
    assert_eq!((call.effect, &*call.method, &*call.host, call.port), (Effect::Read, "GET", "127.0.0.1", server.at.port()));
    assert_eq!(call.url, format!("http://{}/rates/usd?to=eur", server.at));
}

#[tokio::test]
async fn a_write_sends_its_body_and_key() {
    let server = Server::new(|_, _| answer("201 Created", "", "made")).await;
    let config = json!({
        "method": "POST", "url": format!("http://{}/orders", server.at), "json": "{'name': value, 'cost': money('5 USD')}",
        "idempotency_header": "Idempotency-Key",
    });
    let out = call(config.clone(), &Values::one("value", "tea")).await.unwrap();
    assert_eq!((out.get("status").unwrap().as_u64(), out.get("body").unwrap().as_str()), (Some(201), Some("made")));
    call(config.clone(), &Values::one("value", "tea")).await.unwrap();
    let [first, second] = &server.requests()[..] else { panic!("two requests") };
    assert!(first.contains("content-type: application/json\r\n"), "{first}");
    let body: Value = serde_json::from_str(first.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body, json!({"name": "tea", "cost": {"asset": "USD", "minor": "500"}}));
    let key = format!("idempotency-key: {}\r\n", Digest::of_bytes(b"key"));
    assert!(first.contains(&key) && second.contains(&key), "{first}");
    assert!(acting(Fakes::default().services(), "http", config).honours_key());

    let text = json!({"method": "PUT", "url": format!("http://{}/", server.at), "body": "a {{ value }}"});
    call(text.clone(), &Values::one("value", "b")).await.unwrap();
    let sent = server.requests().pop().unwrap();
    assert!(sent.contains("content-type: text/plain; charset=utf-8\r\n") && sent.ends_with("\r\n\r\na b"), "{sent}");
    assert!(!acting(Fakes::default().services(), "http", text).honours_key());
}

#[tokio::test]
async fn what_each_status_means() {
    // Status, method, with key; then: an answer, or whether another attempt may help and whether it may have been sent.
    let cases = [
        ("204 No Content", "GET", false, None),
        ("404 Not Found", "GET", false, None),
        ("302 Found", "GET", false, None),
        ("429 Too Many Requests", "GET", false, Some((true, false))),
        ("500 Internal Server Error", "GET", false, Some((true, false))),
        ("503 Service Unavailable", "GET", false, Some((true, false))),
        ("409 Conflict", "POST", false, None),
        ("429 Too Many Requests", "POST", false, Some((true, false))),
        ("500 Internal Server Error", "POST", false, Some((false, false))),
        ("502 Bad Gateway", "POST", false, Some((false, true))),
        ("503 Service Unavailable", "POST", false, Some((false, false))),
        ("504 Gateway Timeout", "POST", false, Some((false, true))),
        ("500 Internal Server Error", "POST", true, Some((true, false))),
        ("504 Gateway Timeout", "POST", true, Some((true, true))),
    ];
    for (status, method, key, expected) in cases {
        let server = Server::new(move |_, _| answer(status, "Retry-After: 12\r\n", "")).await;
        let mut config = json!({"method": method, "url": format!("http://{}/", server.at)});
        if key {
            config["idempotency_header"] = "X-Key".into();
        }
        match (call(config, &Values::new()).await, expected) {
            (Ok(out), None) => {
                assert_eq!(out.get("status").unwrap().to_string(), status[..3]);
                assert_eq!(**out.get("ok").unwrap(), json!(status.starts_with('2')));
            }
            (Err(error), Some(expected)) => {
                assert_eq!((error.retryable, error.maybe_sent), expected, "{status} {method}");
                assert_eq!((&*error.code, &*error.hint), ("HTTP_STATUS", "The host asks to wait 12 s."));
            }
            (got, _) => panic!("{status} {method}: {got:?}"),
        }
        assert_eq!(server.requests().len(), 1, "nothing is repeated behind the step's back");
    }
}

#[tokio::test]
async fn lies_are_bounded_and_called_by_their_name() {
    fn after_the_first_line(then: Do) -> Vec<Do> {
        vec![Do::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), then]
    }
    type Script = fn() -> Vec<Do>;
    let cases: [(&str, Script, &str); 12] = [
        ("silence", || vec![Do::Wait(60_000)], "TIMEOUT"),
        ("slow body", || vec![Do::Send(b"HTTP/1.1 200 OK\r\n\r\na".to_vec()), Do::Wait(60_000)], "TIMEOUT"),
        (
            "endless headers",
            || after_the_first_line(Do::Endless(format!("X-A: {}\r\n", "a".repeat(8000)).into_bytes())),
            "NO_ANSWER",
        ),
        ("5,000 headers", || after_the_first_line(Do::Send([&b"X-A: b\r\n".repeat(5_000)[..], b"\r\n"].concat())), "NO_ANSWER"),
        ("an endless body", || after_the_first_line(Do::Endless(b"\r\nmore".repeat(1000))), "RESPONSE_TOO_LARGE"),
        ("a large length", || answer_as("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), "RESPONSE_TOO_LARGE"),
        (
            "a body cut off",
            || vec![Do::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort".to_vec()), Do::Wait(50), Do::Reset],
            "BROKEN_ANSWER",
        ),
        ("a wrong length", || answer_as("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort"), "BROKEN_ANSWER"),
        ("no answer", || vec![Do::Reset], "NO_ANSWER"),
        ("closed", Vec::new, "NO_ANSWER"),
        ("not HTTP", || answer_as("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "NO_ANSWER"),
        ("a bad length", || answer_as("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), "NO_ANSWER"),
    ];
    for (name, script, code) in cases {
        let server = Server::new(move |_, _| script()).await;
        for (method, sent) in [("GET", false), ("POST", true)] {
            let started = Instant::now();
            let config =
                json!({"method": method, "url": format!("http://{}/", server.at), "timeout_ms": 400, "max_bytes": 10_000});
            let error = call(config, &Values::new()).await.unwrap_err();
            assert_eq!((&*error.code, error.maybe_sent), (code, sent), "{name}, {method}: {error:?}");
            assert!(started.elapsed() < Duration::from_secs(2), "{name} took {:?}", started.elapsed());
        }
    }
}

#[tokio::test]
async fn without_a_connection_certainly_nothing_was_sent() {
    let closed = {
        let server = Server::new(|_, _| Vec::new()).await;
        server.stop().await
    };
    for url in [
        format!("http://{closed}/"),
        "http://nobody.invalid/".to_owned(),
        format!("https://{}/", Server::new(|_, _| answer_as("plain")).await.at),
    ] {
        let error = call(json!({"method": "POST", "url": url}), &Values::new()).await.unwrap_err();
        assert_eq!((&*error.code, error.retryable, error.maybe_sent), ("NO_CONNECTION", true, false), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn redirects_stay_on_the_host_and_are_for_reads() {
    let other = Server::new(|_, _| answer("200 OK", "", "stolen")).await;
    let there = format!("http://{}/", other.at);
    let server = Server::new(move |_, request| match request.split(' ').nth(1).unwrap() {
        "/near" => answer("302 Found", "Location: /here\r\n", ""),
        "/here" => answer("200 OK", "", "found"),
        "/far" => answer("302 Found", &format!("Location: {there}\r\n"), ""),
        "/named" => answer("302 Found", "Location: http://me:pass@127.0.0.1/here\r\n", ""),
        _ => answer("307 Temporary Redirect", "Location: /again\r\n", ""),
    })
    .await;
    let get = |method: &str, path: &str| json!({"method": method, "url": format!("http://{}{path}", server.at)});
    let status = async |config| call(config, &Values::new()).await.unwrap().get("status").unwrap().as_u64().unwrap();
    assert_eq!(status(get("GET", "/near")).await, 200);
    assert_eq!(status(get("GET", "/far")).await, 302);
    assert_eq!(status(get("GET", "/named")).await, 302);
    assert_eq!(server.requests().len(), 4);
    assert_eq!(status(get("GET", "/again")).await, 307);
    assert_eq!(server.requests().len(), 4 + 6, "at most five redirects");
    assert_eq!(status(get("POST", "/near")).await, 302);
    assert_eq!(server.requests().len(), 4 + 6 + 1);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn secrets_go_to_their_host_and_nowhere_else() {
    // A host that gives back what it was sent, in every form it can think of.
    let server = Server::new(|_, request| {
        let value = request.split("authorization: Bearer ").nth(1).unwrap_or_default().split("\r\n").next().unwrap().to_owned();
        let form = url(&value);
        let headers = format!("X-Echo: {value}\r\nContent-Type: application/json\r\nRetry-After: {value}\r\n");
        let body = json!({"plain": value, "list": [format!("a {value} b"), form], &value: 1, "basic": STANDARD.encode(format!("user:{value}"))});
        match request.split(' ').nth(1).unwrap() {
            "/json" => answer("200 OK", &headers, body.to_string()),
            "/escaped" => {
                let escaped: String = value.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
                answer("200 OK", &headers, format!(r#"{{"escaped": "{escaped}"}}"#))
            }
            "/text" => answer("200 OK", &format!("X-Echo: {value}\r\n"), format!("{value} {body} {form}")),
            "/bytes" => answer("200 OK", &format!("X-Echo: {value}\r\n"), [b"\xff\xfe", value.as_bytes(), b"\xff"].concat()),
            "/status" => answer("503 Service Unavailable", &headers, &value),
            _ => answer_as(&format!("HTTP/1.1 {value}\r\n\r\n")),
        }
    })
    .await;
    let fakes = Fakes::with_secret("api-key", TOKEN, "127.0.0.1");
    let config = |path: &str| json!({"url": format!("http://{}{path}", server.at), "headers": [{"name": "Authorization", "secret": "api-key", "prefix": "Bearer "}]});
    let asked = asked(config("/json"), &Values::new()).unwrap();
    assert_eq!(asked.secrets, ["api-key"]);
    assert!(!leaks(&json!(asked).to_string()));

    for path in ["/json", "/escaped", "/text", "/bytes", "/status", "/garbage"] {
        let got = act(fakes.services(), "http", config(path), &Values::new()).await;
        assert!(server.requests().pop().unwrap().contains(&format!("authorization: Bearer {TOKEN}\r\n")));
        let text = match got {
            Ok(out) => {
                if let Some(file) = out.get("file") {
                    let kept = fakes.kept(Digest::from_hex(file["digest"].as_str().unwrap()).unwrap()).unwrap();
                    assert!(!leaks(&String::from_utf8_lossy(&kept)), "{path}");
                }
                out.to_object().to_string()
            }
            Err(error) => json!(error).to_string(),
        };
        assert!(!leaks(&text), "{path}: {text}");
    }

    let digits = Fakes::with_secret("api-key", "8150926374", "127.0.0.1");
    let error = act(digits.services(), "http", config("/status"), &Values::new()).await.unwrap_err();
    assert_eq!(error.hint, "The host asks to wait [redacted] s.");

    let before = server.requests().len();
    let elsewhere =
        json!({"url": format!("http://localhost:{}/json", server.at.port()), "headers": [{"name": "A", "secret": "api-key"}]});
    assert_eq!(act(fakes.services(), "http", elsewhere, &Values::new()).await.unwrap_err().code, "NO_SECRET");
    let clear = json!({"url": "http://example.com/", "headers": [{"name": "A", "secret": "api-key"}]});
    assert_eq!(act(fakes.services(), "http", clear, &Values::new()).await.unwrap_err().code, "SECRET_IN_CLEAR");
    let broken = Fakes::with_secret("api-key", "two\r\nX-Other: lines", "127.0.0.1");
    let error = act(broken.services(), "http", config("/json"), &Values::new()).await.unwrap_err();
    assert!(error.code == "BAD_SECRET" && !json!(error).to_string().contains("lines"));
    assert_eq!(server.requests().len(), before, "nothing was sent");
}

fn url(value: &str) -> String {
    value.bytes().map(|b| format!("%{b:02x}")).collect()
}

fn leaks(text: &str) -> bool {
    let core = &TOKEN[4..];
    [core, &core[..6], &STANDARD.encode(TOKEN)[2..16], "tok-8f3a%2F"].iter().any(|part| text.contains(part))
}

#[tokio::test]
async fn nothing_is_sent_but_what_was_granted() {
    let server = Server::new(|_, _| answer("200 OK", "", "")).await;
    let config = |path: &str| json!({"method": "POST", "url": format!("http://{}{path}", server.at), "body": "{{ value }}", "headers": [{"name": "X-A", "value": "{{ value }}"}]});
    let inputs = Values::one("value", "mine");
    let granted = asked(config("/a"), &inputs).unwrap();
    let node = acting(Fakes::default().services(), "http", config("/a"));
    let (run, path): (RunId, Path) = ("run-1".into(), Path::new("a"));
    let context = Context { run: &run, path: &path, attempt: 1, now: 0, seed: 7, key: Digest::of_bytes(b"key") };

    let others = [
        asked(config("/b"), &inputs).unwrap(),
        asked(config("/a"), &Values::one("value", "other")).unwrap(),
        Call { host: "example.com".to_owned(), ..granted.clone() },
        Call { effect: Effect::Read, ..granted.clone() },
    ];
    for other in others {
        let go = grant(Action::Call(other));
        assert_eq!(Act::act(&*node, context, &inputs, Some(&go)).await.unwrap_err().code, "NOT_GRANTED");
    }
    assert_eq!(Act::act(&*node, context, &inputs, None).await.unwrap_err().code, "NOT_GRANTED");
    assert!(server.requests().is_empty());
    Act::act(&*node, context, &inputs, Some(&grant(Action::Call(granted)))).await.unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_digest_covers_all_that_is_sent() {
    let base = json!({
        "method": "POST", "url": "https://api.example.com/a", "body": "text",
        "headers": [{"name": "X-A", "value": "1"}, {"name": "X-B", "secret": "key", "prefix": "Bearer "}],
    });
    let changed = |pointer: &str, value: Value| {
        let mut config = base.clone();
        *config.pointer_mut(pointer).unwrap() = value;
        asked(config, &Values::new()).unwrap().body
    };
    let mut seen = vec![asked(base.clone(), &Values::new()).unwrap().body];
    for (pointer, value) in [
        ("/method", "PUT"),
        ("/url", "https://api.example.com/b"),
        ("/url", "http://localhost/a"),
        ("/body", "other"),
        ("/headers/0/name", "X-C"),
        ("/headers/0/value", "2"),
        ("/headers/1/name", "X-C"),
        ("/headers/1/secret", "other"),
        ("/headers/1/prefix", "Basic "),
    ] {
        let digest = changed(pointer, value.into());
        assert!(!seen.contains(&digest), "{pointer} {value}");
        seen.push(digest);
    }
}

#[tokio::test]
async fn a_body_that_is_not_text_becomes_a_file() {
    let bytes = [0xff, 0xfe, 0, 1];
    let server = Server::new(move |_, _| answer("200 OK", "Content-Type: image/png\r\n", bytes)).await;
    let fakes = Fakes::default();
    let out = act(fakes.services(), "http", json!({"url": format!("http://{}/pics/cat.png?size=2", server.at)}), &Values::new())
        .await
        .unwrap();
    let digest = Digest::of_bytes(&bytes);
    assert_eq!(**out.get("file").unwrap(), json!({"name": "cat.png", "media": "image/png", "bytes": 4, "digest": digest}));
    assert!(out.get("body").is_none());
    assert_eq!(&*fakes.kept(digest).unwrap(), bytes);
}

#[tokio::test]
async fn the_body_has_the_form_asked_for() {
    let json_type = "Content-Type: application/problem+json\r\n";
    for (form, headers, body, expected) in [
        ("auto", json_type, "[1]", Ok(json!([1]))),
        ("auto", json_type, "[1", Ok(json!("[1"))),
        ("auto", "", "[1]", Ok(json!("[1]"))),
        ("json", "", "[1]", Ok(json!([1]))),
        ("json", "", "<p>", Err("NOT_JSON")),
        ("text", json_type, "[1]", Ok(json!("[1]"))),
    ] {
        let server = Server::new(move |_, _| answer("200 OK", headers, body)).await;
        let got = call(json!({"url": format!("http://{}/", server.at), "response": form}), &Values::new()).await;
        let got = got.map(|out| (**out.get("body").unwrap()).clone()).map_err(|error| error.code);
        assert_eq!(got, expected.map_err(str::to_owned), "{form} {body}");
    }
    // The outcome of a write, and a refusal, are not lost over the form of the answer.
    for (method, status) in [("POST", "200 OK"), ("POST", "404 Not Found"), ("GET", "404 Not Found")] {
        let server = Server::new(move |_, _| answer(status, "", "<p>")).await;
        let out = call(json!({"method": method, "url": format!("http://{}/", server.at), "response": "json"}), &Values::new())
            .await
            .unwrap();
        assert_eq!(**out.get("body").unwrap(), json!("<p>"), "{method} {status}");
    }
    let ty = |form: &str| ports("http", json!({"url": "", "response": form})).outputs[3].ty.to_string();
    assert_eq!([ty("auto"), ty("json"), ty("text")], ["any", "json", "text"]);
}

#[test]
fn addresses_and_headers_that_are_refused() {
    for (url, code) in [
        ("", "BAD_ADDRESS"),
        ("example.com/a", "BAD_ADDRESS"),
        ("file:///etc/passwd", "BAD_ADDRESS"),
        ("ftp://example.com/", "BAD_ADDRESS"),
        ("https://", "BAD_ADDRESS"),
        ("https://me@example.com/", "SECRET_IN_ADDRESS"),
        ("https://me:word@example.com/", "SECRET_IN_ADDRESS"),
    ] {
        assert_eq!(asked(json!({"url": "{{ value }}"}), &Values::one("value", url)), Err(code.to_owned()), "{url}");
    }
    let host = |url: &str| asked(json!({ "url": url }), &Values::new()).map(|call| (call.host, call.port)).unwrap();
    assert_eq!(host("https://API.Example.COM/"), ("api.example.com".to_owned(), 443));
    assert_eq!(host("http://[::1]:8080/"), ("[::1]".to_owned(), 8080));
    assert_eq!(host("https://exämple.com"), ("xn--exmple-cua.com".to_owned(), 443));
    assert_eq!(host("http://2130706433/"), ("127.0.0.1".to_owned(), 80));

    for value in ["a\r\nX-B: c", "a\nb", "ä", "\u{0}"] {
        let config = json!({"url": "https://example.com", "headers": [{"name": "X-A", "value": "{{ value }}"}]});
        assert_eq!(asked(config, &Values::one("value", value)), Err("BAD_REQUEST".to_owned()), "{value:?}");
    }
}

#[test]
fn configs_that_make_no_sense() {
    let with = |field: &str, value: Value| {
        let mut config = json!({"url": "https://example.com"});
        config[field] = value;
        codes("http", config)
    };
    for (field, value, expected) in [
        ("method", json!("GET"), vec![]),
        ("method", json!("TRACE"), vec!["BAD_CONFIG"]),
        ("body", json!("x"), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "X-A"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "X-A", "value": "1", "secret": "a"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "X-A", "value": "1", "prefix": "a"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "X A", "value": "1"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "Host", "value": "other"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "Proxy-Authorization", "value": "other"}]), vec!["BAD_CONFIG"]),
        ("headers", json!([{"name": "X-A", "value": "{{ nobody }}"}]), vec!["BAD_TEMPLATE"]),
        ("idempotency_header", json!("Content-Length"), vec!["BAD_CONFIG"]),
        ("url", json!("{{ nobody }}"), vec!["BAD_TEMPLATE"]),
        ("inputs", json!([{"name": "value"}]), vec!["RESERVED_NAME"]),
    ] {
        assert_eq!(with(field, value.clone()), expected, "{field} {value}");
    }
    assert_eq!(codes("http", json!({"url": "https://example.com", "method": "POST", "body": "a", "json": "1"})), ["BAD_CONFIG"]);
    assert_eq!(codes("http", json!({"url": "https://example.com", "method": "POST", "json": "1 +"})), ["BAD_EXPRESSION"]);
}
