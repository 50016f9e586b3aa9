//! Rule files from disk: every `.toml` under the given files and folders, and the word lists (`.txt`) beside them.

use std::fs;
use std::path::{Path, PathBuf};

use super::ConfigError;
use crate::judge::rule::RuleSet;

/// Stands among paths for the rules that ship in the binary. A folder of that name is `./builtin`.
pub(super) const BUILT_IN: &str = "builtin";

/// The largest rule file read, in bytes.
const FILE_BYTES: u64 = 1 << 20;
/// The most files of one set.
const MOST_FILES: usize = 10_000;

/// Reads rule files and folders of them, and the built-in ones for `builtin`, as (path, text) for `RuleSet::from_files`.
///
/// # Errors
/// A path that does not exist or cannot be read, a file that is too large, or no rule file at all.
pub fn rule_files(paths: &[&Path]) -> Result<Vec<(String, String)>, ConfigError> {
    let mut files = Vec::new();
    let (built_in, written): (Vec<&Path>, Vec<&Path>) =
        paths.iter().partition(|path| **path == Path::new(BUILT_IN));
    if !built_in.is_empty() {
        files.extend(RuleSet::shipped());
    }
    let mut waiting: Vec<PathBuf> = written.iter().map(|path| path.to_path_buf()).collect();
    while let Some(path) = waiting.pop() {
        let kind = fs::metadata(&path).map_err(|error| wrong(&path, &error))?;
        if kind.is_dir() {
            waiting.extend(entries(&path)?.into_iter().filter(|entry| {
                // Links inside a folder are not followed into folders: they may loop.
                let folder = fs::symlink_metadata(entry).is_ok_and(|m| m.is_dir());
                folder || is_a(entry, "toml") || is_a(entry, "txt")
            }));
        } else if kind.len() > FILE_BYTES {
            return Err(ConfigError(format!(
                "{}: larger than {FILE_BYTES} bytes; split the file",
                path.display()
            )));
        } else {
            let text = fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
            if is_a(&path, "toml") && text.trim().is_empty() {
                // What is being written is empty first, and must not count as no rules.
                return Err(ConfigError(format!(
                    "{}: empty; write its rules, or take it away",
                    path.display()
                )));
            }
            files.push((path.display().to_string(), text));
            // A rule file given by itself may name word lists beside it.
            if paths.contains(&path.as_path()) && is_a(&path, "toml") {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let beside = entries(folder.unwrap_or(Path::new(".")))?;
                // Named as the rule file is, so that the two are known to lie together.
                let named = |entry: PathBuf| entry.strip_prefix(".").map(Path::to_path_buf).unwrap_or(entry);
                waiting.extend(beside.into_iter().filter(|entry| is_a(entry, "txt")).map(named));
            }
        }
        if files.len() > MOST_FILES {
            return Err(ConfigError(format!("more than {MOST_FILES} rule files; is this the right folder?")));
        }
    }
    files.sort();
    files.dedup();
    if !files.iter().any(|(path, _)| path.ends_with(".toml")) {
        return Err(ConfigError("no rule file (*.toml) under the given paths".into()));
    }
    Ok(files)
}

/// What lies in a folder, hidden things aside: Kubernetes keeps older states of a mounted folder in such.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let wrong = |error: std::io::Error| wrong(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn is_a(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

fn wrong(path: &Path, error: &std::io::Error) -> ConfigError {
    ConfigError(format!("{}: {error}; check the path and its permissions", path.display()))
}
