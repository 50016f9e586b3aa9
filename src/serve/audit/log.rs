//! JSON lines to stderr, written by a thread of their own: a slow or stuck reader of the log must not stop the proxy.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::serve::settings::LogLevel;

/// Lines that may wait to be written; more are dropped.
const WAITING: usize = 8192;

/// Keeps the log thread; dropped, it writes what waits.
#[derive(Debug)]
pub(crate) struct LogGuard {
    lines: SyncSender<Vec<u8>>,
    thread: Option<JoinHandle<()>>,
}

/// Sends logs to stderr as JSON lines from now on. A second call in one process changes nothing.
pub(crate) fn install(level: LogLevel) -> LogGuard {
    let (lines, waiting) = sync_channel(WAITING);
    let thread = std::thread::Builder::new().name("log".into()).spawn(move || write_all(&waiting)).ok();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter(level))
        .with_writer(Queue { lines: lines.clone() })
        .finish();
    // Fails only when a subscriber is there already, which then keeps the logs.
    let _ = tracing::subscriber::set_global_default(subscriber);
    LogGuard { lines, thread }
}

/// What is told at this level: of what others' code has to say nothing below `info`, since it says what passes through it, keys
/// and all.
fn filter(level: LogLevel) -> EnvFilter {
    let others = level.min(LogLevel::Info);
    EnvFilter::new(format!("{others},unspool={level}"))
}

/// Makes panics log where they happened and nothing else: a panic's message may quote a request.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a thread panicked; one request is lost");
    }));
}

fn write_all(waiting: &Receiver<Vec<u8>>) {
    while let Ok(line) = waiting.recv() {
        if line.is_empty() || io::stderr().write_all(&line).is_err() {
            return;
        }
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        // The subscriber lives as long as the process and keeps the queue open: an empty line ends the thread. A reader
        // that is stuck must not keep the process from ending.
        let _ = self.lines.try_send(Vec::new());
        let give_up = Instant::now() + Duration::from_secs(1);
        while !self.thread.as_ref().is_none_or(JoinHandle::is_finished) && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[derive(Debug, Clone)]
struct Queue {
    lines: SyncSender<Vec<u8>>,
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Queue;

    fn make_writer(&'a self) -> Queue {
        self.clone()
    }
}

impl Write for Queue {
    /// Takes one whole line: the JSON formatter writes each event at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.lines.try_send(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_say_what_passes_through_them_at_no_level() {
        assert_eq!(filter(LogLevel::Trace).to_string(), "unspool=trace,info");
        assert_eq!(filter(LogLevel::Error).to_string(), "unspool=error,error");
    }
}
