//! What happened in a run, in one plain sentence each.

use consent::Answer;
use engine::{Ending, Event, Gate, Reply, StepError, Why};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{took, visible, when};

/// How much a line of a run's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should go.
    Info,
    /// Somebody may want to look: a no, another attempt, an unclear outcome.
    Warn,
    /// Something failed.
    Error,
}

/// How much an event matters.
pub(crate) fn level(event: &Event) -> Level {
    match event {
        Event::Failed { retry_at: None, .. }
        | Event::Gated { gate: Gate::Refused, .. }
        | Event::Ended { ending: Ending::Failed, .. } => Level::Error,
        Event::Failed { .. }
        | Event::Unknown { .. }
        | Event::Cancelled { .. }
        | Event::Overdue { .. }
        | Event::Deferred { .. }
        | Event::Ended { ending: Ending::Cancelled, .. }
        | Event::Replied {
            reply: Reply::Expired | Reply::Withdrawn | Reply::Answered(Answer::Reject | Answer::DidNot), ..
        } => Level::Warn,
        _ => Level::Info,
    }
}

/// What happened, in one plain sentence. `name` is the flow's.
pub(crate) fn sentence(event: &Event, name: &str) -> String {
    let text = match event {
        Event::Started { .. } => format!("{name} began."),
        Event::Overdue { .. } => format!("{name} took longer than it may, so nothing new starts."),
        Event::Deferred { path, target, why: Why::Rate, due, .. } => {
            format!("{path} waits until {}: {target} is called as often as it may be.", when(*due))
        }
        Event::Deferred { path, target, why: Why::Circuit, due, .. } => {
            format!("{path} waits until {}: {target} failed again and again, and is left alone for a while.", when(*due))
        }
        Event::Delayed { path, due } => format!("{path} waits until {}.", when(*due)),
        Event::Woke { path } => format!("{path} goes on."),
        Event::Gated { path, target, gate, request, verdict, decisions, .. } => {
            let what = consent::sentence(request);
            let why = match gate {
                Gate::Act if !decisions.is_empty() => "Somebody said yes to that.",
                _ => &verdict.reason,
            };
            match (gate, target) {
                (Gate::Act, None) => format!("{path} may act: {what}. {why}"),
                (Gate::Act, Some(target)) => format!("{path} has nothing to ask: {target} may act. {why}"),
                (Gate::Wait, None) => format!("{path} asks: {what}? {why}"),
                (Gate::Wait, Some(target)) => format!("{path} asks for {target}: {what}? {why}"),
                (Gate::Refused, _) => format!("{path} was refused: {what}. {why}"),
            }
        }
        Event::Questioned { path, .. } => format!("{path} asks people a question."),
        Event::Unknown { path, error, .. } => {
            format!("Nobody knows whether {path} happened, and people are asked. {}", reason(error))
        }
        Event::Replied { path, reply, .. } => match reply {
            Reply::Answered(Answer::Approve) => format!("Somebody said yes to {path}."),
            Reply::Answered(Answer::Reject) => format!("Somebody said no to {path}."),
            Reply::Answered(Answer::Happened) => format!("Somebody said that {path} happened."),
            Reply::Answered(Answer::DidNot) => format!("Somebody said that {path} did not happen."),
            Reply::Answered(Answer::Again) => format!("Somebody said that {path} is to be tried again."),
            Reply::Expired => format!("Nobody answered {path} in time, which is a no."),
            Reply::Withdrawn => format!("What {path} asked for has changed, and is asked again."),
        },
        Event::Finished { path, took_us, .. } => format!("{path} is done after {}.", took(*took_us)),
        Event::Failed { path, error, retry_at, .. } => match retry_at {
            Some(at) => format!("{path} failed and is tried again at {}. {}", when(*at), reason(error)),
            None => format!("{path} failed. {}", reason(error)),
        },
        Event::Cancelled { reason, .. } if reason.is_empty() => "Somebody asked for the run to stop.".to_owned(),
        Event::Cancelled { reason, .. } => format!("Somebody asked for the run to stop: {reason}"),
        Event::Ended { ending: Ending::Completed, .. } => format!("{name} completed."),
        Event::Ended { ending: Ending::Cancelled, .. } => format!("{name} was stopped."),
        Event::Ended { failure: Some((path, error)), .. } => format!("{name} failed at {path}. {}", reason(error)),
        Event::Ended { ending: Ending::Failed, .. } => format!("{name} failed."),
    };
    visible(&text)
}

fn reason(error: &StepError) -> String {
    let hint = if error.hint.is_empty() { String::new() } else { format!(" {}", error.hint) };
    format!("{}{hint}", error.message)
}
