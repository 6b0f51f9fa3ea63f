//! Whether somebody speaks in a recording, and where. Whisper writes a sentence for anything it hears, noise included, so
//! nothing goes to it before this has found speech.

use earshot::Detector;

use crate::clip::{Clip, RATE};
use crate::error::VoiceError;

/// The shortest recording that is looked at.
pub const SHORTEST_MS: u32 = 300;

/// Samples the detector takes at a time: 16 ms.
const FRAME: usize = 256;
const FRAME_MS: u32 = 16;
/// Frames that must sound like speech, in all: 160 ms, about half of a short "yes".
const LEAST_FRAMES: usize = 10;
/// The detector's own line between speech and the rest.
const LIKELY: f32 = 0.5;
/// Below this the microphone was off or muted.
const SILENCE_DB: f32 = -60.0;
/// What lies this far below the loudest part is a pause, whatever the detector's memory says.
const RANGE_DB: f32 = 40.0;
/// The loudest 160 ms are brought to this root mean square before detection. The detector was made for ordinary recording
/// levels: much above, noise begins to look like speech to it; much below, speech in noise is missed.
const LEVEL: f32 = 0.03;
/// The detector is first played the beginning of the recording, so that the onset of steady noise is no event to it.
const WARM_UP_FRAMES: usize = 64;
/// Least spread of loudness over the frames found, in dB. The detector takes some hum for a vowel; but nobody holds a vowel
/// this evenly (hum measured below 1 dB, speech in noise above 5.8).
const LEAST_SPREAD_DB: f32 = 2.5;

/// A stretch of a recording, in milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start_ms: u32,
    /// Where it ends.
    pub end_ms: u32,
}

/// Where speech was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// The stretches of it, in order, at least one; between them are pauses.
    pub spans: Vec<Span>,
}

/// Finds the speech in a recording.
///
/// # Errors
/// [`VoiceError::TooShort`], [`VoiceError::Silent`] or [`VoiceError::NoSpeech`].
pub fn detect(clip: &Clip) -> Result<Speech, VoiceError> {
    if clip.duration_ms < SHORTEST_MS {
        return Err(VoiceError::TooShort { duration_ms: clip.duration_ms, least_ms: SHORTEST_MS });
    }
    let loud = loudness(&clip.samples);
    if loud == 0.0 || decibels(loud) < SILENCE_DB {
        return Err(VoiceError::Silent { level_db: decibels(loud) });
    }
    let faint = decibels(loud) - RANGE_DB;
    let scores = scores(&clip.samples, LEVEL / loud);
    let heard = scores.into_iter().zip(clip.samples.chunks(FRAME));
    let speech: Vec<bool> = heard.map(|(score, frame)| score > LIKELY && decibels(root_mean_square(frame)) > faint).collect();
    let spoken = speech.iter().filter(|&&speech| speech).count();
    if spoken < LEAST_FRAMES || spread(&clip.samples, &speech) < LEAST_SPREAD_DB {
        return Err(VoiceError::NoSpeech);
    }
    Ok(Speech { spans: spans(&speech, clip.duration_ms) })
}

/// The stretches of frames with speech.
fn spans(speech: &[bool], duration_ms: u32) -> Vec<Span> {
    let ms = |frame: usize| u32::try_from(frame).unwrap_or(u32::MAX).saturating_mul(FRAME_MS).min(duration_ms);
    let mut frame = 0;
    let mut spans = Vec::new();
    for stretch in speech.chunk_by(|before, after| before == after) {
        let end = frame + stretch.len();
        if stretch[0] {
            spans.push(Span { start_ms: ms(frame), end_ms: ms(end) });
        }
        frame = end;
    }
    spans
}

/// The root mean square that the loudest 160 ms reach, so that a click counts for little.
fn loudness(samples: &[f32]) -> f32 {
    let mut frames: Vec<f32> = samples.chunks(FRAME).map(root_mean_square).collect();
    frames.sort_by(|a, b| b.total_cmp(a));
    frames.get(LEAST_FRAMES - 1).copied().unwrap_or(0.0)
}

fn scores(samples: &[f32], gain: f32) -> Vec<f32> {
    let mut detector = Detector::default();
    let mut score = |frame: &[f32]| {
        let mut scaled = [0.0; FRAME];
        for (scaled, sample) in scaled.iter_mut().zip(frame) {
            *scaled = (sample * gain).clamp(-1.0, 1.0);
        }
        detector.predict_f32(&scaled)
    };
    for frame in samples.chunks(FRAME).take(WARM_UP_FRAMES) {
        score(frame);
    }
    samples.chunks(FRAME).map(score).collect()
}

/// The standard deviation of loudness over the chosen frames, in dB. Each is taken with the frame before it: one frame alone is
/// shorter than a period of low hum.
fn spread(samples: &[f32], chosen: &[bool]) -> f32 {
    let levels: Vec<f32> = (0..chosen.len())
        .filter(|&frame| chosen[frame])
        .map(|frame| {
            let window = &samples[frame.saturating_sub(1) * FRAME..samples.len().min((frame + 1) * FRAME)];
            decibels(root_mean_square(window))
        })
        .collect();
    let count = levels.iter().map(|_| 1.0).sum::<f32>();
    let mean = levels.iter().sum::<f32>() / count;
    (levels.iter().map(|level| (level - mean).powi(2)).sum::<f32>() / count).sqrt()
}

fn root_mean_square(samples: &[f32]) -> f32 {
    let count = samples.iter().map(|_| 1.0).sum::<f32>();
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / count).sqrt()
}

/// In dB of full scale, with a floor where there is nothing at all.
fn decibels(amplitude: f32) -> f32 {
    20.0 * amplitude.max(1e-9).log10()
}

/// The detector hears 16 kHz.
const _: () = assert!(RATE == 16_000);

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;
    use std::time::Duration;

    use super::*;
    use crate::clip::Source;

    fn clip(samples: Vec<f32>) -> Clip {
        let source = Source { rate: RATE, channels: 1, bits: 16, float: false };
        let duration_ms = u32::try_from(samples.len() / 16).unwrap_or(u32::MAX);
        Clip { samples, duration_ms, source, read_time: Duration::ZERO }
    }

    /// Noise that is the same in every run: a linear congruential generator, six draws to a sample.
    fn noise(seed: u32, seconds: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(state >> 16).unwrap_or(0)) / 32_768.0 - 1.0
        };
        (0..seconds * 16_000).map(|_| (0..6).map(|_| draw()).sum::<f32>() / 2.5).collect()
    }

    fn at_level(samples: &[f32], level: f32) -> Vec<f32> {
        let now = root_mean_square(samples);
        samples.iter().map(|sample| sample * level / now).collect()
    }

    /// Each with a name: white, brown and pink noise, a fan, and hums with and without harmonics.
    fn sounds() -> Vec<(String, Vec<f32>)> {
        let mut all = Vec::new();
        for seed in 1..=4 {
            let white = noise(seed, 4);
            let mut low = 0.0;
            let brown: Vec<f32> = white
                .iter()
                .map(|sample| {
                    low = 0.98 * low + sample;
                    low
                })
                .collect();
            let mut poles = [0.0_f32; 3];
            let pink = white.iter().map(|sample| {
                poles = [0.997 * poles[0] + 0.03 * sample, 0.963 * poles[1] + 0.1 * sample, 0.57 * poles[2] + 0.5 * sample];
                poles.iter().sum::<f32>() + 0.1 * sample
            });
            let pink: Vec<f32> = pink.collect();
            let fan = (0_u16..64_000).zip(&brown).map(|(index, air)| {
                let time = f32::from(index) / 16_000.0;
                0.05 * air * (1.0 + 0.3 * (TAU * 24.0 * time).sin())
                    + 0.3 * (TAU * 120.0 * time).sin()
                    + 0.2 * (TAU * 240.0 * time).sin()
            });
            let fan: Vec<f32> = fan.collect();
            all.extend([
                (format!("white {seed}"), white),
                (format!("brown {seed}"), brown),
                (format!("pink {seed}"), pink),
                (format!("fan {seed}"), fan),
            ]);
        }
        for pitch in [50.0, 60.0, 100.0, 120.0, 200.0, 300.0, 440.0, 1_000.0] {
            for harmonics in [1_u8, 3, 11] {
                let hiss = noise(9, 4);
                let tone = (0_u16..64_000).zip(&hiss).map(|(index, hiss)| {
                    let phase = TAU * pitch * f32::from(index) / 16_000.0;
                    (1..=harmonics).map(|n| (f32::from(n) * phase).sin() / f32::from(n)).sum::<f32>() + 0.02 * hiss
                });
                all.push((format!("hum of {pitch} Hz, {harmonics} harmonics"), tone.collect()));
            }
        }
        let crackle =
            noise(5, 4).iter().zip(0_u16..).map(|(hiss, index)| if index % 4_000 == 0 { 1.0 } else { 0.001 * hiss }).collect();
        all.push(("crackle".into(), crackle));
        all
    }

    #[test]
    fn noise_is_no_speech_at_any_level() {
        for (name, sound) in sounds() {
            for level in [0.003, 0.03, 0.1, 0.3] {
                assert_eq!(detect(&clip(at_level(&sound, level))), Err(VoiceError::NoSpeech), "{name} at {level}");
            }
        }
    }

    #[test]
    fn silence_is_called_silence() {
        assert!(matches!(detect(&clip(vec![0.0; 32_000])), Err(VoiceError::Silent { .. })));
        let faint = at_level(&noise(1, 2), 0.000_1);
        assert!(matches!(detect(&clip(faint)), Err(VoiceError::Silent { level_db }) if level_db < SILENCE_DB));
    }

    #[test]
    fn a_short_clip_is_refused_before_anything_else() {
        assert_eq!(detect(&clip(vec![0.0; 16 * 299])), Err(VoiceError::TooShort { duration_ms: 299, least_ms: 300 }));
        assert!(matches!(detect(&clip(vec![0.0; 16 * 300])), Err(VoiceError::Silent { .. })));
        assert_eq!(detect(&clip(Vec::new())), Err(VoiceError::TooShort { duration_ms: 0, least_ms: 300 }));
    }
}
