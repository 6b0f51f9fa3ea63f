//! Who owns a workspace: whoever holds the lock on its file `lock`.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::StoreError;

/// The operating system's lock on a workspace. It ends with the process, however that ends, so no stale one is ever left.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a workspace folder, which is made, for this user alone, where it isn't there. [`StoreError::Owned`] when another
    /// process has it, or this one already.
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        private_folder(folder)?;
        let path = folder.join("lock");
        let file = private_file().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|e| StoreError::folder(&path, format!("the lock can't be opened: {e}")))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Owned(folder.to_owned())),
            Err(TryLockError::Error(e)) => {
                Err(StoreError::folder(&path, format!("the file can't be locked: {e}; use a local disk")))
            }
        }
    }
}

/// Makes a folder that only this user can enter, or makes one that is there so.
pub(crate) fn private_folder(folder: &Path) -> Result<(), StoreError> {
    let fail = |e: std::io::Error| StoreError::folder(folder, format!("the folder can't be used: {e}"));
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder).map_err(fail)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(fail)?;
        }
    }
    Ok(())
}

/// Opens files that, where they are made, only this user can read.
pub(crate) fn private_file() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Lock;
    use crate::StoreError;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(StoreError::Owned(_))));
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a").join("b");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let _lock = Lock::take(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(folder.join("lock")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
