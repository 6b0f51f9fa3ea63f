//! `http`: a call to a host.

mod auth;
mod call;
mod paging;
#[cfg(test)]
mod tests;
mod token;

use std::{sync::Arc, time::Duration};

use engine::Step;
use flow::{Effect, Port, Ports, Problem, Type};
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderName},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::token::Tokens;
use self::{
    auth::{Auth, Credential},
    call::{Body, Ready, SecretHeader},
    paging::Paging,
};
use crate::{
    Tools, formula,
    kind::{BuiltInKind, problem},
    ports::{Incoming, value_and},
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
    /// How the host knows who calls.
    #[serde(default)]
    auth: Auth,
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
    /// Of a GET whose answer comes in several pages of JSON: how they are found. The body is then the list of all things on them.
    #[serde(default)]
    paging: Option<Paging>,
    /// How long the whole exchange may take, in milliseconds; with paging, each page. A connection must stand within 10 s.
    #[serde(default = "half_a_minute")]
    #[schemars(range(min = 100, max = 300_000), extend("unit" = "ms"))]
    timeout_ms: u64,
    /// The longest answer that is read, in bytes; with paging, all pages together.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// JSON where the host says so and it is; else text.
    #[default]
    Auto,
    /// JSON, or the step fails. After a write, and with a status that is no success, what is not JSON comes as text.
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
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "globe";
    const EFFECT: Effect = Effect::Write;

    fn ports(config: Option<&Config>) -> Ports {
        let body = match config.map(|c| c.response).unwrap_or_default() {
            Form::Auto => Type::Any,
            Form::Json => Type::Json,
            Form::Text => Type::Text,
        };
        let pages = config.is_some_and(|config| config.paging.is_some());
        let body = if pages { Type::Json.list() } else { body };
        let mut outputs = vec![
            Port::new("status", Type::Number).help("The status, such as 200."),
            Port::new("ok", Type::Bool).help("Whether the status is 200 to 299."),
            Port::new("headers", Type::Json).help("The answer's headers, by name in lower case."),
            Port::new("body", body).help("The answer's body, unless it is a file."),
            Port::new("file", Type::File).help("The answer's body, where it is not text."),
        ];
        if pages {
            outputs.push(Port::new("more", Type::Bool).help("Whether there is more than the pages that were read."));
        }
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
        problems.extend(config.auth.check());
        let is_authorization = |header: &Header| header.name.eq_ignore_ascii_case(AUTHORIZATION.as_str());
        if config.auth.authorizes() && config.headers.iter().any(is_authorization) {
            problems.push(problem("BAD_CONFIG", "/auth", "The headers say who calls too.", "Leave out one of the two."));
        }
        problems.extend(config.paging.iter().flat_map(Paging::check));
        if config.paging.is_some() && (config.method != Verb::Get || config.response == Form::Text) {
            let message = "Only the answer to a GET, as JSON, comes in pages.";
            problems.push(problem("BAD_CONFIG", "/paging", message, "Leave it out, or change method and response."));
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

    fn says(config: &Config) -> String {
        format!("{} {}", config.method.method(), crate::words::brief(&config.url))
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        let mut problems = Vec::new();
        let inputs = &config.inputs;
        let mut template =
            |field: &str, source: &str| formula::template(field, source, inputs).map_err(|problem| problems.push(problem)).ok();
        let url = template("/url", &config.url);
        let body = config.body.as_deref().and_then(|source| template("/body", source).map(|text| Body::Text(Box::new(text))));
        let mut headers = Vec::new();
        let mut secrets = Vec::new();
        for (at, header) in config.headers.iter().enumerate() {
            let Ok(name) = header.name.parse::<HeaderName>() else { continue };
            match (&header.value, &header.secret) {
                (Some(value), _) => headers.extend(template(&format!("/headers/{at}/value"), value).map(|value| (name, value))),
                (None, Some(secret)) => {
                    secrets.push(SecretHeader { name, secret: secret.clone(), prefix: header.prefix.clone(), user: None })
                }
                (None, None) => {}
            }
        }
        let json = config.json.as_deref().map(|source| formula::expression("/json", source, inputs)).transpose();
        let json = json.map_err(|problem| problems.push(problem)).ok().flatten().map(Body::Json);
        let (Some(url), true) = (url, problems.is_empty()) else { return Err(problems) };
        let token = match config.auth.credential() {
            None => None,
            Some(Credential::Header(header)) => {
                secrets.push(header);
                None
            }
            Some(Credential::Token(request)) => Some(request),
        };
        Ok(Step::Act(Arc::new(Ready {
            method: config.method,
            url,
            headers,
            secrets,
            token,
            paging: config.paging,
            body: body.or(json),
            form: config.response,
            timeout: Duration::from_millis(config.timeout_ms),
            max_bytes: usize::try_from(config.max_bytes).unwrap_or(usize::MAX),
            key_header: config.idempotency_header.and_then(|name| name.parse().ok()),
            services: tools.services.clone(),
            client: Arc::clone(&tools.http),
            tokens: Arc::clone(&tools.tokens),
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
