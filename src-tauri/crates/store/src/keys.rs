//! Approvers' keys: one file each in the workspace's folder `keys`, readable by this user alone.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use consent::SigningKey;
use zeroize::Zeroizing;

use crate::{
    StoreError,
    lock::{private_file, private_folder},
};

fn path(folder: &Path, profile: &str) -> Result<PathBuf, StoreError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if profile.is_empty() || !profile.chars().all(allowed) {
        return Err(StoreError::Refused(format!("{profile:?} can't be a profile's id; use letters, digits, - and _")));
    }
    Ok(folder.join("keys").join(format!("{profile}.key")))
}

/// The key of a profile whose key is kept in this workspace's folder.
pub fn signing_key(folder: &Path, profile: &str) -> Result<SigningKey, StoreError> {
    let path = path(folder, profile)?;
    let text = std::fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.map_err(|e| StoreError::folder(&path, format!("the key of profile {profile} can't be read: {e}")))?;
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *seed)
        .map_err(|_| StoreError::folder(&path, "this is not a key of 64 hexadecimal digits; restore it from a backup"))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Makes a profile's key, in a file of its own. Where there is one already, that one is given: a key is never overwritten.
pub(crate) fn create(folder: &Path, profile: &str) -> Result<SigningKey, StoreError> {
    let path = path(folder, profile)?;
    let keys = folder.join("keys");
    private_folder(&keys)?;
    if path.exists() {
        return signing_key(folder, profile);
    }
    let fail = |e: std::io::Error| StoreError::folder(&path, format!("the key can't be written: {e}"));
    let mut seed = Zeroizing::new([0; 32]);
    crate::random(&mut *seed)?;
    // Whole and on disk before it has its name; the link fails where the name is taken.
    let draft = keys.join(format!(".{profile}.{}.new", std::process::id()));
    let mut file = private_file().create_new(true).write(true).open(&draft).map_err(fail)?;
    let written = file.write_all(Zeroizing::new(hex::encode(*seed)).as_bytes()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| std::fs::hard_link(&draft, &path));
    let removed = std::fs::remove_file(&draft);
    linked.and(removed).and_then(|()| sync_folder(&keys)).map_err(fail)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Brings the names in a folder to disk, where the system can.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn a_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = super::create(folder.path(), "owner").unwrap();
        let again = super::create(folder.path(), "owner").unwrap();
        assert_eq!(first.to_bytes(), again.to_bytes());
        assert_eq!(super::signing_key(folder.path(), "owner").unwrap().to_bytes(), first.to_bytes());
        assert_eq!(std::fs::read_dir(folder.path().join("keys")).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |p: &str| std::fs::metadata(folder.path().join(p)).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode("keys"), mode("keys/owner.key")), (0o700, 0o600));
        }
        assert!(super::create(folder.path(), "../owner").is_err());
        std::fs::write(folder.path().join("keys/bad.key"), "zz").unwrap();
        assert!(super::signing_key(folder.path(), "bad").unwrap_err().to_string().contains("64 hexadecimal digits"));
    }
}
