//! Amounts: a number and what it counts, read to minor units or to a question.

use money::{Amount, Asset};

use crate::{
    Candidate, QuestionCode, Settings, Span,
    asset::{self, Unit},
    lexicon,
    number::{self, Decimal, Trouble},
    text::{self, Kind, Token},
};

/// Something that is meant as an amount.
pub(crate) struct Reading {
    /// The token after it.
    pub(crate) end: usize,
    pub(crate) value: Result<Amount, Doubt>,
    /// Whether it names what it counts.
    pub(crate) has_unit: bool,
}

/// Why it is none.
pub(crate) struct Doubt {
    pub(crate) code: QuestionCode,
    pub(crate) message: String,
    pub(crate) candidates: Vec<Candidate>,
}

impl Doubt {
    fn new(code: QuestionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), candidates: Vec::new() }
    }

    fn with_assets<'a>(mut self, codes: impl IntoIterator<Item = &'a str>) -> Self {
        let candidate = |code: &str| Candidate { value: code.to_owned(), label: code.to_owned(), confidence: 0.5 };
        self.candidates = codes.into_iter().map(candidate).collect();
        self
    }
}

/// Reads the amount that begins at token `i`, if one does.
pub(crate) fn read(text: &str, tokens: &[Token], i: usize, settings: &Settings) -> Option<Reading> {
    let mut at = i;
    let mut negative = take_minus(tokens, &mut at);
    let prefix = prefix(tokens, at);
    if let Some((_, end)) = prefix {
        at = end;
        negative |= take_minus(tokens, &mut at);
    }
    let (value, one_comma, mut end) = match number::read(tokens, at) {
        Some(number) => (number.value, number.one_comma, number.end),
        None if prefix.is_none() && matches!(tokens.get(at), Some(t) if t.is("a") || t.is("an")) => {
            asset::read(tokens, at + 1).filter(|unit| unit.singular)?;
            (Ok(Decimal::whole(1)), false, at + 1)
        }
        None => return None,
    };
    let suffix = asset::read(tokens, end);
    if let Some(suffix) = &suffix {
        end = suffix.end;
    }
    let units = (prefix.map(|(unit, _)| unit), suffix.map(|s| s.unit));
    let has_unit = units.0.is_some() || units.1.is_some();
    let mut amount = Written { text, tokens, settings, value, one_comma, negative };
    let value = match units {
        (None, None) => amount.without_unit(&mut end),
        (Some(unit), None) | (None, Some(unit)) => amount.in_unit(unit, &mut end),
        // "$25 USD" says one thing twice; "$25 USDC" says two things.
        (Some(a), Some(b)) if a == b => amount.in_unit(a, &mut end),
        _ => Err(Doubt::new(QuestionCode::AmbiguousAmount, "That amount names two currencies. Which one is it?")),
    };
    Some(Reading { end, value, has_unit })
}

fn take_minus(tokens: &[Token], at: &mut usize) -> bool {
    let minus = tokens.get(*at).is_some_and(|t| t.kind == Kind::Minus || t.is("minus") || t.is("negative"));
    let number = |i: usize| tokens.get(i).is_some_and(|t| number::is_number(t) || t.kind == Kind::Sign || t.is("a"));
    let taken = minus && number(*at + 1);
    *at += usize::from(taken);
    taken
}

/// A sign or a code in front of a number: "$25", "USD 25".
fn prefix(tokens: &[Token], i: usize) -> Option<(Unit, usize)> {
    let (unit, end) = match tokens.get(i)? {
        t if t.kind == Kind::Sign || t.is("us$") => asset::read(tokens, i).map(|r| (r.unit, r.end))?,
        // Letters that touch a sign, as in A$: some other country's money.
        t if t.kind == Kind::Word && t.norm.ends_with(text::is_currency) => (Unit::UnknownSign, i + 1),
        _ => asset::code(tokens, i).map(|(asset, end)| (Unit::Whole(asset), end))?,
    };
    let number = tokens.get(end).is_some_and(|t| number::is_number(t) || t.kind == Kind::Minus);
    number.then_some((unit, end))
}

struct Written<'a> {
    text: &'a str,
    tokens: &'a [Token],
    settings: &'a Settings,
    value: Result<Decimal, Trouble>,
    one_comma: bool,
    negative: bool,
}

impl Written<'_> {
    fn without_unit(&mut self, end: &mut usize) -> Result<Amount, Doubt> {
        let known = money::ASSETS.iter().map(|a| a.code);
        if let Some(token) =
            self.tokens.get(*end).filter(|t| t.kind == Kind::Sign || !lexicon::may_follow_number(self.tokens, *end))
        {
            let mut span = token.span;
            *end += 1;
            // "Canadian dollars" is asked about whole.
            if let Some(unit) = asset::read(self.tokens, *end) {
                span = Span::new(span.start, self.tokens[unit.end - 1].span.end);
                *end = unit.end;
            }
            let words = &self.text[span.start..span.end];
            return Err(Doubt::new(
                QuestionCode::UnknownAsset,
                format!("I don't know {words:?} as money. Which asset is meant?"),
            )
            .with_assets(known));
        }
        match self.settings.default_asset {
            Some(asset) => self.whole(asset),
            None => {
                self.number()?;
                Err(Doubt::new(QuestionCode::MissingAsset, "Of what? The amount has no currency or asset.").with_assets(known))
            }
        }
    }

    fn in_unit(&mut self, unit: Unit, end: &mut usize) -> Result<Amount, Doubt> {
        match unit {
            Unit::Whole(asset) => {
                self.add_hundredths(asset, end)?;
                self.whole(asset)
            }
            Unit::Hundredth(asset) => self.hundredths(asset),
            Unit::Cents => match self.settings.default_asset.map(Asset::code) {
                // Where euros are the custom, cents may be either.
                Some("EUR") => {
                    Err(Doubt::new(QuestionCode::MissingAsset, "Cents of a dollar or of a euro?").with_assets(["USD", "EUR"]))
                }
                _ => self.hundredths(known("USD")?),
            },
            Unit::Pennies => {
                Err(Doubt::new(QuestionCode::UnknownAsset, "Pennies of a pound or of a dollar?").with_assets(["GBP", "USD"]))
            }
            Unit::UnknownSign => {
                let known = money::ASSETS.iter().map(|a| a.code);
                Err(Doubt::new(QuestionCode::UnknownAsset, "I don't know that currency sign. Which asset is meant?")
                    .with_assets(known))
            }
        }
    }

    /// "and fifty cents", "and a half", behind whole units.
    fn add_hundredths(&mut self, asset: Asset, end: &mut usize) -> Result<(), Doubt> {
        let and = self.tokens.get(*end).is_some_and(|t| t.is("and"));
        let at = *end + usize::from(and);
        let word = |i: usize, w: &str| self.tokens.get(i).is_some_and(|t| t.is(w));
        let ambiguous =
            || Doubt::new(QuestionCode::AmbiguousAmount, "I can't tell which amount that is. Say it in full, please.");
        let (hundredths, after) = if and && word(at, "a") && word(at + 1, "half") {
            (50, at + 2)
        } else if let Some(small) = number::read(self.tokens, at) {
            let unit = asset::read(self.tokens, small.end);
            let belongs = unit.as_ref().is_some_and(|u| match u.unit {
                Unit::Cents => matches!(asset.code(), "USD" | "EUR"),
                Unit::Pennies => asset.code() == "GBP",
                Unit::Hundredth(of) => of == asset,
                _ => false,
            });
            match (unit, small.value) {
                (Some(unit), Ok(Decimal { digits: digits @ 0..100, places: 0 })) if belongs => (digits, unit.end),
                (Some(unit), _) if belongs => {
                    *end = unit.end;
                    return Err(ambiguous());
                }
                // "five pounds fifty": nearly clear, and so not clear.
                (None, _) if !and => {
                    *end = small.end;
                    return Err(ambiguous());
                }
                _ => return Ok(()),
            }
        } else {
            return Ok(());
        };
        *end = after;
        let Ok(Decimal { digits: whole, places: 0 }) = self.value else {
            self.number()?;
            return Err(ambiguous());
        };
        let too_large = || Doubt::new(QuestionCode::AmountTooLarge, "That amount is too large.");
        let digits = whole.checked_mul(100).and_then(|d| d.checked_add(hundredths)).ok_or_else(too_large)?;
        self.value = Ok(Decimal { digits, places: 2 });
        Ok(())
    }

    fn number(&self) -> Result<Decimal, Doubt> {
        match self.value {
            Ok(_) if self.negative => {
                Err(Doubt::new(QuestionCode::NegativeAmount, "An amount can't be below zero. How much is it?"))
            }
            Ok(Decimal { digits: 0, .. }) => {
                Err(Doubt::new(QuestionCode::ZeroAmount, "The amount is zero. How much should it be?"))
            }
            Ok(value) => Ok(value),
            Err(Trouble::Ambiguous) => Err(Doubt::new(
                QuestionCode::AmbiguousAmount,
                "I can't tell which number that is. Say or write it in full, please.",
            )),
            Err(Trouble::TooLarge) => Err(Doubt::new(QuestionCode::AmountTooLarge, "That amount is too large.")),
        }
    }

    fn hundredths(&self, asset: Asset) -> Result<Amount, Doubt> {
        let value = self.number()?;
        minor(Decimal { digits: value.digits, places: value.places.saturating_add(2) }, asset)
    }

    fn whole(&self, asset: Asset) -> Result<Amount, Doubt> {
        let value = self.number()?;
        // With two places "1,250" can only be thousands; with more it may be one and a quarter.
        if self.one_comma && asset.decimals() > 2 {
            let message = format!("Is the comma between thousands, or before a fraction of {asset}? Write it without a comma.");
            return Err(Doubt::new(QuestionCode::AmbiguousAmount, message));
        }
        minor(value, asset)
    }
}

fn known(code: &str) -> Result<Asset, Doubt> {
    Asset::find(code).map_err(|e| Doubt::new(QuestionCode::UnknownAsset, e.to_string()))
}

fn minor(value: Decimal, asset: Asset) -> Result<Amount, Doubt> {
    let decimals = u32::from(asset.decimals());
    let Some(missing) = decimals.checked_sub(value.places) else {
        let message = format!("{asset} has {decimals} decimal places, and that amount has {}. How much is it?", value.places);
        return Err(Doubt::new(QuestionCode::TooManyDecimals, message));
    };
    10_i128
        .checked_pow(missing)
        .and_then(|factor| value.digits.checked_mul(factor))
        .map(|minor| Amount::new(minor, asset))
        .ok_or_else(|| Doubt::new(QuestionCode::AmountTooLarge, "That amount is too large."))
}
