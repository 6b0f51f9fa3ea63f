//! From the gallery to a receipt, in both windows.

use std::time::Duration;

use serde_json::json;

use crate::{
    desktop::Desktop,
    driven::{PATIENCE, Window},
    need_a_desktop,
    support::skipped,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_pays_by_voice_in_the_window() {
    need_a_desktop!();
    let desktop = Desktop::new();
    let window = Window::open(&desktop).await;
    window.switch_to("Assent").await;
    window.says("Voice payment").await;
    window.shoot("1-gallery").await;

    // Each window can do what the table says, and nothing else.
    assert!(window.invoke("status", json!({})).await["ok"]["version"].is_string());
    for denied in ["approve", "deny", "answer", "payments_on", "approvals_showing", "call", "plugin:event|emit"] {
        let answer = window.invoke(denied, json!({ "prompt": "p-1" })).await;
        assert!(answer["error"].to_string().contains("not allowed"), "{denied}: {answer}");
    }

    window.click("Run the voice payment").await;
    window.until("the run asks", "return /waits for you|asks you/i.test(document.body.innerText)").await;
    window.shoot("2-asks").await;
    let prompt = window.prompt().await;
    assert_eq!(window.invoke("approvals_open", json!({ "prompt": prompt })).await["ok"], json!({}));

    window.switch_to("to decide").await;
    window.says("Send 25.00 USD to Alice").await;
    window.shoot("3-approval").await;
    for denied in ["flow_list", "run", "flow_save", "approvals_open"] {
        let answer = window.invoke(denied, json!({})).await;
        assert!(answer["error"].to_string().contains("not allowed"), "{denied}: {answer}");
    }
    let focus = window.script("return document.activeElement?.textContent ?? ''", json!([])).await;
    assert!(focus.as_str().unwrap().contains("Reject"), "the focus is on {focus}");
    // Two separate presses, as assistive technology makes them; the window takes none in its first half second.
    tokio::time::sleep(Duration::from_millis(900)).await;
    window.click("Hold to approve").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let again = "[...document.querySelectorAll('button')].find((b) => /approve|again/i.test(b.textContent) && !/reject/i.test(b.textContent))";
    window.script(&format!("({again})?.click(); return true"), json!([])).await;
    let answered = async {
        loop {
            let open = window.invoke("prompts", json!({})).await;
            if open["ok"]["prompts"].as_array().is_some_and(Vec::is_empty) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, answered).await.is_err() {
        window.shoot("failed").await;
        panic!("the prompt is still open: {}", window.script("return document.body.innerText", json!([])).await);
    }

    window.switch_to("Voice payment").await;
    let run = window.run_is("completed").await;
    assert_eq!(run["spent"], json!([{ "asset": "USD", "minor": "2500" }]));
    window.shoot("4-receipt").await;

    // The sentence is heard, and its sound is drawn: this window decodes it.
    window
        .script("document.querySelector('[aria-label=\"Sections\"] [aria-label=\"Voice\"]').click(); return true", json!([]))
        .await;
    window.click("Use the sample sentence").await;
    window.says("twenty-five").await;
    let drawn = "document.querySelector('[role=slider] path')?.getAttribute('d') ?? ''";
    let ready = format!("return ({drawn}) !== '' || document.body.innerText.includes('The sound can’t be drawn')");
    window.until("the sound", &ready).await;
    if window.script(&format!("return {drawn}"), json!([])).await == "" {
        return skipped("WebKit decodes no sound here; gstreamer1.0-plugins-good does");
    }
    // As many lines as the picture has columns, and not all of them flat.
    assert_eq!(window.script(&format!("return ({drawn}).split('M').length"), json!([])).await, 301);
    let heights = format!("return new Set([...({drawn}).matchAll(/ ([\\d.]+)V/g)].map((line) => line[1])).size > 20");
    assert_eq!(window.script(&heights, json!([])).await, true);
    let length = "return Number(document.querySelector('[role=slider]').ariaValueMax) > 1";
    assert_eq!(window.script(length, json!([])).await, true);
}
