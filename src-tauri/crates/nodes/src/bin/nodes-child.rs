//! The working process alone, for this crate's own tests. The product's programs become it by [`nodes::child::ARGUMENT`].

use std::process::ExitCode;

fn main() -> ExitCode {
    nodes::child::run()
}
