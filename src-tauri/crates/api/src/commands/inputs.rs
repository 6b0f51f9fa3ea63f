//! What a run is given: names and values from the command line or another caller, as the flow's input nodes want them.

use std::str::FromStr;

use flow::{Flow, Port, Type, Value, Values};
use money::{Amount, Asset};
use nodes::FileValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, App, upload::Upload};

/// One input of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name, as the flow's input node has it.
    pub name: String,
    /// What it is given.
    pub value: Given,
}

/// A value as it was given; what it means depends on the input's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Given {
    /// Text: for `text` as it is, for `money` such as `25.00 USD`, else JSON.
    Text(String),
    /// A value.
    Json(Value),
    /// A file: for `file` and `audio` itself, else what is written in it.
    File(Upload),
}

impl FromStr for Input {
    type Err = String;
    /// From `name=value`, or `name=@file`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, or NAME=@FILE")?;
        let value = match value.strip_prefix('@') {
            Some(file) => Given::File(Upload::read(file).map_err(|error| format!("{file}: {error}"))?),
            None => Given::Text(value.to_owned()),
        };
        Ok(Self { name: name.to_owned(), value })
    }
}

/// The inputs of a flow from what was given. Files go into the store.
pub(crate) async fn values(app: &App, flow: &Flow, given: &[Input]) -> Result<Values, ApiError> {
    let ports = nodes::flow_inputs(flow);
    let names = ports.iter().map(|port| &*port.name).collect::<Vec<_>>().join(", ");
    let mut values = Values::new();
    for input in given {
        let Some(port) = ports.iter().find(|port| port.name == input.name) else {
            let known = if names.is_empty() { "It takes none.".to_owned() } else { format!("It takes {names}.") };
            return Err(ApiError::bad_request(format!("The flow {} has no input {:?}.", flow.id, input.name), known));
        };
        if values.get(&port.name).is_some() {
            return Err(ApiError::bad_request(format!("The input {:?} is given twice.", port.name), "Give it once."));
        }
        values.insert(&*port.name, value(app, port, &input.value).await?);
    }
    let missing: Vec<_> = ports.iter().filter(|port| port.required && values.get(&port.name).is_none()).collect();
    if let Some(port) = missing.first() {
        let all = missing.iter().map(|port| format!("{} ({})", port.name, port.ty)).collect::<Vec<_>>().join(", ");
        let form = if matches!(port.ty, Type::File | Type::Audio) { "@FILE" } else { "VALUE" };
        return Err(ApiError::bad_request(
            format!("The flow {} needs inputs that were not given: {all}.", flow.id),
            format!("Add `--input {}={form}`.", port.name),
        ));
    }
    Ok(values)
}

async fn value(app: &App, port: &Port, given: &Given) -> Result<Value, ApiError> {
    if let (Type::File | Type::Audio, Given::File(upload)) = (&port.ty, given) {
        let bytes = upload.bytes()?;
        let size = u64::try_from(bytes.len()).map_err(ApiError::internal)?;
        let digest = app.home()?.store.put_blob(bytes).await?;
        let file = FileValue { name: upload.name.clone(), media: upload.media.clone(), bytes: size, digest };
        return crate::command::to_json(&file);
    }
    let text = match given {
        Given::Json(value) => return Ok(value.clone()),
        Given::Text(text) => text.clone(),
        Given::File(upload) => String::from_utf8(upload.bytes()?).map_err(|_| {
            ApiError::bad_request(format!("{} is not text, and {:?} takes {}.", upload.name, port.name, port.ty), "")
        })?,
    };
    from_text(port, &text)
}

fn from_text(port: &Port, text: &str) -> Result<Value, ApiError> {
    let wrong =
        |hint: &str| ApiError::bad_request(format!("The input {:?} takes {}, and {text:?} is none.", port.name, port.ty), hint);
    let json =
        |fits: fn(&Value) -> bool, hint: &str| serde_json::from_str::<Value>(text).ok().filter(fits).ok_or_else(|| wrong(hint));
    match &port.ty {
        Type::Text => Ok(Value::String(text.to_owned())),
        Type::Money => {
            let amount = amount(text).ok_or_else(|| wrong("Write an amount and its asset, such as 25.00 USD."))?;
            crate::command::to_json(&amount)
        }
        Type::Number => json(Value::is_number, "Write a number such as 12.5."),
        Type::Bool => json(Value::is_boolean, "Write true or false."),
        Type::List(_) => json(Value::is_array, "Write a JSON array."),
        Type::File | Type::Audio => Err(wrong("Name a file with @, such as audio=@recording.wav.")),
        Type::Intent | Type::Verdict | Type::Receipt => json(Value::is_object, "Write a JSON object."),
        Type::Json => json(|_| true, "Write JSON; text stands in double quotation marks."),
        Type::Any => Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))),
    }
}

/// An amount with its asset: `25.00 USD`.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    let (digits, asset) = text.trim().split_once(' ')?;
    Amount::parse(digits, Asset::find(asset.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn text_becomes_what_the_port_takes() {
        let read = |ty: Type, text: &str| from_text(&Port::new("it", ty), text);
        assert_eq!(read(Type::Text, "12").unwrap(), "12");
        assert_eq!(read(Type::Number, "12").unwrap(), 12);
        assert_eq!(read(Type::Any, "12").unwrap(), 12);
        assert_eq!(read(Type::Any, "twelve").unwrap(), "twelve");
        assert_eq!(read(Type::Money, "25.00 usd").unwrap(), serde_json::json!({ "asset": "USD", "minor": "2500" }));
        for (ty, text) in
            [(Type::Number, "twelve"), (Type::Bool, "yes"), (Type::Money, "25"), (Type::Audio, "a.wav"), (Type::Json, "a")]
        {
            let error = read(ty, text).unwrap_err();
            assert!(error.message.contains(text) && !error.hint.is_empty(), "{error:?}");
        }
    }

    #[test]
    fn an_argument_names_its_input() {
        let input: Input = "note=a=b".parse().unwrap();
        assert_eq!((&*input.name, input.value), ("note", Given::Text("a=b".into())));
        assert!("note".parse::<Input>().is_err());
        assert!("audio=@no-such-file.wav".parse::<Input>().unwrap_err().starts_with("no-such-file.wav: "));
    }
}
