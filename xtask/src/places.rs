//! Where things are: the checkout, the build folder, the user's cache.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The folders a task works with.
pub(crate) struct Places {
    /// The root of the checkout.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// Tools that are built once for this user.
    pub(crate) tools: PathBuf,
}

impl Places {
    /// Reads them from the environment.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no folder above it")?.to_path_buf();
        let cache = cache_folder(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
            .context("no cache folder: set XDG_CACHE_HOME or HOME")?;
        let target =
            target_folder(&root, &cache, env::var_os("CARGO_TARGET_DIR").map(PathBuf::from), env::var_os("CI").is_some());
        Ok(Self { root, target, tools: cache.join("tools") })
    }
}

/// Our folder in the user's cache.
fn cache_folder(var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let base = var("XDG_CACHE_HOME").or_else(|| var("LOCALAPPDATA")).or_else(|| var("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("assent"))
}

/// Under CI the build folder is outside the checkout, so that the next fresh checkout on the same machine finds it warm.
fn target_folder(root: &Path, cache: &Path, chosen: Option<PathBuf>, ci: bool) -> PathBuf {
    match chosen {
        Some(folder) => root.join(folder),
        None if ci => cache.join("target"),
        None => root.join("target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_the_xdg_folder_before_the_home_folder() {
        let both = |name: &str| match name {
            "XDG_CACHE_HOME" => Some(PathBuf::from("/xdg")),
            "HOME" => Some(PathBuf::from("/home/ada")),
            _ => None,
        };
        assert_eq!(cache_folder(both), Some(PathBuf::from("/xdg/assent")));
        assert_eq!(cache_folder(|name| both(name).filter(|_| name == "HOME")), Some(PathBuf::from("/home/ada/.cache/assent")));
        assert_eq!(cache_folder(|_| None), None);
    }

    #[test]
    fn a_chosen_build_folder_wins_and_ci_builds_in_the_cache() {
        let (root, cache) = (Path::new("/checkout"), Path::new("/cache/assent"));
        assert_eq!(target_folder(root, cache, None, false), Path::new("/checkout/target"));
        assert_eq!(target_folder(root, cache, None, true), Path::new("/cache/assent/target"));
        assert_eq!(target_folder(root, cache, Some("/elsewhere".into()), true), Path::new("/elsewhere"));
        assert_eq!(target_folder(root, cache, Some("build".into()), false), Path::new("/checkout/build"));
    }
}
