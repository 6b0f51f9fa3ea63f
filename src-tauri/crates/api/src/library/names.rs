//! Names of flows and folders, as they may stand in a path.

use unicode_normalization::UnicodeNormalization as _;

use crate::ApiError;

/// Ids are file names; this leaves room for the ending on every file system.
const LONGEST_ID: usize = 100;
const LONGEST_FOLDER: usize = 200;

/// Whether this may be a flow's id: lower-case words joined by `-`.
pub(crate) fn checked_id(id: &str) -> Result<(), ApiError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(fits) {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("{id:?} is not a flow's id."), "Use letters, digits and hyphens, 100 at most."))
}

/// A folder's name as it is kept: parts joined by `/`, none of them a way out.
pub(crate) fn checked_folder(folder: &str) -> Result<String, ApiError> {
    let parts: Vec<&str> = folder.split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
    let bad = |part: &&str| {
        part.starts_with('.')
            || part.chars().any(|c| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
    };
    if let Some(part) = parts.iter().find(|part| bad(part)) {
        return Err(ApiError::bad_request(
            format!("A folder can't be named {part:?}."),
            "Use letters, digits, spaces and hyphens; no leading dot.",
        ));
    }
    if parts.len() > 8 || folder.len() > LONGEST_FOLDER {
        return Err(ApiError::bad_request(
            "The folder's name is too long.",
            "Use at most 8 folders in each other, 200 characters.",
        ));
    }
    Ok(parts.join("/"))
}

/// An id made from a name: `Zahlung an Zoë` gives `zahlung-an-zoe`.
pub(crate) fn slug(name: &str) -> String {
    let mut id = String::new();
    for c in name.nfkd().filter(char::is_ascii).take(LONGEST_ID / 2) {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') && matches!(c, ' ' | '-' | '_' | '.' | '/' | ',') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "flow".to_owned() } else { id.to_owned() }
}

/// The id itself, or with the first number that makes it one that is not taken.
pub(crate) fn free_id(wanted: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|id| !taken(id)).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_made_from_names() {
        for (name, id) in
            [("Hello", "hello"), ("  Zahlung an Zoë ", "zahlung-an-zoe"), ("a/b_c", "a-b-c"), ("送金", "flow"), ("-- --", "flow")]
        {
            assert_eq!(slug(name), id, "{name}");
            checked_id(&slug(name)).unwrap();
        }
        assert_eq!(free_id("a", &|id| ["a", "a-2"].contains(&id)), "a-3");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for folder in ["..", "a/../b", ".git", "a\\b", "c:", "a\0b"] {
            assert!(checked_folder(folder).is_err(), "{folder:?}");
        }
        assert_eq!(checked_folder(" a / b c//").unwrap(), "a/b c");
        for id in ["", "../a", "a.b", "a/b", "ä"] {
            assert!(checked_id(id).is_err(), "{id:?}");
        }
    }
}
