//! Opening a workspace: owners, damage, newer stores, and what stays as it is.
#![allow(clippy::unwrap_used)]

mod common;

use std::{path::Path, time::Duration};

use common::{commit, finished, furnish, open, start};
use engine::{Entry, Journal as _};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{Lock, OWNER, Store, StoreError};
use testkit::TestClock;

async fn sql(file: &Path, text: &'static str) {
    let mut conn =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file).create_if_missing(true)).await.unwrap();
    sqlx::raw_sql(text).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file() && entry.file_name() != "lock")
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    found.sort();
    found
}

/// Opens, and makes sure that no byte has changed and no file has come.
async fn refused(folder: &Path) -> StoreError {
    let before = files(folder);
    let error = Store::open(folder, TestClock::new()).await.unwrap_err();
    assert_eq!(before.iter().map(|f| &f.0).collect::<Vec<_>>(), files(folder).iter().map(|f| &f.0).collect::<Vec<_>>());
    assert!(before == files(folder), "the store was touched");
    error
}

#[tokio::test]
async fn a_new_workspace_has_an_owner_and_the_usual_policy() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    let id = store.workspace().to_owned();
    assert_eq!(id.len(), 20);
    assert_eq!(store.policies().await.unwrap()[0].policy, consent::Policy::usual());
    let profile = store.profiles().await.unwrap().remove(0);
    let key = store::signing_key(folder.path(), OWNER).unwrap();
    assert_eq!((profile.id.as_str(), profile.verifying_key().unwrap()), (OWNER, key.verifying_key()));
    assert!(store.verify(None).await.unwrap().is_whole());
    store.close().await;
    drop(store);
    let store = Store::open(folder.path(), clock).await.unwrap();
    assert_eq!((store.workspace(), store.policies().await.unwrap().len()), (id.as_str(), 1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |p: &str| std::fs::metadata(folder.path().join(p)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("store.sqlite"), mode("keys")), (0o700, 0o600, 0o700));
    }
}

#[tokio::test]
async fn one_process_owns_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    assert!(matches!(Store::open(folder.path(), clock.clone()).await, Err(StoreError::Owned(_))));
    let clone = store.clone();
    store.close().await;
    drop((store, clone));
    let lock = Lock::take(folder.path()).unwrap();
    Store::open_locked(folder.path(), clock, lock).await.unwrap();
}

#[tokio::test]
async fn what_is_newer_or_of_others_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let (store, _) = open(folder.path()).await;
    store.close().await;
    drop(store);
    sql(&file, "PRAGMA user_version = 99").await;
    let error = refused(folder.path()).await;
    assert!(matches!(error, StoreError::Newer { found: 99, known: 2, .. }), "{error}");
    sql(&file, "PRAGMA application_id = 7").await;
    assert!(matches!(refused(folder.path()).await, StoreError::Foreign { .. }));

    let other = tempfile::tempdir().unwrap();
    sql(&other.path().join("store.sqlite"), "CREATE TABLE recipes (name TEXT)").await;
    assert!(matches!(refused(other.path()).await, StoreError::Foreign { .. }));
    std::fs::write(other.path().join("store.sqlite"), "Dear diary").unwrap();
    assert!(matches!(refused(other.path()).await, StoreError::Foreign { .. }));
    std::fs::write(other.path().join("store.sqlite"), [0x5a; 5_000]).unwrap();
    assert!(matches!(refused(other.path()).await, StoreError::Foreign { .. }));
}

#[tokio::test]
async fn an_older_store_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    store.close().await;
    drop(store);
    sql(&folder.path().join("store.sqlite"), "DROP INDEX transfers_by_payee; PRAGMA user_version = 1").await;
    let store = Store::open(folder.path(), clock).await.unwrap();
    assert_eq!(store.runs(None, 10).await.unwrap().len(), 1);
    assert!(store.verify(None).await.unwrap().is_whole());
}

#[tokio::test]
async fn what_is_damaged_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let (store, clock) = open(folder.path()).await;
    furnish(&store).await;
    store.close().await;
    drop(store);
    let whole = std::fs::read(&file).unwrap();
    let page = 8_192;
    let mut cases = vec![whole[..whole.len() - page].to_vec(), whole[..whole.len() - 100].to_vec()];
    // The schema's page after its header, and the text of a table's definition.
    let mut schema = whole.clone();
    schema[100..140].fill(0xff);
    cases.push(schema);
    let mut schema = whole.clone();
    let at = whole.windows(13).position(|w| w == b"TABLE journal").unwrap();
    schema[at + 6] = b'k';
    cases.push(schema);
    // What a start reads.
    for needle in [&b"\"policy\":{\"name\":\"usual\""[..], b"+000000000000000000000000000000000100000"] {
        let mut state = whole.clone();
        let hits: Vec<_> = (0..whole.len() - needle.len()).filter(|at| whole[*at..].starts_with(needle)).collect();
        assert!(!hits.is_empty());
        for at in hits {
            state[at + needle.len() - 1] ^= 1;
        }
        cases.push(state);
    }
    for (nth, case) in cases.iter().enumerate() {
        std::fs::write(&file, case).unwrap();
        let error = refused(folder.path()).await;
        assert!(matches!(error, StoreError::Damaged { .. }), "case {nth}: {error}");
    }
    std::fs::write(&file, &whole).unwrap();
    Store::open(folder.path(), clock).await.unwrap();
}

/// An emptied database is no new workspace, and another's is not this one's.
#[tokio::test]
async fn what_was_emptied_or_exchanged_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let (store, clock) = open(folder.path()).await;
    store.close().await;
    drop(store);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, "").unwrap();
    assert!(refused(folder.path()).await.to_string().contains("missing or empty"));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(refused(folder.path()).await, StoreError::Damaged { .. }));
    assert!(!file.exists());

    let other = tempfile::tempdir().unwrap();
    let (store, _) = open(other.path()).await;
    store.close().await;
    drop(store);
    std::fs::copy(other.path().join("store.sqlite"), &file).unwrap();
    assert!(refused(folder.path()).await.to_string().contains("the store of workspace"));

    // A crash before the mark was made leaves none, and the next start makes it.
    std::fs::write(&file, &whole).unwrap();
    std::fs::remove_file(folder.path().join("workspace.id")).unwrap();
    Store::open(folder.path(), clock).await.unwrap().close().await;
    assert!(folder.path().join("workspace.id").exists());
}

#[tokio::test]
async fn a_group_that_fails_is_answered_and_the_store_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    start(&store, "r2").await;
    let file = folder.path().join("store.sqlite");
    // Stands for a full disk: from here on SQLite refuses to write events.
    sql(&file, "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END").await;
    let pay = store.commit(common::batch("r1", 5, vec![common::authorise("pay", common::pay("r1", "pay", 1_000))]));
    let beside = store.commit(common::batch("r2", 5, vec![Entry::Event(finished("a", 1))]));
    let error = pay.await.unwrap_err();
    assert!(error.to_string().contains("disk is full"), "{error}");
    assert!(beside.await.is_err());
    sql(&file, "DROP TRIGGER full").await;
    // The money is not held, and what was made for the failed batch fails until the run is loaded again.
    assert!(store.holds(true, 9).await.unwrap().is_empty());
    let after = store.commit(common::batch("r1", 6, vec![Entry::Event(finished("a", 1))])).await.unwrap_err();
    assert!(after.to_string().contains("load the run again"));
    assert_eq!(store.load(&"r1".into()).await.unwrap().len(), 1);
    let again = commit(&store, "r1", vec![common::authorise("pay", common::pay("r1", "pay", 1_000))]).await;
    assert_eq!(again.events[0].seq, 2);
    assert_eq!(store.holds(true, 9).await.unwrap().len(), 1);
    assert!(store.verify(None).await.unwrap().is_whole());
}

/// While a group is being written, the next is carried out on top of it. If the first fails, so does what stood on it, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stood_on_a_failed_group_fails_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    for run in ["r1", "r2", "rested"] {
        start(&store, run).await;
    }
    let mut rests = common::batch("rested", 5, vec![]);
    rests.rests = true;
    store.commit(rests).await.unwrap();
    // The file is locked, so the first group is long in being written; when it is free again, the journal takes nothing of r1.
    let mut other =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(folder.path().join("store.sqlite"))).await.unwrap();
    let refuse = "BEGIN IMMEDIATE; CREATE TRIGGER full BEFORE INSERT ON journal WHEN NEW.run = 'r1' BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    sqlx::raw_sql(refuse).execute(&mut other).await.unwrap();
    let ask = |run: &'static str, entries: Vec<Entry>| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(common::batch(run, 5, entries)).await })
    };
    let pay = |run: &str| vec![common::authorise("pay", common::pay(run, "pay", 4_000))];
    let first = ask("r1", pay("r1"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let on_it = ask("r2", pay("r2"));
    let after_it = ask("r1", vec![Entry::Event(finished("a", 1))]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let unloaded = ask("rested", vec![Entry::Event(finished("a", 1))]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    for failed in [first, on_it, after_it] {
        let error = failed.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
    }
    // This one waited to be loaded, so it stood on nothing.
    assert_eq!(unloaded.await.unwrap().unwrap().events[0].seq, 2);
    assert!(store.holds(true, 9).await.unwrap().is_empty());
    assert_eq!(store.load(&"r2".into()).await.unwrap().len(), 1);
    let again = commit(&store, "r2", pay("r2")).await;
    assert_eq!((again.events[0].seq, store.holds(true, 9).await.unwrap().len()), (2, 1));
    sql(&folder.path().join("store.sqlite"), "DROP TRIGGER full").await;
    let report = store.verify(None).await.unwrap();
    assert!(report.is_whole(), "{:#?}", report.problems);
}
