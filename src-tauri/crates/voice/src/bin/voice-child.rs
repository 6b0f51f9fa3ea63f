//! The transcribing process alone, for this crate's own tests. The product's programs become it by [`voice::child::ARGUMENT`].

use std::process::ExitCode;

fn main() -> ExitCode {
    voice::child::run()
}
