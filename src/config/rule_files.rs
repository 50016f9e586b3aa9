//! Rule files from disk: every `.toml` under the given files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// The largest rule file read, in bytes.
const FILE_BYTES: u64 = 1 << 20;
/// The most files of one set.
const MOST_FILES: usize = 10_000;

/// Reads rule files and folders of them, as (path, text) for `RuleSet::from_files`.
///
/// # Errors
/// A path that does not exist or cannot be read, a file that is too large, or no rule file at all.
pub fn rule_files(paths: &[&Path]) -> Result<Vec<(String, String)>, ConfigError> {
    let mut files = Vec::new();
    let mut waiting: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    while let Some(path) = waiting.pop() {
        let kind = fs::metadata(&path).map_err(|error| wrong(&path, &error))?;
        if kind.is_dir() {
            for entry in fs::read_dir(&path).map_err(|error| wrong(&path, &error))? {
                let entry = entry.map_err(|error| wrong(&path, &error))?.path();
                // Links inside a folder are not followed into folders: they may loop.
                let folder = fs::symlink_metadata(&entry).is_ok_and(|m| m.is_dir());
                if folder || entry.extension().is_some_and(|e| e == "toml") {
                    waiting.push(entry);
                }
            }
        } else if kind.len() > FILE_BYTES {
            return Err(ConfigError(format!(
                "{}: larger than {FILE_BYTES} bytes; split the file",
                path.display()
            )));
        } else {
            let text = fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
            files.push((path.display().to_string(), text));
        }
        if files.len() > MOST_FILES {
            return Err(ConfigError(format!("more than {MOST_FILES} rule files; is this the right folder?")));
        }
    }
    if files.is_empty() {
        return Err(ConfigError("no rule file (*.toml) under the given paths".into()));
    }
    Ok(files)
}

fn wrong(path: &Path, error: &std::io::Error) -> ConfigError {
    ConfigError(format!("{}: {error}; check the path and its permissions", path.display()))
}
