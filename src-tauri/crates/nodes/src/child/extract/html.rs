//! The text of a web page.

use engine::StepError;
use html2text::render::TrivialDecorator;

use super::{damaged, text as utf8};

/// Wide enough that no line of a paragraph is cut.
const WIDTH: usize = 1_000_000;

/// What a reader sees: no tags, no scripts, no styles; one line a paragraph.
pub(super) fn text(document: &[u8]) -> Result<String, StepError> {
    // Only text comes in, so that what comes out is what stands there.
    let page = utf8(document)?;
    html2text::config::with_decorator(TrivialDecorator::new())
        .raw_mode(true)
        .no_table_borders()
        .no_link_wrapping()
        .string_from_read(page.as_bytes(), WIDTH)
        .map_err(|error| damaged("HTML", &error))
}
