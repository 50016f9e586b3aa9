//! Rules compiled: every word of every rule in one automaton.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use include_dir::{Dir, include_dir};
use regex::Regex;
use sha2::{Digest, Sha256};

use super::build::Builder;
use super::near::{Extent, MOST_WITHIN, Near, Spot};
use super::syntax::{self, RuleErrors};
use super::words::Words;
use crate::budget::Budget;
use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// The rules that ship in the binary.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RuleHit {
    /// The rule's stable id, e.g. `weapons.acquire`.
    pub id: Arc<str>,
    /// Its hazard category.
    pub category: Category,
    /// What it adds to the log-odds of harm.
    pub weight: f32,
    /// Whether it blocks by itself.
    pub blocks: bool,
    /// Whether it is on trial: counted, but of no weight.
    pub monitor: bool,
    /// Whether the text passes because of it.
    pub allows: bool,
}

/// One compiled rule with its examples.
#[derive(Debug)]
pub struct Rule {
    /// What a match says.
    pub hit: RuleHit,
    /// What a text that matches is about.
    pub why: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// The rule as written.
    pub source: String,
    /// Where a text must come from.
    pub origins: Vec<Origin>,
    pub(super) matches: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
    pub(super) unless_within: u32,
    /// Texts that must be caught.
    pub block: Vec<String>,
    /// Texts that must pass.
    pub allow: Vec<String>,
}

/// One alternative: word groups, and an expression that must hold as well.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) id: usize,
    pub(super) near: Near,
    pub(super) regex: Option<Regex>,
}

/// Where words stand, by pattern, then in order of position.
#[derive(Debug, Default)]
pub(super) struct Spots {
    patterns: Vec<usize>,
    spots: Vec<Spot>,
}

impl Spots {
    fn of(mut found: Vec<(usize, Spot)>) -> Self {
        found.sort_by_key(|(pattern, spot)| (*pattern, spot.position));
        let (patterns, spots) = found.into_iter().unzip();
        Spots { patterns, spots }
    }

    fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// Those of a pattern.
    fn get(&self, pattern: usize) -> Option<&[Spot]> {
        let from = self.patterns.partition_point(|other| *other < pattern);
        let count = self.patterns[from..].iter().take_while(|other| **other == pattern).count();
        (count > 0).then(|| &self.spots[from..from + count])
    }
}

/// A compiled set of rules.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) rules: Vec<Rule>,
    pub(super) version: String,
    pub(super) automaton: AhoCorasick,
    /// For each word of the automaton: its text, and the patterns and groups it belongs to.
    pub(super) uses: Vec<(String, Vec<(usize, usize)>)>,
    /// Whole texts, folded, and the patterns they belong to.
    pub(super) whole: HashMap<String, Vec<usize>>,
    /// Bytes of the longest of them.
    pub(super) longest: usize,
}

impl RuleSet {
    /// The rules that ship in the binary.
    ///
    /// # Errors
    /// Never in a released binary: the shipped rules are checked by its tests.
    pub fn embedded() -> Result<Self, RuleErrors> {
        RuleSet::from_files(RuleSet::shipped())
    }

    /// The rule files that ship in the binary, as (path, text) for [`RuleSet::from_files`].
    pub fn shipped() -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut folders = vec![&SHIPPED];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")) {
                let text = file.contents_utf8().unwrap_or_default().to_owned();
                files.push((format!("rules/{}", file.path().display()), text));
            }
        }
        files
    }

    /// Compiles rule files given as (path, text); the order does not matter.
    ///
    /// # Errors
    /// Everything that is wrong, each with file and line.
    pub fn from_files(mut files: Vec<(String, String)>) -> Result<Self, RuleErrors> {
        files.sort();
        let version = version_of(&files);
        let (texts, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(file, _)| file.ends_with(".txt"));
        let mut build = Builder::new(texts);
        let mut parsed = Vec::new();
        for (file, text) in &files {
            let Some(syntax) = syntax::read(file, text, &mut build.errors) else { continue };
            let lists = build.lists(file, text, syntax.words);
            if file.rsplit('/').next() == Some("words.toml") {
                build.share(&lists);
            }
            parsed.push((file, text, lists, syntax.rule));
        }
        for (file, text, lists, rules) in parsed {
            build.file(file, text, &lists, rules);
        }
        build.finish(version)
    }

    /// The rules that match `text` when it has this origin, in rule order. Linear in the text.
    pub fn hits(&self, text: &str, origin: Origin, budget: &mut Budget) -> Vec<RuleHit> {
        self.found(text, origin, budget).map(|found| found.0).unwrap_or_default()
    }

    /// The rules that match `text`, and where in it words of theirs stand; None when none can.
    fn found(&self, text: &str, origin: Origin, budget: &mut Budget) -> Option<(Vec<RuleHit>, Words)> {
        if self.rules.is_empty() || budget.spend_steps(text.len() as u64 / 256 + 1).is_err() {
            return None;
        }
        let words = Words::of(text);
        let spots = self.spots(&words);
        if spots.is_empty() {
            return None;
        }
        let found = |pattern: &Pattern| pattern.matches(&words, &spots);
        let mut hits: Vec<RuleHit> = self
            .rules
            .iter()
            .filter(|rule| rule.origins.contains(&origin) && rule.is_hit(found))
            .map(|rule| rule.hit.clone())
            .collect();
        if hits.iter().any(|hit| hit.allows) {
            hits.retain(|hit| hit.allows);
        }
        Some((hits, words))
    }

    /// The rules that match `text`, and where in it words of theirs stand, each somewhere in a range of bytes: a part of the text
    /// in which none stands matches none of these rules.
    pub fn hits_and_words(
        &self,
        text: &str,
        origin: Origin,
        budget: &mut Budget,
    ) -> (Vec<RuleHit>, Vec<Range<usize>>) {
        let Some((hits, words)) = self.found(text, origin, budget).filter(|found| !found.0.is_empty()) else {
            return (Vec::new(), Vec::new());
        };
        let hit = |rule: &&Rule| hits.iter().any(|hit| hit.id == rule.hit.id);
        let of_hits: HashSet<usize> =
            self.rules.iter().filter(hit).flat_map(|rule| &rule.matches).map(|pattern| pattern.id).collect();
        let mut places: Vec<Range<usize>> = Vec::new();
        if self.whole.values().flatten().any(|pattern| of_hits.contains(pattern)) {
            // A part may be a text that is a rule as a whole.
            places.push(0..usize::MAX);
        }
        for found in self.automaton.find_overlapping_iter(&words.folded) {
            let uses = &self.uses[found.pattern().as_usize()].1;
            if uses.iter().any(|(pattern, _)| of_hits.contains(pattern)) {
                places.push(words.written(found.start()));
            }
        }
        (hits, places)
    }

    /// Hash of the sources, for decisions and metrics: the first 12 hex digits of their SHA-256.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Each rule's id and category, in rule order.
    pub fn ids(&self) -> impl Iterator<Item = (&str, Category)> {
        self.rules.iter().map(|rule| (&*rule.hit.id, rule.hit.category))
    }

    /// The rules, in the order of their files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Where each pattern's words stand, by pattern, in order of position.
    pub(super) fn spots(&self, words: &Words) -> Spots {
        let mut spots: Vec<(usize, Spot)> = Vec::new();
        for found in self.automaton.find_overlapping_iter(&words.folded) {
            let position = words.position(found.start());
            let uses = &self.uses[found.pattern().as_usize()].1;
            spots.extend(uses.iter().map(|&(pattern, group)| (pattern, Spot { position, group })));
        }
        if words.folded.len() <= self.longest {
            for &pattern in self.whole.get(&words.folded).into_iter().flatten() {
                spots.push((pattern, Spot { position: 0, group: 0 }));
            }
        }
        Spots::of(spots)
    }
}

impl Rule {
    pub(super) fn is_hit(&self, found: impl Fn(&Pattern) -> Vec<Extent>) -> bool {
        let mut undone: Option<Vec<Extent>> = None;
        self.matches.iter().any(|pattern| {
            let extents = found(pattern);
            if extents.is_empty() {
                return false;
            }
            let undone = undone.get_or_insert_with(|| self.undoings(&found));
            extents.iter().any(|&extent| !self.is_undone(extent, undone))
        })
    }

    /// Where an `unless` stands, by its end.
    fn undoings(&self, found: impl Fn(&Pattern) -> Vec<Extent>) -> Vec<Extent> {
        let mut undone: Vec<Extent> = self.unless.iter().flat_map(found).collect();
        undone.sort_unstable_by_key(|&(from, to)| (to, from));
        undone.dedup();
        undone
    }

    /// Whether an `unless` stands near. No extent is longer than [`MOST_WITHIN`], so few need a look.
    fn is_undone(&self, (first, last): Extent, undone: &[Extent]) -> bool {
        let near = undone.partition_point(|&(_, to)| to.saturating_add(self.unless_within) < first);
        let reach = last.saturating_add(self.unless_within);
        undone[near..]
            .iter()
            .take_while(|&&(_, to)| to <= reach.saturating_add(MOST_WITHIN))
            .any(|&(from, _)| from <= reach)
    }
}

impl Pattern {
    pub(super) fn matches(&self, words: &Words, spots: &Spots) -> Vec<Extent> {
        let Some(spots) = spots.get(self.id) else { return Vec::new() };
        match &self.regex {
            None => self.near.matches(spots),
            Some(regex) => regex
                .find_iter(&words.folded)
                .take(64)
                .map(|found| (words.position(found.start()), words.position(found.end())))
                .collect(),
        }
    }
}

fn version_of(files: &[(String, String)]) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        hash.update((path.len() as u64).to_le_bytes());
        hash.update(path);
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..6])
}

#[cfg(test)]
mod tests;
