//! Where a workspace and its local socket are.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Name, ToFsName as _, tokio::Listener};

use store::{Lock, StoreError};

use crate::{ApiError, ErrorCode};

/// Unix leaves 104 bytes for a socket's path, or 108, the last of them zero.
const LONGEST_SOCKET_PATH: usize = 100;

/// A workspace's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// This folder, made absolute.
    pub fn new(folder: impl AsRef<Path>) -> Result<Self, ApiError> {
        let folder = folder.as_ref();
        let folder = std::path::absolute(folder).map_err(|error| ApiError::file(folder, "used", &error))?;
        // One workspace has one name, or two processes would meet on two sockets.
        Ok(Self { folder: fs::canonicalize(&folder).unwrap_or(folder) })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A short name that no other workspace of this machine has: 16 hexadecimal digits.
    pub fn short_name(&self) -> String {
        flow::Digest::of_bytes(self.folder.as_os_str().as_encoded_bytes()).to_string()[..16].to_owned()
    }

    /// The workspace's own flows.
    pub fn flows(&self) -> PathBuf {
        self.folder.join("flows")
    }

    /// Whether there is a workspace.
    pub fn exists(&self) -> bool {
        self.folder.join("lock").exists()
    }

    /// Takes the workspace's lock; `None` when another process holds it. Makes the folder, for its user alone, where there is none.
    pub(crate) fn lock(&self) -> Result<Option<Lock>, ApiError> {
        match Lock::take(&self.folder) {
            Ok(lock) => Ok(Some(lock)),
            Err(StoreError::Owned(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the owner listens.
    pub(crate) fn socket(&self) -> Result<Socket, ApiError> {
        let near = self.folder.join("socket");
        if near.as_os_str().len() <= LONGEST_SOCKET_PATH {
            return Ok(Socket(near));
        }
        let folder = short_folder(&self.folder)?;
        Ok(Socket(folder.join(self.short_name())))
    }
}

/// The owner's socket.
#[derive(Debug, Clone)]
pub(crate) struct Socket(PathBuf);

impl Socket {
    pub(crate) fn name(&self) -> Result<Name<'_>, ApiError> {
        #[cfg(unix)]
        let name = self.0.as_path().to_fs_name::<GenericFilePath>();
        #[cfg(windows)]
        let name = format!(r"\\.\pipe\assent-{}", flow::Digest::of_bytes(self.0.as_os_str().as_encoded_bytes()))
            .to_fs_name::<GenericFilePath>();
        name.map_err(|error| ApiError::file(&self.0, "used as a socket", &error))
    }

    /// Listens, for the user alone. Called by the holder of the lock only, so a socket that is there already is a dead owner's.
    pub(crate) fn listen(&self) -> Result<Listener, ApiError> {
        let failed = |error: io::Error| ApiError::file(&self.0, "listened on", &error);
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let options = ListenerOptions::new().name(self.name()?);
        #[cfg(target_os = "linux")]
        let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
        let listener = options.create_tokio().map_err(failed)?;
        #[cfg(unix)]
        fs::set_permissions(&self.0, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(failed)?;
        Ok(listener)
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A folder with a short path that belongs to the owner of the workspace and nobody else may enter.
fn short_folder(workspace: &Path) -> Result<PathBuf, ApiError> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    #[cfg(unix)]
    let folder = {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let user = fs::metadata(workspace).map_err(|error| ApiError::file(workspace, "read", &error))?.uid();
        let folder =
            runtime.map_or_else(|| std::env::temp_dir().join(format!("assent-{user}")), |runtime| runtime.join("assent"));
        private_folder(&folder).map_err(|error| ApiError::file(&folder, "made", &error))?;
        let found = fs::symlink_metadata(&folder).map_err(|error| ApiError::file(&folder, "read", &error))?;
        if !found.is_dir() || found.uid() != user || found.permissions().mode() & 0o077 != 0 {
            let message =
                format!("{} belongs to somebody else or is open to others, so no socket is put there.", folder.display());
            return Err(ApiError::new(ErrorCode::File, message, "Remove it, or choose a workspace with a shorter path."));
        }
        folder
    };
    #[cfg(not(unix))]
    let folder = {
        let _ = (workspace, ErrorCode::File);
        runtime.unwrap_or_else(std::env::temp_dir)
    };
    Ok(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_holds_the_lock_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path()).unwrap();
        assert!(!place.exists());
        let first = place.lock().unwrap();
        assert!(first.is_some() && place.exists());
        assert!(place.lock().unwrap().is_none());
        drop(first);
        assert!(place.lock().unwrap().is_some());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_socket_is_for_its_user_alone_and_a_long_path_is_no_hindrance() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for workspace in [folder.path().join("near"), folder.path().join("far".repeat(40))] {
            let place = Place::new(&workspace).unwrap();
            let _lock = place.lock().unwrap();
            assert_eq!(mode(&workspace), 0o700);
            let socket = place.socket().unwrap();
            assert!(socket.0.as_os_str().len() <= 107, "{socket:?}");
            let listener = socket.listen().unwrap();
            assert_eq!(mode(&socket.0), 0o600);
            assert_eq!(mode(socket.0.parent().unwrap()), 0o700);
            // A dead owner's socket is no hindrance either.
            drop(socket.listen().unwrap());
            drop(listener);
        }
    }
}
