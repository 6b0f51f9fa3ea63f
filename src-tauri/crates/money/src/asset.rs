//! The assets that amounts can be in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is known of an asset.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct AssetInfo {
    /// How it is written, and its identity: `USD`, `USDC`, `ETH`, `credits`.
    pub code: &'static str,
    /// How many decimal places one whole unit has.
    pub decimals: u8,
    /// The sign that may stand before an amount, if it has one: `$`.
    pub symbol: Option<&'static str>,
    /// One whole unit, in words, for reading aloud: `dollar`.
    pub unit: &'static str,
    /// Several whole units, in words: `dollars`.
    pub units: &'static str,
    /// A hundredth, in words, where people say it: `cent`, `cents`.
    pub hundredth: Option<(&'static str, &'static str)>,
}

/// Every asset that is known.
pub static ASSETS: &[AssetInfo] = &[
    AssetInfo {
        code: "USD",
        decimals: 2,
        symbol: Some("$"),
        unit: "dollar",
        units: "dollars",
        hundredth: Some(("cent", "cents")),
    },
    AssetInfo { code: "EUR", decimals: 2, symbol: Some("€"), unit: "euro", units: "euros", hundredth: Some(("cent", "cents")) },
    AssetInfo {
        code: "GBP",
        decimals: 2,
        symbol: Some("£"),
        unit: "pound",
        units: "pounds",
        hundredth: Some(("penny", "pence")),
    },
    AssetInfo { code: "USDC", decimals: 6, symbol: None, unit: "USDC", units: "USDC", hundredth: None },
    AssetInfo { code: "USDT", decimals: 6, symbol: None, unit: "USDT", units: "USDT", hundredth: None },
    AssetInfo { code: "ETH", decimals: 18, symbol: None, unit: "ETH", units: "ETH", hundredth: None },
    AssetInfo { code: "credits", decimals: 2, symbol: None, unit: "credit", units: "credits", hundredth: None },
];

/// A known asset. Cheap to copy; two are equal when their codes are.
#[derive(Clone, Copy)]
pub struct Asset(&'static AssetInfo);

/// No asset has this code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no asset is called {0:?}; known are {known}", known = ASSETS.iter().map(|a| a.code).collect::<Vec<_>>().join(", "))]
pub struct UnknownAsset(pub String);

impl Asset {
    /// The asset with this code, upper or lower case.
    pub fn find(code: &str) -> Result<Self, UnknownAsset> {
        ASSETS.iter().find(|a| a.code.eq_ignore_ascii_case(code)).map(Self).ok_or_else(|| UnknownAsset(code.to_owned()))
    }

    /// What is known of it.
    pub fn info(self) -> &'static AssetInfo {
        self.0
    }

    /// Its code, as it is written.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Its decimal places.
    pub fn decimals(self) -> u8 {
        self.0.decimals
    }
}

impl PartialEq for Asset {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}
impl Eq for Asset {}
impl PartialOrd for Asset {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Asset {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.code.cmp(other.0.code)
    }
}
impl std::hash::Hash for Asset {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.code.hash(state);
    }
}
impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}
impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.code)
    }
}
impl Serialize for Asset {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.code)
    }
}
impl<'de> Deserialize<'de> for Asset {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        let asset = Self::find(&code).map_err(serde::de::Error::custom)?;
        // One asset has one spelling, so that digests of equal amounts are equal.
        if asset.code() == code { Ok(asset) } else { Err(serde::de::Error::custom(UnknownAsset(code.into_owned()))) }
    }
}
impl schemars::JsonSchema for Asset {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Asset".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": ASSETS.iter().map(|a| a.code).collect::<Vec<_>>() })
    }
}
