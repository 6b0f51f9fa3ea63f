//! Secrets: names and hosts in the store, values in the operating system's keyring or in a sealed file.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use zeroize::Zeroizing;

use crate::{
    Store, StoreError,
    audit::Link,
    snapshot::{get, parsed},
    table::Of,
    writer::Lookup,
};

/// A secret, as the list has it. Its value is never in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// The hosts it may be sent to, lower case, without ports.
    pub hosts: Vec<String>,
    /// When it was set, in milliseconds since the epoch.
    pub created: i64,
    /// Where its value is.
    pub place: String,
    /// When it was last used, to the minute, in milliseconds since the epoch.
    pub last_used: Option<i64>,
}

const KEYRING: &str = "keyring";
const SEALED: &str = "sealed file";

/// Uses within so many milliseconds are written down as one.
const ONE_USE_MS: i64 = 60_000;

fn info(row: &SqliteRow) -> Result<SecretInfo, StoreError> {
    Ok(SecretInfo {
        name: get(row, "name")?,
        hosts: parsed(row, "hosts")?,
        created: get(row, "created")?,
        place: get(row, "place")?,
        last_used: get(row, "last_used")?,
    })
}

fn checked(name: &str, value: &str, hosts: &[String]) -> Result<(), StoreError> {
    let refuse = |what: String| Err(StoreError::Refused(what));
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(in_name) {
        return refuse(format!("{name:?} can't be a secret's name; use letters, digits, hyphens, underscores and full stops"));
    }
    if value.is_empty() {
        return refuse(format!("the value of secret {name} is empty"));
    }
    if hosts.is_empty() {
        return refuse(format!("secret {name} is bound to no host; name at least one that it may be sent to"));
    }
    let in_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
    match hosts.iter().find(|host| host.is_empty() || !host.chars().all(in_host)) {
        Some(odd) => refuse(format!("{odd:?} is not a host; write its name in lower case, without port and path")),
        None => Ok(()),
    }
}

impl Store {
    /// Gives the passphrase of the sealed file, for as long as the store is open. It is used where there is no keyring.
    pub fn unlock(&self, passphrase: Zeroizing<String>) {
        self.0.sealed.unlock(passphrase);
    }

    /// Stores a secret in place of one of that name, bound to hosts. Its value goes to the keyring, else to the sealed file if a
    /// passphrase was given, else it is refused.
    pub async fn put_secret(&self, name: &str, value: Zeroizing<String>, mut hosts: Vec<String>) -> Result<(), StoreError> {
        hosts.sort_unstable();
        hosts.dedup();
        checked(name, &value, &hosts)?;
        let place = self.keep(name, value).await?;
        let name = name.to_owned();
        self.change(Lookup::Nothing, move |group, at, _| {
            group.link(at, &Link::SecretPut { name, hosts, place: place.to_owned() });
            Ok(())
        })
        .await
    }

    /// All secrets, by name, without their values.
    pub async fn secrets(&self) -> Result<Vec<SecretInfo>, StoreError> {
        self.rows("SELECT * FROM secrets ORDER BY name", [], info).await
    }

    /// Removes a secret and its value.
    pub async fn remove_secret(&self, name: &str) -> Result<(), StoreError> {
        let found = self.secret(name).await?;
        let named = name.to_owned();
        let unlink = |group: &mut crate::group::Group<'_>, at: i64, _| {
            group.link(at, &Link::SecretRemoved { name: named });
            Ok(())
        };
        self.change(Lookup::Nothing, unlink).await?;
        let (store, name) = (self.clone(), name.to_owned());
        blocking(move || if found.place == KEYRING { forget(&store, &name) } else { store.0.sealed.remove(&name) }).await
    }

    /// The value of a secret, to be sent to a host (its name alone). Refused for a host that it is not bound to.
    pub async fn secret_get(&self, name: &str, host: &str) -> Result<Zeroizing<String>, StoreError> {
        let found = self.secret(name).await?;
        if !found.hosts.iter().any(|bound| bound.eq_ignore_ascii_case(host)) {
            let hosts = found.hosts.join(", ");
            return Err(StoreError::Refused(format!("secret {name} may not be sent to {host}; it is bound to {hosts}")));
        }
        let (store, key, place) = (self.clone(), name.to_owned(), found.place);
        let value = blocking(move || if place == KEYRING { recall(&store, &key) } else { store.0.sealed.get(&key) }).await?;
        self.used(name, found.last_used);
        Ok(value)
    }

    /// Notes that a secret was used. Nobody waits for it to be on disk.
    fn used(&self, name: &str, before: Option<i64>) {
        let (store, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move {
            let note = move |group: &mut crate::group::Group<'_>, at: i64, _| {
                if before.is_none_or(|before| at - before >= ONE_USE_MS) {
                    group.changes.patch(Of::Secrets, vec![name.into()], &[("last_used", at.into())]);
                }
                Ok(())
            };
            if let Err(error) = store.change(Lookup::Nothing, note).await {
                tracing::debug!(%error, "the use of a secret was not noted");
            }
        });
    }

    async fn secret(&self, name: &str) -> Result<SecretInfo, StoreError> {
        let found = self.rows("SELECT * FROM secrets WHERE name = ?", [name.into()], info).await?.pop();
        found.ok_or_else(|| StoreError::unknown("secret", name))
    }

    /// Keeps a value where it can be kept. Returns where that is.
    async fn keep(&self, name: &str, value: Zeroizing<String>) -> Result<&'static str, StoreError> {
        let (store, name) = (self.clone(), name.to_owned());
        blocking(move || match entry(&store, &name).and_then(|entry| entry.set_password(&value).map_err(why)) {
            Ok(()) => Ok(KEYRING),
            Err(_) if store.0.sealed.is_unlocked() => store.0.sealed.put(&name, &value).map(|()| SEALED),
            Err(why) => Err(StoreError::Refused(format!(
                "secret {name} can't be kept: there is no keyring here ({why}), and no passphrase was given for the sealed file; give one"
            ))),
        })
        .await
    }

    /// Whether this machine has a keyring that can be used.
    pub async fn has_keyring(&self) -> bool {
        has_keyring().await
    }
}

/// Whether this machine has a keyring that can be used, whatever the workspace.
pub async fn has_keyring() -> bool {
    blocking(|| Ok(keyring::Entry::store_status().is_ok())).await.unwrap_or(false)
}

/// The keyring waits for other programs, maybe for a person.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Read(format!("the keyring's work failed: {e}")))?
}

fn entry(store: &Store, name: &str) -> Result<keyring::Entry, String> {
    match keyring::Entry::store_status() {
        Ok(()) => keyring::Entry::new(&format!("assent/{}", store.workspace()), name).map_err(why),
        Err(error) => Err(error.to_string()),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn why(error: keyring::Error) -> String {
    error.to_string()
}

fn recall(store: &Store, name: &str) -> Result<Zeroizing<String>, StoreError> {
    let value = entry(store, name).and_then(|entry| entry.get_password().map_err(why));
    let failed =
        |why| StoreError::Refused(format!("the keyring does not give secret {name}: {why}; unlock it, or set the secret again"));
    value.map(Zeroizing::new).map_err(failed)
}

fn forget(store: &Store, name: &str) -> Result<(), StoreError> {
    match entry(store, name).map(|entry| entry.delete_credential()) {
        Ok(Ok(()) | Err(keyring::Error::NoEntry)) => Ok(()),
        Ok(Err(error)) => Err(StoreError::Refused(format!("the keyring does not remove secret {name}: {error}"))),
        Err(why) => Err(StoreError::Refused(format!("the keyring does not remove secret {name}: {why}"))),
    }
}
