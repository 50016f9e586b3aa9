//! The command line: one file a subcommand. The only place that knows `anyhow` and exit codes.

mod audit;
mod config;
mod demo;
mod explain;
mod input;
mod judging;
mod pages;
mod replay;
mod rules;
mod scan;
mod serve;
mod train;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A guardrail proxy for LLM APIs that reads what code hides.
#[derive(Debug, Parser)]
#[command(name = "unspool", version, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Run the proxy.
    Serve(serve::Args),
    /// Judge text, a request body or JSON Lines.
    Scan(scan::Args),
    /// Print every stage for one input.
    Explain(explain::Args),
    /// Measure block rate and false-positive rate over labelled sets.
    Replay(Box<replay::Args>),
    /// Check, write, explain and try out rules.
    Rules(rules::Args),
    /// Check a config, hash a key, print the sample.
    Config(config::Args),
    /// Look through the audit log, and judge again what it holds.
    Audit(audit::Args),
    /// Fit the model from labelled JSON Lines.
    Train(train::Args),
    /// See it work: proxy, stand-in model and a few prompts.
    Demo(demo::Args),
    /// Print a shell's completions.
    Completions(pages::CompletionsArgs),
    /// Print the manual page.
    Man(pages::ManArgs),
}

/// Runs the command line and gives the exit code: 0 done, 1 a finding (something blocked, a floor missed), 2 an error.
pub fn main() -> ExitCode {
    let command = Command::parse();
    let done = match command.command {
        Subcommands::Serve(args) => serve::run(args),
        Subcommands::Scan(args) => scan::run(args),
        Subcommands::Explain(args) => explain::run(args),
        Subcommands::Replay(args) => replay::run(*args),
        Subcommands::Rules(args) => rules::run(args),
        Subcommands::Config(args) => config::run(&args),
        Subcommands::Audit(args) => audit::run(args),
        Subcommands::Completions(args) => pages::completions(&args),
        Subcommands::Man(args) => pages::man(&args),
        Subcommands::Train(args) => train::run(args),
        Subcommands::Demo(args) => demo::run(args),
    };
    done.unwrap_or_else(|error| {
        if error.chain().any(closed) {
            return ExitCode::SUCCESS;
        }
        eprintln!("unspool: {error:#}");
        ExitCode::from(2)
    })
}

/// Whether it is only that nobody reads on, as in `unspool … | head`.
fn closed(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints a result.
fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}
