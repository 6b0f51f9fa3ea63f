//! Secrets: names and hosts; values go in and never come out.

use std::fmt::{self, Display};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::StoreError;
use zeroize::Zeroizing;

use crate::{
    ApiError, App, Command, ErrorCode, Response, Right,
    text::{columns, when},
};

/// What to do where there is no keyring.
pub(crate) const NO_KEYRING: &str =
    "Unlock the system's keyring, or put a passphrase into ASSENT_PASSPHRASE, which seals a file in the workspace.";

/// Keeps a secret's value in this machine's keyring. It is read from standard input, or asked for without showing it
#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SecretSet {
    /// The name that flows use: letters, digits, hyphens, underscores
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A host it may be sent to; may be given again
    #[arg(long = "host", value_name = "HOST", required = true)]
    pub hosts: Vec<String>,
    /// The value. The command line fills it in; it is never an argument.
    #[arg(skip)]
    #[serde(default)]
    #[schemars(extend("writeOnly" = true))]
    pub value: String,
}

impl fmt::Debug for SecretSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretSet").field("name", &self.name).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

/// One secret, without its value.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// The hosts it may be sent to.
    pub hosts: Vec<String>,
    /// Where its value is kept.
    pub place: String,
    /// When it was last used, to the minute, in milliseconds since the epoch.
    pub last_used: Option<i64>,
}

/// Secrets by name.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct SecretNames {
    /// By name.
    pub secrets: Vec<SecretInfo>,
}

impl Command for SecretSet {
    const NAME: &'static str = "secret.set";
    const RIGHT: Right = Right::Own;
    type Response = SecretNames;

    async fn handle(self, app: &App) -> Result<SecretNames, ApiError> {
        let value = Zeroizing::new(self.value);
        if value.is_empty() {
            return Err(ApiError::bad_request(format!("The value of {} is empty.", self.name), "Give it on standard input."));
        }
        let store = &app.home()?.store;
        if let Err(error) = store.put_secret(&self.name, value, self.hosts).await {
            let lacks = matches!(error, StoreError::Refused(_)) && !store.has_keyring().await;
            let error = ApiError::from(error);
            return Err(if lacks { ApiError { code: ErrorCode::Keyring, hint: NO_KEYRING.to_owned(), ..error } } else { error });
        }
        let mut names = list(app).await?;
        names.secrets.retain(|secret| secret.name == self.name);
        Ok(names)
    }
}

/// Names of secrets, their hosts and when they were last used
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SecretList {}

impl Command for SecretList {
    const NAME: &'static str = "secret.list";
    const RIGHT: Right = Right::View;
    type Response = SecretNames;

    async fn handle(self, app: &App) -> Result<SecretNames, ApiError> {
        list(app).await
    }
}

async fn list(app: &App) -> Result<SecretNames, ApiError> {
    let secrets = app.home()?.store.secrets().await?;
    let info = |secret: store::SecretInfo| SecretInfo {
        name: secret.name,
        hosts: secret.hosts,
        place: secret.place,
        last_used: secret.last_used,
    };
    Ok(SecretNames { secrets: secrets.into_iter().map(info).collect() })
}

impl Response for SecretNames {}

impl Display for SecretNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |secret: &SecretInfo| {
            let used = secret.last_used.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", when(at)));
            vec![secret.name.clone(), secret.hosts.join(" "), secret.place.clone(), used]
        };
        columns(f, &self.secrets.iter().map(row).collect::<Vec<_>>())
    }
}

/// Removes a secret
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct SecretRm {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
}

impl Command for SecretRm {
    const NAME: &'static str = "secret.rm";
    const RIGHT: Right = Right::Own;
    type Response = SecretNames;

    async fn handle(self, app: &App) -> Result<SecretNames, ApiError> {
        app.home()?.store.remove_secret(&self.name).await?;
        list(app).await
    }
}
