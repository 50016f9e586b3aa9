//! Where audit lines go: a file that is turned over by size, or standard output; written by a thread of its own.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::metrics::Counts;

/// Lines that may wait to be written.
const WAITING: usize = 4096;
/// How long a decision waits for its line where lines are required.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// How decisions are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// Where to; nowhere when none.
    pub to: Option<To>,
    /// Bytes of a file before it is turned over.
    pub max_bytes: u64,
    /// Files kept beside the current one: `NAME.1` is the newest.
    pub keep: usize,
    /// Characters kept of the text that decided, redacted; 0 keeps none.
    pub text_chars: usize,
    /// Whether a request is refused when its line cannot be written.
    pub required: bool,
}

impl AuditSettings {
    /// Characters a log keeps of the text that decides; none without a log.
    pub(crate) fn kept(&self) -> Option<usize> {
        self.to.as_ref().map(|_| self.text_chars)
    }

    /// Whether the log can be written, found out without a byte written.
    ///
    /// # Errors
    /// When its file cannot be opened, or its folder is none.
    pub(crate) fn prove(&self) -> io::Result<()> {
        let Some(To::File(path)) = &self.to else { return Ok(()) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let found = if path.exists() {
            OpenOptions::new().append(true).open(path).map(|_| true)
        } else {
            fs::metadata(folder).map(|found| found.is_dir() && !found.permissions().readonly())
        };
        match found {
            Ok(true) => Ok(()),
            Ok(false) => Err(named(path, io::ErrorKind::PermissionDenied.into())),
            Err(error) => Err(named(path, error)),
        }
    }
}

impl Default for AuditSettings {
    fn default() -> Self {
        AuditSettings { to: None, max_bytes: 100 << 20, keep: 5, text_chars: 0, required: false }
    }
}

type Written = (Arc<[u8]>, Option<oneshot::Sender<bool>>);

/// Takes lines. Dropped, it writes what waits.
pub(super) struct Sink {
    lines: Option<SyncSender<Written>>,
    thread: Option<JoinHandle<()>>,
    required: bool,
    counts: Counts,
}

impl fmt::Debug for Sink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sink").field("required", &self.required).finish_non_exhaustive()
    }
}

impl Sink {
    /// Opens the log.
    ///
    /// # Errors
    /// When the file cannot be opened, or no thread started.
    pub(super) fn open(settings: &AuditSettings, counts: Counts) -> io::Result<Option<Self>> {
        let Some(to) = settings.to.clone() else { return Ok(None) };
        let mut out = Out::open(to, settings.max_bytes.max(1), settings.keep)?;
        let (lines, waiting) = sync_channel(WAITING);
        let counted = counts.clone();
        let thread = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || write_all(&waiting, &mut out, &counted))?;
        Ok(Some(Sink { lines: Some(lines), thread: Some(thread), required: settings.required, counts }))
    }

    /// Takes a line and does not wait; one too many is dropped and counted.
    pub(super) fn put(&self, line: Arc<[u8]>) {
        if !self.send((line, None)) {
            super::metrics::bump(&self.counts, "result", "dropped");
        }
    }

    /// Takes a line; where lines are required, says whether it is written.
    pub(super) async fn put_surely(&self, line: Arc<[u8]>) -> bool {
        if !self.required {
            self.put(line);
            return true;
        }
        let (done, written) = oneshot::channel();
        self.send((line, Some(done))) && matches!(timeout(PATIENCE, written).await, Ok(Ok(true)))
    }

    fn send(&self, line: Written) -> bool {
        self.lines.as_ref().is_some_and(|lines| lines.try_send(line).is_ok())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.lines = None;
        let give_up = Instant::now() + Duration::from_secs(1);
        while !self.thread.as_ref().is_none_or(JoinHandle::is_finished) && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn write_all(waiting: &Receiver<Written>, out: &mut Out, counts: &Counts) {
    let mut well = true;
    while let Ok((line, done)) = waiting.recv() {
        let written = out.write(&line);
        if let (Err(error), true) = (&written, well) {
            tracing::error!(%error, "the audit log cannot be written");
        }
        well = written.is_ok();
        super::metrics::bump(counts, "result", if well { "written" } else { "failed" });
        if let Some(done) = done {
            // A caller that no longer waits was refused already.
            let _ = done.send(well);
        }
    }
}

/// An open log.
struct Out {
    to: To,
    file: Option<(File, u64)>,
    max_bytes: u64,
    keep: usize,
}

impl Out {
    fn open(to: To, max_bytes: u64, keep: usize) -> io::Result<Self> {
        let file = match &to {
            To::Stdout => None,
            To::File(path) => Some(appended(path).map_err(|error| named(path, error))?),
        };
        Ok(Out { to, file, max_bytes, keep })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let To::File(path) = &self.to else { return io::stdout().lock().write_all(line) };
        let path = path.clone();
        let full = |(_, length): &(File, u64)| *length > 0 && *length + line.len() as u64 > self.max_bytes;
        if self.file.as_ref().is_some_and(full) {
            self.file = None;
            turn_over(&path, self.keep)?;
        }
        // A log that failed once, or was taken away, is opened anew.
        if self.file.is_none() || !path.exists() {
            self.file = Some(appended(&path)?);
        }
        let Some((file, length)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(line);
        if written.is_err() {
            // No half of a line stays, where that can be helped: a disk that is full can still be given back to.
            let _ = file.set_len(*length);
            self.file = None;
        } else {
            *length += line.len() as u64;
        }
        written
    }
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn appended(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// `NAME` becomes `NAME.1`, that `NAME.2`, and so on; the last is deleted.
fn turn_over(path: &Path, keep: usize) -> io::Result<()> {
    let numbered = |number: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    if keep == 0 {
        return fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        if numbered(number).exists() {
            fs::rename(numbered(number), numbered(number + 1))?;
        }
    }
    fs::rename(path, numbered(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_turned_over_by_size_and_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let mut out = Out::open(To::File(path.clone()), 19, 2).unwrap();
        for number in 0..8 {
            out.write(format!("line {number}...\n").as_bytes()).unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("audit.jsonl"), "line 7...\n");
        assert_eq!(read("audit.jsonl.1"), "line 6...\n");
        assert_eq!(read("audit.jsonl.2"), "line 5...\n");
        assert!(!folder.path().join("audit.jsonl.3").exists());
        fs::remove_file(&path).unwrap();
        out.write(b"again\n").unwrap();
        assert_eq!(read("audit.jsonl"), "again\n");
    }
}
