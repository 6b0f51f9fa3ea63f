//! The demo, end to end: a recorded sentence becomes a payment with a receipt, every link of which can be checked, and no byte of which
//! can be changed unseen (what always holds: 1, 2, 4, 6, 7).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sqlx::Row as _;
use support::{
    Drawn, database,
    workspace::{Done, Workspace},
};

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// As the demo begins.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.ok(["account", "open", "operations", "--asset", "USD"]);
    workspace.ok(["account", "fund", "operations", "500.00"]);
    workspace
}

fn say(workspace: &Workspace, flags: &[&str]) -> Done {
    let flow = shipped("flows/voice-payment.flow.json");
    let audio = format!("audio=@{}", shipped("assets/voice/send-25-alice.wav").display());
    workspace.run([&["run", flow.to_str().unwrap(), "--input", &audio][..], flags].concat())
}

/// The last run, and the receipt that came of it.
fn last_run(workspace: &Workspace) -> (String, Value) {
    let runs = workspace.json(["runs"]);
    let run = runs["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = workspace.json(["show", &run]);
    let receipt = shown["ending"]["outputs"]["receipt"].clone();
    (run, receipt)
}

#[test]
fn a_spoken_payment_is_paid_once_the_demos_approver_says_yes() {
    let workspace = workspace();
    let done = say(&workspace, &["--yes"]).expect(0);
    assert!(done.stdout.contains("DEMO'S APPROVER") && done.stdout.contains("25.00 USD"), "{}", done.stdout);
    let (run, receipt) = last_run(&workspace);
    let pay = &receipt["request"]["action"];
    assert_eq!(
        (&pay["payee"], &pay["amount"]["minor"], &pay["amount"]["asset"]),
        (&json!("alice"), &json!("2500"), &json!("USD")),
        "{pay}"
    );
    assert_eq!(receipt["surfaces"], json!(["demo"]));
    assert_eq!(receipt["decisions"].as_array().unwrap().len(), 1);
    assert_eq!(receipt["hold"], receipt["transfer"]);
    let said = pay["heard"]["text"].as_str().unwrap().to_lowercase();
    assert!(said.contains("alice") && said.contains("logo"), "{said}");
    assert!(done.stdout.contains(&format!("assent verify {run}")));

    workspace.ok(["verify", &run]);
    let balances = workspace.balances();
    assert_eq!(balances["operations"], 47_500);
    assert_eq!(balances.iter().filter(|(id, _)| id.starts_with("alice")).map(|(_, minor)| minor).sum::<i128>(), 2_500);
}

/// A correction put beside the recording is what is paid, once it is asked about, and stays marked as having begun with a voice.
#[test]
fn a_correction_is_what_is_paid() {
    let workspace = workspace();
    say(&workspace, &["--yes", "--input", "correction=Send thirty dollars to Alice for the logo design"]).expect(0);
    let (run, receipt) = last_run(&workspace);
    let pay = &receipt["request"]["action"];
    assert_eq!((&pay["amount"]["minor"], pay["heard"].is_object()), (&json!("3000"), true), "{pay}");
    assert_eq!(receipt["decisions"].as_array().unwrap().len(), 1);
    workspace.ok(["verify", &run]);
    assert_eq!(workspace.balances()["operations"], 47_000);
}

#[test]
fn without_anybody_to_ask_nothing_is_paid() {
    let workspace = workspace();
    let done = say(&workspace, &[]).expect(3);
    assert!(done.stdout.contains("rejected") && !done.stdout.contains("Receipt"), "{}", done.stdout);
    let (run, receipt) = last_run(&workspace);
    assert_eq!(receipt, Value::Null);
    workspace.ok(["verify", &run]);
    assert_eq!(workspace.balances()["operations"], 50_000);
    let open = "SELECT count(*) FROM holds WHERE state = 'open'";
    assert_eq!(database::rows(&database::of(&workspace.folder()), open, |row| row.get::<i64, _>(0)), [0]);
}

/// One byte of the journal, of a decision, of the ledger or of anything else that a receipt rests on: `verify` sees it.
#[test]
fn any_byte_changed_is_seen() {
    let workspace = workspace();
    say(&workspace, &["--yes"]).expect(0);
    let (run, _) = last_run(&workspace);
    workspace.verify();
    let path = database::of(&workspace.folder());
    let mut drawn = Drawn::new(0xb17e);
    let mut changed = 0;
    for table in [
        "journal",
        "audit",
        "decisions",
        "prompts",
        "accounts",
        "transfers",
        "holds",
        "policies",
        "payees",
        "profiles",
        "usage",
        "claims",
        "blobs",
        "flows",
    ] {
        let columns = database::rows(&path, &format!("SELECT name, type FROM pragma_table_info('{table}')"), |row| {
            (row.get::<String, _>(0), row.get::<String, _>(1))
        });
        let key =
            if matches!(table, "accounts" | "payees" | "profiles" | "flows") { columns[0].0.clone() } else { "rowid".to_owned() };
        let key = if table == "usage" { "period".to_owned() } else { key };
        for (column, kind) in &columns {
            let read =
                format!("SELECT quote({key}), CAST({column} AS BLOB) FROM {table} WHERE {column} IS NOT NULL AND {column} <> ''");
            let cells = database::rows(&path, &read, |row| (row.get::<String, _>(0), row.get::<Vec<u8>, _>(1)));
            let Some((row, bytes)) =
                (!cells.is_empty()).then(|| &cells[usize::try_from(drawn.below(cells.len() as u64)).unwrap()])
            else {
                continue;
            };
            let value = match &**kind {
                "INTEGER" => format!("{column} + 100000"),
                _ => {
                    let mut bytes = bytes.clone();
                    let at = usize::try_from(drawn.below(bytes.len() as u64)).unwrap();
                    bytes[at] ^= 1;
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    if kind == "BLOB" { format!("x'{hex}'") } else { format!("CAST(x'{hex}' AS TEXT)") }
                }
            };
            let copy = workspace.copy();
            let sql = format!("UPDATE {table} SET {column} = {value} WHERE {key} = {row}");
            assert!(database::change(&database::of(&copy.folder()), &sql) > 0, "{sql}");
            let done = copy.run(["verify"]);
            assert_eq!(done.code, Some(1), "{sql}\n{}{}", done.stdout, done.stderr);
            changed += 1;
        }
    }
    println!("{changed} changed cells were seen");

    // The receipt's own links, looked at through its run alone.
    for sql in [
        "UPDATE transfers SET minor = replace(minor, '2500', '2501')",
        "UPDATE decisions SET body = replace(body, 'approve', 'reject_')",
        "UPDATE journal SET body = replace(body, '\"2500\"', '\"2400\"') WHERE kind = 'finished'",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "DELETE FROM decisions",
    ] {
        let copy = workspace.copy();
        assert!(database::change(&database::of(&copy.folder()), sql) > 0, "{sql}");
        let done = copy.run(["verify", &run]);
        assert_eq!(done.code, Some(1), "{sql}\n{}{}", done.stdout, done.stderr);
    }
    workspace.verify();
}
