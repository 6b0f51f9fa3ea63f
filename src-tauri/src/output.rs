//! What is printed, and how: answers on standard output, errors and questions on standard error; text or JSON.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
};

use api::{ApiError, ErrorCode};

/// Where answers go.
pub(crate) struct Output {
    /// Whether answers, events and errors are JSON.
    pub(crate) json: bool,
    colour: bool,
}

/// How text stands out in a terminal.
#[derive(Clone, Copy)]
pub(crate) enum Style {
    Good,
    Bad,
    Ask,
    Faint,
    Strong,
}

impl Output {
    /// Colours only in a terminal, and never where `NO_COLOR` is set.
    pub(crate) fn new(json: bool) -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        Self { json, colour: wanted && io::stdout().is_terminal() }
    }

    /// Prints an answer. Nobody may be listening any more, which is theirs to decide.
    pub(crate) fn text(&self, text: impl std::fmt::Display) {
        let mut out = io::stdout().lock();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    }

    /// Prints an answer and ends the line.
    pub(crate) fn line(&self, text: impl std::fmt::Display) {
        self.text(format_args!("{text}\n"));
    }

    /// Prints JSON as one line.
    pub(crate) fn value(&self, value: &serde_json::Value) {
        self.line(value);
    }

    /// Says something that is no answer.
    pub(crate) fn note(&self, text: impl std::fmt::Display) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Asks something; the answer comes on the same line.
    pub(crate) fn question(&self, text: impl std::fmt::Display) {
        let mut out = io::stderr().lock();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    }

    /// Says what went wrong, where, and what to do.
    pub(crate) fn error(&self, error: &ApiError) {
        if self.json {
            let value = serde_json::json!({ "error": error });
            self.note(value);
            return;
        }
        self.note(format_args!("error {}: {}", error.code, error.message));
        if error.code == ErrorCode::FlowProblems {
            self.note(api::commands::flows::problems_text(error).trim_end());
        }
        if !error.hint.is_empty() {
            self.note(format_args!("  {}", error.hint));
        }
    }

    /// Text that stands out, where it can.
    pub(crate) fn paint(&self, style: Style, text: impl std::fmt::Display) -> String {
        let code = match style {
            Style::Good => "32",
            Style::Bad => "31",
            Style::Ask => "33",
            Style::Faint => "2",
            Style::Strong => "1",
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}
