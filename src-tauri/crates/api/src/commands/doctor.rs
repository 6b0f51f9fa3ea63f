//! What this machine has and lacks.

use std::{
    env,
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, Command, Needs, Response, Right, commands::secrets::NO_KEYRING, session_bus, text::columns};

/// Says what this machine has and lacks: speech model, keyring, Docker, audio, tray, notifications
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Doctor {}

/// What was looked for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// One for each thing.
    pub findings: Vec<Finding>,
}

/// One thing that was looked for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What.
    pub what: String,
    /// Whether it can be used.
    pub there: bool,
    /// What was found.
    pub found: String,
    /// What to do where it is missing, and what it is for.
    pub todo: String,
}

impl Finding {
    fn new(what: &str, found: Result<String, String>, todo: &str) -> Self {
        let (there, found) = match found {
            Ok(found) => (true, found),
            Err(missing) => (false, missing),
        };
        Self { what: what.to_owned(), there, found, todo: if there { String::new() } else { todo.to_owned() } }
    }
}

impl Command for Doctor {
    const NAME: &'static str = "doctor";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::WorkspaceIfThere;
    type Response = Diagnosis;

    async fn handle(self, app: &App) -> Result<Diagnosis, ApiError> {
        let workspace = match app.home() {
            Ok(home) => Ok(home.place.folder().display().to_string()),
            Err(_) => Err("none yet".to_owned()),
        };
        let findings = vec![
            Finding::new("workspace", workspace, "The first command that keeps something makes it."),
            Finding::new(
                "speech model",
                model(app),
                "Put the path of a Whisper model (ggml-*.bin) into ASSENT_MODEL; speech needs one.",
            ),
            Finding::new("keyring", keyring().await, NO_KEYRING),
            Finding::new("Docker", docker(), "Agents in containers will need it; nothing does yet."),
            Finding::new("audio", audio(), "A microphone will need it; sound files do not."),
            Finding::new("tray", session_bus::tray().await, session_bus::NO_TRAY),
            Finding::new("notifications", session_bus::notifications().await, session_bus::NO_NOTIFICATIONS),
        ];
        Ok(Diagnosis { findings })
    }
}

fn model(app: &App) -> Result<String, String> {
    let (path, how) = app.speech().model()?;
    let model = voice::Model::check(&path).map_err(|error| error.to_string())?;
    Ok(format!("{} ({how}; hears {} s at once)", path.display(), model.window_ms() / 1000))
}

async fn keyring() -> Result<String, String> {
    if store::has_keyring().await { Ok("the system's".to_owned()) } else { Err("none that can be used".to_owned()) }
}

fn docker() -> Result<String, String> {
    if let Some(host) = env::var_os("DOCKER_HOST") {
        return Ok(format!("DOCKER_HOST is {}", host.display()));
    }
    there(["/var/run/docker.sock", "/run/podman/podman.sock"].map(PathBuf::from))
}

fn audio() -> Result<String, String> {
    if !cfg!(target_os = "linux") {
        return Ok("the system's own".to_owned());
    }
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let pulse = runtime.map(|folder| folder.join("pulse/native"));
    there(pulse.into_iter().chain(["/proc/asound/card0".into()]))
}

fn there(places: impl IntoIterator<Item = PathBuf>) -> Result<String, String> {
    let places: Vec<PathBuf> = places.into_iter().collect();
    let names = || places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ");
    places
        .iter()
        .find(|place| Path::exists(place))
        .map(|place| place.display().to_string())
        .ok_or_else(|| format!("not at {}", names()))
}

impl Response for Diagnosis {}

impl Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |finding: &Finding| {
            let mark = if finding.there { "has" } else { "lacks" };
            vec![mark.to_owned(), finding.what.clone(), finding.found.clone()]
        };
        columns(f, &self.findings.iter().map(row).collect::<Vec<_>>())?;
        let missing = self.findings.iter().filter(|finding| !finding.there);
        missing.into_iter().try_for_each(|finding| writeln!(f, "{}: {}", finding.what, finding.todo))
    }
}
