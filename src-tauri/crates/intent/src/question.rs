//! What is asked when the words leave a doubt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;

/// Why there is a question. A closed set: consumers may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionCode {
    /// The text is over [`crate::MAX_CHARS`] characters and was not read.
    TooLong,
    /// A control or invisible character, or a word in two scripts: it may not be what it looks like.
    OddCharacters,
    /// Nothing here is a request that can be carried out.
    NoAction,
    /// More than one thing is asked for at once.
    SeveralActions,
    /// The speaker corrects themselves or offers an alternative.
    Correction,
    /// No amount was given.
    MissingAmount,
    /// More than one amount was given.
    TwoAmounts,
    /// The number can be read in two ways, or in none.
    AmbiguousAmount,
    /// A number without an asset, and there is no default asset.
    MissingAsset,
    /// The word after the number, or the sign before it, is no asset that is known.
    UnknownAsset,
    /// The amount is zero.
    ZeroAmount,
    /// The amount is below zero.
    NegativeAmount,
    /// The amount does not fit 128 bits of minor units.
    AmountTooLarge,
    /// The amount has more decimal places than its asset.
    TooManyDecimals,
    /// Nobody was named, or fewer than two for a split.
    MissingPayee,
    /// The address book has nobody by that name. The candidates are near it, if any are.
    UnknownPayee,
    /// Several in the address book fit, or can't be told apart by ear or by eye.
    ClosePayees,
    /// More than one payee where there can be one, or one twice in a split.
    TwoPayees,
    /// "For" with nothing after it, more than one purpose, or one that can't be kept as a purpose.
    UnclearPurpose,
    /// A flow is to run or stop, but which is not said.
    MissingFlow,
    /// A limit is to be set, but which is not said.
    MissingLimit,
    /// A time, repetition or condition: understood, and not possible yet.
    NotYet,
    /// Words that the grammar has no place for.
    LeftoverWords,
}

/// Which part of the intent a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlotName {
    /// The text as a whole.
    Text,
    /// What to do.
    Action,
    /// How much.
    Amount,
    /// In what.
    Asset,
    /// To whom.
    Payee,
    /// What for.
    Purpose,
    /// Which flow.
    Flow,
    /// Which limit.
    Limit,
    /// When, how often, on what condition.
    Time,
}

/// One possible answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// What to fill in: a payee's id, an asset's code, a limit's name.
    pub value: String,
    /// What to show and read aloud.
    pub label: String,
    /// From 0 to 1, how near it is to what was said.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
}

/// A doubt, put as a question. While there is one, there is no intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Why it is asked.
    pub code: QuestionCode,
    /// What it is about.
    pub slot: SlotName,
    /// The words it is about; empty, at the end of the text, where something is missing.
    pub span: Span,
    /// The question in plain English.
    pub message: String,
    /// Possible answers, the nearest first, at most five.
    pub candidates: Vec<Candidate>,
}
