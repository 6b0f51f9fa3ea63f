//! What can stop a recording from becoming words.

use thiserror::Error;

/// Why there is no transcript. Each variant has a stable code ([`VoiceError::code`]) and says what to do ([`VoiceError::hint`]).
#[derive(Debug, Clone, PartialEq, Error)]
pub enum VoiceError {
    /// The bytes are not a WAV file that can be read whole.
    #[error("this is not a sound file that can be read: {reason}")]
    BadWav {
        /// What is wrong, and where in the file.
        reason: String,
    },
    /// The recording is shorter than any word worth acting on.
    #[error("the recording lasts {duration_ms} ms; at least {least_ms} ms are needed")]
    TooShort {
        /// Length of the recording.
        duration_ms: u32,
        /// The least length accepted.
        least_ms: u32,
    },
    /// The recording is longer than the model hears at once.
    #[error("the recording lasts {duration_ms} ms; the model hears at most {limit_ms} ms at once")]
    TooLong {
        /// Length of the recording; `u32::MAX` where it would not fit.
        duration_ms: u32,
        /// The longest recording accepted.
        limit_ms: u32,
    },
    /// The recording holds more words than the model can write for one clip.
    #[error("the recording holds more words than the model can write down at once ({limit} word pieces); nothing was kept")]
    TooManyWords {
        /// The most tokens the model writes.
        limit: u32,
    },
    /// Nothing was recorded.
    #[error("the recording is silent: its loudest part is at {level_db:.0} dB of full scale")]
    Silent {
        /// Level of the loudest part, in dB of full scale (0 is the loudest possible).
        level_db: f32,
    },
    /// There is sound, but nobody speaks.
    #[error("there is sound in the recording, but no speech was found in it")]
    NoSpeech,
    /// The model file can't be read, or is not a Whisper model in GGML format.
    #[error("{path}: this is not a usable speech model: {reason}")]
    BadModel {
        /// The file.
        path: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// The transcribing process could not be started, ended, or answered nonsense.
    #[error("the transcriber {reason}; nothing was sent")]
    Child {
        /// What happened to it, as the end of the sentence "the transcriber …".
        reason: String,
    },
    /// The transcribing process took too long and was stopped.
    #[error("the transcriber took longer than {limit_ms} ms and was stopped; nothing was sent")]
    TimedOut {
        /// The time it was given.
        limit_ms: u32,
    },
}

impl VoiceError {
    /// The stable code that programs may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadWav { .. } => "VOICE_BAD_WAV",
            Self::TooShort { .. } => "VOICE_TOO_SHORT",
            Self::TooLong { .. } => "VOICE_TOO_LONG",
            Self::TooManyWords { .. } => "VOICE_TOO_MANY_WORDS",
            Self::Silent { .. } => "VOICE_SILENT",
            Self::NoSpeech => "VOICE_NO_SPEECH",
            Self::BadModel { .. } => "VOICE_BAD_MODEL",
            Self::Child { .. } => "VOICE_CHILD",
            Self::TimedOut { .. } => "VOICE_TIMEOUT",
        }
    }

    /// What the person can do about it, as one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadWav { .. } => "Record it again, or convert it to a plain WAV file (PCM or float).",
            Self::TooShort { .. } => "Say the whole sentence before the recording ends.",
            Self::TooLong { .. } => "Record one sentence at a time, or choose a model with a longer window.",
            Self::TooManyWords { .. } => "Say it in shorter sentences, one at a time.",
            Self::Silent { .. } => "Check that the right microphone is chosen and not muted.",
            Self::NoSpeech => "Speak closer to the microphone, in a quieter place.",
            Self::BadModel { .. } => "Choose a Whisper model in whisper.cpp's GGML format (ggml-*.bin).",
            Self::Child { .. } => "Try again; if it happens again, choose another model.",
            Self::TimedOut { .. } => "Try again, choose a smaller model, or allow more time.",
        }
    }

    /// Whether the same recording may succeed when it is simply tried again.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Child { .. } | Self::TimedOut { .. })
    }
}
