//! Labelled rows from JSON Lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The text.
    pub text: String,
    /// Whether it is harmful.
    pub harmful: bool,
    /// The data set it is from.
    pub source: String,
    /// What its source calls its kind of harm.
    pub category: String,
    /// Whether it is in a language other than English.
    pub foreign: bool,
}

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// It cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// The system's reason.
        error: std::io::Error,
    },
    /// A line is no labelled row.
    #[error("{path}:{line}: {reason}")]
    Row {
        /// The file.
        path: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(serde::Deserialize)]
struct Written {
    #[serde(alias = "prompt")]
    text: String,
    label: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    permissive: Option<bool>,
    core: Option<bool>,
}

/// Reads a JSON Lines file, gzip or not: `text` (or `prompt`), `label`, and where present `source`, `category`, `lang`,
/// `permissive`, `core`. Rows with `core: false` are left out; with `open_only` also those that say
/// `permissive: false`. Who says nothing of it trains on rows of their own.
///
/// # Errors
/// [`CorpusError`] with the file, and the line that is no labelled row.
pub fn read(path: &Path, open_only: bool) -> Result<Vec<Row>, CorpusError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| CorpusError::Io { path: name.clone(), error })?;
    let reader: Box<dyn Read> = match path.extension() {
        Some(end) if end == "gz" => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut rows = Vec::new();
    for (at, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(|error| CorpusError::Io { path: name.clone(), error })?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |reason: String| CorpusError::Row { path: name.clone(), line: at + 1, reason };
        let written: Written = serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
        let kept = written.core != Some(false) && (!open_only || written.permissive != Some(false));
        let row = row(written).map_err(wrong)?;
        if kept {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn row(written: Written) -> Result<Row, String> {
    let harmful = match written.label.as_str() {
        "harmful" => true,
        "benign" => false,
        other => return Err(format!("label {other:?} is neither \"harmful\" nor \"benign\"")),
    };
    Ok(Row {
        text: written.text,
        harmful,
        source: written.source,
        category: written.category.unwrap_or_default(),
        foreign: written.lang.is_some_and(|lang| lang != "en"),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(lines: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        file
    }

    #[test]
    fn only_open_core_rows_are_kept() {
        let file = file(concat!(
            "{\"text\":\"a\",\"label\":\"benign\",\"permissive\":true}\n\n",
            "{\"text\":\"b\",\"label\":\"benign\",\"permissive\":false}\n",
            "{\"prompt\":\"c\",\"label\":\"harmful\",\"permissive\":true,\"core\":false}\n",
            "{\"prompt\":\"d\",\"label\":\"harmful\",\"permissive\":true,\"category\":null}\n",
            "{\"text\":\"e\",\"label\":\"benign\"}\n"
        ));
        let texts = |open| -> Vec<String> {
            read(file.path(), open).unwrap().into_iter().map(|row| row.text).collect()
        };
        assert_eq!(texts(true), ["a", "d", "e"]);
        assert_eq!(texts(false), ["a", "b", "d", "e"]);
    }

    #[test]
    fn a_bad_row_is_named_by_line() {
        let file = file("{\"text\":\"a\",\"label\":\"benign\"}\n{\"text\":\"b\",\"label\":\"odd\"}\n");
        assert!(read(file.path(), false).unwrap_err().to_string().contains(":2: label \"odd\""));
    }
}
