//! System packages: what is needed and why, what is missing, and installing it.

use crate::process::{run, succeeds, words};
use anyhow::{Result, bail};
use std::env;
use std::process::{Command, Stdio};

/// What a package is needed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// Building the program.
    Build,
    /// Building the window.
    Desktop,
    /// Running its tests.
    Test,
}

/// A Debian package.
struct Package {
    name: &'static str,
    need: Need,
    /// A program it brings, looked for where there is no dpkg. None for a library.
    program: Option<&'static str>,
    reason: &'static str,
}

const PACKAGES: &[Package] = &[
    Package { name: "g++", need: Need::Build, program: Some("c++"), reason: "compiles whisper.cpp and SQLite, and links" },
    Package { name: "cmake", need: Need::Build, program: Some("cmake"), reason: "builds whisper.cpp" },
    Package {
        name: "clang",
        need: Need::Build,
        program: Some("clang"),
        reason: "its headers, which bindgen reads whisper.h with",
    },
    Package { name: "libclang-dev", need: Need::Build, program: None, reason: "the library bindgen reads whisper.h with" },
    Package { name: "pkg-config", need: Need::Desktop, program: Some("pkg-config"), reason: "finds the window's libraries" },
    Package { name: "libwebkit2gtk-4.1-dev", need: Need::Desktop, program: None, reason: "the window shows its pages with it" },
    Package { name: "libgtk-3-dev", need: Need::Desktop, program: None, reason: "the window itself" },
    Package { name: "libayatana-appindicator3-dev", need: Need::Desktop, program: None, reason: "the icon in the tray" },
    Package { name: "librsvg2-dev", need: Need::Desktop, program: None, reason: "icons" },
    Package {
        name: "gstreamer1.0-plugins-good",
        need: Need::Desktop,
        program: None,
        reason: "recordings are drawn and played in the window",
    },
    Package { name: "chromium", need: Need::Test, program: Some("chromium"), reason: "the tests of the studio in a browser" },
    Package { name: "xvfb", need: Need::Test, program: Some("Xvfb"), reason: "a screen for the tests of the window" },
    Package { name: "xauth", need: Need::Test, program: Some("xauth"), reason: "who may use that screen" },
    Package {
        name: "webkit2gtk-driver",
        need: Need::Test,
        program: Some("WebKitWebDriver"),
        reason: "drives the window in its tests",
    },
    Package { name: "strace", need: Need::Test, program: Some("strace"), reason: "the test that effects wait for the disk" },
    Package {
        name: "dbus-x11",
        need: Need::Test,
        program: Some("dbus-run-session"),
        reason: "a session bus for the keyring tests",
    },
    Package {
        name: "gnome-keyring",
        need: Need::Test,
        program: Some("gnome-keyring-daemon"),
        reason: "a real keyring for the tests of secrets",
    },
];

/// Installs what is missing for the given needs; says what it does. Quick when nothing is missing.
///
/// Where it can't install (no apt-get, or no right to use it) it says what to install. That is an error where dpkg is sure
/// that something is missing, and a warning elsewhere, since the same thing may be there under another name.
pub(crate) fn packages(needs: &[Need]) -> Result<()> {
    let wanted: Vec<&Package> = PACKAGES.iter().filter(|package| needs.contains(&package.need)).collect();
    let Some(installed) = dpkg_listing(&wanted) else {
        return without_dpkg(&wanted);
    };
    let missing = missing(&wanted, &installed);
    if missing.is_empty() {
        println!("Set-up: {} system packages are there.", wanted.len());
        return Ok(());
    }
    println!("Set-up: missing system packages\n{}", listing(&missing));
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let Some(become_root) = way_to_root() else {
        bail!(
            "system packages are missing and can't be installed without a password. Run: sudo apt-get install {}",
            names.join(" ")
        );
    };
    let apt = |args: &[&str]| {
        let mut line: Vec<&str> = become_root.to_vec();
        line.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        line.extend(args);
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).stdin(Stdio::null());
        println!("Set-up: {}", words(&command));
        run(&mut command)
    };
    // An index that can't be refreshed may still be good enough to install from.
    if let Err(error) = apt(&["update", "--quiet=2"]) {
        println!("Set-up: {error:#}; going on with the package lists that are there.");
    }
    apt(&[&["install", "--yes", "--no-install-recommends", "--quiet=2"], names.as_slice()].concat())
}

/// The installed packages among the wanted, as dpkg lists them; none where there is no dpkg or no apt-get.
fn dpkg_listing(wanted: &[&Package]) -> Option<String> {
    if !on_path("apt-get") {
        return None;
    }
    // dpkg-query fails when it doesn't know one of the names, but lists the others.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Status}\\n"])
        .args(wanted.iter().map(|package| package.name))
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn missing<'a>(wanted: &[&'a Package], dpkg_listing: &str) -> Vec<&'a Package> {
    let installed: Vec<&str> = dpkg_listing.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    wanted.iter().copied().filter(|package| !installed.contains(&package.name)).collect()
}

/// Elsewhere only programs can be looked for, under their usual names.
fn without_dpkg(wanted: &[&Package]) -> Result<()> {
    let missing: Vec<&Package> =
        wanted.iter().copied().filter(|package| package.program.is_some_and(|program| !on_path(program))).collect();
    if missing.is_empty() {
        println!("Set-up: this machine has no apt-get; the programs needed are there.");
    } else {
        println!("Set-up: this machine has no apt-get. Install these by hand if a step misses them\n{}", listing(&missing));
    }
    Ok(())
}

fn listing(packages: &[&Package]) -> String {
    packages.iter().map(|package| format!("  {:<28} {}", package.name, package.reason)).collect::<Vec<_>>().join("\n")
}

/// What to put before a command so that it runs as root; none if that needs a password.
fn way_to_root() -> Option<&'static [&'static str]> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if root { Some(&[]) } else { succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"]) }
}

/// Whether a program of this name is on the PATH.
fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(needs: &[Need], dpkg_listing: &str) -> Vec<&'static str> {
        let wanted: Vec<&Package> = PACKAGES.iter().filter(|package| needs.contains(&package.need)).collect();
        missing(&wanted, dpkg_listing).iter().map(|package| package.name).collect()
    }

    #[test]
    fn a_removed_package_whose_configuration_is_left_counts_as_missing() {
        let listing = "g++ installed\ncmake config-files\nclang installed\nlibclang-dev not-installed\n";
        assert_eq!(names(&[Need::Build], listing), ["cmake", "libclang-dev"]);
    }

    #[test]
    fn nothing_is_missing_when_all_are_installed() {
        let listing: String = PACKAGES.iter().map(|package| format!("{} installed\n", package.name)).collect();
        assert!(names(&[Need::Build, Need::Desktop, Need::Test], &listing).is_empty());
    }

    #[test]
    fn building_asks_for_no_test_package() {
        assert!(!names(&[Need::Build], "").contains(&"strace"));
        assert!(names(&[Need::Build, Need::Test], "").contains(&"strace"));
    }
}
