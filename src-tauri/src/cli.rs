//! The tree of commands, made from the registry.

use std::{ffi::OsString, path::PathBuf};

use api::{
    ApiError, Entry, Exit, Place, REGISTRY, Surface,
    commands::{rehearse::Rerun, runs::Run},
};
use assent::place::{WORKSPACE_VARIABLE, usual_place};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches as _, value_parser};
use clap_complete::Shell;

use crate::{serve::ServeFlags, verbs::RunFlags};

/// What groups of commands are about.
const GROUPS: &[(&str, &str)] = &[
    ("flow", "The flows of this workspace"),
    ("payee", "The address book"),
    ("account", "Accounts of this workspace"),
    ("ledger", "What the ledger says"),
    ("policy", "What may happen without asking, and what may not happen"),
    ("payments", "The switch that stops all payments"),
    ("secret", "Secrets, by name"),
];

/// A command line that was read.
pub(crate) struct Cli {
    /// Where the workspace was said to be.
    workspace: Option<PathBuf>,
    /// Whether answers, events and errors are JSON.
    pub(crate) json: bool,
    /// What is to be done.
    pub(crate) verb: Verb,
}

/// What is to be done.
pub(crate) enum Verb {
    /// A command of the registry, with its arguments.
    Command(&'static Entry, ArgMatches),
    /// Completions for a shell.
    Completions(Shell),
    /// The studio for a browser.
    Serve(ServeFlags),
}

impl Cli {
    /// Reads a command line.
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut matches = tree().try_get_matches_from(args)?;
        let (workspace, json) = (matches.remove_one("workspace"), matches.get_flag("json"));
        let (name, mut matches) = matches
            .remove_subcommand()
            .ok_or_else(|| tree().error(clap::error::ErrorKind::MissingSubcommand, "which command?"))?;
        if let Some(shell) = (name == "completions").then(|| matches.get_one("shell").copied()).flatten() {
            return Ok(Self { workspace, json, verb: Verb::Completions(shell) });
        }
        if name == "serve" {
            return Ok(Self { workspace, json, verb: Verb::Serve(ServeFlags::from_arg_matches(&matches)?) });
        }
        let mut full = name;
        while let Some((name, inner)) = matches.remove_subcommand() {
            full = format!("{full}.{name}");
            matches = inner;
        }
        let entry = offered().find(|entry| entry.name == full);
        let entry = entry
            .ok_or_else(|| tree().error(clap::error::ErrorKind::InvalidSubcommand, format!("there is no command {full}")))?;
        Ok(Self { workspace, json, verb: Verb::Command(entry, matches) })
    }

    /// Where the workspace is: named, or a folder in the user's data folder.
    pub(crate) fn place(&self) -> Result<Place, ApiError> {
        match &self.workspace {
            Some(folder) => Place::new(folder),
            None => usual_place(),
        }
    }
}

/// Every command, with its arguments and help.
pub(crate) fn tree() -> Command {
    let mut root = Command::new("assent")
        .about("Runs agent flows in which people say yes before anything matters happens")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("workspace")
                .long("workspace")
                .value_name("FOLDER")
                .env(WORKSPACE_VARIABLE)
                .hide_env_values(true)
                .global(true)
                .value_parser(value_parser!(PathBuf))
                .help("The folder with store, flows and settings; without it, one in your data folder"),
        )
        .arg(Arg::new("json").long("json").global(true).action(ArgAction::SetTrue).help("Answers, events and errors as JSON"))
        .after_help(exit_codes());
    for entry in offered() {
        let mut verb = entry.verb();
        let (Some(first), second) = (verb.next(), verb.next()) else { continue };
        root = match second {
            None => root.subcommand(command(entry, first)),
            Some(second) => {
                let about = GROUPS.iter().find(|(group, _)| *group == first).map_or("", |(_, about)| about);
                let command = command(entry, second);
                if root.find_subcommand(first).is_some() {
                    root.mut_subcommand(first, |group| group.subcommand(command))
                } else {
                    root.subcommand(
                        Command::new(first)
                            .about(about)
                            .subcommand_required(true)
                            .arg_required_else_help(true)
                            .subcommand(command),
                    )
                }
            }
        };
    }
    let serve = <ServeFlags as clap::Args>::augment_args(Command::new("serve"));
    root = root.subcommand(serve.about("The studio in a browser on this machine, until it is ended"));
    let shell = Arg::new("shell").required(true).value_name("SHELL").value_parser(value_parser!(Shell));
    root.subcommand(Command::new("completions").about("Completions for a shell, on standard output").arg(shell))
}

/// The commands that are offered in a terminal.
fn offered() -> impl Iterator<Item = &'static Entry> {
    REGISTRY.iter().filter(|entry| entry.surfaces.contains(&Surface::Terminal))
}

fn command(entry: &Entry, name: &'static str) -> Command {
    let command = (entry.args)(Command::new(name));
    let follows = [<Run as api::Command>::NAME, <Rerun as api::Command>::NAME];
    if follows.contains(&entry.name) { RunFlags::add(command) } else { command }
}

fn exit_codes() -> String {
    let lines = Exit::TABLE.iter().map(|(exit, what)| format!("  {}  {what}\n", exit.number()));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

impl RunFlags {
    /// Reads them from the arguments of `run`.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        Self::from_arg_matches(matches).unwrap_or_default()
    }

    fn add(command: Command) -> Command {
        // The flags' own docstring must not become the command's summary.
        let about = command.get_about().cloned();
        let command = <Self as clap::Args>::augment_args(command);
        match about {
            Some(about) => command.about(about),
            None => command,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_holds_together() {
        tree().debug_assert();
    }

    #[test]
    fn every_command_can_be_called_by_its_verb() {
        for entry in offered() {
            let mut command = &tree();
            for word in entry.verb() {
                command = command.find_subcommand(word).unwrap_or_else(|| panic!("{} has no verb", entry.name));
            }
            assert_eq!(command.get_about().map(ToString::to_string), Some(entry.summary()), "{}", entry.name);
        }
        let groups: Vec<_> = offered().filter_map(|entry| entry.name.split_once('.')).map(|(group, _)| group).collect();
        assert!(groups.iter().all(|group| GROUPS.iter().any(|(known, _)| known == group)), "{groups:?}");
    }

    #[test]
    fn help_has_the_exit_codes() {
        assert!(tree().render_help().to_string().contains("3  the gate, a person or a rule said no"));
    }
}
