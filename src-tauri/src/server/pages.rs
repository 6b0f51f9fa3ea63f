//! The user interface's files, as they were built into this program.

use api::Surface;
use axum::{
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "ui/dist"]
struct Built;

/// The pages themselves; all else is what they load.
const STUDIO: &str = "index.html";
const APPROVALS: &str = "approval.html";

/// A file, or the surface's page for any other path: the page knows its own paths.
pub(super) async fn page(surface: Surface, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let own = if surface == Surface::Approvals { APPROVALS } else { STUDIO };
    let name = match path {
        "" | STUDIO | APPROVALS => own,
        path if Built::get(path).is_some() => path,
        path if path.contains('.') => return (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
        _ => own,
    };
    let Some(file) = Built::get(name) else {
        return (StatusCode::NOT_FOUND, "The user interface was not built into this program.").into_response();
    };
    // Built files carry a digest in their name and never change.
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(header::CONTENT_TYPE, file.metadata.mimetype()), (header::CACHE_CONTROL, cache)], file.data).into_response()
}
