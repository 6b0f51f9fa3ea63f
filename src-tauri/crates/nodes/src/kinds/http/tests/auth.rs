//! Saying who calls.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::{Act, Context, Path, RunId};
use flow::{Digest, Values};
use serde_json::{Value, json};

use super::{
    TOKEN, asked, leaks,
    server::{Server, answer},
};
use crate::testing::{Fakes, act, acting, codes, grant};

fn secret() -> Fakes {
    Fakes::with_secret("key", TOKEN, "127.0.0.1")
}

#[tokio::test]
async fn each_way_sends_its_header() {
    let server = Server::new(|_, request| answer("200 OK", "", request)).await;
    for (auth, line) in [
        (json!({}), None),
        (json!({"type": "none"}), None),
        (
            json!({"type": "basic", "user": "bob", "secret": "key"}),
            Some(format!("authorization: Basic {}", STANDARD.encode(format!("bob:{TOKEN}")))),
        ),
        (json!({"type": "bearer", "secret": "key"}), Some(format!("authorization: Bearer {TOKEN}"))),
        (json!({"type": "header", "header": "X-Api-Key", "secret": "key"}), Some(format!("x-api-key: {TOKEN}"))),
    ] {
        let config = json!({"url": format!("http://{}/", server.at), "auth": auth});
        let call = asked(config.clone(), &Values::new()).unwrap();
        assert_eq!(call.secrets.len(), usize::from(line.is_some()), "{auth}");
        let out = act(secret().services(), "http", config, &Values::new()).await.unwrap();
        let sent = server.requests().pop().unwrap();
        match line {
            Some(line) => assert!(sent.contains(&format!("{line}\r\n")), "{sent}"),
            None => assert!(!sent.contains("authorization"), "{sent}"),
        }
        // The server gave all of it back.
        assert!(!leaks(&out.to_object().to_string()), "{auth}");
    }
}

#[test]
fn the_digest_covers_who_calls() {
    let digest = |auth: Value| asked(json!({"url": "https://api.example.com/", "auth": auth}), &Values::new()).unwrap().body;
    let oauth = |id: &str, scope: &str, url: &str| json!({"type": "oauth2", "secret": "key", "client_id": id, "scope": scope, "token_url": url});
    let url = "https://api.example.com/token";
    let all = [
        digest(json!({})),
        digest(json!({"type": "basic", "user": "bob", "secret": "key"})),
        digest(json!({"type": "basic", "user": "eve", "secret": "key"})),
        digest(json!({"type": "basic", "user": "bob", "secret": "other"})),
        digest(json!({"type": "bearer", "secret": "key"})),
        digest(json!({"type": "header", "header": "X-A", "secret": "key"})),
        digest(oauth("a", "read", url)),
        digest(oauth("b", "read", url)),
        digest(oauth("a", "write", url)),
        digest(oauth("a", "read", "https://api.example.com/other")),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{at}");
    }
}

/// A host that gives out numbered tokens and then says what it was shown.
async fn oauth_server(expires_in: &'static str, refuses_first: bool) -> Server {
    let given = AtomicU64::new(0);
    Server::new(move |_, request| {
        if request.starts_with("POST /token ") {
            let number = given.fetch_add(1, Ordering::Relaxed) + 1;
            return answer("200 OK", "", format!(r#"{{"access_token": "given-{number}", "token_type": "bearer"{expires_in}}}"#));
        }
        let refused = refuses_first && request.contains("Bearer given-1\r\n");
        answer(if refused { "401 Unauthorized" } else { "200 OK" }, "", request)
    })
    .await
}

/// Calls several times by one node, as one program does.
async fn calls(server: &Server, times: usize) -> Vec<u64> {
    let config = json!({"url": format!("http://{}/things", server.at), "auth": {"type": "oauth2", "client_id": "me & you", "secret": "key",
        "scope": "read write", "token_url": format!("http://{}/token", server.at)}});
    let node = acting(secret().services(), "http", config);
    let (run, path): (RunId, Path) = ("run-1".into(), Path::new("a"));
    let context = Context { run: &run, path: &path, attempt: 1, now: 0, seed: 7, key: Digest::of_bytes(b"key") };
    let mut got = Vec::new();
    for _ in 0..times {
        let inputs = Values::new();
        let go = node.request(&context, &inputs).unwrap().map(grant);
        let out = Act::act(&*node, context, &inputs, go.as_ref()).await.unwrap();
        let text = out.to_object().to_string();
        assert!(!leaks(&text) && !text.contains("given-"), "{text}");
        got.push(out.get("status").unwrap().as_u64().unwrap());
    }
    got
}

#[tokio::test]
async fn a_token_is_fetched_once_while_it_lasts() {
    for (expires_in, fetched) in [
        (r#", "expires_in": 3600"#, 1),
        ("", 1),
        (r#", "expires_in": 31"#, 1),
        (r#", "expires_in": 30"#, 3),
        (r#", "expires_in": 0"#, 3),
    ] {
        let server = oauth_server(expires_in, false).await;
        assert_eq!(calls(&server, 3).await, [200, 200, 200]);
        let requests = server.requests();
        let asked: Vec<_> = requests.iter().filter(|request| request.starts_with("POST /token ")).collect();
        assert_eq!(asked.len(), fetched, "{expires_in}");
        let who = STANDARD.encode("me+%26+you:tok-8f3a%2F%2B+91c2");
        assert!(asked[0].contains(&format!("authorization: Basic {who}\r\n")), "{}", asked[0]);
        assert!(asked[0].ends_with("\r\n\r\ngrant_type=client_credentials&scope=read+write"), "{}", asked[0]);
        assert!(
            requests
                .iter()
                .any(|request| request.starts_with("GET /things ") && request.contains("authorization: Bearer given-1\r\n"))
        );
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_used_again() {
    let server = oauth_server(r#", "expires_in": 3600"#, true).await;
    assert_eq!(calls(&server, 3).await, [401, 200, 200]);
}

#[tokio::test]
async fn without_a_token_nothing_is_called() {
    for (status, body, retryable) in [
        ("400 Bad Request", json!({"error": TOKEN}).to_string(), false),
        ("503 Service Unavailable", String::new(), true),
        ("200 OK", TOKEN.to_owned(), false),
        ("200 OK", r#"{"access_token": "x", "token_type": "mac"}"#.to_owned(), false),
        ("200 OK", r#"{"access_token": "", "token_type": "Bearer"}"#.to_owned(), false),
    ] {
        let server = Server::new(move |_, _| answer(status, "", &body)).await;
        let config = json!({"method": "POST", "url": format!("http://{}/", server.at), "auth": {"type": "oauth2", "client_id": "me", "secret": "key",
            "token_url": format!("http://{}/token", server.at)}});
        let error = act(secret().services(), "http", config, &Values::new()).await.unwrap_err();
        assert_eq!((&*error.code, error.retryable, error.maybe_sent), ("NO_TOKEN", retryable, false), "{status}");
        assert!(!leaks(&json!(error).to_string()));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_token_comes_from_the_host_that_is_called() {
    let with = |url: &str| {
        asked(
            json!({"url": url, "auth": {"type": "oauth2", "client_id": "me", "secret": "key", "token_url": "https://api.example.com/token"}}),
            &Values::new(),
        )
    };
    assert_eq!(with("https://api.example.com/things").unwrap().secrets, ["key"]);
    for url in ["https://example.com/", "https://api.example.com:8443/", "https://api.example.com.evil.org/"] {
        assert_eq!(with(url).unwrap_err(), "OTHER_HOST", "{url}");
    }
    assert_eq!(with("http://api.example.com/").unwrap_err(), "SECRET_IN_CLEAR");
}

#[test]
fn auth_that_makes_no_sense() {
    for auth in [
        json!({"type": "digest"}),
        json!({"secret": "key"}),
        json!({"type": "bearer"}),
        json!({"type": "basic", "secret": "key"}),
        json!({"type": "basic", "user": "a:b", "secret": "key"}),
        json!({"type": "bearer", "secret": "key", "user": "bob"}),
        json!({"type": "header", "header": "Host", "secret": "key"}),
        json!({"type": "header", "header": "X A", "secret": "key"}),
        json!({"type": "oauth2", "client_id": "me", "secret": "key"}),
        json!({"type": "oauth2", "client_id": "me", "secret": "key", "token_url": "http://example.com/"}),
        json!({"type": "oauth2", "client_id": "me", "secret": "key", "token_url": "token"}),
    ] {
        assert_eq!(codes("http", json!({"url": "https://example.com", "auth": auth})), ["BAD_CONFIG"], "{auth}");
    }
    let twice = json!({"url": "https://example.com", "auth": {"type": "bearer", "secret": "key"}, "headers": [{"name": "authorization", "value": "x"}]});
    assert_eq!(codes("http", twice), ["BAD_CONFIG"]);
}
