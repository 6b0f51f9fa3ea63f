//! Why the store refuses or can't go on.

use std::path::PathBuf;

use engine::JournalError;

/// Why the store refuses or can't go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process owns the workspace.
    #[error("another process has the workspace {0} open; talk to it, or end it first")]
    Owned(PathBuf),
    /// The workspace's folder or a file in it can't be used.
    #[error("{path}: {what}")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What went wrong and what to do.
        what: String,
    },
    /// The file is not a store of ours.
    #[error("{path} is not an Assent store ({what}); it was left as it is. Choose another folder, or move the file away")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// The store was written by a newer program.
    #[error(
        "{path} was written by a newer Assent (version {found} of the store, this program knows {known}); it was left as it is. Update Assent"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// The store is damaged.
    #[error("{path} is damaged: {what}. It was left as it is; restore a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and what.
        what: String,
    },
    /// Writing failed; nothing of what was asked is on disk.
    #[error("the store could not be written: {0}")]
    Write(String),
    /// Reading failed, or what was read makes no sense.
    #[error("the store could not be read: {0}")]
    Read(String),
    /// What was asked is refused; nothing has changed.
    #[error("{0}")]
    Refused(String),
    /// There is no such thing.
    #[error("there is no {what} {id:?}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub(crate) fn refused(error: impl std::fmt::Display) -> Self {
        Self::Refused(error.to_string())
    }

    pub(crate) fn unknown(what: &'static str, id: &str) -> Self {
        Self::Unknown { what, id: id.to_owned() }
    }

    pub(crate) fn write(error: &sqlx::Error) -> Self {
        Self::Write(plain(error))
    }

    pub(crate) fn read(error: &sqlx::Error) -> Self {
        Self::Read(plain(error))
    }

    pub(crate) fn folder(path: impl Into<PathBuf>, what: impl std::fmt::Display) -> Self {
        Self::Folder { path: path.into(), what: what.to_string() }
    }
}

/// SQLite's own words, without sqlx's frame around them.
pub(crate) fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        other => other.to_string(),
    }
}

/// Whether SQLite says that the file is no database, or a damaged one.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, CORRUPT | NOT_A_DATABASE))
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Write(what) => Self::Write(what),
            StoreError::Closed => Self::Closed,
            other => Self::Read(other.to_string()),
        }
    }
}
