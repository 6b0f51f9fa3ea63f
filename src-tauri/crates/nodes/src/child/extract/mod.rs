//! What stands in a document: tables from CSV and spreadsheets, text from PDF and HTML, JSON.

mod html;
mod pdf;
mod sheet;
mod table;

use engine::StepError;
use flow::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::table::Column;

/// The largest document, in bytes.
pub(crate) const LARGEST: usize = 20 << 20;
/// The most rows of a table.
pub(crate) const MOST_ROWS: usize = 100_000;
/// The most cells of a table.
const MOST_CELLS: usize = 2_000_000;
/// The longest result, as JSON.
const LONGEST_OUTPUT: usize = 32 << 20;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// Lines of values with something between them. Gives a list of objects.
    Csv,
    /// A spreadsheet of Excel's newer format. Gives a list of objects.
    Xlsx,
    /// The text of a PDF; none of what is only a picture.
    Pdf,
    /// The text of a web page.
    Html,
    /// A text file.
    Text,
}

/// How to read a document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Extract {
    pub(crate) format: Format,
    /// Of a table: whether its first row names the columns.
    pub(crate) header: bool,
    /// Of a table: its columns.
    pub(crate) columns: Vec<Column>,
    /// Of CSV: what stands between values.
    pub(crate) delimiter: u8,
    /// Of a spreadsheet: the sheet's name; the first where none is given.
    pub(crate) sheet: Option<String>,
    /// The longest it may take, in milliseconds.
    pub(crate) timeout_ms: u64,
}

/// Reads a document; gives JSON.
pub(crate) fn run(extract: &Extract, document: &[u8]) -> Result<Vec<u8>, StepError> {
    let value = match extract.format {
        Format::Json => json(document)?,
        Format::Csv => table::csv(extract, document)?,
        Format::Xlsx => sheet::read(extract, document)?,
        Format::Pdf => pdf::text(document)?.into(),
        Format::Html => html::text(document)?.into(),
        Format::Text => text(document)?.into(),
    };
    let json = serde_json::to_vec(&value).map_err(|error| damaged("document", &error))?;
    if json.len() > LONGEST_OUTPUT {
        return Err(too_large(&format!("what stands in it takes {} bytes as JSON; the most is {LONGEST_OUTPUT}", json.len())));
    }
    Ok(json)
}

fn json(document: &[u8]) -> Result<Value, StepError> {
    serde_json::from_str(text(document)?).map_err(|error| damaged("JSON", &error))
}

/// The document as text, without the mark that some programs put before it.
fn text(document: &[u8]) -> Result<&str, StepError> {
    let text = std::str::from_utf8(document).map_err(|error| {
        let message = format!("The document is no text: its byte {} is no UTF-8.", error.valid_up_to() + 1);
        StepError::new("NOT_TEXT", message, "Save it as UTF-8, or choose its real format.")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// A document that is not what it should be.
fn damaged(what: &str, why: &dyn std::fmt::Display) -> StepError {
    let why = why.to_string();
    let message = format!("It can't be read as {what}: {}.", why.trim_end_matches('.'));
    StepError::new("DAMAGED", message, "Look at the document, and at the format that is chosen.")
}

fn too_large(why: &str) -> StepError {
    StepError::new("TOO_LARGE", format!("The document is too large: {why}."), "Split it up.")
}
