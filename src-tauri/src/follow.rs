//! Running a flow from a terminal: live progress, questions, and the end.

use std::collections::VecDeque;

use api::{
    ApiError, Command, ErrorCode, Exit, Session,
    commands::{
        prompts::{PromptList, Prompts},
        replay::Ended,
        runs::Started,
        watch::{RunNews, WatchRun},
    },
};
use consent::{Answer, Prompt, PromptKind, PromptState};
use engine::{Event, Gate, Reply};
use futures_util::StreamExt as _;

use crate::{
    ask::{self, Said, Terminal},
    output::{Output, Style},
    receipt,
    verbs::RunFlags,
};

/// How the prompts of a run are answered.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// By whoever sits at the terminal.
    Terminal,
    /// By the demo's approver.
    Demo,
    /// From another terminal.
    Elsewhere,
    /// Not at all, which is a no.
    Nobody,
}

/// Starts a flow and follows it to its end.
pub(crate) async fn run<C>(session: &Session, request: C, flags: RunFlags, output: &Output) -> Result<Exit, ApiError>
where
    C: Command<Response = Started>,
{
    let started = session.call(request).await?;
    if output.json {
        output.value(&serde_json::json!({ "run": started.run, "flow": started.flow, "flow_id": started.flow_id }));
    } else {
        output.text(&started);
        started.warnings.iter().for_each(|warning| output.note(format_args!("warning {warning}")));
    }
    let manner = match flags {
        RunFlags { yes: true, .. } if !Terminal::is_there() => Manner::Demo,
        RunFlags { wait: true, .. } => Manner::Elsewhere,
        _ if Terminal::is_there() => Manner::Terminal,
        _ => Manner::Nobody,
    };
    Following { session, output, manner, run: started.run, last: 0, open: VecDeque::new(), refused: false }.follow().await
}

struct Following<'a> {
    session: &'a Session,
    output: &'a Output,
    manner: Manner,
    run: String,
    /// The number of the last event that was shown.
    last: u64,
    /// Prompts of this run that wait for an answer from here; the first one is being asked.
    open: VecDeque<Prompt>,
    /// Whether the gate or a person said no, and nothing was done after all.
    refused: bool,
}

impl Following<'_> {
    async fn follow(mut self) -> Result<Exit, ApiError> {
        let mut terminal = Terminal::default();
        loop {
            let watch = WatchRun { run: self.run.clone(), after: Some(self.last), take_up: true };
            let mut news = self.session.follow(watch).await?;
            let lost = loop {
                tokio::select! {
                    biased;
                    next = news.next() => match next {
                        Some(Ok(news)) => {
                            if let Some(ended) = self.take(news).await? {
                                return Ok(self.end(&ended));
                            }
                        }
                        Some(Err(error)) if error.code == ErrorCode::OwnerLost => break Some(error),
                        Some(Err(error)) => return Err(error),
                        None => break None,
                    },
                    line = terminal.line(), if self.manner == Manner::Terminal && !self.open.is_empty() => self.typed(line).await?,
                }
            };
            // Whoever owned the workspace has ended. The next owner, perhaps this process, takes its runs up.
            if lost.is_some() {
                self.output.note("The process that ran this has ended; the run is taken up where it was.");
            }
        }
    }

    /// Shows what happened; gives the end of the run when that has come.
    async fn take(&mut self, news: RunNews) -> Result<Option<Ended>, ApiError> {
        let RunNews::Event { seq, at, event } = news else { return Ok(None) };
        self.last = seq;
        if self.output.json {
            self.output.value(&serde_json::json!({ "seq": seq, "at": at, "event": event }));
        } else if let Some(line) = self.line(&event) {
            self.output.line(line);
        }
        match event {
            Event::Gated { gate: Gate::Wait, prompt: Some(prompt), .. }
            | Event::Questioned { prompt, .. }
            | Event::Unknown { prompt, .. } => {
                self.ask(&prompt).await?;
            }
            Event::Gated { gate: Gate::Act, .. } => self.refused = false,
            Event::Gated { gate: Gate::Refused, .. } => self.refused = true,
            Event::Replied { prompt, reply, .. } => {
                self.refused |= matches!(reply, Reply::Expired | Reply::Answered(Answer::Reject));
                if self.open.front().is_some_and(|open| open.id == prompt) && self.manner == Manner::Terminal {
                    self.output.note("");
                }
                self.open.retain(|open| open.id != prompt);
                self.show();
            }
            Event::Ended { ending, outputs, failure } => return Ok(Some(Ended::of(ending, &outputs, failure.as_ref()))),
            _ => {}
        }
        Ok(None)
    }

    /// Has a prompt answered, in this run's manner.
    async fn ask(&mut self, id: &str) -> Result<(), ApiError> {
        let PromptList { mut prompts, .. } = self.session.call(Prompts { prompt: Some(id.to_owned()) }).await?;
        let Some(prompt) = prompts.pop().filter(|prompt| prompt.state == PromptState::Open) else { return Ok(()) };
        let elsewhere = || self.output.note(format_args!("It waits for an answer from another terminal: `assent prompts {id}`."));
        match self.manner {
            Manner::Terminal => {
                if self.open.iter().all(|open| open.id != prompt.id) {
                    self.open.push_back(prompt);
                    if self.open.len() == 1 {
                        self.show();
                    }
                }
                Ok(())
            }
            // Only people know what became of something that was sent; silence says nothing of it.
            _ if prompt.kind == PromptKind::Outcome => {
                elsewhere();
                Ok(())
            }
            Manner::Elsewhere => {
                elsewhere();
                Ok(())
            }
            Manner::Demo => match self.say(ask::demo(&prompt)).await {
                Err(error) if error.code == ErrorCode::Refused => {
                    self.output.error(&error);
                    self.say(ask::nobody(&prompt)).await
                }
                done => done,
            },
            Manner::Nobody => {
                self.output
                    .note("Nobody is there to ask, and no answer is a no. Use a terminal, or --wait to let another one answer.");
                self.say(ask::nobody(&prompt)).await
            }
        }
    }

    /// Shows the first prompt that is open, and asks.
    fn show(&self) {
        if let (Some(prompt), Manner::Terminal) = (self.open.front(), self.manner) {
            let shown = PromptList { prompts: vec![prompt.clone()], one: true };
            self.output.note(format_args!("\n{shown}"));
            self.output.question(ask::question(prompt));
        }
    }

    /// Takes a typed line as the answer to the first prompt that is open. A terminal that is gone answers nothing, which is a no.
    async fn typed(&mut self, line: Option<String>) -> Result<(), ApiError> {
        let Some(prompt) = self.open.front() else { return Ok(()) };
        let Some(line) = line else {
            let said = ask::nobody(prompt);
            self.manner = Manner::Nobody;
            return self.say(said).await;
        };
        match ask::answer(prompt, &line) {
            Some(said) => {
                self.open.pop_front();
                self.say(said).await?;
                self.show();
            }
            None => self.output.question(ask::question(prompt)),
        }
        Ok(())
    }

    /// Gives an answer. That somebody else was quicker is no error.
    async fn say(&self, said: Said) -> Result<(), ApiError> {
        let result = match said {
            Said::Yes(approve) => self.session.call(approve).await,
            Said::No(deny) => self.session.call(deny).await,
            Said::Became(answer) => self.session.call(answer).await,
        };
        match result {
            Err(error) if error.code == ErrorCode::Conflict => {
                self.output.note(error.message);
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// One line about an event; none where nobody cares.
    fn line(&self, event: &Event) -> Option<String> {
        let out = self.output;
        let line = |style, word: &str, path: &engine::Path, note: String| {
            let note = if note.is_empty() { note } else { format!("  {}", out.paint(Style::Faint, note)) };
            Some(format!("  {}  {path}{note}", out.paint(style, format_args!("{word:<7}"))))
        };
        match event {
            Event::Started { .. } | Event::Woke { .. } | Event::Ended { .. } => None,
            Event::Overdue { .. } => Some(format!("  {}  its time is over", out.paint(Style::Bad, "stops  "))),
            Event::Deferred { path, target, due, .. } => {
                line(Style::Faint, "waits", path, format!("until {}, for the sake of {target}", api::when(*due)))
            }
            Event::Delayed { path, due } => line(Style::Faint, "waits", path, format!("until {}", api::when(*due))),
            Event::Gated { path, gate, verdict, .. } => match gate {
                Gate::Act => line(Style::Good, "allowed", path, verdict.reason.clone()),
                Gate::Wait => line(Style::Ask, "asks", path, verdict.reason.clone()),
                Gate::Refused => line(Style::Bad, "refused", path, verdict.reason.clone()),
            },
            Event::Questioned { path, .. } => line(Style::Ask, "asks", path, String::new()),
            Event::Unknown { path, error, .. } => line(Style::Ask, "unknown", path, error.message.clone()),
            Event::Replied { path, reply, .. } => match reply {
                Reply::Answered(Answer::Reject) => line(Style::Bad, "no", path, String::new()),
                Reply::Answered(_) => line(Style::Good, "yes", path, String::new()),
                Reply::Expired => line(Style::Bad, "expired", path, "nobody answered in time, which is a no".to_owned()),
                Reply::Withdrawn => line(Style::Faint, "changed", path, "it is asked again".to_owned()),
            },
            Event::Finished { path, took_us, .. } => line(Style::Good, "done", path, api::took(*took_us)),
            Event::Failed { path, error, retry_at, .. } => {
                let again = retry_at.map_or(String::new(), |at| format!(" It is tried again at {}.", api::when(at)));
                line(Style::Bad, "failed", path, format!("{}: {}{again}", error.code, error.message))
            }
            Event::Cancelled { reason, .. } => Some(format!("  {}  {reason}", out.paint(Style::Bad, "stops  "))),
        }
    }

    /// Shows the end, and says how the program ends with it.
    fn end(&self, ended: &Ended) -> Exit {
        if !self.output.json {
            self.output.text(ended);
            ended.receipts().iter().for_each(|receipt| self.output.text(receipt::text(receipt, &self.run, self.output)));
        }
        match ended.exit() {
            Exit::Ok if self.refused => Exit::Refused,
            exit => exit,
        }
    }
}
