//! A workspace of one's own, and the real program in it.

use std::{
    ffi::OsStr,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::flow::SHOP;

/// How long one command may take before it counts as stuck.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// The JSON on standard output: its last line.
    pub fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no output: {self:?}"));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Every line of JSON on standard output.
    pub fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// A folder with a workspace in it, and room for flow files beside. Gone when dropped.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        // Short, so that the socket fits beside the store.
        Self { folder: tempfile::Builder::new().prefix("as").tempdir().unwrap() }
    }

    /// Under this folder, which outlives it.
    pub fn under(folder: &Path) -> Self {
        Self { folder: tempfile::Builder::new().prefix("as").tempdir_in(folder).unwrap() }
    }

    /// The workspace's folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("ws")
    }

    /// A path beside the workspace.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file beside the workspace.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.beside(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A copy of the workspace, while nobody has it open.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        copy_folder(&self.folder(), &copy.folder());
        copy
    }

    /// The program in this workspace, apart from whatever else this machine's user has.
    pub fn assent<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assent"));
        self.surround(&mut command);
        command.args(args);
        command
    }

    /// Gives a command the environment of this workspace.
    pub fn surround(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ASSENT_") {
                command.env_remove(name);
            }
        }
        let runtime = self.beside("run");
        let _ = fs::create_dir(&runtime);
        command
            .env("ASSENT_WORKSPACE", self.folder())
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", runtime)
            .env("NO_COLOR", "1")
            .env_remove("XDG_DATA_HOME")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null());
    }

    /// Carries a command out. It must neither panic nor get stuck.
    #[track_caller]
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        finish(&mut self.assent(args), None)
    }

    /// The same, with this on standard input.
    #[track_caller]
    pub fn run_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, input: &str) -> Done {
        finish(&mut self.assent(args), Some(input))
    }

    /// Carries a command out that must succeed.
    #[track_caller]
    pub fn ok<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        self.run(args).expect(0)
    }

    /// The JSON that a command answers, which must succeed.
    #[track_caller]
    pub fn json<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Value {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        self.ok(std::iter::once("--json".into()).chain(args)).json()
    }

    /// Puts Alice into the address book, as demos do.
    pub fn with_alice(&self) {
        self.ok(["payee", "add", "alice", "--name", "Alice", "--credits", "alice"]);
    }

    /// Opens the account that the flows here pay from, in US dollars.
    pub fn with_money(&self, amount: &str) {
        self.ok(["account", "open", SHOP, "--asset", "USD"]);
        self.ok(["account", "fund", SHOP, amount]);
    }

    /// Brings a policy in force, made from the present one.
    pub fn change_policy(&self, change: impl FnOnce(&mut Value)) {
        let mut policy = self.json(["policy", "show"])["policy"]["policy"].take();
        change(&mut policy);
        let file = self.file("policy.json", policy.to_string());
        let asked = self.json([OsStr::new("policy"), OsStr::new("propose"), file.as_os_str()]);
        self.approve(&asked["prompts"][0]);
    }

    /// Says yes to a prompt by its digest.
    pub fn approve(&self, prompt: &Value) -> Done {
        let (id, digest) = (prompt["id"].as_str().unwrap(), prompt["request_digest"].as_str().unwrap());
        self.ok(["--json", "approve", id, "--digest", &digest[..16]])
    }

    /// Lets `write` and `read` steps reach a host.
    pub fn allow_host(&self, host: &str) {
        self.change_policy(|policy| {
            policy["hosts"]["write"] = serde_json::json!([host]);
            policy["hosts"]["read"] = serde_json::json!([host]);
        });
    }

    /// The journal, the ledger and all digests fit together.
    #[track_caller]
    pub fn verify(&self) {
        self.ok(["verify"]);
    }

    /// What the accounts hold, in minor units, by account. Every asset's accounts sum to zero.
    #[track_caller]
    pub fn balances(&self) -> std::collections::BTreeMap<String, i128> {
        let accounts = self.json(["ledger", "accounts"]);
        let mut sums = std::collections::BTreeMap::<String, i128>::new();
        let mut balances = std::collections::BTreeMap::new();
        for account in accounts["accounts"].as_array().unwrap() {
            let minor: i128 = account["balance"]["minor"].as_str().unwrap().parse().unwrap();
            *sums.entry(account["balance"]["asset"].as_str().unwrap().to_owned()).or_default() += minor;
            balances.insert(account["id"].as_str().unwrap().to_owned(), minor);
        }
        assert!(sums.values().all(|sum| *sum == 0), "the ledger does not sum to zero: {accounts}");
        balances
    }
}

/// Copies a folder's files, but not what lives only as long as a process: sockets and locks.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Every file under a folder, with its content.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

/// Starts a command whose output is read.
pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Carries a command out, with this on standard input.
#[track_caller]
pub fn finish(command: &mut Command, input: Option<&str>) -> Done {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = start(command);
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A program that ends without reading is free to.
        let _ = stdin.write_all(input.as_bytes());
    }
    wait(child, PATIENCE)
}

/// Waits for a child that was started with [`start`]. It must neither panic nor get stuck.
#[track_caller]
pub fn wait(mut child: Child, patience: Duration) -> Done {
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (stdout, stderr) = (thread::spawn(|| read_all(stdout)), thread::spawn(|| read_all(stderr)));
    let deadline = Instant::now() + patience;
    let mut is_stuck = false;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            is_stuck = true;
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(2));
    };
    let done = Done { code: status.code(), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() };
    assert!(!is_stuck, "it took longer than {} s: {done:?}", patience.as_secs());
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    done
}

fn read_all(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
