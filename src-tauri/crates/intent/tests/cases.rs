//! A table of sentences, in `data/cases.json`: each means one thing, given as the sentence read back, or asks.
#![allow(clippy::unwrap_used)]

use intent::{Book, Heard, Intent, Parse, Payee, QuestionCode, Settings, Span, WordConfidence, parse, say};
use money::{Amount, Asset};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    text: String,
    /// From a transcriber, not written.
    #[serde(default)]
    heard: bool,
    means: Option<String>,
    #[serde(default)]
    asks: Vec<Asked>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Asked {
    code: QuestionCode,
    /// The words it is about.
    about: String,
}

fn book() -> Book {
    let names = [
        "Alice",
        "Alicia",
        "Bob",
        "John",
        "Catherine",
        "Ana",
        "Anna",
        "José",
        "Smith and Sons",
        "Germany",
        "the vendor",
        "Acme Labs",
        "Five Guys",
        "Bob for rent",
        "agent 7",
    ];
    let aliases = |name: &str| if name == "Bob" { vec!["Robert".to_owned()] } else { Vec::new() };
    let payee = |(n, name): (usize, &&str)| Payee { id: format!("p{n}"), name: (*name).to_owned(), aliases: aliases(name) };
    Book::new(names.iter().enumerate().map(payee).collect())
}

fn whole(text: &str, probability: f64) -> [WordConfidence; 1] {
    [WordConfidence { span: Span::new(0, text.len()), probability }]
}

fn written(text: &str) -> Parse {
    parse(&Heard::written(text), &book(), &Settings::default())
}

fn codes(parse: &Parse) -> Vec<QuestionCode> {
    parse.questions.iter().map(|q| q.code).collect()
}

#[test]
fn every_sentence_means_or_asks_what_the_table_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/cases.json")).unwrap();
    let book = book();
    let mut wrong = Vec::new();
    for case in &cases {
        let words = whole(&case.text, 0.9);
        let words = if case.heard { &words[..] } else { &[] };
        let parsed = parse(&Heard { text: &case.text, words }, &book, &Settings::default());
        let asks: Vec<Asked> = parsed
            .questions
            .iter()
            .map(|q| Asked { code: q.code, about: case.text[q.span.start..q.span.end].to_owned() })
            .collect();
        if parsed.intent.as_ref().map(say) != case.means || asks != case.asks {
            wrong.push(format!("{:?}\n  {:?} {asks:?}", case.text, parsed.intent.as_ref().map(say)));
        }
    }
    assert!(cases.len() > 200, "the table was cut: {}", cases.len());
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn amounts_are_exact_to_the_minor_unit() {
    let table: &[(&str, &str, i128)] = &[
        ("$1,250.50", "USD", 125_050),
        ("twenty-five dollars", "USD", 2500),
        ("a hundred and five dollars", "USD", 10_500),
        ("twelve hundred dollars", "USD", 120_000),
        ("1.5k dollars", "USD", 150_000),
        ("fifty cents", "USD", 50),
        ("two and a half dollars", "USD", 250),
        ("two and a half thousand dollars", "USD", 250_000),
        ("twenty five dollars and fifty cents", "USD", 2550),
        ("1 million euros", "EUR", 100_000_000),
        ("a dollar", "USD", 100),
        ("€ 7", "EUR", 700),
        ("7 €", "EUR", 700),
        ("£3.05", "GBP", 305),
        ("three pounds and five pence", "GBP", 305),
        ("eighty two dollars and ninety five cents", "USD", 8295),
        ("12 U S D C", "USDC", 12_000_000),
        ("12.000001 usdc", "USDC", 12_000_001),
        ("one point zero five ether", "ETH", 1_050_000_000_000_000_000),
        ("0.000000000000000001 ETH", "ETH", 1),
        ("nine thousand four hundred seven credits", "credits", 940_700),
        ("two hundred fifty thousand and one credits", "credits", 25_000_100),
        ("90071992547409.93 dollars", "USD", 9_007_199_254_740_993),
        ("92233720368547758.08 dollars", "USD", 9_223_372_036_854_775_808),
        ("1000000000000000000000000000 credits", "credits", 100_000_000_000_000_000_000_000_000_000),
    ];
    for (text, code, minor) in table {
        let text = format!("send {text} to Bob");
        let Some(Intent::Pay { amount, .. }) = written(&text).intent else { panic!("{text}: {:?}", written(&text).questions) };
        assert_eq!(amount.value, Amount::new(*minor, Asset::find(code).unwrap()), "{text}");
    }
}

#[test]
fn every_slot_keeps_its_span_and_the_least_confidence_of_its_words() {
    let text = "Send twenty-five dollars to Alice for the logo design.";
    let at = |words: &str| {
        let start = text.find(words).unwrap();
        Span::new(start, start + words.len())
    };
    let words = [
        WordConfidence { span: at("Send"), probability: 0.99 },
        WordConfidence { span: at("twenty"), probability: 0.9 },
        WordConfidence { span: at("five"), probability: 0.8 },
        WordConfidence { span: at("to"), probability: 0.5 },
        WordConfidence { span: at("Alice"), probability: 0.7 },
        WordConfidence { span: at("logo"), probability: f64::NAN },
    ];
    let parsed = parse(&Heard { text, words: &words }, &book(), &Settings::default());
    let Some(Intent::Pay { amount, payee, purpose: Some(purpose) }) = parsed.intent else { panic!("{:?}", parsed.questions) };
    assert_eq!((amount.span, amount.confidence), (at("twenty-five dollars"), 0.8));
    assert_eq!((payee.span, payee.confidence), (at("Alice"), 0.7));
    assert_eq!((purpose.span, purpose.confidence), (at("the logo design"), 0.0));
    let action = parsed.draft.action.unwrap();
    assert_eq!((action.span, action.confidence), (at("Send"), 0.99));
    assert_eq!(parsed.confidence, 0.0);
}

#[test]
fn a_doubtful_word_between_the_slots_lowers_the_whole() {
    let text = "Send five dollars to Alice";
    let to = text.find("to ").unwrap();
    let words = [WordConfidence { span: Span::new(to, to + 2), probability: 0.4 }];
    let parsed = parse(&Heard { text, words: &words }, &book(), &Settings::default());
    assert!(parsed.intent.is_some());
    assert_eq!(parsed.confidence, 0.4);
}

#[test]
fn a_default_asset_counts_bare_numbers_only() {
    let settings = |code: &str| Settings { default_asset: Some(Asset::find(code).unwrap()) };
    let amount = |text: &str, code: &str| {
        let parsed = parse(&Heard::written(text), &book(), &settings(code));
        parsed.draft.amount.filter(|_| parsed.intent.is_some()).map(|a| a.value.to_string()).ok_or(codes(&parsed))
    };
    assert_eq!(amount("send 25 to Alice", "credits"), Ok("25.00 credits".to_owned()));
    assert_eq!(amount("pay Alice twenty five", "USDC"), Ok("25.00 USDC".to_owned()));
    assert_eq!(amount("send 25 dollars to Alice", "EUR"), Ok("25.00 USD".to_owned()));
    assert_eq!(amount("send 25 doubloons to Alice", "USD"), Err(vec![QuestionCode::UnknownAsset]));
    assert_eq!(amount("send 25 cents to Alice", "EUR"), Err(vec![QuestionCode::MissingAsset]));
    assert_eq!(amount("send 25 US cents to Alice", "EUR"), Ok("0.25 USD".to_owned()));
}

#[test]
fn what_was_understood_is_kept_beside_the_questions() {
    let parsed = written("Send five dollars to Zed for dinner");
    assert_eq!(codes(&parsed), [QuestionCode::UnknownPayee]);
    assert_eq!(parsed.draft.amount.unwrap().value.minor(), 500);
    assert_eq!(parsed.draft.purpose.unwrap().value.as_str(), "dinner");
    assert!(parsed.draft.payees.is_empty());
}

#[test]
fn candidates_come_nearest_first_with_their_ids() {
    let parsed = written("Send five dollars to Alis");
    assert_eq!(codes(&parsed), [QuestionCode::ClosePayees]);
    let ids: Vec<&str> = parsed.questions[0].candidates.iter().map(|c| c.value.as_str()).collect();
    assert_eq!(ids, ["p0", "p1"]);
    let parsed = written("Send five dollars to Catharine");
    assert_eq!(parsed.questions[0].candidates[0].label, "Catherine");
}

#[test]
fn two_payees_of_one_name_are_asked_about() {
    let payee = |id: &str, name: &str| Payee { id: id.to_owned(), name: name.to_owned(), aliases: Vec::new() };
    let book = Book::new(vec![payee("a", "Sam"), payee("b", "sam"), payee("c", "Acme"), payee("d", "АСМЕ")]);
    let ask = |text: &str| codes(&parse(&Heard::written(text), &book, &Settings::default()));
    assert_eq!(ask("send 5 dollars to Sam"), [QuestionCode::ClosePayees]);
    assert_eq!(ask("send 5 dollars to a"), []);
    // Cyrillic letters throughout look like Latin ones in capitals.
    let capitals = Book::new(vec![payee("c", "ACME"), payee("d", "АСМЕ")]);
    let parsed = parse(&Heard::written("send 5 dollars to ACME"), &capitals, &Settings::default());
    assert_eq!(codes(&parsed), [QuestionCode::ClosePayees]);
}

#[test]
fn a_name_that_is_not_what_it_looks_like_is_never_matched() {
    let payee = |id: &str, name: &str| Payee { id: id.to_owned(), name: name.to_owned(), aliases: Vec::new() };
    let cyrillic_a = "\u{410}lice";
    let book = Book::new(vec![payee("mixed", cyrillic_a), payee("hidden", "Bo\u{200b}b")]);
    for text in [cyrillic_a, "Bo\u{200b}b", "Bo\u{202e}b", "Bo\u{ad}b", "Bob\u{feff}", "\u{2066}Bob"] {
        let text = format!("send 5 dollars to {text}");
        let parsed = parse(&Heard::written(&text), &book, &Settings::default());
        assert_eq!(codes(&parsed), [QuestionCode::OddCharacters], "{text:?}");
    }
    // Nor does the plain name reach them.
    for name in ["Alice", "Bob"] {
        let text = format!("send 5 dollars to {name}");
        assert_eq!(codes(&parse(&Heard::written(&text), &book, &Settings::default())), [QuestionCode::UnknownPayee]);
    }
}

#[test]
fn a_name_that_begins_with_a_small_word_is_not_cut() {
    let payee = |id: &str, name: &str| Payee { id: id.to_owned(), name: name.to_owned(), aliases: Vec::new() };
    let book = Book::new(vec![payee("short", "Foods"), payee("long", "Now Foods"), payee("five", "Five")]);
    for text in ["pay Now Foods 5 dollars", "pay, um, Now Foods 5 dollars", "pay 5 dollars to Now Foods"] {
        let parsed = parse(&Heard::written(text), &book, &Settings::default());
        assert_eq!(parsed.draft.payees[0].value.id, "long", "{text} {:?}", parsed.questions);
        assert!(parsed.intent.is_some());
    }
    let parsed = parse(&Heard::written("pay five dollars to Five"), &book, &Settings::default());
    assert_eq!(parsed.draft.payees[0].value.id, "five");
    assert_eq!(parsed.draft.amount.unwrap().value.minor(), 500);
}

#[test]
fn a_mark_is_an_accent_on_latin_letters_only() {
    let payee = |id: &str, name: &str| Payee { id: id.to_owned(), name: name.to_owned(), aliases: Vec::new() };
    let book = Book::new(vec![payee("a", "Zoë"), payee("b", "कमल"), payee("c", "\u{10376}"), payee("d", "")]);
    let found = |name: &str| {
        let text = format!("send 5 dollars to {name}");
        parse(&Heard::written(&text), &book, &Settings::default()).draft.payees.first().map(|p| p.value.id.clone())
    };
    assert_eq!(found("Zoe").as_deref(), Some("a"));
    assert_eq!(found("कमल").as_deref(), Some("b"));
    assert_eq!(found("कमाल"), None);
    assert_eq!(found("\"\""), None);
}

#[test]
fn accents_spaces_and_typographic_marks_do_no_harm() {
    for text in [
        "send 5 dollars to jose\u{301}",
        "send\u{a0}5\u{2009}dollars to José",
        "send twenty\u{2011}five dollars to José",
        "I\u{2019}d like to send 5 dollars to José",
        "send 5 dollars to José for \u{201c}the logo\u{201d}",
        "  send 5 dollars\tto José  ",
    ] {
        assert!(written(text).intent.is_some(), "{text:?}: {:?}", written(text).questions);
    }
}
