//! `write-file`: a file into a folder of this machine.

use std::{path::Path, sync::Arc};

use consent::{Action, FileAccess};
use engine::{Act, Context, Go, Step, StepError};
use flow::{Digest, Effect, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{FileValue, Files, Tools, folder, grant, kind::BuiltInKind};

/// The kind.
pub(crate) struct WriteFile;

/// Where files are written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder, from the root of the file system. The policy must name it, or one around it, among the folders to write in.
    #[schemars(extend("examples" = ["/home/me/reports"]))]
    folder: String,
    /// The file's name in that folder, where none comes in.
    #[serde(default)]
    name: Option<String>,
    /// Whether a file of that name with other contents is replaced; else it stays, and the step fails.
    #[serde(default)]
    replace: bool,
}

impl BuiltInKind for WriteFile {
    type Config = Config;
    const NAME: &'static str = "write-file";
    const TITLE: &'static str = "Write file";
    const SUMMARY: &'static str = "Writes a file into a folder that the policy allows, whole or not at all.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "file-output";
    const EFFECT: Effect = Effect::Write;

    fn ports(config: Option<&Config>) -> Ports {
        let name = Port::new("name", Type::Text).help("The file's name in the folder.");
        let name = if config.is_some_and(|config| config.name.is_some()) { name } else { name.required() };
        let text = Port::new("text", Type::Text).help("What is written, as text.");
        let file = Port::new("file", Type::File).help("What is written, as a file.");
        let verdict = Port::new("verdict", Type::Verdict).help("An approval that asks for this.");
        Ports {
            inputs: vec![name, text, file, verdict],
            outputs: vec![Port::new("path", Type::Text).help("Where it was written.")],
        }
    }

    fn says(config: &Config) -> String {
        match &config.name {
            Some(name) => format!("Writes {name} in {}", config.folder),
            None => format!("Writes a file in {}", config.folder),
        }
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready { config, files: Arc::clone(&tools.services.files) })))
    }
}

struct Ready {
    config: Config,
    files: Arc<dyn Files>,
}

/// What is to be written.
enum Contents {
    Text(Arc<[u8]>),
    File(Digest),
}

impl Ready {
    fn action(&self, inputs: &Values) -> Result<(FileAccess, Contents), StepError> {
        let name = name(inputs, self.config.name.as_deref())?;
        let path = folder::text(&folder::place(&self.config.folder, &name)?)?;
        let contents = match (inputs.get("text"), inputs.get("file")) {
            (Some(text), None) => match text.as_str() {
                Some(text) => Contents::Text(text.as_bytes().into()),
                None => return Err(wrong(format!("{} is no text.", crate::short(text)))),
            },
            (None, Some(file)) => {
                let file = FileValue::read(file).map_err(|error| wrong(format!("That is no file: {error}.")))?;
                Contents::File(file.digest)
            }
            _ => return Err(wrong("Either text or file must come in.".to_owned())),
        };
        let digest = match &contents {
            Contents::Text(bytes) => Digest::of_bytes(bytes),
            Contents::File(digest) => *digest,
        };
        Ok((FileAccess { effect: Effect::Write, path, bytes: Some(digest) }, contents))
    }
}

fn wrong(message: String) -> StepError {
    StepError::new("BAD_INPUT", message, "Connect text or file, and a name where the config has none.")
}

/// The name that came in, else the config's.
pub(super) fn name(inputs: &Values, usual: Option<&str>) -> Result<String, StepError> {
    match (inputs.get("name"), usual) {
        (Some(name), _) => name.as_str().map(str::to_owned).ok_or_else(|| wrong(format!("{} is no name.", crate::short(name)))),
        (None, Some(usual)) => Ok(usual.to_owned()),
        (None, None) => Err(wrong("No name came in.".to_owned())),
    }
}

/// The media type that a name's ending stands for.
pub(super) fn media(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("txt" | "md" | "log") => "text/plain",
        Some("html" | "htm") => "text/html",
        Some("pdf") => "application/pdf",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("wav") => "audio/wav",
        _ => "application/octet-stream",
    }
}

/// Work on files, apart from the runs' tasks.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StepError> + Send + 'static,
) -> Result<T, StepError> {
    let broke = |error| StepError::new("BROKE_OFF", format!("Working on the file broke off: {error}."), "Try again.");
    tokio::task::spawn_blocking(work).await.map_err(broke)?
}

impl Act for Ready {
    fn request(&self, _: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError> {
        self.action(inputs).map(|(file, _)| Some(Action::File(file)))
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, go: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let (file, contents) = self.action(inputs)?;
            grant::same(go, &Action::File(file.clone()))?;
            let bytes = match contents {
                Contents::Text(bytes) => bytes,
                Contents::File(digest) => self.files.get(digest).await?,
            };
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > folder::MOST {
                let message = format!("More than {} MiB came in.", folder::MOST >> 20);
                return Err(StepError::new("TOO_LARGE", message, "Split it."));
            }
            let (path, replaces) = (file.path.clone(), self.config.replace);
            apart(move || folder::write(Path::new(&path), &bytes, replaces)).await?;
            Ok(Values::one("path", file.path))
        })
    }

    /// The same bytes in the same place are written once, however often.
    fn honours_key(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use consent::Action;
    use flow::{Digest, Values};
    use serde_json::json;

    use crate::testing::{Fakes, acting, grant, with_context};

    #[tokio::test]
    async fn writes_what_was_granted_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let node = acting(Fakes::default().services(), "write-file", json!({"folder": root}));
        let mut inputs = Values::one("name", "a.txt");
        inputs.insert("text", std::sync::Arc::new(json!("Hello")));
        let action = with_context(0, |context| node.request(context, &inputs)).unwrap().unwrap();
        let Action::File(file) = &action else { panic!("{action:?}") };
        assert_eq!((file.path.as_str(), file.bytes), (root.join("a.txt").to_str().unwrap(), Some(Digest::of_bytes(b"Hello"))));
        let (run, path): (engine::RunId, _) = ("run-1".into(), engine::Path::new("a"));
        let context = || engine::Context { run: &run, path: &path, attempt: 1, now: 0, seed: 7, key: Digest::of_bytes(b"key") };
        let granted = grant(action);
        for _ in 0..2 {
            node.act(context(), &inputs, Some(&granted)).await.unwrap();
        }
        assert_eq!(std::fs::read(root.join("a.txt")).unwrap(), b"Hello");
        inputs.insert("text", std::sync::Arc::new(json!("Other")));
        assert_eq!(node.act(context(), &inputs, Some(&granted)).await.unwrap_err().code, "NOT_GRANTED");
        for inputs in [Values::one("name", "a"), Values::one("text", "x")] {
            assert_eq!(with_context(0, |context| node.request(context, &inputs)).unwrap_err().code, "BAD_INPUT");
        }
    }
}
