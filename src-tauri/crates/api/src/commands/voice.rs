//! Sound to words, and words to an intent.

use std::fmt::{self, Display};

use intent::{Book, Heard, Parse, Settings};
use money::Asset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, Command, Needs, Response, Right, text::visible, upload::Upload};

/// Puts a recording into words, with times and confidences
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Transcribe {
    /// A WAV file
    #[arg(value_name = "FILE", value_parser = Upload::read)]
    pub sound: Upload,
}

/// A recording in words.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Transcribed {
    /// The whole text.
    pub text: String,
    /// Its words in order.
    pub words: Vec<TimedWord>,
    /// How sure the least sure part is, from 0 to 1.
    pub confidence: f32,
    /// Length of the recording in milliseconds.
    pub duration_ms: u32,
    /// The model's file.
    pub model: String,
    /// SHA-256 of the model's file, in hexadecimal digits.
    pub model_sha256: String,
    /// How long it took in milliseconds, loading the model included.
    pub took_ms: f64,
}

/// One word that was heard.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TimedWord {
    /// The word.
    pub text: String,
    /// When it begins, in milliseconds.
    pub start_ms: u32,
    /// When it ends, in milliseconds.
    pub end_ms: u32,
    /// How sure it is, from 0 to 1.
    pub confidence: f32,
}

impl Command for Transcribe {
    const NAME: &'static str = "transcribe";
    const RIGHT: Right = Right::Speak;
    const NEEDS: Needs = Needs::WorkspaceIfThere;
    type Response = Transcribed;

    async fn handle(self, app: &App) -> Result<Transcribed, ApiError> {
        let voice::Transcript { text, words, confidence, duration_ms, model, timings } =
            app.speech().words(&self.sound.bytes()?).await?;
        let words = words.into_iter().map(|w| TimedWord {
            text: w.text,
            start_ms: w.start_ms,
            end_ms: w.end_ms,
            confidence: w.confidence,
        });
        let took_ms = timings.read_ms + timings.detect_ms + timings.load_ms + timings.decode_ms;
        Ok(Transcribed {
            text,
            words: words.collect(),
            confidence,
            duration_ms,
            model: model.name,
            model_sha256: model.sha256,
            took_ms,
        })
    }
}

impl Response for Transcribed {}

impl Display for Transcribed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", visible(&self.text))?;
        for word in &self.words {
            writeln!(
                f,
                "  {:>6} to {:>6} ms  {:>4.0} %  {}",
                word.start_ms,
                word.end_ms,
                word.confidence * 100.0,
                visible(&word.text)
            )?;
        }
        writeln!(f, "{} ms of sound in {:.0} ms, by {}", self.duration_ms, self.took_ms, self.model)
    }
}

/// Reads a sentence: what it asks for, or what has to be asked first
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Intent {
    /// The sentence
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// What a bare number counts, such as USD; without it, "send 25 to Alice" is asked about
    #[arg(long, value_name = "ASSET", value_parser = |code: &str| Asset::find(code))]
    #[serde(default)]
    pub asset: Option<Asset>,
}

/// What a sentence asks for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Understood {
    /// The intent, or the questions that stand in its way, with the places in the text.
    pub parse: Parse,
    /// The intent as a sentence to read aloud.
    pub said: Option<String>,
}

impl Command for Intent {
    const NAME: &'static str = "intent";
    const RIGHT: Right = Right::Speak;
    const NEEDS: Needs = Needs::WorkspaceIfThere;
    type Response = Understood;

    async fn handle(self, app: &App) -> Result<Understood, ApiError> {
        let payees = match app.home() {
            Ok(home) => home.store.payees().await?,
            Err(_) => Vec::new(),
        };
        let payees = payees.into_iter().map(|payee| intent::Payee { id: payee.id, name: payee.name, aliases: payee.aliases });
        let parse =
            intent::parse(&Heard::written(&self.text), &Book::new(payees.collect()), &Settings { default_asset: self.asset });
        Ok(Understood { said: parse.intent.as_ref().map(intent::say), parse })
    }
}

impl Response for Understood {}

impl Display for Understood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(said) = &self.said {
            writeln!(f, "{}", visible(said))?;
        }
        for question in &self.parse.questions {
            writeln!(f, "? {}", visible(&question.message))?;
            for candidate in &question.candidates {
                writeln!(f, "    {} ({:.0} %)", visible(&candidate.label), candidate.confidence * 100.0)?;
            }
        }
        writeln!(f, "confidence {:.0} %", self.parse.confidence * 100.0)
    }
}
