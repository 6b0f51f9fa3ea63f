//! Sound files to words: reading, resampling, speech detection, whisper in a child process.
//!
//! [`read_wav`] turns the bytes of a WAV file into a [`Clip`]; [`Whisper`] turns a clip into a [`Transcript`]. On the way stand
//! refusals, each with a code: Whisper's models write a sentence for anything they hear, so silence, noise, and whatever can't be
//! heard whole never reach them. What they write is data, never a command.

pub mod child;
mod clip;
mod decode;
mod error;
mod frame;
mod model;
mod speech;
mod tensors;
mod transcript;
mod wav;
mod whisper;
mod words;

pub use clip::{Clip, RATE, Source, read_wav};
pub use error::VoiceError;
pub use model::Model;
pub use speech::{SHORTEST_MS, Span, Speech, detect};
pub use transcript::{ModelName, Timings, Transcript, Word};
pub use whisper::{Options, Whisper};
