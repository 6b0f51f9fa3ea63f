//! An amount of money as a CEL value: compared, added and taken away only within one asset.

use std::{any::Any, cmp::Ordering};

use ::money::{Amount, Asset};
use cel::{
    ExecutionError,
    common::{
        traits::{Adder, Comparer, Indexer, Subtractor},
        types::{CelString, Type},
        value::{CowVal, StaticVal, Val},
    },
};

use crate::Value;

/// The CEL type `money`.
pub(super) static MONEY: Type = Type::new_unspecified_type("money");

/// An amount in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Money(pub(super) Amount);

/// The amount that a JSON value is: an object with exactly the keys `asset` and `minor`, both as amounts are written.
pub(super) fn amount(value: &Value) -> Option<Amount> {
    let object = value.as_object().filter(|object| object.len() == 2)?;
    let (asset, minor) = (object.get("asset")?.as_str()?, object.get("minor")?.as_str()?);
    let asset = Asset::find(asset).ok().filter(|known| known.code() == asset)?;
    let number: i128 = minor.parse().ok()?;
    (number.to_string() == minor).then(|| Amount::new(number, asset))
}

/// Reads an amount as configs write it: `25.00 USD`.
///
/// # Errors
/// Why it is none, in plain words.
pub fn parse(text: &str) -> Result<Amount, String> {
    let (digits, asset) =
        text.split_once(' ').ok_or_else(|| format!("{text:?} is not an amount with its asset, such as 25.00 USD"))?;
    let asset = Asset::find(asset).map_err(|error| error.to_string())?;
    Amount::parse(digits, asset).map_err(|error| error.to_string())
}

/// A part of an amount by name: `asset`, `minor` (text), `amount` (`25.00`).
pub(super) fn part(amount: Amount, name: &str) -> Option<String> {
    match name {
        "asset" => Some(amount.asset().code().to_owned()),
        "minor" => Some(amount.minor().to_string()),
        "amount" => Some(amount.digits()),
        _ => None,
    }
}

/// An error of an operation on money.
pub(super) fn failed(why: impl ToString) -> ExecutionError {
    ExecutionError::function_error("money", why)
}

impl Money {
    fn of(other: &(dyn Val + '_), doing: &str) -> Result<Amount, ExecutionError> {
        let other = other.downcast_ref::<Self>().map(|money| money.0);
        other.ok_or_else(|| failed(format!("money can only be {doing} money; write an amount as money(\"25.00 USD\")")))
    }
}

impl Val for Money {
    fn get_type(&self) -> &Type {
        &MONEY
    }
    fn cel_type() -> &'static Type {
        &MONEY
    }
    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    fn as_comparer(&self) -> Option<&dyn Comparer> {
        Some(self)
    }
    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }
    // `==` itself is rewritten to a function that refuses two assets; see `rewrite`.
    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>() == Some(self)
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}
impl StaticVal for Money {}

impl Adder for Money {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let sum = self.0.checked_add(Self::of(other, "added to")?).map_err(failed)?;
        Ok(CowVal::owned(Self(sum)))
    }
}
impl Subtractor for Money {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let difference = self.0.checked_sub(Self::of(other, "taken from")?).map_err(failed)?;
        Ok(CowVal::owned(Self(difference)))
    }
}
impl Comparer for Money {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        self.0.compare(Self::of(other, "compared with")?).map_err(failed)
    }
}
impl Indexer for Money {
    fn get<'b, 'v>(&'b self, name: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = name.downcast_ref::<CelString<'_>>().map(|name| name.inner().to_owned()).unwrap_or_default();
        let part = part(self.0, &name).ok_or_else(|| ExecutionError::no_such_key(&name))?;
        Ok(CowVal::owned(CelString::from(part)))
    }
    fn steal<'v>(self: Box<Self>, name: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(name).map(CowVal::into_owned)
    }
}
