//! `read-file`: a file from a folder of this machine.

use std::{path::Path, sync::Arc};

use consent::{Action, FileAccess};
use engine::{Act, Context, Go, Step, StepError};
use flow::{Effect, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{FileValue, Files, Tools, folder, grant, kind::BuiltInKind};

/// The kind.
pub(crate) struct ReadFile;

/// Where files are read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder, from the root of the file system. The policy must name it, or one around it, among the folders to read in.
    #[schemars(extend("examples" = ["/home/me/invoices"]))]
    folder: String,
    /// The file's name in that folder, where none comes in.
    #[serde(default)]
    name: Option<String>,
}

impl BuiltInKind for ReadFile {
    type Config = Config;
    const NAME: &'static str = "read-file";
    const TITLE: &'static str = "Read file";
    const SUMMARY: &'static str = "Reads a file from a folder that the policy allows.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "file-input";
    const EFFECT: Effect = Effect::Read;

    fn ports(config: Option<&Config>) -> Ports {
        let name = Port::new("name", Type::Text).help("The file's name in the folder.");
        let name = if config.is_some_and(|config| config.name.is_some()) { name } else { name.required() };
        Ports { inputs: vec![name], outputs: vec![Port::new("file", Type::File).help("The file, of 64 MiB at most.")] }
    }

    fn says(config: &Config) -> String {
        match &config.name {
            Some(name) => format!("Reads {name} in {}", config.folder),
            None => format!("Reads a file in {}", config.folder),
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

impl Ready {
    fn action(&self, inputs: &Values) -> Result<FileAccess, StepError> {
        let name = super::write_file::name(inputs, self.config.name.as_deref())?;
        let path = folder::text(&folder::place(&self.config.folder, &name)?)?;
        Ok(FileAccess { effect: Effect::Read, path, bytes: None })
    }
}

impl Act for Ready {
    fn request(&self, _: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError> {
        self.action(inputs).map(|file| Some(Action::File(file)))
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, go: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let file = self.action(inputs)?;
            grant::same(go, &Action::File(file.clone()))?;
            let path = file.path.clone();
            let bytes = super::write_file::apart(move || folder::read(Path::new(&path))).await?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let name = Path::new(&file.path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let media = super::write_file::media(&name).to_owned();
            let digest = self.files.put(bytes.into()).await?;
            Ok(Values::one("file", FileValue { name, media, bytes: size, digest }.to_value()))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::json;

    use crate::testing::{Fakes, acting, grant, with_context};

    #[tokio::test]
    async fn reads_what_was_granted_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("a.csv"), "a,b").unwrap();
        let fakes = Fakes::default();
        let node = acting(fakes.services(), "read-file", json!({"folder": root, "name": "a.csv"}));
        let none = Values::new();
        let action = with_context(0, |context| node.request(context, &none)).unwrap().unwrap();
        let run: engine::RunId = "run-1".into();
        let path = engine::Path::new("a");
        let context =
            || engine::Context { run: &run, path: &path, attempt: 1, now: 0, seed: 7, key: flow::Digest::of_bytes(b"key") };
        let out = node.act(context(), &none, Some(&grant(action.clone()))).await.unwrap();
        let file = crate::FileValue::read(out.get("file").unwrap()).unwrap();
        assert_eq!((&*file.name, &*file.media, file.bytes), ("a.csv", "text/csv", 3));
        assert_eq!(&*fakes.kept(file.digest).unwrap(), b"a,b");
        let other = Values::one("name", "b.csv");
        assert_eq!(node.act(context(), &other, Some(&grant(action))).await.unwrap_err().code, "NOT_GRANTED");
        assert_eq!(node.act(context(), &none, None).await.unwrap_err().code, "NOT_GRANTED");
    }
}
