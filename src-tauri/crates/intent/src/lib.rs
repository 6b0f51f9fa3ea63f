//! Words to a payment intent, and back to a sentence. Pure: no I/O, no clock, no random number.
//!
//! [`parse`] is a deterministic grammar. It gives an [`Intent`] or [`Question`]s, never both and never a guess; every word of the text is
//! accounted for. [`say`] gives the sentence that means the intent again.

mod amount;
mod asset;
mod book;
mod control;
mod intent;
mod lexicon;
mod number;
mod parse;
mod payment;
mod question;
mod say;
mod text;

pub use book::{Book, Payee};
pub use intent::{Action, Intent, Label, LabelError, LimitKind, PayeeRef, Slot, Span};
pub use parse::{Draft, Heard, MAX_CHARS, Parse, Settings, WordConfidence, parse};
pub use question::{Candidate, Question, QuestionCode, SlotName};
pub use say::{say, say_amount};
