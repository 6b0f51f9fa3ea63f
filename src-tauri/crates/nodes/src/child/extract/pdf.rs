//! The text of a PDF.

use std::panic::catch_unwind;

use engine::StepError;

use super::damaged;

/// Its text, page by page. What is only a picture gives nothing.
pub(super) fn text(document: &[u8]) -> Result<String, StepError> {
    if !document.starts_with(b"%PDF-") {
        return Err(damaged("PDF", &"it does not begin as one"));
    }
    // The library gives up on odd files by a panic.
    match catch_unwind(|| pdf_extract::extract_text_from_mem(document)) {
        Ok(Ok(text)) => Ok(text.trim().to_owned()),
        Ok(Err(error)) => Err(damaged("PDF", &error)),
        Err(_) => Err(damaged("PDF", &"it has something in it that can't be made sense of")),
    }
}
