//! The small words of the grammar: politeness, corrections, times, conditions, and what may stand where.

use crate::{
    number,
    text::{Kind, Token},
};

fn word(tokens: &[Token], i: usize) -> &str {
    tokens.get(i).filter(|t| t.kind == Kind::Word).map_or("", |t| t.norm.as_str())
}

/// How many tokens the longest of these phrases takes at token `i`; 0 where none stands there.
fn phrase(tokens: &[Token], i: usize, phrases: &[&str]) -> usize {
    let length = |phrase: &str| {
        let mut count = 0;
        phrase
            .split(' ')
            .all(|w| {
                count += 1;
                word(tokens, i + count - 1) == w
            })
            .then_some(count)
    };
    if word(tokens, i).is_empty() {
        return 0;
    }
    phrases.iter().filter_map(|p| length(p)).max().unwrap_or(0)
}

/// Politeness in front of a request.
pub(crate) fn polite(tokens: &[Token], i: usize) -> usize {
    const PHRASES: &[&str] = &[
        "could you",
        "can you",
        "would you",
        "will you",
        "can we",
        "could we",
        "i would like to",
        "i'd like to",
        "i would like you to",
        "i'd like you to",
        "i want to",
        "i want you to",
        "i need to",
        "i need you to",
        "let's",
        "lets",
        "let us",
        "go ahead and",
        "hey",
        "hi",
        "hello",
        "ok",
        "okay",
        "so",
        "well",
        "assent",
    ];
    phrase(tokens, i, PHRASES).max(filler(tokens, i))
}

/// Words that may stand anywhere and mean nothing.
pub(crate) fn filler(tokens: &[Token], i: usize) -> usize {
    const PHRASES: &[&str] =
        &["please", "kindly", "thanks", "thank you", "um", "uh", "er", "erm", "uhm", "hmm", "right now", "now", "right away"];
    let length = phrase(tokens, i, PHRASES);
    let for_me = phrase(tokens, i, &["for me"]);
    if for_me > 0 && word(tokens, i + 2).is_empty() { for_me } else { length }
}

/// The speaker takes something back, or offers a choice.
pub(crate) fn correction(tokens: &[Token], i: usize) -> usize {
    const PHRASES: &[&str] = &[
        "no",
        "nope",
        "not",
        "never",
        "don't",
        "dont",
        "do not",
        "i mean",
        "i meant",
        "sorry",
        "actually",
        "wait",
        "rather",
        "instead",
        "make that",
        "make it",
        "scratch that",
        "correction",
        "oops",
        "or",
        "hold on",
        "strike that",
        "forget it",
        "forget that",
    ];
    phrase(tokens, i, PHRASES)
}

/// A condition, or words that narrow what came before.
pub(crate) fn condition(tokens: &[Token], i: usize) -> usize {
    const PHRASES: &[&str] = &[
        "if",
        "unless",
        "when",
        "whenever",
        "once",
        "until",
        "till",
        "after",
        "before",
        "while",
        "as soon as",
        "provided",
        "assuming",
        "but",
        "except",
        "only",
        "without",
        "in case",
    ];
    phrase(tokens, i, PHRASES)
}

/// Verbs that begin a request of their own.
pub(crate) fn verb(tokens: &[Token], i: usize) -> bool {
    const VERBS: &[&str] = &[
        "pay", "send", "transfer", "wire", "refund", "escrow", "hold", "split", "divide", "set", "approve", "confirm", "accept",
        "deny", "reject", "decline", "refuse", "cancel", "run", "start", "launch", "execute", "stop", "halt", "pause", "freeze",
        "yes",
    ];
    VERBS.contains(&word(tokens, i))
}

const PERIODS: &[&str] = &[
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "weekday",
    "weekend",
    "fortnight",
    "month",
    "quarter",
    "year",
    "morning",
    "afternoon",
    "evening",
    "night",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: &[&str] =
    &["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

fn is_period(word: &str) -> bool {
    PERIODS.contains(&word) || word.strip_suffix('s').is_some_and(|w| PERIODS.contains(&w))
}

fn is_weekday(word: &str) -> bool {
    word.ends_with("day") && !matches!(word, "day" | "weekday") && PERIODS.contains(&word)
}

/// A time or repetition that begins at token `i`: how many tokens it takes. Inside a purpose fewer words count as one, since "for last
/// month" and "for the monthly report" say what for, not when.
pub(crate) fn time(tokens: &[Token], i: usize, in_purpose: bool) -> usize {
    let first = word(tokens, i);
    let second = word(tokens, i + 1);
    let counted =
        tokens.get(i + 1).is_some_and(number::is_number) || matches!(second, "a" | "an" | "one" | "other" | "few" | "the");
    let last = tokens.iter().skip(i + 1).all(|t| !t.is_spoken() || matches!(t.norm.as_str(), "please" | "thanks"));
    match first {
        "every" | "each" if is_period(second) => 2,
        "every" | "each" if counted && is_period(word(tokens, i + 2)) => 3,
        "every" if !in_purpose && !second.is_empty() => 2,
        "next" | "coming" | "following" if is_period(second) || MONTHS.contains(&second) => 2,
        "this" if !in_purpose && (is_period(second) || MONTHS.contains(&second)) => 2,
        "tomorrow" | "tonight" | "someday" | "later" | "eventually" => 1,
        "today" | "yesterday" | "soon" | "immediately" if !in_purpose => 1,
        "hourly" | "daily" | "weekly" | "biweekly" | "fortnightly" | "monthly" | "quarterly" | "yearly" | "annually"
            if !in_purpose || last =>
        {
            1
        }
        "on" | "by" | "from" | "starting" if is_weekday(second) || second == "tomorrow" => 2,
        "on" | "by" | "in" | "from" | "starting" if !in_purpose && MONTHS.contains(&second) => 2,
        "on" if !in_purpose && counted => 2,
        "in" if counted && is_period(word(tokens, i + 2)) => 3,
        "at" if !in_purpose && (counted || matches!(second, "noon" | "midnight")) => 2,
        "per" | "a" | "an" if !in_purpose && is_period(second) => 2,
        "twice" | "once" if matches!(second, "a" | "per" | "every") && is_period(word(tokens, i + 2)) => 3,
        _ if !in_purpose && is_weekday(first) => 1,
        _ => 0,
    }
}

/// Words at which a payee's name ends, unless the address book has a longer one.
pub(crate) fn ends_name(word: &str) -> bool {
    matches!(
        word,
        "to" | "for"
            | "in"
            | "into"
            | "between"
            | "among"
            | "amongst"
            | "and"
            | "with"
            | "from"
            | "via"
            | "using"
            | "on"
            | "at"
            | "by"
            | "as"
            | "because"
            | "so"
            | "then"
            | "also"
    )
}

/// Words that may follow a number which has no asset; any other word there is taken for an asset nobody knows.
pub(crate) fn may_follow_number(tokens: &[Token], i: usize) -> bool {
    let word = word(tokens, i);
    word.is_empty()
        || ends_name(word)
        || matches!(word, "per" | "evenly" | "equally")
        || filler(tokens, i) > 0
        || correction(tokens, i) > 0
        || condition(tokens, i) > 0
        || time(tokens, i, false) > 0
}
