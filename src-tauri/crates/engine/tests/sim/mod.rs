//! A driver that is a dice: it carries out a machine's commands in a random order, with random outcomes, and journals what happens.
#![allow(dead_code, reason = "each test takes a part of it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use consent::{Answer, Code, Line, Outcome, Request, Verdict};
use engine::{
    Command, Control, Ending, Event, Gate, Machine, Path, Plan, Reply, Stamped, StartedBy, Step, StepError, StepState, Why,
    machine::{AfterFailure, At, Moved},
};
use flow::{Digest, Values};
use testkit::{START, TestNodes, World, random::Random};

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Way {
    /// Somebody stops the run after so many events.
    pub(crate) cancel_after: Option<usize>,
    /// The program ends after every so many events.
    pub(crate) crash_every: Option<usize>,
    /// The run's time is over after so many events.
    pub(crate) overdue_after: Option<usize>,
    /// What comes in from outside comes twice, which must change nothing.
    pub(crate) twice: bool,
    /// The clock jumps ahead, and back.
    pub(crate) jumps: bool,
}

/// Something that is under way.
enum Task {
    Begin {
        at: At,
        path: Path,
        attempt: u32,
        inputs: Values,
    },
    Ask {
        at: At,
        path: Path,
        target: Option<Path>,
    },
    Act {
        at: At,
        path: Path,
        attempt: u32,
    },
    Read {
        at: At,
        path: Path,
        attempt: u32,
    },
    Recover {
        at: At,
        path: Path,
        attempt: u32,
    },
    Unclear {
        path: Path,
        attempt: u32,
    },
    Delay {
        path: Path,
        wait_ms: u64,
    },
    Wake {
        path: Path,
        due: i64,
    },
    Conclude {
        path: Path,
        attempt: u32,
        outcome: Result<Values, StepError>,
    },
    /// A step waits for an answer.
    Prompt {
        path: Path,
        outcome: bool,
    },
    End(Event),
}

/// A run, and the dice.
pub(crate) struct Sim {
    pub(crate) machine: Machine,
    plan: Arc<Plan>,
    tasks: Vec<Task>,
    journal: Vec<Stamped>,
    choices: Vec<u16>,
    turn: usize,
    way: Way,
    crashes: usize,
    /// The run's own steps whose failure is caught.
    catching: BTreeSet<String>,
    now: i64,
}

impl Sim {
    pub(crate) fn new(random: &Random, choices: Vec<u16>, way: Way) -> Self {
        let nodes = TestNodes::new(World::new());
        let plan = Plan::new(&random.flow, &random.subflows, &*nodes).unwrap();
        let machine = Machine::new("run".into(), plan.clone());
        let caught = random.flow.edges.iter().filter(|edge| edge.from.port == "error");
        let catching = caught.map(|edge| edge.from.node.clone()).collect();
        let mut sim = Self {
            machine,
            plan,
            tasks: Vec::new(),
            journal: Vec::new(),
            choices,
            turn: 0,
            way,
            crashes: 0,
            catching,
            now: START,
        };
        sim.happen(Event::Started {
            deadline: None,
            given: BTreeMap::new(),
            parent: None,
            flow_id: sim.plan.flow_id.clone(),
            flow: flow::logic_digest(&random.flow),
            subflows: BTreeMap::new(),
            inputs: random.inputs.clone(),
            by: by(),
            seed: 7,
        });
        sim
    }

    fn draw(&mut self, sides: usize) -> usize {
        self.turn += 1;
        // After the drawn numbers a fixed sequence goes on, in which every number comes again and again.
        let number = self.choices.get(self.turn - 1).map_or_else(|| self.turn.wrapping_mul(7919) >> 3, |n| usize::from(*n));
        number % sides
    }

    /// Lets things happen until nothing is under way.
    pub(crate) fn run(&mut self) {
        while !self.tasks.is_empty() {
            assert!(self.journal.len() < 1_000, "it goes on for ever:\n{}", self.story());
            // The end is journalled as soon as it is known.
            let end = self.tasks.iter().position(|task| matches!(task, Task::End(_)));
            let over = end.is_some() || self.machine.ended().is_some();
            if !over && self.way.cancel_after.is_some_and(|when| self.journal.len() > when) {
                self.way.cancel_after = None;
                self.happen(Event::Cancelled { by: by(), reason: String::new() });
                continue;
            }
            if !over && self.way.overdue_after.is_some_and(|when| self.journal.len() > when) {
                self.way.overdue_after = None;
                self.happen(Event::Overdue { due: self.now });
                continue;
            }
            let next = end.unwrap_or_else(|| self.draw(self.tasks.len()));
            let task = self.tasks.swap_remove(next);
            self.go_on(task);
            // Not for ever: a program that ends each time before it has an answer gets nowhere.
            if self.crashes < 40 && self.way.crash_every.is_some_and(|every| self.journal.len().is_multiple_of(every)) {
                self.crashes += 1;
                self.crash();
            }
        }
    }

    /// Another program goes on from the journal.
    fn crash(&mut self) {
        self.machine = Machine::fold("run".into(), self.plan.clone(), &self.journal);
        self.tasks.retain(|task| matches!(task, Task::Prompt { .. }));
        let commands = self.machine.resume();
        self.take(commands);
    }

    fn happen(&mut self, event: Event) {
        self.now += 1;
        if self.way.jumps {
            self.now += [0, 3_600_000, -3_000_000][self.draw(3)];
        }
        let seq = u64::try_from(self.journal.len()).unwrap() + 1;
        self.machine.apply(self.now, &event);
        self.journal.push(Stamped { seq, at: self.now, event });
        let commands = self.machine.commands();
        self.take(commands);
        self.compare();
        self.again();
    }

    /// The last event comes a second time, where it is one that comes from outside.
    fn again(&mut self) {
        let event = &self.journal[self.journal.len() - 1].event;
        let outside = matches!(
            event,
            Event::Finished { .. } | Event::Failed { .. } | Event::Replied { .. } | Event::Woke { .. } | Event::Cancelled { .. }
        );
        if !self.way.twice || !outside {
            return;
        }
        let before = self.machine.steps();
        self.machine.apply(self.now, event);
        let commands: Vec<_> = self.machine.commands().iter().filter_map(outstanding).collect();
        assert!(commands.is_empty(), "it came twice and led to {commands:?}:\n{}", self.story());
        assert_eq!(self.machine.steps(), before, "it came twice:\n{}", self.story());
    }

    /// How it ended, and what its output nodes collected.
    pub(crate) fn outcome(&self) -> Option<(Ending, Values)> {
        self.journal.iter().rev().find_map(|stamped| match &stamped.event {
            Event::Ended { ending, outputs, .. } => Some((*ending, outputs.clone())),
            _ => None,
        })
    }

    /// Which of the rarer things happened.
    pub(crate) fn features(&self) -> Vec<&'static str> {
        let any = |holds: &dyn Fn(&Event) -> bool| self.journal.iter().any(|stamped| holds(&stamped.event));
        let path = |part: &str| any(&|event| event.path().is_some_and(|path| path.as_str().contains(part)));
        let all = [
            ("frame", path("/")),
            ("round", path("[1]")),
            ("undone", any(&|e| matches!(e, Event::Gated { path, .. } if path.as_str().ends_with("-undo")))),
            ("unknown", any(&|e| matches!(e, Event::Unknown { .. }))),
            ("deferred", any(&|e| matches!(e, Event::Deferred { .. }))),
            ("overdue", any(&|e| matches!(e, Event::Overdue { .. }))),
            ("cancelled", self.cancelled()),
            ("twice", self.way.twice),
            ("asked", any(&|e| matches!(e, Event::Replied { .. }))),
            ("retried", any(&|e| matches!(e, Event::Failed { retry_at: Some(_), .. }))),
        ];
        all.into_iter().filter(|(_, happened)| *happened).map(|(feature, _)| feature).collect()
    }

    fn take(&mut self, commands: Vec<Command>) {
        let mut stops = Vec::new();
        for command in commands {
            let task = match command {
                Command::Begin { at, path, attempt, inputs } => Task::Begin { at, path, attempt, inputs },
                Command::Ask { at, path, target, .. } => Task::Ask { at, path, target: target.map(|(_, path, _)| path) },
                Command::Act { at, path, attempt, .. } => Task::Act { at, path, attempt },
                Command::Delay { path, wait_ms } => Task::Delay { path, wait_ms },
                // No random flow has a deadline.
                Command::Deadline { .. } => continue,
                Command::Wake { path, due } => Task::Wake { path, due },
                Command::Conclude { path, attempt, outcome, .. } => Task::Conclude { path, attempt, outcome },
                Command::Recover { at, path, attempt } => Task::Recover { at, path, attempt },
                Command::End { ending, outputs, failure } => Task::End(Event::Ended { ending, outputs, failure }),
                Command::Unclear { path, attempt, .. } => Task::Unclear { path, attempt },
                Command::Stop { path } => {
                    stops.push(path);
                    continue;
                }
            };
            self.tasks.push(task);
        }
        // What a stop leads to is compared with the journal, so everything else that is to be done must be known by then.
        for path in stops {
            self.stop(&path);
        }
    }

    /// A read that is under way is stopped at once; one that has not begun finds out when it does.
    fn stop(&mut self, path: &Path) {
        let acting = |task: &Task| match task {
            Task::Act { path: of, attempt, .. } | Task::Read { path: of, attempt, .. } if of == path => Some(*attempt),
            _ => None,
        };
        let Some((at, attempt)) = self.tasks.iter().enumerate().find_map(|(at, task)| Some((at, acting(task)?))) else { return };
        self.tasks.swap_remove(at);
        let error = StepError::new("CANCELLED", "It was stopped.", "");
        self.happen(Event::Failed { path: path.clone(), attempt, error, retry_at: None, took_us: 0 });
    }

    fn go_on(&mut self, task: Task) {
        match task {
            Task::Begin { at, path, attempt, inputs } => self.begin(at, path, attempt, &inputs),
            Task::Ask { at, path, target: None } => {
                assert!(matches!(self.machine.step(at), Step::Control(Control::Approval { .. })));
                self.happen(Event::Questioned { path: path.clone(), prompt: format!("p {path}"), expires_at: None });
                self.ask(path, false);
            }
            Task::Ask { path, target, .. } => self.gate(path, target, 1),
            Task::Act { at, path, attempt } | Task::Read { at, path, attempt } => self.act(at, path, attempt),
            Task::Recover { at, path, attempt } => match self.machine.step(at) {
                Step::Act(act) if act.honours_key() => {
                    let inputs = self.machine.inputs(at);
                    self.begin(at, path, attempt + 1, &inputs);
                }
                _ => self.unclear(path, attempt),
            },
            Task::Unclear { path, attempt } => self.unclear(path, attempt),
            Task::Delay { path, wait_ms } => {
                let due = self.now + i64::try_from(wait_ms).unwrap();
                self.happen(Event::Delayed { path, due });
            }
            Task::Wake { path, due } => {
                self.now = self.now.max(due);
                if self.machine.sleeps_until(&path) == Some(due) && self.machine.ended().is_none() {
                    self.happen(Event::Woke { path });
                }
            }
            Task::Conclude { path, attempt, outcome } => self.happen(match outcome {
                Ok(outputs) => Event::Finished { path, attempt, outputs, took_us: 0 },
                Err(error) => Event::Failed { path, attempt, error, retry_at: None, took_us: 0 },
            }),
            Task::Prompt { path, outcome } => self.answer(path, outcome),
            Task::End(event) => {
                assert!(self.machine.ended().is_none());
                self.happen(event);
            }
        }
    }

    fn begin(&mut self, at: At, path: Path, attempt: u32, inputs: &Values) {
        let key = Digest::of_bytes(path.as_str().as_bytes());
        match self.machine.step(at) {
            Step::Pure(pure) => match pure.run(&self.machine.context(&path, attempt, key), inputs) {
                Ok(outputs) => self.happen(Event::Finished { path, attempt, outputs, took_us: 0 }),
                Err(error) => self.failed(at, path, attempt, error),
            },
            Step::Act(act) => match act.request(&self.machine.context(&path, attempt, key), inputs) {
                Ok(Some(_)) if self.draw(8) == 0 => {
                    let due = self.now + 1_000;
                    self.happen(Event::Deferred { path, attempt, target: "api.example.com".to_owned(), why: Why::Rate, due });
                }
                Ok(Some(_)) => self.gate(path, None, attempt),
                _ => self.tasks.push(Task::Read { at, path, attempt }),
            },
            Step::Control(_) => panic!("{path} is the machine's own"),
        }
    }

    fn gate(&mut self, path: Path, target: Option<Path>, attempt: u32) {
        let gate = [Gate::Act, Gate::Act, Gate::Act, Gate::Wait, Gate::Refused][self.draw(5)];
        let request = request(target.as_ref().unwrap_or(&path));
        self.happen(Event::Gated {
            path: path.clone(),
            target,
            attempt,
            request_digest: request.digest(),
            request: Arc::new(request),
            verdict: Arc::new(verdict()),
            gate,
            // What was let go before is held on.
            hold: (gate == Gate::Refused && attempt > 1).then(|| "h".to_owned()),
            prompt: (gate == Gate::Wait).then(|| format!("p {path}")),
            expires_at: None,
            decisions: Vec::new(),
            surfaces: Vec::new(),
        });
        if gate == Gate::Wait {
            self.ask(path, false);
        }
    }

    fn act(&mut self, at: At, path: Path, attempt: u32) {
        let error = StepError::new("BROKEN", "By the dice.", "");
        match self.draw(6) {
            0 => self.failed(at, path, attempt, error),
            1 => self.failed(at, path, attempt, error.retryable()),
            2 => self.failed(at, path, attempt, error.retryable().maybe_sent()),
            n => {
                let outputs = if n == 3 { Values::new() } else { Values::one("value", n) };
                self.happen(Event::Finished { path, attempt, outputs, took_us: 0 });
            }
        }
    }

    fn failed(&mut self, at: At, path: Path, attempt: u32, error: StepError) {
        match self.machine.after_failure(at, attempt, &error, self.now, 500) {
            AfterFailure::Retry(due) => {
                self.happen(Event::Failed { path, attempt, error, retry_at: Some(due), took_us: 0 });
            }
            AfterFailure::Final => self.happen(Event::Failed { path, attempt, error, retry_at: None, took_us: 0 }),
            AfterFailure::Unclear => self.unclear(path, attempt),
        }
    }

    fn unclear(&mut self, path: Path, attempt: u32) {
        let error = StepError::new("UNCLEAR", "By the dice.", "").maybe_sent();
        self.happen(Event::Unknown { path: path.clone(), attempt, error, prompt: format!("p {path}") });
        self.ask(path, true);
    }

    fn ask(&mut self, path: Path, outcome: bool) {
        self.tasks.push(Task::Prompt { path, outcome });
    }

    fn answer(&mut self, path: Path, outcome: bool) {
        let state = self.machine.find(&path).map(|_| self.state(&path));
        // The run ended meanwhile, and its prompts were withdrawn with it.
        if self.machine.ended().is_some() || !matches!(state, Some(StepState::Asking | StepState::Unknown)) {
            return;
        }
        let reply = if outcome {
            Reply::Answered([Answer::Happened, Answer::DidNot, Answer::Again][self.draw(3)])
        } else {
            let approve = Reply::Answered(Answer::Approve);
            [approve, approve, Reply::Answered(Answer::Reject), Reply::Expired, Reply::Withdrawn][self.draw(5)]
        };
        self.happen(Event::Replied {
            prompt: format!("p {path}"),
            path,
            reply,
            decision: Some(Digest::of_bytes(b"decision")),
            by: Some(testkit::PROFILE.to_owned()),
        });
    }

    fn state(&self, path: &Path) -> StepState {
        self.machine.steps().into_iter().find(|(of, _)| of == path).unwrap().1
    }

    /// Memory and journal say the same: where each step stands, and what is to be done.
    fn compare(&self) {
        let mut folded = Machine::fold("run".into(), self.plan.clone(), &self.journal);
        assert_eq!(folded.steps(), self.machine.steps(), "{}", self.story());
        assert_eq!(folded.ended(), self.machine.ended());
        let from_journal: BTreeSet<String> = folded.resume().iter().filter_map(outstanding).collect();
        let world = |at: At| self.machine.effect(at).changes_the_world();
        let in_memory: BTreeSet<String> = self
            .tasks
            .iter()
            .filter_map(|task| match task {
                Task::Begin { path, attempt, .. } => Some(format!("begin {path} {attempt}")),
                Task::Read { path, attempt, .. } => Some(format!("begin {path} {attempt}")),
                Task::Ask { path, .. } => Some(format!("ask {path}")),
                Task::Act { at, path, attempt } if world(*at) => Some(format!("recover {path} {attempt}")),
                Task::Act { path, attempt, .. } => Some(format!("act {path} {attempt}")),
                Task::Recover { path, attempt, .. } => Some(format!("recover {path} {attempt}")),
                // A program that begins anew finds it under way, which comes to the same.
                Task::Unclear { path, attempt } => Some(format!("recover {path} {attempt}")),
                Task::Delay { path, .. } => Some(format!("delay {path}")),
                // A timer of a step that does not sleep any more fires into nothing.
                Task::Wake { path, due } => (self.machine.sleeps_until(path) == Some(*due)).then(|| format!("wake {path} {due}")),
                Task::Conclude { path, .. } => Some(format!("conclude {path}")),
                Task::Prompt { .. } => None,
                Task::End(_) => Some("end".to_owned()),
            })
            .collect();
        assert_eq!(from_journal, in_memory, "after:\n{}", self.story());
    }

    /// Whoever adds up what moved knows where every step stands after each event, and is told nothing that did not change.
    fn check_what_followers_are_told(&self) {
        let mut machine = Machine::new("run".into(), self.plan.clone()).followed();
        let mut known = BTreeMap::new();
        for stamped in &self.journal {
            machine.apply(stamped.at, &stamped.event);
            machine.commands();
            for Moved { path, from, to } in machine.moved() {
                assert_ne!(from, Some(to));
                assert_eq!(known.insert(path, to), from);
            }
            let steps: BTreeMap<_, _> = machine.steps().into_iter().collect();
            assert_eq!(known, steps, "after event {}:\n{}", stamped.seq, self.story());
        }
    }

    /// What always holds of a journal.
    pub(crate) fn check(&self) {
        self.check_what_followers_are_told();
        let mut over: BTreeMap<&Path, &str> = BTreeMap::new();
        let mut unknown: BTreeSet<&Path> = BTreeSet::new();
        let stop = self.stop_at();
        for (at, stamped) in self.journal.iter().enumerate() {
            let event = &stamped.event;
            match event {
                Event::Finished { path, .. } | Event::Failed { path, retry_at: None, .. } => {
                    let before = over.insert(path, event.name());
                    assert_eq!(before, None, "{path} has two results:\n{}", self.story());
                    let told = matches!(event, Event::Failed { error, .. } if error.code == "DID_NOT_HAPPEN");
                    if told || matches!(event, Event::Finished { .. }) {
                        unknown.remove(path);
                    }
                }
                Event::Failed { path, error, .. } if error.maybe_sent && self.changes(path) => {
                    unknown.insert(path);
                }
                Event::Unknown { path, .. } => {
                    unknown.insert(path);
                }
                Event::Ended { .. } => assert_eq!(at + 1, self.journal.len(), "something after the end:\n{}", self.story()),
                // What had begun is journalled after the stop; nothing begins after it.
                Event::Gated { path, .. }
                | Event::Delayed { path, .. }
                | Event::Deferred { path, .. }
                | Event::Questioned { path, .. } => {
                    // What takes effects back does so because of the stop.
                    let begun = at < stop || self.was_under_way(path, stop) || path.as_str().ends_with("-undo");
                    assert!(begun, "{path} began after the stop:\n{}", self.story());
                }
                _ => {}
            }
        }
        if self.machine.ended().is_some() {
            assert!(unknown.is_empty(), "nobody knows what became of {unknown:?}:\n{}", self.story());
            for (path, state) in self.machine.steps() {
                assert!(
                    !matches!(state, StepState::Running | StepState::Unknown),
                    "{path} is {state:?} at the end:\n{}",
                    self.story()
                );
            }
        }
    }

    fn changes(&self, path: &Path) -> bool {
        self.machine.find(path).is_some_and(|at| self.machine.effect(at).changes_the_world())
    }

    fn folded(&self, events: usize) -> Machine {
        Machine::fold("run".into(), self.plan.clone(), &self.journal[..events])
    }

    /// How many events there are before the run stops: it is cancelled, or one of its own steps fails and nothing catches that.
    fn stop_at(&self) -> usize {
        let stops = |events: usize| {
            let cancelled = self.journal[..events].iter().any(|stamped| matches!(stamped.event, Event::Cancelled { .. }));
            let failed = |(path, state): (Path, StepState)| {
                state == StepState::Failed && !path.as_str().contains('/') && !self.catching.contains(path.as_str())
            };
            let overdue = self.journal[..events].iter().any(|stamped| matches!(stamped.event, Event::Overdue { .. }));
            cancelled || overdue || self.folded(events).steps().into_iter().any(failed)
        };
        (0..=self.journal.len()).find(|events| stops(*events)).unwrap_or(self.journal.len())
    }

    /// Whether a step was under way after so many events.
    fn was_under_way(&self, path: &Path, events: usize) -> bool {
        let state = self.folded(events).steps().into_iter().find(|(of, _)| of == path);
        state.is_some_and(|(_, state)| matches!(state, StepState::Running | StepState::Unknown))
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.journal.iter().any(|stamped| matches!(stamped.event, Event::Cancelled { .. }))
    }

    /// The journal as lines.
    pub(crate) fn story(&self) -> String {
        let line = |stamped: &Stamped| {
            let Stamped { seq, event, .. } = stamped;
            let more = match event {
                Event::Gated { gate, attempt, .. } => format!("{gate:?} {attempt}"),
                Event::Replied { reply, .. } => format!("{reply:?}"),
                Event::Failed { error, retry_at, attempt, .. } => format!("{} {attempt} {retry_at:?}", error.code),
                Event::Ended { ending, .. } => format!("{ending:?}"),
                _ => String::new(),
            };
            format!("{seq:3} {} {} {more}", event.name(), event.path().map_or("", Path::as_str))
        };
        self.journal.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A command as it is compared.
fn outstanding(command: &Command) -> Option<String> {
    Some(match command {
        Command::Begin { path, attempt, .. } => format!("begin {path} {attempt}"),
        Command::Ask { path, .. } => format!("ask {path}"),
        Command::Act { path, attempt, .. } => format!("act {path} {attempt}"),
        Command::Delay { path, .. } => format!("delay {path}"),
        Command::Wake { path, due } => format!("wake {path} {due}"),
        Command::Conclude { path, .. } => format!("conclude {path}"),
        Command::Recover { path, attempt, .. } => format!("recover {path} {attempt}"),
        Command::Unclear { .. } | Command::Stop { .. } | Command::Deadline { .. } => return None,
        Command::End { .. } => "end".to_owned(),
    })
}

fn by() -> StartedBy {
    StartedBy::Profile { id: testkit::PROFILE.to_owned() }
}

fn request(path: &Path) -> Request {
    let key = Digest::of_bytes(path.as_str().as_bytes());
    let call = consent::Call {
        effect: flow::Effect::Write,
        method: "POST".to_owned(),
        host: "api.example.com".to_owned(),
        port: 443,
        url: "https://api.example.com/".to_owned(),
        body: key,
        secrets: Vec::new(),
    };
    Request {
        key,
        run: Some("run".to_owned()),
        path: Some(path.to_string()),
        by_hand: Vec::new(),
        action: consent::Action::Call(call),
    }
}

fn verdict() -> Verdict {
    let line = Line { rule: "dice".to_owned(), outcome: Outcome::Allow, code: Code::Ok, reason: "By the dice.".to_owned() };
    Verdict { outcome: Outcome::Allow, code: Code::Ok, reason: line.reason.clone(), lines: vec![line], policy: 1 }
}
