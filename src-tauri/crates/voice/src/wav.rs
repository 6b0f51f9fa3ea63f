//! Reads WAV bytes into one channel of floats, trusting nothing the header says.
//!
//! Written here rather than taken from a library because every refusal matters: a header that promises more or less sound than
//! the file holds would otherwise become a sentence cut short.

use crate::error::VoiceError;

/// The longest recording that is read: no Whisper model hears more than 30 s at once.
pub(crate) const LONGEST_MS: u32 = 30_000;
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
const CHANNELS: std::ops::RangeInclusive<u16> = 1..=64;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;
/// The last 14 bytes of the sub-format of an extensible header; the first two are the plain format tag.
const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// How a file's samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) rate: u32,
    pub(crate) channels: u16,
    /// Bits of one sample as stored: 8, 16, 24, 32 or 64.
    pub(crate) bits: u16,
    pub(crate) float: bool,
}

fn bad(reason: impl Into<String>) -> VoiceError {
    VoiceError::BadWav { reason: reason.into() }
}

/// One part of a file.
struct Chunk<'a> {
    name: &'a [u8],
    /// Where its content begins in the file.
    begin: usize,
    content: &'a [u8],
}

/// The parts of a file. Refuses content that passes the end, and whatever is no part.
fn chunks(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, VoiceError> {
    let Some((head, _)) = bytes.split_at_checked(12) else {
        return Err(bad(format!("it has {} bytes; a WAV file begins with 12", bytes.len())));
    };
    match (&head[..4], &head[8..]) {
        (b"RIFF", b"WAVE") => {}
        (b"RIFX" | b"RF64" | b"BW64", b"WAVE") => {
            return Err(bad("it is a WAV file of a kind that is not read here (RIFX, RF64 or BW64)"));
        }
        _ => return Err(bad("it doesn't begin with RIFF and WAVE")),
    }
    let mut found = Vec::new();
    let mut at = 12;
    while at < bytes.len() {
        let rest = &bytes[at..];
        // Writers pad to an even length, some of them twice.
        if rest.len() < 8 && rest.iter().all(|&byte| byte == 0) {
            break;
        }
        if rest.len() < 8 || !rest[..4].iter().all(|byte| (0x20..0x7F).contains(byte)) {
            return Err(bad(format!("what follows byte {at} is no part of a WAV file, so the header is wrong about a length")));
        }
        let length = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]);
        let begin = at + 8;
        let content = usize::try_from(length).ok().and_then(|length| bytes[begin..].get(..length)).ok_or_else(|| {
            let name = String::from_utf8_lossy(&rest[..4]);
            let held = bytes.len() - begin;
            bad(format!(
                "the part {name:?} at byte {at} claims {length} bytes, but only {held} follow: the file is cut short or lies"
            ))
        })?;
        found.push(Chunk { name: &rest[..4], begin, content });
        // Parts begin at even places.
        at = begin + content.len() + (content.len() & 1);
    }
    Ok(found)
}

fn format(content: &[u8]) -> Result<Format, VoiceError> {
    if content.len() < 16 {
        return Err(bad(format!("the format part has {} bytes; it needs 16", content.len())));
    }
    let u16_at = |at: usize| u16::from_le_bytes([content[at], content[at + 1]]);
    let mut tag = u16_at(0);
    let channels = u16_at(2);
    let rate = u32::from_le_bytes([content[4], content[5], content[6], content[7]]);
    let block = u16_at(12);
    let bits = u16_at(14);
    if tag == EXTENSIBLE {
        if content.len() < 40 {
            return Err(bad(format!("the extended format part has {} bytes; it needs 40", content.len())));
        }
        if content[26..40] != SUBFORMAT_TAIL {
            return Err(bad("the extended format names an unknown encoding"));
        }
        tag = u16_at(24);
    }
    if !CHANNELS.contains(&channels) {
        return Err(bad(format!("it claims {channels} channels; 1 to {} are read", CHANNELS.end())));
    }
    if !RATES.contains(&rate) {
        return Err(bad(format!("it claims {rate} samples a second; {} to {} are read", RATES.start(), RATES.end())));
    }
    let float = match (tag, bits) {
        (PCM, 8 | 16 | 24 | 32) => false,
        (FLOAT, 32 | 64) => true,
        (PCM | FLOAT, _) => return Err(bad(format!("{bits} bits a sample are not read (8, 16, 24 or 32; float 32 or 64)"))),
        _ => return Err(bad(format!("its encoding {tag:#06x} is compressed or unknown; only PCM and float are read"))),
    };
    if block != channels * (bits / 8) {
        return Err(bad(format!("a frame of {block} bytes doesn't fit {channels} channels of {bits} bits")));
    }
    Ok(Format { rate, channels, bits, float })
}

/// One stored sample as a number in -1..1; floats as they stand.
fn sample(bytes: &[u8], float: bool) -> f64 {
    match (bytes, float) {
        (&[a], _) => (f64::from(a) - 128.0) / 128.0,
        (&[a, b], _) => f64::from(i16::from_le_bytes([a, b])) / 32_768.0,
        (&[a, b, c], _) => f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0,
        (&[a, b, c, d], false) => f64::from(i32::from_le_bytes([a, b, c, d])) / 2_147_483_648.0,
        (&[a, b, c, d], true) => f64::from(f32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d, e, f, g, h], _) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        // `format` lets no other width through.
        _ => f64::NAN,
    }
}

/// Reads WAV bytes into one channel at the file's own rate: the mean of the channels, without its constant part, scaled down
/// where it passes full scale.
///
/// # Errors
/// [`VoiceError::BadWav`], and [`VoiceError::TooLong`] over [`LONGEST_MS`]. Memory is taken only for sound that is there.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<f32>, Format), VoiceError> {
    let chunks = chunks(bytes)?;
    let one = |name: &[u8; 4]| {
        let mut named = chunks.iter().filter(|chunk| chunk.name == name);
        match (named.next(), named.next()) {
            (Some(chunk), None) => Ok((chunk.begin, chunk.content)),
            (None, _) => Err(bad(format!("the part {:?} is missing", String::from_utf8_lossy(name)))),
            (Some(_), Some(_)) => Err(bad(format!("the part {:?} is there twice", String::from_utf8_lossy(name)))),
        }
    };
    let (_, described) = one(b"fmt ")?;
    let format = format(described)?;
    let (begin, data) = one(b"data")?;
    let width = usize::from(format.bits / 8);
    let block = width * usize::from(format.channels);
    if data.is_empty() {
        return Err(bad("it holds no sound"));
    }
    if !data.len().is_multiple_of(block) {
        return Err(bad(format!("its {} bytes of sound are not whole frames of {block} bytes", data.len())));
    }
    let duration_ms = duration_ms(data.len() / block, format.rate);
    if duration_ms > LONGEST_MS {
        return Err(VoiceError::TooLong { duration_ms, limit_ms: LONGEST_MS });
    }

    let mut mono = Vec::with_capacity(data.len() / block);
    for (index, frame) in data.chunks_exact(block).enumerate() {
        let sum: f64 = frame.chunks_exact(width).map(|bytes| sample(bytes, format.float)).sum();
        if !sum.is_finite() {
            return Err(bad(format!("the sample at byte {} is not a number", begin + index * block)));
        }
        mono.push(sum / f64::from(format.channels));
    }
    let count = u32::try_from(mono.len()).map_or(f64::from(u32::MAX), f64::from);
    let constant = mono.iter().map(|sample| sample / count).sum::<f64>();
    let loudest = mono.iter().fold(1.0_f64, |loudest, sample| loudest.max((sample - constant).abs()));
    if !loudest.is_finite() {
        return Err(bad("its samples are too large to be sound"));
    }
    Ok((mono.into_iter().map(|sample| narrow((sample - constant) / loudest)).collect(), format))
}

/// A number in -1..1 at half the width; what is lost lies far below the quantisation of any recording.
#[expect(clippy::cast_possible_truncation, reason = "a value in -1..1 always fits; only digits are rounded")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// The length of `frames` at `rate`, in whole milliseconds, `u32::MAX` where it would not fit.
pub(crate) fn duration_ms(frames: usize, rate: u32) -> u32 {
    let frames = u64::try_from(frames).unwrap_or(u64::MAX);
    u32::try_from(frames.saturating_mul(1_000).div_ceil(u64::from(rate))).unwrap_or(u32::MAX)
}
