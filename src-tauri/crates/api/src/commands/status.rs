//! How things stand in the workspace, at a glance; and what the studio remembers of its looks.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use futures_util::stream::BoxStream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::RunState;
use tokio::sync::broadcast::error::RecvError;

use crate::{
    ApiError, App, Command, Response, Right, Subscription, Surface,
    commands::{library::Done, policy::in_force},
    library::files,
};

/// Changes that come closer together are told as one.
const TOGETHER: Duration = Duration::from_millis(50);
/// How often things are looked at that no event tells of.
const LOOK: Duration = Duration::from_millis(500);

/// How things stand in the workspace
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct StatusNow {}

/// How things stand in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// The workspace's folder.
    pub workspace: String,
    /// How many runs have not ended.
    pub runs: usize,
    /// How many prompts wait for an answer.
    pub prompts: usize,
    /// Whether payments are possible: the kill switch is not set.
    pub payments: bool,
    /// The name of the policy in force.
    pub policy: String,
    /// Its version.
    pub policy_version: u64,
}

impl Command for StatusNow {
    const NAME: &'static str = "status";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::ALL;
    type Response = Status;

    async fn handle(self, app: &App) -> Result<Status, ApiError> {
        status(app).await
    }
}

async fn status(app: &App) -> Result<Status, ApiError> {
    let home = app.home()?;
    let policy = in_force(app).await?;
    let runs = home.store.count_runs(RunState::Running).await? + home.store.count_runs(RunState::Waiting).await?;
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        workspace: home.place.folder().display().to_string(),
        runs,
        prompts: home.store.prompts(true).await?.len(),
        payments: !home.store.paused().await?,
        policy: policy.policy.name,
        policy_version: policy.number,
    })
}

impl Response for Status {}

impl Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payments = if self.payments { "on" } else { "off" };
        writeln!(f, "{}", self.workspace)?;
        writeln!(f, "  runs that have not ended: {}", self.runs)?;
        writeln!(f, "  prompts that wait: {}", self.prompts)?;
        writeln!(f, "  payments are {payments}; policy {:?}, version {}", self.policy, self.policy_version)
    }
}

/// Follows how things stand. Runs that were left unfinished are taken up.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchStatus {}

impl Subscription for WatchStatus {
    const NAME: &'static str = "status.watch";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = &[Surface::Studio, Surface::Approvals];
    type Item = Status;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<Status, ApiError>> {
        Box::pin(futures_util::stream::unfold((app, None, None::<Status>), |(app, committed, last)| async move {
            let mut committed = match committed {
                Some(committed) => committed,
                None => match begin(&app).await {
                    Ok(committed) => committed,
                    Err(error) => return last.is_none().then(|| (Err(error), (app, None, Some(nothing())))),
                },
            };
            loop {
                match status(&app).await {
                    Ok(now) if last.as_ref() != Some(&now) => return Some((Ok(now.clone()), (app, Some(committed), Some(now)))),
                    Ok(_) => {}
                    Err(_) => return None,
                }
                // A change of the kill switch or the policy is in no run's journal.
                match tokio::time::timeout(LOOK, committed.recv()).await {
                    Ok(Err(RecvError::Closed)) => return None,
                    Ok(_) => tokio::time::sleep(TOGETHER).await,
                    Err(_) => {}
                }
                while committed.try_recv().is_ok() {}
            }
        }))
    }
}

async fn begin(app: &App) -> Result<tokio::sync::broadcast::Receiver<Arc<store::Committed>>, ApiError> {
    app.go_on().await?;
    Ok(app.home()?.store.committed())
}

fn nothing() -> Status {
    Status {
        version: String::new(),
        workspace: String::new(),
        runs: 0,
        prompts: 0,
        payments: false,
        policy: String::new(),
        policy_version: 0,
    }
}

/// What the studio remembers of its looks
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SettingsGet {}

/// What the studio remembers of its looks: theme, sizes of panels, the last inputs of a flow.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// By name.
    pub settings: BTreeMap<String, Value>,
}

/// The largest value of a setting, in bytes as JSON.
const LARGEST: usize = 256 * 1024;
/// How many settings there may be.
const MOST: usize = 2_000;

fn settings(app: &App) -> Result<(std::path::PathBuf, Settings), ApiError> {
    let path = app.home()?.place.folder().join("studio").join("settings.json");
    let bytes = files::read(&path).map_err(|error| ApiError::file(&path, "read", &error))?;
    // Looks that can't be read are those of the first day.
    let settings = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    Ok((path, settings))
}

impl Command for SettingsGet {
    const NAME: &'static str = "settings.get";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = &[Surface::Studio, Surface::Approvals];
    type Response = Settings;

    async fn handle(self, app: &App) -> Result<Settings, ApiError> {
        Ok(settings(app)?.1)
    }
}

impl Response for Settings {}

impl Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.iter().try_for_each(|(key, value)| writeln!(f, "{key}: {value}"))
    }
}

/// Remembers one of the studio's looks
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SettingsSet {
    /// Its name
    pub key: String,
    /// Its value; null forgets it
    #[arg(skip)]
    pub value: Value,
}

impl Command for SettingsSet {
    const NAME: &'static str = "settings.set";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Done;

    async fn handle(self, app: &App) -> Result<Done, ApiError> {
        let _changing = app.settings_lock().await;
        let (path, mut all) = settings(app)?;
        if self.value.is_null() {
            all.settings.remove(&self.key);
        } else if self.value.to_string().len() > LARGEST || self.key.len() > 200 || all.settings.len() >= MOST {
            return Err(ApiError::bad_request("This is too much to remember.", "Settings are for small things."));
        } else {
            all.settings.insert(self.key, self.value);
        }
        let bytes = serde_json::to_vec_pretty(&all).map_err(ApiError::internal)?;
        files::place(&path, &bytes).map_err(|error| ApiError::file(&path, "written", &error))?;
        Ok(Done {})
    }
}
