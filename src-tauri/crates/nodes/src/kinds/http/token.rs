//! Tokens that a host gives out to a client (OAuth2 client credentials), kept until they are about to expire.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use engine::StepError;
use flow::Digest;
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::Deserialize;

use super::auth::basic;
use crate::{
    Redactor, Secret,
    exchange::{Http as Client, Outgoing},
};

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a token is kept of which the host does not say how long it lasts.
const UNSAID: Duration = Duration::from_secs(300);
/// The longest a token is kept.
const LONGEST: Duration = Duration::from_secs(86_400);
/// The longest answer.
const MOST_BYTES: usize = 64 << 10;

/// How a token is asked for.
pub(super) struct TokenRequest {
    pub(super) url: Url,
    pub(super) client_id: String,
    /// The name of the client's secret.
    pub(super) secret: String,
    pub(super) scope: Option<String>,
}

/// The tokens that were given out, in memory only.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<Digest, (Secret, Instant)>>);

/// What a host answers.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

impl TokenRequest {
    /// What it is, for the digest of a call.
    pub(super) fn shown(&self) -> String {
        format!("oauth2\n{}\n{}\n{}", self.url, self.client_id, self.scope.as_deref().unwrap_or_default())
    }

    /// Under what its token is kept: another secret has another token.
    fn key(&self, secret: &Secret) -> Digest {
        Digest::chain("assent.token.v1", &[self.shown().as_bytes(), secret.name().as_bytes(), secret.value().as_bytes()])
    }

    /// A token: one that is kept, or a new one.
    pub(super) async fn token(
        &self,
        tokens: &Tokens,
        client: &Client,
        secret: &Secret,
        timeout: Duration,
    ) -> Result<Secret, StepError> {
        let key = self.key(secret);
        if let Some(token) = tokens.get(&key) {
            return Ok(token);
        }
        let (token, lasts) = self.fetch(client, secret, timeout).await.map_err(|error| {
            let redactor = Redactor::new([secret]);
            StepError { message: redactor.text(error.message), hint: redactor.text(error.hint), ..error }
        })?;
        if let Some(lasts) = lasts.checked_sub(MARGIN) {
            tokens.put(key, token.clone(), Instant::now() + lasts);
        }
        Ok(token)
    }

    /// The host does not take the token any more.
    pub(super) fn forget(&self, tokens: &Tokens, secret: &Secret) {
        tokens.forget(&self.key(secret));
    }

    /// A text as a form has it.
    fn encoded(&self, text: &str) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.query_pairs_mut().append_key_only(text);
        url.query().unwrap_or_default().to_owned()
    }

    async fn fetch(&self, client: &Client, secret: &Secret, timeout: Duration) -> Result<(Secret, Duration), StepError> {
        let no_token = |why: String| {
            StepError::new(
                "NO_TOKEN",
                format!("The host gave no token: {why}."),
                "Check the client's id, its secret and the scope.",
            )
        };
        let who = basic(&self.encoded(&self.client_id), &self.encoded(secret.value()));
        let mut authorization =
            HeaderValue::from_str(&format!("Basic {who}")).map_err(|_| no_token("they can't be sent".to_owned()))?;
        authorization.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let scope = self.scope.iter().map(|scope| format!("&scope={}", self.encoded(scope))).collect::<String>();
        let outgoing = Outgoing {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: Some(format!("grant_type=client_credentials{scope}").into_bytes()),
            timeout,
            max_bytes: MOST_BYTES,
            // Asking twice gives two tokens and does no harm.
            writes: false,
        };
        let answer = client.exchange(outgoing).await?;
        if !answer.status.is_success() {
            let error = no_token(format!("it answered {}", answer.status));
            let later = answer.status.is_server_error() || answer.status.as_u16() == 429;
            return Err(if later { error.retryable() } else { error });
        }
        // Why it can't be read might quote it.
        let given: Given =
            serde_json::from_slice(&answer.body).map_err(|_| no_token("its answer is none that OAuth2 knows".to_owned()))?;
        if !given.token_type.eq_ignore_ascii_case("bearer") || given.access_token.is_empty() {
            return Err(no_token("it is of a type that can't be used here".to_owned()));
        }
        let lasts = given.expires_in.map_or(UNSAID, Duration::from_secs).min(LONGEST);
        Ok((Secret::new("token", given.access_token), lasts))
    }
}

impl Tokens {
    fn get(&self, key: &Digest) -> Option<Secret> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, until)| *until > Instant::now());
        kept.get(key).map(|(token, _)| token.clone())
    }

    fn put(&self, key: Digest, token: Secret, until: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (token, until));
    }

    fn forget(&self, key: &Digest) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
