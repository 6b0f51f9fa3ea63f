//! A run on paper: the machine goes on with what is already known, and nothing is carried out. What computes is computed; what would act,
//! ask or wait takes its result from the outside, or stays where it is.

use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::Arc};

use consent::Action;
use flow::{Digest, Values};

use crate::{Command, Control, Event, Machine, Path, Plan, Reply, RunId, Stamped, Step, StepError};

/// What is known of a step that is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// It gave these outputs.
    Gave(Values),
    /// It failed.
    Failed(StepError),
    /// People answered it so.
    Answered(Reply),
}

/// What came of a run on paper.
pub struct Dry {
    /// Where it stands.
    pub machine: Machine,
    /// What happened, as a journal would have it.
    pub events: Vec<Stamped>,
    /// Steps of which nothing is known, in the order in which the run came to them, with what they were given. The run waits for them.
    pub stopped: Vec<(Path, Values)>,
    /// What each step that went on was given.
    pub given: Vec<(Path, Values)>,
}

/// Goes through a run without carrying anything out. `started` is the run's first event, `at` its time (milliseconds since the epoch).
/// `known` says what is known of a step that would act or ask, from its path and what it is given.
pub fn dry(
    run: RunId,
    plan: Arc<Plan>,
    (at, started): (i64, Event),
    known: &mut dyn FnMut(&Path, &Values) -> Option<Known>,
) -> Dry {
    let machine = Machine::new(run, plan);
    let mut dry = Dry { machine, events: Vec::new(), stopped: Vec::new(), given: Vec::new() };
    let mut commands: VecDeque<Command> = dry.happen(at, started).into();
    while let Some(command) = commands.pop_front() {
        commands.extend(dry.carry_out(command, at, known));
    }
    dry
}

impl Dry {
    fn happen(&mut self, at: i64, event: Event) -> Vec<Command> {
        self.machine.apply(at, &event);
        let seq = u64::try_from(self.events.len()).unwrap_or(u64::MAX).saturating_add(1);
        self.events.push(Stamped { seq, at, event });
        self.machine.commands()
    }

    fn carry_out(&mut self, command: Command, at: i64, known: &mut dyn FnMut(&Path, &Values) -> Option<Known>) -> Vec<Command> {
        match command {
            Command::Begin { at: step, path, attempt, inputs } => {
                let key = Digest::of_bytes(path.as_str().as_bytes());
                let computed = match self.machine.step(step) {
                    Step::Pure(pure) => {
                        let context = self.machine.context(&path, attempt, key);
                        let caught = std::panic::catch_unwind(AssertUnwindSafe(|| pure.run(&context, &inputs)));
                        let broken = |_| Err(StepError::new("PANIC", "The node's code broke off.", ""));
                        Some(caught.unwrap_or_else(broken).map_or_else(Known::Failed, Known::Gave))
                    }
                    _ => known(&path, &inputs),
                };
                self.result(path, attempt, inputs, computed, at)
            }
            Command::Ask { path, inputs, .. } => match known(&path, &inputs) {
                Some(Known::Answered(reply)) => {
                    self.given.push((path.clone(), inputs));
                    let prompt = "on-paper".to_owned();
                    let mut next =
                        self.happen(at, Event::Questioned { path: path.clone(), prompt: prompt.clone(), expires_at: None });
                    next.extend(self.happen(at, Event::Replied { path, prompt, reply, decision: None, by: None }));
                    next
                }
                other => self.result(path, 1, inputs, other, at),
            },
            Command::Delay { path, wait_ms } => {
                let due = at.saturating_add(i64::try_from(wait_ms).unwrap_or(i64::MAX));
                self.happen(at, Event::Delayed { path, due })
            }
            Command::Wake { path, .. } => self.happen(at, Event::Woke { path }),
            Command::Stop { path } => {
                self.stopped.retain(|(stopped, _)| *stopped != path);
                let error = StepError::new("CANCELLED", "It was stopped, since the run stops.", "");
                self.happen(at, Event::Failed { path, attempt: 1, error, retry_at: None, took_us: 0 })
            }
            Command::End { ending, outputs, failure } => self.happen(at, Event::Ended { ending, outputs, failure }),
            Command::Deadline { .. }
            | Command::Act { .. }
            | Command::Conclude { .. }
            | Command::Recover { .. }
            | Command::Unclear { .. } => Vec::new(),
        }
    }

    fn result(&mut self, path: Path, attempt: u32, inputs: Values, known: Option<Known>, at: i64) -> Vec<Command> {
        match known {
            None | Some(Known::Answered(_)) => {
                self.stopped.push((path, inputs));
                Vec::new()
            }
            Some(Known::Gave(outputs)) => {
                self.given.push((path.clone(), inputs));
                self.happen(at, Event::Finished { path, attempt, outputs, took_us: 0 })
            }
            Some(Known::Failed(error)) => {
                self.given.push((path.clone(), inputs));
                self.happen(at, Event::Failed { path, attempt, error, retry_at: None, took_us: 0 })
            }
        }
    }

    /// What each step that went on would have asked the gate for, had it been carried out.
    pub fn requests(&self) -> Vec<(Path, Action)> {
        let request = |(path, inputs): &(Path, Values)| {
            let Step::Act(act) = self.machine.step(self.machine.find(path)?) else { return None };
            let context = self.machine.context(path, 1, Digest::of_bytes(path.as_str().as_bytes()));
            Some((path.clone(), act.request(&context, inputs).ok()??))
        };
        self.given.iter().filter_map(request).collect()
    }

    /// Whether a step asks people, so that what is known of it is an answer.
    pub fn asks(&self, path: &Path) -> bool {
        self.machine.find(path).is_some_and(|at| matches!(self.machine.step(at), Step::Control(Control::Approval { .. })))
    }
}
