//! Files that values name.

use std::fmt::{self, Display};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flow::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, Command, ErrorCode, Response, Right, Surface};

/// The largest file that is shown, in bytes.
const LARGEST: usize = 32 * 1024 * 1024;

/// A file that a value names, by its digest
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct FileGet {
    /// SHA-256 of its bytes
    pub digest: Digest,
}

/// A file's bytes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct FileBytes {
    /// In base64.
    pub base64: String,
    /// How many.
    pub bytes: usize,
}

impl Command for FileGet {
    const NAME: &'static str = "file.get";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Response = FileBytes;

    async fn handle(self, app: &App) -> Result<FileBytes, ApiError> {
        let bytes = app.home()?.store.blob(self.digest).await?;
        if bytes.len() > LARGEST {
            let message = format!("The file has {} bytes; {LARGEST} is the most that is shown.", bytes.len());
            return Err(ApiError::new(ErrorCode::BadRequest, message, "Look at it outside the studio."));
        }
        Ok(FileBytes { base64: BASE64.encode(&bytes), bytes: bytes.len() })
    }
}

impl Response for FileBytes {}

impl Display for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} bytes", self.bytes)
    }
}
