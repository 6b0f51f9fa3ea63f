//! Proving that the store is whole.

use std::fmt::{self, Display};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Report;

use crate::{ApiError, App, Command, Exit, Needs, Place, Response, Right, text::visible};

/// Proves that journal, audit chain, ledger, decisions and receipts are whole and agree
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Verify {
    /// Of runs only this one; without it, all
    #[arg(value_name = "RUN")]
    #[serde(default)]
    pub run: Option<String>,
}

/// What was checked, and what is wrong.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// Whether nothing is wrong.
    pub whole: bool,
    /// What was checked, and how many of it.
    pub checks: Vec<Checked>,
    /// What is wrong, and where.
    pub problems: Vec<Wrong>,
}

/// One kind of thing that was checked.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// What.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// Something that is wrong.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Wrong {
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
}

impl From<Report> for Verified {
    fn from(report: Report) -> Self {
        let whole = report.is_whole();
        let checks = report.checks.into_iter().map(|check| Checked { what: check.what.to_owned(), count: check.count });
        let problems = report.problems.into_iter().map(|problem| Wrong { place: problem.place, what: problem.what });
        Self { whole, checks: checks.collect(), problems: problems.collect() }
    }
}

impl Verify {
    /// The same without a store that is open: for one that is too damaged to be opened. Changes nothing.
    pub async fn unopened(&self, place: &Place) -> Result<Verified, ApiError> {
        Ok(store::verify_folder(place.folder(), self.run.as_deref()).await?.into())
    }
}

impl Command for Verify {
    const NAME: &'static str = "verify";
    const RIGHT: Right = Right::View;
    const NEEDS: Needs = Needs::WorkspaceIfThere;
    type Response = Verified;

    async fn handle(self, app: &App) -> Result<Verified, ApiError> {
        Ok(app.home()?.store.verify(self.run.as_deref()).await?.into())
    }
}

impl Response for Verified {
    fn exit(&self) -> Exit {
        if self.whole { Exit::Ok } else { Exit::Failed }
    }
}

impl Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks: Vec<_> = self.checks.iter().map(|check| format!("{} {}", check.count, check.what)).collect();
        writeln!(f, "checked: {}", checks.join(", "))?;
        self.problems.iter().try_for_each(|wrong| writeln!(f, "WRONG {}: {}", visible(&wrong.place), visible(&wrong.what)))?;
        writeln!(f, "{}", if self.whole { "whole" } else { "NOT WHOLE" })
    }
}
