//! The studio's server: who may come in, what each port offers, and streams that lose and double nothing.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use api::{FEEDS, Place, REGISTRY, Session, Surface};
use assent::{server::Server, wiring::Shipped};
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Running {
    client: Client,
    studio: Door,
    approvals: Door,
    stop: Option<oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Door {
    base: String,
    token: String,
}

impl Running {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let session = Arc::new(Session::new(Place::new(folder.path()).unwrap(), Arc::new(Shipped)));
        let server = Server::open(0, 0).await.unwrap();
        let door = |link: &str| {
            let (base, words) = link.split_once("/#token=").unwrap();
            Door { base: base.to_owned(), token: words.split('&').next().unwrap().to_owned() }
        };
        let (studio, approvals) = (door(&server.studio_link()), door(&server.approvals_link()));
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            server.run(Arc::clone(&session), async { drop(stopped.await) }).await.unwrap();
            session.finish().await;
        });
        Self { client: Client::new(), studio, approvals, stop: Some(stop), served: Some(served), _folder: folder }
    }

    async fn post(&self, door: &Door, path: &str, body: &Value) -> Response {
        let request = self.client.post(format!("{}/api/{path}", door.base)).bearer_auth(&door.token).json(body);
        request.send().await.unwrap()
    }

    async fn call(&self, name: &str, request: Value) -> Value {
        let response = self.post(&self.studio, name, &request).await;
        assert!(response.status().is_success(), "{name}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    async fn end(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.take().unwrap().await.unwrap();
    }
}

/// A page's stream.
struct Events {
    id: String,
    response: Response,
    left: String,
}

impl Events {
    async fn open(running: &Running, door: &Door) -> Self {
        let response = running.post(door, "stream", &json!({})).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut events = Self { id: String::new(), response, left: String::new() };
        events.id = events.next().await["stream"].as_str().unwrap().to_owned();
        events
    }

    /// The next event's data.
    async fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.left.clone().split_once("\n\n") {
                self.left = rest.to_owned();
                if let Some(data) = event.strip_prefix("data: ") {
                    return serde_json::from_str(data).unwrap();
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await.unwrap().unwrap().unwrap();
            self.left += std::str::from_utf8(&chunk).unwrap();
        }
    }

    async fn follow(&self, running: &Running, door: &Door, id: u64, feed: &str, request: Value) -> Response {
        let path = format!("stream/{}/follow", self.id);
        running.post(door, &path, &json!({ "id": id, "feed": feed, "request": request })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_port_offers_what_the_table_says_and_nothing_else() {
    let running = Running::new().await;
    for (door, surface) in [(&running.studio, Surface::Studio), (&running.approvals, Surface::Approvals)] {
        for entry in REGISTRY {
            // No command takes a number: what is offered is read and fails, or not, for reasons of its own.
            let response = running.post(door, entry.name, &json!(7)).await;
            let (status, body) = (response.status(), response.text().await.unwrap());
            let offered = entry.surfaces.contains(&surface);
            let refused = status == StatusCode::FORBIDDEN && body.contains("is not offered here");
            assert_eq!(refused, !offered, "{} on {surface:?}: {status} {body}", entry.name);
        }
        let events = Events::open(&running, door).await;
        for feed in FEEDS {
            let status = events.follow(&running, door, 1, feed.name, json!(7)).await.status();
            assert_eq!(
                status == StatusCode::FORBIDDEN,
                !feed.surfaces.contains(&surface),
                "{} on {surface:?}: {status}",
                feed.name
            );
        }
    }
    let decides: BTreeSet<_> = REGISTRY
        .iter()
        .filter(|entry| entry.right == api::Right::Approve && entry.name != "payments.off")
        .map(|e| e.name)
        .collect();
    assert_eq!(decides, ["answer", "approve", "deny"].into());
    assert!(REGISTRY.iter().filter(|e| decides.contains(e.name)).all(|entry| !entry.surfaces.contains(&Surface::Studio)));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_page_with_the_token_comes_in() {
    let running = Running::new().await;
    let url = |door: &Door| format!("{}/api/status", door.base);
    let ask = |door: &Door, change: fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder| {
        let request = running.client.post(url(door)).json(&json!({}));
        change(request).send()
    };
    for door in [&running.studio, &running.approvals] {
        assert_eq!(ask(door, |r| r).await.unwrap().status(), StatusCode::UNAUTHORIZED);
        assert_eq!(ask(door, |r| r.bearer_auth("0".repeat(64))).await.unwrap().status(), StatusCode::UNAUTHORIZED);
        assert_eq!(ask(door, |r| r.header(header::COOKIE, "token=1")).await.unwrap().status(), StatusCode::UNAUTHORIZED);
        let with = |name: header::HeaderName, value: String| {
            running.client.post(url(door)).bearer_auth(&door.token).header(name, value).json(&json!({})).send()
        };
        let port = door.base.rsplit(':').next().unwrap();
        for host in ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:80", &format!("evil.example:{port}")] {
            let refused = with(header::HOST, host.to_owned()).await.unwrap();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{host}");
        }
        let other = if door.base == running.studio.base { &running.approvals.base } else { &running.studio.base };
        for origin in ["http://evil.example", "null", "https://127.0.0.1", other.as_str()] {
            let refused = with(header::ORIGIN, origin.to_owned()).await.unwrap();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{origin}");
        }
        assert!(with(header::ORIGIN, door.base.clone()).await.unwrap().status().is_success());
        assert!(with(header::HOST, format!("localhost:{port}")).await.unwrap().status().is_success());
    }
    // One port's token opens nothing on the other.
    let crossed = Door { base: running.approvals.base.clone(), token: running.studio.token.clone() };
    assert_eq!(running.post(&crossed, "prompts", &json!({})).await.status(), StatusCode::UNAUTHORIZED);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_nothing_from_elsewhere_and_stand_in_no_frame() {
    let running = Running::new().await;
    for door in [&running.studio, &running.approvals] {
        for path in ["/", "/runs/run-1", "/no-such-file.js"] {
            let response = running.client.get(format!("{}{path}", door.base)).send().await.unwrap();
            let headers = response.headers().clone();
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'self' 'unsafe-inline'"), "{policy}");
            assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
            let found = response.status() == StatusCode::OK;
            assert_eq!(found, !path.ends_with(".js"), "{path}");
        }
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_broken_is_named() {
    let running = Running::new().await;
    let raw = |path: &str, body: &'static str| {
        let url = format!("{}/api/{path}", running.studio.base);
        running
            .client
            .post(url)
            .bearer_auth(&running.studio.token)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
    };
    for (path, body, status, code) in [
        ("status", "{", StatusCode::UNPROCESSABLE_ENTITY, "BAD_REQUEST"),
        ("flow.get", "{\"id\":\"../../etc/passwd\"}", StatusCode::UNPROCESSABLE_ENTITY, "BAD_REQUEST"),
        ("flow.get", "{\"id\":\"none\"}", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("flow.save", "{\"id\":\"a\",\"text\":\"garbage\"}", StatusCode::UNPROCESSABLE_ENTITY, "FLOW_PROBLEMS"),
        ("nothing", "{}", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("stream/none/follow", "{\"id\":1,\"feed\":\"status.watch\"}", StatusCode::NOT_FOUND, "NOT_FOUND"),
    ] {
        let response = raw(path, body).await.unwrap();
        assert_eq!(response.status(), status, "{path} {body}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["code"], code, "{path} {body}: {error}");
        assert!(
            !error["message"].as_str().unwrap().is_empty() && !error["hint"].as_str().unwrap_or_default().is_empty(),
            "{error}"
        );
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stream_goes_on_where_it_was() {
    let running = Running::new().await;
    running.call("flow.new", json!({ "name": "Hello", "text": include_str!("../flows/hello.flow.json") })).await;
    let started = running.call("run", json!({ "flow": { "id": "hello" }, "inputs": [] })).await;
    let run = started["run"].as_str().unwrap().to_owned();
    let mut seen = Vec::new();
    // Each stream is cut after its first batch; the next one names the last number.
    for tab in 0.. {
        let mut events = Events::open(&running, &running.studio).await;
        let after = seen.last().copied();
        let request = json!({ "run": run, "after": after });
        assert!(events.follow(&running, &running.studio, tab, "run.moments", request).await.status().is_success());
        let batch = events.next().await;
        let mut ended = false;
        for news in batch.as_array().unwrap() {
            assert_eq!(news["id"], tab);
            seen.extend(news["item"]["moments"].as_array().into_iter().flatten().map(|moment| moment["seq"].as_u64().unwrap()));
            ended |= news["end"] == true;
        }
        if ended || news_of_end(&batch) {
            break;
        }
    }
    let all = running.call("show", json!({ "run": run })).await["seq"].as_u64().unwrap();
    assert_eq!(seen, (1..=all).collect::<Vec<_>>());
    running.end().await;
}

/// Whether a batch tells of a run that has ended.
fn news_of_end(batch: &Value) -> bool {
    batch.as_array().unwrap().iter().any(|news| !news["item"]["info"]["ended_at"].is_null())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_with_many_subscriptions_each_do_not_hang() {
    let running = Running::new().await;
    let mut tabs = vec![Events::open(&running, &running.studio).await, Events::open(&running, &running.studio).await];
    for tab in &mut tabs {
        for id in 0..60 {
            let feed = ["status.watch", "flows.watch", "runs.changes", "prompts.watch"][usize::try_from(id % 4).unwrap()];
            assert!(tab.follow(&running, &running.studio, id, feed, json!({})).await.status().is_success());
        }
    }
    for tab in &mut tabs {
        let mut heard = BTreeSet::new();
        while heard.len() < 60 {
            heard.extend(tab.next().await.as_array().unwrap().iter().map(|news| news["id"].as_u64().unwrap()));
        }
    }
    let before = running.call("flow.list", json!({})).await;
    running.call("flow.new", json!({ "name": "One more" })).await;
    assert_ne!(before, running.call("flow.list", json!({})).await);
    for tab in &mut tabs {
        let told = async {
            loop {
                let batch = tab.next().await;
                if batch.as_array().unwrap().iter().any(|news| news["item"]["flows"][0]["id"] == "one-more") {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
    }
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_only_say_what_a_page_can_know() {
    let running = Running::new().await;
    for proof in [json!({ "typed": "25.00" }), json!({ "digest": "0".repeat(64) }), json!("demo"), Value::Null] {
        let answer = running.post(&running.approvals, "approve", &json!({ "prompt": "p-1", "proof": proof })).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{proof}");
        assert!(answer.text().await.unwrap().contains("it has no other proof"), "{proof}");
    }
    running.end().await;
}
