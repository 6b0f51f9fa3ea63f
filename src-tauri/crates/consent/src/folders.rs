//! Which folder a file stands in.

use std::{
    collections::BTreeSet,
    path::{Component, Path},
};

/// Whether a path goes from the root and says plainly where to: no `.`, no `..`.
pub(crate) fn is_plain(path: &str) -> bool {
    let plain = |component| matches!(component, Component::RootDir | Component::Prefix(_) | Component::Normal(_));
    // `components` leaves out `.` by itself, so what it makes is compared.
    let path = Path::new(path);
    path.is_absolute()
        && path.components().all(plain)
        && path.components().collect::<std::path::PathBuf>().as_os_str() == path.as_os_str()
}

/// The folder of a list that a file stands in, by whole names: `/a/bc` does not stand in `/a/b`.
pub(crate) fn find<'a>(folders: &'a BTreeSet<String>, file: &str) -> Option<&'a str> {
    let file = Path::new(file);
    folders.iter().map(String::as_str).find(|folder| file != Path::new(folder) && file.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_compared_by_whole_names() {
        let folders = BTreeSet::from(["/data/in".to_owned()]);
        for (file, stands) in [
            ("/data/in/a.csv", true),
            ("/data/in/deep/a.csv", true),
            ("/data/inbox/a.csv", false),
            ("/data/in", false),
            ("/data", false),
            ("data/in/a.csv", false),
        ] {
            assert_eq!(find(&folders, file).is_some(), stands, "{file}");
        }
        for (path, plain) in
            [("/a/b", true), ("/", true), ("a/b", false), ("/a/../b", false), ("/a/./b", false), ("/a//b", false), ("", false)]
        {
            assert_eq!(is_plain(path), plain, "{path}");
        }
    }
}
