//! Real code of this machine as requests: they end complete but for an odd one, and each has a handful of candidates for its size. How they are
//! judged is measured by `replay` and, over far more of such code, by `tests/ordinary/run.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use unspool::config::Config;
use unspool::request::Request;
use unspool::screen::screen;

/// Where code may be, and what it ends in.
const PLACES: [(&str, &str); 6] = [
    ("/usr/lib/python3/dist-packages", "py"),
    ("/usr/lib/python3.11", "py"),
    ("/usr/include", "h"),
    ("/usr/share/perl", "pm"),
    ("/usr/lib/ruby", "rb"),
    ("/usr/lib/go-1.19/src/strings", "go"),
];
/// Files of each place, and their sizes.
const FILES: usize = 6;
const SIZES: std::ops::Range<u64> = 1_000..12_000;
/// One file in so many may end incomplete.
const FEW: usize = 20;
/// Candidates that a KiB of code may have on average.
const A_KB: usize = 24;

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    for path in inside.into_iter().filter(|path| !path.is_symlink()) {
        if found.len() >= FILES {
            return;
        }
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|own| own == ending)
            && fs::metadata(&path).is_ok_and(|about| SIZES.contains(&about.len()))
        {
            found.push(path);
        }
    }
}

#[test]
fn the_code_of_this_machine_passes() {
    let mut engine = Config::default().engine().unwrap();
    // A busy machine is slow, and a build without optimisation slower.
    engine.limits.deadline = Duration::from_secs(120);
    let (mut ran, mut candidates, mut bytes, mut failures) = (0, 0, 0, Vec::new());
    for (place, ending) in PLACES {
        let mut found = Vec::new();
        files(Path::new(place), ending, &mut found);
        for path in found {
            let Ok(code) = fs::read_to_string(&path) else { continue };
            let prompt = format!("Explain what this does.\n\n```\n{code}\n```");
            let screened = screen(&engine, &Request::plain(&prompt));
            ran += 1;
            if !screened.incomplete.is_empty() {
                failures.push(format!("{}: incomplete: {:?}", path.display(), screened.incomplete));
            }
            candidates += screened.candidates.len();
            bytes += code.len();
        }
    }
    if ran == 0 {
        eprintln!("skipped: none of {} folders is here", PLACES.len());
    }
    let most = A_KB * (2 * ran + bytes / 1024);
    assert!(candidates <= most, "{candidates} candidates in {bytes} bytes of {ran} files: more than {most}");
    // Which files there are differs from machine to machine: one odd one among many is no fault of the reader's.
    assert!(failures.len() <= ran / FEW, "{} of {ran}\n{}", failures.len(), failures.join("\n"));
}
