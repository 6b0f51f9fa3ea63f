//! A desktop of its own for one test: a screen, a session bus and a home, with nothing on them that the test did not put there.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::support::workspace::Workspace;

/// A bus that starts no services: what a test does not put on it is not there.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"#;

/// Everything here ends when it is dropped.
pub(crate) struct Desktop {
    pub(crate) workspace: Workspace,
    _screen: Ended,
    pub(crate) display: String,
    _bus: Ended,
    pub(crate) address: String,
}

/// A process that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is missing for these tests, if something is.
pub(crate) fn missing() -> Option<&'static str> {
    let there = |program: &&str| {
        std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
    };
    ["Xvfb", "dbus-daemon", "WebKitWebDriver"].into_iter().find(|program| !there(program))
}

impl Desktop {
    pub(crate) fn new() -> Self {
        let workspace = Workspace::new();
        let config = workspace.file("bus.conf", BUS);
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"]);
        let (screen, display) = first_line(screen);
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--nofork", "--print-address=1", "--config-file"]).arg(config);
        let (bus, address) = first_line(bus);
        Self { workspace, _screen: screen, display: format!(":{display}"), _bus: bus, address }
    }

    /// Gives a command the environment of this desktop.
    pub(crate) fn surround(&self, command: &mut Command) {
        self.workspace.surround(command);
        let home = self.workspace.beside("home");
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(name, &home);
        }
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("NO_AT_BRIDGE", "1")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY");
    }

    /// The studio on a workspace, as somebody would start it a second time.
    pub(crate) fn studio(&self, workspace: &Workspace) -> Command {
        let mut studio = Command::new(env!("CARGO_BIN_EXE_assent-studio"));
        self.surround(&mut studio);
        studio.arg("--workspace").arg(workspace.folder());
        studio
    }

    /// The command line in the same workspace.
    pub(crate) fn assent<const N: usize>(&self, args: [&str; N]) -> Command {
        let mut assent = self.workspace.assent(args);
        self.surround(&mut assent);
        assent
    }

    /// What the studio and its driver have written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.workspace.beside("log")).unwrap_or_default()
    }
}

fn first_line(mut command: Command) -> (Ended, String) {
    let mut child = Ended(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.trim().is_empty(), "{command:?} says nothing");
    (child, line.trim().to_owned())
}
