//! JSON values into CEL values and back.

use std::collections::HashMap;

use cel::{
    ExecutionError,
    common::{
        types::{
            CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt, DURATION_TYPE, TIMESTAMP_TYPE,
        },
        value::{CowVal, Val},
    },
};

use super::{
    money::{self, Money},
    rewrite::ENV,
};
use crate::Value;

/// How deep a value may be nested.
const MOST_LEVELS: usize = 128;

/// The CEL value of a JSON value. Objects that are amounts become money.
pub(super) fn to_cel(value: &Value) -> Result<Box<dyn Val>, &'static str> {
    to_cel_at(value, 0)
}

fn to_cel_at(value: &Value, level: usize) -> Result<Box<dyn Val>, &'static str> {
    if level > MOST_LEVELS {
        return Err("a value is nested too deeply");
    }
    Ok(match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Box::new(CelInt::from(whole)),
            (None, Some(large)) => Box::new(CelUInt::from(large)),
            (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text.clone())),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| to_cel_at(item, level + 1)).collect();
            Box::new(CelList::from(items?))
        }
        Value::Object(object) => match money::amount(value) {
            Some(amount) => Box::new(Money(amount)),
            None => {
                let entries = object.iter().map(|(key, value)| Ok((CelMapKey::from(key.clone()), to_cel_at(value, level + 1)?)));
                Box::new(CelMap::from(entries.collect::<Result<HashMap<_, _>, &'static str>>()?))
            }
        },
    })
}

/// The JSON value of a CEL value. What JSON can't hold is an error: bytes, types, numbers that are not finite or not exact.
pub(super) fn to_json(value: &dyn Val) -> Result<Value, String> {
    to_json_at(value, 0)
}

fn to_json_at(value: &dyn Val, level: usize) -> Result<Value, String> {
    if level > MOST_LEVELS {
        return Err("the result is nested too deeply".to_owned());
    }
    let name = value.get_type().name();
    let whole = |number: i64| match crate::scan::is_exact(number) {
        true => Ok(Value::from(number)),
        false => Err(format!("the result {number} is more than a JSON number holds exactly; use string(…)")),
    };
    if value.downcast_ref::<CelNull>().is_some() {
        Ok(Value::Null)
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        Ok(Value::Bool(*truth.inner()))
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        whole(*number.inner())
    } else if let Some(number) = value.downcast_ref::<CelUInt>() {
        whole(i64::try_from(*number.inner()).unwrap_or(i64::MAX))
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        serde_json::Number::from_f64(*number.inner())
            .map(Value::Number)
            .ok_or_else(|| "the result is not a finite number".to_owned())
    } else if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        Ok(Value::String(text.inner().to_owned()))
    } else if let Some(Money(amount)) = value.downcast_ref::<Money>() {
        serde_json::to_value(amount).map_err(|error| error.to_string())
    } else if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        list.inner().iter().map(|item| to_json_at(item.as_ref(), level + 1)).collect()
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let entries = map.inner().iter().map(|(key, value)| match key {
            CelMapKey::String(key) => Ok((key.inner().to_owned(), to_json_at(value.as_ref(), level + 1)?)),
            _ => Err("the result has keys that are not text; JSON needs text".to_owned()),
        });
        entries.collect::<Result<_, _>>().map(Value::Object)
    } else if *value.get_type() == TIMESTAMP_TYPE || *value.get_type() == DURATION_TYPE {
        let text = call("string", vec![CowVal::Borrowed(value)]).map_err(|error| error.to_string())?;
        to_json_at(text.as_ref(), level + 1)
    } else {
        Err(format!("the result is of type {name}, which has no JSON form"))
    }
}

/// The timestamp of so many milliseconds since the epoch.
pub(super) fn timestamp(milliseconds: i64) -> Result<Box<dyn Val>, String> {
    let text = CelString::from(rfc3339(milliseconds)?);
    call("timestamp", vec![CowVal::owned(text)]).map(CowVal::into_owned).map_err(|error| error.to_string())
}

/// The same as text.
pub(super) fn rfc3339(milliseconds: i64) -> Result<String, String> {
    jiff::Timestamp::from_millisecond(milliseconds).map(|time| time.to_string()).map_err(|error| error.to_string())
}

/// Calls a function of the standard library.
pub(super) fn call<'b, 'v>(name: &str, args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let types = || args.iter().map(|arg| arg.get_type().name().to_owned()).collect();
    match ENV.find_overload(name, &args) {
        Some(function) => function(args),
        None => Err(ExecutionError::no_such_overload(name, types())),
    }
}
