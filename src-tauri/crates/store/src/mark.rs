//! A mark beside the database that says which workspace it is: an emptied or exchanged database is not taken for a new one.

use std::{fs, io::Write as _, path::Path};

use crate::StoreError;

/// The mark's file in the workspace's folder.
const FILE: &str = "workspace.id";

/// The id of the workspace that this folder is, once its first commit was on disk.
pub(crate) fn read(folder: &Path) -> Result<Option<String>, StoreError> {
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::Folder { what: format!("it can't be read: {error}"), path }),
    }
}

/// Marks the folder. A crash on the way leaves none, and the next start marks it.
pub(crate) fn write(folder: &Path, workspace: &str) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let draft = folder.join(format!("{FILE}.new"));
    let written = (|| {
        let mut file = fs::File::create(&draft)?;
        writeln!(file, "{workspace}")?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    })();
    written.map_err(|error| StoreError::Folder { what: format!("it can't be written: {error}"), path })
}

/// Refuses a marked folder whose database has lost everything.
pub(crate) fn check_there(mark: Option<&str>, database: &Path) -> Result<(), StoreError> {
    let Some(workspace) = mark else { return Ok(()) };
    if fs::metadata(database).is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    let what = format!("workspace {workspace} was kept in it, and now it is missing or empty");
    Err(StoreError::Damaged { path: database.to_owned(), what })
}

/// Refuses a database that is not the one of this folder.
pub(crate) fn check_same(mark: Option<&str>, found: &str, database: &Path) -> Result<(), StoreError> {
    match mark {
        Some(workspace) if workspace != found => {
            let what = format!("the folder is workspace {workspace}, but this is the store of workspace {found}");
            Err(StoreError::Damaged { path: database.to_owned(), what })
        }
        _ => Ok(()),
    }
}
