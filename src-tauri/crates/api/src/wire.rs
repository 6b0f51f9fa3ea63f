//! What goes over the local socket: one JSON object a line, after a first line in which the owner says what it speaks.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::ApiError;

/// The version of what is spoken over the socket.
pub(crate) const PROTOCOL: u32 = 1;

/// The longest line, in bytes: a recording of some minutes fits.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// The owner's first line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The version of the program.
    pub(crate) assent: String,
    /// [`PROTOCOL`].
    pub(crate) protocol: u32,
}

/// A client's line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Say {
    /// A call, or the beginning of a subscription.
    Ask(Ask),
    /// The end of a subscription that nobody reads any more.
    Leave(u64),
}

/// A call, or the beginning of a subscription.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// Chosen by the client; every line about it carries it.
    pub(crate) id: u64,
    /// The command or subscription.
    pub(crate) command: String,
    /// Its request.
    pub(crate) request: Value,
}

/// An owner's line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tell {
    /// A call's response.
    Ok(u64, Value),
    /// A call or a subscription failed.
    Error(u64, ApiError),
    /// A subscription's next item.
    Item(u64, Value),
    /// A subscription is over.
    End(u64),
    /// The owner ends. What it was asked and has not answered, it did not begin.
    Bye,
}

/// Writes one line.
pub(crate) async fn write<T: Serialize>(to: &mut (impl AsyncWrite + Unpin), message: &T) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await
}

/// Reads one line; `None` when the other side has closed.
pub(crate) async fn read<T: DeserializeOwned>(from: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<T>> {
    let mut line = Vec::new();
    let length = from.take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
    if length == 0 || line.last() != Some(&b'\n') {
        return if u64::try_from(length).is_ok_and(|length| length == LONGEST_LINE) {
            Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a line is longer than 64 MiB"))
        } else {
            Ok(None)
        };
    }
    Ok(Some(serde_json::from_slice(&line)?))
}
