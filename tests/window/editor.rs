//! A flow is drawn by keyboard, saved, exported and run in the real window, which is then closed.

use std::fs;

use serde_json::{Value, json};

use crate::{
    desktop::Desktop,
    driven::{Window, keys},
    need_a_desktop,
    recorder::until,
    screen::Screen,
    support::workspace::finish,
};

const CANVAS: &str = "document.querySelector('[role=application]')";

impl Window<'_> {
    /// Adds a node by Tab on the canvas.
    async fn add(&self, name: &str, cards: usize) {
        self.script(&format!("{CANVAS}.focus(); return true"), json!([])).await;
        self.types([keys::TAB]).await;
        self.until("the offers", "return !!document.activeElement?.closest('.add-menu')").await;
        self.types(name.chars()).await;
        self.types([keys::ENTER]).await;
        self.until(name, &format!("return document.querySelectorAll('[id^=card-]').length === {cards}")).await;
    }

    async fn said(&self, beginning: &str) {
        let said =
            format!("({CANVAS}.querySelector('[role=status]')?.textContent ?? '').trim().startsWith({})", json!(beginning));
        self.until(beginning, &format!("return {said}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_drawn_saved_exported_and_run() {
    need_a_desktop!();
    let desktop = Desktop::new();
    let screen = Screen::of(&desktop.display);
    let window = Window::open(&desktop).await;
    window.switch_to("Assent").await;
    let made = window.invoke("flow_new", json!({ "name": "Drawn", "folder": "" })).await;
    assert_eq!(made["ok"]["info"]["id"], "drawn", "{made}");
    window.until("the flow", "return !!document.querySelector('[role=treeitem]')").await;
    window.script("document.querySelector('[role=treeitem]').click(); return true", json!([])).await;
    window.until("its canvas", &format!("return !!{CANVAS}")).await;

    window.add("template", 1).await;
    window.add("delay", 2).await;
    window.shoot("editor-added").await;
    window.types([keys::ESCAPE, keys::LEFT]).await;
    window.said("Template").await;
    window.types([keys::ENTER]).await;
    window.said("Output text").await;
    window.types([keys::ENTER, keys::ENTER]).await;
    window.said("Wired to").await;
    window.types([keys::ESCAPE]).await;
    window.types_with_control('s').await;
    window.says("is saved").await;
    let path = desktop.workspace.folder().join("flows/drawn.flow.json");
    let text = fs::read_to_string(&path).unwrap();
    let flow: Value = serde_json::from_str(&text).unwrap();
    let kinds: Vec<_> = flow["nodes"].as_array().unwrap().iter().map(|node| node["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["delay", "template"]);
    assert_eq!(flow["edges"], json!([{ "from": "template.text", "to": "delay.value" }]));
    window.shoot("editor-wired").await;

    window.click("More for Drawn").await;
    let export = "[...document.querySelectorAll('[role=menuitem]')].find((item) => item.textContent.trim() === 'Export')";
    window.until("the menu", &format!("return !!({export})")).await;
    window.script(&format!("({export}).click(); return true"), json!([])).await;
    window.says("Saved as").await;
    let exported = desktop.workspace.beside("Downloads").join("drawn.flow.json");
    assert_eq!(fs::read_to_string(exported).unwrap(), text);

    // The delay is as long as its kind proposes: a minute.
    window.script(&format!("{CANVAS}.focus(); return true"), json!([])).await;
    window.types_with_control(keys::ENTER).await;
    window.until("the dialog", "return !!document.querySelector('#run-form')").await;
    window.script("document.querySelector('#run-form').requestSubmit(); return true", json!([])).await;
    let run = window.run_is("waiting").await;
    window.until("the time that it waits", "return /\\d s/.test(document.querySelector('#card-delay')?.innerText ?? '')").await;
    window.shoot("editor-running").await;

    // This desktop has neither tray nor notifications: the log says both, and closing offers no tray.
    until("both in the log", async || {
        ["there is no tray here", "there are no notifications here"]
            .iter()
            .all(|words| desktop.log().contains(words))
            .then_some(())
    })
    .await;
    let studio = screen.window("Assent").await;
    screen.close(studio);
    window.says("1 run goes on").await;
    window.shoot("closing").await;
    assert_eq!(window.script("return document.body.innerText.includes('in the tray')", json!([])).await, false);
    window.click("Cancel").await;
    window.until("no question", "return !document.querySelector('[role=alertdialog]')").await;
    window.run_is("waiting").await;
    screen.close(studio);
    window.click("Suspend and quit").await;
    window.ended().await;

    // It was suspended, not lost: the next owner goes on with it.
    let id = run["run"].as_str().unwrap_or_else(|| panic!("{run}"));
    let shown = finish(&mut desktop.assent(["--json", "show", id]), None).expect(0).json();
    assert_eq!(shown["ending"], Value::Null, "{shown}");
    desktop.workspace.ok(["cancel", id]);
    desktop.workspace.verify();
}
