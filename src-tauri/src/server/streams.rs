//! One stream a page, for all its subscriptions: browsers allow six connections a host.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use api::{ApiError, FEEDS};
use axum::{
    Json,
    extract::{Path, State},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, task::AbortHandle};

use super::{Body, Offer, denied, failure};
use crate::gather::{self, News};

/// How much may wait for a page that reads slowly.
const WAITING: usize = 1_024;
/// How many subscriptions a page may have.
const MOST: usize = 256;
/// How often a quiet stream says that it is there.
const ALIVE: Duration = Duration::from_secs(15);

/// The streams of one port.
#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<String, Stream>>>);

struct Stream {
    to: mpsc::Sender<News>,
    follows: HashMap<u64, AbortHandle>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.follows.values().for_each(AbortHandle::abort);
    }
}

impl Streams {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Stream>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends a page's subscriptions when its stream is gone.
struct Open {
    streams: Streams,
    id: String,
    from: mpsc::Receiver<News>,
    said: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.with(|streams| streams.remove(&self.id));
    }
}

/// Opens a page's stream. Its first event names it.
pub(super) async fn open(State(offer): State<Offer>) -> Response {
    let id = match super::token() {
        Ok(id) => id,
        Err(error) => return failure(&error),
    };
    let (to, from) = mpsc::channel(WAITING);
    offer.streams.with(|streams| streams.insert(id.clone(), Stream { to, follows: HashMap::new() }));
    let open = Open { streams: offer.streams, id, from, said: false };
    let events = stream::unfold(open, |mut open| async move {
        let data = if open.said {
            // What we made ourselves can be written.
            serde_json::to_string(&gather::next(&mut open.from).await?).ok()?
        } else {
            open.said = true;
            json!({ "stream": open.id }).to_string()
        };
        Some((Ok::<_, Infallible>(Event::default().data(data)), open))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// What a page wants to follow.
#[derive(Deserialize)]
pub(super) struct Follow {
    id: u64,
    feed: String,
    #[serde(default)]
    request: Value,
}

/// Begins a subscription on a stream.
pub(super) async fn follow(State(offer): State<Offer>, Path(stream): Path<String>, follow: Body<Follow>) -> Response {
    let Ok(Json(follow)) = follow else {
        return failure(&ApiError::bad_request("This names no feed.", "Send id, feed and request."));
    };
    let Some(feed) = FEEDS.iter().find(|feed| feed.name == follow.feed && feed.surfaces.contains(&offer.surface)) else {
        return failure(&denied(&follow.feed, offer.surface));
    };
    let Some(to) = offer.streams.with(|streams| streams.get(&stream).map(|stream| stream.to.clone())) else {
        return failure(&gone());
    };
    let items = match offer.session.follow_json(feed, follow.request).await {
        Ok(items) => items,
        Err(error) => return failure(&error),
    };
    let begun = offer.streams.with(|streams| {
        let stream = streams.get_mut(&stream).ok_or_else(gone)?;
        stream.follows.retain(|_, task| !task.is_finished());
        if stream.follows.len() >= MOST || stream.follows.contains_key(&follow.id) {
            let message = format!("Subscription {} can't begin: it has begun, or there are {MOST}.", follow.id);
            return Err(ApiError::bad_request(message, "Leave some first."));
        }
        stream.follows.insert(follow.id, tokio::spawn(gather::pass_on(follow.id, items, to)).abort_handle());
        Ok(())
    });
    begun.map_or_else(|error| failure(&error), |()| Json(json!({})).into_response())
}

fn gone() -> ApiError {
    ApiError::not_found("stream", "of this page", "Open another.")
}

/// What a page follows no longer.
#[derive(Deserialize)]
pub(super) struct Leave {
    id: u64,
}

/// Ends a subscription on a stream.
pub(super) async fn leave(State(offer): State<Offer>, Path(stream): Path<String>, leave: Body<Leave>) -> Response {
    if let Ok(Json(leave)) = leave {
        offer.streams.with(|streams| {
            if let Some(task) = streams.get_mut(&stream).and_then(|stream| stream.follows.remove(&leave.id)) {
                task.abort();
            }
        });
    }
    Json(json!({})).into_response()
}
