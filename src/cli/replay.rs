//! `unspool replay`.

use std::process::ExitCode;

/// Options of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `replay`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("replay is not built yet")
}
