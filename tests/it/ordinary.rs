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

/// Code that once took all there was to spend, each with a sentence behind it that is read all the same.
const DEAR: [(&str, &str); 4] = [
    // Macros read as another language: assignments within the targets of assignments.
    (
        "javascript",
        "x = (((((((((((((((((((((((a = b)[0] = b)[1] = b)[2] = b)[3] = b)[4] = b)[5] = b)[6] = b)[7] = b)[8] = b)[9] = b)[10] = b)[11] = b)[12] = b)[13] = b)[14] = b)[15] = b)[16] = b)[17] = b)[18] = b)[19] = b)[20] = b)[21] = b);\nconst words = [\"describe\", \"how\", \"to bake\", \"dark rye\", \"bread\"];\nconsole.log(words.join(\" \"));\n",
    ),
    // Lists one behind the other.
    (
        "python",
        "pairs = [[n, n + 1] for n in range(2500)]\nflat = sum(pairs, [])\nwords = sum([['describe'], ['how', 'to bake'], ['dark rye', 'bread']], [])\nprint(' '.join(words))\n",
    ),
    // A type's own function of the name that the caller has too.
    (
        "rust",
        "fn declaration<K: Named, V: Named>() -> String {\n    let params = vec![<K>::declaration(), <V>::declaration()];\n    format!(\"{}<{}>\", \"Pair\", params.join(\", \"))\n}\nfn main() {\n    let all = [declaration(), declaration()];\n    let words = vec![\"describe\", \"how\", \"to bake\", \"dark rye\", \"bread\"];\n    println!(\"{}\", words.join(\" \"));\n}\n",
    ),
    // A test that tries every character there is.
    (
        "python",
        "def test_all():\n    for n in range(400):\n        for m in range(400):\n            text = chr(0x4e00 + n * 40 + m) + chr(n + 0x4e00)\n            parts = []\n            for c in text:\n                parts.append(c + text)\n            assert len(parts) == 2\n    words = ['describe', 'how', 'to bake', 'dark rye', 'bread']\n    return ' '.join(words)\n",
    ),
];

#[test]
fn dear_code_ends_complete_and_hides_nothing_behind_it() {
    let mut engine = Config::default().engine().unwrap();
    engine.limits.deadline = Duration::from_secs(120);
    for (language, code) in DEAR {
        let screened =
            screen(&engine, &Request::plain(&format!("Review this.\n\n```{language}\n{code}```\n")));
        assert!(screened.incomplete.is_empty(), "{:?} of\n{code}", screened.incomplete);
        let read = |text: &str| text.split_whitespace().eq("describe how to bake dark rye bread".split(' '));
        assert!(screened.candidates.iter().any(|found| read(&found.text)), "not read behind\n{code}");
    }
}
