//! The words and signs for assets.

use money::Asset;

use crate::text::{Kind, Token};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Whole units.
    Whole(Asset),
    /// Hundredths of one.
    Hundredth(Asset),
    /// Cents of a currency that is not said.
    Cents,
    /// Pennies, which are pence to some and cents to others.
    Pennies,
    /// A currency sign that stands for no asset that is known.
    UnknownSign,
}

/// One form of a unit: its words, and whether it is one of them ("dollar") and so may follow "a".
const WORDS: &[(&[&str], &str, bool)] = &[
    (&["us", "dollars"], "USD", false),
    (&["us", "dollar"], "USD", true),
    (&["u", "s", "dollars"], "USD", false),
    (&["american", "dollars"], "USD", false),
    (&["dollars"], "USD", false),
    (&["dollar"], "USD", true),
    (&["bucks"], "USD", false),
    (&["buck"], "USD", true),
    (&["us$"], "USD", false),
    (&["euros"], "EUR", false),
    (&["euro"], "EUR", true),
    (&["pounds", "sterling"], "GBP", false),
    (&["pounds"], "GBP", false),
    (&["pound"], "GBP", true),
    (&["quid"], "GBP", true),
    (&["usd", "coins"], "USDC", false),
    (&["usd", "coin"], "USDC", true),
    (&["tether"], "USDT", true),
    (&["ether"], "ETH", true),
    (&["ethereum"], "ETH", true),
    (&["credits"], "credits", false),
    (&["credit"], "credits", true),
];

const HUNDREDTHS: &[(&[&str], &str)] = &[
    (&["us", "cents"], "USD"),
    (&["us", "cent"], "USD"),
    (&["u", "s", "cents"], "USD"),
    (&["u", "s", "cent"], "USD"),
    (&["euro", "cents"], "EUR"),
    (&["euro", "cent"], "EUR"),
    (&["pence"], "GBP"),
];

fn starts_with(tokens: &[Token], i: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(k, word)| tokens.get(i + k).is_some_and(|t| t.is(word)))
}

/// A unit that was read: what it is, the token after it, and whether it is the singular.
pub(crate) struct Reading {
    pub(crate) unit: Unit,
    pub(crate) end: usize,
    pub(crate) singular: bool,
}

/// Reads the unit that begins at token `i`, if one does; the longest first, so that "USD coin" is no dollar.
pub(crate) fn read(tokens: &[Token], i: usize) -> Option<Reading> {
    let token = tokens.get(i)?;
    let one = |unit, singular| Some(Reading { unit, end: i + 1, singular });
    if token.kind == Kind::Sign {
        return match token.norm.as_str() {
            "$" => one(Unit::Whole(Asset::find("USD").ok()?), false),
            "€" => one(Unit::Whole(Asset::find("EUR").ok()?), false),
            "£" => one(Unit::Whole(Asset::find("GBP").ok()?), false),
            "¢" => one(Unit::Cents, false),
            _ => one(Unit::UnknownSign, false),
        };
    }
    if token.kind != Kind::Word {
        return None;
    }
    for (words, code) in HUNDREDTHS {
        if starts_with(tokens, i, words) {
            return Some(Reading { unit: Unit::Hundredth(Asset::find(code).ok()?), end: i + words.len(), singular: false });
        }
    }
    for (words, code, singular) in WORDS {
        if starts_with(tokens, i, words) {
            return Some(Reading { unit: Unit::Whole(Asset::find(code).ok()?), end: i + words.len(), singular: *singular });
        }
    }
    match token.norm.as_str() {
        "cents" => one(Unit::Cents, false),
        "cent" => one(Unit::Cents, true),
        "penny" => one(Unit::Pennies, true),
        "pennies" => one(Unit::Pennies, false),
        _ => code(tokens, i).map(|(asset, end)| Reading { unit: Unit::Whole(asset), end, singular: true }),
    }
}

/// An asset's code, in one word or spelled out: "USDC", "U S D C", "USD C".
pub(crate) fn code(tokens: &[Token], i: usize) -> Option<(Asset, usize)> {
    const LONGEST: usize = 4;
    let mut joined = String::new();
    let mut found = None;
    for (k, token) in tokens.iter().enumerate().skip(i).take(LONGEST) {
        if token.kind != Kind::Word || joined.len() + token.norm.len() > LONGEST {
            break;
        }
        joined.push_str(&token.norm);
        let known = matches!(joined.as_str(), "usd" | "eur" | "gbp" | "usdc" | "usdt" | "eth");
        if known {
            found = Asset::find(&joined).ok().map(|asset| (asset, k + 1));
        }
    }
    found
}
