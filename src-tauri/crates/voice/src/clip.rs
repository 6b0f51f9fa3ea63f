//! A recording, ready for a model: one channel of floats at 16 kHz.

use std::time::{Duration, Instant};

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};
use serde::{Deserialize, Serialize};

use crate::error::VoiceError;
use crate::wav;

/// Samples a second that Whisper hears.
pub const RATE: u32 = 16_000;
/// Frames the resampler takes at a time; it rounds them to suit the two rates.
const CHUNK: usize = 1_024;

/// What the recording was before it was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Samples a second of each channel.
    pub rate: u32,
    /// Channels, mixed into one.
    pub channels: u16,
    /// Bits of one stored sample.
    pub bits: u16,
    /// Whether samples were floats.
    pub float: bool,
}

/// A recording: one channel at [`RATE`], every sample finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples in -1..1 (resampling may pass full scale by a little).
    pub samples: Vec<f32>,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// What it was made from.
    pub source: Source,
    /// How long reading and resampling took.
    pub read_time: Duration,
}

/// Reads the bytes of a WAV file: PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, any usual rate and number of channels.
///
/// # Errors
/// [`VoiceError::BadWav`] for anything that is not such a file, whole and consistent; [`VoiceError::TooLong`] over 30 s.
pub fn read_wav(bytes: &[u8]) -> Result<Clip, VoiceError> {
    let begun = Instant::now();
    let (mono, format) = wav::read(bytes)?;
    let duration_ms = wav::duration_ms(mono.len(), format.rate);
    let samples = if format.rate == RATE { mono } else { resample(&mono, format.rate)? };
    let source = Source { rate: format.rate, channels: format.channels, bits: format.bits, float: format.float };
    Ok(Clip { samples, duration_ms, source, read_time: begun.elapsed() })
}

fn resample(mono: &[f32], rate: u32) -> Result<Vec<f32>, VoiceError> {
    let refused = |what: &dyn std::fmt::Display| VoiceError::BadWav {
        reason: format!("{rate} samples a second can't be converted: {what}"),
    };
    let [from, to] = [rate, RATE].map(|rate| usize::try_from(rate).unwrap_or(usize::MAX));
    let mut resampler = Fft::<f32>::new(from, to, CHUNK, 1, FixedSync::Both).map_err(|error| refused(&error))?;
    let input = InterleavedSlice::new(mono, 1, mono.len()).map_err(|error| refused(&error))?;
    let output = resampler.process_all(&input, mono.len(), None).map_err(|error| refused(&error))?;
    Ok(output.take_data())
}
