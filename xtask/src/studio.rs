//! The desktop studio, built from what is here.

use crate::places::Places;
use crate::process::{cargo, run};
use crate::setup::{self, Need};
use crate::ui;
use anyhow::Result;

/// Builds pages and program and opens the window.
pub(crate) fn open(places: &Places, args: &[String]) -> Result<()> {
    setup::packages(&[Need::Build, Need::Desktop])?;
    ui::build(places)?;
    println!("Building the studio (the first time takes some minutes).");
    let build = ["run", "--quiet", "--package", "assent", "--bin", "assent-studio", "--features", "custom-protocol", "--"];
    run(cargo(places, build).args(args))
}
