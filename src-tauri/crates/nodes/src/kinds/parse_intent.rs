//! `parse-intent`: words to an intent, or to the questions that stand in its way.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError};
use flow::{Effect, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use intent::{Book, Heard, Settings, Span, WordConfidence, parse};
use money::Asset;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{AddressBook, Proposal, Tools, Transcript, kind::BuiltInKind};

/// The kind.
pub(crate) struct ParseIntent;

/// How to read the words.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The asset that a bare number counts. Without one, "send 25 to Alice" is asked about.
    #[serde(default)]
    default_asset: Option<Asset>,
}

impl BuiltInKind for ParseIntent {
    type Config = Config;
    const NAME: &'static str = "parse-intent";
    const TITLE: &'static str = "Parse intent";
    const SUMMARY: &'static str = "Reads what somebody wants from their words; what is doubtful becomes a question.";
    const GROUP: &'static str = "Voice and intent";
    const ICON: &'static str = "quote";
    const EFFECT: Effect = Effect::Read;

    fn ports(_: Option<&Config>) -> Ports {
        let transcript = Port::new("transcript", Type::Json).help("Words that were heard, from a transcribe step.");
        let text =
            Port::new("text", Type::Text).help("Words that were written. Beside a transcript they put right what was heard.");
        let intent = Port::new("intent", Type::Intent).help("What is wanted, where nothing is doubtful.");
        let questions =
            Port::new("questions", Type::Json).help("The text, what was understood, and what has to be answered first.");
        Ports { inputs: vec![transcript, text], outputs: vec![intent, questions] }
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        let settings = Settings { default_asset: config.default_asset };
        Ok(Step::Act(Arc::new(Ready { settings, addresses: Arc::clone(&tools.services.addresses) })))
    }
}

struct Ready {
    settings: Settings,
    addresses: Arc<dyn AddressBook>,
}

impl Act for Ready {
    fn request(&self, _: &Context<'_>, _: &Values) -> Result<Option<Action>, StepError> {
        Ok(None)
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, _: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let (text, words, spoken) = words(inputs)?;
            let payees = self.addresses.payees().await?;
            let book =
                Book::new(payees.into_iter().map(|p| intent::Payee { id: p.id, name: p.name, aliases: p.aliases }).collect());
            let parsed = parse(&Heard { text: &text, words: &words }, &book, &self.settings);
            match parsed.intent {
                Some(intent) => {
                    let proposal = Proposal { intent, text, confidence_milli: milli(parsed.confidence), spoken };
                    Ok(Values::one("intent", json!(proposal)))
                }
                None => {
                    let asked =
                        json!({"text": text, "spoken": spoken, "understood": parsed.draft, "questions": parsed.questions});
                    Ok(Values::one("questions", asked))
                }
            }
        })
    }
}

/// The words, how sure each is, and whether they were heard. Words that put right what was heard are sure, and what they ask for still
/// began with a voice.
fn words(inputs: &Values) -> Result<(String, Vec<WordConfidence>, bool), StepError> {
    let wrong = |what: String| StepError::new("BAD_INPUT", what, "Connect either transcript or text.");
    match (inputs.get("transcript"), inputs.get("text")) {
        (heard, Some(given)) => {
            let text = given.as_str().ok_or_else(|| wrong(format!("{} is no text.", crate::short(given))))?;
            Ok((text.to_owned(), Vec::new(), heard.is_some()))
        }
        (Some(given), None) => {
            let transcript =
                Transcript::deserialize(&**given).map_err(|error| wrong(format!("That is no transcript: {error}.")))?;
            let words = confidences(&transcript);
            Ok((transcript.text, words, true))
        }
        (None, None) => Err(wrong("No words came in.".to_owned())),
    }
}

/// How sure each word is, by its place in the text. Where the words don't make up the text, the least sure of them counts for all of it.
fn confidences(transcript: &Transcript) -> Vec<WordConfidence> {
    let text = &*transcript.text;
    let mut at = 0;
    let placed = transcript.words.iter().map(|word| {
        let start = at + text.get(at..)?.find(word.text.trim()).filter(|_| !word.text.trim().is_empty())?;
        at = start + word.text.trim().len();
        Some(WordConfidence { span: Span::new(start, at), probability: word.confidence })
    });
    match placed.collect::<Option<Vec<_>>>() {
        Some(words) if !words.is_empty() => words,
        _ => {
            let least = transcript.words.iter().map(|word| word.confidence).fold(transcript.confidence, f64::min);
            vec![WordConfidence { span: Span::new(0, text.len()), probability: least }]
        }
    }
}

/// A ratio in thousandths, rounded down.
fn milli(ratio: f64) -> u16 {
    // Counted up, since no cast from a float is exact about what it can't hold.
    (0..=1000).rev().find(|thousandths| f64::from(*thousandths) <= ratio * 1000.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::json;

    use super::{confidences, milli};
    use crate::{
        HeardWord, Proposal, Transcript,
        testing::{Fakes, act, transcript},
    };

    #[tokio::test]
    async fn words_become_an_intent_or_questions() {
        let written = |text: &str| Values::one("text", text);
        let out = act(Fakes::default().services(), "parse-intent", json!({}), &written("Send 25 dollars to Alice for the logo"))
            .await
            .unwrap();
        let proposal = Proposal::read(out.get("intent").unwrap()).unwrap();
        assert!(!proposal.spoken && out.get("questions").is_none());
        let payment = proposal.payment().unwrap();
        assert_eq!(
            (payment.amount.to_string(), &*payment.payee.id, payment.purpose.unwrap().as_str()),
            ("25.00 USD".to_owned(), "alice", "the logo")
        );

        for (text, code) in [
            ("Send 25 dollars to Mallory", "unknown-payee"),
            ("Send 25 to Alice", "missing-asset"),
            ("Send 25 or 30 dollars to Alice", "correction"),
            ("", "no-action"),
        ] {
            let out = act(Fakes::default().services(), "parse-intent", json!({}), &written(text)).await.unwrap();
            let questions = out.get("questions").unwrap();
            assert!(out.get("intent").is_none());
            assert!(questions["questions"].as_array().unwrap().iter().any(|q| q["code"] == code), "{text}: {questions}");
        }
        let out = act(Fakes::default().services(), "parse-intent", json!({"default_asset": "EUR"}), &written("Send 25 to Alice"))
            .await
            .unwrap();
        assert!(out.get("intent").is_some());
    }

    #[tokio::test]
    async fn what_was_heard_is_marked_and_as_sure_as_its_least_sure_word() {
        let mut heard = transcript("Send twenty-five dollars to Alice");
        heard.words[1].confidence = 0.8125;
        let out =
            act(Fakes::default().services(), "parse-intent", json!({}), &Values::one("transcript", json!(heard))).await.unwrap();
        let proposal = Proposal::read(out.get("intent").unwrap()).unwrap();
        assert!(proposal.spoken);
        assert_eq!(proposal.confidence_milli, 812);
    }

    #[tokio::test]
    async fn written_words_put_right_what_was_heard() {
        let mut both = Values::one("text", "Send 30 dollars to Alice");
        let mut heard = transcript("Send 25 dollars to Alice");
        heard.words[1].confidence = 0.4;
        both.insert("transcript", json!(heard));
        let out = act(Fakes::default().services(), "parse-intent", json!({}), &both).await.unwrap();
        let proposal = Proposal::read(out.get("intent").unwrap()).unwrap();
        assert_eq!((proposal.payment().unwrap().amount.to_string(), proposal.confidence_milli), ("30.00 USD".to_owned(), 1000));
        assert!(proposal.spoken, "it began with a voice");
    }

    #[tokio::test]
    async fn words_are_needed() {
        for inputs in [Values::new(), Values::one("text", 5), Values::one("transcript", "words")] {
            let error = act(Fakes::default().services(), "parse-intent", json!({}), &inputs).await.unwrap_err();
            assert_eq!(error.code, "BAD_INPUT");
        }
    }

    #[test]
    fn words_that_do_not_make_up_the_text_count_for_all_of_it() {
        let word = |text: &str, confidence| HeardWord { text: text.into(), start_ms: 0, end_ms: 1, confidence };
        let heard = |words| confidences(&Transcript { text: "to Alice to".into(), words, confidence: 0.9 });
        let spans = |words| heard(words).iter().map(|w| (w.span.start, w.span.end, w.probability)).collect::<Vec<_>>();
        assert_eq!(spans(vec![word("to", 0.5), word(" Alice", 0.6), word("to", 0.7)]), [(0, 2, 0.5), (3, 8, 0.6), (9, 11, 0.7)]);
        assert_eq!(spans(vec![word("to", 0.5), word("Bob", 0.3)]), [(0, 11, 0.3)]);
        assert_eq!(spans(vec![]), [(0, 11, 0.9)]);
        assert_eq!(spans(vec![word("", 0.1)]), [(0, 11, 0.1)]);
    }

    #[test]
    fn thousandths_are_rounded_down() {
        for (ratio, expected) in [(0.0, 0), (0.8129, 812), (1.0, 1000), (7.0, 1000), (-1.0, 0), (f64::NAN, 0)] {
            assert_eq!(milli(ratio), expected, "{ratio}");
        }
    }
}
