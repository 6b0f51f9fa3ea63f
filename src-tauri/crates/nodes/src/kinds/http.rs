//! `http`: a call to a host.

use std::{sync::Arc, time::Duration};

use consent::{Action, Call};
use engine::{Act, Context, Go, Step, StepError};
use flow::{Digest, Effect, Expression, Port, Ports, Problem, Template, Type, Value, Values};
use futures_util::future::BoxFuture;
use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FileValue, Redactor, Secret, Tools,
    exchange::{Answer, Http as Client, Outgoing},
    formula, grant,
    kind::{BuiltInKind, problem},
    ports::{Incoming, value_and},
    services::Services,
};

/// Headers that belong to the connection, or that would say something else than what was approved.
const NOT_SETTABLE: [&str; 9] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive", "expect"];

/// The kind.
pub(crate) struct Http;

/// The call.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// GET and HEAD read; the others change something there.
    #[serde(default)]
    method: Verb,
    /// The address, from https:// on. A secret does not belong here: name one under headers.
    #[schemars(extend("format" = "template", "examples" = ["https://api.example.com/rates/{{ value }}"]))]
    url: String,
    /// Headers.
    #[serde(default)]
    headers: Vec<Header>,
    /// The body, as text. Not together with json.
    #[serde(default)]
    #[schemars(extend("format" = "template"))]
    body: Option<String>,
    /// The body, as an expression whose value is sent as JSON.
    #[serde(default)]
    #[schemars(extend("format" = "cel", "examples" = ["{\"name\": value.name}"]))]
    json: Option<String>,
    /// What the answer's body is to be.
    #[serde(default)]
    response: Form,
    /// How long the whole exchange may take, in milliseconds. A connection must stand within 10 s.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 100, max = 300_000), extend("unit" = "ms"))]
    timeout_ms: u64,
    /// The longest answer that is read, in bytes.
    #[serde(default = "eight_mib")]
    #[schemars(range(min = 1, max = 67_108_864), extend("unit" = "bytes"))]
    max_bytes: u32,
    /// The header in which the host takes an idempotency key. With it, a call whose outcome is unclear is tried again with the same key.
    #[serde(default)]
    #[schemars(extend("examples" = ["Idempotency-Key"]))]
    idempotency_header: Option<String>,
    /// The values that address, headers and body are made of, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

fn half_a_minute() -> u64 {
    30_000
}
fn eight_mib() -> u32 {
    8 << 20
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Head => Method::HEAD,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }

    fn effect(self) -> Effect {
        if matches!(self, Self::Get | Self::Head) { Effect::Read } else { Effect::Write }
    }
}

/// What the answer's body is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// JSON where the host says so and it is; else text.
    #[default]
    Auto,
    /// JSON, or the step fails.
    Json,
    /// Text.
    Text,
}

/// A header: a text, or a secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Its name.
    #[schemars(extend("examples" = ["Authorization"]))]
    name: String,
    /// Its value. Not together with secret.
    #[serde(default)]
    #[schemars(extend("format" = "template"))]
    value: Option<String>,
    /// The name of the secret that is its value.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    secret: Option<String>,
    /// What stands before the secret.
    #[serde(default)]
    #[schemars(extend("examples" = ["Bearer "]))]
    prefix: String,
}

impl BuiltInKind for Http {
    type Config = Config;
    const NAME: &'static str = "http";
    const TITLE: &'static str = "HTTP call";
    const SUMMARY: &'static str = "Calls a host, within what the policy allows.";
    const EFFECT: Effect = Effect::Write;

    fn ports(config: Option<&Config>) -> Ports {
        let body = match config.map(|c| c.response).unwrap_or_default() {
            Form::Auto => Type::Any,
            Form::Json => Type::Json,
            Form::Text => Type::Text,
        };
        let outputs = vec![
            Port::new("status", Type::Number).help("The status, such as 200."),
            Port::new("ok", Type::Bool).help("Whether the status is 200 to 299."),
            Port::new("headers", Type::Json).help("The answer's headers, by name in lower case."),
            Port::new("body", body).help("The answer's body, unless it is a file."),
            Port::new("file", Type::File).help("The answer's body, where it is not text."),
        ];
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs }
    }

    fn effect(config: &Config) -> Effect {
        config.method.effect()
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = formula::check_inputs(&config.inputs);
        for (at, header) in config.headers.iter().enumerate() {
            let field = format!("/headers/{at}");
            problems.extend(check_header_name(&format!("{field}/name"), &header.name));
            if header.value.is_some() == header.secret.is_some() {
                problems.push(problem("BAD_CONFIG", &field, "A header has either a value or a secret.", "Give one of the two."));
            }
            if header.secret.is_none() && !header.prefix.is_empty() {
                let hint = "Write it into the value.";
                problems.push(problem("BAD_CONFIG", &format!("{field}/prefix"), "A prefix belongs to a secret.", hint));
            }
        }
        problems.extend(config.idempotency_header.iter().flat_map(|name| check_header_name("/idempotency_header", name)));
        let bodies = [("/body", &config.body), ("/json", &config.json)];
        if bodies.iter().all(|(_, body)| body.is_some()) {
            problems.push(problem("BAD_CONFIG", "/json", "A call has one body.", "Leave out body or json."));
        }
        for (field, _) in bodies.iter().filter(|(_, body)| body.is_some() && config.method.effect() == Effect::Read) {
            let message = format!("A {} call sends no body.", config.method.method());
            problems.push(problem("BAD_CONFIG", field, message, "Leave the body out, or choose another method."));
        }
        problems
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        let mut problems = Vec::new();
        let inputs = &config.inputs;
        let mut template =
            |field: &str, source: &str| formula::template(field, source, inputs).map_err(|problem| problems.push(problem)).ok();
        let url = template("/url", &config.url);
        let body = config.body.as_deref().and_then(|source| template("/body", source).map(Body::Text));
        let mut headers = Vec::new();
        let mut secrets = Vec::new();
        for (at, header) in config.headers.iter().enumerate() {
            let Ok(name) = header.name.parse::<HeaderName>() else { continue };
            match (&header.value, &header.secret) {
                (Some(value), _) => headers.extend(template(&format!("/headers/{at}/value"), value).map(|value| (name, value))),
                (None, Some(secret)) => {
                    secrets.push(SecretHeader { name, secret: secret.clone(), prefix: header.prefix.clone() })
                }
                (None, None) => {}
            }
        }
        let json = config.json.as_deref().map(|source| formula::expression("/json", source, inputs)).transpose();
        let json = json.map_err(|problem| problems.push(problem)).ok().flatten().map(Body::Json);
        let (Some(url), true) = (url, problems.is_empty()) else { return Err(problems) };
        Ok(Step::Act(Arc::new(Ready {
            method: config.method,
            url,
            headers,
            secrets,
            body: body.or(json),
            form: config.response,
            timeout: Duration::from_millis(config.timeout_ms),
            max_bytes: usize::try_from(config.max_bytes).unwrap_or(usize::MAX),
            key_header: config.idempotency_header.and_then(|name| name.parse().ok()),
            services: tools.services.clone(),
            client: Arc::clone(&tools.http),
        })))
    }
}

fn check_header_name(field: &str, name: &str) -> Option<Problem> {
    let Ok(parsed) = name.parse::<HeaderName>() else {
        return Some(problem("BAD_CONFIG", field, format!("{name:?} is no name for a header."), "Use letters, digits and -."));
    };
    let taken = NOT_SETTABLE.contains(&parsed.as_str()) || parsed.as_str().starts_with("proxy-");
    taken.then(|| problem("BAD_CONFIG", field, format!("The header {name} is not for a flow to set."), "Leave it out."))
}

/// A call node, ready to run.
struct Ready {
    method: Verb,
    url: Template,
    headers: Vec<(HeaderName, Template)>,
    secrets: Vec<SecretHeader>,
    body: Option<Body>,
    form: Form,
    timeout: Duration,
    max_bytes: usize,
    key_header: Option<HeaderName>,
    services: Services,
    client: Arc<Client>,
}

enum Body {
    Text(Template),
    Json(Expression),
}

struct SecretHeader {
    name: HeaderName,
    secret: String,
    prefix: String,
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
    secrets: Vec<[&'a str; 3]>,
    body: Option<Digest>,
}

impl Ready {
    fn prepare(&self, context: &Context<'_>, inputs: &Values) -> Result<Prepared, StepError> {
        let vars = formula::vars(context, inputs);
        let url = self.url.render(&vars).map_err(|error| formula::failed("the address", &error))?;
        let url = address(url.trim(), !self.secrets.is_empty())?;

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
        let sent = Sent {
            method: method.as_str(),
            url: url.as_str(),
            headers: headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())).collect(),
            secrets: self.secrets.iter().map(|s| [s.name.as_str(), &*s.prefix, &*s.secret]).collect(),
            body: body.map(Digest::of_bytes),
        };
        Ok(Call {
            effect: self.method.effect(),
            method: method.to_string(),
            host: host.to_owned(),
            port,
            url: url.to_string(),
            body: Digest::of("assent.call.v1", &sent),
            secrets: self.secrets.iter().map(|s| s.secret.clone()).collect(),
        })
    }

    async fn outputs(&self, answer: Answer, url: &Url, redactor: &Redactor) -> Result<Values, StepError> {
        let status = answer.status.as_u16();
        if matches!(status, 429 | 500 | 502 | 503 | 504) {
            return Err(self.refused(&answer, redactor));
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

        let media = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = self
            .read_body(answer.body, &media, redactor)
            .map_err(|error| if self.writes() { error.maybe_sent() } else { error })?;
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

    /// The body as a value; the bytes where it is not text.
    fn read_body(&self, bytes: Vec<u8>, media: &str, redactor: &Redactor) -> Result<Result<Value, Vec<u8>>, StepError> {
        let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let says_json = essence == "application/json" || essence.ends_with("+json");
        let parsed = match self.form {
            Form::Text => None,
            Form::Auto => says_json.then(|| serde_json::from_slice(&bytes).ok()).flatten(),
            Form::Json => Some(serde_json::from_slice(&bytes).map_err(|error| {
                let message = redactor.text(format!("The answer is not JSON: {error}."));
                StepError::new("NOT_JSON", message, "Look at the address, or take the answer as text.")
            })?),
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
            Some(until) => redactor.text(format!("The host asks to wait until {until}.")),
            None => "Try again later.".to_owned(),
        };
        let error = StepError::new("HTTP_STATUS", format!("The host answered {}.", answer.status), hint);
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
            let mut secrets: Vec<Secret> = Vec::new();
            for header in &self.secrets {
                let secret = self.services.secrets.reveal(&header.secret, &prepared.call.host).await?;
                let mut value = HeaderValue::from_str(&format!("{}{}", header.prefix, secret.value())).map_err(|_| {
                    let message = format!("The secret {} can't be the value of a header.", header.secret);
                    StepError::new("BAD_SECRET", message, "Set it again, without line breaks.")
                })?;
                value.set_sensitive(true);
                prepared.headers.append(header.name.clone(), value);
                secrets.push(secret);
            }
            let redactor = Redactor::new(&secrets);
            let outgoing = Outgoing {
                method: self.method.method(),
                url: prepared.url.clone(),
                headers: prepared.headers,
                body: prepared.body,
                timeout: self.timeout,
                max_bytes: self.max_bytes,
                writes: self.writes(),
            };
            match self.client.exchange(outgoing).await {
                Ok(answer) => self.outputs(answer, &prepared.url, &redactor).await,
                Err(error) => Err(StepError { message: redactor.text(error.message), hint: redactor.text(error.hint), ..error }),
            }
        })
    }

    fn honours_key(&self) -> bool {
        self.key_header.is_some()
    }
}

/// Reads an address. What goes to a host other than this machine goes encrypted when a secret goes with it.
fn address(text: &str, with_secret: bool) -> Result<Url, StepError> {
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
