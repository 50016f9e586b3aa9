//! `unspool demo`.

use std::process::ExitCode;

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `demo`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("demo is not built yet")
}
