//! The recorded sentences: text and spoken form both mean what the recordings' labels say.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use intent::{Action, Book, Heard, Intent, Parse, Payee, QuestionCode, Settings, Span, WordConfidence, parse};
use money::{Amount, Asset};
use serde::Deserialize;

#[derive(Deserialize)]
struct Phrase {
    spoken: String,
    text: String,
    intent: Meaning,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Meaning {
    action: String,
    amount: Option<String>,
    asset: Option<String>,
    payee: Option<String>,
    #[serde(default)]
    payees: Vec<String>,
    purpose: Option<String>,
    flow: Option<String>,
}

fn phrases() -> Vec<Phrase> {
    let clean: Vec<Phrase> = serde_json::from_str(include_str!("data/clean.json")).unwrap();
    let noisy: Vec<Phrase> = serde_json::from_str(include_str!("data/noisy.json")).unwrap();
    clean.into_iter().chain(noisy).collect()
}

fn book(phrases: &[Phrase]) -> Book {
    let names: BTreeSet<&String> = phrases.iter().flat_map(|p| p.intent.payee.iter().chain(&p.intent.payees)).collect();
    let payee = |(n, name): (usize, &String)| Payee { id: format!("p-{n}"), name: name.clone(), aliases: Vec::new() };
    Book::new(names.into_iter().enumerate().map(payee).collect())
}

/// The parse in the words of the recordings' labels.
fn meaning(parse: &Parse) -> Meaning {
    let Some(intent) = &parse.intent else {
        let codes: Vec<QuestionCode> = parse.questions.iter().map(|q| q.code).collect();
        assert_eq!(codes, [QuestionCode::NoAction], "{parse:?}");
        return Meaning { action: "none".to_owned(), ..Meaning::default() };
    };
    let action = match intent.action() {
        Action::SetLimit => "limit".to_owned(),
        Action::RunFlow => "run".to_owned(),
        Action::StopFlow => "stop".to_owned(),
        action => serde_json::to_value(action).unwrap().as_str().unwrap().to_owned(),
    };
    let draft = &parse.draft;
    let amount = draft.amount.as_ref().map(|a| a.value);
    let mut payees: Vec<String> = draft.payees.iter().map(|p| p.value.name.clone()).collect();
    let payee = if matches!(intent, Intent::Split { .. }) { None } else { payees.pop() };
    Meaning {
        action,
        amount: amount.map(Amount::digits),
        asset: amount.map(|a| a.asset().to_string()),
        payee,
        payees,
        purpose: draft.purpose.as_ref().map(|p| p.value.to_string()),
        flow: draft.flow.as_ref().map(|f| f.value.to_string()),
    }
}

/// The label with its amount in all the asset's places.
fn expected(label: &Meaning) -> Meaning {
    let amount = label.amount.as_ref().map(|digits| {
        let asset = Asset::find(label.asset.as_ref().unwrap()).unwrap();
        Amount::parse(digits, asset).unwrap().digits()
    });
    Meaning {
        action: label.action.clone(),
        amount,
        asset: label.asset.clone(),
        payee: label.payee.clone(),
        payees: label.payees.clone(),
        purpose: label.purpose.clone(),
        flow: label.flow.clone(),
    }
}

#[test]
fn every_recorded_sentence_means_what_its_label_says() {
    let phrases = phrases();
    assert_eq!(phrases.len(), 240);
    let book = book(&phrases);
    let mut wrong = Vec::new();
    for phrase in &phrases {
        for text in [&phrase.text, &phrase.spoken] {
            let parsed = parse(&Heard::written(text), &book, &Settings::default());
            if parsed.intent.is_none() && phrase.intent.action != "none" || meaning(&parsed) != expected(&phrase.intent) {
                wrong.push(format!("{text}\n  {:?}\n  {:?}", phrase.intent, parsed.questions));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of 480 are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn reading_back_a_recorded_sentence_means_the_same() {
    let phrases = phrases();
    let book = book(&phrases);
    for phrase in &phrases {
        let Some(intent) = parse(&Heard::written(&phrase.text), &book, &Settings::default()).intent else { continue };
        let said = intent::say(&intent);
        let again = parse(&Heard::written(&said), &book, &Settings::default());
        assert_eq!(again.intent.map(|i| i.bare()), Some(intent.bare()), "{said}");
    }
}

#[test]
fn heard_sentences_ask_only_about_names_that_sound_the_same() {
    let phrases = phrases();
    let book = book(&phrases);
    let mut asked = BTreeSet::new();
    for phrase in &phrases {
        let words = [WordConfidence { span: Span::new(0, phrase.text.len()), probability: 0.95 }];
        let parsed = parse(&Heard { text: &phrase.text, words: &words }, &book, &Settings::default());
        if parsed.questions.iter().any(|q| q.code == QuestionCode::ClosePayees) {
            asked.extend(phrase.intent.payee.clone());
        } else {
            assert_eq!(meaning(&parsed), expected(&phrase.intent), "{}", phrase.text);
        }
    }
    assert_eq!(asked.into_iter().collect::<Vec<_>>(), ["Ana", "Anna"]);
}
