//! Rules compiled: every word of every rule in one automaton.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use include_dir::{Dir, include_dir};
use regex::Regex;
use sha2::{Digest, Sha256};

use super::near::{Extent, Near, Spot};
use super::syntax::{self, PatternSyntax, RuleErrors, RuleSyntax};
use super::words::{Words, pattern};
use crate::budget::Budget;
use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// The rules that ship in the binary.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// How near an `unless` must stand to a match to undo it, in words, when the rule does not say.
const UNLESS_WITHIN: u32 = 4;
/// The most an expression may take once compiled, in bytes.
const REGEX_BYTES: usize = 1 << 20;
/// The farthest apart words of one match may stand.
const MOST_WITHIN: u32 = 40;

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
}

/// One compiled rule with its examples.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) hit: RuleHit,
    pub(super) place: String,
    origins: Vec<Origin>,
    matches: Vec<Pattern>,
    unless: Vec<Pattern>,
    unless_within: u32,
    pub(super) block: Vec<String>,
    pub(super) allow: Vec<String>,
}

/// One alternative: word groups, and an expression that must hold as well.
#[derive(Debug)]
struct Pattern {
    id: usize,
    near: Near,
    regex: Option<Regex>,
}

/// A compiled set of rules.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) rules: Vec<Rule>,
    version: String,
    automaton: AhoCorasick,
    /// For each word of the automaton: the patterns and groups it belongs to.
    uses: Vec<Vec<(usize, usize)>>,
}

impl RuleSet {
    /// The rules that ship in the binary.
    ///
    /// # Errors
    /// Never in a released binary: the shipped rules are checked by its tests.
    pub fn embedded() -> Result<Self, RuleErrors> {
        let mut files = Vec::new();
        let mut folders = vec![&SHIPPED];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            for file in folder.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")) {
                let text = file.contents_utf8().unwrap_or_default().to_owned();
                files.push((format!("rules/{}", file.path().display()), text));
            }
        }
        RuleSet::from_files(files)
    }

    /// Compiles rule files given as (path, text); the order does not matter.
    ///
    /// # Errors
    /// Everything that is wrong, each with file and line.
    pub fn from_files(mut files: Vec<(String, String)>) -> Result<Self, RuleErrors> {
        files.sort();
        let mut build = Builder::default();
        let parsed: Vec<_> = files
            .iter()
            .filter_map(|(file, text)| {
                syntax::read(file, text, &mut build.errors).map(|parsed| (file, text, parsed))
            })
            .collect();
        for (file, _, parsed) in &parsed {
            if file.rsplit('/').next() == Some("words.toml") {
                build.shared.extend(parsed.words.clone());
            }
        }
        for (file, text, parsed) in parsed {
            build.file(file, text, parsed.words, parsed.rule);
        }
        build.finish(version_of(&files))
    }

    /// The rules that match `text` when it has this origin, in rule order. Linear in the text.
    pub fn hits(&self, text: &str, origin: Origin, budget: &mut Budget) -> Vec<RuleHit> {
        if self.rules.is_empty() || budget.spend_steps(text.len() as u64 / 256 + 1).is_err() {
            return Vec::new();
        }
        let words = Words::of(text);
        let spots = self.spots(&words);
        if spots.is_empty() {
            return Vec::new();
        }
        let found = |pattern: &Pattern| pattern.matches(&words, &spots);
        self.rules
            .iter()
            .filter(|rule| rule.origins.contains(&origin) && rule.is_hit(found))
            .map(|rule| rule.hit.clone())
            .collect()
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

    /// Where each pattern's words stand, by pattern, in order of position.
    fn spots(&self, words: &Words) -> HashMap<usize, Vec<Spot>> {
        let mut spots: HashMap<usize, Vec<Spot>> = HashMap::new();
        for found in self.automaton.find_overlapping_iter(&words.folded) {
            let position = words.position(found.start());
            for &(pattern, group) in &self.uses[found.pattern().as_usize()] {
                spots.entry(pattern).or_default().push(Spot { position, group });
            }
        }
        for list in spots.values_mut() {
            list.sort_by_key(|spot| spot.position);
        }
        spots
    }
}

impl Rule {
    fn is_hit(&self, found: impl Fn(&Pattern) -> Vec<Extent>) -> bool {
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
    fn matches(&self, words: &Words, spots: &HashMap<usize, Vec<Spot>>) -> Vec<Extent> {
        let Some(spots) = spots.get(&self.id) else { return Vec::new() };
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

/// Collects rules and words from files.
#[derive(Default)]
struct Builder {
    errors: RuleErrors,
    shared: BTreeMap<String, Vec<String>>,
    rules: Vec<Rule>,
    places: HashMap<String, String>,
    patterns: usize,
    words: BTreeMap<String, Vec<(usize, usize)>>,
}

/// Where a rule was written, for errors.
struct Place<'a> {
    file: &'a str,
    line: usize,
    lists: &'a BTreeMap<String, Vec<String>>,
}

impl Builder {
    fn file(&mut self, file: &str, text: &str, lists: BTreeMap<String, Vec<String>>, rules: Vec<RuleSyntax>) {
        for rule in rules {
            let line = syntax::line_of(text, rule.id.span().start);
            self.rule(&Place { file, line, lists: &lists }, rule);
        }
    }

    fn rule(&mut self, place: &Place<'_>, rule: RuleSyntax) {
        let id = rule.id.into_inner();
        let here = format!("{}:{}", place.file, place.line);
        if let Some(before) = self.places.insert(id.clone(), here.clone()) {
            self.wrong(place, format_args!("rule id `{id}` is taken by {before}; ids are unique and stable"));
        }
        if rule.block.is_empty() || rule.allow.is_empty() {
            self.wrong(place, format_args!("rule `{id}` needs at least one `block` and one `allow` example"));
        }
        if rule.weight.is_none() && !rule.blocks {
            self.wrong(
                place,
                format_args!("rule `{id}` needs a `weight` (log-odds, -5 to 5) or `blocks = true`"),
            );
        }
        let weight = rule.weight.unwrap_or(0.0);
        if !(-5.0..=5.0).contains(&weight) {
            self.wrong(place, format_args!("rule `{id}` has weight {weight}; log-odds lie between -5 and 5"));
        }
        if rule.matches.is_empty() || rule.why.trim().is_empty() {
            self.wrong(place, format_args!("rule `{id}` needs a non-empty `match` and a `why`"));
        }
        let matches = self.patterns(place, &id, &rule.matches);
        let unless = self.patterns(place, &id, &rule.unless);
        self.rules.push(Rule {
            hit: RuleHit { id: id.into(), category: rule.category, weight, blocks: rule.blocks },
            place: here,
            origins: rule.origins.unwrap_or_else(|| Origin::ALL.to_vec()),
            matches,
            unless,
            unless_within: rule.unless_within.unwrap_or(UNLESS_WITHIN),
            block: rule.block,
            allow: rule.allow,
        });
    }

    fn patterns(&mut self, place: &Place<'_>, id: &str, written: &[PatternSyntax]) -> Vec<Pattern> {
        written.iter().filter_map(|pattern| self.pattern(place, id, pattern)).collect()
    }

    fn pattern(&mut self, place: &Place<'_>, id: &str, written: &PatternSyntax) -> Option<Pattern> {
        let (groups, regex) = match (&written.any, &written.near, &written.regex, &written.needs) {
            (Some(any), None, None, None) => (vec![any.clone()], None),
            (None, Some(near), None, None) => (near.clone(), None),
            (None, None, Some(regex), Some(needs)) => {
                (vec![needs.clone()], Some(self.regex(place, id, regex)?))
            }
            _ => {
                self.wrong(
                    place,
                    format_args!(
                        "a pattern of `{id}` is one of: `any`, `near` with `within`, `regex` with `needs`"
                    ),
                );
                return None;
            }
        };
        let within = match (groups.len(), written.within) {
            (1, None) => 0,
            (2.., Some(within @ 1..=MOST_WITHIN)) => within,
            _ => {
                self.wrong(
                    place,
                    format_args!("`within` of `{id}` goes with a `near` of two or more groups, 1 to {MOST_WITHIN} words"),
                );
                return None;
            }
        };
        let pattern = self.patterns;
        self.patterns += 1;
        for (group, words) in groups.iter().enumerate() {
            self.group(place, id, (pattern, group), words);
        }
        Some(Pattern {
            id: pattern,
            near: Near { groups: groups.len(), within, ordered: written.ordered },
            regex,
        })
    }

    /// Adds the words of a group, lists (`@name`) resolved.
    fn group(&mut self, place: &Place<'_>, id: &str, at: (usize, usize), words: &[String]) {
        let before = self.words.values().map(Vec::len).sum::<usize>();
        for word in words {
            let list = match word.strip_prefix('@') {
                None => Some(std::slice::from_ref(word)),
                Some(name) => place.lists.get(name).or_else(|| self.shared.get(name)).map(Vec::as_slice),
            };
            let Some(list) = list.map(<[String]>::to_vec) else {
                self.wrong(
                    place,
                    format_args!("rule `{id}` uses the word list `{word}`, which no [words] defines"),
                );
                continue;
            };
            for word in &list {
                match pattern(word) {
                    Some(pattern) => self.words.entry(pattern).or_default().push(at),
                    None => {
                        self.wrong(place, format_args!("rule `{id}` has a word without letters: `{word}`"))
                    }
                }
            }
        }
        if self.words.values().map(Vec::len).sum::<usize>() == before {
            self.wrong(place, format_args!("rule `{id}` has an empty word group"));
        }
    }

    fn regex(&mut self, place: &Place<'_>, id: &str, written: &str) -> Option<Regex> {
        match regex::RegexBuilder::new(written).size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build() {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.wrong(place, format_args!("rule `{id}` has a bad or too large expression: {error}"));
                None
            }
        }
    }

    fn wrong(&mut self, place: &Place<'_>, what: std::fmt::Arguments<'_>) {
        self.errors.push(place.file, place.line, what);
    }

    fn finish(mut self, version: String) -> Result<RuleSet, RuleErrors> {
        let (words, uses): (Vec<_>, Vec<_>) = self.words.into_iter().unzip();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&words);
        let automaton = match automaton {
            Ok(automaton) if self.errors.is_empty() => automaton,
            Ok(_) => return Err(self.errors),
            Err(error) => {
                self.errors.push("rules", 1, format_args!("too many words to compile: {error}"));
                return Err(self.errors);
            }
        };
        Ok(RuleSet { rules: self.rules, version, automaton, uses })
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
