//! Ordinary code: source files off a disk, and the texts that the reader finds in code. A program's strings, names and
//! comments ask for nothing; a model that has not seen such texts takes some of them for requests.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::calibrate;
use super::corpus::Row;
use super::rng::Rng;
use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::rule::RuleSet;
use crate::measure::pool;
use crate::read::candidate::Candidate;
use crate::read::candidate::Origin;
use crate::request::Request;
use crate::screen::Engine;
use crate::screen::Kept;
use crate::screen::Options;
use crate::screen::screen;

/// Endings of files that are code.
const ENDINGS: &[&str] = &[
    "rs", "py", "c", "h", "cc", "cpp", "go", "js", "ts", "java", "rb", "sh", "toml", "md", "rst", "pl", "pm",
    "php", "lua", "json", "yml", "yaml", "html", "css", "sql", "ps1", "cs", "kt", "swift", "scala", "r", "R",
    "jl", "hs", "cmake", "txt", "po", "xml", "ipynb", "vue", "tsx", "jsx", "mjs", "pyi", "ini", "cfg",
    "proto", "gd", "dart", "ex", "exs", "erl", "clj", "fs", "tf", "tcl", "m", "hpp",
];
/// Smaller files say nothing, larger ones are tables or generated.
const SIZES: std::ops::Range<u64> = 200..24 << 10;
/// Files of one package, and one more for each so many that it has: no package is to be heard much more than others.
const FILES_OF_ONE: usize = 6;
const ONE_MORE: usize = 30;
/// Texts of one piece of code that are learned from, whatever they say.
const TEXTS: usize = 24;

/// Source files below `folder` as benign rows, at most `most`, drawn by `seed`. Each folder right below it is a source of
/// its own, a package.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path, most: usize, seed: u64) -> io::Result<Vec<Row>> {
    let mut rng = Rng::new(seed);
    let mut packages = sorted(folder)?;
    rng.shuffle(&mut packages);
    let mut rows = Vec::new();
    for package in packages {
        let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut found = below(package)?;
        rng.shuffle(&mut found);
        let of_one = FILES_OF_ONE + found.len() / ONE_MORE;
        let texts = found.iter().filter_map(|path| std::fs::read_to_string(path).ok()).take(of_one);
        rows.extend(texts.map(|text| Row {
            text,
            harmful: false,
            source: format!("code_files {name}"),
            category: String::new(),
            foreign: false,
        }));
        if rows.len() >= most {
            break;
        }
    }
    rows.truncate(most);
    Ok(rows)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

/// Every file of code at or below `path`.
fn below(path: PathBuf) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![path];
    while let Some(path) = left.pop() {
        let about = std::fs::symlink_metadata(&path)?;
        if about.is_dir() {
            left.extend(sorted(&path)?);
        } else if about.is_file() && SIZES.contains(&about.len()) && is_code(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|end| ENDINGS.iter().any(|known| end == *known))
}

/// Longer than any piece of code takes.
const UNHURRIED: Duration = Duration::from_secs(60);

/// The engine that reads code for learning: it judges nothing, and no clock decides what it reads, or the same data would
/// give another model on a busy machine.
pub(super) fn reader(rules: &Arc<RuleSet>) -> Engine {
    let judges = Judges { rules: Arc::clone(rules), model: Arc::new(Model::blank()) };
    let limits =
        Limits { deadline: UNHURRIED, parse: UNHURRIED, parse_total: UNHURRIED, ..Limits::default() };
    Engine { judges, limits, options: Options::default(), kept: Kept::default() }
}

/// What is found in the code of every row, the code itself included; nothing for rows that are no code. Reading is
/// most of the work, so it is done once, on every core.
pub(super) fn read(reader: &Engine, rows: &[Row]) -> Vec<Vec<Candidate>> {
    let mut found = Vec::with_capacity(rows.len());
    pool::in_order(
        pool::cores(),
        |give| rows.iter().all(give),
        |row: &Row| if calibrate::is_code(&row.source) { texts(reader, &row.text) } else { Vec::new() },
        |texts| {
            found.push(texts);
            true
        },
    );
    found
}

fn texts(reader: &Engine, code: &str) -> Vec<Candidate> {
    let bare = |candidate: Candidate| Candidate { via: Vec::new(), spans: Vec::new(), ..candidate };
    screen(reader, &Request::plain(code)).candidates.into_iter().map(bare).collect()
}

/// Some of the texts found in a piece of code, beside the code itself.
pub(super) fn some(found: &[Candidate], rng: &mut Rng) -> Vec<String> {
    let beside = found.iter().filter(|candidate| candidate.origin != Origin::Plain);
    let beside: BTreeSet<&str> = beside.map(|candidate| candidate.text.as_str()).collect();
    let mut texts: Vec<String> = beside.into_iter().map(str::to_owned).collect();
    rng.shuffle(&mut texts);
    texts.truncate(TEXTS);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_below_a_folder_and_its_texts_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("bakery/src");
        std::fs::create_dir_all(&package).unwrap();
        let code = "oven.append(\"bake the rye bread\")\n".repeat(10);
        std::fs::write(package.join("oven.py"), &code).unwrap();
        std::fs::write(package.join("notes.bin"), &code).unwrap();
        let rows = files(folder.path(), 10, 1).unwrap();
        assert_eq!(rows.len(), 1);
        (0..20).for_each(|at| std::fs::write(folder.path().join(format!("{at}.py")), &code).unwrap());
        assert_eq!(files(folder.path(), 100, 1).unwrap().len(), 21, "every package is read");
        assert_eq!(rows[0].source, "code_files bakery");
        let reader = reader(&Arc::new(RuleSet::embedded().unwrap()));
        let found = read(&reader, &rows);
        let texts = some(&found[0], &mut Rng::new(1));
        assert!(texts.iter().any(|text| text == "bake the rye bread"), "{texts:?}");
    }
}
