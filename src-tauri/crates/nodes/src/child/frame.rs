//! What parent and child say to each other: two lengths (four bytes each, little end first), that many bytes of JSON, and that many bytes
//! as they are.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest of either part.
pub(super) const LONGEST: usize = 64 << 20;

/// A message with its lengths before it.
pub(super) fn head(message: &impl Serialize, beside: &[u8]) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(message)?;
    Ok([&length(json.len())?[..], &length(beside.len())?[..], &json].concat())
}

fn length(bytes: usize) -> io::Result<[u8; 4]> {
    u32::try_from(bytes).ok().filter(|_| bytes <= LONGEST).map(u32::to_le_bytes).ok_or_else(|| too_long(bytes))
}

/// The lengths that eight bytes announce, if they may be taken.
fn announced(bytes: [u8; 8]) -> io::Result<(usize, usize)> {
    let [a, b, c, d, rest @ ..] = bytes;
    let length = |bytes| {
        let length = u32::from_le_bytes(bytes);
        usize::try_from(length).ok().filter(|length| *length <= LONGEST).ok_or_else(|| too_long(length))
    };
    Ok((length([a, b, c, d])?, length(rest)?))
}

fn too_long(length: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes"))
}

/// Writes one message and sends it off.
pub(super) fn write(target: &mut impl Write, message: &impl Serialize, beside: &[u8]) -> io::Result<()> {
    target.write_all(&head(message, beside)?)?;
    target.write_all(beside)?;
    target.flush()
}

/// Reads one message; none where the other side has closed the pipe.
pub(super) fn read<T: DeserializeOwned>(source: &mut impl Read) -> io::Result<Option<(T, Vec<u8>)>> {
    let mut lengths = [0; 8];
    match source.read_exact(&mut lengths) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (json, beside) = announced(lengths)?;
    let (mut json, mut beside) = (vec![0; json], vec![0; beside]);
    source.read_exact(&mut json)?;
    source.read_exact(&mut beside)?;
    Ok(Some((serde_json::from_slice(&json)?, beside)))
}

/// Reads one message without blocking.
pub(super) async fn receive<T: DeserializeOwned>(source: &mut (impl AsyncRead + Unpin)) -> io::Result<(T, Vec<u8>)> {
    let mut lengths = [0; 8];
    source.read_exact(&mut lengths).await?;
    let (json, beside) = announced(lengths)?;
    let (mut json, mut beside) = (vec![0; json], vec![0; beside]);
    source.read_exact(&mut json).await?;
    source.read_exact(&mut beside).await?;
    Ok((serde_json::from_slice(&json)?, beside))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let mut pipe = Vec::new();
        write(&mut pipe, &("one", 1), b"beside").unwrap();
        write(&mut pipe, &("two", 2), &[]).unwrap();
        let mut source = pipe.as_slice();
        let mut next = || read::<(String, u8)>(&mut source).unwrap();
        assert_eq!(next(), Some((("one".to_owned(), 1), b"beside".to_vec())));
        assert_eq!(next(), Some((("two".to_owned(), 2), Vec::new())));
        assert_eq!(next(), None);
    }

    #[test]
    fn a_length_that_lies_takes_no_memory() {
        assert!(read::<u8>(&mut [0xff; 16].as_slice()).is_err());
        assert!(read::<u8>(&mut [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, b'1'].as_slice()).is_err());
        assert!(read::<u8>(&mut [9, 0, 0, 0, 0, 0, 0, 0, b'1'].as_slice()).is_err());
    }
}
