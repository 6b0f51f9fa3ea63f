//! Exit codes of the command line.

use crate::{ApiError, ErrorCode};

/// How the program ends. [`Exit::TABLE`] is what `assent help` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was done.
    Ok,
    /// A run failed, or what was verified is not whole.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// The gate, a person or a rule said no.
    Refused,
    /// There is no such thing.
    NotFound,
    /// The store can't be used now.
    Store,
    /// The flow has problems.
    Problems,
    /// This machine lacks something: a file, a model, a keyring.
    Machine,
}

impl Exit {
    /// Codes and what they mean.
    pub const TABLE: &[(Self, &str)] = &[
        (Self::Ok, "it was done"),
        (Self::Failed, "the run failed or was cancelled, or what was verified is not whole"),
        (Self::Usage, "the command line or a value in it makes no sense"),
        (Self::Refused, "the gate, a person or a rule said no"),
        (Self::NotFound, "there is no run, prompt, payee, account, secret or flow of this name"),
        (Self::Store, "the store is busy, damaged or too new, or the process that owned it was lost"),
        (Self::Problems, "the flow has problems, or a file is not written in the canonical way"),
        (Self::Machine, "something is missing or failed here: a file, a speech model, a keyring"),
    ];

    /// The number the process ends with.
    pub const fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotFound => 4,
            Self::Store => 5,
            Self::Problems => 6,
            Self::Machine => 7,
        }
    }
}

impl From<&ApiError> for Exit {
    fn from(error: &ApiError) -> Self {
        match error.code {
            ErrorCode::BadRequest => Self::Usage,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Refused | ErrorCode::Conflict => Self::Refused,
            ErrorCode::FlowProblems => Self::Problems,
            ErrorCode::Speech | ErrorCode::NoModel | ErrorCode::Keyring | ErrorCode::File => Self::Machine,
            ErrorCode::WorkspaceBusy
            | ErrorCode::OwnerLost
            | ErrorCode::OtherVersion
            | ErrorCode::StoreDamaged
            | ErrorCode::StoreTooNew
            | ErrorCode::Store => Self::Store,
            ErrorCode::Internal => Self::Failed,
        }
    }
}
