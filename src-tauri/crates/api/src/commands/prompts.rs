//! Questions to people, and their answers.

use std::fmt::{self, Display};

use consent::{Action, Answer, Circumstances, Prompt, PromptKind, PromptState};
use flow::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ApiError, App, Command, ErrorCode, OWNER, Response, Right, Surface,
    command::to_json,
    commands::policy::in_force,
    text::{columns, short, visible, when, word},
};

/// So many digits of a digest name it well enough.
const LEAST_DIGITS: usize = 16;

/// The questions that wait for an answer
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Prompts {
    /// Only this one, with all that an approver is to see
    #[arg(value_name = "PROMPT")]
    #[serde(default)]
    pub prompt: Option<String>,
}

/// Questions to people.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PromptList {
    /// In the order they were opened.
    pub prompts: Vec<Prompt>,
    /// Whether one was asked for by its id.
    pub one: bool,
}

impl Command for Prompts {
    const NAME: &'static str = "prompts";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::ALL;
    type Response = PromptList;

    async fn handle(self, app: &App) -> Result<PromptList, ApiError> {
        match &self.prompt {
            Some(id) => Ok(PromptList { prompts: vec![find(app, id).await?], one: true }),
            None => {
                let store = &app.home()?.store;
                // Those that no run waits for are closed by nobody else.
                store.expire_proposals().await?;
                Ok(PromptList { prompts: store.prompts(true).await?, one: false })
            }
        }
    }
}

impl Response for PromptList {}

impl Display for PromptList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.one {
            return self.prompts.iter().try_for_each(|prompt| write_prompt(f, prompt));
        }
        let row = |prompt: &Prompt| {
            let until = prompt.expires_at.map_or_else(|| "no end".to_owned(), |at| format!("until {}", when(at)));
            vec![
                prompt.id.clone(),
                word(&prompt.kind),
                visible(&prompt.shown.sentence),
                until,
                prompt.run.clone().unwrap_or_default(),
            ]
        };
        columns(f, &self.prompts.iter().map(row).collect::<Vec<_>>())
    }
}

/// A prompt with all that an approver is to see.
fn write_prompt(f: &mut fmt::Formatter<'_>, prompt: &Prompt) -> fmt::Result {
    writeln!(f, "{}", visible(&prompt.shown.sentence))?;
    let facts = prompt.shown.facts.iter().map(|fact| (visible(&fact.label), visible(&fact.value), visible(&fact.source)));
    let lines = prompt.shown.verdict.iter().flat_map(|verdict| &verdict.lines);
    let rules = lines.map(|line| (format!("rule {}", line.rule), visible(&line.reason), word(&line.outcome)));
    let row = |(label, value, aside): (String, String, String)| vec![format!("  {label}"), format!("{value} ({aside})")];
    columns(f, &facts.chain(rules).map(row).collect::<Vec<_>>())?;
    let until = prompt.expires_at.map_or_else(|| "does not expire".to_owned(), |at| format!("no at {}", when(at)));
    writeln!(f, "  prompt {}, {}, {until}", prompt.id, word(&prompt.state))?;
    writeln!(f, "  digest {}", prompt.request_digest)
}

/// Says yes to a question. Asks for the amount to be typed; without a terminal the digest is named
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Approve {
    /// The prompt's id
    #[arg(value_name = "PROMPT")]
    pub prompt: String,
    /// The first 16 digits, or more, of the digest of what is asked, where nothing can be typed
    #[arg(long = "digest", value_name = "DIGITS", value_parser = |digits: &str| Ok::<_, String>(Proof::Digest(digits.to_owned())))]
    #[serde(default)]
    pub proof: Option<Proof>,
    /// Why, in your words
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub reason: String,
}

/// How an approver showed that they know what they say yes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// They typed what [`what_to_type`] says, in a terminal.
    Typed(String),
    /// They named the first 16 digits, or more, of the digest of what is asked.
    Digest(String),
    /// They saw it in a window, and pressed.
    Seen(Seen),
    /// Nobody: it is the demo's approver. Only for payments in credits of the embedded ledger.
    Demo,
}

/// What was in the window when somebody said yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The digest of what is asked, whole.
    pub request: Digest,
    /// The digest of what was shown, whole.
    pub shown: Digest,
    /// How they pressed.
    pub how: Press,
    /// What they typed, where that is asked for: what [`what_to_type`] says.
    #[serde(default)]
    pub typed: Option<String>,
}

/// How somebody pressed to say yes in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Press {
    /// Held down for a while.
    Held,
    /// Twice, one after the other.
    Twice,
}

/// Where somebody said something other than yes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// In a terminal.
    #[default]
    Terminal,
    /// In a window.
    Window,
}

/// A no or an outcome as a page may give it: under the window's name.
fn in_a_window(mut request: Value) -> Result<Value, ApiError> {
    if let Some(fields) = request.as_object_mut() {
        fields.insert("surface".to_owned(), to_json(&Where::Window)?);
        fields.remove("unattended");
    }
    Ok(request)
}

/// What is typed to say yes: the amount of a payment, the host of a call, else `yes`.
pub fn what_to_type(prompt: &Prompt) -> String {
    match prompt.request.as_ref().map(|request| &request.action) {
        Some(Action::Pay(pay)) => pay.amount.digits(),
        Some(Action::Call(call)) => call.host.clone(),
        Some(Action::File(_) | Action::ChangePolicy { .. }) | None => "yes".to_owned(),
    }
}

/// A prompt that was answered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Its id.
    pub prompt: String,
    /// The run that waited for it, if one did.
    pub run: Option<String>,
    /// The answer.
    pub answer: Answer,
    /// The digest of the signed decision.
    pub decision: Digest,
}

impl Response for Answered {}

impl Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.run.as_ref().map_or(String::new(), |run| format!("; run {run} goes on"));
        writeln!(f, "{}: {}, decision {}{run}", self.prompt, word(&self.answer), short(&self.decision))
    }
}

impl Command for Approve {
    const NAME: &'static str = "approve";
    const RIGHT: Right = Right::Approve;
    type Response = Answered;

    fn of_a_page(request: Value) -> Result<Value, ApiError> {
        if request.pointer("/proof/seen").is_some_and(Value::is_object) {
            return Ok(request);
        }
        let message = "A page shows that its prompt was seen; it has no other proof.";
        Err(ApiError::new(ErrorCode::Refused, message, "Send the digests of what is shown."))
    }

    async fn handle(self, app: &App) -> Result<Answered, ApiError> {
        let prompt = find(app, &self.prompt).await?;
        let surface = surface(&prompt, self.proof.as_ref())?;
        decide(app, prompt, Answer::Approve, surface, &self.reason).await
    }
}

/// The surface that a proof was given on, if it proves anything.
fn surface(prompt: &Prompt, proof: Option<&Proof>) -> Result<&'static str, ApiError> {
    let refused = |message: String, hint: String| Err(ApiError::new(ErrorCode::Refused, message, hint));
    let digest = prompt.request_digest.to_string();
    match proof {
        Some(Proof::Typed(text)) if *text == what_to_type(prompt) => Ok("terminal"),
        Some(Proof::Typed(text)) => {
            refused(format!("{text:?} is not what this prompt asks for."), format!("Type {} to say yes.", what_to_type(prompt)))
        }
        Some(Proof::Digest(digits)) if digits.len() < LEAST_DIGITS => refused(
            format!("{} digits are too few.", digits.len()),
            format!("Name at least the first {LEAST_DIGITS} of the digest."),
        ),
        Some(Proof::Digest(digits)) if digest.starts_with(&digits.to_ascii_lowercase()) => Ok("digest"),
        Some(Proof::Digest(_)) => refused(
            "What this prompt asks for has another digest.".to_owned(),
            format!("Look with `assent prompts {}` what is asked.", prompt.id),
        ),
        Some(Proof::Seen(seen)) if seen.request != prompt.request_digest || seen.shown != prompt.shown_digest => {
            refused("What was seen is not what this prompt asks.".to_owned(), "Look at it again, and decide then.".to_owned())
        }
        Some(Proof::Seen(Seen { typed: Some(text), .. })) if *text != what_to_type(prompt) => {
            refused(format!("{text:?} is not what this prompt asks for."), format!("Type {} to say yes.", what_to_type(prompt)))
        }
        Some(Proof::Seen(Seen { how: Press::Held, .. })) => Ok("window-held"),
        Some(Proof::Seen(Seen { how: Press::Twice, .. })) => Ok("window-twice"),
        Some(Proof::Demo) => match prompt.request.as_ref().map(|request| &request.action) {
            Some(Action::Pay(pay)) if pay.rail == "credits" => Ok("demo"),
            _ => refused(
                "The demo's approver answers for payments on the rail credits only.".to_owned(),
                "Answer it yourself.".to_owned(),
            ),
        },
        None => refused(
            "Nothing shows that you know what you say yes to.".to_owned(),
            format!("In a terminal you are asked to type it; elsewhere add --digest {}.", &digest[..LEAST_DIGITS]),
        ),
    }
}

/// Says no to a question
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Deny {
    /// The prompt's id
    #[arg(value_name = "PROMPT")]
    pub prompt: String,
    /// Why, in your words
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub reason: String,
    /// Whether nobody was there to ask: no answer is a no.
    #[arg(skip)]
    #[serde(default)]
    pub unattended: bool,
    /// Where somebody said so.
    #[arg(skip)]
    #[serde(default)]
    pub surface: Where,
}

impl Command for Deny {
    const NAME: &'static str = "deny";
    const RIGHT: Right = Right::Approve;
    type Response = Answered;

    fn of_a_page(request: Value) -> Result<Value, ApiError> {
        in_a_window(request)
    }

    async fn handle(self, app: &App) -> Result<Answered, ApiError> {
        let prompt = find(app, &self.prompt).await?;
        if prompt.kind == PromptKind::Outcome {
            let message = format!("{} asks what became of something that was sent; a no is no answer to it.", prompt.id);
            return Err(ApiError::bad_request(
                message,
                format!("Say what happened: `assent answer {} happened|did-not|again`.", prompt.id),
            ));
        }
        let surface = if self.unattended { "unattended".to_owned() } else { word(&self.surface) };
        decide(app, prompt, Answer::Reject, &surface, &self.reason).await
    }
}

/// Says what became of something that was sent and never answered
#[derive(Debug, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct AnswerOutcome {
    /// The prompt's id
    #[arg(value_name = "PROMPT")]
    pub prompt: String,
    /// What became of it
    #[arg(value_enum)]
    pub outcome: Outcome,
    /// How you know, in your words
    #[arg(long, default_value = "")]
    #[serde(default)]
    pub reason: String,
    /// Where somebody said so.
    #[arg(skip)]
    #[serde(default)]
    pub surface: Where,
}

/// What became of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It happened: the money held for it is taken
    Happened,
    /// It did not happen: the money held for it is given back
    DidNot,
    /// Try again with the same key
    Again,
}

impl Command for AnswerOutcome {
    const NAME: &'static str = "answer";
    const RIGHT: Right = Right::Approve;
    type Response = Answered;

    fn of_a_page(request: Value) -> Result<Value, ApiError> {
        in_a_window(request)
    }

    async fn handle(self, app: &App) -> Result<Answered, ApiError> {
        let prompt = find(app, &self.prompt).await?;
        let answer = match self.outcome {
            Outcome::Happened => Answer::Happened,
            Outcome::DidNot => Answer::DidNot,
            Outcome::Again => Answer::Again,
        };
        if !answer.fits(prompt.kind) {
            let message = format!("{} is no question about what became of something.", prompt.id);
            return Err(ApiError::bad_request(message, "Use `assent approve` or `assent deny`."));
        }
        decide(app, prompt, answer, &word(&self.surface), &self.reason).await
    }
}

pub(crate) async fn find(app: &App, id: &str) -> Result<Prompt, ApiError> {
    let prompt = app.home()?.store.prompt_by_id(id).await?;
    prompt.ok_or_else(|| ApiError::not_found("prompt", id, "List those that are open with `assent prompts`."))
}

/// Signs the answer as the workspace's owner and has it recorded.
async fn decide(app: &App, prompt: Prompt, answer: Answer, surface: &str, reason: &str) -> Result<Answered, ApiError> {
    let home = app.home()?;
    if prompt.state != PromptState::Open {
        let message = format!("{} is {} already.", prompt.id, word(&prompt.state));
        return Err(ApiError::new(ErrorCode::Conflict, message, "List the open ones with `assent prompts`."));
    }
    if !prompt.is_whole() {
        let message = format!("{} is not the prompt that its digests name.", prompt.id);
        return Err(ApiError::new(ErrorCode::StoreDamaged, message, "Run `assent verify`, and answer nothing."));
    }
    let policy = in_force(app).await?.number;
    let by = Circumstances { profile: OWNER, surface, reason, at: app.now(), policy };
    let decision = prompt.statement(answer, by).sign(&store::signing_key(home.place.folder(), OWNER)?);
    let digest = decision.digest();
    match &prompt.run {
        Some(run) => {
            home.engine.decide(decision).await?;
            app.touch(run);
        }
        None => {
            home.store.decide(decision).await?;
        }
    }
    Ok(Answered { prompt: prompt.id, run: prompt.run, answer, decision: digest })
}
