//! What an approver's window sees, and what it must show to say yes.
#![allow(clippy::unwrap_used)]

mod bench;

use api::{
    ApiError, Command as _, ErrorCode,
    commands::{
        prompt_view::{PromptView, WatchPrompts},
        prompts::{Answered, Approve, Deny, what_to_type},
    },
};
use consent::Prompt;
use engine::Settled;
use serde_json::{Value, json};
use testkit::Draft;

use bench::{Bench, usd};

/// Asks for 60.00 USD to Alice.
async fn asking(bench: &Bench, run: &str) -> Prompt {
    let flow = Draft::new("pay-alice").node("pay", "pay", json!({ "minor": 6000 })).flow();
    assert_eq!(bench.run(run, &flow).await, Settled::Waiting);
    bench.open_prompts(run).await.remove(0)
}

async fn approve(bench: &Bench, prompt: &Prompt, seen: Value) -> Result<Answered, ApiError> {
    let approve: Approve =
        serde_json::from_value(json!({ "prompt": prompt.id, "proof": { "seen": seen }, "reason": "ok" })).unwrap();
    approve.handle(&bench.app).await
}

async fn surface(bench: &Bench, prompt: &Prompt) -> String {
    bench.store.decisions(&prompt.id).await.unwrap().remove(0).statement.surface
}

#[tokio::test]
async fn a_yes_from_a_window_names_what_was_seen() {
    let bench = Bench::new().await;
    let prompt = asking(&bench, "run-1").await;
    let other = asking(&bench, "run-2").await;
    let (request, shown) = (prompt.request_digest, prompt.shown_digest);
    for wrong in [
        json!({ "request": other.request_digest, "shown": shown, "how": "held", "typed": null }),
        json!({ "request": request, "shown": other.shown_digest, "how": "held", "typed": null }),
        json!({ "request": shown, "shown": request, "how": "twice", "typed": null }),
        json!({ "request": request, "shown": shown, "how": "held", "typed": "59.00" }),
        json!({ "request": request, "shown": shown, "how": "held", "typed": "" }),
    ] {
        assert_eq!(approve(&bench, &prompt, wrong.clone()).await.unwrap_err().code, ErrorCode::Refused, "{wrong}");
    }
    for unreadable in [
        json!({ "request": request.to_string()[..16], "shown": shown, "how": "held", "typed": null }),
        json!({ "request": request, "how": "held", "typed": null }),
        json!({ "request": request, "shown": shown, "how": "clicked", "typed": null }),
        json!({ "request": request, "shown": shown, "typed": null }),
    ] {
        assert!(serde_json::from_value::<Approve>(json!({ "prompt": prompt.id, "proof": { "seen": unreadable } })).is_err());
    }
    assert_eq!(bench.open_prompts("run-1").await.len(), 1);

    let answered =
        approve(&bench, &prompt, json!({ "request": request, "shown": shown, "how": "held", "typed": null })).await.unwrap();
    assert_eq!(answered.run.as_deref(), Some("run-1"));
    assert_eq!(surface(&bench, &prompt).await, "window-held");
    let twice =
        json!({ "request": other.request_digest, "shown": other.shown_digest, "how": "twice", "typed": what_to_type(&other) });
    approve(&bench, &other, twice.clone()).await.unwrap();
    assert_eq!(surface(&bench, &other).await, "window-twice");
    assert_eq!(approve(&bench, &other, twice).await.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_no_says_where_it_was_said() {
    let bench = Bench::new().await;
    for (run, request, surface_told) in [
        ("run-1", json!({}), "terminal"),
        ("run-2", json!({ "surface": "window" }), "window"),
        ("run-3", json!({ "surface": "window", "unattended": true }), "unattended"),
    ] {
        let prompt = asking(&bench, run).await;
        let mut deny = json!({ "prompt": prompt.id, "reason": "no" });
        deny.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        serde_json::from_value::<Deny>(deny).unwrap().handle(&bench.app).await.unwrap();
        assert_eq!(surface(&bench, &prompt).await, surface_told);
    }
}

#[tokio::test]
async fn what_a_window_is_shown() {
    let bench = Bench::new().await;
    let mut open = bench.follow(WatchPrompts {});
    assert!(open.next().await.prompts.is_empty());
    let prompt = asking(&bench, "run-1").await;
    assert_eq!(open.next().await.prompts, std::slice::from_ref(&prompt));
    bench.clock.advance(1);
    let other = asking(&bench, "run-2").await;
    assert_eq!(open.next().await.prompts, [prompt.clone(), other.clone()]);
    Deny { prompt: other.id, reason: String::new(), unattended: false, surface: Default::default() }
        .handle(&bench.app)
        .await
        .unwrap();
    assert_eq!(open.next().await.prompts, std::slice::from_ref(&prompt));

    let seen = PromptView { prompt: prompt.id.clone() }.handle(&bench.app).await.unwrap();
    assert_eq!(seen.prompt, prompt);
    let account = seen.details.account.as_ref().unwrap();
    assert_eq!((account.before, account.after, account.name.as_str()), (usd(100_000), usd(94_000), "Operations"));
    let mut told = json!(seen.details);
    assert_eq!(told["digest"], json!(prompt.request_digest));
    assert_eq!(told["shown_digest"], json!(prompt.shown_digest));
    for digest in ["digest", "shown_digest"] {
        told[digest] = "digest".into();
    }
    told["run"]["flow"] = "digest".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
    assert_eq!(PromptView { prompt: "p-none".into() }.handle(&bench.app).await.unwrap_err().code, ErrorCode::NotFound);
}
