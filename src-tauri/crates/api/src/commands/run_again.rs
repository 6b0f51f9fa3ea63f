//! Runs again, and no more: starting one anew, and taking ended ones off the list.

use std::fmt::{self, Display};

use engine::RunId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError, App, Command, ErrorCode, Needs, Response, Right, Surface,
    commands::{
        run_values::Beginning,
        runs::{self, Started},
    },
};

/// Starts a run anew, as a new one: the same versions, the same inputs
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunRetry {
    /// The run's id
    pub run: String,
}

impl Command for RunRetry {
    const NAME: &'static str = "run.retry";
    const RIGHT: Right = Right::Create;
    const NEEDS: Needs = Needs::RunningWorkspace;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = Started;

    async fn handle(self, app: &App) -> Result<Started, ApiError> {
        let Beginning { flow, subflows, inputs, .. } = Beginning::of(app, &self.run.as_str().into()).await?;
        let version = app.home()?.store.flow_version(flow).await?;
        runs::begin_stored(app, &version, flow, subflows, runs::With { inputs, ..runs::With::default() }).await
    }
}

/// Takes runs that have ended off the list of runs
///
/// Their journals stay, so that what they did can still be proven: `show`, `replay` and `verify` know them. What is hidden stands in a file
/// of the studio, outside the proof.
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct RunDelete {
    /// The runs' ids
    pub runs: Vec<String>,
}

/// Runs were taken off the list.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunsDeleted {}

impl Command for RunDelete {
    const NAME: &'static str = "run.delete";
    const RIGHT: Right = Right::Create;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = RunsDeleted;

    async fn handle(self, app: &App) -> Result<RunsDeleted, ApiError> {
        for id in &self.runs {
            let run = runs::find(app, &RunId::from(&**id)).await?;
            if run.state.ending().is_none() {
                let message = format!("Run {id} has not ended.");
                return Err(ApiError::new(ErrorCode::Conflict, message, "Stop it first; nothing was deleted."));
            }
        }
        app.book().remove(app, self.runs)?;
        Ok(RunsDeleted {})
    }
}

impl Response for RunsDeleted {}

impl Display for RunsDeleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "deleted")
    }
}
