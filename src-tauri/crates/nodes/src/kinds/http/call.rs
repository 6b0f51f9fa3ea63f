//! A call node, ready to run: what it asks for, and doing exactly that.

use std::{sync::Arc, time::Duration};

use consent::{Action, Call};
use engine::{Act, Context, Go, StepError};
use flow::{Digest, Effect, Expression, Template, Value, Values};
use futures_util::future::BoxFuture;
use reqwest::{
    Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::Serialize;

use super::{
    Form, Verb,
    auth::basic,
    paging::Paging,
    token::{TokenRequest, Tokens},
};
use crate::{
    FileValue, Redactor, Secret, Services,
    exchange::{Answer, Http as Client, Outgoing},
    formula, grant,
};

/// A call node, ready to run.
pub(super) struct Ready {
    pub(super) method: Verb,
    pub(super) url: Template,
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) secrets: Vec<SecretHeader>,
    pub(super) token: Option<TokenRequest>,
    pub(super) paging: Option<Paging>,
    pub(super) body: Option<Body>,
    pub(super) form: Form,
    pub(super) timeout: Duration,
    pub(super) max_bytes: usize,
    pub(super) key_header: Option<HeaderName>,
    pub(super) services: Services,
    pub(super) client: Arc<Client>,
    pub(super) tokens: Arc<Tokens>,
}

/// What is sent as the body.
pub(super) enum Body {
    Text(Box<Template>),
    Json(Expression),
}

/// A header whose value is a secret.
pub(super) struct SecretHeader {
    pub(super) name: HeaderName,
    /// The secret's name.
    pub(super) secret: String,
    /// What stands before its value.
    pub(super) prefix: String,
    /// The user whose password it is, where it is sent as one.
    pub(super) user: Option<String>,
}

impl SecretHeader {
    /// What stands before the secret, for the digest of a call. That of a user's name has a line break, which no other can have.
    fn shown(&self) -> String {
        self.user.as_ref().map_or_else(|| self.prefix.clone(), |user| format!("{}\n{user}:", self.prefix))
    }

    fn line(&self, secret: &Secret) -> Result<HeaderValue, StepError> {
        let value = self.user.as_ref().map_or_else(|| secret.value().to_owned(), |user| basic(user, secret.value()));
        sensitive(&format!("{}{value}", self.prefix), &self.secret)
    }
}

/// A header's value that is not to be shown.
fn sensitive(text: &str, name: &str) -> Result<HeaderValue, StepError> {
    let mut line = HeaderValue::from_str(text).map_err(|_| {
        let message = format!("The secret {name} can't be the value of a header.");
        StepError::new("BAD_SECRET", message, "Set it again, without line breaks.")
    })?;
    line.set_sensitive(true);
    Ok(line)
}

/// What would be sent, all but the secrets' values.
struct Prepared {
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    call: Call,
}

/// What the body's digest in a [`Call`] is taken over.
#[derive(Serialize)]
struct Sent<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    /// Header, what stands before the secret, and the secret's name.
    secrets: Vec<(&'a str, String, &'a str)>,
    body: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paging: Option<&'a Paging>,
}

impl Ready {
    fn prepare(&self, context: &Context<'_>, inputs: &Values) -> Result<Prepared, StepError> {
        let vars = formula::vars(context, inputs);
        let url = self.url.render(&vars).map_err(|error| formula::failed("the address", &error))?;
        let url = address(url.trim(), !self.secrets.is_empty() || self.token.is_some())?;
        let url = self.paging.as_ref().map_or_else(|| url.clone(), |paging| paging.first(url.clone()));
        if self.token.as_ref().is_some_and(|token| token.url.origin() != url.origin()) {
            let message =
                "The token would come from another host than the one that is called, and the gate is asked for one host only.";
            return Err(StepError::new("OTHER_HOST", message, "Fetch the token by a node of its own, or use a bearer token."));
        }

        let mut headers = HeaderMap::new();
        let mut put = |name: &HeaderName, value: &str| -> Result<(), StepError> {
            // Visible ASCII only, so that what is digested is what is sent.
            let plain = value.bytes().all(|b| (b' '..=b'~').contains(&b));
            let Some(line) = HeaderValue::from_str(value).ok().filter(|_| plain) else {
                let message = format!("{} can't be the value of the header {name}.", crate::short(&value.into()));
                return Err(StepError::new("BAD_REQUEST", message, "A header is one line of plain letters."));
            };
            headers.append(name, line);
            Ok(())
        };
        for (name, value) in &self.headers {
            put(name, &value.render(&vars).map_err(|error| formula::failed(&format!("the header {name}"), &error))?)?;
        }
        let body = match &self.body {
            None => None,
            Some(Body::Text(text)) => Some((
                text.render(&vars).map_err(|error| formula::failed("the body", &error))?.into_bytes(),
                "text/plain; charset=utf-8",
            )),
            Some(Body::Json(json)) => {
                let value = json.eval(&vars).map_err(|error| formula::failed("the body", &error))?;
                Some((value.to_string().into_bytes(), "application/json"))
            }
        };
        if let Some((_, media)) = body.as_ref().filter(|_| self.headers.iter().all(|(name, _)| name != CONTENT_TYPE)) {
            put(&CONTENT_TYPE, media)?;
        }
        if let Some(name) = &self.key_header {
            put(name, &context.key.to_string())?;
        }
        let body = body.map(|(bytes, _)| bytes);
        let call = self.call(&url, &headers, body.as_deref())?;
        Ok(Prepared { url, headers, body, call })
    }

    fn call(&self, url: &Url, headers: &HeaderMap, body: Option<&[u8]>) -> Result<Call, StepError> {
        let method = self.method.method();
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(bad_address(url.as_str()));
        };
        let headers_of = self.secrets.iter().map(|s| (s.name.as_str(), s.shown(), &*s.secret));
        let token_of = self.token.iter().map(|t| (AUTHORIZATION.as_str(), t.shown(), &*t.secret));
        let secrets: Vec<_> = headers_of.chain(token_of).collect();
        let names = secrets.iter().map(|(_, _, name)| (*name).to_owned()).collect();
        let sent = Sent {
            method: method.as_str(),
            url: url.as_str(),
            headers: headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())).collect(),
            secrets,
            body: body.map(Digest::of_bytes),
            paging: self.paging.as_ref(),
        };
        Ok(Call {
            effect: self.method.effect(),
            method: method.to_string(),
            host: host.to_owned(),
            port,
            url: url.to_string(),
            body: Digest::of("assent.call.v1", &sent),
            secrets: names,
        })
    }

    /// Status and headers of an answer, unless it says: not now.
    fn head(&self, answer: &Answer, redactor: &Redactor) -> Result<Values, StepError> {
        let status = answer.status.as_u16();
        if matches!(status, 429 | 500 | 502 | 503 | 504) {
            return Err(self.refused(answer, redactor));
        }
        let mut headers = serde_json::Map::new();
        for name in answer.headers.keys() {
            let all = answer.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            let all = redactor.text(all.collect::<Vec<_>>().join(", "));
            headers.insert(redactor.text(name.as_str()), all.into());
        }
        let mut outputs = Values::one("status", status);
        outputs.insert("ok", Value::from(answer.status.is_success()));
        outputs.insert("headers", Value::Object(headers));
        Ok(outputs)
    }

    async fn outputs(&self, answer: Answer, url: &Url, redactor: &Redactor) -> Result<Values, StepError> {
        let mut outputs = self.head(&answer, redactor)?;
        let media = media(&answer);
        let body = self.read_body(answer.body, answer.status.is_success(), &media, redactor)?;
        match body {
            Ok(value) => outputs.insert("body", value),
            Err(bytes) => {
                let name = url.path_segments().and_then(Iterator::last).filter(|name| !name.is_empty()).unwrap_or("answer");
                let bytes: Arc<[u8]> = redactor.bytes(bytes).into();
                let size = bytes.len().try_into().unwrap_or(u64::MAX);
                let digest = self
                    .services
                    .files
                    .put(bytes)
                    .await
                    .map_err(|error| if self.writes() { error.maybe_sent() } else { error })?;
                let media = if media.is_empty() { "application/octet-stream".to_owned() } else { redactor.text(media) };
                let file = FileValue { name: redactor.text(name), media, bytes: size, digest };
                outputs.insert("file", file.to_value());
            }
        }
        Ok(outputs)
    }

    async fn exchange(&self, prepared: &Prepared, url: Url, max_bytes: usize, redactor: &Redactor) -> Result<Answer, StepError> {
        let outgoing = Outgoing {
            method: self.method.method(),
            url,
            headers: prepared.headers.clone(),
            body: prepared.body.clone(),
            timeout: self.timeout,
            max_bytes,
            writes: self.writes(),
        };
        let clean =
            |error: StepError| StepError { message: redactor.text(error.message), hint: redactor.text(error.hint), ..error };
        self.client.exchange(outgoing).await.map_err(clean)
    }

    /// All pages from the first answer on, their things in one list.
    async fn pages(
        &self,
        paging: &Paging,
        prepared: &Prepared,
        mut answer: Answer,
        redactor: &Redactor,
    ) -> Result<Values, StepError> {
        let (mut url, mut items, mut pages, mut left) = (prepared.url.clone(), Vec::new(), 1, self.max_bytes);
        loop {
            let mut outputs = self.head(&answer, redactor)?;
            if !answer.status.is_success() {
                let message = format!("The host answered {} for page {pages}.", answer.status);
                return Err(StepError::new("HTTP_STATUS", message, "Look at the host's way of paging."));
            }
            left -= answer.body.len();
            let page: Value = serde_json::from_slice(&answer.body).map_err(|error| not_json(&error, redactor))?;
            let next = paging.next(&page, &answer.headers, &url, pages).map_err(|error| clean(error, redactor))?;
            items.extend(paging.items(redactor.value(page))?);
            match next {
                Some(next) if !paging.is_enough(pages) => {
                    url = next;
                    pages += 1;
                    answer = self.exchange(prepared, url.clone(), left, redactor).await?;
                }
                more => {
                    outputs.insert("body", Value::Array(items));
                    outputs.insert("more", Value::Bool(more.is_some()));
                    return Ok(outputs);
                }
            }
        }
    }

    /// The body as a value; the bytes where it is not text.
    fn read_body(
        &self,
        bytes: Vec<u8>,
        is_success: bool,
        media: &str,
        redactor: &Redactor,
    ) -> Result<Result<Value, Vec<u8>>, StepError> {
        let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let says_json = essence == "application/json" || essence.ends_with("+json");
        let parsed = match self.form {
            Form::Text => None,
            Form::Auto => says_json.then(|| serde_json::from_slice(&bytes).ok()).flatten(),
            Form::Json => match serde_json::from_slice(&bytes) {
                Ok(value) => Some(value),
                Err(error) if is_success && !self.writes() => return Err(not_json(&error, redactor)),
                // What came of a write is known by now, and must not be lost over the form of its answer.
                Err(_) => None,
            },
        };
        Ok(match parsed {
            Some(value) => Ok(redactor.value(value)),
            None => {
                String::from_utf8(bytes).map(|text| redactor.text(text).into()).map_err(std::string::FromUtf8Error::into_bytes)
            }
        })
    }

    /// A status that says: not now. An answer did come, so what became of a write is known, unless a gateway in between gave it.
    fn refused(&self, answer: &Answer, redactor: &Redactor) -> StepError {
        let status = answer.status.as_u16();
        let hint = match answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).filter(|value| value.len() <= 40) {
            Some(wait) if wait.bytes().all(|b| b.is_ascii_digit()) => format!("The host asks to wait {wait} s."),
            Some(until) => format!("The host asks to wait until {until}."),
            None => "Try again later.".to_owned(),
        };
        let error = StepError::new("HTTP_STATUS", format!("The host answered {}.", answer.status), redactor.text(hint));
        // A write that was refused for coming too often was not begun; of one that failed there, nobody can say how far it got.
        let error = if !self.writes() || self.honours_key() || status == 429 { error.retryable() } else { error };
        if self.writes() && matches!(status, 502 | 504) { error.maybe_sent() } else { error }
    }

    fn writes(&self) -> bool {
        self.method.effect() == Effect::Write
    }
}

impl Act for Ready {
    fn request(&self, context: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError> {
        self.prepare(context, inputs).map(|prepared| Some(Action::Call(prepared.call)))
    }

    fn act<'a>(
        &'a self,
        context: Context<'a>,
        inputs: &'a Values,
        go: Option<&'a Go>,
    ) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let mut prepared = self.prepare(&context, inputs)?;
            grant::same(go, &Action::Call(prepared.call.clone()))?;
            let host = &prepared.call.host;
            let mut secrets: Vec<Secret> = Vec::new();
            for header in &self.secrets {
                let secret = self.services.secrets.reveal(&header.secret, host).await?;
                prepared.headers.append(header.name.clone(), header.line(&secret)?);
                secrets.push(secret);
            }
            if let Some(request) = &self.token {
                let secret = self.services.secrets.reveal(&request.secret, host).await?;
                let token = request.token(&self.tokens, &self.client, &secret, self.timeout).await?;
                prepared.headers.append(AUTHORIZATION, sensitive(&format!("Bearer {}", token.value()), token.name())?);
                secrets.extend([secret, token]);
            }
            let redactor = Redactor::new(&secrets);
            let answer = self.exchange(&prepared, prepared.url.clone(), self.max_bytes, &redactor).await?;
            if let (Some(request), [.., secret, _token], 401) = (&self.token, &*secrets, answer.status.as_u16()) {
                request.forget(&self.tokens, secret);
            }
            match &self.paging {
                Some(paging) if answer.status.is_success() => self.pages(paging, &prepared, answer, &redactor).await,
                _ => self.outputs(answer, &prepared.url, &redactor).await,
            }
        })
    }

    fn honours_key(&self) -> bool {
        self.key_header.is_some()
    }
}

fn media(answer: &Answer) -> String {
    answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn clean(error: StepError, redactor: &Redactor) -> StepError {
    StepError { message: redactor.text(error.message), hint: redactor.text(error.hint), ..error }
}

fn not_json(error: &serde_json::Error, redactor: &Redactor) -> StepError {
    let message = redactor.text(format!("The answer is not JSON: {error}."));
    StepError::new("NOT_JSON", message, "Look at the address, or take the answer as text.")
}

/// Reads an address. What goes to a host other than this machine goes encrypted when a secret goes with it.
pub(super) fn address(text: &str, with_secret: bool) -> Result<Url, StepError> {
    let mut url = Url::parse(text).map_err(|_| bad_address(text))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad_address(text));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "Name a secret under the node's headers instead.";
        return Err(StepError::new("SECRET_IN_ADDRESS", "The address has a user name or password in it.", hint));
    }
    let here = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if with_secret && url.scheme() == "http" && !here {
        return Err(StepError::new("SECRET_IN_CLEAR", "A secret would go over the network in clear.", "Use an https address."));
    }
    url.set_fragment(None);
    Ok(url)
}

fn bad_address(text: &str) -> StepError {
    let message = format!("{} is no address to call.", crate::short(&text.into()));
    StepError::new("BAD_ADDRESS", message, "Write the whole address, from https:// on.")
}
