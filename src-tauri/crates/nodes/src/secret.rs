//! Secret values in memory, and taking them out of what comes back.

use std::fmt;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

/// What stands where a secret was found.
const REDACTED: &str = "[redacted]";
/// Shorter derived forms than this are not searched for: they would be found everywhere.
const LEAST_FORM: usize = 4;

/// A secret's value. Wiped from memory when dropped, never shown.
#[derive(Clone)]
pub struct Secret {
    /// What this secret is called.
    name: String,
    value: Zeroizing<String>,
}

impl Secret {
    /// A value under its name.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Zeroizing::new(value.into()) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value, for the one place that sends it.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// Finds secret values in what comes back, as they are and as they may be encoded, and takes them out.
#[derive(Default)]
pub struct Redactor {
    /// Longest first, so that no form is cut by one it contains.
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Redactor {
    /// For these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms: Vec<_> = secrets.into_iter().filter(|s| !s.value().is_empty()).flat_map(|s| forms(s.value())).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The bytes without any of the secrets.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.forms.iter().fold(bytes, |bytes, form| replace(bytes, form))
    }

    /// The text without any of the secrets.
    pub fn text(&self, text: impl Into<String>) -> String {
        // Forms are whole characters, so what is left is text still.
        String::from_utf8(self.bytes(text.into().into_bytes())).unwrap_or_else(|_| REDACTED.to_owned())
    }

    /// The value without any of the secrets, in keys, texts and numbers.
    pub fn value(&self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        if self.forms.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map.into_iter().map(|(key, item)| (self.text(key), self.value(item))).collect(),
            Value::Number(number) => match self.text(number.to_string()) {
                text if text == number.to_string() => Value::Number(number),
                text => Value::String(text),
            },
            Value::Null | Value::Bool(_) => value,
        }
    }
}

fn replace(bytes: Vec<u8>, form: &[u8]) -> Vec<u8> {
    let mut found = bytes.windows(form.len()).enumerate().filter(|(_, window)| *window == form).map(|(at, _)| at).peekable();
    if found.peek().is_none() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in found {
        if at >= from {
            out.extend_from_slice(&bytes[from..at]);
            out.extend_from_slice(REDACTED.as_bytes());
            from = at + form.len();
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out
}

/// The value, and what it looks like in base64 (at any offset, either alphabet), in hexadecimal, URL-encoded and inside JSON text.
fn forms(value: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut encoded: Vec<String> = Vec::new();
    for offset in 0..3 {
        let bytes = Zeroizing::new([&[0; 3][..offset], value.as_bytes()].concat());
        // The first characters depend on what stands before, the last on what stands behind; those between are always the same.
        let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&*bytes), URL_SAFE_NO_PAD.encode(&*bytes)] {
            encoded.extend(text.get(first..last).map(str::to_owned));
        }
    }
    encoded.extend([hexadecimal(value), hexadecimal(value).to_uppercase()]);
    encoded.extend(url_encoded(value));
    encoded.extend(serde_json::to_string(value).ok().map(|quoted| quoted[1..quoted.len() - 1].to_owned()));
    let derived = encoded.into_iter().filter(|form| form.len() >= LEAST_FORM).map(|form| Zeroizing::new(form.into_bytes()));
    std::iter::once(Zeroizing::new(value.as_bytes().to_vec())).chain(derived).collect()
}

fn hexadecimal(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// URL-encoded: upper and lower hexadecimal digits, a space as `%20` and as `+`.
fn url_encoded(value: &str) -> [String; 4] {
    let encode = |upper: bool, plus: bool| {
        value.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
                b' ' if plus => out.push('+'),
                _ if upper => out.push_str(&format!("%{byte:02X}")),
                _ => out.push_str(&format!("%{byte:02x}")),
            }
            out
        })
    };
    [encode(true, false), encode(true, true), encode(false, false), encode(false, true)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::json;

    use super::*;

    const VALUE: &str = "s3cr3t/+ v\"lue~é";

    fn redactor() -> Redactor {
        Redactor::new(&[Secret::new("key", VALUE)])
    }

    /// Whether an attacker who knows the encodings finds the value, or half of it, in a text.
    fn leaks(text: &str) -> bool {
        let half = &VALUE[..8];
        [half.to_owned(), STANDARD.encode(half)[..8].to_owned(), hexadecimal(half), url_encoded(half)[0].clone()]
            .iter()
            .any(|form| text.contains(form))
    }

    #[test]
    fn every_form_is_taken_out() {
        let mut texts = vec![VALUE.to_owned(), json!(VALUE).to_string(), hexadecimal(VALUE), hexadecimal(VALUE).to_uppercase()];
        texts.extend(url_encoded(VALUE));
        for around in ["", "a", "ab", "user:", "xxxxx"] {
            for behind in ["", "z", "zz", "zzz"] {
                let whole = format!("{around}{VALUE}{behind}");
                texts.push(STANDARD.encode(&whole));
                texts.push(URL_SAFE.encode(&whole));
                texts.push(whole);
            }
        }
        for text in texts {
            let clean = redactor().text(format!("before {text} after"));
            assert!(clean.contains(REDACTED) && !leaks(&clean), "{text} became {clean}");
            assert!(clean.starts_with("before ") && clean.ends_with(" after"));
        }
    }

    #[test]
    fn keys_texts_and_numbers_are_searched() {
        let redactor = Redactor::new(&[Secret::new("pin", "12345678"), Secret::new("word", "open sesame")]);
        let clean = redactor.value(json!({"open sesame": [12_345_678, {"a": "x open sesame y"}, 12.5, true, null]}));
        assert_eq!(clean, json!({"[redacted]": ["[redacted]", {"a": "x [redacted] y"}, 12.5, true, null]}));
    }

    #[test]
    fn other_text_stays() {
        for text in ["", "nothing here", "s3cr3t", "é~"] {
            assert_eq!(redactor().text(text), text);
        }
        assert_eq!(Redactor::default().text("x"), "x");
        assert_eq!(Redactor::new(&[Secret::new("empty", "")]).text("abc"), "abc");
    }

    #[test]
    fn debug_shows_only_the_name() {
        assert_eq!(format!("{:?}", Secret::new("key", VALUE)), "Secret(key)");
    }
}
