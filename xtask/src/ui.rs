//! The user interface's part: its packages by the lock file, and its scripts.

use crate::places::Places;
use crate::process::{run, words};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::process::Command;

/// The oldest Node that its tools work with.
const NODE: (u32, u32) = (20, 19);

/// npm in the folder `ui`, under the name that this system gives it.
pub(crate) fn npm(places: &Places, args: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(places.root.join("ui")).args(args);
    // What drives the studio in a browser starts this program; the demo model need not lie beside it.
    command.env("ASSENT_MODEL", places.root.join("assets").join("voice").join("ggml-demo-q8_0.bin"));
    command.env("ASSENT_BIN", places.target.join("debug").join(format!("assent{}", env::consts::EXE_SUFFIX)));
    command
}

/// Installs the packages that the lock file names, where they are not there as it names them.
pub(crate) fn install(places: &Places) -> Result<()> {
    check_node()?;
    let folder = places.root.join("ui");
    let (lock, done) = (folder.join("package-lock.json"), folder.join("node_modules").join(".lock-installed"));
    let wanted = fs::read(&lock).with_context(|| format!("{} can't be read", lock.display()))?;
    if fs::read(&done).is_ok_and(|installed| installed == wanted) {
        println!("Set-up: the packages of the user interface are there.");
        return Ok(());
    }
    let mut command = npm(places, &["ci", "--no-audit", "--no-fund"]);
    println!("Set-up: {} (in the folder ui)", words(&command));
    run(&mut command)?;
    fs::write(&done, wanted).with_context(|| format!("{} can't be written", done.display()))
}

/// Builds the pages.
pub(crate) fn build(places: &Places) -> Result<()> {
    install(places)?;
    run(&mut npm(places, &["run", "--silent", "build"]))
}

fn check_node() -> Result<()> {
    let hint = format!("Install Node {}.{} or newer with npm: the user interface is built with it", NODE.0, NODE.1);
    let output = Command::new("node").arg("--version").output().with_context(|| format!("node is not there. {hint}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&text) {
        Some(version) if version >= NODE => Ok(()),
        _ => bail!("node is {text}. {hint}"),
    }
}

/// `v20.19.1` as (20, 19).
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        assert_eq!(version("v20.19.1"), Some((20, 19)));
        assert!(version("v22.2.0") > Some(NODE) && version("v20.9.0") < Some(NODE));
        assert_eq!(version("20"), None);
    }
}
