//! What is asked of the ledger, and what it writes down: each change of it is one record.
//!
//! All times are milliseconds since the Unix epoch, given by the caller.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Amount, Asset, Charge, HoldId, TransferId};

/// Which side of the world an account is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Holds money of this workspace. What is available in it never goes below zero.
    Internal,
    /// The other side: opening balances, payees outside. May go negative.
    External,
}

/// An account to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its id, which is also the idempotency key of opening it.
    pub id: AccountId,
    /// What people call it.
    pub name: String,
    /// The one asset it holds.
    pub asset: Asset,
    /// Whether it may go below zero.
    pub kind: AccountKind,
    /// When it was opened.
    pub at: i64,
}

/// An amount to move at once from one account to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Its id and idempotency key.
    pub id: TransferId,
    /// The account that pays.
    pub from: AccountId,
    /// The account that receives.
    pub to: AccountId,
    /// Above zero, in the asset of both.
    pub amount: Amount,
    /// What it is for.
    pub memo: String,
    /// When it was asked for.
    pub at: i64,
}

impl Transfer {
    /// Whether the other asks for the same thing: the same accounts, amount and memo. A repeat may come later, so `at` is not compared.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        (&self.from, &self.to, self.amount, &self.memo) == (&other.from, &other.to, other.amount, &other.memo)
    }
}

/// An amount to set aside in one account for another (a pending transfer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// The hold's id and idempotency key.
    pub id: HoldId,
    /// The account that will pay.
    pub from: AccountId,
    /// The account that will receive.
    pub to: AccountId,
    /// Above zero, in the asset of both.
    pub amount: Amount,
    /// What it is for.
    pub memo: String,
    /// When it was asked for.
    pub at: i64,
    /// When it expires by itself, if it does; later than `at`. From this moment it can't be posted.
    ///
    /// A hold whose payment may be sent to the outside must not expire by itself, or money could be given back that has left:
    /// give it no expiry, and void it when it is certain that nothing was sent.
    pub expires_at: Option<i64>,
}

impl Reserve {
    /// Whether the other asks for the same thing: the same accounts, amount and memo. A repeat may come later, so the times are not compared.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        (&self.from, &self.to, self.amount, &self.memo) == (&other.from, &other.to, other.amount, &other.memo)
    }
}

/// One change of the ledger. Applying all of them in order to an empty ledger gives its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// An account was opened.
    AccountOpened(NewAccount),
    /// An amount moved.
    Transferred(Transfer),
    /// An amount was set aside.
    Reserved {
        /// What was asked.
        reserve: Reserve,
        /// The budgets it counts against, until it is voided or expires.
        charges: BTreeSet<Charge>,
    },
    /// A held amount moved, in whole or in part; the rest was given back.
    Posted {
        /// The hold that ended.
        hold: HoldId,
        /// What moved: above zero, at most what was held.
        amount: Amount,
        /// When.
        at: i64,
    },
    /// A held amount was given back.
    Voided {
        /// The hold that ended.
        hold: HoldId,
        /// When.
        at: i64,
    },
    /// A hold's time passed, and the amount was given back.
    Expired {
        /// The hold that ended.
        hold: HoldId,
        /// When this was noticed: at its expiry or later.
        at: i64,
    },
}

/// How an operation ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a new record must be written by the store"]
pub enum Outcome {
    /// It was done now. Its record must be written in the same database transaction as the rows it touched.
    New(Record),
    /// It had been done before under the same id, with this record. Nothing changed and nothing needs to be written.
    Repeated(Record),
}

impl Outcome {
    /// The record of the change, made now or the first time.
    pub fn record(&self) -> &Record {
        let (Self::New(record) | Self::Repeated(record)) = self;
        record
    }

    /// Whether it was done now.
    pub fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }
}
