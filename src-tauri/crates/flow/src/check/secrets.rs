//! Secrets written where only their names belong. No message here ever quotes a value.

use std::collections::HashSet;

use super::fields::{Field, escaped};
use crate::{Problem, Value};

/// What is known to begin secrets, how long such a secret is at least, and what it is.
const BEGINNINGS: [(&str, usize, &str); 26] = [
    ("sk-", 20, "an API key"),
    ("sk_live_", 16, "a payment provider's key"),
    ("sk_test_", 16, "a payment provider's key"),
    ("rk_live_", 16, "a payment provider's key"),
    ("whsec_", 16, "a webhook's secret"),
    ("ghp_", 20, "a code host's token"),
    ("gho_", 20, "a code host's token"),
    ("ghu_", 20, "a code host's token"),
    ("ghs_", 20, "a code host's token"),
    ("ghr_", 20, "a code host's token"),
    ("github_pat_", 20, "a code host's token"),
    ("glpat-", 20, "a code host's token"),
    ("npm_", 30, "a package registry's token"),
    ("pypi-", 30, "a package registry's token"),
    ("xoxb-", 15, "a chat token"),
    ("xoxp-", 15, "a chat token"),
    ("xoxa-", 15, "a chat token"),
    ("xoxr-", 15, "a chat token"),
    ("xoxs-", 15, "a chat token"),
    ("xapp-", 15, "a chat token"),
    ("AKIA", 20, "a cloud access key"),
    ("ASIA", 20, "a cloud access key"),
    ("AIza", 30, "a cloud API key"),
    ("ya29.", 20, "an access token"),
    ("hf_", 20, "an API token"),
    ("SG.", 30, "a mail provider's key"),
];

/// Parts of names of fields that hold secrets.
const TELLING: [&str; 12] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "api_key",
    "apikey",
    "authorization",
    "private_key",
    "privatekey",
    "credential",
    "mnemonic",
];

/// Parts of names of fields that hold 64 hexadecimal digits which are no secret.
const DIGESTS: [&str; 8] = ["digest", "sha256", "hash", "checksum", "blob", "tx", "block", "root"];

/// The characters between which a secret stands in a longer text.
const AROUND: [char; 18] = [' ', '\n', '\t', '\r', '"', '\'', '`', '=', ',', ';', '(', ')', '<', '>', '{', '}', '&', '|'];

/// Every secret that stands in a config, and every field of format `secret` that holds no name.
pub(super) fn find(config: &Value, fields: &[Field<'_>]) -> Vec<Problem> {
    let mut found = Vec::new();
    let names: HashSet<_> = fields.iter().filter(|field| field.format == "secret").map(|field| field.pointer.as_str()).collect();
    walk(config, &mut |pointer, name, value| {
        let Some(text) = value.as_str() else { return };
        let names_secret = names.contains(pointer);
        let telling = || (!names_secret).then(|| in_telling_field(name, text)).flatten();
        let what = looks_like(text).or_else(|| private_key(name, text)).or_else(telling);
        let message = match what {
            Some(what) => format!("This looks like {what} written out. Flow files are shared, so no secret may stand in one."),
            None if names_secret && !is_name(text) => "This must be the name of a secret, and is not a name.".to_owned(),
            None => return,
        };
        let hint = "Store the value with `assent secret set NAME`, and write only the name, in a field for secrets. If it was real, change it.";
        found.push(Problem::error("SECRET_VALUE", message, hint).field(pointer));
    });
    found
}

/// Calls `visit` with every value in a config that is neither object nor list: its JSON pointer, the name of its field, itself.
///
/// In a list of `{"name": …, "value": …}`, such as headers, the field's name is what `name` says.
pub(super) fn walk<'v>(config: &'v Value, visit: &mut dyn FnMut(&str, &str, &'v Value)) {
    // Own stack: a config may come from a program instead of a file, of any depth.
    let mut open = vec![(String::new(), "", config)];
    while let Some((pointer, name, value)) = open.pop() {
        match value {
            Value::Object(object) => {
                let given = ["name", "key", "header"].into_iter().find_map(|key| object.get(key)?.as_str());
                let inner = object.iter().map(|(key, value)| {
                    let name = given.filter(|_| key == "value").unwrap_or(key);
                    (format!("{pointer}/{}", escaped(key)), name, value)
                });
                open.extend(inner.collect::<Vec<_>>().into_iter().rev());
            }
            Value::Array(items) => {
                let inner = items.iter().enumerate().map(|(index, value)| (format!("{pointer}/{index}"), name, value));
                open.extend(inner.collect::<Vec<_>>().into_iter().rev());
            }
            simple => visit(&pointer, name, simple),
        }
    }
}

/// A secret's name.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What a text looks like by itself, whatever field it stands in.
fn looks_like(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    let parts = text.split(AROUND.as_slice()).flat_map(|part| [part, part.trim_start_matches(['/', ':', '@'])]);
    parts.into_iter().find_map(|part| {
        let known = BEGINNINGS
            .iter()
            .find(|(beginning, length, _)| part.starts_with(beginning) && part.len() >= *length && is_mixed(part));
        known
            .map(|(_, _, what)| *what)
            .or_else(|| is_jwt(part).then_some("a signed token"))
            .or_else(|| has_password(part).then_some("a password in an address"))
    })
}

/// A field's name, with one way of writing its words.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// 64 hexadecimal digits, unless the field's name says that they are something else.
fn private_key(name: &str, text: &str) -> Option<&'static str> {
    let is_digest = || DIGESTS.iter().any(|part| plain(name).contains(part));
    (text.split(AROUND.as_slice()).any(is_private_key) && !is_digest()).then_some("a private key")
}

/// A text of mixed characters in a field whose name says that it holds a secret.
fn in_telling_field(name: &str, text: &str) -> Option<&'static str> {
    let name = plain(name);
    let is_secret = |part: &str| part.len() >= 16 && is_mixed(part) && bits(part) >= 3.0;
    (TELLING.iter().any(|part| name.contains(part)) && text.split(AROUND.as_slice()).any(is_secret)).then_some("a secret")
}

/// 64 hexadecimal digits.
fn is_private_key(part: &str) -> bool {
    let digits = part.strip_prefix("0x").unwrap_or(part);
    digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && bits(digits) >= 2.5
}

/// Three parts in base64, the first of which begins a JSON object.
fn is_jwt(part: &str) -> bool {
    let is_base64 = |part: &str| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    part.starts_with("eyJ") && part.split('.').count() == 3 && part.split('.').all(is_base64)
}

/// `scheme://user:password@host`.
fn has_password(part: &str) -> bool {
    let authority = part.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

/// Secrets have digits among their letters; words and names with hyphens seldom do.
fn is_mixed(part: &str) -> bool {
    part.bytes().any(|b| b.is_ascii_digit()) && part.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Shannon's entropy of a text's bytes, in bits for each.
fn bits(part: &str) -> f64 {
    let mut counts = [0_u32; 256];
    part.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = part.bytes().map(|_| 1.0).sum::<f64>();
    let share = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length);
    -share.map(|share| share * share.log2()).sum::<f64>()
}
