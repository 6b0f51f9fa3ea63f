//! The desktop window itself, driven through WebKit's WebDriver on a screen of its own.
#![cfg(all(target_os = "linux", feature = "desktop"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

/// How long a page may take for anything: these machines are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// The studio in a session of WebDriver, under Xvfb and a message bus of its own.
struct Window {
    client: Client,
    session: String,
    driver: Child,
    folder: tempfile::TempDir,
}

impl Window {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut driver = Command::new("xvfb-run");
        driver.args(["-a", "-s", "-screen 0 1440x900x24", "dbus-run-session", "--", "WebKitWebDriver"]);
        driver.arg(format!("--port={port}")).process_group(0).stdin(Stdio::null());
        driver.stdout(log.try_clone().unwrap()).stderr(log);
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            driver.env(name, folder.path().join("home"));
        }
        driver.env("NO_AT_BRIDGE", "1").env("TAURI_WEBVIEW_AUTOMATION", "true").env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        let driver = driver.spawn().unwrap();
        let mut window = Self {
            client: Client::builder().timeout(PATIENCE).build().unwrap(),
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            folder,
        };
        let workspace = window.folder.path().join("workspace");
        let browser = json!({ "binary": env!("CARGO_BIN_EXE_assent-studio"), "args": ["--workspace", workspace] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": browser } } });
        let begun = Instant::now();
        let id = loop {
            match window.client.post(&window.session).json(&wanted).send().await {
                Ok(answer) => break answer.json::<Value>().await.unwrap(),
                Err(error) if begun.elapsed() > PATIENCE => panic!("the driver does not answer: {error}; {}", window.log()),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        let id = id["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {id}; {}", window.log()));
        window.session = format!("{}/{id}", window.session);
        window
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}/{path}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(format!("{}/{path}", self.session)).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    }

    /// What a script gives in the page.
    async fn script(&self, script: &str, args: Value) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": args })).await
    }

    /// What a promise gives in the page, or how it is rejected.
    async fn promise(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; ({script}).then((ok) => done({{ ok }}), (error) => done({{ error }}));");
        self.post("execute/async", json!({ "script": script, "args": [] })).await
    }

    /// Calls a command as the page would.
    async fn invoke(&self, name: &str, request: Value) -> Value {
        let script = format!("window.__TAURI_INTERNALS__.invoke({}, {})", json!(name), json!({ "request": request }));
        self.promise(&script).await
    }

    /// Waits until a script gives something that is true.
    async fn until(&self, what: &str, script: &str) {
        let begun = Instant::now();
        while self.script(script, json!([])).await != Value::Bool(true) {
            if begun.elapsed() > PATIENCE {
                self.shoot("failed").await;
                let text = self.script("return document.body.innerText", json!([])).await;
                panic!("{what}: not after {PATIENCE:?}. The page says {text}; the log says {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Clicks the first button whose text or label begins so.
    async fn click(&self, words: &str) {
        self.until(words, &format!("return !!({})", button(words))).await;
        self.script(&format!("({}).click(); return true", button(words)), json!([])).await;
    }

    /// The window with this title becomes the one that is driven.
    async fn switch_to(&self, title: &str) {
        let begun = Instant::now();
        loop {
            for handle in self.get("window/handles").await.as_array().unwrap() {
                self.post("window", json!({ "handle": handle })).await;
                if self.get("title").await.as_str().is_some_and(|found| found.contains(title)) {
                    return;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "there is no window {title:?}; {}", self.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The id of the prompt that is open, once one is.
    async fn prompt(&self) -> String {
        let begun = Instant::now();
        loop {
            let prompts = self.invoke("prompts", json!({})).await;
            if let Some(id) = prompts["ok"]["prompts"][0]["id"].as_str() {
                return id.to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "nobody asks: {prompts}; {}", self.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Keeps a picture where `ASSENT_SHOTS` says.
    async fn shoot(&self, name: &str) {
        use base64::Engine as _;
        let Some(folder) = std::env::var_os("ASSENT_SHOTS").map(PathBuf::from) else { return };
        let picture = self.get("screenshot").await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap_or_default()).unwrap_or_default();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("window-{name}.png")), bytes).unwrap();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The group is ours: the screen, the bus, the driver and the studio.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["--", &group]).status();
        let _ = self.driver.wait();
    }
}

fn button(words: &str) -> String {
    let words = json!(words.to_lowercase());
    format!(
        "[...document.querySelectorAll('button')].find((b) => !b.disabled && \
         [b.textContent, b.ariaLabel].some((t) => (t ?? '').trim().toLowerCase().startsWith({words})))"
    )
}

/// What is missing for these tests, if something is.
fn missing() -> Option<&'static str> {
    let there = |program: &&str| {
        std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
    };
    ["xvfb-run", "dbus-run-session", "WebKitWebDriver"].into_iter().find(|program| !there(program))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_pays_by_voice_in_the_window() {
    if let Some(program) = missing() {
        eprintln!("SKIPPED: {program} is not there; `cargo xtask setup` installs it");
        return;
    }
    let window = Window::open().await;
    window.switch_to("Assent").await;
    window.until("the gallery", "return document.body.innerText.includes('Voice payment')").await;
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
    window.until("the sentence", "return document.body.innerText.includes('Send 25.00 USD to Alice')").await;
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
    let runs = async {
        loop {
            let runs = window.invoke("runs", json!({})).await;
            if runs["ok"]["runs"][0]["state"] == "completed" {
                return runs;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let runs = tokio::time::timeout(PATIENCE, runs).await.unwrap();
    assert_eq!(runs["ok"]["runs"][0]["spent"], json!([{ "asset": "USD", "minor": "2500" }]));
    window.shoot("4-receipt").await;
}
