//! One studio on a workspace, its window closed, hidden, shown again and as large as it was.

use serde_json::json;

use crate::{
    desktop::Desktop,
    driven::Window,
    need_a_desktop,
    recorder::{Recorder, until},
    screen::Screen,
    support::{
        flow::FlowText,
        workspace::{Workspace, finish},
    },
};

const TITLE: &str = "Assent";

/// A flow that goes on for longer than any test.
pub(crate) fn waits() -> String {
    FlowText::new("waits").node("wait", "delay", json!({ "ms": 600_000 })).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_studio_shows_the_window_of_the_first() {
    need_a_desktop!();
    let desktop = Desktop::new();
    let recorder = Recorder::start(&desktop.address).await;
    let screen = Screen::of(&desktop.display);
    let window = Window::open(&desktop).await;
    window.switch_to(TITLE).await;
    let first = screen.window(TITLE).await;
    screen.resize(first, (1200, 700));
    window.until("the size", "return innerWidth === 1200 && innerHeight === 700").await;

    // While a run goes on, closing asks. Here is a tray to go on in.
    window.invoke("flow_new", json!({ "name": "Waits", "folder": "", "text": waits() })).await;
    let run = window.invoke("run", json!({ "flow": { "id": "waits" }, "inputs": [] })).await;
    assert!(run["ok"]["run"].is_string(), "{run}");
    window.until("the page follows", "return document.querySelector('[aria-label=\"Sections\"]') !== null").await;
    screen.close(first);
    window.says("1 run goes on").await;
    window.shoot("closing-tray").await;
    window.click("Keep running in the tray").await;
    screen.shows(first, false).await;
    assert_eq!(finish(&mut desktop.studio(&desktop.workspace), None).expect(0).stdout, "");
    screen.shows(first, true).await;
    assert_eq!(screen.windows(TITLE), [first]);

    screen.close(first);
    window.click("Keep running in the tray").await;
    screen.shows(first, false).await;
    recorder.choose("Open the studio").await;
    screen.shows(first, true).await;

    // On another workspace there is another studio.
    let other = Workspace::under(desktop.workspace.folder().parent().unwrap());
    let mut studio = desktop.studio(&other).spawn().unwrap();
    until("two studios", async || (screen.windows(TITLE).len() == 2).then_some(())).await;
    studio.kill().unwrap();
    studio.wait().unwrap();

    recorder.choose("Quit").await;
    window.ended().await;
    let window = Window::open(&desktop).await;
    window.switch_to(TITLE).await;
    window.run_is("waiting").await;
    let again = screen.window(TITLE).await;
    until("the size it had", async || (screen.size(again) == (1200, 700)).then_some(())).await;

    // A page that has crashed can't ask; its window is closed all the same, and the run waits for the next studio.
    window.crash_page();
    screen.close(again);
    window.ended().await;
    assert_eq!(desktop.workspace.json(["runs"])["runs"][0]["state"], "waiting");
}
