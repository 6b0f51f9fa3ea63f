//! Amounts, the double-entry ledger, holds and budgets. Pure: no I/O, no clock, no random number.
//!
//! An amount is a whole number of minor units together with its asset. There is no float in this crate and no conversion
//! between assets; arithmetic is checked, and what does not fit is an error, never a wrapped or rounded number.
//!
//! # The ledger and its store
//!
//! The [`Ledger`] is a state machine in memory, with one writer. Each operation returns a [`Record`] and has applied it.
//! The words are TigerBeetle's: a hold is a pending transfer, which is posted or voided, or expires.
//!
//! - **Write.** For each [`Outcome::New`], write its record and the rows that [`Ledger::rows`] names, in one transaction.
//!   Several operations may share a transaction; one that was refused has changed nothing and leaves its neighbours alone.
//!   When the transaction fails, the memory is ahead of the disk: throw the ledger away and restore it.
//! - **Read.** [`Ledger::restore`] takes the stored accounts, open holds and budget windows, audits them, and needs no
//!   history. Applying all records in order to an empty ledger gives the same state, which is how stored rows are verified.
//! - **Once.** The id of a transfer or hold is its idempotency key, made by the caller before anything else; transfers and
//!   holds share one space of ids. The ledger remembers the ids of open holds and of what it did since it was restored. For
//!   an id it doesn't [know](Ledger::knows), look in the store first and hand what is there to [`Ledger::remember_transfer`]
//!   or [`Ledger::remember_hold`]; then the operation answers as it did the first time. A unique column for the id
//!   makes a forgotten look-up fail the transaction instead of paying twice.

mod account;
mod amount;
mod asset;
mod audit;
mod budget;
mod error;
mod hold;
mod id;
mod ledger;
mod record;
mod snapshot;

pub use account::Account;
pub use amount::{Amount, AmountError};
pub use asset::{ASSETS, Asset, AssetInfo, UnknownAsset};
pub use budget::{Budget, Charge, Usage};
pub use error::{LedgerDamage, LedgerError};
pub use hold::{Hold, HoldState};
pub use id::{AccountId, HoldId, TransferId};
pub use ledger::{Ledger, Rows};
pub use record::{AccountKind, NewAccount, Outcome, Record, Reserve, Transfer};
pub use snapshot::Snapshot;
