//! The command line, `assent`: names, arguments and help come from the command registry of the crate `api`.

mod ask;
mod cli;
mod follow;
mod output;
mod receipt;
mod serve;
mod verbs;

use std::{env, process::ExitCode};

use crate::{cli::Cli, output::Output};

fn main() -> ExitCode {
    // The speech model, and flows' own code, run in processes of their own: this program again, called so by itself.
    if let Some(exit) = assent::wiring::child() {
        return exit;
    }
    let cli = match Cli::read(env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; where they can't be written there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(api::Exit::Usage.number()));
        }
    };
    assent::place::log();
    let output = Output::new(cli.json);
    let done = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map(|runtime| {
        let done = runtime.block_on(verbs::carry_out(&cli, &output));
        // A thread that still waits for a line from the terminal must not hold the program up.
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(Ok(exit)) => ExitCode::from(exit.number()),
        Ok(Err(error)) => {
            output.error(&error);
            ExitCode::from(api::Exit::from(&error).number())
        }
        Err(error) => {
            output.error(&api::ApiError::internal(error));
            ExitCode::from(api::Exit::Machine.number())
        }
    }
}
