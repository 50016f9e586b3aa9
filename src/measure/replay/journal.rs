//! A file of every judged row, in order: the detail behind the figures, and where an interrupted replay goes on.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use crate::judge::decide::Action;
use crate::measure::replay::row::{Label, Row};
use crate::measure::replay::target::Judged;
use crate::read::candidate::Origin;

/// What became of one row.
#[derive(Debug)]
pub enum Done {
    /// Marked `core: false`, and not asked for.
    Excluded,
    /// Could not be read or judged, for this reason.
    Bad(String),
    /// Judged.
    Judged(Row, Judged),
}

/// The first line: what the rows below were judged with.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Head {
    unspool_replay: u32,
    facts: Vec<(String, String)>,
}

const FORMAT: u32 = 1;

/// One row as written. Without text: a journal may be kept and passed on.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Entry {
    set: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<Known>,
}

/// A judged row.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Known {
    id: Option<String>,
    label: String,
    template: Option<String>,
    category: Option<String>,
    language: Option<String>,
    action: String,
    refused: bool,
    score: Option<f32>,
    origin: Option<String>,
    recovered: Option<bool>,
    by_strictness: Option<[String; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    without_second: Option<String>,
    #[serde(default)]
    second: (u64, u64),
    incomplete: bool,
    unscreened: bool,
    micros: u64,
}

/// An open journal, to be written to.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal at `path`, new or begun. `facts` are what the figures depend on; `restored` hears of every row that
    /// was judged already, with the number of its set. A last line that was cut off is dropped.
    ///
    /// # Errors
    /// When the file cannot be read or written, or was begun under other facts.
    pub fn open(
        path: &Path,
        facts: &[(String, String)],
        mut restored: impl FnMut(usize, Done),
    ) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let head = Head { unspool_replay: FORMAT, facts: facts.to_vec() };
        let mut whole = 0_u64;
        let mut lines = BufReader::new(&file);
        let mut line = String::new();
        while lines.read_line(&mut line)? > 0 && line.ends_with('\n') {
            if whole == 0 {
                check(&line, &head)?;
            } else {
                let entry: Entry = serde_json::from_str(&line).map_err(|why| broken(&why.to_string()))?;
                let set = entry.set;
                restored(set, entry.done().ok_or_else(|| broken("a row of unknown words"))?);
            }
            whole += line.len() as u64;
            line.clear();
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        if whole == 0 {
            writeln!(file, "{}", serde_json::to_string(&head)?)?;
        }
        Ok(Journal { file })
    }

    /// Writes what became of one row of the set with this number.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, set: usize, done: &Done) -> io::Result<()> {
        writeln!(self.file, "{}", serde_json::to_string(&Entry::of(set, done))?)
    }
}

fn check(line: &str, head: &Head) -> io::Result<()> {
    let found: Head = serde_json::from_str(line).map_err(|_| broken("the first line is no journal's"))?;
    if found == *head {
        return Ok(());
    }
    let other = found.facts.iter().find(|fact| !head.facts.contains(fact));
    let what = other.map_or_else(String::new, |(name, value)| format!(" ({name} was {value})"));
    Err(broken(&format!("it was begun with other data, options, rules or model{what}; name a new file")))
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Entry {
    fn of(set: usize, done: &Done) -> Self {
        match done {
            Done::Excluded => Entry { set, error: None, row: None },
            Done::Bad(why) => Entry { set, error: Some(why.clone()), row: None },
            Done::Judged(row, judged) => Entry { set, error: None, row: Some(Known::of(row, judged)) },
        }
    }

    fn done(self) -> Option<Done> {
        Some(match (self.row, self.error) {
            (Some(known), _) => {
                let (row, judged) = known.read()?;
                Done::Judged(row, judged)
            }
            (None, Some(why)) => Done::Bad(why),
            (None, None) => Done::Excluded,
        })
    }
}

impl Known {
    fn of(row: &Row, judged: &Judged) -> Self {
        Known {
            id: row.id.clone(),
            label: row.label.name().to_owned(),
            template: row.template.clone(),
            category: row.category.clone(),
            language: row.language.clone(),
            action: judged.action.name().to_owned(),
            refused: judged.refused,
            score: judged.score,
            origin: judged.origin.map(str::to_owned),
            recovered: judged.recovered,
            by_strictness: judged.by_strictness.map(|actions| actions.map(|action| action.name().to_owned())),
            without_second: judged.without_second.map(|action| action.name().to_owned()),
            second: judged.second,
            incomplete: judged.incomplete,
            unscreened: judged.unscreened,
            micros: judged.micros,
        }
    }

    fn read(self) -> Option<(Row, Judged)> {
        let by_strictness = match self.by_strictness {
            None => None,
            Some([a, b, c, d]) => Some([action(&a)?, action(&b)?, action(&c)?, action(&d)?]),
        };
        let origin = |name: &str| Origin::ALL.map(Origin::name).into_iter().find(|known| *known == name);
        let judged = Judged {
            action: action(&self.action)?,
            refused: self.refused,
            score: self.score,
            origin: self.origin.as_deref().and_then(origin),
            recovered: self.recovered,
            by_strictness,
            without_second: self.without_second.as_deref().and_then(action),
            second: self.second,
            incomplete: self.incomplete,
            unscreened: self.unscreened,
            micros: self.micros,
        };
        let row = Row {
            id: self.id,
            label: Label::from_name(&self.label)?,
            text: String::new(),
            plain: None,
            template: self.template,
            category: self.category,
            language: self.language,
            core: true,
        };
        Some((row, judged))
    }
}

fn action(name: &str) -> Option<Action> {
    [Action::Allow, Action::Flag, Action::Block].into_iter().find(|action| action.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(strictness: &str) -> Vec<(String, String)> {
        vec![("Strictness".to_owned(), strictness.to_owned())]
    }

    #[test]
    fn what_was_judged_is_not_judged_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let judged = Judged { score: Some(0.25), origin: Some("recovered"), ..Judged::of(Action::Flag) };
        let mut journal = Journal::open(&path, &facts("2"), |_, _| panic!("nothing is there yet")).unwrap();
        journal.add(0, &Done::Bad("odd".into())).unwrap();
        journal.add(1, &Done::Judged(Row::of(Label::Benign, "bake bread"), judged.clone())).unwrap();
        drop(journal);
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(!written.contains("bread"), "{written}");
        std::fs::write(&path, format!("{written}{{\"set\":1,\"ro")).unwrap();
        let mut seen = Vec::new();
        Journal::open(&path, &facts("2"), |set, done| seen.push((set, done))).unwrap();
        let [(0, Done::Bad(why)), (1, Done::Judged(row, again))] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!((why.as_str(), row.label, again), ("odd", Label::Benign, &judged));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
    }

    #[test]
    fn a_journal_of_other_settings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        drop(Journal::open(&path, &facts("2"), |_, _| ()).unwrap());
        let error = Journal::open(&path, &facts("3"), |_, _| ()).unwrap_err().to_string();
        assert!(error.contains("Strictness was 2"), "{error}");
    }
}
