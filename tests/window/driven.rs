//! The studio's windows, driven through WebKit's WebDriver.

use std::{
    fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

use crate::desktop::Desktop;

/// How long a page may take for anything: these machines are slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A key that is held while others are typed, or that writes nothing, as WebDriver names it.
pub(crate) mod keys {
    pub(crate) const CONTROL: char = '\u{e009}';
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const ESCAPE: char = '\u{e00c}';
    pub(crate) const LEFT: char = '\u{e012}';
    pub(crate) const TAB: char = '\u{e004}';
}

/// The studio in a session of WebDriver.
pub(crate) struct Window<'a> {
    client: Client,
    session: String,
    driver: Child,
    desktop: &'a Desktop,
}

impl<'a> Window<'a> {
    pub(crate) async fn open(desktop: &'a Desktop) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = fs::File::options().create(true).append(true).open(desktop.workspace.beside("log")).unwrap();
        let mut driver = Command::new("WebKitWebDriver");
        desktop.surround(&mut driver);
        driver.arg(format!("--port={port}")).process_group(0).stdin(Stdio::null());
        driver.stdout(log.try_clone().unwrap()).stderr(log);
        let driver = driver.spawn().unwrap();
        let mut window = Self {
            client: Client::builder().timeout(PATIENCE).build().unwrap(),
            session: format!("http://127.0.0.1:{port}/session"),
            driver,
            desktop,
        };
        let workspace = desktop.workspace.folder();
        let browser = json!({ "binary": env!("CARGO_BIN_EXE_assent-studio"), "args": ["--workspace", workspace] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": browser } } });
        let begun = Instant::now();
        let id = loop {
            match window.client.post(&window.session).json(&wanted).send().await {
                Ok(answer) => break answer.json::<Value>().await.unwrap(),
                Err(error) if begun.elapsed() > PATIENCE => panic!("the driver does not answer: {error}; {}", desktop.log()),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        let id = id["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {id}; {}", desktop.log()));
        window.session = format!("{}/{id}", window.session);
        window
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}/{path}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(format!("{}/{path}", self.session)).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].take()
    }

    /// What a script gives in the page.
    pub(crate) async fn script(&self, script: &str, args: Value) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": args })).await
    }

    /// What a promise gives in the page, or how it is rejected.
    async fn promise(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; ({script}).then((ok) => done({{ ok }}), (error) => done({{ error }}));");
        self.post("execute/async", json!({ "script": script, "args": [] })).await
    }

    /// Calls a command as the page would.
    pub(crate) async fn invoke(&self, name: &str, request: Value) -> Value {
        let script = format!("window.__TAURI_INTERNALS__.invoke({}, {})", json!(name), json!({ "request": request }));
        self.promise(&script).await
    }

    /// Kills the process that shows the page.
    pub(crate) fn crash_page(&self) {
        let studio = studio(&self.desktop.workspace.folder()).unwrap();
        let pages = processes(|line, parent| parent == studio && line.contains("WebKitWebProcess"));
        let [page] = &pages[..] else { panic!("{pages:?}") };
        assert!(Command::new("kill").args(["-KILL", page]).status().unwrap().success());
    }

    /// Waits until the program has ended by itself.
    pub(crate) async fn ended(self) {
        let begun = Instant::now();
        while studio(&self.desktop.workspace.folder()).is_some() {
            assert!(begun.elapsed() < PATIENCE, "the studio goes on; {}", self.desktop.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a script gives something that is true.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        let begun = Instant::now();
        while self.script(script, json!([])).await != Value::Bool(true) {
            if begun.elapsed() > PATIENCE {
                self.shoot("failed").await;
                let text = self.script("return document.body.innerText", json!([])).await;
                panic!("{what}: not after {PATIENCE:?}. The page says {text}; the log says {}", self.desktop.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page's text has these words.
    pub(crate) async fn says(&self, words: &str) {
        self.until(words, &format!("return document.body.innerText.includes({})", json!(words))).await;
    }

    /// Clicks the first button whose text or label begins so.
    pub(crate) async fn click(&self, words: &str) {
        self.until(words, &format!("return !!({})", button(words))).await;
        self.script(&format!("({}).click(); return true", button(words)), json!([])).await;
    }

    /// Types keys, one after the other, wherever the page has its focus.
    pub(crate) async fn types(&self, keys: impl IntoIterator<Item = char>) {
        let presses = keys
            .into_iter()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })]);
        self.act(presses.collect()).await;
    }

    /// Types a key while Control is held.
    pub(crate) async fn types_with_control(&self, key: char) {
        let press = |way: &str, key: char| json!({ "type": way, "value": key });
        self.act(vec![
            press("keyDown", keys::CONTROL),
            press("keyDown", key),
            press("keyUp", key),
            press("keyUp", keys::CONTROL),
        ])
        .await;
    }

    async fn act(&self, actions: Vec<Value>) {
        let done = self.post("actions", json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] })).await;
        assert_eq!(done, Value::Null);
    }

    /// The window with this title becomes the one that is driven.
    pub(crate) async fn switch_to(&self, title: &str) {
        let begun = Instant::now();
        loop {
            for handle in self.get("window/handles").await.as_array().unwrap() {
                self.post("window", json!({ "handle": handle })).await;
                if self.get("title").await.as_str().is_some_and(|found| found.contains(title)) {
                    return;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "there is no window {title:?}; {}", self.desktop.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The id of the prompt that is open, once one is.
    pub(crate) async fn prompt(&self) -> String {
        let begun = Instant::now();
        loop {
            let prompts = self.invoke("prompts", json!({})).await;
            if let Some(id) = prompts["ok"]["prompts"][0]["id"].as_str() {
                return id.to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "nobody asks: {prompts}; {}", self.desktop.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until the newest run is in a state, and gives it.
    pub(crate) async fn run_is(&self, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let runs = self.invoke("runs", json!({})).await;
            if runs["ok"]["runs"][0]["state"] == state {
                return runs["ok"]["runs"][0].clone();
            }
            assert!(begun.elapsed() < PATIENCE, "the run is not {state}: {runs}; {}", self.desktop.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Keeps a picture where `ASSENT_SHOTS` says.
    pub(crate) async fn shoot(&self, name: &str) {
        use base64::Engine as _;
        let Some(folder) = std::env::var_os("ASSENT_SHOTS").map(PathBuf::from) else { return };
        // After a page has played sound, the driver never answers.
        let Ok(picture) = tokio::time::timeout(Duration::from_secs(5), self.get("screenshot")).await else { return };
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap_or_default()).unwrap_or_default();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("window-{name}.png")), bytes).unwrap();
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        // The group is ours: the driver and the studio.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["--", &group]).status();
        let _ = self.driver.wait();
    }
}

/// The processes whose line of arguments or whose parent is as asked for.
fn processes(is: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().flatten().map(|process| process.path());
    let found = all.filter(|process| {
        let read =
            |file| fs::read(process.join(file)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let parent = read("status").lines().find_map(|line| Some(line.strip_prefix("PPid:")?.trim().to_owned()));
        is(&read("cmdline"), &parent.unwrap_or_default())
    });
    found.map(|process| process.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// The studio that runs on this workspace.
fn studio(workspace: &Path) -> Option<String> {
    let workspace = workspace.to_string_lossy();
    processes(|line, _| line.contains("assent-studio") && line.contains(&*workspace)).pop()
}

pub(crate) fn button(words: &str) -> String {
    let words = json!(words.to_lowercase());
    format!(
        "[...document.querySelectorAll('button')].find((b) => !b.disabled && \
         [b.textContent, b.ariaLabel].some((t) => (t ?? '').trim().toLowerCase().startsWith({words})))"
    )
}
