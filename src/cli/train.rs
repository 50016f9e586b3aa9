//! `unspool train`.

use std::process::ExitCode;

/// Options of `train`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `train`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("train is not built yet")
}
