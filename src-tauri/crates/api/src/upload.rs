//! A file that goes along with a request.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ApiError;

/// The largest file that goes along, in bytes; with room for base64 it fits a line on the socket.
const LARGEST: u64 = 40 * 1024 * 1024;

/// A file's bytes, read where the command was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// Its name, without a path.
    pub name: String,
    /// Its media type, from the name's ending.
    pub media: String,
    /// Its bytes, in base64.
    pub base64: String,
}

impl Upload {
    /// Reads a file.
    ///
    /// # Errors
    /// In plain words, when it can't be read or is larger than 40 MiB.
    pub fn read(file: &str) -> Result<Self, String> {
        let path = Path::new(file);
        let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
        if size > LARGEST {
            return Err(format!("it has {size} bytes; {LARGEST} is the most"));
        }
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { media: media(&name).to_owned(), name, base64: BASE64.encode(bytes) })
    }

    /// The bytes.
    ///
    /// # Errors
    /// When they are not base64.
    pub fn bytes(&self) -> Result<Vec<u8>, ApiError> {
        BASE64.decode(&self.base64).map_err(|_| {
            ApiError::bad_request(format!("The bytes of {} are not base64.", self.name), "Send them as standard base64.")
        })
    }
}

fn media(name: &str) -> &'static str {
    let ending = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match &*ending {
        "wav" => "audio/wav",
        "json" => "application/json",
        "csv" => "text/csv",
        "txt" | "md" => "text/plain",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}
