//! A flow file, read where the command was given, with the flows it calls that lie beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

use flow::{Flow, Place, Problem, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, ErrorCode};

/// How flow files' names end.
pub(crate) const ENDING: &str = ".flow.json";

/// A flow's text and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file, as it was named.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The texts of the flows it calls, directly or not, that lie beside it: by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, String>,
}

impl Source {
    /// Reads a file, and the flows it calls from the same folder.
    ///
    /// # Errors
    /// In plain words, when the file itself can't be read. A called flow that isn't there is found by the checks.
    pub fn read(file: &str) -> Result<Self, String> {
        let bytes = fs::read(file).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let mut source = Self { file: file.to_owned(), text, beside: BTreeMap::new() };
        source.read_beside(&|id| fs::read_to_string(folder.join(format!("{id}{ENDING}"))).ok());
        Ok(source)
    }

    /// Adds the flows that it or they call and that are still missing.
    pub(crate) fn read_beside(&mut self, text_of: &dyn Fn(&str) -> Option<String>) {
        let mut wanted = called_by_text(&self.text);
        wanted.extend(self.beside.values().flat_map(|text| called_by_text(text)));
        while let Some(id) = wanted.pop_first() {
            let is_a_name = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            if is_a_name
                && !self.beside.contains_key(&id)
                && let Some(text) = text_of(&id)
            {
                wanted.extend(called_by_text(&text));
                self.beside.insert(id, text);
            }
        }
    }

    /// The flow, or why it is none.
    pub(crate) fn flow(&self) -> Result<Flow, Problem> {
        flow::read(&self.text).map_err(|error| Problem {
            code: "UNREADABLE".to_owned(),
            severity: Severity::Error,
            place: Place { field: Some(format!("line {}, column {}", error.line, error.column)), ..Place::default() },
            message: error.what,
            hint: error.hint,
        })
    }

    /// The same, with an error that names the file.
    pub(crate) fn flow_or_error(&self) -> Result<Flow, ApiError> {
        self.flow().map_err(|problem| flow_problems(&self.file, vec![problem]))
    }

    /// The flows it may call, by id. A text that is none is left out, and the checks miss it.
    pub(crate) fn others(&self) -> BTreeMap<String, Arc<Flow>> {
        self.beside.iter().filter_map(|(id, text)| Some((id.clone(), Arc::new(flow::read(text).ok()?)))).collect()
    }
}

/// The error for a flow that can't run.
pub(crate) fn flow_problems(file: &str, problems: Vec<Problem>) -> ApiError {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let message = format!("{file} can't run: {errors} {}.", if errors == 1 { "problem" } else { "problems" });
    ApiError::new(ErrorCode::FlowProblems, message, "Correct the flow; `assent check` lists its problems.").with(problems)
}

fn called_by_text(text: &str) -> BTreeSet<String> {
    flow::read(text).map(|flow| called_by(&flow)).unwrap_or_default()
}

/// The ids of the flows that a flow calls itself.
pub(crate) fn called_by(flow: &Flow) -> BTreeSet<String> {
    let calls = flow.nodes.iter().filter(|node| node.kind == "sub-flow");
    calls.filter_map(|node| node.config.get("flow")?.as_str().map(str::to_owned)).collect()
}
