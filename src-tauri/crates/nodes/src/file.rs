//! A file on a wire.

use flow::{Digest, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a wire of type `file` or `audio` carries; the bytes lie in the store under their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileValue {
    /// Its name, without a path.
    pub name: String,
    /// Its media type, such as `audio/wav`.
    pub media: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl FileValue {
    /// Reads one from a wire.
    pub fn read(value: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(value)
    }

    /// As a wire carries it.
    pub fn to_value(&self) -> Value {
        json!({ "name": self.name, "media": self.media, "bytes": self.bytes, "digest": self.digest })
    }
}
