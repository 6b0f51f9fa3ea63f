//! What was said, with times and confidences.

use serde::{Deserialize, Serialize};

/// One word as the model wrote it. Its times are estimates, within the stretches where speech was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word, with the punctuation that clings to it.
    pub text: String,
    /// Where it begins in the recording, in milliseconds.
    pub start_ms: u32,
    /// Where it ends in the recording, in milliseconds.
    pub end_ms: u32,
    /// The lowest probability among its tokens, 0 to 1.
    pub confidence: f32,
}

/// The model that wrote a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelName {
    /// The file's name without its folder.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// How long each part took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the file and resampling it.
    pub read_ms: f64,
    /// Looking for speech.
    pub detect_ms: f64,
    /// Starting the child and loading the model; near zero where both were ready.
    pub load_ms: f64,
    /// Whisper itself.
    pub decode_ms: f64,
}

/// A recording in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The whole text, trimmed.
    pub text: String,
    /// Its words in order; joined by spaces they give `text`.
    pub words: Vec<Word>,
    /// The lowest probability among all text tokens, 0 to 1.
    pub confidence: f32,
    /// Length of the recording in milliseconds.
    pub duration_ms: u32,
    /// Which model wrote it.
    pub model: ModelName,
    /// How long it took.
    pub timings: Timings,
}
