//! How a host knows who calls.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flow::Problem;
use reqwest::header::{AUTHORIZATION, HeaderName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    call::{SecretHeader, address},
    check_header_name,
    token::TokenRequest,
};
use crate::kind::problem;

/// How the host knows who calls.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Auth {
    /// Which way.
    #[serde(rename = "type", default)]
    scheme: Scheme,
    /// The name of the secret: of basic the password, of bearer the token, of header the value, of oauth2 the client's secret.
    #[serde(default)]
    #[schemars(extend("format" = "secret"))]
    secret: Option<String>,
    /// Of basic: the user's name.
    #[serde(default)]
    user: Option<String>,
    /// Of header: its name.
    #[serde(default)]
    #[schemars(extend("examples" = ["X-Api-Key"]))]
    header: Option<String>,
    /// Of oauth2: where tokens are given out. On the same host as the call, since the gate is asked for no other.
    #[serde(default)]
    #[schemars(extend("examples" = ["https://api.example.com/oauth/token"]))]
    token_url: Option<String>,
    /// Of oauth2: the client's id.
    #[serde(default)]
    client_id: Option<String>,
    /// Of oauth2: what the token is to be good for.
    #[serde(default)]
    scope: Option<String>,
}

/// A way to say who calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Scheme {
    /// None.
    #[default]
    None,
    /// A user's name and password.
    Basic,
    /// A token.
    Bearer,
    /// A header of the host's own.
    Header,
    /// A token that is fetched with a client's id and secret (OAuth2 client credentials), and kept until it is about to expire.
    Oauth2,
}

/// What a call shows.
pub(super) enum Credential {
    Header(SecretHeader),
    Token(TokenRequest),
}

impl Auth {
    /// Every field but `secret` and `type`: its name, whether it is given, and whose it is.
    fn fields(&self) -> [(&'static str, &Option<String>, Scheme); 5] {
        [
            ("user", &self.user, Scheme::Basic),
            ("header", &self.header, Scheme::Header),
            ("token_url", &self.token_url, Scheme::Oauth2),
            ("client_id", &self.client_id, Scheme::Oauth2),
            ("scope", &self.scope, Scheme::Oauth2),
        ]
    }

    /// Whether it sends the header Authorization.
    pub(super) const fn authorizes(&self) -> bool {
        matches!(self.scheme, Scheme::Basic | Scheme::Bearer | Scheme::Oauth2)
    }

    pub(super) fn check(&self) -> Vec<Problem> {
        let at = |field: &str| format!("/auth/{field}");
        let lacks = |field: &str| problem("BAD_CONFIG", &at(field), format!("The call's auth lacks {field}."), "Fill it in.");
        let surplus = |field: &str| {
            let message = format!("This way of saying who calls has no {field}.");
            problem("BAD_CONFIG", &at(field), message, "Leave it out, or choose another type.")
        };
        let mut problems = Vec::new();
        match (&self.secret, self.scheme) {
            (Some(_), Scheme::None) => problems.push(surplus("secret")),
            (None, Scheme::Basic | Scheme::Bearer | Scheme::Header | Scheme::Oauth2) => problems.push(lacks("secret")),
            _ => {}
        }
        for (field, value, scheme) in self.fields() {
            match value {
                Some(_) if scheme != self.scheme => problems.push(surplus(field)),
                None if scheme == self.scheme && field != "scope" => problems.push(lacks(field)),
                _ => {}
            }
        }
        if self.user.as_ref().is_some_and(|user| user.contains(':')) {
            problems.push(problem("BAD_CONFIG", &at("user"), "A user's name has no colon here.", "Leave it out."));
        }
        problems.extend(self.header.iter().filter_map(|name| check_header_name(&at("header"), name)));
        if let Some(Err(error)) = self.token_url.as_ref().map(|url| address(url, true)) {
            problems.push(problem("BAD_CONFIG", &at("token_url"), error.message, error.hint));
        }
        problems
    }

    /// As a call shows it. Asked only where `check` found nothing.
    pub(super) fn credential(self) -> Option<Credential> {
        let secret = self.secret?;
        let header =
            |name: HeaderName, prefix: &str| SecretHeader { name, secret: secret.clone(), prefix: prefix.to_owned(), user: None };
        match self.scheme {
            Scheme::None => None,
            Scheme::Basic => Some(Credential::Header(SecretHeader { user: self.user, ..header(AUTHORIZATION, "Basic ") })),
            Scheme::Bearer => Some(Credential::Header(header(AUTHORIZATION, "Bearer "))),
            Scheme::Header => Some(Credential::Header(header(self.header?.parse().ok()?, ""))),
            Scheme::Oauth2 => {
                let url = address(&self.token_url?, true).ok()?;
                Some(Credential::Token(TokenRequest { url, client_id: self.client_id?, secret, scope: self.scope }))
            }
        }
    }
}

/// What a user's name and password become.
pub(super) fn basic(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}
