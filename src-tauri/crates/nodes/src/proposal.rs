//! What a wire of type `intent` carries.

use engine::StepError;
use flow::{Port, Type, Value};
use intent::{Intent, Label, PayeeRef, Slot};
use money::Amount;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An intent with the words it came from. A proposal: it authorises nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What is wanted.
    pub intent: Intent,
    /// The words it was read from.
    pub text: String,
    /// How sure that is, in thousandths (0 to 1000).
    #[schemars(range(max = 1000))]
    pub confidence_milli: u16,
    /// Whether the words were heard; else they were written.
    pub spoken: bool,
}

/// The payment in a proposal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payment<'a> {
    pub(crate) amount: Amount,
    pub(crate) payee: &'a PayeeRef,
    pub(crate) purpose: Option<&'a Label>,
}

impl Proposal {
    /// The input of a kind that needs one.
    pub(crate) fn port() -> Port {
        Port::new("intent", Type::Intent).required().help("The payment that is wanted.")
    }

    /// Reads one from a wire, and refuses what the grammar could not have made.
    pub fn read(value: &Value) -> Result<Self, StepError> {
        let wrong = |why: String| {
            StepError::new("BAD_INTENT", format!("What came in is no intent: {why}."), "Take it from a parse-intent step.")
        };
        let proposal = Self::deserialize(value).map_err(|error| wrong(error.to_string()))?;
        let amount = match &proposal.intent {
            Intent::Pay { amount, .. } | Intent::Refund { amount, .. } | Intent::Escrow { amount, .. } => Some(amount),
            Intent::Split { amount, .. } | Intent::SetLimit { amount, .. } => Some(amount),
            _ => None,
        };
        if amount.is_some_and(|amount| !amount.value.is_positive()) {
            return Err(wrong("its amount is not above zero".to_owned()));
        }
        if proposal.confidence_milli > 1000 {
            return Err(wrong("its confidence is above 1000 thousandths".to_owned()));
        }
        Ok(proposal)
    }

    /// The payment it asks for, where it asks for one that is built.
    pub(crate) fn payment(&self) -> Result<Payment<'_>, StepError> {
        let what = match &self.intent {
            Intent::Pay { amount, payee, purpose } => {
                return Ok(Payment {
                    amount: amount.value,
                    payee: &payee.value,
                    purpose: purpose.as_ref().map(|slot: &Slot<_>| &slot.value),
                });
            }
            Intent::Refund { .. } => "A refund",
            Intent::Escrow { .. } => "Holding money in escrow",
            Intent::Split { .. } => "Splitting an amount",
            _ => {
                let message = format!("{:?} asks for no payment.", self.text);
                return Err(StepError::new(
                    "NOT_A_PAYMENT",
                    message,
                    "Say who is to be paid how much, such as: send 25 dollars to Alice.",
                ));
            }
        };
        Err(StepError::new("NOT_BUILT", format!("{what} is understood, but not built yet."), "Ask for a payment instead."))
    }
}
