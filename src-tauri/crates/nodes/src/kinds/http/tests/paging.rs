//! Answers that come in several pages.

use flow::Values;
use serde_json::{Value, json};

use super::{
    TOKEN, asked, call, leaks,
    server::{Server, answer},
};
use crate::testing::{Fakes, act, codes, ports};

fn path(request: &str) -> &str {
    request.split(' ').nth(1).unwrap()
}

fn page(headers: &str, body: Value) -> Vec<super::server::Do> {
    answer("200 OK", &format!("{headers}Content-Type: application/json\r\n"), body.to_string())
}

async fn read(server: &Server, paging: Value) -> Result<(Value, bool), String> {
    let config = json!({"url": format!("http://{}/things?size=2", server.at), "paging": paging});
    let out = call(config, &Values::new()).await.map_err(|error| error.code)?;
    Ok(((**out.get("body").unwrap()).clone(), out.get("more").unwrap().as_bool().unwrap()))
}

#[tokio::test]
async fn by_an_address_in_the_body() {
    let server = Server::new(|_, request| match path(request) {
        "/things?size=2" => page("", json!({"items": [1, 2], "links": {"next": "/things?after=2"}})),
        "/things?after=2" => page("", json!({"items": [3], "links": {"next": "?after=3"}})),
        _ => page("", json!({"items": [], "links": {"next": null}})),
    })
    .await;
    let by = |most: u32| json!({"by": "pointer", "pointer": "/links/next", "items": "/items", "most": most});
    assert_eq!(read(&server, by(10)).await, Ok((json!([1, 2, 3]), false)));
    assert_eq!(read(&server, by(2)).await, Ok((json!([1, 2, 3]), true)));
    assert_eq!(read(&server, by(1)).await, Ok((json!([1, 2]), true)));
    assert_eq!(server.requests().len(), 3 + 2 + 1);
}

#[tokio::test]
async fn by_the_header_link() {
    let server = Server::new(|_, request| match path(request) {
        "/things?size=2" => {
            page("Link: </things?p=0>; rel=\"prev\", </things?p=2>; title=\"a, b\"; rel=\"last next\"\r\n", json!([1]))
        }
        "/things?p=2" => page("Link: </one>; rel=first\r\nLink: </things?p=3>; rel=next\r\n", json!([2])),
        _ => page("Link: </things?p=2>; rel=\"prev\"\r\n", json!([3])),
    })
    .await;
    assert_eq!(read(&server, json!({"by": "link"})).await, Ok((json!([1, 2, 3]), false)));
}

#[tokio::test]
async fn by_a_number() {
    let server = Server::new(|number, _| page("", if number < 2 { json!([number]) } else { json!([]) })).await;
    assert_eq!(read(&server, json!({"by": "number", "parameter": "page"})).await, Ok((json!([0, 1]), false)));
    let paths: Vec<_> = server.requests().iter().map(|request| path(request).to_owned()).collect();
    assert_eq!(paths, ["/things?size=2&page=1", "/things?size=2&page=2", "/things?size=2&page=3"]);
    let asked = asked(
        json!({"url": "https://example.com/?page=9&a=%20", "paging": {"by": "number", "parameter": "page", "first": 0}}),
        &Values::new(),
    );
    assert_eq!(asked.unwrap().url, "https://example.com/?a=+&page=0");

    let endless = Server::new(|number, _| page("", json!([number]))).await;
    assert_eq!(
        read(&endless, json!({"by": "number", "parameter": "page"})).await.unwrap(),
        (json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), true)
    );
}

#[tokio::test]
async fn pages_stay_on_the_host() {
    let other = Server::new(|_, _| page("", json!([0]))).await;
    for next in [
        format!("http://{}/", other.at),
        format!("//{}/", other.at),
        "http://me:pass@127.0.0.1/".to_owned(),
        "https://127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let server = Server::new(move |_, _| page("", json!({"items": [1], "next": next}))).await;
        assert_eq!(
            read(&server, json!({"by": "pointer", "pointer": "/next", "items": "/items"})).await,
            Err("OTHER_HOST".to_owned())
        );
        assert_eq!(server.requests().len(), 1);
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn pages_that_lie() {
    let by = json!({"by": "pointer", "pointer": "/next", "items": "/items"});
    for (first, second, expected) in [
        (json!({"items": 5}), "200 OK", Err("NO_LIST")),
        (json!([1]), "200 OK", Err("NO_LIST")),
        (json!({"items": [1], "next": 5}), "200 OK", Err("BAD_ADDRESS")),
        (json!({"items": [1], "next": "http://[/"}), "200 OK", Err("BAD_ADDRESS")),
        (json!({"items": [1], "next": "/two"}), "404 Not Found", Err("HTTP_STATUS")),
        (json!({"items": [1], "next": "/two"}), "503 Service Unavailable", Err("HTTP_STATUS")),
        // A page that leads to itself is the last.
        (json!({"items": [1], "next": "/things?size=2#again"}), "200 OK", Ok((json!([1]), false))),
    ] {
        let text = first.clone();
        let server = Server::new(move |number, _| match number {
            0 => page("", first.clone()),
            _ => answer(second, "", r#"{"items": [2]}"#),
        })
        .await;
        assert_eq!(read(&server, by.clone()).await, expected.map_err(str::to_owned), "{text} {second}");
    }
    // What fails at once is an answer as without pages.
    let server = Server::new(|_, _| answer("404 Not Found", "", "gone")).await;
    let out = call(json!({"url": format!("http://{}/", server.at), "paging": by}), &Values::new()).await.unwrap();
    assert_eq!(
        (out.get("status").unwrap().as_u64(), out.get("body").unwrap().as_str(), out.get("more")),
        (Some(404), Some("gone"), None)
    );
    // All pages together are as long as one may be.
    let server = Server::new(|number, _| page("", json!({"items": ["x".repeat(400)], "next": format!("/{number}")}))).await;
    let config = json!({"url": format!("http://{}/", server.at), "paging": by, "max_bytes": 1_000});
    assert_eq!(call(config, &Values::new()).await.unwrap_err().code, "RESPONSE_TOO_LARGE");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn secrets_go_with_each_page_and_come_back_from_none() {
    let server = Server::new(|number, request| {
        let key = request.split("authorization: Bearer ").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
        let next = if number == 2 { format!("http://{}/{key}", "[") } else { format!("/page-{number}") };
        page(&format!("X-Echo: {key}\r\n"), json!({"items": [key], "next": next}))
    })
    .await;
    let fakes = Fakes::with_secret("key", TOKEN, "127.0.0.1");
    let config = |most: u32| {
        json!({"url": format!("http://{}/", server.at), "auth": {"type": "bearer", "secret": "key"},
            "paging": {"by": "pointer", "pointer": "/next", "items": "/items", "most": most}})
    };
    let out = act(fakes.services(), "http", config(2), &Values::new()).await.unwrap().to_object();
    assert!(!leaks(&out.to_string()) && out["body"] == json!(["[redacted]", "[redacted]"]), "{out}");
    let error = act(fakes.services(), "http", config(2), &Values::new()).await.unwrap_err();
    assert!(error.code == "BAD_ADDRESS" && !leaks(&json!(error).to_string()), "{error:?}");
}

#[test]
fn paging_that_makes_no_sense() {
    let with = |config: Value| {
        let mut whole = json!({"url": "https://example.com"});
        whole.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
        codes("http", whole)
    };
    for paging in [
        json!({"by": "magic"}),
        json!({"by": "pointer"}),
        json!({"by": "number"}),
        json!({"by": "link", "pointer": "/a"}),
        json!({"by": "link", "parameter": "a"}),
        json!({"by": "link", "items": "a"}),
        json!({"by": "pointer", "pointer": "a"}),
    ] {
        assert_eq!(with(json!({ "paging": paging })), ["BAD_CONFIG"], "{paging}");
    }
    for config in [json!({"method": "POST"}), json!({"method": "HEAD"}), json!({"response": "text"})] {
        let mut config = config;
        config["paging"] = json!({"by": "link"});
        assert_eq!(with(config.clone()), ["BAD_CONFIG"], "{config}");
    }
    let names: Vec<_> = ports("http", json!({"url": "", "paging": {"by": "link"}}))
        .outputs
        .into_iter()
        .map(|port| format!("{}: {}", port.name, port.ty))
        .collect();
    assert_eq!(names, ["status: number", "ok: bool", "headers: json", "body: list<json>", "file: file", "more: bool"]);
}
