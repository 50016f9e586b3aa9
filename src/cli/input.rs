//! Where a subcommand reads from: a file, or standard input as `-`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;

use crate::measure::lines::LINE_CAP;

/// The given paths, or standard input when there is none.
pub(super) fn or_stdin(paths: &[PathBuf]) -> Vec<PathBuf> {
    if paths.is_empty() { vec![PathBuf::from("-")] } else { paths.to_vec() }
}

/// Opens `path`.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads all of `path`, up to the cap of a line.
pub(super) fn whole(path: &Path) -> anyhow::Result<Bytes> {
    let mut bytes = Vec::new();
    let cap = LINE_CAP as u64;
    open(path)?
        .take(cap.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| path.display().to_string())?;
    anyhow::ensure!(bytes.len() <= LINE_CAP, "{}: longer than {LINE_CAP} bytes", path.display());
    Ok(Bytes::from(bytes))
}
