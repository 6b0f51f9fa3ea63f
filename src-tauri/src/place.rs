//! Where the user's workspace is, and what is logged.

use std::path::PathBuf;

use api::{ApiError, Place};
use tracing_subscriber::EnvFilter;

/// The environment variable that names the workspace.
pub const WORKSPACE_VARIABLE: &str = "ASSENT_WORKSPACE";
/// The environment variable that says what is logged to standard error, such as `engine=debug`.
const LOG_VARIABLE: &str = "ASSENT_LOG";

/// The workspace where none is named: a folder in the user's data folder.
pub fn usual_place() -> Result<Place, ApiError> {
    Place::new(data_folder()?.join("assent").join("workspace"))
}

fn data_folder() -> Result<PathBuf, ApiError> {
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library").join("Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local").join("share")))
    };
    folder.ok_or_else(|| ApiError::bad_request("It is not known where your data folder is.", "Name a folder with --workspace."))
}

/// Logs to standard error: warnings, or what the environment says.
pub fn log() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
