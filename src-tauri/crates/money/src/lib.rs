//! Amounts, the double-entry ledger, holds and budgets. Pure: no I/O, no clock, no random number.
//!
//! An amount is a whole number of minor units together with its asset. There is no float in this crate and no conversion
//! between assets; arithmetic is checked, and what does not fit is an error, never a wrapped or rounded number.

mod amount;
mod asset;

pub use amount::{Amount, AmountError};
pub use asset::{ASSETS, Asset, AssetInfo, UnknownAsset};
