//! An amount: a whole number of minor units and its asset.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::Asset;

/// A whole number of an asset's minor units, 128 bits, of either sign.
///
/// In JSON it is `{"asset":"USD","minor":"2500"}`: the digits are a string, never a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i128,
    asset: Asset,
}

/// Why there is no such amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number as this crate reads them.
    #[error("{0:?} is not an amount; write digits with at most one point, such as 1250.50")]
    NotANumber(String),
    /// More decimal places than the asset has.
    #[error("{text:?} has {given} decimal places, but {asset} has {}", asset.decimals())]
    TooPrecise {
        /// What was read.
        text: String,
        /// How many places it has.
        given: usize,
        /// The asset it should be in.
        asset: Asset,
    },
    /// It does not fit 128 bits.
    #[error("the amount is too large")]
    Overflow,
    /// The two are in different assets.
    #[error("{0} and {1} are different assets and nothing converts one to the other by itself")]
    DifferentAssets(Asset, Asset),
}

impl Amount {
    /// So many minor units (cents, wei) of an asset.
    pub const fn new(minor: i128, asset: Asset) -> Self {
        Self { minor, asset }
    }

    /// Nothing of an asset.
    pub const fn zero(asset: Asset) -> Self {
        Self::new(0, asset)
    }

    /// Reads whole units with an optional fraction, such as `1250.50` or `-3`. Thousands separators are not read here.
    pub fn parse(text: &str, asset: Asset) -> Result<Self, AmountError> {
        let wrong = || AmountError::NotANumber(text.to_owned());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || (digits.contains('.') && fraction.is_empty()) {
            return Err(wrong());
        }
        let places = usize::from(asset.decimals());
        if fraction.len() > places {
            return Err(AmountError::TooPrecise { text: text.to_owned(), given: fraction.len(), asset });
        }
        let padding = std::iter::repeat_n(b'0', places - fraction.len());
        let mut minor: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
            let digit = i128::from(digit - b'0');
            minor = minor
                .checked_mul(10)
                .and_then(|m| if negative { m.checked_sub(digit) } else { m.checked_add(digit) })
                .ok_or(AmountError::Overflow)?;
        }
        Ok(Self { minor, asset })
    }

    /// Minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// The asset it is in.
    pub const fn asset(self) -> Asset {
        self.asset
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum, of two in one asset.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.same_asset(other)?;
        self.minor.checked_add(other.minor).map(|m| Self::new(m, self.asset)).ok_or(AmountError::Overflow)
    }

    /// The difference, of two in one asset.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.same_asset(other)?;
        self.minor.checked_sub(other.minor).map(|m| Self::new(m, self.asset)).ok_or(AmountError::Overflow)
    }

    /// Which is more, of two in one asset.
    pub fn compare(self, other: Self) -> Result<Ordering, AmountError> {
        self.same_asset(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The number alone, with all the asset's decimal places: `25.00`.
    pub fn digits(self) -> String {
        let places = usize::from(self.asset.decimals());
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.minor < 0 { "-" } else { "" };
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    fn same_asset(self, other: Self) -> Result<(), AmountError> {
        if self.asset == other.asset { Ok(()) } else { Err(AmountError::DifferentAssets(self.asset, other.asset)) }
    }
}

/// `25.00 USD`. Places beyond two are shown only where they are not zero: `1.50 USDC`, `0.000001 USDC`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = self.digits();
        if let Some(point) = digits.find('.') {
            while digits.len() > point + 3 && digits.ends_with('0') {
                digits.pop();
            }
        }
        let text = format!("{digits} {}", self.asset);
        // A precision would cut the text short, and show another amount.
        if f.precision().is_some() { f.write_str(&text) } else { f.pad(&text) }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    asset: Asset,
    #[serde(borrow)]
    minor: std::borrow::Cow<'a, str>,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Wire { asset: self.asset, minor: self.minor.to_string().into() }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(d)?;
        let minor: i128 =
            wire.minor.parse().map_err(|_| D::Error::custom(format!("{:?} is not a whole number of minor units", wire.minor)))?;
        // One amount has one spelling, so that digests of equal amounts are equal.
        if minor.to_string() != wire.minor {
            return Err(D::Error::custom(format!("{:?} is not in its shortest form, {minor}", wire.minor)));
        }
        Ok(Self::new(minor, wire.asset))
    }
}

impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A whole number of minor units of an asset.",
            "properties": {
                "asset": generator.subschema_for::<Asset>(),
                "minor": { "type": "string", "pattern": "^(0|-?[1-9][0-9]*)$" }
            },
            "required": ["asset", "minor"],
            "additionalProperties": false
        })
    }
}
