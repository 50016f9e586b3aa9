//! `unspool rules`.

use std::process::ExitCode;

/// Options of `rules`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `rules`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("rules is not built yet")
}
