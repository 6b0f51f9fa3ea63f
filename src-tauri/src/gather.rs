//! Items of subscriptions on their way to a page: what comes close together goes together.

use std::time::Duration;

use api::{ApiError, Items};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

/// How long items are gathered before they go.
pub const TOGETHER: Duration = Duration::from_millis(16);
/// How many items go together at most.
const MOST: usize = 512;

/// Something about one subscription of a page.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum News {
    /// Its next item.
    Item {
        /// The subscription, as the page numbered it.
        id: u64,
        /// The item.
        item: Value,
    },
    /// It failed, and is over.
    Error {
        /// The subscription.
        id: u64,
        /// Why.
        error: ApiError,
    },
    /// It is over.
    End {
        /// The subscription.
        id: u64,
        /// Always true.
        end: bool,
    },
}

/// Passes a subscription's items on until it ends or nobody listens. A slow listener slows it down; it then reads anew from its source.
pub async fn pass_on(id: u64, mut items: Items, to: mpsc::Sender<News>) {
    while let Some(item) = items.next().await {
        let (news, failed) = match item {
            Ok(item) => (News::Item { id, item }, false),
            Err(error) => (News::Error { id, error }, true),
        };
        if to.send(news).await.is_err() || failed {
            return;
        }
    }
    let _ = to.send(News::End { id, end: true }).await;
}

/// The next items together; `None` when no more can come.
pub async fn next(from: &mut mpsc::Receiver<News>) -> Option<Vec<News>> {
    let mut gathered = vec![from.recv().await?];
    let until = tokio::time::Instant::now() + TOGETHER;
    while gathered.len() < MOST {
        match tokio::time::timeout_at(until, from.recv()).await {
            Ok(Some(news)) => gathered.push(news),
            Ok(None) | Err(_) => break,
        }
    }
    Some(gathered)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures_util::stream;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn items_that_come_together_go_together_and_in_order() {
        let (to, mut from) = mpsc::channel(8);
        let items = stream::iter((0..1_000).map(|n| Ok(json!(n)))).boxed();
        tokio::spawn(pass_on(7, items, to));
        let (mut seen, mut groups) = (Vec::new(), 0);
        while let Some(group) = next(&mut from).await {
            groups += 1;
            seen.extend(group.into_iter().map(|news| serde_json::to_value(news).unwrap()));
        }
        assert_eq!(seen.pop().unwrap(), json!({ "id": 7, "end": true }));
        assert_eq!(seen, (0..1_000).map(|n| json!({ "id": 7, "item": n })).collect::<Vec<_>>());
        assert!(groups <= 10, "{groups} groups");
    }

    #[tokio::test]
    async fn a_failure_is_the_last_that_is_heard() {
        let (to, mut from) = mpsc::channel(8);
        let error = ApiError::bad_request("no", "");
        let items = stream::iter([Ok(json!(1)), Err(error.clone()), Ok(json!(2))]).boxed();
        pass_on(1, items, to).await;
        let group = serde_json::to_value(next(&mut from).await.unwrap()).unwrap();
        assert_eq!(group, json!([{ "id": 1, "item": 1 }, { "id": 1, "error": error }]));
        assert!(next(&mut from).await.is_none());
    }
}
