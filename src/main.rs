//! The `unspool` command.

use std::process::ExitCode;

/// Holds memory for Rust and for the parsers in C, and gives back what is free.
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    unspool::cli::main()
}
