//! What parent and child say to each other: a length (four bytes, little end first), that many bytes of JSON, and after a request
//! its samples as raw floats.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::words::Token;

/// The longest JSON that is taken: a transcript of 30 s has some 20 KiB.
pub(crate) const LONGEST: u32 = 1 << 20;

/// From parent to child: samples follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// How many samples follow, each a float of four bytes at 16 kHz.
    pub(crate) samples: u32,
    /// How many threads may work on it.
    pub(crate) threads: u32,
}

/// From child to parent. The first says whether the model is loaded, each later one answers a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The model is loaded.
    Ready,
    /// The model was refused; the child ends.
    BadModel { reason: String },
    /// What was said: text tokens only; none where whisper heard nothing.
    Said { tokens: Vec<Token>, decode_ms: f64 },
    /// The text did not come to its end within what the model can write.
    TooManyWords { limit: u32 },
    /// Whisper refused the recording.
    Failed { reason: String },
}

/// A message with its length before it.
pub(crate) fn pack(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).ok().filter(|&length| length <= LONGEST).ok_or_else(|| too_long(json.len()))?;
    Ok([&length.to_le_bytes()[..], &json].concat())
}

/// The length that four bytes announce, if it may be taken.
pub(crate) fn announced(bytes: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(bytes);
    usize::try_from(length).ok().filter(|_| length <= LONGEST).ok_or_else(|| too_long(length))
}

/// Samples as bytes.
pub(crate) fn pack_samples(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn too_long(length: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes"))
}

/// Writes one message and sends it off.
pub(crate) fn write(target: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    target.write_all(&pack(message)?)?;
    target.flush()
}

/// Reads one message; none where the other side has closed the pipe.
pub(crate) fn read<T: DeserializeOwned>(source: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match source.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut json = vec![0; announced(length)?];
    source.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Reads as many samples as a request announced.
pub(crate) fn read_samples(source: &mut impl Read, request: Request, most: u32) -> io::Result<Vec<f32>> {
    let count =
        usize::try_from(request.samples).ok().filter(|_| request.samples <= most).ok_or_else(|| too_long(request.samples))?;
    let mut bytes = vec![0; count * 4];
    source.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let mut pipe = Vec::new();
        let answer = Answer::Said { tokens: vec![Token { bytes: vec![0xC3], confidence: 0.5 }], decode_ms: 1.5 };
        write(&mut pipe, &Request { samples: 2, threads: 1 }).unwrap();
        pipe.extend(pack_samples(&[0.25, -1.0]));
        write(&mut pipe, &answer).unwrap();
        let mut source = pipe.as_slice();
        let request = read::<Request>(&mut source).unwrap().unwrap();
        assert_eq!(read_samples(&mut source, request, 2).unwrap(), [0.25, -1.0]);
        assert_eq!(read::<Answer>(&mut source).unwrap(), Some(answer));
        assert_eq!(read::<Answer>(&mut source).unwrap(), None);
    }

    #[test]
    fn a_length_that_lies_takes_no_memory() {
        assert!(read::<Answer>(&mut [0xFF; 8].as_slice()).is_err());
        assert!(read::<Answer>(&mut [9, 0, 0, 0, b'{'].as_slice()).is_err());
        assert!(read_samples(&mut io::empty(), Request { samples: u32::MAX, threads: 1 }, 480_000).is_err());
        assert!(read_samples(&mut io::empty(), Request { samples: 1, threads: 1 }, 480_000).is_err());
    }
}
