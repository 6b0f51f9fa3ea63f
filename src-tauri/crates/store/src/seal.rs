//! The sealed file: secrets' values under a passphrase, for machines without a keyring.
//!
//! The key comes of the passphrase by Argon2id; each value is sealed by XChaCha20-Poly1305 under a nonce of its own, with the
//! workspace and the secret's name bound in, so that no value can stand in for another.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{StoreError, json, keys::sync_folder, lock::private_file};

/// Argon2id: 64 MiB, three passes, one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// The name under which a value is sealed that only shows whether the passphrase is right. No secret can have it.
const CHECK: &str = "";

type Key = Zeroizing<[u8; 32]>;

/// The sealed file of a workspace.
pub(crate) struct Sealed {
    path: PathBuf,
    workspace: String,
    unlocked: Mutex<Unlocked>,
}

#[derive(Default)]
struct Unlocked {
    passphrase: Option<Zeroizing<String>>,
    /// The key for a salt: making it takes a while.
    key: Option<(Vec<u8>, Key)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u32,
    memory_kib: u32,
    passes: u32,
    salt: String,
    /// By name; each nonce and sealed value in base64.
    values: BTreeMap<String, (String, String)>,
}

impl Sealed {
    pub(crate) fn new(path: PathBuf, workspace: &str) -> Self {
        Self { path, workspace: workspace.to_owned(), unlocked: Mutex::default() }
    }

    fn unlocked(&self) -> MutexGuard<'_, Unlocked> {
        self.unlocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn unlock(&self, passphrase: Zeroizing<String>) {
        *self.unlocked() = Unlocked { passphrase: Some(passphrase), key: None };
    }

    pub(crate) fn is_unlocked(&self) -> bool {
        self.unlocked().passphrase.is_some()
    }

    pub(crate) fn get(&self, name: &str) -> Result<Zeroizing<String>, StoreError> {
        let mut unlocked = self.unlocked();
        let (content, key) = self.open(&mut unlocked)?;
        let (nonce, sealed) = content.values.get(name).ok_or_else(|| StoreError::unknown("sealed secret", name))?;
        self.unseal(&key, name, nonce, sealed)
    }

    pub(crate) fn put(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut unlocked = self.unlocked();
        let (mut content, key) = self.open(&mut unlocked)?;
        content.values.insert(name.to_owned(), self.seal(&key, name, value)?);
        self.write(&content)
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        // Taking something away needs no key.
        let _unlocked = self.unlocked();
        let Some(mut content) = self.read()? else { return Ok(()) };
        if content.values.remove(name).is_some() { self.write(&content) } else { Ok(()) }
    }

    /// The file's content and its key; new ones where there is no file. Refused when the passphrase is missing or wrong.
    fn open(&self, unlocked: &mut Unlocked) -> Result<(Content, Key), StoreError> {
        let refuse = |what: &str| StoreError::Refused(format!("{}: {what}", self.path.display()));
        let passphrase =
            unlocked.passphrase.as_ref().ok_or_else(|| refuse("it is sealed, and no passphrase was given; give it"))?;
        let found = self.read()?;
        let is_new = found.is_none();
        let mut content = match found {
            Some(content) => content,
            None => {
                let mut salt = [0; 16];
                crate::random(&mut salt)?;
                Content { version: 1, memory_kib: MEMORY_KIB, passes: PASSES, salt: BASE64.encode(salt), values: BTreeMap::new() }
            }
        };
        let salt = BASE64.decode(&content.salt).map_err(|_| refuse("its salt can't be read; restore a backup"))?;
        let key = match &unlocked.key {
            Some((of, key)) if *of == salt => key.clone(),
            _ => {
                let params = Params::new(content.memory_kib, content.passes, 1, Some(32));
                let params = params.map_err(|e| refuse(&format!("its parameters make no sense: {e}")))?;
                let mut key = Zeroizing::new([0; 32]);
                let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                let made = argon.hash_password_into(passphrase.as_bytes(), &salt, &mut *key);
                made.map_err(|e| refuse(&format!("the key can't be made: {e}")))?;
                unlocked.key = Some((salt, key.clone()));
                key
            }
        };
        if is_new {
            content.values.insert(CHECK.to_owned(), self.seal(&key, CHECK, "assent")?);
        }
        let check = content.values.get(CHECK).and_then(|(nonce, sealed)| self.unseal(&key, CHECK, nonce, sealed).ok());
        if check.is_none() {
            return Err(refuse("the passphrase does not open it; give the one it was sealed with"));
        }
        Ok((content, key))
    }

    /// What is bound into a sealed value.
    fn bound(&self, name: &str) -> String {
        format!("assent.secret.v1/{}/{name}", self.workspace)
    }

    fn seal(&self, key: &Key, name: &str, value: &str) -> Result<(String, String), StoreError> {
        let mut nonce = [0; 24];
        crate::random(&mut nonce)?;
        let bound = self.bound(name);
        let payload = Payload { msg: value.as_bytes(), aad: bound.as_bytes() };
        let sealed = XChaCha20Poly1305::new((&**key).into()).encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Write(format!("secret {name} can't be sealed")))?;
        Ok((BASE64.encode(nonce), BASE64.encode(sealed)))
    }

    fn unseal(&self, key: &Key, name: &str, nonce: &str, sealed: &str) -> Result<Zeroizing<String>, StoreError> {
        let damaged = || StoreError::Damaged { path: self.path.clone(), what: format!("secret {name} does not open") };
        let nonce: [u8; 24] = BASE64.decode(nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(damaged)?;
        let sealed = BASE64.decode(sealed).map_err(|_| damaged())?;
        let bound = self.bound(name);
        let payload = Payload { msg: sealed.as_slice(), aad: bound.as_bytes() };
        let value = XChaCha20Poly1305::new((&**key).into()).decrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())?;
        String::from_utf8(value).map(Zeroizing::new).map_err(|_| damaged())
    }

    fn read(&self) -> Result<Option<Content>, StoreError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::folder(&self.path, format!("the sealed secrets can't be read: {e}"))),
        };
        let damaged = |what: String| StoreError::Damaged { path: self.path.clone(), what };
        let content: Content = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        match content.version {
            1 => Ok(Some(content)),
            found => Err(StoreError::Newer { path: self.path.clone(), found, known: 1 }),
        }
    }

    /// Writes the file whole or not at all.
    fn write(&self, content: &Content) -> Result<(), StoreError> {
        let fail = |e: std::io::Error| StoreError::folder(&self.path, format!("the sealed secrets can't be written: {e}"));
        let draft = self.path.with_extension("new");
        let mut file = private_file().create(true).truncate(true).write(true).open(&draft).map_err(fail)?;
        file.write_all(json(content).as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
        std::fs::rename(&draft, &self.path).map_err(fail)?;
        self.path.parent().map_or(Ok(()), sync_folder).map_err(fail)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use zeroize::Zeroizing;

    use super::Sealed;
    use crate::StoreError;

    fn sealed(folder: &tempfile::TempDir, workspace: &str, passphrase: &str) -> Sealed {
        let sealed = Sealed::new(folder.path().join("secrets.sealed"), workspace);
        sealed.unlock(Zeroizing::new(passphrase.to_owned()));
        sealed
    }

    #[test]
    fn only_the_passphrase_opens_it_and_no_value_stands_in_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.sealed");
        let first = sealed(&folder, "w", "open sesame");
        first.put("a", "value of a").unwrap();
        first.put("b", "value of b").unwrap();
        assert_eq!(first.get("b").unwrap().as_str(), "value of b");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("value of"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);

        let wrong = sealed(&folder, "w", "open barley");
        assert!(wrong.get("a").unwrap_err().to_string().contains("passphrase does not open it"));
        assert!(wrong.put("c", "x").is_err());
        let locked = Sealed::new(path.clone(), "w");
        assert!(matches!(locked.get("a"), Err(StoreError::Refused(_))));

        let mut content: serde_json::Value = serde_json::from_str(&text).unwrap();
        let b = content["values"]["b"].clone();
        content["values"]["a"] = b;
        std::fs::write(&path, content.to_string()).unwrap();
        assert!(matches!(sealed(&folder, "w", "open sesame").get("a"), Err(StoreError::Damaged { .. })));
        first.remove("a").unwrap();
        assert!(matches!(first.get("a"), Err(StoreError::Unknown { .. })));
        std::fs::write(&path, "{").unwrap();
        assert!(matches!(first.get("b"), Err(StoreError::Damaged { .. })));
    }
}
