//! `verify` finds every change of the store's files.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{authorise, batch, commit, decision, ended, finished, furnish, open, paid, pay, pay_with_approval, receipt, start};
use consent::{Answer, Confirmed};
use engine::{Entry, Event, Journal as _, StepError};
use sqlx::{
    AssertSqlSafe, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _, sqlite::SqliteConnectOptions,
};
use store::{Store, verify_folder};
use zeroize::Zeroizing;

/// Columns that no chain covers, and why.
const NOT_COVERED: &[(&str, &str)] = &[
    // A hint for the list of secrets.
    ("secrets", "last_used"),
];

/// A store with something in every table.
async fn full(folder: &Path) {
    let (store, _) = open(folder).await;
    furnish(&store).await;
    store.unlock(Zeroizing::new("open sesame".into()));
    store.put_secret("api-key", Zeroizing::new("s3cret".into()), vec!["api.example.com".into()]).await.unwrap();
    for run in ["r1", "r2", "r3"] {
        start(&store, run).await;
    }
    pay_with_approval(&store, "r1").await;
    let big = "x".repeat(40_000);
    commit(&store, "r1", vec![Entry::Event(finished("a", big.as_str())), Entry::Event(finished("b", 1)), Entry::Event(ended())])
        .await;
    // One that waits for a person and a timer, with money held, and one that was refused and voided.
    let delayed = Entry::Event(Event::Delayed { path: engine::Path::new("d"), due: testkit::START + 99 });
    let mut rests = batch("r2", testkit::START + 5, vec![delayed, authorise("pay", pay("r2", "pay", 7_000))]);
    rests.rests = true;
    store.commit(rests).await.unwrap();
    let asked = commit(&store, "r3", vec![authorise("pay", pay("r3", "pay", 8_000))]).await;
    let Event::Gated { prompt: Some(prompt), .. } = &asked.events[0].event else { panic!() };
    let prompt = store.prompt_by_id(prompt).await.unwrap().unwrap();
    commit(&store, "r3", vec![Entry::Decide(Box::new(decision(&store, &prompt, Answer::Reject)))]).await;
    store.set_paused(true, "owner").await.unwrap();
    store.set_paused(false, "owner").await.unwrap();
    let mut policy = store.policies().await.unwrap().remove(0).policy;
    policy.hosts.write.insert("api.example.com".into());
    let (prompt, _) = store.propose_policy(policy).await.unwrap();
    let prompt = store.prompt_by_id(&prompt).await.unwrap().unwrap();
    store.decide(decision(&store, &prompt, Answer::Approve)).await.unwrap();
    let report = store.verify(None).await.unwrap();
    assert!(report.is_whole(), "{:#?}", report.problems);
    for run in ["r1", "r2", "r3"] {
        assert!(store.verify(Some(run)).await.unwrap().is_whole());
    }
    store.close().await;
}

/// A receipt that says who confirmed its payment is held against that person's decision.
#[tokio::test]
async fn a_confirmed_payment_names_who_said_so() {
    for forged in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = open(folder.path()).await;
        furnish(&store).await;
        start(&store, "r1").await;
        let granted = commit(&store, "r1", vec![authorise("pay", pay("r1", "pay", 2_000))]).await;
        let mut receipt = receipt(&granted.events[0]);
        let shown = Box::new(consent::Shown { sentence: "Did it happen?".into(), facts: Vec::new(), verdict: None });
        let error = StepError::new("TIMEOUT", "No answer came.", "").maybe_sent();
        let unclear =
            commit(&store, "r1", vec![Entry::Unclear { path: engine::Path::new("pay"), attempt: 1, error, shown }]).await;
        let Event::Unknown { prompt, .. } = &unclear.events[0].event else { panic!() };
        let prompt = store.prompt_by_id(prompt).await.unwrap().unwrap();
        let said = decision(&store, &prompt, Answer::Happened);
        let replied = commit(&store, "r1", vec![Entry::Decide(Box::new(said.clone()))]).await;
        assert!(matches!(&replied.events[0].event, Event::Replied { by: Some(by), .. } if by == "owner"));
        let by = if forged { "mallory" } else { "owner" };
        receipt.confirmed = Some(Confirmed::by(by, said.digest(), testkit::START + 3));
        let hold = receipt.hold.clone();
        commit(&store, "r1", vec![Entry::Effect { event: paid(receipt), hold, post: true }]).await;
        let report = store.verify(Some("r1")).await.unwrap();
        assert_eq!(report.is_whole(), !forged, "{:#?}", report.problems);
        store.close().await;
    }
}

fn copy(from: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    std::fs::copy(from.join("store.sqlite"), &file).unwrap();
    (folder, file)
}

async fn writer(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file).foreign_keys(false)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_changed_value_is_found() {
    let folder = tempfile::tempdir().unwrap();
    full(folder.path()).await;
    let report = verify_folder(folder.path(), None).await.unwrap();
    assert!(report.is_whole(), "{:#?}", report.problems);
    let count = |what: &str| report.checks.iter().find(|c| c.what == what).unwrap_or_else(|| panic!("{what}")).count;
    assert_eq!((count("runs"), count("payments"), count("receipts"), count("decisions and their signatures")), (3, 1, 1, 3));

    let (_kept, file) = copy(folder.path());
    let mut conn = writer(&file).await;
    let tables = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
    let tables: Vec<String> = tables.fetch_all(&mut conn).await.unwrap().iter().map(|row| row.get(0)).collect();
    let mut tried = 0;
    for table in tables {
        let columns = sqlx::query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")));
        let columns: Vec<String> = columns.fetch_all(&mut conn).await.unwrap().iter().map(|row| row.get(0)).collect();
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&mut conn).await.unwrap();
        assert!(!rows.is_empty(), "the test must put something into {table}");
        for column in columns {
            if NOT_COVERED.contains(&(table.as_str(), column.as_str())) {
                continue;
            }
            // The first, one in the middle, and the last.
            let mut some = vec![0, rows.len() / 2, rows.len() - 1];
            some.dedup();
            for nth in some {
                let place = format!("{table}, row {nth}, column {column}");
                flip(&file, &table, &column, nth).await;
                let report = verify_folder(file.parent().unwrap(), None).await.unwrap();
                assert!(!report.is_whole(), "a change was not found: {place}");
                assert!(report.problems.iter().all(|p| !p.place.is_empty() && !p.what.is_empty()));
                std::fs::copy(folder.path().join("store.sqlite"), &file).unwrap();
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

/// Changes one value: another bit, another character, another number.
async fn flip(file: &Path, table: &str, column: &str, nth: usize) {
    let mut conn = writer(file).await;
    let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&mut conn).await.unwrap();
    let raw = rows[nth].try_get_raw(column).unwrap();
    let kind = if raw.is_null() { "NULL".to_owned() } else { raw.type_info().name().to_owned() };
    let new = match kind.as_str() {
        "NULL" => {
            let of = sqlx::query(AssertSqlSafe(format!("SELECT type FROM pragma_table_info('{table}') WHERE name = '{column}'")));
            match of.fetch_one(&mut conn).await.unwrap().get::<String, _>(0).as_str() {
                "INTEGER" => "1".to_owned(),
                "BLOB" => "x'00'".to_owned(),
                _ => "'x'".to_owned(),
            }
        }
        "INTEGER" => format!("{}", rows[nth].get::<i64, _>(column) + 1_000),
        "BLOB" => {
            let mut bytes: Vec<u8> = rows[nth].get(column);
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
            format!("x'{}'", hex::encode(bytes))
        }
        _ => {
            let mut text: Vec<char> = rows[nth].get::<String, _>(column).chars().collect();
            let at = text.len() / 2;
            match text.get_mut(at) {
                Some(c) => *c = if *c == 'e' { 'a' } else { 'e' },
                None => text.push('x'),
            }
            format!("'{}'", text.into_iter().collect::<String>().replace('\'', "''"))
        }
    };
    // The row is named by all that it holds, as tables have different keys.
    let mut wheres = Vec::new();
    let mut query_args = Vec::new();
    for c in rows[nth].columns() {
        use sqlx::Column as _;
        let raw = rows[nth].try_get_raw(c.ordinal()).unwrap();
        let literal = if raw.is_null() {
            "NULL".to_owned()
        } else {
            match raw.type_info().name() {
                "INTEGER" => rows[nth].get::<i64, _>(c.ordinal()).to_string(),
                "BLOB" => format!("x'{}'", hex::encode(rows[nth].get::<Vec<u8>, _>(c.ordinal()))),
                _ => {
                    query_args.push(rows[nth].get::<String, _>(c.ordinal()));
                    "?".to_owned()
                }
            }
        };
        wheres.push(format!("{} IS {literal}", c.name()));
    }
    let sql = format!("UPDATE {table} SET {column} = {new} WHERE {}", wheres.join(" AND "));
    let query = query_args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |q, arg| q.bind(arg));
    assert_eq!(query.execute(&mut conn).await.unwrap().rows_affected(), 1, "{table}.{column}");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn rows_that_go_or_come_are_found() {
    let folder = tempfile::tempdir().unwrap();
    full(folder.path()).await;
    let changes = [
        "DELETE FROM journal WHERE run = 'r1' AND seq = (SELECT max(seq) FROM journal WHERE run = 'r1')",
        "DELETE FROM journal WHERE run = 'r2'",
        "DELETE FROM journal WHERE run = 'r1' AND seq = 3",
        "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
        "DELETE FROM audit WHERE seq = 4",
        "DELETE FROM audit",
        "DELETE FROM blobs",
        "DELETE FROM flows",
        "DELETE FROM runs WHERE id = 'r3'",
        "DELETE FROM waiting WHERE path = 'd'",
        "DELETE FROM decisions WHERE nth = 0",
        "DELETE FROM holds WHERE state = 'voided'",
        "DELETE FROM transfers WHERE of_hold = 1",
        "DELETE FROM payees",
        "DELETE FROM claims WHERE run = 'r2'",
        "UPDATE runs SET state = 'completed' WHERE id = 'r2'",
        "UPDATE runs SET state = 'running', ended_at = NULL WHERE id = 'r1'",
        "INSERT INTO payees VALUES ('mallory', 'Mallory', 1, '{}')",
        "INSERT INTO waiting VALUES ('r1', 'x', NULL, 5)",
        "INSERT INTO runs SELECT 'r9', flow_id, flow, state, started_at, started_by, ended_at FROM runs WHERE id = 'r1'",
        "INSERT INTO journal SELECT id + 1000, 'r9', seq, at, v, kind, path, body, digest, hash FROM journal WHERE run = 'r1'",
        "DELETE FROM placed WHERE run = 'r2'",
        "UPDATE placing SET up_to = up_to - 3",
        "DELETE FROM placing",
        "UPDATE accounts SET posted = CASE id WHEN 'acct:main' THEN '+000000000000000000000000000000000094001' \
         WHEN 'acct:alice/USD' THEN '+000000000000000000000000000000000005999' ELSE posted END",
        "CREATE TABLE mine (x)",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM payees; END",
    ];
    for sql in changes {
        let (_kept, file) = copy(folder.path());
        let mut conn = writer(&file).await;
        assert!(sqlx::query(sql).execute(&mut conn).await.unwrap().rows_affected() > 0 || sql.starts_with("CREATE"), "{sql}");
        conn.close().await.unwrap();
        let report = verify_folder(file.parent().unwrap(), None).await.unwrap();
        assert!(!report.is_whole(), "not found: {sql}");
    }
}

#[tokio::test]
async fn damaged_bytes_never_make_it_panic_or_pass_over_a_row() {
    let folder = tempfile::tempdir().unwrap();
    full(folder.path()).await;
    let whole = std::fs::read(folder.path().join("store.sqlite")).unwrap();
    let (_kept, file) = copy(folder.path());
    let mut found = 0_u32;
    for turn in 0..60_usize {
        let mut bytes = whole.clone();
        let at = (turn * 7_919 + 100) % bytes.len();
        bytes[at] ^= 0x41;
        std::fs::write(&file, &bytes).unwrap();
        match verify_folder(file.parent().unwrap(), None).await {
            Ok(report) => found += u32::from(!report.is_whole()),
            Err(_) => found += 1,
        }
        let clock = testkit::TestClock::new();
        if let Ok(store) = Store::open(file.parent().unwrap(), clock).await {
            store.close().await;
        }
        for left in ["store.sqlite-wal", "store.sqlite-shm"] {
            let _ = std::fs::remove_file(file.with_file_name(left));
        }
    }
    // The rest of the bytes are unused ones.
    assert!(found > 10, "{found}");
}
