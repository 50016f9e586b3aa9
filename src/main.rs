//! The `unspool` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    unspool::cli::main()
}
