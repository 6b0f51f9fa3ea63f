//! What somebody wants, typed, with where each part of it stands in their words.

use std::fmt;

use money::{Amount, Asset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text;

/// A range of bytes in the text that was parsed. Empty where the value came from elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// From `start` up to, and without, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// A value, where it was said, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slot<T> {
    /// What was understood.
    pub value: T,
    /// Where it stands in the text.
    pub span: Span,
    /// From 0 to 1: the grammar's own confidence, and never above that of the least certain word in the span.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
}

impl<T> Slot<T> {
    /// A value that stands in no text: an empty span and full confidence.
    pub const fn bare(value: T) -> Self {
        Self { value, span: Span::new(0, 0), confidence: 1.0 }
    }
}

/// Somebody in the address book.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayeeRef {
    /// The address book's id, the only thing a payment goes by.
    pub id: String,
    /// The name to read aloud.
    pub name: String,
}

/// Free words of the speaker's own: a purpose, or the name of a flow. 1 to 200 characters, with no control character, invisible
/// character, double quotation mark, or mixture of scripts in one word, and no space at either end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Label(#[schemars(length(min = 1, max = 200))] String);

/// Why some words can't be a [`Label`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing, or a space at an end.
    #[error("{0:?} is empty or has a space at an end; trim it")]
    NotTrimmed(String),
    /// Over [`Label::MAX_CHARS`].
    #[error("a purpose or a flow's name has at most {max} characters, and this has {0}", max = Label::MAX_CHARS)]
    TooLong(usize),
    /// A character that can't be heard or that misleads the eye.
    #[error(
        "{0:?} holds a control or invisible character, a quotation mark, or one word in two scripts; write it in plain letters"
    )]
    OddCharacters(String),
}

impl Label {
    /// How many characters it may have.
    pub const MAX_CHARS: usize = 200;

    /// Checks the words.
    pub fn new(words: impl Into<String>) -> Result<Self, LabelError> {
        let words = words.into();
        if words.is_empty() || words.trim() != words {
            return Err(LabelError::NotTrimmed(words));
        }
        let chars = words.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(LabelError::TooLong(chars));
        }
        if words.chars().any(|c| c.is_control() || text::is_quote(c)) || text::first_odd(&words).is_some() {
            return Err(LabelError::OddCharacters(words));
        }
        Ok(Self(words))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;
    fn try_from(words: String) -> Result<Self, LabelError> {
        Self::new(words)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Which limit is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// The most in one payment.
    Payment,
    /// The most in one day.
    Daily,
}

/// The actions, without what belongs to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Pay, send or transfer.
    Pay,
    /// Give money back.
    Refund,
    /// Hold money in escrow.
    Escrow,
    /// Divide one amount in equal parts.
    Split,
    /// Set a spending limit.
    SetLimit,
    /// Say yes to the question that is open.
    Approve,
    /// Say no to it.
    Deny,
    /// Drop what is going on.
    Cancel,
    /// Ask what is there.
    Balance,
    /// Start a flow.
    RunFlow,
    /// Stop a flow.
    StopFlow,
    /// Stop all flows and payments.
    StopEverything,
}

/// What somebody wants. In JSON the tag is `action`, in kebab case.
///
/// An intent is a proposal and authorises nothing; amounts in it are always above zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Intent {
    /// Pay somebody.
    Pay {
        /// How much.
        amount: Slot<Amount>,
        /// To whom.
        payee: Slot<PayeeRef>,
        /// What for, in the speaker's words.
        #[serde(default)]
        purpose: Option<Slot<Label>>,
    },
    /// Give somebody money back.
    Refund {
        /// How much.
        amount: Slot<Amount>,
        /// To whom.
        payee: Slot<PayeeRef>,
        /// What for.
        #[serde(default)]
        purpose: Option<Slot<Label>>,
    },
    /// Hold money in escrow for somebody.
    Escrow {
        /// How much.
        amount: Slot<Amount>,
        /// For whom.
        payee: Slot<PayeeRef>,
        /// What for.
        #[serde(default)]
        purpose: Option<Slot<Label>>,
    },
    /// Divide one amount equally between two or more.
    Split {
        /// How much altogether.
        amount: Slot<Amount>,
        /// Between whom, each once, in the order they were named.
        #[schemars(length(min = 2))]
        payees: Vec<Slot<PayeeRef>>,
        /// What for.
        #[serde(default)]
        purpose: Option<Slot<Label>>,
    },
    /// Set a spending limit.
    SetLimit {
        /// The limit.
        amount: Slot<Amount>,
        /// Of what.
        limit: Slot<LimitKind>,
    },
    /// Say yes to the question that is open.
    Approve,
    /// Say no to it.
    Deny,
    /// Drop what is going on.
    Cancel,
    /// Ask what is there.
    Balance {
        /// In this asset only.
        #[serde(default)]
        asset: Option<Slot<Asset>>,
    },
    /// Start a flow.
    RunFlow {
        /// Its name, as it was said.
        flow: Slot<Label>,
    },
    /// Stop a flow.
    StopFlow {
        /// Its name, as it was said.
        flow: Slot<Label>,
    },
    /// Stop all flows and payments.
    StopEverything,
}

impl Intent {
    /// Which action it is.
    pub fn action(&self) -> Action {
        match self {
            Self::Pay { .. } => Action::Pay,
            Self::Refund { .. } => Action::Refund,
            Self::Escrow { .. } => Action::Escrow,
            Self::Split { .. } => Action::Split,
            Self::SetLimit { .. } => Action::SetLimit,
            Self::Approve => Action::Approve,
            Self::Deny => Action::Deny,
            Self::Cancel => Action::Cancel,
            Self::Balance { .. } => Action::Balance,
            Self::RunFlow { .. } => Action::RunFlow,
            Self::StopFlow { .. } => Action::StopFlow,
            Self::StopEverything => Action::StopEverything,
        }
    }

    /// The same intent without where it was said and how sure that is: two sentences mean the same when these are equal.
    pub fn bare(&self) -> Self {
        fn strip<T: Clone>(slot: &Slot<T>) -> Slot<T> {
            Slot::bare(slot.value.clone())
        }
        fn strip_some<T: Clone>(slot: &Option<Slot<T>>) -> Option<Slot<T>> {
            slot.as_ref().map(strip)
        }
        match self {
            Self::Pay { amount, payee, purpose } => {
                Self::Pay { amount: strip(amount), payee: strip(payee), purpose: strip_some(purpose) }
            }
            Self::Refund { amount, payee, purpose } => {
                Self::Refund { amount: strip(amount), payee: strip(payee), purpose: strip_some(purpose) }
            }
            Self::Escrow { amount, payee, purpose } => {
                Self::Escrow { amount: strip(amount), payee: strip(payee), purpose: strip_some(purpose) }
            }
            Self::Split { amount, payees, purpose } => {
                Self::Split { amount: strip(amount), payees: payees.iter().map(strip).collect(), purpose: strip_some(purpose) }
            }
            Self::SetLimit { amount, limit } => Self::SetLimit { amount: strip(amount), limit: strip(limit) },
            Self::Balance { asset } => Self::Balance { asset: strip_some(asset) },
            Self::RunFlow { flow } => Self::RunFlow { flow: strip(flow) },
            Self::StopFlow { flow } => Self::StopFlow { flow: strip(flow) },
            Self::Approve | Self::Deny | Self::Cancel | Self::StopEverything => self.clone(),
        }
    }
}
