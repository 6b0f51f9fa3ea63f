//! Numbers in digits, in words, and in mixtures of both, read to an exact decimal.

use crate::text::{Kind, Token};

/// A decimal number: `digits` divided by ten to the power of `places`. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) digits: i128,
    pub(crate) places: u32,
}

impl Decimal {
    pub(crate) const fn whole(digits: i128) -> Self {
        Self { digits, places: 0 }
    }

    /// Times ten to the power of `exponent`.
    pub(crate) fn shifted(self, exponent: u32) -> Option<Self> {
        let taken = exponent.min(self.places);
        let digits = 10_i128.checked_pow(exponent - taken).and_then(|factor| self.digits.checked_mul(factor))?;
        Some(Self { digits, places: self.places - taken })
    }

    /// This whole number with `fraction` of `places` places behind it.
    fn with_fraction(self, fraction: i128, places: u32) -> Option<Self> {
        let factor = 10_i128.checked_pow(places)?;
        Some(Self { digits: self.digits.checked_mul(factor)?.checked_add(fraction)?, places })
    }
}

/// Why words that are numbers make no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// They can be read in two ways, or in none.
    Ambiguous,
    /// The number does not fit.
    TooLarge,
}

/// A number that was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// The token after it.
    pub(crate) end: usize,
    pub(crate) value: Result<Decimal, Trouble>,
    /// Written as `1,250`: one comma, which elsewhere in the world is a decimal comma.
    pub(crate) one_comma: bool,
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// The n-th is ten to the power of three times n.
const SCALES: [&str; 13] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
    "decillion",
    "undecillion",
];

fn small(word: &str) -> Option<i128> {
    SMALL.iter().zip(0..).find_map(|(name, value)| (*name == word).then_some(value))
}

fn tens(word: &str) -> Option<i128> {
    let word = if word == "fourty" { "forty" } else { word };
    TENS.iter().zip(0..).skip(2).find_map(|(name, value)| (*name == word).then_some(value * 10))
}

fn scale(word: &str) -> Option<u32> {
    if word == "k" {
        return Some(3);
    }
    SCALES.iter().zip(0..).skip(1).find_map(|(name, power)| (*name == word).then_some(power * 3))
}

/// Whether the token can only be part of a number.
pub(crate) fn is_number(token: &Token) -> bool {
    match token.kind {
        Kind::Number => true,
        Kind::Word => {
            let word = token.norm.as_str();
            small(word).is_some() || tens(word).is_some() || word == "hundred" || (word != "k" && scale(word).is_some())
        }
        _ => false,
    }
}

fn word(tokens: &[Token], i: usize) -> &str {
    tokens.get(i).filter(|t| t.kind == Kind::Word).map_or("", |t| t.norm.as_str())
}

/// Reads the number that begins at token `i`, if one does.
pub(crate) fn read(tokens: &[Token], i: usize) -> Option<Reading> {
    let mut reader = Reader { tokens, at: i, one_comma: false };
    let value = reader.number()?;
    let mut reading = Reading { end: reader.at, value, one_comma: reader.one_comma };
    // "one fifty", "nineteen ninety five", "5-10": there is a number in it, but nobody can say which.
    let mut end = reading.end;
    loop {
        let joined = tokens.get(end).is_some_and(|t| t.kind == Kind::Other && matches!(t.norm.as_str(), "-" | "/" | "–" | "—"));
        let next = end + usize::from(joined);
        if !tokens.get(next).is_some_and(is_number) {
            break;
        }
        end = next + 1;
        reading = Reading { end, value: Err(Trouble::Ambiguous), one_comma: false };
    }
    Some(reading)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    one_comma: bool,
}

/// A group is what stands before "thousand" or "million", or at the end.
struct Group {
    value: Decimal,
    /// A plain count below a hundred, which "and a half" may follow.
    plain: bool,
}

impl Reader<'_> {
    fn word(&self) -> &str {
        word(self.tokens, self.at)
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.word() == expected;
        self.at += usize::from(found);
        found
    }

    /// `None` where no number begins here, and then nothing was taken.
    fn number(&mut self) -> Option<Result<Decimal, Trouble>> {
        if self.word() == "half" && matches!(word(self.tokens, self.at + 1), "a" | "an") {
            self.at += 2;
            let half = Decimal { digits: 5, places: 1 };
            let exponent = if self.take("hundred") { Some(2) } else { self.take_scale() };
            return Some(half.shifted(exponent.unwrap_or(0)).ok_or(Trouble::TooLarge));
        }
        // "hundred dollars", "point five": the word before it may have been lost.
        let headless = self.word() == "hundred"
            || scale(self.word()).is_some_and(|_| self.word() != "k")
            || (self.word() == "point" && self.digit_after_point(self.at + 1));
        if headless {
            self.at += 1;
            return Some(Err(Trouble::Ambiguous));
        }
        let first = self.group()?;
        Some(first.and_then(|group| self.rest(group)))
    }

    fn rest(&mut self, first: Group) -> Result<Decimal, Trouble> {
        const TOO_LARGE: Trouble = Trouble::TooLarge;
        if first.plain
            && self.word() == "and"
            && word(self.tokens, self.at + 1) == "a"
            && word(self.tokens, self.at + 2) == "half"
        {
            self.at += 3;
            let value = first.value.with_fraction(5, 1).ok_or(TOO_LARGE)?;
            let exponent = self.take_scale().unwrap_or(0);
            return value.shifted(exponent).ok_or(TOO_LARGE);
        }
        if first.value.places > 0 || self.at_point() {
            let value = if first.value.places > 0 { first.value } else { self.point(first.value)? };
            let exponent = self.take_scale().unwrap_or(0);
            return value.shifted(exponent).ok_or(TOO_LARGE);
        }
        let mut total: i128 = 0;
        let mut group = first;
        let mut below = u32::MAX;
        loop {
            let Some(exponent) = self.take_scale() else {
                if below != u32::MAX && group.value.digits >= 1000 {
                    return Err(Trouble::Ambiguous);
                }
                total = total.checked_add(group.value.digits).ok_or(TOO_LARGE)?;
                break;
            };
            if exponent >= below || group.value.digits >= 1000 || group.value.digits == 0 {
                return Err(Trouble::Ambiguous);
            }
            let part = group.value.shifted(exponent).ok_or(TOO_LARGE)?;
            total = total.checked_add(part.digits).ok_or(TOO_LARGE)?;
            below = exponent;
            let back = self.at;
            self.take("and");
            let Some(next) = self.group() else {
                self.at = back;
                break;
            };
            group = next?;
            if group.value.places > 0 {
                return Err(Trouble::Ambiguous);
            }
        }
        let total = Decimal::whole(total);
        if self.at_point() { self.point(total) } else { Ok(total) }
    }

    fn take_scale(&mut self) -> Option<u32> {
        let exponent = scale(self.word())?;
        self.at += 1;
        Some(exponent)
    }

    fn group(&mut self) -> Option<Result<Group, Trouble>> {
        let token = self.tokens.get(self.at)?;
        let mut value = if token.kind == Kind::Number {
            self.at += 1;
            match self.digits(&token.norm) {
                Ok(value) => value,
                Err(trouble) => return Some(Err(trouble)),
            }
        } else if matches!(self.word(), "a" | "an") {
            let next = word(self.tokens, self.at + 1);
            if next != "hundred" && (next == "k" || scale(next).is_none()) {
                return None;
            }
            self.at += 1;
            Decimal::whole(1)
        } else {
            Decimal::whole(self.below_hundred()?)
        };
        let plain = value.places == 0 && value.digits < 100 && self.word() != "hundred";
        if self.word() == "hundred" {
            self.at += 1;
            if value.places > 0 || !(1..100).contains(&value.digits) {
                return Some(Err(Trouble::Ambiguous));
            }
            value.digits *= 100;
            let back = self.at;
            self.take("and");
            let rest = match self.tokens.get(self.at) {
                Some(t) if t.kind == Kind::Number && t.norm.len() <= 2 => {
                    self.at += 1;
                    t.norm.parse::<i128>().ok()
                }
                _ => self.below_hundred(),
            };
            // "a hundred and five thousand" is one number; "a hundred and zero" is none.
            match rest {
                Some(rest @ 1..) => value.digits += rest,
                Some(_) => return Some(Err(Trouble::Ambiguous)),
                None => self.at = back,
            }
        }
        Some(Ok(Group { value, plain }))
    }

    fn below_hundred(&mut self) -> Option<i128> {
        if let Some(value) = small(self.word()) {
            self.at += 1;
            return Some(value);
        }
        let value = tens(self.word())?;
        self.at += 1;
        let unit = small(self.word()).filter(|unit| (1..10).contains(unit));
        self.at += usize::from(unit.is_some());
        Some(value + unit.unwrap_or(0))
    }

    fn at_point(&self) -> bool {
        self.word() == "point" && self.digit_after_point(self.at + 1)
    }

    fn digit_after_point(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(is_number) || matches!(word(self.tokens, i), "oh" | "o")
    }

    /// "point zero five": one digit a word, or a run of digits.
    fn point(&mut self, whole: Decimal) -> Result<Decimal, Trouble> {
        self.at += 1;
        let mut fraction: i128 = 0;
        let mut places: u32 = 0;
        let mut push = |digit: i128| {
            fraction = fraction.checked_mul(10)?.checked_add(digit)?;
            places += 1;
            Some(())
        };
        while let Some(token) = self.tokens.get(self.at) {
            if token.kind == Kind::Number {
                for digit in token.norm.chars() {
                    let digit = digit.to_digit(10).ok_or(Trouble::Ambiguous)?;
                    push(digit.into()).ok_or(Trouble::TooLarge)?;
                }
            } else {
                let digit = if matches!(self.word(), "oh" | "o") { Some(0) } else { small(self.word()).filter(|d| *d < 10) };
                match digit {
                    Some(digit) => push(digit).ok_or(Trouble::TooLarge)?,
                    None => break,
                }
            }
            self.at += 1;
        }
        if places == 0 {
            return Err(Trouble::Ambiguous);
        }
        whole.with_fraction(fraction, places).ok_or(Trouble::TooLarge)
    }

    /// Digits as they are written in English: commas between thousands, a point before the fraction.
    fn digits(&mut self, written: &str) -> Result<Decimal, Trouble> {
        let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
        let groups: Vec<&str> = whole.split(',').collect();
        let thousands = groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3));
        let padded = whole.len() > 1 && whole.starts_with('0');
        // "1.250" is twelve hundred and fifty to half of the world.
        let three_places = fraction.len() == 3 && groups.len() == 1 && (1..=3).contains(&whole.len()) && whole != "0";
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if !thousands || padded || three_places || !all_digits(fraction) || !groups.iter().all(|g| all_digits(g)) {
            return Err(Trouble::Ambiguous);
        }
        self.one_comma = groups.len() == 2 && fraction.is_empty();
        let digits = groups.concat() + fraction;
        let places = u32::try_from(fraction.len()).map_err(|_| Trouble::TooLarge)?;
        Ok(Decimal { digits: digits.parse().map_err(|_| Trouble::TooLarge)?, places })
    }
}

/// A whole number in words: "one hundred twenty-five".
pub(crate) fn spell(number: u128) -> String {
    if number == 0 {
        return SMALL[0].to_owned();
    }
    let mut groups = Vec::new();
    let mut rest = number;
    while rest > 0 {
        groups.push(usize::try_from(rest % 1000).unwrap_or(0));
        rest /= 1000;
    }
    let mut words = Vec::new();
    for (power, &group) in groups.iter().enumerate().rev().filter(|&(_, &group)| group > 0) {
        if group >= 100 {
            words.push(format!("{} hundred", SMALL[group / 100]));
        }
        match group % 100 {
            0 => {}
            below @ 1..20 => words.push(SMALL[below].to_owned()),
            below if below % 10 == 0 => words.push(TENS[below / 10].to_owned()),
            below => words.push(format!("{}-{}", TENS[below / 10], SMALL[below % 10])),
        }
        if power > 0 {
            // 2^128 needs twelve names of scales, and there are twelve.
            words.push(SCALES[power].to_owned());
        }
    }
    words.join(" ")
}

/// Digits one by one in words: "zero five".
pub(crate) fn spell_digits(digits: &str) -> String {
    digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .filter_map(|d| usize::try_from(d).ok())
        .map(|d| SMALL[d])
        .collect::<Vec<_>>()
        .join(" ")
}
