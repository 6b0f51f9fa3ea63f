//! The types of ports, and the one rule of which wire fits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What a port carries. Written `text`, `money`, `list<money>` ….
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Type {
    /// Any value; what reads it looks for itself.
    Any,
    /// A string.
    Text,
    /// A JSON number. Never money.
    Number,
    /// True or false.
    Bool,
    /// Any JSON, as data.
    Json,
    /// An amount with its asset: `{"asset":"USD","minor":"2500"}`.
    Money,
    /// What somebody wants to pay.
    Intent,
    /// What the gate said. Information, never authority.
    Verdict,
    /// The proof of a settlement.
    Receipt,
    /// A file: its name, media type, size and the digest of its bytes.
    File,
    /// A sound file.
    Audio,
    /// Several of one type, in order.
    List(Box<Type>),
}

/// The simple types and how they are written.
const SIMPLE: [(Type, &str); 11] = [
    (Type::Any, "any"),
    (Type::Text, "text"),
    (Type::Number, "number"),
    (Type::Bool, "bool"),
    (Type::Json, "json"),
    (Type::Money, "money"),
    (Type::Intent, "intent"),
    (Type::Verdict, "verdict"),
    (Type::Receipt, "receipt"),
    (Type::File, "file"),
    (Type::Audio, "audio"),
];

impl Type {
    /// A list of this type.
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// The one rule: whether a value of this type may go into a port of type `into`.
    ///
    /// The same type fits; anything fits `any` and `any` fits anything (what reads it checks); anything but a sound or a file fits
    /// `json`, since it is JSON; a sound is a file; a list fits where its element does.
    pub fn fits(&self, into: &Self) -> bool {
        match (self, into) {
            (a, b) if a == b => true,
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Audio, Self::File) => true,
            (Self::List(a), Self::List(b)) => a.fits(b),
            (Self::List(a), Self::Json) => a.fits(&Self::Json),
            (Self::Audio | Self::File, Self::Json) => false,
            (_, Self::Json) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(of) => write!(f, "list<{of}>"),
            simple => f.write_str(SIMPLE.iter().find(|(ty, _)| ty == simple).map_or("any", |(_, name)| name)),
        }
    }
}

/// Not the name of a port type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a port type; types are any, text, number, bool, json, money, intent, verdict, receipt, file, audio and list<…>"
)]
pub struct UnknownType(String);

impl FromStr for Type {
    type Err = UnknownType;
    fn from_str(text: &str) -> Result<Self, UnknownType> {
        // Depth is bounded by hand: a hostile file may nest a thousand lists.
        let mut inner = text;
        let mut depth = 0;
        while let Some(of) = inner.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
            inner = of;
            depth += 1;
        }
        let (simple, _) =
            SIMPLE.iter().find(|(_, name)| *name == inner).filter(|_| depth <= 8).ok_or_else(|| UnknownType(text.to_owned()))?;
        Ok((0..depth).fold(simple.clone(), |ty, _| ty.list()))
    }
}
impl From<Type> for String {
    fn from(ty: Type) -> Self {
        ty.to_string()
    }
}
impl TryFrom<String> for Type {
    type Error = UnknownType;
    fn try_from(text: String) -> Result<Self, UnknownType> {
        text.parse()
    }
}
impl schemars::JsonSchema for Type {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Type".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(list<)*(any|text|number|bool|json|money|intent|verdict|receipt|file|audio)>*$" })
    }
}
