//! The address book as the grammar sees it, indexed once, and the matching of names said against names kept.

use std::collections::{HashMap, HashSet};

use rphonetic::DoubleMetaphone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_security::confusable_detection::skeleton;

use crate::{
    Candidate, PayeeRef,
    text::{self, Kind, Token},
};

/// Somebody who may be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// The id in the store. May be said or written in place of a name.
    pub id: String,
    /// The name, as it is read aloud.
    pub name: String,
    /// Other names for the same payee.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// An address book with the indexes that make matching quick. Build it once and keep it.
///
/// A name with an invisible character or a word in two scripts is never matched; its payee can still be reached by id.
#[derive(Debug, Default)]
pub struct Book {
    payees: Vec<Payee>,
    names: Vec<Name>,
    /// Names by their words in normal form, and without accents and a leading "the".
    exact: HashMap<String, Vec<usize>>,
    loose: HashMap<String, Vec<usize>>,
    /// Names that sound the same, and names that look the same.
    by_ear: HashMap<String, Vec<usize>>,
    by_eye: HashMap<String, Vec<usize>>,
    /// How many words the longest name has.
    longest: usize,
}

#[derive(Debug)]
struct Name {
    payee: usize,
    loose: String,
    chars: usize,
    /// Which of the letters a to z occur, for telling quickly that two names are far apart.
    letters: u32,
    sound: Option<Sound>,
    look: String,
    /// Ids are matched as they stand, not by ear.
    is_id: bool,
}

#[derive(Debug)]
struct Sound {
    primary: String,
    alternate: String,
    /// Consonants by ear and vowels as they are written: "Ana" and "Anna" are one, "Mary" and "Maria" are two.
    whole: String,
}

impl Sound {
    fn is_like(&self, other: &Self) -> bool {
        self.primary == other.primary || self.primary == other.alternate || self.alternate == other.primary
    }
}

/// What the address book says to a name.
#[derive(Debug, PartialEq)]
pub(crate) enum Match {
    /// This payee, this surely.
    Found(PayeeRef, f64),
    /// Several fit.
    Close(Vec<Candidate>),
    /// Nobody; these are near, if any.
    Unknown(Vec<Candidate>),
}

/// Without an exact match, nothing below this is taken even when it sounds the same.
const NEAR_ENOUGH: f64 = 0.75;
/// What two names that sound alike must have in common in writing.
const SOME_LIKENESS: f64 = 0.4;
/// What a name that only sounds alike counts at least as a candidate.
const SOUNDS_ALIKE: f64 = 0.6;
/// A match but for accents or "the".
const LOOSE: f64 = 0.95;
/// A name that can't be told from the one that was matched.
const TWIN: f64 = 0.9;
const MOST_CANDIDATES: usize = 5;

impl Book {
    /// Indexes the payees. The order is kept and decides between equal candidates.
    pub fn new(payees: Vec<Payee>) -> Self {
        let mut book = Self { payees, ..Self::default() };
        for payee in 0..book.payees.len() {
            let entry = &book.payees[payee];
            let mut names: Vec<(String, bool)> = vec![(entry.name.clone(), false)];
            names.extend(entry.aliases.iter().map(|alias| (alias.clone(), false)));
            names.push((entry.id.clone(), true));
            let mut seen = HashSet::new();
            for (name, is_id) in names {
                if seen.insert(name.clone()) {
                    book.add(payee, &name, is_id);
                }
            }
        }
        book
    }

    /// Everybody in it, in the order given.
    pub fn payees(&self) -> &[Payee] {
        &self.payees
    }

    fn add(&mut self, payee: usize, name: &str, is_id: bool) {
        let tokens = text::tokens(name);
        let key = key(&tokens);
        if key.is_empty() || text::first_odd(name).is_some() {
            return;
        }
        self.longest = self.longest.max(tokens.iter().filter(|t| t.is_spoken()).count());
        let index = self.names.len();
        let loose = loosen(&key);
        let sound = if is_id { None } else { sound(&loose) };
        let look = skeleton(name).collect::<String>();
        self.exact.entry(key).or_default().push(index);
        self.loose.entry(loose.clone()).or_default().push(index);
        self.by_eye.entry(look.clone()).or_default().push(index);
        if let Some(sound) = &sound {
            self.by_ear.entry(sound.whole.clone()).or_default().push(index);
        }
        self.names.push(Name { payee, chars: loose.chars().count(), letters: letters(&loose), loose, sound, look, is_id });
    }

    /// The longest run of tokens from `i` on that is a name exactly: the token after it.
    pub(crate) fn longest_name(&self, tokens: &[Token], i: usize) -> Option<usize> {
        let mut key = String::new();
        let mut words = 0;
        let mut longest = None;
        for (k, token) in tokens.iter().enumerate().skip(i) {
            if token.kind == Kind::Quoted || words == self.longest {
                break;
            }
            if token.is_spoken() {
                push_word(&mut key, token);
                words += 1;
                if self.exact.contains_key(&key) || self.loose.contains_key(&loosen(&key)) {
                    longest = Some(k + 1);
                }
            } else if k == i {
                break;
            }
        }
        longest
    }

    /// Whether these tokens are a name exactly.
    pub(crate) fn is_name(&self, tokens: &[Token]) -> bool {
        let key = key(tokens);
        self.exact.contains_key(&key) || self.loose.contains_key(&loosen(&key))
    }

    /// Who is meant by these tokens. By ear, names that sound the same can't be told apart; and only then is a name that merely sounds
    /// like a single one taken for it.
    pub(crate) fn find(&self, tokens: &[Token], heard: bool) -> Match {
        let key = key(tokens);
        let loose = loosen(&key);
        let hits = match self.exact.get(&key) {
            Some(hits) => Some((hits, 1.0)),
            None => self.loose.get(&loose).map(|hits| (hits, LOOSE)),
        };
        match hits {
            Some((hits, confidence)) => self.settle(hits, confidence, heard),
            None => self.near(&loose, heard),
        }
    }

    fn settle(&self, hits: &[usize], confidence: f64, heard: bool) -> Match {
        let mut fitting: Vec<(usize, f64)> = Vec::new();
        let mut add = |name: usize, confidence| {
            let payee = self.names[name].payee;
            if fitting.iter().all(|(known, _)| *known != payee) {
                fitting.push((payee, confidence));
            }
        };
        hits.iter().for_each(|&hit| add(hit, confidence));
        for name in hits.iter().map(|&hit| &self.names[hit]) {
            let alike_by_eye = self.by_eye.get(&name.look);
            let alike_by_ear = name.sound.as_ref().filter(|_| heard).and_then(|s| self.by_ear.get(&s.whole));
            alike_by_eye.into_iter().chain(alike_by_ear).flatten().for_each(|&twin| add(twin, TWIN));
        }
        match fitting[..] {
            [(payee, confidence)] => Match::Found(self.reference(payee), confidence),
            _ => Match::Close(fitting.iter().take(MOST_CANDIDATES).map(|&(payee, score)| self.candidate(payee, score)).collect()),
        }
    }

    /// Names near `loose`, which is no name itself.
    fn near(&self, loose: &str, heard: bool) -> Match {
        let chars = loose.chars().count();
        let mask = letters(loose);
        let said = sound(loose);
        let mut near: Vec<(usize, f64, bool)> = Vec::new();
        for name in &self.names {
            let longer = name.chars.max(chars);
            let limit = if longer >= 5 { 2 } else { 1 };
            // One edit changes at most two of the letters that occur, so most names need no closer look.
            let may_be_near =
                name.chars.abs_diff(chars) <= limit && (name.letters ^ mask).count_ones() <= if longer >= 5 { 4 } else { 2 };
            let sounds = matches!((&said, &name.sound), (Some(said), Some(sound)) if said.is_like(sound));
            let shares = !name.is_id && shares_words(&name.loose, loose);
            if !may_be_near && !sounds && !shares {
                continue;
            }
            let edits = strsim::osa_distance(&name.loose, loose);
            let similarity = 1.0 - ratio(edits, longer);
            // The code of a sound leaves out vowels, so it needs some likeness in writing: "Ian" is not "Ana".
            let alike = sounds && similarity >= SOME_LIKENESS;
            if edits > limit && !alike && !shares {
                continue;
            }
            let score = if alike || shares { similarity.max(SOUNDS_ALIKE) } else { similarity };
            let near_enough = alike && similarity >= NEAR_ENOUGH;
            match near.iter_mut().find(|(payee, ..)| *payee == name.payee) {
                Some(known) if known.1 < score => *known = (name.payee, score, near_enough),
                Some(_) => {}
                None => near.push((name.payee, score, near_enough)),
            }
        }
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        let candidates = || near.iter().take(MOST_CANDIDATES).map(|&(payee, score, _)| self.candidate(payee, score)).collect();
        match near[..] {
            [(payee, score, true)] if heard => Match::Found(self.reference(payee), score),
            [] | [_] => Match::Unknown(candidates()),
            _ => Match::Close(candidates()),
        }
    }

    fn reference(&self, payee: usize) -> PayeeRef {
        let payee = &self.payees[payee];
        PayeeRef { id: payee.id.clone(), name: payee.name.clone() }
    }

    fn candidate(&self, payee: usize, confidence: f64) -> Candidate {
        let payee = &self.payees[payee];
        Candidate { value: payee.id.clone(), label: payee.name.clone(), confidence }
    }
}

/// A part of a whole, both far below 2^32.
fn ratio(part: usize, whole: usize) -> f64 {
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    float(part) / float(whole.max(1))
}

/// Whether one begins or ends with all words of the other: "Alice" and "Alice Cooper".
fn shares_words(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
    let at_end = |rest: Option<&str>, space: fn(&str) -> bool| rest.is_some_and(space);
    !short.is_empty()
        && (at_end(long.strip_prefix(short), |rest| rest.starts_with(' '))
            || at_end(long.strip_suffix(short), |rest| rest.ends_with(' ')))
}

fn push_word(key: &mut String, token: &Token) {
    if !key.is_empty() {
        key.push(' ');
    }
    key.push_str(if token.norm == "&" { "and" } else { &token.norm });
}

/// The words of a name, in normal form, with one space between.
fn key(tokens: &[Token]) -> String {
    let mut key = String::new();
    for token in tokens.iter().filter(|t| t.is_spoken()) {
        push_word(&mut key, token);
    }
    key
}

/// Without accents and a leading article.
fn loosen(key: &str) -> String {
    let article = key.split_once(' ').filter(|(first, _)| matches!(*first, "the" | "my" | "our"));
    text::without_accents(article.map_or(key, |(_, rest)| rest))
}

fn letters(loose: &str) -> u32 {
    loose.bytes().filter(u8::is_ascii_lowercase).fold(0, |mask, letter| mask | 1 << (letter - b'a'))
}

/// How a name sounds in English; `None` where it has a digit, which has no sound here, or letters that English lacks.
fn sound(loose: &str) -> Option<Sound> {
    const LONGEST_CODE: usize = 32;
    if !loose.is_ascii() || loose.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let letters: String = loose.chars().filter(char::is_ascii_lowercase).take(LONGEST_CODE * 2).collect();
    if letters.is_empty() {
        return None;
    }
    let code = DoubleMetaphone::new(Some(LONGEST_CODE)).double_metaphone(&letters);
    let vowels: String = letters.chars().map(|c| if c == 'y' { 'i' } else { c }).filter(|c| "aeiou".contains(*c)).collect();
    let whole = format!("{} {vowels}", code.primary());
    Some(Sound { primary: code.primary(), alternate: code.alternate(), whole })
}
