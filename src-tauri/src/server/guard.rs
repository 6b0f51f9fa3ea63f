//! Who may come in: the right host, no other page's origin, and the token.

use std::sync::Arc;

use api::{ApiError, ErrorCode};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// What a page may load and where it may connect: only here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The guard of one port.
#[derive(Clone)]
pub(super) struct Guard(Arc<Inner>);

struct Inner {
    hosts: [String; 2],
    origins: [String; 2],
    token: String,
}

impl Guard {
    pub(super) fn new(port: u16, token: &str) -> Self {
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let origins = hosts.clone().map(|host| format!("http://{host}"));
        Self(Arc::new(Inner { hosts, origins, token: token.to_owned() }))
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn no(message: &str, hint: &str) -> Response {
    (StatusCode::FORBIDDEN, axum::Json(ApiError::new(ErrorCode::Refused, message, hint))).into_response()
}

/// Lets in only requests that were sent to this machine's own name, so that no other name that leads here can be used by a page.
pub(super) async fn host(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let known = one(request.headers(), &header::HOST).is_some_and(|host| guard.0.hosts.iter().any(|known| known == host));
    let mut response = if known {
        next.run(request).await
    } else {
        no("This name is not the server's.", "Use the link that `assent serve` printed.")
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Lets in only calls with the token, and of pages only this port's own. Cookies count for nothing: they ignore ports.
pub(super) async fn token(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let own_origin = match one(headers, &header::ORIGIN) {
        Some(origin) => guard.0.origins.iter().any(|known| known == origin),
        None => !headers.contains_key(header::ORIGIN),
    };
    if !own_origin {
        return no("Another page asks.", "Only the page of this port may call it.");
    }
    let given = one(headers, &header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !same(given.as_bytes(), guard.0.token.as_bytes()) {
        let error =
            ApiError::new(ErrorCode::Refused, "The token is missing or wrong.", "Use the link that `assent serve` printed.");
        return (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response();
    }
    next.run(request).await
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && std::hint::black_box(a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b))) == 0
}
