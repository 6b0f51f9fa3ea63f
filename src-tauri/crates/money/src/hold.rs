//! Money set aside, from reservation to its end.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Charge, Record, Reserve};

/// Money set aside in one account for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// What was asked.
    pub reserve: Reserve,
    /// The budgets it counts against.
    pub charges: BTreeSet<Charge>,
    /// Open, or how it ended.
    pub state: HoldState,
}

/// Open, or how a hold ended. It ends once, in one way. Times are milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldState {
    /// The money is set aside.
    Open,
    /// The money, or a part of it, was taken.
    Posted {
        /// What was taken.
        amount: Amount,
        /// When.
        at: i64,
    },
    /// The money was given back.
    Voided {
        /// When.
        at: i64,
    },
    /// Its time passed, and the money was given back.
    Expired {
        /// When this was noticed.
        at: i64,
    },
}

impl Hold {
    /// Whether the money is still set aside.
    pub fn is_open(&self) -> bool {
        self.state == HoldState::Open
    }

    /// The record that made it.
    pub(crate) fn reserved(&self) -> Record {
        Record::Reserved { reserve: self.reserve.clone(), charges: self.charges.clone() }
    }

    /// The record that ended it.
    pub(crate) fn ended(&self) -> Option<Record> {
        let hold = self.reserve.id.clone();
        match self.state {
            HoldState::Open => None,
            HoldState::Posted { amount, at } => Some(Record::Posted { hold, amount, at }),
            HoldState::Voided { at } => Some(Record::Voided { hold, at }),
            HoldState::Expired { at } => Some(Record::Expired { hold, at }),
        }
    }
}

impl std::fmt::Display for HoldState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::Posted { .. } => "posted",
            Self::Voided { .. } => "voided",
            Self::Expired { .. } => "expired",
        })
    }
}
