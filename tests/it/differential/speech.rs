//! The languages as their files tell them: how a program is run, and templates of programs by name.

use std::fs;

use super::is_there;

/// One file under `tests/data/differential`.
pub(super) struct Speech {
    /// The fence tag.
    pub(super) fence: String,
    /// The program's file.
    pub(super) file: String,
    /// The command that must be there, if any.
    needs: Option<String>,
    /// Runs the file in the current directory; nothing where no runtime is to be had.
    pub(super) run: Option<String>,
    /// How many templates the sample takes: compilers are slow.
    pub(super) sample: usize,
    /// The most rounds of the full run.
    pub(super) rounds: Option<u64>,
    /// Constructs by name.
    pub(super) templates: Vec<(String, String)>,
}

impl Speech {
    /// Whether its programs can be checked on this machine.
    pub(super) fn is_here(&self) -> bool {
        let here = self.needs.as_deref().is_none_or(is_there);
        if !here {
            eprintln!("{} skipped: no {:?} here", self.fence, self.needs);
        }
        here
    }

    /// The templates to run, with their positions: all, or some from all over the file.
    pub(super) fn picked(&self, sample: bool) -> Vec<(usize, &(String, String))> {
        let all = self.templates.iter().enumerate();
        if !sample {
            return all.collect();
        }
        let step = self.templates.len() / self.sample.max(1);
        all.filter(|(at, _)| at % step.max(1) == 0).take(self.sample).collect()
    }
}

/// Every language, by file name.
pub(super) fn all() -> Vec<Speech> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/differential");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(&fs::read_to_string(path).unwrap())).collect()
}

fn read(text: &str) -> Speech {
    let (head, body) = text.split_once("\n## ").expect("a file has a heading for each program");
    let value = |key: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        line.map(|value| value.trim_matches('`').to_owned())
    };
    let templates = body.split("\n## ").map(|part| {
        let (name, program) = part.split_once("\n\n```\n").expect("a heading has a fenced program");
        let end = program.find("\n```").expect("a fence is closed");
        (name.to_owned(), program[..=end].to_owned())
    });
    Speech {
        fence: value("fence").expect("a file names its fence tag"),
        file: value("file").unwrap_or_default(),
        needs: value("needs"),
        run: value("run"),
        sample: value("sample").and_then(|n| n.parse().ok()).expect("a file says how many make a sample"),
        rounds: value("rounds").and_then(|n| n.parse().ok()),
        templates: templates.collect(),
    }
}
