//! The parent's side: keeps working processes, gives each one piece of work at a time, and outlives whatever happens to them.

use std::{
    env, io,
    num::NonZero,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use engine::StepError;
use flow::Value;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    task, time,
};

use super::{ARGUMENT, Work, broken_off, frame};

/// How much longer than its time a piece of work may take before its process is ended: work that notices by itself says more.
const GRACE: Duration = Duration::from_millis(500);
/// How long a process that closed its pipe may take to be gone.
const FAREWELL: Duration = Duration::from_secs(1);
/// What a working process may see of the environment: where the system keeps its libraries.
const KEPT: [&str; 4] = ["SystemRoot", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];
/// Answers longer than this are read in a thread of their own.
const LONG: usize = 256 << 10;

/// The working processes. Each starts when it is needed and stays for the next piece of work; one whose work takes too long, or is no
/// longer waited for, is killed.
pub(crate) struct Children {
    program: Option<PathBuf>,
    idle: Mutex<Vec<Running>>,
    slots: Semaphore,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Children {
    /// `program` calls [`super::run`] when its first argument is [`ARGUMENT`].
    pub(crate) fn new(program: Option<PathBuf>) -> Self {
        // One for each processor: more would only take turns.
        let slots = thread::available_parallelism().map_or(2, NonZero::get).max(2);
        Self { program, idle: Mutex::default(), slots: Semaphore::new(slots) }
    }

    /// Has a piece of work done. Its time begins when a process is free. Dropping the future ends the work.
    pub(crate) async fn carry_out(&self, work: &Work, given: &[u8]) -> Result<Value, StepError> {
        let Some(program) = &self.program else {
            let message = "There is no program here to run code or read documents.";
            return Err(StepError::new("UNAVAILABLE", message, "Run the flow in a workspace."));
        };
        if given.len() > frame::LONGEST {
            let message = format!("What came in takes {} bytes; the most is {}.", given.len(), frame::LONGEST);
            return Err(StepError::new("TOO_LARGE", message, "Give it less at once."));
        }
        let closed = |_| broken_off("the program ends");
        let _slot = self.slots.acquire().await.map_err(closed)?;
        let mut running = match self.idle() {
            Some(running) => running,
            None => {
                Running::start(program).map_err(|error| broken_off(&format!("its process could not be started ({error})")))?
            }
        };
        let limit = work.limit();
        // The process is out of its place while it works, so that a future dropped halfway takes it along: an answer nobody waited for
        // never meets the next piece of work.
        let answered = time::timeout(limit + GRACE, running.ask(work, given)).await.map_err(|_| overdue(limit))?;
        match answered {
            Ok((error, json)) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(running);
                match error {
                    Some(error) => Err(error),
                    None => read(json).await,
                }
            }
            Err(error) => Err(running.ended(&error).await),
        }
    }

    /// One that has nothing to do. One that died meanwhile is nobody's loss.
    fn idle(&self) -> Option<Running> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(|running| matches!(running.child.try_wait(), Ok(None)));
        idle.pop()
    }
}

impl Running {
    fn start(program: &Path) -> io::Result<Self> {
        let kept = KEPT.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            .env_clear()
            .envs(kept)
            // Code that asks for local time gets the same answer on every machine.
            .env("TZ", "UTC0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("it has no pipes"));
        };
        Ok(Self { child, input, output })
    }

    async fn ask(&mut self, work: &Work, given: &[u8]) -> io::Result<(Option<StepError>, Vec<u8>)> {
        self.input.write_all(&frame::head(work, given)?).await?;
        self.input.write_all(given).await?;
        self.input.flush().await?;
        frame::receive(&mut self.output).await
    }

    /// Why it can't be talked to any more. It is gone afterwards.
    async fn ended(mut self, error: &io::Error) -> StepError {
        let how = match error.kind() {
            io::ErrorKind::InvalidData => format!("its process answered something that is no answer ({error})"),
            _ => match time::timeout(FAREWELL, self.child.wait()).await {
                Ok(Ok(status)) => ended_by(status),
                _ => format!("its process stopped answering ({error})"),
            },
        };
        broken_off(&how)
    }
}

async fn read(json: Vec<u8>) -> Result<Value, StepError> {
    let unreadable = |why: &dyn std::fmt::Display| {
        StepError::new("BAD_OUTPUT", format!("What it gave can't be read: {why}."), "Give plain data, not nested deeply.")
    };
    let parsed = match json.len() {
        0..LONG => serde_json::from_slice(&json),
        _ => task::spawn_blocking(move || serde_json::from_slice(&json)).await.map_err(|error| unreadable(&error))?,
    };
    parsed.map_err(|error| unreadable(&error))
}

fn overdue(limit: Duration) -> StepError {
    let message = format!("It was not done after {} ms and was ended.", limit.as_millis());
    StepError::new("TIMEOUT", message, "Do less in one step, or allow more time.")
}

fn ended_by(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("its process was ended by signal {signal}");
    }
    status.code().map_or_else(|| "its process ended".to_owned(), |code| format!("its process ended with code {code}"))
}
