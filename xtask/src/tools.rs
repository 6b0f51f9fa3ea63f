//! Cargo's companions: built once for this user, or found on the PATH.

use crate::places::Places;
use crate::process::{cargo, run, succeeds};
use anyhow::Result;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of cargo-deny that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

/// The cargo-deny to use: ours, one on the PATH of the same minor version, or else one built now, which takes minutes.
pub(crate) fn cargo_deny(places: &Places) -> Result<PathBuf> {
    let ours = places.tools.join("bin").join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    for program in [ours.clone(), PathBuf::from("cargo-deny")] {
        if version_of(&program).is_some_and(|version| fits(&version)) {
            println!("Set-up: cargo-deny is there.");
            return Ok(program);
        }
    }
    println!("Set-up: building cargo-deny {CARGO_DENY} into {} (once, some minutes)", places.tools.display());
    let mut install = cargo(places, ["install", "--locked", "cargo-deny", "--version", CARGO_DENY, "--root"]);
    // Built in a folder that cargo removes afterwards: nothing of it is of use to our own builds.
    run(install.arg(&places.tools).env_remove("CARGO_TARGET_DIR"))?;
    Ok(ours)
}

/// Whether cargo-nextest is there to run the tests with.
pub(crate) fn has_nextest(places: &Places) -> bool {
    succeeds(&mut cargo(places, ["nextest", "--version"]))
}

fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1).map(str::to_owned)
}

/// The same minor version reads the same configuration.
fn fits(version: &str) -> bool {
    version.rsplit_once('.').map(|(minor, _)| minor) == CARGO_DENY.rsplit_once('.').map(|(minor, _)| minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_patch_fits_and_another_minor_does_not() {
        assert!(fits(CARGO_DENY));
        assert!(fits("0.20.9"));
        assert!(!fits("0.19.2"));
        assert!(!fits("unknown"));
    }
}
