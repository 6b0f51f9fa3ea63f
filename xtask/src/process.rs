//! Starting programs, and saying which one failed.

use crate::places::Places;
use anyhow::{Context, Result, bail};
use std::env;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

/// Cargo as it started us, in the root of the checkout, building where [`Places::target`] says.
pub(crate) fn cargo(places: &Places, args: impl IntoIterator<Item = impl AsRef<str>>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&places.root).env("CARGO_TARGET_DIR", &places.target);
    for arg in args {
        command.arg(arg.as_ref());
    }
    command
}

/// Runs a command with the terminal passed through. Errors name the command and its exit.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("`{}` could not be started", words(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", words(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed. What it says on standard error goes through.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("`{}` could not be started", words(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", words(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed something other than UTF-8", words(command)))
}

/// Whether a command runs and succeeds; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A command as one would type it: the program without its folder, then the arguments.
pub(crate) fn words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut text = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for arg in command.get_args() {
        let arg = arg.to_string_lossy();
        let quote = if arg.is_empty() || arg.contains(char::is_whitespace) { "\"" } else { "" };
        write!(text, " {quote}{arg}{quote}").expect("writing to a String can't fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_typed() {
        assert_eq!(words(Command::new("/usr/bin/cargo").args(["test", "a b"])), "cargo test \"a b\"");
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(&mut Command::new("no-such-program-here")).map_err(|error| error.to_string());
        assert_eq!(error, Err("`no-such-program-here` could not be started".into()));
    }
}
