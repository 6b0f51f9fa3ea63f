//! What can go wrong, as every consumer of the program sees it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What kind of error it is. A closed set; there is a code only where a consumer acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// What was asked makes no sense: a value that can't be read, an answer that doesn't fit its prompt.
    BadRequest,
    /// There is no run, prompt, payee, account, secret or flow of this name.
    NotFound,
    /// It is there already, or it has gone on meanwhile: a prompt that is answered, a run that has ended.
    Conflict,
    /// The flow has problems and can't run. `details` is the list of them.
    FlowProblems,
    /// The gate, a policy or a rule of the program forbids it.
    Refused,
    /// The recording could not be put into words. `details.code` says why.
    Speech,
    /// No speech model was found.
    NoModel,
    /// This machine has no keyring that can be used, or it did not answer.
    Keyring,
    /// Another process owns the workspace and can't be reached.
    WorkspaceBusy,
    /// The process that owned the workspace ended before it answered. Whether the command was carried out is not known.
    OwnerLost,
    /// The other process is of a version that speaks another protocol.
    OtherVersion,
    /// The store is damaged. It was not changed.
    StoreDamaged,
    /// The store was written by a newer version. It was not changed.
    StoreTooNew,
    /// The store can't be read or written.
    Store,
    /// A file can't be read or written.
    File,
    /// A mistake in the program.
    Internal,
}

impl ErrorCode {
    /// Every code, for the pages about them.
    pub const ALL: &[Self] = &[
        Self::BadRequest,
        Self::NotFound,
        Self::Conflict,
        Self::FlowProblems,
        Self::Refused,
        Self::Speech,
        Self::NoModel,
        Self::Keyring,
        Self::WorkspaceBusy,
        Self::OwnerLost,
        Self::OtherVersion,
        Self::StoreDamaged,
        Self::StoreTooNew,
        Self::Store,
        Self::File,
        Self::Internal,
    ];

    /// Whether the same call may succeed when it is simply made again.
    pub const fn retryable(self) -> bool {
        matches!(self, Self::WorkspaceBusy)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// An error: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// What kind it is.
    pub code: ErrorCode,
    /// What happened, and where, in plain words.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// Whether the same call may succeed when it is simply made again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retryable: bool,
    /// More, for programs; what it is depends on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl ApiError {
    /// An error of a kind.
    pub fn new(code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), retryable: code.retryable(), details: None }
    }

    /// What was asked makes no sense.
    pub fn bad_request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message, hint)
    }

    /// There is no such thing.
    pub fn not_found(what: &str, name: &str, hint: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no {what} {name:?}."), hint)
    }

    /// A mistake in the program.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Internal, format!("{message}"), "Please report this; it is a mistake in Assent.")
    }

    /// A file that can't be read or written.
    pub fn file(path: &std::path::Path, doing: &str, error: &std::io::Error) -> Self {
        Self::new(ErrorCode::File, format!("{} can't be {doing}: {error}.", path.display()), "Check the path and who may use it.")
    }

    /// The same with more for programs.
    pub fn with(mut self, details: impl Serialize) -> Self {
        self.details = serde_json::to_value(details).ok();
        self
    }
}
