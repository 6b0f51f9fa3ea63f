//! One pass over JSON text that is known to be well formed, for what a parser into values can't see: repeated keys and numbers that would change.

use std::{borrow::Cow, collections::HashSet};

/// How deep arrays and objects may be nested.
pub(crate) const MOST_LEVELS: usize = 64;

/// What is wrong, and at which byte.
pub(crate) struct Finding {
    pub(crate) offset: usize,
    pub(crate) what: String,
    pub(crate) hint: &'static str,
}

/// Looks through well-formed JSON. Returns where the outermost object's `schema` has its value, and the value's text, if that is simple.
pub(crate) fn scan(text: &str) -> Result<Option<(usize, &str)>, Finding> {
    let bytes = text.as_bytes();
    // One entry for each open array or object: the keys so far, of an object.
    let mut open: Vec<Option<HashSet<Cow<'_, str>>>> = Vec::new();
    let (mut at, mut schema, mut schema_next) = (0, None, false);
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b'{' | b'[' => {
                if open.len() == MOST_LEVELS {
                    let what = format!("More than {MOST_LEVELS} levels are nested here.");
                    return Err(Finding { offset: at, what, hint: "Make the value flatter." });
                }
                open.push((byte == b'{').then(HashSet::new));
                schema_next = false;
                at + 1
            }
            b'}' | b']' => {
                open.pop();
                at + 1
            }
            b'"' => {
                let end = end_of_string(bytes, at);
                let token = &text[at..end];
                let is_key = bytes[end..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':');
                let depth = open.len();
                match open.last_mut() {
                    Some(Some(keys)) if is_key => {
                        let key = decoded(token);
                        schema_next = depth == 1 && key == "schema";
                        if !keys.insert(key.clone()) {
                            let what = format!("The key {key:?} stands twice in one object.");
                            return Err(Finding { offset: at, what, hint: "Keep one of the two." });
                        }
                    }
                    _ if std::mem::take(&mut schema_next) => schema = Some((at, token)),
                    _ => {}
                }
                end
            }
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..].iter().take_while(|b| b.is_ascii_digit() || b"+-.eE".contains(b)).count();
                let token = &text[at..at + length];
                if std::mem::take(&mut schema_next) {
                    schema = Some((at, token));
                }
                if !survives(token) {
                    let what = format!("The number {} would change when it is read.", short(token));
                    let hint = "Write it as text, in quotes; numbers here are 64-bit floating point, and whole numbers go to 9007199254740991.";
                    return Err(Finding { offset: at, what, hint });
                }
                at + length
            }
            b't' | b'f' | b'n' => {
                let length = bytes[at..].iter().take_while(|b| b.is_ascii_lowercase()).count();
                if std::mem::take(&mut schema_next) {
                    schema = Some((at, &text[at..at + length]));
                }
                at + length
            }
            _ => at + 1,
        };
        at = end;
    }
    Ok(schema)
}

/// The offset after the closing quote of the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn decoded(token: &str) -> Cow<'_, str> {
    if token.contains('\\') {
        serde_json::from_str::<String>(token).map_or(Cow::Borrowed(token), Cow::Owned)
    } else {
        Cow::Borrowed(token.trim_matches('"'))
    }
}

fn short(token: &str) -> String {
    if token.len() <= 40 { token.to_owned() } else { format!("{}…", &token[..40]) }
}

/// Whether a number has one meaning: as written, as read here, and in canonical JSON, where every number is a 64-bit float.
fn survives(token: &str) -> bool {
    let Ok(read) = token.parse::<f64>() else { return false };
    if !read.is_finite() {
        return false;
    }
    if !token.contains(['.', 'e', 'E']) {
        return token.parse::<i64>().is_ok_and(is_exact);
    }
    decimal(token) == decimal(&format!("{read:e}"))
}

/// Whether every whole number up to this one has a float of its own.
pub(crate) fn is_exact(number: i64) -> bool {
    number.unsigned_abs() < 1 << 53
}

/// A decimal number's sign, digits without outer zeros, and exponent: equal for equal numbers.
fn decimal(token: &str) -> (bool, String, i64) {
    let (negative, token) = token.strip_prefix('-').map_or((false, token), |rest| (true, rest));
    let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let dropped = i64::try_from(digits.len() - kept.len()).unwrap_or(i64::MAX);
    let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX / 2).saturating_sub(places).saturating_add(dropped);
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() { (negative, String::new(), 0) } else { (negative, kept.to_owned(), exponent) }
}
