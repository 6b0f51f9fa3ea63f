//! What must be on disk is on disk before anything that rests on it leaves the process: an effect's start before the effect, an answer
//! before it is acknowledged (what always holds: 5, 6, 10). Killing a process can't show a missing sync, so its system calls are read.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use support::{
    flow::FlowText,
    server::{Reply, Server},
    skipped,
    trace::{self, Call, Fault},
    workspace::{self, PATIENCE, Workspace},
};

const CALLS: &str = "fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2,connect,sendto,sendmsg";
const REASON: &str = "because-5f2a";

/// What one story gives: the trace of the process that answers and sends, and how to find what leaves it.
struct Told {
    calls: Vec<Call>,
    port: u16,
    prompt: String,
}

impl Told {
    fn effect(&self) -> Result<(), Fault> {
        let (address, peer) = (format!("htons({})", self.port), format!("127.0.0.1:{}]", self.port));
        let leaves = |call: &Call| call.arguments.contains(&address) || call.target.ends_with(&peer);
        trace::synced_before(&self.calls, &["/effect/once", r#"\"gate\":\"act\""#], leaves)
    }

    /// `to`: what stands at the beginning of the arguments or of the target.
    fn answer(&self, to: &str) -> Result<(), Fault> {
        let leaves = |call: &Call| {
            matches!(&*call.name, "write" | "writev" | "sendto" | "sendmsg")
                && (call.target.starts_with(to) || call.arguments.starts_with(to))
                && call.arguments.contains(&self.prompt)
                && call.arguments.contains(r#"\"decision\""#)
        };
        trace::synced_before(&self.calls, &[REASON], leaves)
    }
}

#[test]
fn the_owner_syncs_before_it_acknowledges_and_before_it_sends() {
    if !can_trace() {
        return;
    }
    let told = by_the_owner(None);
    assert_eq!(told.effect(), Ok(()), "the effect's start");
    assert_eq!(told.answer("UNIX"), Ok(()), "the answer");
}

#[test]
fn an_answer_without_an_owner_is_synced_before_it_is_acknowledged() {
    if !can_trace() {
        return;
    }
    assert_eq!(alone(None).answer("1<"), Ok(()));
}

/// The same program, in which syncing does nothing: both checks must see it.
#[test]
fn without_syncs_the_checks_fail() {
    if !can_trace() {
        return;
    }
    let workspace = Workspace::new();
    let Some(shim) = shim(&workspace) else { return };
    let told = by_the_owner(Some(&shim));
    assert_eq!(told.effect(), Err(Fault::NotSynced));
    assert_eq!(told.answer("UNIX"), Err(Fault::NotSynced));
    assert_eq!(alone(Some(&shim)).answer("1<"), Err(Fault::NotSynced));
}

fn can_trace() -> bool {
    let tried =
        Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        skipped("strace is missing, or may not trace here");
    }
    works
}

/// A library that makes syncing do nothing.
fn shim(workspace: &Workspace) -> Option<PathBuf> {
    let source = workspace.file("nosync.c", "int fsync(int f){(void)f;return 0;} int fdatasync(int f){(void)f;return 0;}\n");
    let library = workspace.beside("nosync.so");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    if built.is_ok_and(|status| status.success()) {
        Some(library)
    } else {
        skipped("no C compiler, so no library that leaves syncs out");
        None
    }
}

/// A call that a person must allow.
fn asking(workspace: &Workspace, server: &Server) -> PathBuf {
    workspace.change_policy(|policy| policy["hosts"]["ask"] = json!([server.host()]));
    let call = json!({"method": "POST", "url": format!("{}/effect/once", server.url()), "body": "once"});
    let flow = FlowText::new("asks").node("call", "http", call).outputs(&[("status", "number", "call.status")]);
    workspace.file("asks.flow.json", flow.text())
}

/// The program, traced.
fn traced(workspace: &Workspace, shim: Option<&PathBuf>, program: Command) -> (Command, PathBuf) {
    let file = workspace.beside("trace");
    let mut command = Command::new("strace");
    workspace.surround(&mut command);
    command.args(["-f", "-yy", "-s", "20000", "-e"]).arg(format!("trace={CALLS}")).arg("-o").arg(&file);
    if let Some(shim) = shim {
        command.arg("-E").arg(format!("LD_PRELOAD={}", shim.display()));
    }
    command.arg(program.get_program()).args(program.get_args());
    (command, file)
}

/// A run waits; another process, its client, says yes; the run sends.
fn by_the_owner(shim: Option<&PathBuf>) -> Told {
    let workspace = Workspace::new();
    let server = Server::start(|_| Reply::ok("done"));
    let flow = asking(&workspace, &server);
    let mut run = workspace.assent(["--json", "run", "--wait"]);
    run.arg(&flow);
    let (mut command, file) = traced(&workspace, shim, run);
    let mut child = workspace::start(&mut command);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let asked = lines
        .by_ref()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|line| line["event"]["gate"] == "wait");
    let asked = asked.expect("the run asks");
    let prompt = asked["event"]["prompt"].as_str().unwrap().to_owned();
    say_yes(&mut workspace.assent([""; 0]), &prompt, asked["event"]["request_digest"].as_str().unwrap());
    let rest = lines.map(|line| line.unwrap()).collect::<Vec<_>>().join("\n");
    child.stdout = Some(empty_output());
    let done = workspace::wait(child, PATIENCE).expect(0);
    assert!(rest.contains("\"completed\""), "{rest}\n{}", done.stderr);
    assert_eq!(server.count(), 1);
    Told { calls: trace::read(&std::fs::read_to_string(file).unwrap()), port: server.port, prompt }
}

/// A run was left waiting; a process that finds no owner answers it.
fn alone(shim: Option<&PathBuf>) -> Told {
    let workspace = Workspace::new();
    let server = Server::start(|_| Reply::ok("done"));
    let flow = asking(&workspace, &server);
    let mut run = workspace.assent(["--json", "run", "--wait"]);
    run.arg(&flow);
    let mut child = workspace::start(&mut run);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let asked = lines.find(|line| line["event"]["gate"] == "wait").expect("the run asks");
    child.kill().unwrap();
    child.wait().unwrap();
    let prompt = asked["event"]["prompt"].as_str().unwrap().to_owned();
    let digest = asked["event"]["request_digest"].as_str().unwrap();
    let answer = workspace.assent(["--json", "approve", &prompt, "--digest", &digest[..16], "--reason", REASON]);
    let (mut command, file) = traced(&workspace, shim, answer);
    workspace::finish(&mut command, None).expect(0);
    Told { calls: trace::read(&std::fs::read_to_string(file).unwrap()), port: server.port, prompt }
}

fn say_yes(command: &mut Command, prompt: &str, digest: &str) {
    command.args(["approve", prompt, "--digest", &digest[..16], "--reason", REASON]);
    workspace::finish(command, None).expect(0);
}

/// Stands in for output that was read already.
fn empty_output() -> std::process::ChildStdout {
    let mut nothing = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    let output = nothing.stdout.take().unwrap();
    nothing.wait().unwrap();
    output
}

const WAL: &str = "/tmp/ws/store.sqlite-wal";

/// The verdict on a trace of these lines, about an effect.
fn verdict(lines: &[&str]) -> Result<(), Fault> {
    let trace = lines.join("\n").replace("WAL", WAL);
    Told { calls: trace::read(&trace), port: 4711, prompt: String::new() }.effect()
}

const WRITTEN: &str =
    r#"11 pwrite64(9<WAL>, "..\"url\":\"http://127.0.0.1:4711/effect/once\"..\"gate\":\"act\"..", 8192, 56) = 8192"#;
const SYNCED: &str = "11 fdatasync(9<WAL>)                  = 0";
const CONNECTED: &str = "12 connect(20<TCP:[55]>, {sa_family=AF_INET, sin_port=htons(4711), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = -1 EINPROGRESS (Operation now in progress)";
const SENT: &str =
    r#"12 sendto(20<TCP:[127.0.0.1:50000->127.0.0.1:4711]>, "POST /effect/once HTTP/1.1\r\n", 28, MSG_NOSIGNAL, NULL, 0) = 28"#;

#[test]
fn a_good_trace_passes() {
    assert_eq!(verdict(&[WRITTEN, SYNCED, CONNECTED, SENT]), Ok(()));
    let slow = ["11 fdatasync(9<WAL> <unfinished ...>", "12 write(1<pipe:[7]>, \"x\", 1) = 1", "11 <... fdatasync resumed>) = 0"];
    assert_eq!(verdict(&[&[WRITTEN][..], &slow, &[SENT]].concat()), Ok(()));
}

#[test]
fn a_bad_trace_is_found() {
    assert_eq!(verdict(&[WRITTEN, CONNECTED, SENT]), Err(Fault::NotSynced));
    assert_eq!(verdict(&[WRITTEN, CONNECTED, SYNCED, SENT]), Err(Fault::NotSynced));
    assert_eq!(verdict(&[SYNCED, WRITTEN, SENT]), Err(Fault::NotSynced));
    assert_eq!(verdict(&[CONNECTED, WRITTEN, SYNCED, SENT]), Err(Fault::SentFirst));
    assert_eq!(verdict(&[SYNCED, SENT]), Err(Fault::NotWritten));
    assert_eq!(verdict(&[WRITTEN, SYNCED]), Err(Fault::NotSent));
    assert_eq!(verdict(&[WRITTEN, "11 fdatasync(9<WAL>) = -1 EIO (Input/output error)", SENT]), Err(Fault::NotSynced));
    assert_eq!(verdict(&[WRITTEN, "11 fdatasync(8</tmp/ws/store.sqlite>) = 0", SENT]), Err(Fault::NotSynced));
    // A sync that is under way is none yet.
    let begun = ["11 fdatasync(9<WAL> <unfinished ...>", SENT, "11 <... fdatasync resumed>) = 0"];
    assert_eq!(verdict(&[&[WRITTEN][..], &begun].concat()), Err(Fault::NotSynced));
    // One that began before the write had ended says nothing of it.
    let early = [
        &WRITTEN.replace(", 8192, 56) = 8192", " <unfinished ...>"),
        "13 fdatasync(9<WAL>) = 0",
        "11 <... pwrite64 resumed>, 8192, 56) = 8192",
        SENT,
    ];
    assert_eq!(verdict(&early), Err(Fault::NotSynced));
}
