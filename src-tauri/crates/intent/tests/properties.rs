//! What holds for any text, any book and any intent.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use intent::{
    Book, Heard, Intent, Label, LimitKind, MAX_CHARS, Parse, Payee, PayeeRef, QuestionCode, Settings, Slot, Span, WordConfidence,
    parse, say,
};
use money::{ASSETS, Amount, Asset};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};

const NAMES: [&str; 12] = [
    "Alice",
    "Bob",
    "the data analyst",
    "Zoë",
    "Smith and Sons",
    "Studio 54",
    "my landlord",
    "O'Brien",
    "Jean-Luc",
    "the escrow",
    "Five Guys",
    "St. Mary",
];

const VOCABULARY: [&str; 64] = [
    "send",
    "pay",
    "refund",
    "hold",
    "split",
    "set",
    "stop",
    "run",
    "yes",
    "no",
    "cancel",
    "balance",
    "everything",
    "the",
    "a",
    "to",
    "for",
    "in",
    "escrow",
    "between",
    "and",
    "limit",
    "daily",
    "flow",
    "my",
    "is",
    "what",
    "five",
    "twenty",
    "hundred",
    "thousand",
    "million",
    "half",
    "point",
    "zero",
    "5",
    "1,250",
    "1.5",
    "k",
    "$",
    "€",
    "-",
    "dollars",
    "cents",
    "pounds",
    "USDC",
    "U",
    "S",
    "D",
    "C",
    "credits",
    "Alice",
    "Bob",
    "invoice",
    "please",
    "every",
    "month",
    "tomorrow",
    "I",
    "mean",
    ",",
    ".",
    "\"",
    "%",
];

fn book(names: &[&str]) -> Book {
    let payee = |(n, name): (usize, &&str)| Payee { id: format!("payee-{n}"), name: (*name).to_owned(), aliases: Vec::new() };
    Book::new(names.iter().enumerate().map(payee).collect())
}

fn read(text: &str, book: &Book) -> Parse {
    parse(&Heard::written(text), book, &Settings::default())
}

/// What every parse must satisfy.
fn check(text: &str, parse: &Parse) {
    assert_eq!(parse.intent.is_some(), parse.questions.is_empty(), "{text:?}");
    assert!((0.0..=1.0).contains(&parse.confidence));
    for question in &parse.questions {
        assert!(text.get(question.span.start..question.span.end).is_some(), "{text:?} {question:?}");
        assert!(!question.message.is_empty() && question.candidates.iter().all(|c| (0.0..=1.0).contains(&c.confidence)));
    }
    if let Some(amount) = &parse.draft.amount {
        assert!(amount.value.is_positive() && text.get(amount.span.start..amount.span.end).is_some());
    }
    let json = serde_json::to_string(parse).unwrap();
    assert_eq!(serde_json::from_str::<Parse>(&json).unwrap(), *parse);
}

fn amount() -> impl Strategy<Value = Amount> {
    let minor = prop_oneof![1..=1000_i128, 1..=100_000_000_i128, 1..=i128::MAX, Just(i128::MAX)];
    (minor, 0..ASSETS.len()).prop_map(|(minor, n)| Amount::new(minor, Asset::find(ASSETS[n].code).unwrap()))
}

fn payees(names: &[String]) -> Vec<PayeeRef> {
    names.iter().enumerate().map(|(n, name)| PayeeRef { id: format!("payee-{n}"), name: name.clone() }).collect()
}

fn slot<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Slot<T>> {
    value.prop_map(Slot::bare)
}

fn intents(names: Vec<String>, label: BoxedStrategy<Label>) -> impl Strategy<Value = Intent> {
    let refs = payees(&names);
    let one = || (slot(amount()), slot(select(refs.clone())), option::of(slot(label.clone())));
    let sharers = 2..=refs.len().min(4);
    let several = subsequence(refs.clone(), sharers).prop_shuffle().prop_map(|refs| refs.into_iter().map(Slot::bare).collect());
    let assets = (0..ASSETS.len()).prop_map(|n| Asset::find(ASSETS[n].code).unwrap());
    prop_oneof![
        4 => one().prop_map(|(amount, payee, purpose)| Intent::Pay { amount, payee, purpose }),
        2 => one().prop_map(|(amount, payee, purpose)| Intent::Refund { amount, payee, purpose }),
        2 => one().prop_map(|(amount, payee, purpose)| Intent::Escrow { amount, payee, purpose }),
        2 => (slot(amount()), several, option::of(slot(label.clone()))).prop_map(|(amount, payees, purpose)| Intent::Split { amount, payees, purpose }),
        2 => (slot(amount()), slot(select(vec![LimitKind::Daily, LimitKind::Payment])))
            .prop_map(|(amount, limit)| Intent::SetLimit { amount, limit }),
        1 => select(vec![Intent::Approve, Intent::Deny, Intent::Cancel, Intent::StopEverything]),
        1 => option::of(slot(assets)).prop_map(|asset| Intent::Balance { asset }),
        1 => slot(label.clone()).prop_map(|flow| Intent::RunFlow { flow }),
        1 => slot(label).prop_map(|flow| Intent::StopFlow { flow }),
    ]
}

/// Anything a label can be: ordinary words, words of the grammar, and any characters at all.
fn labels() -> BoxedStrategy<Label> {
    let words = vec(select(VOCABULARY.to_vec()), 1..8).prop_map(|words| words.join(" "));
    let plain = "[a-z]{1,8}( [a-z]{1,8}){0,4}";
    prop_oneof![words, plain, any::<String>()].prop_filter_map("a label", |words| Label::new(words.trim()).ok()).boxed()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        check(&text, &read(&text, &book(&NAMES)));
    }

    #[test]
    fn any_words_of_the_grammar_in_any_order_are_read_without_panic(words in vec(select(VOCABULARY.to_vec()), 0..30)) {
        let text = words.join(" ");
        check(&text, &read(&text, &book(&NAMES)));
        let close = words.concat();
        check(&close, &read(&close, &book(&NAMES)));
    }

    #[test]
    fn any_confidences_are_borne(text in "send five dollars to (Alice|Alis|Bob|Zed)", spans in vec((any::<usize>(), any::<usize>(), any::<f64>()), 0..5)) {
        let words: Vec<_> = spans
            .into_iter()
            .map(|(start, end, probability)| WordConfidence { span: Span::new(start, end), probability })
            .collect();
        check(&text, &parse(&Heard { text: &text, words: &words }, &book(&NAMES), &Settings::default()));
    }

    #[test]
    fn parse_of_say_is_the_same_intent(intent in intents(names(&NAMES), labels())) {
        let said = say(&intent);
        prop_assume!(said.chars().count() <= MAX_CHARS);
        let parsed = read(&said, &book(&NAMES));
        prop_assert_eq!(parsed.intent.map(|i| i.bare()), Some(intent), "{} {:?}", said, parsed.questions);
    }

    #[test]
    fn parse_of_say_is_never_another_intent_whatever_the_book_holds(
        (names, intent) in vec(prop_oneof![any::<String>(), vec(select(VOCABULARY.to_vec()), 1..4).prop_map(|w| w.join(" "))], 2..6)
            .prop_flat_map(|names| (Just(names.clone()), intents(names, labels()))),
    ) {
        let said = say(&intent);
        let refs: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(again) = read(&said, &book(&refs)).intent {
            prop_assert_eq!(again.bare(), intent, "{}", said);
        }
    }

    #[test]
    fn a_word_the_grammar_does_not_know_is_never_dropped(intent in intents(names(&NAMES), labels()), place in any::<prop::sample::Index>()) {
        let said = say(&intent);
        let spaces: Vec<usize> = said.match_indices(' ').map(|(at, _)| at).collect();
        prop_assume!(!spaces.is_empty());
        let at = spaces[place.index(spaces.len())];
        let text = format!("{} xylograph{}", &said[..at], &said[at..]);
        if let Some(other) = read(&text, &book(&NAMES)).intent {
            prop_assert_ne!(other.bare(), intent, "{}", text);
        }
    }

    #[test]
    fn intents_survive_json(intent in intents(names(&NAMES), labels())) {
        let json = serde_json::to_string(&intent).unwrap();
        prop_assert_eq!(serde_json::from_str::<Intent>(&json).unwrap(), intent);
    }
}

#[test]
fn hostile_texts_are_answered_quickly() {
    let book = book(&NAMES);
    let texts = [
        "and ".repeat(25_000),
        "a".repeat(1 << 20),
        "🦀".repeat(100_000),
        "and ".repeat(MAX_CHARS / 4),
        format!("send {}", "five ".repeat((MAX_CHARS - 5) / 5)),
        format!("send {}", "a hundred ".repeat((MAX_CHARS - 5) / 10)),
        format!("pay {}", "Alice ".repeat((MAX_CHARS - 5) / 6)),
        format!("pay {}", "x ".repeat((MAX_CHARS - 5) / 2)),
        format!("send 5 dollars to {}", "to ".repeat(600)),
        format!("send 5 dollars to Bob for {}", "and ".repeat(480)),
        format!("send 5 dollars to Bob for {}", "to x ".repeat(380)),
        format!("split 5 dollars between {}", "x, ".repeat(600)),
        format!("split 5 dollars between {}", "Bob and ".repeat(240)),
        format!("run the {}", "flow ".repeat(390)),
        "\"".repeat(MAX_CHARS),
        "$".repeat(MAX_CHARS),
        "9".repeat(MAX_CHARS),
        ",".repeat(MAX_CHARS),
        "-".repeat(MAX_CHARS),
        "U ".repeat(MAX_CHARS / 2),
        "e\u{301}".repeat(MAX_CHARS / 2),
        "\u{200b}".repeat(MAX_CHARS),
        String::new(),
    ];
    for text in &texts {
        let start = Instant::now();
        let parsed = read(text, &book);
        let took = start.elapsed();
        check(text, &parsed);
        assert!(parsed.intent.is_none());
        // Far above what it takes, in a debug build on a busy machine, and far below what quadratic time over 100 kB would.
        assert!(took < Duration::from_millis(500), "{:?} took {took:?}", text.chars().take(40).collect::<String>());
    }
}

#[test]
fn a_text_over_the_limit_is_refused_and_one_at_it_is_read() {
    let longest = format!("send 5 dollars to Bob{}", " ".repeat(MAX_CHARS - 21));
    assert!(read(&longest, &book(&NAMES)).intent.is_some());
    let parsed = read(&format!("{longest} "), &book(&NAMES));
    assert_eq!(parsed.questions[0].code, QuestionCode::TooLong);
    assert_eq!(parsed.confidence, 0.0);
}

#[test]
fn the_json_of_an_intent_is_tagged_by_its_action() {
    let intent = read("set the daily limit to 5 dollars", &book(&NAMES)).intent.unwrap();
    let json = serde_json::to_value(&intent).unwrap();
    assert_eq!(json["action"], "set-limit");
    assert_eq!(json["amount"]["value"], serde_json::json!({ "asset": "USD", "minor": "500" }));
    assert_eq!(json["limit"]["value"], "daily");
    assert_eq!(serde_json::to_value(Intent::StopEverything).unwrap(), serde_json::json!({ "action": "stop-everything" }));
}

#[test]
fn the_schema_names_every_action() {
    let schema = serde_json::to_string(&schemars::schema_for!(Intent)).unwrap();
    for action in [
        "pay",
        "refund",
        "escrow",
        "split",
        "set-limit",
        "approve",
        "deny",
        "cancel",
        "balance",
        "run-flow",
        "stop-flow",
        "stop-everything",
    ] {
        assert!(schema.contains(&format!("\"const\":\"{action}\"")), "{action} is not in {schema}");
    }
}
