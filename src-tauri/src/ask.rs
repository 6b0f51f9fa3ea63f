//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _};

use api::commands::prompts::{AnswerOutcome, Approve, Deny, Outcome, Proof, Where, what_to_type};
use consent::{Prompt, PromptKind};
use tokio::sync::mpsc;

/// Lines that are typed, read by a thread of their own once somebody is asked.
#[derive(Default)]
pub(crate) struct Terminal {
    lines: Option<mpsc::UnboundedReceiver<String>>,
}

impl Terminal {
    /// Whether somebody can be asked: both what is typed and what is asked go to a terminal.
    pub(crate) fn is_there() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// The next line; `None` when the terminal is gone. Nothing is lost when this is not waited for to its end.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let lines = self.lines.get_or_insert_with(|| {
            let (typed, lines) = mpsc::unbounded_channel();
            std::thread::spawn(move || {
                for line in io::stdin().lock().lines().map_while(Result::ok) {
                    if typed.send(line).is_err() {
                        return;
                    }
                }
            });
            lines
        });
        lines.recv().await
    }
}

/// What is asked at the terminal.
pub(crate) fn question(prompt: &Prompt) -> String {
    match prompt.kind {
        PromptKind::Outcome => "What became of it? Type happened, did-not or again: ".to_owned(),
        _ => format!("Type {} to say yes, anything else to say no: ", what_to_type(prompt)),
    }
}

/// An answer to a prompt.
pub(crate) enum Said {
    Yes(Approve),
    No(Deny),
    Became(AnswerOutcome),
}

/// What a typed line answers; `None` where it is no answer to this prompt and is asked for again.
pub(crate) fn answer(prompt: &Prompt, line: &str) -> Option<Said> {
    let (id, line) = (prompt.id.clone(), line.trim());
    if prompt.kind == PromptKind::Outcome {
        let outcome = match line {
            "happened" => Outcome::Happened,
            "did-not" => Outcome::DidNot,
            "again" => Outcome::Again,
            _ => return None,
        };
        return Some(Said::Became(AnswerOutcome { prompt: id, outcome, reason: String::new(), surface: Where::default() }));
    }
    Some(if line == what_to_type(prompt) {
        Said::Yes(Approve { prompt: id, proof: Some(Proof::Typed(line.to_owned())), reason: String::new() })
    } else {
        Said::No(Deny { prompt: id, reason: String::new(), unattended: false, surface: Where::default() })
    })
}

/// The demo's approver's answer. It is a yes where that is its business, else a no.
pub(crate) fn demo(prompt: &Prompt) -> Said {
    let reason = "Answered by the demo's approver; no person was asked.".to_owned();
    Said::Yes(Approve { prompt: prompt.id.clone(), proof: Some(Proof::Demo), reason })
}

/// The answer where nobody can be asked.
pub(crate) fn nobody(prompt: &Prompt) -> Said {
    let reason = "Nobody was there to ask, and no answer is a no.".to_owned();
    Said::No(Deny { prompt: prompt.id.clone(), reason, unattended: true, surface: Where::default() })
}
