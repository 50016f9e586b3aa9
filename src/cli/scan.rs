//! `unspool scan`.

use std::process::ExitCode;

/// Options of `scan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `scan`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("scan is not built yet")
}
