//! Why a step did not run, or does not yet.

use std::fmt::{self, Display};

use engine::{Path, RunId, machine::Because};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, Response, Right,
    commands::run_fold::Fold,
    text::{visible, word},
};

/// Says why a step of a run did not run, or does not yet
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Why {
    /// The run's id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The step, by its path
    #[arg(value_name = "STEP")]
    pub path: String,
}

/// Why a step is where it is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Where it stands: `pending`, `running`, `asking`, `sleeping`, `unknown`, `done`, `skipped` or `failed`.
    pub state: String,
    /// The reasons, the nearest first, down to what caused it. None for a step that is done.
    pub because: Vec<Reason>,
}

/// One reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The step it is about.
    pub path: String,
    /// Its port, where it is about one.
    pub port: Option<String>,
    /// It, in one plain sentence.
    pub text: String,
}

impl Command for Why {
    const NAME: &'static str = "why";
    const RIGHT: Right = Right::View;
    type Response = Explained;

    async fn handle(self, app: &App) -> Result<Explained, ApiError> {
        let (run, path) = (RunId::from(&*self.run), Path::new(&*self.path));
        let fold = Fold::load(app, &run).await?;
        let state = fold.machine.steps().into_iter().find(|(of, _)| *of == path).map(|(_, state)| word(&state));
        let (Some(state), Some(because)) = (state, fold.machine.why(&path)) else {
            let hint = format!("Run {run} has no such step, or did not come to it. `assent show {run}` lists them.");
            return Err(ApiError::not_found("step", path.as_str(), hint));
        };
        let reason = |Because { path, port, text }| Reason { path: path.to_string(), port, text };
        Ok(Explained { state, because: because.into_iter().map(reason).collect() })
    }
}

impl Response for Explained {}

impl Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.state)?;
        self.because.iter().try_for_each(|reason| writeln!(f, "  {}", visible(&reason.text)))
    }
}
