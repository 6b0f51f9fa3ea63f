//! `transcribe`: sound to words.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError, node::input};
use flow::{Digest, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{FileValue, Services, Tools, kind::BuiltInKind};

/// The kind.
pub(crate) struct Transcribe;

/// Nothing to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl BuiltInKind for Transcribe {
    type Config = Config;
    const NAME: &'static str = "transcribe";
    const TITLE: &'static str = "Transcribe";
    const SUMMARY: &'static str = "Writes down what is said in a recording, on this machine.";
    const GROUP: &'static str = "Voice and intent";
    const ICON: &'static str = "audio-lines";

    fn ports(_: Option<&Config>) -> Ports {
        let audio = Port::new("audio", Type::Audio).required().help("The recording, a WAV file.");
        let transcript = Port::new("transcript", Type::Json).help("The text, its words with their times, and how sure each is.");
        Ports { inputs: vec![audio], outputs: vec![Port::new("text", Type::Text).help("The text alone."), transcript] }
    }

    fn build(_: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready(tools.services.clone()))))
    }
}

struct Ready(Services);

impl Act for Ready {
    fn request(&self, _: &Context<'_>, _: &Values) -> Result<Option<Action>, StepError> {
        Ok(None)
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, _: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let file = FileValue::read(input(inputs, "audio")?).map_err(|error| {
                StepError::new("BAD_INPUT", format!("What came in on audio is no file: {error}."), "Give the run a recording.")
            })?;
            let sound = self.0.files.get(file.digest).await?;
            if Digest::of_bytes(&sound) != file.digest {
                let message = format!("The file {} is not what it was when it was stored.", file.name);
                return Err(StepError::new("FILE_CHANGED", message, "Check the store, and give the run the recording again."));
            }
            let transcript = self.0.transcriber.transcribe(sound).await?;
            let mut outputs = Values::one("text", transcript.text.clone());
            outputs.insert("transcript", json!(transcript));
            Ok(outputs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use flow::{Digest, Values};
    use serde_json::{Value, json};

    use crate::{
        Transcript,
        testing::{Fakes, act},
    };

    fn recording(fakes: &Fakes, bytes: &[u8]) -> Value {
        let digest = fakes.keep(bytes);
        json!({"name": "say.wav", "media": "audio/wav", "bytes": bytes.len(), "digest": digest})
    }

    #[tokio::test]
    async fn gives_text_and_transcript() {
        let fakes = Fakes::hearing("Send twenty-five dollars to Alice");
        let audio = recording(&fakes, b"RIFF");
        let out = act(fakes.services(), "transcribe", json!({}), &Values::one("audio", audio)).await.unwrap();
        assert_eq!(out.get("text").unwrap().as_str(), Some("Send twenty-five dollars to Alice"));
        let transcript: Transcript = serde_json::from_value((**out.get("transcript").unwrap()).clone()).unwrap();
        assert_eq!((transcript.words.len(), &*transcript.words[1].text), (5, "twenty-five"));
        assert_eq!(fakes.heard(), [Arc::from(*b"RIFF")]);
    }

    #[tokio::test]
    async fn refusals_come_through_and_changed_files_are_found() {
        let fakes = Fakes::default();
        let silent = recording(&fakes, b"RIFF");
        let error = act(fakes.services(), "transcribe", json!({}), &Values::one("audio", silent)).await.unwrap_err();
        assert_eq!(error.code, "NO_SPEECH");

        let digest = Digest::of_bytes(b"before");
        fakes.keep_as(digest, b"after");
        let changed = json!({"name": "say.wav", "media": "audio/wav", "bytes": 6, "digest": digest});
        let error = act(fakes.services(), "transcribe", json!({}), &Values::one("audio", changed)).await.unwrap_err();
        assert_eq!(error.code, "FILE_CHANGED");

        for (given, code) in [(json!("say.wav"), "BAD_INPUT"), (json!({"digest": "x"}), "BAD_INPUT")] {
            let error = act(fakes.services(), "transcribe", json!({}), &Values::one("audio", given)).await.unwrap_err();
            assert_eq!(error.code, code);
        }
    }
}
