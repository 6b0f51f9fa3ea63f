//! What a command is.

use std::{fmt::Display, sync::Arc};

use clap::ArgMatches;
use futures_util::{FutureExt, future::BoxFuture, stream::BoxStream};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{ApiError, App, Exit};

/// What a caller must be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Look.
    View,
    /// Speak to it.
    Speak,
    /// Make and run flows.
    Create,
    /// Answer prompts.
    Approve,
    /// Change policies, payees, accounts and secrets.
    Own,
}

/// Where a command is offered. What is not listed for a surface is refused there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// The command line, and other processes of the same user over the owner's socket.
    Terminal,
    /// The studio: its window, or the main port of `assent serve`. It can't decide.
    Studio,
    /// The surface that decides: the approval window, or the second port of `assent serve`.
    Approvals,
}

impl Surface {
    /// Where commands are offered that don't say otherwise.
    pub const USUAL: &'static [Self] = &[Self::Terminal, Self::Studio];
    /// Where commands are offered that decide.
    pub const DECIDING: &'static [Self] = &[Self::Terminal, Self::Approvals];
    /// Everywhere.
    pub const ALL: &'static [Self] = &[Self::Terminal, Self::Studio, Self::Approvals];
    /// In the studio only: what makes no sense as a line in a terminal.
    pub const IN_STUDIO: &'static [Self] = &[Self::Studio];
}

/// What a command works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// Only what it is given.
    Nothing,
    /// A workspace where there is one; none is made.
    WorkspaceIfThere,
    /// A workspace; it is made where there is none.
    Workspace,
    /// A workspace whose unfinished runs go on meanwhile.
    RunningWorkspace,
}

/// A command of the program. Everything that offers it takes its name, request, response, errors and help from here; the docstring of the
/// request type is its summary.
pub trait Command: Serialize + DeserializeOwned + JsonSchema + clap::Args + Send + 'static {
    /// Its name, such as `payee.add`. On the command line: `assent payee add`.
    const NAME: &'static str;
    /// What a caller must be allowed to do.
    const RIGHT: Right;
    /// What it works on.
    const NEEDS: Needs = Needs::Workspace;
    /// Where it is offered.
    const SURFACES: &'static [Surface] = match Self::RIGHT {
        Right::Approve => Surface::DECIDING,
        _ => Surface::USUAL,
    };
    /// What it answers.
    type Response: Response;

    /// A request as a page may make it: a page can't claim what only another surface can know.
    ///
    /// # Errors
    /// [`ErrorCode::Refused`](crate::ErrorCode::Refused), when it does.
    fn of_a_page(request: Value) -> Result<Value, ApiError> {
        Ok(request)
    }

    /// Carries it out.
    fn handle(self, app: &App) -> impl Future<Output = Result<Self::Response, ApiError>> + Send;
}

/// What a command answers. Its `Display` is what a person reads in a terminal.
pub trait Response: Serialize + DeserializeOwned + JsonSchema + Display + Send + 'static {
    /// How the command line ends with it.
    fn exit(&self) -> Exit {
        Exit::Ok
    }
}

/// Something to follow: it begins with a snapshot, then come events in order, without gaps or doubles.
pub trait Subscription: Serialize + DeserializeOwned + JsonSchema + Send + 'static {
    /// Its name, such as `runs.watch`.
    const NAME: &'static str;
    /// What a caller must be allowed to do.
    const RIGHT: Right;
    /// Where it is offered.
    const SURFACES: &'static [Surface] = Surface::USUAL;
    /// What it gives, one after another.
    type Item: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Begins it. The stream ends when nothing more can come.
    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<Self::Item, ApiError>>;
}

/// What every command has in common, for those who offer them all.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name, such as `payee.add`.
    pub name: &'static str,
    /// What a caller must be allowed to do.
    pub right: Right,
    /// What it works on.
    pub needs: Needs,
    /// Where it is offered.
    pub surfaces: &'static [Surface],
    /// The JSON Schema of its request.
    pub request: fn(&mut SchemaGenerator) -> Schema,
    /// The JSON Schema of its response.
    pub response: fn(&mut SchemaGenerator) -> Schema,
    /// Adds its arguments and help to a command of the command line.
    pub args: fn(clap::Command) -> clap::Command,
    /// Its request, as JSON, from the command line.
    pub read: fn(&ArgMatches) -> Result<Value, clap::Error>,
    /// Its response as text, and how the command line ends with it.
    pub present: fn(Value) -> Result<(String, Exit), ApiError>,
    /// Its request, as a page may make it.
    pub of_a_page: fn(Value) -> Result<Value, ApiError>,
    /// Carries it out.
    pub handle: fn(Arc<App>, Value) -> BoxFuture<'static, Result<Value, ApiError>>,
}

impl Entry {
    /// The entry of a command.
    pub const fn of<C: Command>() -> Self {
        Self {
            name: C::NAME,
            right: C::RIGHT,
            needs: C::NEEDS,
            surfaces: C::SURFACES,
            request: |generator| generator.subschema_for::<C>(),
            response: |generator| generator.subschema_for::<C::Response>(),
            args: C::augment_args,
            read: |matches| {
                to_json(&C::from_arg_matches(matches)?)
                    .map_err(|error| clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{error}\n")))
            },
            present: |response| {
                let response: C::Response = from_json(response, "the response")?;
                Ok((response.to_string(), response.exit()))
            },
            of_a_page: C::of_a_page,
            handle: |app, request| {
                async move {
                    let request: C = from_json(request, C::NAME)?;
                    if C::NEEDS == Needs::RunningWorkspace {
                        app.go_on().await?;
                    }
                    to_json(&request.handle(&app).await?)
                }
                .boxed()
            },
        }
    }

    /// What it does, in one sentence.
    pub fn summary(&self) -> String {
        (self.args)(clap::Command::new(self.name)).get_about().map(ToString::to_string).unwrap_or_default()
    }

    /// The words that call it on the command line: `payee add`.
    pub fn verb(&self) -> impl Iterator<Item = &'static str> {
        self.name.split('.')
    }
}

/// What a subscription gives, as JSON.
pub type Items = BoxStream<'static, Result<Value, ApiError>>;

/// What every subscription has in common.
#[derive(Clone, Copy)]
pub struct Feed {
    /// Its name, such as `runs.watch`.
    pub name: &'static str,
    /// What a caller must be allowed to do.
    pub right: Right,
    /// Where it is offered.
    pub surfaces: &'static [Surface],
    /// The JSON Schema of its request.
    pub request: fn(&mut SchemaGenerator) -> Schema,
    /// The JSON Schema of what it gives.
    pub item: fn(&mut SchemaGenerator) -> Schema,
    /// Begins it.
    pub open: fn(Arc<App>, Value) -> Result<Items, ApiError>,
}

impl Feed {
    /// The entry of a subscription.
    pub const fn of<S: Subscription>() -> Self {
        Self {
            name: S::NAME,
            right: S::RIGHT,
            surfaces: S::SURFACES,
            request: |generator| generator.subschema_for::<S>(),
            item: |generator| generator.subschema_for::<S::Item>(),
            open: |app, request| {
                use futures_util::StreamExt as _;
                let request: S = from_json(request, S::NAME)?;
                Ok(request.open(app).map(|item| to_json(&item?)).boxed())
            },
        }
    }
}

/// Reads JSON that somebody else wrote.
pub(crate) fn from_json<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, ApiError> {
    serde_json::from_value(value).map_err(|error| {
        ApiError::bad_request(format!("{what} can't be read: {error}."), "Both sides must be of the same version.")
    })
}

/// Writes our own types.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(ApiError::internal)
}
