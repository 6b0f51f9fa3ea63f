//! `extract`: what stands in a document.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError};
use flow::{Digest, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FileValue, Services, Tools,
    child::{
        Children, Work,
        extract::{Column, Extract as Reading, Format, LARGEST},
    },
    kind::{BuiltInKind, problem},
};

/// The kind.
pub(crate) struct Extract;

/// The document, and how to read it.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// What the document is.
    format: Format,
    /// Of csv and xlsx: whether the first row names the columns.
    #[serde(default = "yes")]
    header: bool,
    /// Of csv and xlsx: the columns. With a header those whose type is not text; without one all of them, in order.
    #[serde(default)]
    columns: Vec<Column>,
    /// Of csv: the character between two values.
    #[serde(default = "comma")]
    #[schemars(length(min = 1, max = 1), extend("examples" = [",", ";", "\t"]))]
    delimiter: String,
    /// Of xlsx: the name of the sheet. The first where none is named.
    #[serde(default)]
    sheet: Option<String>,
    /// The longest reading may take, in milliseconds.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 100, max = 120_000), extend("unit" = "ms"))]
    timeout_ms: u64,
}

fn half_a_minute() -> u64 {
    30_000
}
fn yes() -> bool {
    true
}
fn comma() -> String {
    ",".to_owned()
}

impl Config {
    /// Whether the document may come as text.
    fn is_text(&self) -> bool {
        !matches!(self.format, Format::Xlsx | Format::Pdf)
    }

    fn is_table(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Xlsx)
    }
}

impl BuiltInKind for Extract {
    type Config = Config;
    const NAME: &'static str = "extract";
    const TITLE: &'static str = "Extract from file";
    const SUMMARY: &'static str = "Reads what stands in a document: a table, text or JSON.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "file-text";

    fn ports(config: Option<&Config>) -> Ports {
        let (ty, help) = match config.map(|config| config.format) {
            Some(Format::Csv | Format::Xlsx) => (Type::Json.list(), "The rows, each an object of its values by column."),
            Some(Format::Pdf | Format::Html | Format::Text) => (Type::Text, "The text."),
            Some(Format::Json) => (Type::Json, "The JSON."),
            None => (Type::Any, "What stands in it."),
        };
        let file = Port::new("file", Type::File).help("The document, of 20 MiB at most.");
        let inputs = match config.is_none_or(Config::is_text) {
            true => vec![file, Port::new("text", Type::Text).help("The document, where it is no file.")],
            false => vec![file.required()],
        };
        Ports { inputs, outputs: vec![Port::new("value", ty).help(help)] }
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !config.columns.is_empty() && !config.is_table() {
            problems.push(problem("BAD_CONFIG", "/columns", "Only csv and xlsx have columns.", "Leave them out."));
        }
        if config.sheet.is_some() && config.format != Format::Xlsx {
            problems.push(problem("BAD_CONFIG", "/sheet", "Only xlsx has sheets.", "Leave it out."));
        }
        if delimiter(config).is_none() {
            let message = format!("{:?} can't stand between values.", config.delimiter);
            problems.push(problem("BAD_CONFIG", "/delimiter", message, "Use a comma, a semicolon, a tab or the like."));
        }
        for (at, column) in config.columns.iter().enumerate() {
            if config.columns[..at].iter().any(|earlier| earlier.name == column.name) {
                let message = format!("There are two columns called {:?}.", column.name);
                problems.push(problem("DUPLICATE_COLUMN", &format!("/columns/{at}/name"), message, "Rename one of them."));
            }
        }
        problems
    }

    fn says(config: &Config) -> String {
        let what = match config.format {
            Format::Json => "JSON",
            Format::Csv => "the rows of a CSV file",
            Format::Xlsx => "the rows of a spreadsheet",
            Format::Pdf => "the text of a PDF",
            Format::Html => "the text of a web page",
            Format::Text => "a text file",
        };
        format!("Reads {what}")
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready { config, services: tools.services.clone(), children: Arc::clone(&tools.children) })))
    }
}

/// The character between values, where it can be one.
fn delimiter(config: &Config) -> Option<u8> {
    match config.delimiter.as_bytes() {
        [b'"' | b'\r' | b'\n'] => None,
        [one] if one.is_ascii() => Some(*one),
        _ => None,
    }
}

struct Ready {
    config: Config,
    services: Services,
    children: Arc<Children>,
}

impl Ready {
    async fn document(&self, inputs: &Values) -> Result<Arc<[u8]>, StepError> {
        let bad = |message: String| StepError::new("BAD_INPUT", message, "Connect a file or a text.");
        match (inputs.get("file").filter(|file| !file.is_null()), inputs.get("text").filter(|text| !text.is_null())) {
            (Some(_), Some(_)) => Err(bad("Both a file and a text came in.".to_owned())),
            (None, None) => Err(StepError::new("MISSING_INPUT", "No document came in.", "Connect a file or a text.")),
            (None, Some(text)) => {
                let text = text.as_str().ok_or_else(|| bad(format!("{} is no text.", crate::short(text))))?;
                Ok(text.as_bytes().into())
            }
            (Some(file), None) => {
                let file = FileValue::read(file).map_err(|error| bad(format!("What came in on file is no file: {error}.")))?;
                // Before the bytes are fetched: the value may lie, so they are counted once more.
                if file.bytes > u64::try_from(LARGEST).unwrap_or(u64::MAX) {
                    return Err(too_large(&file.bytes));
                }
                let bytes = self.services.files.get(file.digest).await?;
                if Digest::of_bytes(&bytes) != file.digest {
                    let message = format!("The file {} is not what it was when it was stored.", file.name);
                    return Err(StepError::new("FILE_CHANGED", message, "Check the store, and give the run the file again."));
                }
                Ok(bytes)
            }
        }
    }
}

fn too_large(bytes: &dyn std::fmt::Display) -> StepError {
    StepError::new("TOO_LARGE", format!("The document has {bytes} bytes; the most is {LARGEST}."), "Split it up.")
}

impl Act for Ready {
    /// It reads only what came in.
    fn request(&self, _: &Context<'_>, _: &Values) -> Result<Option<Action>, StepError> {
        Ok(None)
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, _: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let document = self.document(inputs).await?;
            if document.len() > LARGEST {
                return Err(too_large(&document.len()));
            }
            let Config { format, header, columns, delimiter: _, sheet, timeout_ms } = self.config.clone();
            let delimiter = delimiter(&self.config).unwrap_or(b',');
            let work = Work::Extract(Reading { format, header, columns, delimiter, sheet, timeout_ms });
            self.children.carry_out(&work, &document).await.map(|value| Values::one("value", value))
        })
    }
}
