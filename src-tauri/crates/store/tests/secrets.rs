//! Secrets: bound to hosts, in a keyring or a sealed file, never in the store.
#![allow(clippy::unwrap_used)]

mod common;

use std::{path::Path, process::Command};

use common::open;
use store::{Store, StoreError};
use zeroize::Zeroizing;

const VALUE: &str = "t0p-s3cret-value";

fn value() -> Zeroizing<String> {
    Zeroizing::new(VALUE.to_owned())
}

/// No file of the workspace holds the value.
fn nowhere(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(VALUE.len()).any(|w| w == VALUE.as_bytes()), "{}", path.display());
        }
    }
}

async fn whole_life(store: &Store, place: &str) {
    store.put_secret("api-key", value(), vec!["api.example.com".into(), "b.example.com".into()]).await.unwrap();
    let listed = store.secrets().await.unwrap().remove(0);
    assert_eq!((listed.place.as_str(), listed.hosts.len(), listed.last_used), (place, 2, None));
    assert_eq!(store.secret_get("api-key", "API.example.com").await.unwrap().as_str(), VALUE);
    for host in ["evil.org", "example.com", "x.api.example.com", ""] {
        assert!(matches!(store.secret_get("api-key", host).await, Err(StoreError::Refused(_))), "{host}");
    }
    assert!(matches!(store.secret_get("other", "api.example.com").await, Err(StoreError::Unknown { .. })));
    for _ in 0..100 {
        if store.secrets().await.unwrap()[0].last_used.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(store.secrets().await.unwrap()[0].last_used.is_some());
    nowhere(store.folder());
    assert!(store.verify(None).await.unwrap().is_whole());
    store.remove_secret("api-key").await.unwrap();
    assert!(store.secrets().await.unwrap().is_empty());
    assert!(store.secret_get("api-key", "api.example.com").await.is_err());
}

/// Whether this process runs inside a session with a keyring: the tests start themselves there.
fn in_session() -> bool {
    std::env::var_os("ASSENT_TEST_KEYRING").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_keyring_values_are_sealed_or_refused() {
    if in_session() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    if store.has_keyring().await {
        eprintln!("SKIPPED: this machine has a keyring, so the sealed file is not used");
        return;
    }
    let refused = store.put_secret("api-key", value(), vec!["a.example.com".into()]).await.unwrap_err();
    assert!(refused.to_string().contains("no passphrase was given"), "{refused}");
    store.unlock(Zeroizing::new("open sesame".into()));
    for (name, hosts) in [("", vec!["a.example.com"]), ("a b", vec!["a.example.com"]), ("a", vec![]), ("a", vec!["https://a/"])] {
        let hosts = hosts.into_iter().map(String::from).collect();
        assert!(store.put_secret(name, value(), hosts).await.is_err());
    }
    whole_life(&store, "sealed file").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_keyring() {
    if !in_session() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    assert!(store.has_keyring().await);
    whole_life(&store, "keyring").await;
    assert!(!folder.path().join("secrets.sealed").exists());
}

#[test]
fn a_real_secret_service() {
    if in_session() {
        return;
    }
    let there =
        |tool: &str| Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().is_ok_and(|o| o.status.success());
    if !there("dbus-run-session") || !there("gnome-keyring-daemon") {
        eprintln!("SKIPPED: dbus-run-session or gnome-keyring-daemon is not installed");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let script =
        "printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$0\" with_a_keyring --exact";
    let run = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(this)
        .env("ASSENT_TEST_KEYRING", "1")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}
