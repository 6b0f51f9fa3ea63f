//! The tray and the notifications, on a desktop that has both, and then neither.

use serde_json::{Value, json};
use zbus::zvariant::OwnedValue;

use crate::{
    desktop::Desktop,
    driven::Window,
    need_a_desktop,
    recorder::{Recorder, until},
    screen::Screen,
    support::{
        flow::written_payment,
        workspace::{Done, finish},
    },
};

/// Starts the payment, which asks.
async fn ask(window: &Window<'_>, words: &str) {
    let started = json!({ "flow": { "id": "written-payment" }, "inputs": [{ "name": "words", "value": { "text": words } }] });
    let run = window.invoke("run", started).await;
    assert!(run["ok"]["run"].is_string(), "{run}");
}

fn findings(desktop: &Desktop) -> Vec<Value> {
    let done = finish(&mut desktop.assent(["--json", "doctor"]), None).expect(0);
    let findings = done.json()["findings"].as_array().unwrap().clone();
    findings.into_iter().filter(|finding| ["tray", "notifications"].contains(&finding["what"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_is_told_of_until_it_is_answered() {
    need_a_desktop!();
    let desktop = Desktop::new();
    desktop.workspace.with_alice();
    desktop.workspace.with_money("500.00");
    let recorder = Recorder::start(&desktop.address).await;
    let screen = Screen::of(&desktop.display);
    let window = Window::open(&desktop).await;
    window.switch_to("Assent").await;
    let studio = window.get("window").await;
    assert_eq!(recorder.property("Status").await, OwnedValue::try_from(zbus::zvariant::Value::new("Active")).unwrap());
    assert_eq!(recorder.label().await, "");
    let lines: Vec<_> = recorder.lines().await.into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["Open the studio", "Open approvals", "Quit"]);
    assert!(findings(&desktop).iter().all(|finding| finding["there"] == true), "{:?}", findings(&desktop));

    window.invoke("flow_new", json!({ "name": "Pay", "folder": "", "text": written_payment().text() })).await;
    ask(&window, "Send 60 dollars to Alice for the surprise party").await;
    let first = recorder.notice(1).await;
    assert_eq!((&*first.summary, &*first.body), ("Somebody asks for your decision", "Send 60.00 USD to Alice"));
    // A lock screen shows it to anybody: no purpose, no account, no digest. And nothing in it says yes.
    let prompt = desktop.workspace.json(["prompts"])["prompts"][0].clone();
    for hidden in ["party", "shop", prompt["request_digest"].as_str().unwrap()] {
        assert!(!first.whole.contains(hidden), "{first:?}");
    }
    assert_eq!(first.actions, ["default", "Look"]);
    until("the number", async || (recorder.label().await == "1").then_some(())).await;
    assert_eq!(recorder.lines().await[1].1, "Open approvals (1)");

    ask(&window, "Send 70 dollars to Alice").await;
    let second = recorder.notice(2).await;
    assert_eq!(second.body, "Send 70.00 USD to Alice");
    until("the number", async || (recorder.label().await == "2").then_some(())).await;

    // A click shows the prompt, and no more.
    recorder.click(&first).await;
    window.switch_to("to decide").await;
    window.says("Send 60.00 USD to Alice").await;
    window.shoot("tray-approval").await;
    assert_eq!(desktop.workspace.json(["prompts"])["prompts"].as_array().unwrap().len(), 2);

    // Closing that window by hand is a no.
    let approvals = screen.window("Assent: approvals").await;
    screen.close(approvals);
    until("the first notification taken back", async || recorder.notices()[0].closed.then_some(())).await;
    until("the number", async || (recorder.label().await == "1").then_some(())).await;
    // What is pushed away is neither a no nor told again.
    recorder.dismiss(&second).await;
    let open = desktop.workspace.json(["prompts"])["prompts"].clone();
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert_ne!(open[0]["id"], prompt["id"]);
    desktop.workspace.approve(&open[0]);
    until("no number", async || recorder.label().await.is_empty().then_some(())).await;
    assert_eq!(recorder.lines().await[1].1, "Open approvals");
    assert_eq!(recorder.notices().len(), 2);
    assert!(desktop.log().is_empty(), "nothing is missing: {}", desktop.log());

    // The desktop's shell ends. The studio does not.
    recorder.stop().await;
    window.post("window", json!({ "handle": studio })).await;
    ask(&window, "Send 80 dollars to Alice").await;
    until("a word in the log", async || desktop.log().contains("this desktop shows no notifications").then_some(())).await;
    assert_eq!(window.invoke("status", json!({})).await["ok"]["prompts"], 1);
    let lacks = findings(&desktop);
    assert_eq!(lacks.len(), 2);
    for (finding, name) in lacks.iter().zip(["org.kde.StatusNotifierWatcher", "org.freedesktop.Notifications"]) {
        assert_eq!(finding["there"], false);
        assert!(finding["found"].as_str().unwrap().contains(name), "{finding}");
        assert!(finding["todo"].as_str().unwrap().contains("Without one"), "{finding}");
    }
    let Done { stdout, .. } = finish(&mut desktop.assent(["doctor"]), None).expect(0);
    assert!(stdout.lines().any(|line| line.starts_with("tray: Switch on")), "{stdout}");
    assert!(stdout.lines().any(|line| line.starts_with("notifications: Start")), "{stdout}");
}
