//! `unspool explain`.

use std::process::ExitCode;

/// Options of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `explain`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("explain is not built yet")
}
