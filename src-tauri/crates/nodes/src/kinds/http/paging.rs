//! Answers that come in several pages.

use engine::StepError;
use flow::{Problem, Value};
use reqwest::{
    Url,
    header::{HeaderMap, LINK},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::problem;

/// How the pages of an answer are found.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// What leads to the next page.
    by: Lead,
    /// Of pointer: where the next page's address stands in the body, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["/links/next"]))]
    pointer: Option<String>,
    /// Of number: the name of the parameter in the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["page"]))]
    parameter: Option<String>,
    /// Of number: the first page's.
    #[serde(default = "one")]
    first: u32,
    /// Where the list of things stands in the body, as a JSON pointer; the body itself where nothing is given.
    #[serde(default)]
    #[schemars(extend("examples" = ["/items"]))]
    items: String,
    /// The most pages.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 100))]
    most: u32,
}

fn one() -> u32 {
    1
}
fn ten() -> u32 {
    10
}

/// What leads to the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Lead {
    /// An address in the body.
    Pointer,
    /// The header Link.
    Link,
    /// A number that grows by one, until a page has nothing on it.
    Number,
}

impl Paging {
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut bad = |field: &str, message: String, hint: &str| {
            problems.push(problem("BAD_CONFIG", &format!("/paging/{field}"), message, hint))
        };
        for (field, value, lead) in [("pointer", &self.pointer, Lead::Pointer), ("parameter", &self.parameter, Lead::Number)] {
            match value {
                Some(_) if lead != self.by => bad(field, format!("This way of paging has no {field}."), "Leave it out."),
                None if lead == self.by => bad(field, format!("The paging lacks {field}."), "Fill it in."),
                _ => {}
            }
        }
        for (field, pointer) in [("pointer", self.pointer.as_deref().unwrap_or_default()), ("items", &*self.items)] {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                bad(field, format!("{pointer:?} is no JSON pointer."), "Begin it with /, such as /items.");
            }
        }
        problems
    }

    /// Whether no more pages than these may be read.
    pub(super) const fn is_enough(&self, pages: u32) -> bool {
        pages >= self.most
    }

    /// The first page's address.
    pub(super) fn first(&self, url: Url) -> Url {
        if self.by == Lead::Number { self.numbered(&url, self.first) } else { url }
    }

    /// The things on a page.
    pub(super) fn items(&self, mut page: Value) -> Result<Vec<Value>, StepError> {
        match page.pointer_mut(&self.items).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            other => {
                let found = other.map_or_else(|| "nothing".to_owned(), |other| crate::short(&other));
                let at = if self.items.is_empty() { "The page" } else { &self.items };
                Err(StepError::new("NO_LIST", format!("{at} is {found}, not a list."), "Correct paging.items."))
            }
        }
    }

    /// The address of the page after the one at `url`, the `pages`th that was read. On the same host: the gate has allowed no other.
    pub(super) fn next(&self, page: &Value, headers: &HeaderMap, url: &Url, pages: u32) -> Result<Option<Url>, StepError> {
        let next = match self.by {
            Lead::Number => {
                let some = page.pointer(&self.items).and_then(Value::as_array).is_some_and(|items| !items.is_empty());
                return Ok(some.then(|| self.numbered(url, self.first.saturating_add(pages))));
            }
            Lead::Pointer => match page.pointer(self.pointer.as_deref().unwrap_or_default()) {
                None | Some(Value::Null | Value::Bool(false)) => None,
                Some(Value::String(next)) => Some(next.clone()).filter(|next| !next.is_empty()),
                Some(other) => return Err(bad_next(&crate::short(other))),
            },
            Lead::Link => {
                headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_link).map(str::to_owned)
            }
        };
        let Some(text) = next else { return Ok(None) };
        let mut next = url.join(&text).map_err(|_| bad_next(&crate::short(&text.clone().into())))?;
        next.set_fragment(None);
        if next.origin() != url.origin() || !next.username().is_empty() || next.password().is_some() {
            let message =
                format!("The next page is on another host: {}.", crate::short(&next.origin().ascii_serialization().into()));
            return Err(StepError::new("OTHER_HOST", message, "Call that host by a node of its own."));
        }
        // A page that leads to itself is the last.
        Ok((next != *url).then_some(next))
    }

    fn numbered(&self, url: &Url, number: u32) -> Url {
        let name = self.parameter.as_deref().unwrap_or_default();
        let others: Vec<(String, String)> =
            url.query_pairs().filter(|(key, _)| key != name).map(|(key, value)| (key.into(), value.into())).collect();
        let mut url = url.clone();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, &number.to_string());
        url
    }
}

fn bad_next(what: &str) -> StepError {
    StepError::new("BAD_ADDRESS", format!("{what} is no address of a next page."), "Correct paging.pointer.")
}

/// The address that a Link header gives for `next`.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, link)) = rest.split_once('<') {
        let (address, behind) = link.split_once('>')?;
        let (own, others) = behind.split_at(behind.find('<').unwrap_or(behind.len()));
        let is_next = |parameter: &str| {
            let relations = parameter.trim().trim_end_matches(',').trim().strip_prefix("rel=").unwrap_or_default();
            relations.trim_matches('"').split(' ').any(|relation| relation.eq_ignore_ascii_case("next"))
        };
        if own.split(';').any(is_next) {
            return Some(address);
        }
        rest = others;
    }
    None
}
