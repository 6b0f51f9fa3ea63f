//! Expressions (CEL) and text templates (minijinja), compiled when a flow is checked, with amounts of money as a type of their own.
//!
//! Neither can read a file, a clock, a random number or a secret: they see only the [`Vars`] they are given. The source, the work done
//! and the size of what comes out are bounded.

mod cel;
mod convert;
mod language;
mod meter;
mod money;
mod rewrite;
mod shown;
mod template;

pub use self::money::parse as parse_money;
pub use self::{cel::Expression, template::Template};
use crate::{Values, words::nearest};

/// The longest source of an expression or template, in bytes.
pub const MOST_SOURCE: usize = 10_000;

/// What an expression or template sees: the inputs by port name, and the step's journalled `now` and `seed`.
///
/// An input that is itself called `now` or `seed` is hidden by these.
#[derive(Debug, Clone, Copy)]
pub struct Vars<'a> {
    /// Values by name.
    pub values: &'a Values,
    /// The journalled time, in milliseconds since the epoch; in expressions a timestamp, in templates RFC 3339 text.
    pub now: i64,
    /// The journalled seed; in expressions an unsigned integer.
    pub seed: u64,
}

/// The names that every expression and template may use besides its inputs.
pub const ALWAYS: [&str; 2] = ["now", "seed"];

/// Why an expression or template does not compile, or gives no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExprError {
    /// It is too long.
    #[error(
        "The source has {0} bytes; at most {MOST_SOURCE} are allowed. Make it shorter, or do part of the work in a step of its own."
    )]
    TooLong(usize),
    /// It can't be read.
    #[error("Line {line}{}: {what}.", column.map(|column| format!(", column {column}")).unwrap_or_default())]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1, where it is known.
        column: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// It uses a name that is not there.
    #[error("There is no variable {name:?}{}. It may use {known}.", suggestion.as_ref().map(|s| format!("; {s:?} is close")).unwrap_or_default())]
    UnknownVariable {
        /// The name.
        name: String,
        /// The nearest one there is.
        suggestion: Option<String>,
        /// Every one there is.
        known: String,
    },
    /// It uses a function, filter or test that is not there.
    #[error("There is no {what} {name:?}{}.", suggestion.as_ref().map(|s| format!("; {s:?} is close")).unwrap_or_default())]
    Unknown {
        /// What kind of thing it is: function, filter, test.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest one there is.
        suggestion: Option<String>,
    },
    /// It uses something of the language that is not allowed here.
    #[error("{what} can't be used here. {hint}")]
    Refused {
        /// What.
        what: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// It failed while it was evaluated.
    #[error("It failed: {0}.")]
    Failed(String),
    /// It would do too much work or give too much.
    #[error("It does more than is allowed: {0}.")]
    TooMuch(&'static str),
}

impl ExprError {
    fn unknown_variable(name: &str, known: &[&str]) -> Self {
        let suggestion = nearest(name, known.iter().copied());
        Self::UnknownVariable { name: name.to_owned(), suggestion, known: crate::words::listed(known.iter().copied()) }
    }

    /// A failure, shortened: messages of libraries may hold whole values.
    fn failed(why: impl Into<String>) -> Self {
        let why: String = why.into();
        match why.char_indices().nth(300) {
            Some((end, _)) => Self::Failed(format!("{}…", &why[..end])),
            None => Self::Failed(why.trim_end_matches('.').to_owned()),
        }
    }
}
