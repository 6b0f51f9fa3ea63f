//! The parent's side: keeps a transcribing process, gives it recordings, and outlives whatever happens to it.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, OnceCell};
use tokio::{task, time};

use crate::child;
use crate::clip::Clip;
use crate::error::VoiceError;
use crate::frame::{self, Answer, Request};
use crate::model::Model;
use crate::speech;
use crate::transcript::{ModelName, Timings, Transcript};
use crate::words::{self, Token};

/// How long a child that closed its pipe may take to be gone before it is killed.
const FAREWELL: Duration = Duration::from_secs(1);
/// What the child may see of the environment: where the system keeps its libraries. Nothing else concerns it.
const KEPT: [&str; 4] = ["SystemRoot", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/// How one recording is transcribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The longest it may take, with loading the model; then the transcribing process is killed.
    pub timeout: Duration,
    /// Threads of the transcribing process.
    pub threads: u32,
}

impl Default for Options {
    /// 30 s, and a thread for each processor but one, up to four. whisper.cpp's threads wait for each other without sleeping: where
    /// another program needs a processor too, a thread for every one takes ten times as long as one less.
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = u32::try_from(processors.saturating_sub(1)).unwrap_or(u32::MAX).clamp(1, 4);
        Self { timeout: Duration::from_secs(30), threads }
    }
}

/// A speech model in a process of its own. The process starts with the first recording and stays for the next; it is killed when
/// this is dropped, when a recording takes too long, and when the future of [`Whisper::transcribe`] is dropped.
#[derive(Debug)]
pub struct Whisper {
    program: PathBuf,
    model: Model,
    sha256: OnceCell<String>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Whisper {
    /// Checks the model and prepares to run it. `program` is a program that calls [`child::run`] when its first argument is
    /// [`child::ARGUMENT`]: usually the running one itself. Needs a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    /// [`VoiceError::BadModel`].
    pub async fn start(program: PathBuf, model: PathBuf) -> Result<Self, VoiceError> {
        let model = blocking(move || Model::check(&model)).await??;
        Ok(Self { program, model, sha256: OnceCell::new(), running: Mutex::new(None) })
    }

    /// The model in use.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Puts one recording into words. Recordings given at the same time are taken one after the other.
    ///
    /// # Errors
    /// [`VoiceError::TooShort`], [`VoiceError::TooLong`], [`VoiceError::Silent`], [`VoiceError::NoSpeech`] and
    /// [`VoiceError::TooManyWords`] for recordings that can't be heard whole; [`VoiceError::BadModel`], [`VoiceError::Child`] and
    /// [`VoiceError::TimedOut`] where the transcribing process fails. The next call starts a new process.
    pub async fn transcribe(&self, clip: &Clip, options: &Options) -> Result<Transcript, VoiceError> {
        let limit_ms = self.model.window_ms();
        if clip.duration_ms > limit_ms {
            return Err(VoiceError::TooLong { duration_ms: clip.duration_ms, limit_ms });
        }
        let begun = Instant::now();
        let heard = clip.clone();
        let speech = blocking(move || speech::detect(&heard)).await??;
        let detect_ms = ms(begun.elapsed());

        let answered =
            time::timeout(options.timeout, async { tokio::try_join!(self.ask(&clip.samples, options.threads), self.sha256()) })
                .await;
        let ((answer, load), sha256) = answered.map_err(|_| {
            let limit_ms = u32::try_from(options.timeout.as_millis()).unwrap_or(u32::MAX);
            VoiceError::TimedOut { limit_ms }
        })??;
        let (tokens, decode_ms) = self.said(answer)?;
        let words = words::words(&tokens, &speech);
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        if words::only_annotations(&text) {
            return Err(VoiceError::NoSpeech);
        }
        let timings = Timings { read_ms: ms(clip.read_time), detect_ms, load_ms: ms(load), decode_ms };
        let model = ModelName { name: self.model.name(), sha256: sha256.to_owned() };
        Ok(Transcript { text, words, confidence: words::lowest(&tokens), duration_ms: clip.duration_ms, model, timings })
    }

    fn said(&self, answer: Answer) -> Result<(Vec<Token>, f64), VoiceError> {
        match answer {
            Answer::Said { tokens, decode_ms } => Ok((tokens, decode_ms)),
            Answer::TooManyWords { limit } => Err(VoiceError::TooManyWords { limit }),
            Answer::Failed { reason } => Err(VoiceError::Child { reason: format!("could not decode the recording ({reason})") }),
            Answer::BadModel { reason } => Err(self.bad_model(reason)),
            Answer::Ready => Err(VoiceError::Child { reason: "answered out of turn".into() }),
        }
    }

    fn bad_model(&self, reason: String) -> VoiceError {
        VoiceError::BadModel { path: self.model.path().display().to_string(), reason }
    }

    async fn sha256(&self) -> Result<&str, VoiceError> {
        let digest = self.sha256.get_or_try_init(|| async {
            let path = self.model.path().to_owned();
            blocking(move || sha256(&path)).await?.map_err(|error| self.bad_model(error.to_string()))
        });
        digest.await.map(String::as_str)
    }

    /// Gives the samples to the child. While it works it is out of its place, so that a future dropped halfway takes the child
    /// with it: an answer nobody waited for never meets the next recording.
    async fn ask(&self, samples: &[f32], threads: u32) -> Result<(Answer, Duration), VoiceError> {
        let mut place = self.running.lock().await;
        let begun = Instant::now();
        // One that died while it had nothing to do is nobody's loss.
        let alive = place.take().and_then(|mut running| matches!(running.child.try_wait(), Ok(None)).then_some(running));
        let mut running = match alive {
            Some(running) => running,
            None => self.run().await?,
        };
        let load = begun.elapsed();
        match running.ask(samples, threads).await {
            Ok(answer) => {
                *place = Some(running);
                Ok((answer, load))
            }
            Err(error) => Err(running.ended(error).await),
        }
    }

    async fn run(&self) -> Result<Running, VoiceError> {
        let kept = KEPT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let started = Command::new(&self.program)
            .arg(child::ARGUMENT)
            .arg(self.model.path())
            .env_clear()
            .envs(kept)
            // GGML would otherwise call a debugger to print where it aborted.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let not_started = |error: &dyn std::fmt::Display| VoiceError::Child { reason: format!("could not be started ({error})") };
        let mut child = started.map_err(|error| not_started(&error))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(not_started(&"it has no pipes"));
        };
        let mut running = Running { child, input, output };
        match running.answer().await {
            Ok(Answer::Ready) => Ok(running),
            Ok(answer) => Err(self.said(answer).err().unwrap_or_else(|| not_started(&"it answered before it was asked"))),
            Err(error) => Err(running.ended(error).await),
        }
    }
}

impl Running {
    async fn ask(&mut self, samples: &[f32], threads: u32) -> io::Result<Answer> {
        let request = Request { samples: u32::try_from(samples.len()).unwrap_or(u32::MAX), threads };
        self.input.write_all(&frame::pack(&request)?).await?;
        self.input.write_all(&frame::pack_samples(samples)).await?;
        self.input.flush().await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let mut length = [0; 4];
        self.output.read_exact(&mut length).await?;
        let mut json = vec![0; frame::announced(length)?];
        self.output.read_exact(&mut json).await?;
        Ok(serde_json::from_slice(&json)?)
    }

    /// Why the child can't be talked to any more. It is gone afterwards.
    async fn ended(mut self, error: io::Error) -> VoiceError {
        let reason = if error.kind() == io::ErrorKind::InvalidData
            || error.get_ref().is_some_and(|inner| inner.is::<serde_json::Error>())
        {
            format!("answered something that is no answer ({error})")
        } else {
            match time::timeout(FAREWELL, self.child.wait()).await {
                Ok(Ok(status)) => ended_by(status),
                _ => format!("stopped answering ({error})"),
            }
        };
        tracing::warn!(reason, "the transcriber failed");
        VoiceError::Child { reason }
    }
}

fn ended_by(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended by signal {signal}");
    }
    status.code().map_or_else(|| "ended".into(), |code| format!("ended with code {code}"))
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, VoiceError> {
    task::spawn_blocking(work).await.map_err(|error| VoiceError::Child { reason: format!("could not be prepared for ({error})") })
}
