//! `unspool serve`.

use std::process::ExitCode;

/// Options of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs `serve`.
pub(super) fn run(_args: Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("serve is not built yet")
}
