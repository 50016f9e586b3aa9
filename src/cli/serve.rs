//! `unspool serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{Config, address};
use crate::judge::decide::Mode;
use crate::serve::{self, Upstream};

/// Options of `serve`. What is given here wins over the config file.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Settings, as TOML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where requests come in [default: 127.0.0.1:8080]; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Where cleared requests go, e.g. `https://api.openai.com`; `echo:` is a built-in stand-in model.
    #[arg(long, value_name = "URL")]
    upstream: Option<Upstream>,
    /// Where /healthz, /readyz, /metrics and /console are served [default: nowhere].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    admin: Option<SocketAddr>,
    /// Whether a block is carried out, or only counted.
    #[arg(long, value_enum)]
    mode: Option<ModeArg>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ModeArg {
    Block,
    Monitor,
}

/// Runs `serve`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = match &args.config {
        Some(path) => Config::from_file(path)?,
        None => Config::default(),
    };
    config.listen = args.listen.or(config.listen);
    config.admin = args.admin.or(config.admin);
    config.upstream = args.upstream.or(config.upstream);
    config.policy.mode = match args.mode {
        Some(ModeArg::Block) => Mode::Block,
        Some(ModeArg::Monitor) => Mode::Monitor,
        None => config.policy.mode,
    };
    let settings = config.settings()?;
    let engine = config.engine()?;
    serve::run(settings, Arc::new(engine))?;
    Ok(ExitCode::SUCCESS)
}
