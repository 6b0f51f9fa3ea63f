//! The policy in force, and the switch that stops all payments.

use std::fmt::{self, Display};

use consent::{Policy, PolicyVersion, Prompt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, Command, OWNER, Response, Right, Surface, commands::prompts::PromptList};

/// The policy in force
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PolicyShow {}

/// The policy in force, and whether payments are off.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyNow {
    /// The version in force.
    pub policy: PolicyVersion,
    /// Whether the kill switch is set.
    pub paused: bool,
}

impl Command for PolicyShow {
    const NAME: &'static str = "policy.show";
    const RIGHT: Right = Right::View;
    type Response = PolicyNow;

    async fn handle(self, app: &App) -> Result<PolicyNow, ApiError> {
        let store = &app.home()?.store;
        Ok(PolicyNow { policy: in_force(app).await?, paused: store.paused().await? })
    }
}

impl Response for PolicyNow {}

/// The policy in force.
pub(crate) async fn in_force(app: &App) -> Result<PolicyVersion, ApiError> {
    Ok(app.home()?.store.policies().await?.into_iter().next().unwrap_or_default())
}

impl Display for PolicyNow {
    /// A file that `policy propose` reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", serde_json::to_string_pretty(&self.policy.policy).map_err(|_| fmt::Error)?)
    }
}

/// Proposes another policy; it comes in force when its prompt is approved
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PolicyPropose {
    /// A file as `policy show` writes it
    #[arg(value_name = "FILE", value_parser = read)]
    pub policy: Box<Policy>,
}

fn read(file: &str) -> Result<Box<Policy>, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("this is not a policy: {error}"))
}

impl Command for PolicyPropose {
    const NAME: &'static str = "policy.propose";
    const RIGHT: Right = Right::Own;
    type Response = PromptList;

    async fn handle(self, app: &App) -> Result<PromptList, ApiError> {
        let store = &app.home()?.store;
        let (id, _) = store.propose_policy(*self.policy).await?;
        let prompt: Option<Prompt> = store.prompt_by_id(&id).await?;
        Ok(PromptList { prompts: prompt.into_iter().collect(), one: true })
    }
}

/// Stops all payments and everything that sends, at once
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PaymentsOff {}

/// Lets payments go on again
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct PaymentsOn {}

/// Whether payments are possible.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Payments {
    /// Whether the kill switch is set.
    pub paused: bool,
}

impl Command for PaymentsOff {
    const NAME: &'static str = "payments.off";
    const RIGHT: Right = Right::Approve;
    // Stopping is offered everywhere; going on only where people decide.
    const SURFACES: &'static [Surface] = Surface::ALL;
    type Response = Payments;

    async fn handle(self, app: &App) -> Result<Payments, ApiError> {
        switch(app, true).await
    }
}

impl Command for PaymentsOn {
    const NAME: &'static str = "payments.on";
    const RIGHT: Right = Right::Own;
    const SURFACES: &'static [Surface] = Surface::DECIDING;
    type Response = Payments;

    async fn handle(self, app: &App) -> Result<Payments, ApiError> {
        switch(app, false).await
    }
}

async fn switch(app: &App, paused: bool) -> Result<Payments, ApiError> {
    app.home()?.store.set_paused(paused, OWNER).await?;
    Ok(Payments { paused })
}

impl Response for Payments {}

impl Display for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what =
            if self.paused { "off: the gate refuses everything that pays or sends" } else { "on, as far as the policy allows" };
        writeln!(f, "payments are {what}")
    }
}
