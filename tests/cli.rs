//! The command line as a user meets it: commands, answers, errors and exit codes.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{
    flow::{FlowText, written_payment},
    workspace::Workspace,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn shop() -> Workspace {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.with_money("500.00");
    workspace
}

fn paying(workspace: &Workspace) -> String {
    workspace.file("pay.flow.json", written_payment().text()).to_str().unwrap().to_owned()
}

#[test]
fn hello_runs_and_is_listed_shown_replayed_and_verified() {
    let workspace = Workspace::new();
    let hello = format!("{ROOT}/flows/hello.flow.json");
    let said = workspace.ok(["run", &hello, "--input", "name=Alice"]).stdout;
    assert!(said.contains("greeting: Hello, Alice."), "{said}");

    let ids = workspace.ok(["runs", "--ids"]).stdout;
    let run = ids.trim();
    assert!(run.starts_with("run-") && !run.contains('\n'), "{ids}");
    assert_eq!(workspace.json(["runs"])["runs"][0]["state"], "completed");
    let shown = workspace.json(["show", run]);
    assert_eq!(shown["ending"]["outputs"]["greeting"], "Hello, Alice.");
    assert!(shown["steps"].as_array().unwrap().iter().all(|step| step["state"] == "done"), "{shown}");

    let begun = workspace.json(["replay", run, "--at", "1"]);
    assert_eq!((&begun["event"], &begun["ending"]), (&json!("started"), &Value::Null));
    assert_eq!(begun["inputs"]["name"], "Alice");
    assert!(begun["steps"].as_array().unwrap().iter().any(|step| step["state"] != "done"), "{begun}");
    let error = workspace.run(["replay", run, "--at", "99"]).expect(2).stderr;
    assert!(error.contains("has no event 99"), "{error}");
    assert!(workspace.ok(["verify", run]).stdout.ends_with("whole\n"));
}

#[test]
fn events_come_as_lines_of_json() {
    let workspace = Workspace::new();
    let lines = workspace.ok(["--json", "run", &format!("{ROOT}/flows/hello.flow.json")]).lines();
    assert!(lines[0]["run"].as_str().unwrap().starts_with("run-"));
    let events: Vec<_> =
        lines[1..].iter().map(|line| (line["seq"].as_u64().unwrap(), line["event"]["type"].as_str().unwrap())).collect();
    assert!(events.iter().zip(1..).all(|((seq, _), at)| *seq == at), "without gaps or doubles: {events:?}");
    assert_eq!((events[0].1, events.last().unwrap().1), ("started", "ended"));
}

#[test]
fn checking_needs_no_workspace_and_makes_none() {
    let workspace = Workspace::new();
    let hello = format!("{ROOT}/flows/hello.flow.json");
    let ugly = fs::read_to_string(&hello).unwrap().replace("\n", " ");
    let ugly = workspace.file("ugly.flow.json", ugly).to_str().unwrap().to_owned();

    workspace.ok(["check", &hello]);
    workspace.ok(["diff", &hello, &ugly]).stdout.contains("no difference").then_some(()).unwrap();
    workspace.run(["fmt", "--check", &ugly]).expect(6);
    workspace.ok(["fmt", &ugly]);
    assert_eq!(fs::read_to_string(&ugly).unwrap(), fs::read_to_string(&hello).unwrap());
    workspace.ok(["fmt", "--check", &ugly]);
    workspace.ok(["kinds", "pay"]);
    workspace.run(["kinds", "no-such-kind"]).expect(4);
    // It looks for a keyring too, which belongs to the machine.
    let found = workspace.json(["doctor"])["findings"].as_array().unwrap().clone();
    let keyring = found.iter().find(|finding| finding["what"] == "keyring").unwrap();
    assert!(["the system's", "none that can be used"].contains(&keyring["found"].as_str().unwrap()), "{keyring}");
    workspace.ok(["completions", "bash"]).stdout.contains("_assent()").then_some(()).unwrap();
    let doubt = workspace.json(["intent", "Send 25 dollars to Alice"]);
    assert_eq!(doubt["parse"]["questions"][0]["code"], "unknown-payee", "nobody is known without a workspace: {doubt}");
    assert!(!workspace.folder().exists());
}

#[test]
fn an_intent_knows_the_address_book() {
    let workspace = shop();
    let understood = workspace.json(["intent", "Send twenty-five dollars to Alice for the logo design"]);
    assert_eq!(understood["parse"]["intent"]["amount"]["value"], json!({ "asset": "USD", "minor": "2500" }));
    assert_eq!(understood["parse"]["intent"]["payee"]["value"]["id"], "alice");
    assert_eq!(workspace.json(["intent", "--asset", "USD", "send 25 to Alice"])["parse"]["questions"], json!([]));
}

#[test]
fn what_is_wrong_with_a_flow_is_named_in_full() {
    let workspace = Workspace::new();
    let broken =
        FlowText::new("broken").node("a", "no-such-kind", json!({})).node("b", "template", json!({ "text": "{{" })).text();
    let broken = workspace.file("broken.flow.json", broken).to_str().unwrap().to_owned();
    let problems = workspace.run(["--json", "check", &broken]).expect(6).json()["flows"][0]["problems"].take();
    let codes: Vec<_> = problems.as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"UNKNOWN_KIND") && codes.len() >= 2, "{problems}");

    let error = workspace.run(["run", &broken]).expect(6).stderr;
    assert!(codes.iter().all(|code| error.contains(code)), "run names them all too: {error}");
    assert!(error.contains("Correct the flow"), "{error}");
    let error: Value = serde_json::from_str(workspace.run(["--json", "run", &broken]).expect(6).stderr.trim()).unwrap();
    assert_eq!(error["error"]["code"], "FLOW_PROBLEMS");
    assert_eq!(error["error"]["details"], problems);

    for (name, text) in [("no-json", "{"), ("other", "{\"schema\":\"assent.flow/9\"}"), ("empty", "")] {
        let file = workspace.file(name, text).to_str().unwrap().to_owned();
        workspace.run(["check", &file]).expect(6);
        workspace.run(["run", &file]).expect(6);
    }
}

#[test]
fn sub_flows_are_found_beside_the_file_and_in_the_workspace() {
    let workspace = Workspace::new();
    let caller = FlowText::new("caller")
        .node("sub", "sub-flow", json!({ "flow": "callee", "outputs": [{ "name": "said", "type": "text" }] }))
        .outputs(&[("said", "text", "sub.said")]);
    let callee = |text: &str| {
        FlowText::new("callee").node("say", "template", json!({ "text": text })).outputs(&[("said", "text", "say.text")]).text()
    };
    let caller = workspace.file("caller.flow.json", caller.text()).to_str().unwrap().to_owned();
    let error = workspace.run(["run", &caller]).expect(6).stderr;
    assert!(error.contains("callee"), "{error}");

    fs::create_dir_all(workspace.folder().join("flows")).unwrap();
    fs::write(workspace.folder().join("flows/callee.flow.json"), callee("from the workspace")).unwrap();
    assert!(workspace.ok(["run", &caller]).stdout.contains("said: from the workspace"));
    assert!(workspace.ok(["run", "callee"]).stdout.contains("said: from the workspace"), "by its id");
    workspace.file("callee.flow.json", callee("from beside"));
    assert!(workspace.ok(["run", &caller]).stdout.contains("said: from beside"));
    workspace.run(["run", "no-such-flow"]).expect(4);
}

#[test]
fn inputs_are_named_when_they_are_missing_unknown_or_of_another_type() {
    let workspace = Workspace::new();
    let flow = FlowText::new("takes")
        .inputs(&[("amount", "money"), ("file", "file"), ("words", "text")])
        .outputs(&[("amount", "money", "input.amount"), ("words", "text", "input.words")]);
    let flow = workspace.file("takes.flow.json", flow.text()).to_str().unwrap().to_owned();
    let note = workspace.file("note.txt", "written in a file");
    let (from_file, file) = (format!("words=@{}", note.display()), format!("file=@{}", note.display()));
    let run =
        |inputs: &[&str]| workspace.run(["run", &flow].into_iter().chain(inputs.iter().flat_map(|input| ["--input", input])));

    let given = run(&["amount=25 USD", &file, &from_file]).expect(0).stdout;
    assert!(given.contains("words: written in a file") && given.contains("2500"), "{given}");
    for (inputs, what) in [
        (vec!["amount=25 USD", &file, "words=a", "colour=red"], "no input \"colour\""),
        (vec!["amount=25", &file, "words=a"], "25.00 USD"),
        (vec!["amount=25 USD", &file, "words=a", "words=b"], "given twice"),
        (vec!["amount=25 USD", "file=text", "words=a"], "Name a file with @"),
        (vec!["amount"], "NAME=VALUE"),
        (vec!["file=@no-such-file"], "no-such-file"),
    ] {
        let error = run(&inputs).expect(2).stderr;
        assert!(error.contains(what), "{what}: {error}");
    }
}

#[test]
fn a_payment_that_asks_is_a_no_without_a_terminal() {
    let workspace = shop();
    let flow = paying(&workspace);
    let done = workspace.run(["run", &flow, "--input", "words=Send 75 dollars to Alice"]).expect(3);
    assert!(done.stdout.contains("CONSENT_DENIED") && done.stderr.contains("no answer is a no"), "{done:?}");
    assert_eq!(workspace.balances()["shop"], 50_000);
    assert_eq!(workspace.json(["prompts"])["prompts"], json!([]));
    workspace.verify();
}

#[test]
fn the_demos_approver_says_yes_and_the_receipt_says_so() {
    let workspace = shop();
    let flow = paying(&workspace);
    let said = workspace.ok(["run", &flow, "--input", "words=Send 75 dollars to Alice for the logo", "--yes"]).stdout;
    for part in [
        "Receipt: Send 75.00 USD to Alice",
        "for       the logo",
        "BY THE DEMO'S APPROVER; no person was asked",
        "check it: assent verify run-",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(workspace.balances()["alice/USD"], 7_500);
    workspace.verify();
    let csv = workspace.ok(["ledger", "transfers", "--csv"]).stdout;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("when,from,to,amount,asset,for,transfer\r\n") && csv.contains(",shop,alice/USD,75.00,USD,"), "{csv}");
}

#[cfg(target_os = "linux")]
#[test]
fn in_a_terminal_typing_the_amount_is_a_yes_and_anything_else_a_no() {
    let workspace = shop();
    let flow = paying(&workspace);
    let typed = |dollars: u32, line: &str| {
        let words = format!("{} run {flow} --input 'words=Send {dollars} dollars to Alice'", env!("CARGO_BIN_EXE_assent"));
        let mut terminal = std::process::Command::new("script");
        workspace.surround(&mut terminal);
        support::workspace::finish(terminal.args(["-qec", &words, "/dev/null"]), Some(&format!("{line}\n")))
    };
    if std::process::Command::new("script").arg("--version").output().is_err() {
        return support::skipped("the program `script` (util-linux), which gives a test a terminal, is not here");
    }
    let yes = typed(60, "60.00").expect(0).stdout;
    for part in ["Type 60.00 to say yes", "rule ask_from", "Balance", "approved  by the owner, who typed it in a terminal"] {
        assert!(yes.contains(part), "{part}: {yes}");
    }
    typed(70, "60.00").expect(3);
    typed(80, "n").expect(3);
    assert_eq!(workspace.balances()["alice/USD"], 6_000);
    workspace.verify();
}

#[test]
fn what_the_policy_allows_or_forbids_asks_nobody() {
    let workspace = shop();
    let flow = paying(&workspace);
    let said = workspace.ok(["run", &flow, "--input", "words=Send 25 dollars to Alice"]).stdout;
    assert!(said.contains("by the policy; nobody had to be asked"), "{said}");
    let said = workspace.run(["run", &flow, "--input", "words=Send 501 dollars to Alice"]).expect(3).stdout;
    assert!(said.contains("MAX_TX"), "{said}");
    workspace.ok(["payments", "off"]);
    let said = workspace.run(["run", &flow, "--input", "words=Send 1 dollar to Alice"]).expect(3).stdout;
    assert!(said.contains("PAUSED"), "{said}");
    workspace.ok(["payments", "on"]);
    workspace.ok(["run", &flow, "--input", "words=Send 1 dollar to Alice"]);
    assert_eq!(workspace.balances()["shop"], 47_400);
}

#[test]
fn a_yes_names_the_amount_or_the_digest() {
    let workspace = shop();
    let policy = workspace.json(["policy", "show"])["policy"]["policy"].to_string();
    let proposal = workspace.file("policy.json", policy.replace("\"usual\"", "\"mine\""));
    let asked = workspace.json(["policy", "propose", proposal.to_str().unwrap()])["prompts"][0].take();
    let (id, digest) = (asked["id"].as_str().unwrap(), asked["request_digest"].as_str().unwrap());

    assert!(workspace.run(["approve", id]).expect(3).stderr.contains(&format!("--digest {}", &digest[..16])));
    workspace.run(["approve", id, "--digest", &digest[..15]]).expect(3);
    workspace.run(["approve", id, "--digest", "0000000000000000"]).expect(3);
    workspace.run(["answer", id, "happened"]).expect(2);
    assert_eq!(workspace.json(["prompts"])["prompts"][0]["id"], id);
    workspace.ok(["approve", id, "--digest", &digest[..16]]);
    assert_eq!(workspace.json(["policy", "show"])["policy"]["policy"]["name"], "mine");
    workspace.run(["deny", id]).expect(3);
    workspace.run(["approve", "p-000000000000", "--digest", digest]).expect(4);
    workspace.verify();
}

#[test]
fn payees_and_accounts_are_kept_with_care() {
    let workspace = shop();
    workspace.run(["payee", "add", "alice", "--name", "Another"]).expect(3);
    workspace.run(["payee", "add", "no good", "--name", "x"]).expect(3);
    workspace.ok(["payee", "edit", "alice", "--alias", "Ally", "--alias", "Al"]);
    let alice = workspace.json(["payee", "list"])["payees"][0].take();
    assert_eq!((&alice["name"], &alice["aliases"]), (&json!("Alice"), &json!(["Ally", "Al"])));
    workspace.ok(["payee", "rm", "alice"]);
    workspace.run(["payee", "rm", "alice"]).expect(4);

    workspace.run(["account", "open", "a/b", "--asset", "USD"]).expect(2);
    workspace.run(["account", "open", "savings", "--asset", "XYZ"]).expect(2);
    workspace.run(["account", "fund", "savings", "1.00"]).expect(4);
    workspace.run(["account", "fund", "shop", "1.001"]).expect(2);
    for _ in 0..2 {
        workspace.ok(["account", "fund", "shop", "1.00", "--id", "gift"]);
    }
    assert_eq!(workspace.balances()["shop"], 50_100);
}

#[test]
fn what_is_not_there_is_said_so() {
    let workspace = Workspace::new();
    for args in [
        ["show", "run-none"],
        ["replay", "run-none"],
        ["cancel", "run-none"],
        ["prompts", "p-none"],
        ["deny", "p-none"],
        ["verify", "run-none"],
    ] {
        let error = workspace.run(args).expect(4).stderr;
        assert!(error.starts_with("error NOT_FOUND: "), "{args:?}: {error}");
    }
    let error = workspace.run(["--json", "show", "run-none"]).expect(4).stderr;
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["error"]["code"], "NOT_FOUND");
    workspace.run(["no-such-command"]).expect(2);
    workspace.run(["run"]).expect(2);
    workspace.run(["check", "no-such-file.flow.json"]).expect(2);
}

#[test]
fn a_waiting_run_is_cancelled_and_its_money_given_back() {
    let workspace = Workspace::new();
    let flow = FlowText::new("sleeps").inputs(&[]).node("wait", "delay", json!({ "ms": 3_600_000 })).text();
    let flow = workspace
        .file("sleeps.flow.json", flow.replace(r#""ports": []"#, r#""ports": [{"name": "x", "type": "text", "default": "y"}]"#));
    let mut run = workspace.assent(["--json", "run", flow.to_str().unwrap()]);
    let mut child = support::workspace::start(&mut run);
    let id = loop {
        let runs = workspace.json(["runs"]);
        if runs["runs"][0]["state"] == "waiting" {
            break runs["runs"][0]["run"].as_str().unwrap().to_owned();
        }
        assert!(child.try_wait().unwrap().is_none());
    };
    workspace.ok(["cancel", &id, "--reason", "never mind"]);
    let done = support::workspace::wait(child, support::workspace::PATIENCE).expect(1);
    assert_eq!(done.json()["event"]["ending"], "cancelled");
    workspace.run(["cancel", &id]).expect(3);
}

#[test]
fn a_secret_goes_in_and_its_value_never_comes_out() {
    const VALUE: &str = "hunter2-and-more";
    let workspace = Workspace::new();
    let no_place = workspace.run_with(["secret", "set", "key", "--host", "api.example.com"], VALUE).expect(7);
    assert!(no_place.stderr.contains("KEYRING") && no_place.stderr.contains("ASSENT_PASSPHRASE"), "{no_place:?}");

    let sealed = |args: &[&str], input: &str| {
        support::workspace::finish(workspace.assent(args).env("ASSENT_PASSPHRASE", "correct horse"), Some(input)).expect(0)
    };
    let set = sealed(&["secret", "set", "key", "--host", "api.example.com"], &format!("{VALUE}\n"));
    let listed = workspace.ok(["secret", "list"]);
    assert!(listed.stdout.contains("api.example.com") && listed.stdout.contains("never used"), "{listed:?}");
    assert!(!format!("{set:?}{listed:?}").contains(VALUE));
    for (file, bytes) in support::workspace::files(&workspace.folder()) {
        assert!(!bytes.windows(VALUE.len()).any(|part| part == VALUE.as_bytes()), "{}", file.display());
    }
    workspace.run_with(["secret", "set", "no good", "--host", "x"], VALUE).expect(7);
    sealed(&["secret", "rm", "key"], "");
    workspace.run(["secret", "rm", "key"]).expect(4);
}

#[test]
fn a_store_that_is_no_store_is_left_alone() {
    let workspace = Workspace::new();
    fs::create_dir_all(workspace.folder()).unwrap();
    let file = workspace.folder().join("store.sqlite");
    fs::write(&file, "this is no database, and it is somebody's").unwrap();
    let done = workspace.run(["runs"]).expect(5);
    assert!(done.stderr.contains("left as it is"), "{done:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "this is no database, and it is somebody's");
}
