//! The crates' errors as the API tells them.

use engine::{EngineError, JournalError};
use store::StoreError;

use crate::{ApiError, ErrorCode, source::flow_problems};

/// A sentence of an error's text.
fn sentence(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = sentence(&error);
        let (code, hint) = match error {
            StoreError::Owned(_) => (ErrorCode::WorkspaceBusy, "Wait until the other process has ended."),
            StoreError::Folder { .. } => (ErrorCode::File, "Check the folder and who may use it."),
            StoreError::Foreign { .. } => (ErrorCode::Store, "Choose another folder with --workspace."),
            StoreError::Newer { .. } => (ErrorCode::StoreTooNew, "Update Assent."),
            StoreError::Damaged { .. } => (ErrorCode::StoreDamaged, "Restore a backup of the workspace."),
            StoreError::Write(_) => (ErrorCode::Store, "Check that the disk has room and may be written."),
            StoreError::Read(_) => (ErrorCode::Store, "Run `assent verify`."),
            StoreError::Refused(_) => (ErrorCode::Refused, ""),
            StoreError::Unknown { .. } => (ErrorCode::NotFound, ""),
            StoreError::Closed => (ErrorCode::Store, "Call it again."),
        };
        Self::new(code, message, hint)
    }
}

impl From<JournalError> for ApiError {
    fn from(error: JournalError) -> Self {
        Self::new(ErrorCode::Store, sentence(error), "Check the disk, and run `assent verify`.")
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let message = sentence(&error);
        match error {
            EngineError::NoRun(_) => Self::new(ErrorCode::NotFound, message, "List them with `assent runs`."),
            EngineError::NoPrompt(_) => Self::new(ErrorCode::NotFound, message, "List them with `assent prompts`."),
            EngineError::Exists(_) => Self::new(ErrorCode::Conflict, message, "Choose another id."),
            EngineError::Over(_) => Self::new(ErrorCode::Conflict, message, ""),
            EngineError::Refused(_) => Self::new(ErrorCode::Refused, message, ""),
            EngineError::Flow(problems) => flow_problems("The flow", problems),
            EngineError::Journal(error) => error.into(),
            EngineError::Stopping => Self { retryable: true, ..Self::new(ErrorCode::OwnerLost, message, "Call it again.") },
        }
    }
}
