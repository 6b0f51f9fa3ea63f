//! Finding the speech model, and sound to words with it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::StepError;
use futures_util::{FutureExt as _, future::BoxFuture};
use nodes::{HeardWord, Transcriber};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use voice::{Options, VoiceError, Whisper};

use crate::{ApiError, ErrorCode};

/// The environment variable that names a model file.
pub const MODEL_VARIABLE: &str = "ASSENT_MODEL";
/// Where the demo model lies in what is shipped and in a checkout.
const DEMO_MODEL: &str = "assets/voice/ggml-demo-q8_0.bin";
/// The workspace's settings.
const SETTINGS: &str = "settings.json";

/// What a user may set for a workspace.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The speech model's file.
    model: Option<PathBuf>,
}

/// Sound to words, with a model that is looked for and started when the first sound comes.
pub struct Speech {
    program: PathBuf,
    workspace: Option<PathBuf>,
    whisper: OnceCell<Whisper>,
}

/// Why there are no words.
pub(crate) enum SpeechError {
    NoModel(String),
    Voice(VoiceError),
}

impl Speech {
    /// `program` is what runs the model in a child process when [`voice::child::ARGUMENT`] is its first argument; `workspace` is the
    /// folder whose settings may name a model.
    pub fn new(program: PathBuf, workspace: Option<PathBuf>) -> Self {
        Self { program, workspace, whisper: OnceCell::new() }
    }

    /// The program that becomes a child process.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// The model's file, and where it was named or found.
    pub(crate) fn model(&self) -> Result<(PathBuf, String), String> {
        if let Some(path) = std::env::var_os(MODEL_VARIABLE) {
            return Ok((path.into(), format!("named by {MODEL_VARIABLE}")));
        }
        if let Some(workspace) = &self.workspace
            && let Some(model) = settings(workspace)?.model
        {
            return Ok((workspace.join(model), format!("named in {}", workspace.join(SETTINGS).display())));
        }
        let program = self.program.ancestors().skip(1).take(5);
        let here = std::env::current_dir().ok();
        let places = program.map(Path::to_owned).chain(self.workspace.clone()).chain(here);
        match places.map(|folder| folder.join(DEMO_MODEL)).find(|path| path.is_file()) {
            Some(path) => Ok((path, "the demo model, for its own sentences only".to_owned())),
            None => Err(format!(
                "No speech model was found: not in {MODEL_VARIABLE}, not in the workspace's {SETTINGS}, and the demo model is not beside the program."
            )),
        }
    }

    /// Puts the bytes of a WAV file into words.
    pub(crate) async fn words(&self, sound: &[u8]) -> Result<voice::Transcript, SpeechError> {
        let clip = voice::read_wav(sound).map_err(SpeechError::Voice)?;
        let whisper = self.whisper.get_or_try_init(|| async {
            let (model, _) = self.model().map_err(SpeechError::NoModel)?;
            Whisper::start(self.program.clone(), model).await.map_err(SpeechError::Voice)
        });
        whisper.await?.transcribe(&clip, &Options::default()).await.map_err(SpeechError::Voice)
    }
}

fn settings(workspace: &Path) -> Result<Settings, String> {
    let path = workspace.join(SETTINGS);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{} can't be read: {error}.", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(format!("{} can't be read: {error}.", path.display())),
    }
}

const GET_A_MODEL: &str = "Put the path of a Whisper model (ggml-*.bin) into ASSENT_MODEL.";

impl From<SpeechError> for ApiError {
    fn from(error: SpeechError) -> Self {
        match error {
            SpeechError::NoModel(message) => Self::new(ErrorCode::NoModel, message, GET_A_MODEL),
            SpeechError::Voice(error) => {
                let api = Self::new(ErrorCode::Speech, format!("No words: {error}."), error.hint());
                Self { retryable: error.retryable(), ..api }.with(serde_json::json!({ "code": error.code() }))
            }
        }
    }
}

impl From<SpeechError> for StepError {
    fn from(error: SpeechError) -> Self {
        match error {
            SpeechError::NoModel(message) => Self::new("NO_MODEL", message, GET_A_MODEL),
            SpeechError::Voice(error) => {
                let step = Self::new(error.code(), error.to_string(), error.hint());
                if error.retryable() { step.retryable() } else { step }
            }
        }
    }
}

impl Transcriber for Speech {
    fn transcribe(&self, sound: Arc<[u8]>) -> BoxFuture<'_, Result<nodes::Transcript, StepError>> {
        async move { Ok(transcript(&self.words(&sound).await?)) }.boxed()
    }
}

/// What flows see of a transcript.
fn transcript(heard: &voice::Transcript) -> nodes::Transcript {
    let word = |word: &voice::Word| HeardWord {
        text: word.text.clone(),
        start_ms: word.start_ms.into(),
        end_ms: word.end_ms.into(),
        confidence: word.confidence.into(),
    };
    nodes::Transcript {
        text: heard.text.clone(),
        words: heard.words.iter().map(word).collect(),
        confidence: heard.confidence.into(),
    }
}
