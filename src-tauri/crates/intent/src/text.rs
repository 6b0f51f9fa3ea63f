//! Text to words: where each stands, in a form that can be compared.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;

use crate::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters, with apostrophes and dots inside.
    Word,
    /// ASCII digits, with points, commas and apostrophes inside.
    Number,
    /// A currency sign that no letters touch on its left.
    Sign,
    /// A minus in front of a number.
    Minus,
    /// A comma, or a dash between spaces.
    Comma,
    /// What ends a sentence or a line.
    Stop,
    /// Words between double quotation marks; the span is that of the words alone.
    Quoted,
    /// Any other character.
    Other,
}

/// One word, number, sign or mark.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    /// Lower case, composed, with straight apostrophes.
    pub(crate) norm: String,
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.norm == word
    }

    /// Whether it is heard: not a mere mark between words.
    pub(crate) fn is_spoken(&self) -> bool {
        !matches!(self.kind, Kind::Comma | Kind::Stop)
    }
}

/// Whether it opens or closes a quotation.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '＂')
}

/// Characters that show nothing, reorder what is shown, or stand for no character at all.
const UNSEEN: &[RangeInclusive<u32>] = &[
    0x00AD..=0x00AD,
    0x034F..=0x034F,
    0x061C..=0x061C,
    0x115F..=0x1160,
    0x17B4..=0x17B5,
    0x180B..=0x180F,
    0x200B..=0x200F,
    0x202A..=0x202E,
    0x2060..=0x206F,
    0x2800..=0x2800,
    0x3164..=0x3164,
    0xE000..=0xF8FF,
    0xFE00..=0xFE0F,
    0xFEFF..=0xFEFF,
    0xFFA0..=0xFFA0,
    0xFFF0..=0xFFFF,
    0x1BCA0..=0x1BCA3,
    0x1D173..=0x1D17A,
    0xE0000..=0x10FFFF,
];

fn is_unseen(c: char) -> bool {
    !c.is_ascii() && UNSEEN.iter().any(|range| range.contains(&u32::from(c))) || (c.is_control() && !c.is_whitespace())
}

/// The first place where the text may not be what it looks like: an unseen character, or a word that mixes scripts.
pub(crate) fn first_odd(text: &str) -> Option<Span> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return None;
    }
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| is_unseen(c)) {
        return Some(Span::new(at, at + c.len_utf8()));
    }
    text.split(|c: char| !is_letter(c)).find(|word| !word.is_single_script()).map(|word| {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        Span::new(start, start + word.len())
    })
}

/// A letter, or a mark that belongs to one.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c)
}

pub(crate) fn is_currency(c: char) -> bool {
    matches!(c, '$' | '£' | '¢' | '¥' | '¤' | '\u{20A0}'..='\u{20CF}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`')
}

/// Lower case, composed, straight apostrophes.
pub(crate) fn normal(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfc().flat_map(char::to_lowercase).map(|c| if is_apostrophe(c) { '\'' } else { c }).collect()
}

/// Initials without their points: "u.s.d.c." is "usdc".
fn without_points(norm: String) -> String {
    let initials = norm.contains('.') && norm.trim_end_matches('.').split('.').all(|part| part.chars().count() == 1);
    if initials { norm.replace('.', "") } else { norm }
}

/// The normal form without the accents on Latin letters. In other scripts a mark may be a vowel, and makes another name.
pub(crate) fn without_accents(normal: &str) -> String {
    if normal.is_ascii() {
        return normal.to_owned();
    }
    let mut latin = false;
    let keep = |&c: &char| {
        let accent = ('\u{300}'..='\u{36F}').contains(&c);
        latin = if accent { latin } else { c.is_ascii_alphabetic() };
        !(accent && latin)
    };
    normal.nfd().filter(keep).nfc().collect()
}

/// Splits a text into tokens. Hyphens between letters only separate ("twenty-five" is two words).
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |i: usize| chars.get(i).map(|&(_, c)| c);
    let byte = |i: usize| chars.get(i).map_or(text.len(), |&(b, _)| b);
    let mut out = Vec::with_capacity(text.len() / 5 + 1);
    let mut i = 0;
    while let Some(c) = at(i) {
        let before = i.checked_sub(1).and_then(at);
        let start = i;
        i += 1;
        let kind = if c == '\n'
            || matches!(c, '.' | '!' | '?' | ';' | '…') && !(c == '.' && at(i).is_some_and(|c| c.is_ascii_digit()))
        {
            Kind::Stop
        } else if c.is_whitespace() {
            continue;
        } else if c.is_ascii_digit() || c == '.' {
            while let Some(c) = at(i) {
                let inner = matches!(c, '.' | ',') || is_apostrophe(c);
                if c.is_ascii_digit() || inner && at(i + 1).is_some_and(|c| c.is_ascii_digit()) {
                    i += 1;
                } else {
                    break;
                }
            }
            Kind::Number
        } else if is_letter(c) {
            while let Some(c) = at(i) {
                let inner = (matches!(c, '.' | '_' | '@') || is_apostrophe(c))
                    && at(i + 1).is_some_and(|c| is_letter(c) || c.is_ascii_digit());
                // "A$" is no dollar: letters that touch a sign on its left make it another word.
                let signed = is_currency(c);
                if !is_letter(c) && !c.is_ascii_digit() && !inner && !signed {
                    break;
                }
                i += 1;
                if signed {
                    break;
                }
            }
            // The last point of "U.S." belongs to it.
            if at(i) == Some('.') && chars[start..i].iter().any(|&(_, c)| c == '.') {
                i += 1;
            }
            Kind::Word
        } else if is_currency(c) {
            Kind::Sign
        } else if c == ',' {
            Kind::Comma
        } else if is_dash(c) {
            let after = at(i);
            let spaced = |c: Option<char>| c.is_none_or(char::is_whitespace);
            if spaced(after) && spaced(before) {
                Kind::Comma
            } else if before.is_some_and(is_letter) || before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(is_letter)
            {
                continue;
            } else if !before.is_some_and(|c| c.is_ascii_digit())
                && after.is_some_and(|c| c.is_ascii_digit() || is_currency(c) || c == '.')
            {
                Kind::Minus
            } else {
                Kind::Other
            }
        } else if is_quote(c) {
            match chars[i..].iter().position(|&(_, c)| is_quote(c)) {
                Some(length) => {
                    let span = Span::new(byte(i), byte(i + length));
                    out.push(Token { kind: Kind::Quoted, span, norm: text[span.start..span.end].to_owned() });
                    i += length + 1;
                    continue;
                }
                None => Kind::Other,
            }
        } else {
            Kind::Other
        };
        let span = Span::new(byte(start), byte(i));
        let norm = normal(&text[span.start..span.end]);
        out.push(Token { kind, span, norm: if kind == Kind::Word { without_points(norm) } else { norm } });
    }
    out
}
