//! How much work an expression may do: a budget that every evaluation draws from.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cel::{
    ExecutionError,
    common::{
        types::{CelBool, CelBytes, CelList, CelMap, CelMapKey, CelNull, CelString, Type},
        value::{CowVal, StaticVal, Val},
    },
};

use super::{
    convert,
    money::{self, Money},
};

/// How much one evaluation may do. One unit is about one value looked at or 16 bytes of text.
const BUDGET: u64 = 2_000_000;

/// The CEL type of the meter; no expression can name it or get hold of one.
pub(super) static METER: Type = Type::new_unspecified_type("@meter");

/// What is left of the budget of one evaluation, shared by all its copies.
#[derive(Debug, Clone)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(BUDGET)))
    }

    /// Draws from the budget. Once it doesn't suffice, nothing is left.
    pub(super) fn draw(&self, units: u64) -> Result<(), ExecutionError> {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(units);
        self.0.store(left, Ordering::Relaxed);
        if left == 0 { Err(ExecutionError::function_error("limit", "the expression does too much work")) } else { Ok(()) }
    }

    /// Whether it ever didn't suffice. Also true where `||` passed over the error.
    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

impl Val for Meter {
    fn get_type(&self) -> &Type {
        &METER
    }
    fn cel_type() -> &'static Type {
        &METER
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}
impl StaticVal for Meter {}

type Args<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// Takes the meter, the last argument, off.
fn metered(args: &mut Args<'_, '_>) -> Result<Meter, ExecutionError> {
    let meter = args.pop().and_then(|meter| meter.downcast_ref::<Meter>().cloned());
    meter.ok_or_else(|| ExecutionError::function_error("limit", "an operation came without its meter"))
}

fn one<'b, 'v>(args: &mut Args<'b, 'v>) -> Outcome<'b, 'v> {
    args.pop().ok_or_else(ExecutionError::missing_argument_or_target)
}

fn text_units(bytes: usize) -> u64 {
    1 + u64::try_from(bytes).unwrap_or(u64::MAX) / 16
}

/// Draws for one value without what is in it.
fn draw_shallow(value: &dyn Val, meter: &Meter) -> Result<(), ExecutionError> {
    let text = value.downcast_ref::<CelString<'_>>().map(|text| text.inner().len());
    let bytes = text.or_else(|| value.downcast_ref::<CelBytes<'_>>().map(|bytes| bytes.inner().len()));
    meter.draw(text_units(bytes.unwrap_or(0)))
}

/// Draws for a value and all that is in it, and stops where the budget ends.
fn draw_deep(value: &dyn Val, meter: &Meter) -> Result<(), ExecutionError> {
    draw_shallow(value, meter)?;
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        list.inner().iter().try_for_each(|item| draw_deep(item.as_ref(), meter))?;
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        map.inner().iter().try_for_each(|(key, value)| {
            draw_shallow(key.inner(), meter)?;
            draw_deep(value.as_ref(), meter)
        })?;
    }
    Ok(())
}

/// `@touch(value, meter)`: the value, of which only its own bytes are read.
pub(super) fn touch<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let meter = metered(&mut args)?;
    let value = one(&mut args)?;
    draw_shallow(value.as_ref(), &meter)?;
    Ok(value)
}

/// `@weigh(value, meter)`: the value, which is about to be copied whole.
pub(super) fn weigh<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let meter = metered(&mut args)?;
    let value = one(&mut args)?;
    draw_deep(value.as_ref(), &meter)?;
    Ok(value)
}

/// `@range(value, meter)`: what a comprehension goes over. Keys of a map come in order, so that results do not depend on hashing.
pub(super) fn range<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let value = weigh(args)?;
    let Some(map) = value.downcast_ref::<CelMap<'v>>() else { return Ok(value) };
    let mut keys: Vec<_> = map.inner().keys().collect();
    keys.sort_unstable();
    Ok(CowVal::owned(CelList::from(keys.into_iter().map(|key| key.inner().clone_as_boxed()).collect::<Vec<Box<dyn Val + 'v>>>())))
}

/// `@equal(a, b, meter)`: equality as CEL has it, but an error where money meets another asset or what is not money.
pub(super) fn equal<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let meter = metered(&mut args)?;
    let (right, left) = (one(&mut args)?, one(&mut args)?);
    are_equal(left.as_ref(), right.as_ref(), &meter).map(|truth| CowVal::owned(CelBool::from(truth)))
}

/// `@within(item, container, meter)`: `in`, with that equality.
pub(super) fn within<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let meter = metered(&mut args)?;
    let (container, item) = (one(&mut args)?, one(&mut args)?);
    draw_shallow(item.as_ref(), &meter)?;
    let truth = if let Some(list) = container.downcast_ref::<CelList<'_>>() {
        let mut found = false;
        for candidate in list.inner() {
            found |= are_equal(candidate.as_ref(), item.as_ref(), &meter)?;
        }
        found
    } else {
        let types = || vec![item.get_type().name().to_owned(), container.get_type().name().to_owned()];
        container.as_container().ok_or_else(|| ExecutionError::no_such_overload("in", types()))?.contains(item.as_ref())?
    };
    Ok(CowVal::owned(CelBool::from(truth)))
}

fn are_equal(left: &dyn Val, right: &dyn Val, meter: &Meter) -> Result<bool, ExecutionError> {
    draw_shallow(left, meter)?;
    draw_shallow(right, meter)?;
    let is_null = |value: &dyn Val| value.downcast_ref::<CelNull>().is_some();
    match (left.downcast_ref::<Money>(), right.downcast_ref::<Money>()) {
        (Some(Money(left)), Some(Money(right))) => left.compare(*right).map(|order| order.is_eq()).map_err(money::failed),
        (Some(_), None) if !is_null(right) => Err(not_money(right)),
        (None, Some(_)) if !is_null(left) => Err(not_money(left)),
        _ => match (left.downcast_ref::<CelList<'_>>(), right.downcast_ref::<CelList<'_>>()) {
            (Some(left), Some(right)) => {
                let mut same = left.inner().len() == right.inner().len();
                for (left, right) in left.inner().iter().zip(right.inner()) {
                    same &= are_equal(left.as_ref(), right.as_ref(), meter)?;
                }
                Ok(same)
            }
            _ => match (left.downcast_ref::<CelMap<'_>>(), right.downcast_ref::<CelMap<'_>>()) {
                (Some(left), Some(right)) => maps_are_equal(left.inner(), right, meter),
                _ => Ok(left.equals(right)),
            },
        },
    }
}

fn maps_are_equal(
    left: &HashMap<CelMapKey<'_>, Box<dyn Val + '_>>,
    right: &CelMap<'_>,
    meter: &Meter,
) -> Result<bool, ExecutionError> {
    use cel::common::traits::Indexer;
    let mut same = left.len() == right.inner().len();
    for (key, left) in left {
        draw_shallow(key.inner(), meter)?;
        match right.get(key.inner()) {
            Ok(right) => same &= are_equal(left.as_ref(), right.as_ref(), meter)?,
            Err(_) => same = false,
        }
    }
    Ok(same)
}

fn not_money(other: &dyn Val) -> ExecutionError {
    let name = other.get_type().name();
    money::failed(format!("money can't be compared with {name}; write an amount as money(\"25.00 USD\")"))
}

/// `@matches(text, pattern, meter)`: what a regular expression costs to compile counts too.
pub(super) fn matches<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let meter = metered(&mut args)?;
    for arg in &args {
        draw_shallow(arg.as_ref(), &meter)?;
    }
    if let Some(pattern) = args.last().and_then(|pattern| pattern.downcast_ref::<CelString<'_>>()) {
        let pattern = pattern.inner();
        let length = u64::try_from(pattern.len()).unwrap_or(u64::MAX);
        // A counted repetition can make a short pattern large.
        meter.draw(200_u64.saturating_add(length.saturating_mul(20)).saturating_add(if pattern.contains('{') {
            50_000
        } else {
            0
        }))?;
    }
    convert::call("matches", args)
}

/// `money(text)`: `money("25.00 USD")`, or an amount as it is.
pub(super) fn money<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let value = one(&mut args)?;
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return money::parse(text.inner()).map(|amount| CowVal::owned(Money(amount))).map_err(money::failed);
    }
    if value.downcast_ref::<Money>().is_some() { Ok(value) } else { Err(not_money(value.as_ref())) }
}

/// `string(money)`: `25.00 USD`.
pub(super) fn money_to_string<'b, 'v>(mut args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let value = one(&mut args)?;
    let Some(Money(amount)) = value.downcast_ref::<Money>() else { return Err(not_money(value.as_ref())) };
    Ok(CowVal::owned(CelString::from(amount.to_string())))
}
