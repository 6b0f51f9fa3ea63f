//! Carrying a command line out. Most commands are called, and their answer is printed; a few have a part to play here.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _, Read as _},
    path::Path,
    sync::Arc,
};

use api::{
    ApiError, Command, Entry, ErrorCode, Exit, Session,
    commands::{
        flows::{Check, Fmt, Formatted},
        policy::PolicyShow,
        prompts::{Approve, PromptList, Prompts, Proof, what_to_type},
        rehearse::Rerun,
        runs::Run,
        secrets::SecretSet,
        verify::Verify,
    },
};
use assent::wiring::Shipped;
use clap::ArgMatches;

use crate::{
    cli::{self, Cli, Verb},
    follow,
    output::Output,
    serve,
};

/// How `run` answers the prompts of its run.
#[derive(Debug, Default, Clone, Copy, clap::Args)]
pub(crate) struct RunFlags {
    /// Answers as the demo's approver where there is no terminal to ask in; the decision and the receipt say so
    #[arg(long)]
    pub(crate) yes: bool,
    /// Waits for an answer from another terminal, until the prompt expires; without it and without a terminal, no answer is a no
    #[arg(long, conflicts_with = "yes")]
    pub(crate) wait: bool,
}

/// Carries a command line out and says how the program ends.
pub(crate) async fn carry_out(cli: &Cli, output: &Output) -> Result<Exit, ApiError> {
    let (entry, matches) = match &cli.verb {
        Verb::Completions(shell) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut cli::tree(), "assent", &mut text);
            output.text(String::from_utf8_lossy(&text));
            return Ok(Exit::Ok);
        }
        Verb::Serve(flags) => {
            let session = Arc::new(Session::new(cli.place()?, Arc::new(Shipped)));
            let done = serve::serve(*flags, &session, output).await;
            session.finish().await;
            return done;
        }
        Verb::Command(entry, matches) => (*entry, matches),
    };
    let session = Session::new(cli.place()?, Arc::new(Shipped));
    let done = command(entry, matches, &session, output).await;
    session.finish().await;
    done
}

async fn command(entry: &Entry, matches: &ArgMatches, session: &Session, output: &Output) -> Result<Exit, ApiError> {
    match entry.name {
        Rerun::NAME => {
            let flags = RunFlags::of(matches);
            follow::run::<Rerun>(session, request(matches)?, flags, output).await
        }
        Run::NAME => {
            let flags = RunFlags::of(matches);
            follow::run::<Run>(session, request(matches)?, flags, output).await
        }
        Approve::NAME => approve(session, request(matches)?, output).await,
        SecretSet::NAME => {
            let mut request: SecretSet = request(matches)?;
            request.value = secret_value(&request.name)?;
            answer(entry, session.call(request).await?, output)
        }
        Check::NAME => {
            let mut request: Check = request(matches)?;
            // Checking needs no workspace; what it may cost follows from the policy of the one there is.
            if request.cost && session.place().exists() {
                request.policy = Some(Box::new(session.call(PolicyShow {}).await?.policy.policy));
            }
            answer(entry, session.call(request).await?, output)
        }
        Fmt::NAME => {
            let formatted = session.call::<Fmt>(request(matches)?).await?;
            write_flows(&formatted)?;
            answer(entry, formatted, output)
        }
        Verify::NAME => {
            let request: Verify = request(matches)?;
            let verified = match session.call(request.clone()).await {
                // Too damaged to be opened: what can be said of it is said all the same.
                Err(error) if matches!(error.code, ErrorCode::StoreDamaged | ErrorCode::Store) => {
                    request.unopened(session.place()).await?
                }
                verified => verified?,
            };
            answer(entry, verified, output)
        }
        _ => {
            let request = (entry.read)(matches).map_err(unreadable)?;
            let response = session.call_json(entry, request).await?;
            print(entry, response, output)
        }
    }
}

fn request<C: Command>(matches: &ArgMatches) -> Result<C, ApiError> {
    C::from_arg_matches(matches).map_err(unreadable)
}

fn unreadable(error: clap::Error) -> ApiError {
    ApiError::bad_request(error.to_string().trim_end().to_owned(), "See `assent help`.")
}

fn answer<R: api::Response>(entry: &Entry, response: R, output: &Output) -> Result<Exit, ApiError> {
    print(entry, serde_json::to_value(response).map_err(ApiError::internal)?, output)
}

fn print(entry: &Entry, response: serde_json::Value, output: &Output) -> Result<Exit, ApiError> {
    if output.json {
        output.value(&response);
        return Ok((entry.present)(response)?.1);
    }
    let (text, exit) = (entry.present)(response)?;
    output.text(text);
    Ok(exit)
}

/// Asks for the amount to be typed, where no digest was named and there is somebody to ask.
async fn approve(session: &Session, mut request: Approve, output: &Output) -> Result<Exit, ApiError> {
    if request.proof.is_none() && io::stdin().is_terminal() {
        let shown: PromptList = session.call(Prompts { prompt: Some(request.prompt.clone()) }).await?;
        output.note(&shown);
        let Some(prompt) = shown.prompts.first() else { return Err(ApiError::internal("The prompt is gone.")) };
        output.question(format_args!("Type {} to say yes: ", what_to_type(prompt)));
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed).map_err(ApiError::internal)?;
        request.proof = Some(Proof::Typed(typed.trim().to_owned()));
    }
    let entry = Entry::of::<Approve>();
    answer(&entry, session.call(request).await?, output)
}

/// A secret's value: asked for without showing it, or all of standard input without the line's end.
fn secret_value(name: &str) -> Result<String, ApiError> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("Value of {name}: ")).map_err(|error| {
            ApiError::new(ErrorCode::File, format!("The terminal can't be read: {error}."), "Give the value on standard input.")
        });
    }
    let mut value = String::new();
    io::stdin().read_to_string(&mut value).map_err(|error| {
        ApiError::bad_request(format!("Standard input can't be read: {error}."), "Give the value as UTF-8 text.")
    })?;
    let end = value.trim_end_matches(['\r', '\n']).len();
    value.truncate(end);
    Ok(value)
}

/// Writes what `fmt` changed: beside the file first, then in its place, so that no file is ever half written.
fn write_flows(formatted: &Formatted) -> Result<(), ApiError> {
    let changed = formatted.flows.iter().filter(|_| !formatted.check);
    for (file, text) in changed.filter_map(|flow| Some((&flow.file, flow.text.as_ref()?))) {
        let path = fs::canonicalize(file).map_err(|error| ApiError::file(Path::new(file), "found", &error))?;
        api::replace(&path, text.as_bytes()).map_err(|error| ApiError::file(&path, "written", &error))?;
    }
    Ok(())
}
