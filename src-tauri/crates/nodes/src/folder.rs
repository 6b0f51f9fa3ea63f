//! Files in a folder that a flow names: found without leaving it, opened without following links.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Component, Path, PathBuf},
};

use engine::StepError;
use flow::Digest;

/// The most that is read or written, in bytes.
pub(crate) const MOST: u64 = 64 << 20;

/// The file of a name in a folder, as the file system has it: from the root, without links. The file itself need not be there.
pub(crate) fn place(folder: &str, name: &str) -> Result<PathBuf, StepError> {
    let relative = Path::new(name);
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_))) && relative.file_name().is_some();
    if !inside || name.ends_with(['/', '\\']) {
        let message = format!("{name:?} is no name of a file in the folder.");
        return Err(StepError::new("BAD_INPUT", message, "Give a name, or a path below the folder, without . and .. in it."));
    }
    let wanted = Path::new(folder).join(relative);
    let (Some(around), Some(last)) = (wanted.parent(), wanted.file_name()) else {
        return Err(StepError::new("BAD_INPUT", format!("{name:?} names no file."), "Give the name of a file."));
    };
    let around = around.canonicalize().map_err(|error| {
        StepError::new(
            "NO_FOLDER",
            format!("The folder {} can't be used: {error}.", around.display()),
            "Make it, or name another.",
        )
    })?;
    Ok(around.join(last))
}

/// A path as text.
pub(crate) fn text(path: &Path) -> Result<String, StepError> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        StepError::new("BAD_INPUT", format!("{} is not written in Unicode.", path.display()), "Rename the file or folder.")
    })
}

/// The bytes of a file that is no link, at most [`MOST`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StepError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => StepError::new("NO_FILE", format!("There is no file {}.", path.display()), "Check its name."),
        _ => unreadable(path, &error),
    };
    let file = open(path, Mode::Read).map_err(failed)?;
    if !file.metadata().map_err(|error| unreadable(path, &error))?.is_file() {
        return Err(StepError::new("NO_FILE", format!("{} is no file.", path.display()), "Name a file."));
    }
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST {
        let message = format!("{} has more than {} MiB.", path.display(), MOST >> 20);
        return Err(StepError::new("TOO_LARGE", message, "Split it."));
    }
    Ok(bytes)
}

/// Writes a file whole or not at all: beside its place first, then in its place. The same bytes there already count as written.
pub(crate) fn write(path: &Path, bytes: &[u8], replaces: bool) -> Result<(), StepError> {
    let failed = |error: io::Error| {
        StepError::new(
            "NOT_WRITTEN",
            format!("{} can't be written: {error}.", path.display()),
            "Make room, or check who may write there.",
        )
    };
    if let Ok(there) = read(path)
        && Digest::of_bytes(&there) == Digest::of_bytes(bytes)
    {
        return Ok(());
    }
    if !replaces && path.symlink_metadata().is_ok() {
        let message = format!("There is a file {} already, with other contents.", path.display());
        return Err(StepError::new("FILE_EXISTS", message, "Choose another name, or let it be replaced."));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside =
        path.with_file_name(format!(".{name}.{}.part", Digest::of_bytes(bytes).to_string().get(..12).unwrap_or_default()));
    let written = open(&beside, Mode::Write).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| std::fs::rename(&beside, path));
    if moved.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    moved.map_err(failed)
}

fn unreadable(path: &Path, error: &io::Error) -> StepError {
    StepError::new("UNREADABLE", format!("{} can't be read: {error}.", path.display()), "Check who may read it.")
}

#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}

/// No part of the path may be a link, so that it can't be led elsewhere after it was granted.
#[cfg(target_os = "linux")]
fn open(path: &Path, mode: Mode) -> io::Result<File> {
    use rustix::fs::{CWD, Mode as Rights, OFlags, ResolveFlags, openat2};
    let (flags, rights) = match mode {
        Mode::Read => (OFlags::RDONLY | OFlags::NONBLOCK, Rights::empty()),
        Mode::Write => (OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC, Rights::from_raw_mode(0o644)),
    };
    Ok(File::from(openat2(CWD, path, flags | OFlags::CLOEXEC, rights, ResolveFlags::NO_SYMLINKS)?))
}

/// No part of the path may be a link; looked at once more right before it is opened.
#[cfg(not(target_os = "linux"))]
fn open(path: &Path, mode: Mode) -> io::Result<File> {
    let around = path.parent().unwrap_or(path);
    let is_link = path.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink());
    if is_link || around.canonicalize()? != around {
        return Err(io::Error::other("a part of its path is a link"));
    }
    match mode {
        Mode::Read => File::open(path),
        Mode::Write => File::create(path),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn code<T: std::fmt::Debug>(result: Result<T, StepError>) -> String {
        result.unwrap_err().code
    }

    #[test]
    fn names_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("deep")).unwrap();
        let of = |name: &str| place(root.to_str().unwrap(), name);
        assert_eq!(of("a.csv").unwrap(), root.join("a.csv"));
        assert_eq!(of("deep/a.csv").unwrap(), root.join("deep/a.csv"));
        for name in ["", ".", "..", "../a", "deep/../../a", "/etc/passwd", "deep/", "./a"] {
            assert_eq!(code(of(name)), "BAD_INPUT", "{name:?}");
        }
        assert_eq!(code(of("nowhere/a")), "NO_FOLDER");
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "secret").unwrap();
        std::os::unix::fs::symlink(&secret, root.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.join("away")).unwrap();
        // A link as the file itself is not opened; one on the way is seen as where it leads to, which the gate then judges.
        assert_eq!(code(read(&place(root.to_str().unwrap(), "link").unwrap())), "UNREADABLE");
        assert_eq!(place(root.to_str().unwrap(), "away/secret").unwrap(), secret.canonicalize().unwrap());
        assert_eq!(code(read(&root.join("away/secret"))), "UNREADABLE");
        // What is written takes the link's place, and what it led to stays.
        assert_eq!(code(write(&root.join("link"), b"new", false)), "FILE_EXISTS");
        write(&root.join("link"), b"new", true).unwrap();
        assert_eq!(
            (std::fs::read(&secret).unwrap(), std::fs::read(root.join("link")).unwrap()),
            (b"secret".to_vec(), b"new".to_vec())
        );
        assert_eq!(code(write(&root.join("away/other"), b"new", true)), "NOT_WRITTEN");
    }

    #[test]
    fn a_file_is_written_whole_and_the_same_twice_is_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("a.txt");
        write(&path, b"one", false).unwrap();
        write(&path, b"one", false).unwrap();
        assert_eq!(code(write(&path, b"two", false)), "FILE_EXISTS");
        write(&path, b"two", true).unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(code(read(&path.with_file_name("b.txt"))), "NO_FILE");
        assert_eq!(code(read(path.parent().unwrap())), "NO_FILE");
    }
}
