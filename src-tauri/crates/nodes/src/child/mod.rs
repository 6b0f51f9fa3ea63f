//! What is done in a process of its own: running a flow's own code and reading documents. Neither can be trusted to come to an end or to
//! take little memory, and a process, unlike a thread, can be ended.

pub(crate) mod extract;
mod frame;
mod pool;
pub(crate) mod script;

use std::{
    io::{self, BufReader, BufWriter, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::mpsc,
    thread,
    time::Duration,
};

use engine::StepError;
use serde::{Deserialize, Serialize};

pub(crate) use self::pool::Children;

/// The first argument that makes a program the working process.
pub const ARGUMENT: &str = "__work";

/// How much longer than its time a piece of work may take before the process ends itself, should nobody else end it.
const GRACE: Duration = Duration::from_secs(2);

/// A piece of work.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// JavaScript; its inputs, as JSON, come beside it.
    Script(script::Script),
    /// A document; its bytes come beside it.
    Extract(extract::Extract),
}

impl Work {
    /// How long it may take.
    fn limit(&self) -> Duration {
        Duration::from_millis(match self {
            Self::Script(script) => script.timeout_ms,
            Self::Extract(extract) => extract.timeout_ms,
        })
    }

    /// Does it; gives JSON.
    fn carry_out(&self, given: &[u8]) -> Result<Vec<u8>, StepError> {
        match self {
            Self::Script(script) => script::run(script, given),
            Self::Extract(extract) => extract::run(extract, given),
        }
    }
}

/// Runs the working process to its end. A program that names itself in [`crate::Services::program`] calls this, and nothing else, when its
/// first argument is [`ARGUMENT`].
pub fn run() -> ExitCode {
    limit_memory();
    // Where the memory goes past its limit the process ends, and so it does where a panic can't be caught; the parent says so.
    match serve(BufReader::new(io::stdin()), BufWriter::new(io::stdout())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(mut source: impl Read, mut target: impl Write) -> io::Result<()> {
    while let Some((work, given)) = frame::read::<Work>(&mut source)? {
        let done = {
            let _watch = watch(work.limit() + GRACE);
            catch_unwind(AssertUnwindSafe(|| work.carry_out(&given))).unwrap_or_else(|_| Err(broken_off("its reader panicked")))
        };
        match done {
            Ok(json) => frame::write(&mut target, &None::<StepError>, &json)?,
            Err(error) => frame::write(&mut target, &Some(error), &[])?,
        }
    }
    Ok(())
}

/// Ends this process when what is returned is not dropped in time: the parent may be gone.
fn watch(limit: Duration) -> mpsc::Sender<()> {
    let (done, watched) = mpsc::channel::<()>();
    thread::spawn(move || {
        if watched.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            std::process::exit(3);
        }
    });
    done
}

/// Work that ended without saying why.
fn broken_off(how: &str) -> StepError {
    let message = format!("The work broke off: {how}.");
    StepError::new("BROKE_OFF", message, "What came in may be damaged, or need more memory than it may have.")
}

#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    const MOST: u64 = 1 << 30;
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    // Where the system refuses, work is limited by time alone. No core files: what was given may be private.
    let _ = setrlimit(Resource::Data, limit(MOST));
    let _ = setrlimit(Resource::Core, limit(0));
}

#[cfg(not(unix))]
const fn limit_memory() {}
