//! A secret's value goes to the host it is bound to, and nowhere else: to no file of the workspace, no log and no output, whatever the
//! host sends back (what always holds: 8).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};
use serde_json::{Value, json};
use support::{
    flow::FlowText,
    server::{Reply, Seen, Server},
    skipped,
    workspace::{self, Done, Workspace, files},
};

/// With everything that encodings write differently.
const VALUE: &str = "Zq7/+&=?\"x% y~k9Lw\\tRv3";
const PASSPHRASE: &str = "four horses 84 staples";
const FORGOTTEN: &str = "another passphrase entirely";

fn hex(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn url_encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// What must be found nowhere: the value as it is and as it may be written otherwise.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("as it is", VALUE.to_owned()),
        ("in JSON", json!(VALUE).to_string().trim_matches('"').to_owned()),
        ("in hexadecimal", hex(VALUE)),
        ("in capital hexadecimal", hex(VALUE).to_uppercase()),
        ("URL-encoded", url_encoded(VALUE)),
        ("URL-encoded in small letters", url_encoded(VALUE).to_lowercase()),
        ("the passphrase", PASSPHRASE.to_owned()),
    ];
    for (around, skip) in [("", 0), ("a", 2), ("ab", 3)] {
        // The first and last digits depend on what stands around.
        let coded = STANDARD_NO_PAD.encode(format!("{around}{VALUE}"));
        forms.push(("in base64", coded[skip..coded.len() - 2].to_owned()));
        forms.push(("in base64 for URLs", coded[skip..coded.len() - 2].replace('+', "-").replace('/', "_")));
    }
    forms.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

#[track_caller]
fn nowhere(what: &str, bytes: &[u8]) {
    for (name, form) in forms() {
        assert!(!bytes.windows(form.len()).any(|window| window == form), "the secret is in {what}, {name}");
    }
}

#[track_caller]
fn nowhere_in(workspace: &Workspace) {
    let files = files(&workspace.folder());
    assert!(files.iter().any(|(path, _)| path.ends_with("store.sqlite")), "{files:?}");
    for (path, bytes) in files {
        nowhere(&path.display().to_string(), &bytes);
    }
}

/// Sends everything back that it was sent, in every way.
fn echo(seen: &Seen) -> Reply {
    let sent = seen.headers.get("authorization").cloned().unwrap_or_default();
    let headers = vec![
        ("x-echo".to_owned(), sent.clone()),
        ("x-basic".to_owned(), STANDARD.encode(format!("user:{VALUE}"))),
        ("x-hex".to_owned(), hex(VALUE)),
        ("set-cookie".to_owned(), format!("session={}; Path=/", url_encoded(VALUE))),
    ];
    let all = format!("{sent}\n{}\n{}\n{}\n{}\n", STANDARD.encode(&sent), URL_SAFE.encode(&sent), url_encoded(&sent), hex(&sent));
    match &*seen.path {
        "/json" => {
            let body = json!({"headers": seen.headers, "all": all, "inner": json!({"token": VALUE}).to_string(), VALUE: [VALUE]});
            let headers = [headers, vec![("content-type".to_owned(), "application/json".to_owned())]].concat();
            Reply::Answer { status: 200, headers, body: body.to_string().into_bytes() }
        }
        "/file" => {
            let body = [&[0xff, 0xfe, 0x00][..], all.as_bytes(), &[0xc0]].concat();
            let headers =
                [headers, vec![("content-type".to_owned(), format!("application/octet-stream; name={}", url_encoded(VALUE)))]]
                    .concat();
            Reply::Answer { status: 200, headers, body }
        }
        "/busy" => Reply::Answer {
            status: 503,
            headers: [headers, vec![("retry-after".to_owned(), sent)]].concat(),
            body: all.into_bytes(),
        },
        "/hang" => Reply::Hang,
        _ => Reply::Answer { status: 403, headers, body: all.into_bytes() },
    }
}

fn call(server: &Server, method: &str, path: &str) -> Value {
    let mut call = json!({
        "method": method,
        "url": format!("{}{path}", server.url()),
        "headers": [{"name": "Authorization", "secret": "token", "prefix": "Bearer "}],
    });
    if method == "POST" {
        call["body"] = json!("hello");
    }
    call
}

/// Calls in every way, and sends what comes back through templates, logs and outputs.
fn calls(server: &Server) -> FlowText {
    FlowText::new("calls")
        .node("json", "http", call(server, "POST", "/json"))
        .node("file", "http", call(server, "GET", "/file"))
        .node("text", "http", call(server, "POST", "/text"))
        .node("busy", "http", call(server, "GET", "/busy"))
        .node("shout", "log", json!({"level": "error", "text": "{{ value }}"}))
        .node("cry", "log", json!({"level": "error", "text": "{{ value }}"}))
        .node("write", "template", json!({"text": "{{ value }}"}))
        .edge("json.body", "shout.value")
        .edge("json.headers", "write.value")
        .edge("busy.error", "cry.value")
        .outputs(&[
            ("json", "any", "shout.value"),
            ("written", "text", "write.text"),
            ("file", "file", "file.file"),
            ("text", "any", "text.body"),
            ("status", "number", "text.status"),
            ("error", "any", "cry.value"),
        ])
}

fn with_secret(workspace: &Workspace) -> Done {
    let mut set = sealed(workspace, ["secret", "set", "token", "--host", "127.0.0.1"]);
    workspace::finish(&mut set, Some(&format!("{VALUE}\n")))
}

/// A command with the passphrase of the sealed file, that logs all it can.
fn sealed<'a>(workspace: &Workspace, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = workspace.assent(args);
    command.env("ASSENT_PASSPHRASE", PASSPHRASE).env("ASSENT_LOG", "trace");
    command
}

#[track_caller]
fn quiet(done: &Done) {
    nowhere("standard output", done.stdout.as_bytes());
    nowhere("standard error", done.stderr.as_bytes());
}

#[test]
fn the_value_is_in_no_file_log_or_output() {
    let workspace = Workspace::new();
    let server = Server::start(echo);
    workspace.allow_host(&server.host());
    let done = with_secret(&workspace).expect(0);
    quiet(&done);
    let flow = workspace.file("calls.flow.json", calls(&server).text());
    let flow = flow.to_str().unwrap();
    let done = workspace::finish(&mut sealed(&workspace, ["--json", "run", flow]), None).expect(0);
    quiet(&done);
    let run = done.lines()[0]["run"].as_str().unwrap().to_owned();
    let lines = done.lines();
    let ended = &lines.last().unwrap()["event"]["outputs"];
    assert!(ended["json"].to_string().contains("[redacted]") && ended["text"].to_string().contains("[redacted]"), "{ended}");
    assert_eq!(ended["status"], 403);
    // It did go out: each call had it.
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|seen| seen.headers["authorization"] == format!("Bearer {VALUE}")));
    for args in [
        &["show", &*run][..],
        &["--json", "show", &*run],
        &["--json", "replay", &*run],
        &["secret", "list"],
        &["--json", "secret", "list"],
        &["doctor"],
        &["verify"],
    ] {
        quiet(&workspace::finish(&mut sealed(&workspace, args.iter().copied()), None).expect(0));
    }
    nowhere_in(&workspace);

    // In the middle of a run, with the log not yet folded into the store.
    let hangs = FlowText::new("hangs")
        .node("json", "http", call(&server, "POST", "/json"))
        .node("hang", "http", call(&server, "POST", "/hang"))
        .edge("json.body", "hang.value");
    let hangs = workspace.file("hangs.flow.json", hangs.text());
    let mut child = workspace::start(&mut sealed(&workspace, ["--json", "run", hangs.to_str().unwrap()]));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let sends = |line: &str| line.contains(r#""gate":"act""#) && line.contains("/hang");
    lines.map(|line| line.unwrap()).inspect(|line| nowhere("standard output", line.as_bytes())).find(|line| sends(line)).unwrap();
    while server.count() < 6 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(files(&workspace.folder()).iter().any(|(path, bytes)| path.ends_with("store.sqlite-wal") && !bytes.is_empty()));
    nowhere_in(&workspace);
}

#[test]
fn a_secret_goes_only_where_it_is_bound_to() {
    let workspace = Workspace::new();
    let server = Server::start(echo);
    workspace.allow_host(&server.host());
    workspace.change_policy(|policy| policy["hosts"]["write"] = json!([server.host(), format!("localhost:{}", server.port)]));
    with_secret(&workspace).expect(0);
    let mut elsewhere = call(&server, "POST", "/text");
    elsewhere["url"] = json!(format!("http://localhost:{}/text", server.port));
    let flow = workspace.file("elsewhere.flow.json", FlowText::new("elsewhere").node("call", "http", elsewhere).text());
    let done = workspace::finish(&mut sealed(&workspace, ["run", flow.to_str().unwrap()]), None).expect(1);
    quiet(&done);
    assert!(done.stdout.contains("bound to 127.0.0.1"), "{done:?}");

    let flow =
        workspace.file("calls.flow.json", FlowText::new("calls").node("call", "http", call(&server, "POST", "/text")).text());
    let flow = flow.to_str().unwrap();
    // Without the passphrase, with another one, and once the sealed file is spoilt.
    workspace.run(["run", flow]).expect(1);
    let mut wrong = workspace.assent(["run", flow]);
    let done = workspace::finish(wrong.env("ASSENT_PASSPHRASE", FORGOTTEN), None).expect(1);
    assert!(done.stdout.contains("passphrase"), "{done:?}");
    workspace::finish(&mut sealed(&workspace, ["secret", "rm", "token"]), None).expect(0);
    workspace::finish(&mut sealed(&workspace, ["run", flow]), None).expect(1);
    assert_eq!(server.count(), 0, "{:?}", server.seen());
    workspace.verify();
}

#[test]
fn without_keyring_and_passphrase_a_secret_is_refused() {
    let workspace = Workspace::new();
    let done = workspace.run_with(["secret", "set", "token", "--host", "127.0.0.1"], VALUE).expect(7);
    assert!(done.stderr.contains("ASSENT_PASSPHRASE"), "{done:?}");
    quiet(&done);
    workspace.run(["secret", "rm", "token"]).expect(4);
    nowhere_in(&workspace);
}

/// With a real Secret Service, of a session of its own.
#[test]
fn the_keyring_keeps_the_value() {
    let there =
        |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there("dbus-run-session") || !there("gnome-keyring-daemon") {
        return skipped("dbus-run-session or gnome-keyring-daemon is missing");
    }
    let workspace = Workspace::new();
    let server = Server::start(echo);
    workspace.allow_host(&server.host());
    let flow = workspace.file("calls.flow.json", calls(&server).text());
    let script = r#"
        printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        printf '%s' "$VALUE" | "$ASSENT" secret set token --host 127.0.0.1 || exit 90
        unset VALUE
        "$ASSENT" secret list && "$ASSENT" --json run "$FLOW"
        code=$?
        "$ASSENT" secret rm token && "$ASSENT" run "$FLOW" && code=91
        exit $code
    "#;
    let mut command = Command::new("dbus-run-session");
    workspace.surround(&mut command);
    command.args(["--", "sh", "-c", script]).env("ASSENT", env!("CARGO_BIN_EXE_assent")).env("FLOW", flow).env("VALUE", VALUE);
    let done = workspace::finish(&mut command, None);
    if done.code == Some(90) {
        return skipped(&format!("the keyring can't be used here: {}", done.stderr));
    }
    let done = done.expect(0);
    assert!(done.stdout.contains("keyring") && done.stdout.contains("[redacted]"), "{done:?}");
    quiet(&done);
    assert_eq!(server.count(), 4);
    nowhere_in(&workspace);
    assert!(!workspace.folder().join("secrets.sealed").exists());
}
