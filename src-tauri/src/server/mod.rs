//! `assent serve`: the studio for a browser on this machine, on two ports of loopback.
//!
//! The main port has the studio and can't decide; the second has the page that decides and nothing else. Each has a token of its own,
//! which stands in the fragment of the link that is printed, and each looks at the headers `Host` and `Origin`.

mod guard;
mod pages;
mod streams;

use std::{io, net::Ipv4Addr, sync::Arc};

use api::{ApiError, Entry, ErrorCode, REGISTRY, Session, Surface};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State, rejection::JsonRejection},
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::net::TcpListener;

use self::{guard::Guard, streams::Streams};

/// The largest request, in bytes: a recording in base64.
const LARGEST: usize = 64 * 1024 * 1024;

/// A server on loopback that has its ports.
pub struct Server {
    studio: Door,
    approvals: Door,
}

/// One port and who may come in.
struct Door {
    listener: TcpListener,
    port: u16,
    token: String,
}

impl Door {
    async fn open(port: u16) -> Result<Self, ApiError> {
        let taken = |error: io::Error| {
            let message = format!("Port {port} of this machine can't be listened on: {error}.");
            ApiError::new(ErrorCode::Conflict, message, "Name another with --port, or 0 for any that is free.")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
        let port = listener.local_addr().map_err(taken)?.port();
        Ok(Self { listener, port, token: token()? })
    }
}

/// 256 bits drawn at random, in hexadecimal digits.
fn token() -> Result<String, ApiError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(format!("No random numbers can be drawn: {error}.")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A request's JSON, or why it is none.
type Body<T> = Result<Json<T>, JsonRejection>;

/// What one port offers.
#[derive(Clone)]
struct Offer {
    surface: Surface,
    session: Arc<Session>,
    streams: Streams,
}

impl Server {
    /// Takes both ports; 0 takes any that is free.
    pub async fn open(port: u16, approvals: u16) -> Result<Self, ApiError> {
        Ok(Self { studio: Door::open(port).await?, approvals: Door::open(approvals).await? })
    }

    /// The link that opens the studio. Whoever has it can do what its user can.
    pub fn studio_link(&self) -> String {
        let (studio, approvals) = (&self.studio, &self.approvals);
        format!("http://127.0.0.1:{}/#token={}&approvals={}.{}", studio.port, studio.token, approvals.port, approvals.token)
    }

    /// The link that opens the page that decides.
    pub fn approvals_link(&self) -> String {
        format!("http://127.0.0.1:{}/#token={}", self.approvals.port, self.approvals.token)
    }

    /// Answers until `stop` is done. Streams are cut then.
    pub async fn run(self, session: Arc<Session>, stop: impl Future<Output = ()>) -> io::Result<()> {
        let offer = |surface| Offer { surface, session: Arc::clone(&session), streams: Streams::default() };
        let studio = router(offer(Surface::Studio), Guard::new(self.studio.port, &self.studio.token));
        let approvals = router(offer(Surface::Approvals), Guard::new(self.approvals.port, &self.approvals.token));
        tokio::select! {
            done = async { axum::serve(self.studio.listener, studio).await } => done,
            done = async { axum::serve(self.approvals.listener, approvals).await } => done,
            () = stop => Ok(()),
        }
    }
}

fn router(offer: Offer, guard: Guard) -> Router {
    let api = Router::new()
        .route("/stream", post(streams::open))
        .route("/stream/{stream}/follow", post(streams::follow))
        .route("/stream/{stream}/leave", post(streams::leave))
        .route("/{command}", post(call))
        .fallback(|| async { failure(&ApiError::not_found("route", "api", "See the OpenAPI document.")) })
        .layer(middleware::from_fn_with_state(guard.clone(), guard::token))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(offer.clone());
    let surface = offer.surface;
    Router::new()
        .nest("/api", api)
        .fallback(get(move |uri| pages::page(surface, uri)))
        .layer(middleware::from_fn_with_state(guard, guard::host))
}

/// Calls a command.
async fn call(State(offer): State<Offer>, Path(name): Path<String>, request: Body<Value>) -> Response {
    let Some(entry) = REGISTRY.iter().find(|entry| entry.name == name && entry.surfaces.contains(&offer.surface)) else {
        return failure(&denied(&name, offer.surface));
    };
    let Ok(Json(request)) = request else {
        return failure(&ApiError::bad_request(format!("The request of {name} is not JSON."), "Send a JSON object."));
    };
    let request = match (entry.of_a_page)(request) {
        Ok(request) => request,
        Err(error) => return failure(&error),
    };
    match carry_out(offer.session, entry, request).await {
        Ok(response) => Json(response).into_response(),
        Err(error) => failure(&error),
    }
}

/// A call that was taken is carried out even where the page goes away meanwhile.
async fn carry_out(session: Arc<Session>, entry: &'static Entry, request: Value) -> Result<Value, ApiError> {
    let called = tokio::spawn(async move { session.call_json(entry, request).await });
    called.await.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

fn denied(name: &str, surface: Surface) -> ApiError {
    let there = REGISTRY.iter().any(|entry| entry.name == name) || api::FEEDS.iter().any(|feed| feed.name == name);
    if !there {
        return ApiError::not_found("command", name, "See the OpenAPI document.");
    }
    let (message, hint) = match surface {
        Surface::Studio => (format!("{name} is not offered here: the studio can't decide."), "Use the approvals page."),
        _ => (format!("{name} is not offered here: this page only decides."), "Use the studio."),
    };
    ApiError::new(ErrorCode::Refused, message, hint)
}

/// An error as a response.
fn failure(error: &ApiError) -> Response {
    let status = match error.code {
        ErrorCode::BadRequest | ErrorCode::FlowProblems | ErrorCode::Speech => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::Refused => StatusCode::FORBIDDEN,
        ErrorCode::WorkspaceBusy | ErrorCode::OwnerLost => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(error)).into_response()
}
