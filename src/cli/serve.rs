//! `unspool serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{Config, ConfigError, address};
use crate::judge::decide::Mode;
use crate::screen::Engine;
use crate::serve::{self, LogLevel, Reload, Settings, Upstream};

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
    /// The environment variable that holds the admin token; required unless the admin address is on loopback.
    #[arg(long, value_name = "NAME")]
    admin_token_env: Option<String>,
    /// Where the check services answer: /v1/moderations, LiteLLM, agentgateway, LLM Guard, FMS [default: nowhere].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    check: Option<SocketAddr>,
    /// Where Envoys ask over ext_proc (gRPC) [default: nowhere].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    ext_proc: Option<SocketAddr>,
    /// Whether a block is carried out, or only counted.
    #[arg(long, value_enum)]
    mode: Option<ModeArg>,
    /// How much is logged: error, warn, info, debug or trace [default: info].
    #[arg(long, value_name = "LEVEL")]
    log: Option<LogLevel>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ModeArg {
    Block,
    Monitor,
}

/// How jemalloc is to hold memory: in two places for all threads, and what is free goes back to the system half a second later, by a
/// thread of its own.
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
const MALLOC_CONF: &str =
    "narenas:2,background_thread:true,max_background_threads:1,dirty_decay_ms:500,muzzy_decay_ms:0";

/// Has memory that large requests took given back: without this a process that read a few stays at twice the size. The allocator asks
/// for it only when a program starts, so the program starts anew, as the same process. Whoever sets `MALLOC_CONF` has chosen.
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
fn hold_less_memory() {
    use std::os::unix::process::CommandExt;
    if std::env::var_os("MALLOC_CONF").is_some() {
        return;
    }
    let mut args = std::env::args_os();
    let (Some(name), Ok(program)) = (args.next(), std::env::current_exe()) else { return };
    // It comes back only where that cannot be done; then memory is held as it is.
    let _ = std::process::Command::new(program).arg0(name).args(args).env("MALLOC_CONF", MALLOC_CONF).exec();
}

#[cfg(not(all(feature = "jemalloc", target_os = "linux", target_env = "gnu")))]
fn hold_less_memory() {}

/// Runs `serve`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    hold_less_memory();
    let args = Arc::new(args);
    let (settings, engine) = loaded(&args)?;
    serve::run(settings, engine)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads config, rules and model, now and whenever their files change. Flags win each time.
fn loaded(args: &Arc<Args>) -> Result<(Settings, Arc<Engine>), ConfigError> {
    let config = args.config()?;
    let (engine, mut settings) = (config.engine()?, config.settings()?);
    let again = Arc::clone(args);
    settings.reload = Some(Reload {
        load: Arc::new(move || loaded(&again).map_err(|error| error.0)),
        watch: args.config.iter().cloned().chain(config.reads()).collect(),
    });
    Ok((settings, Arc::new(engine)))
}

impl Args {
    fn config(&self) -> Result<Config, ConfigError> {
        let mut config = self.config.as_deref().map(Config::from_file).transpose()?.unwrap_or_default();
        config.listen = self.listen.or(config.listen);
        config.admin = self.admin.or(config.admin);
        config.check = self.check.or(config.check);
        config.ext_proc = self.ext_proc.or(config.ext_proc);
        config.admin_token_env = self.admin_token_env.clone().or(config.admin_token_env);
        config.upstream = self.upstream.clone().or(config.upstream);
        config.log = self.log.unwrap_or(config.log);
        config.policy.mode = match self.mode {
            Some(ModeArg::Block) => Mode::Block,
            Some(ModeArg::Monitor) => Mode::Monitor,
            None => config.policy.mode,
        };
        Ok(config)
    }
}
