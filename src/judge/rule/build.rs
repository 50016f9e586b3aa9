//! Rule files to a compiled set: every mistake is collected with its file and line.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::near::{MOST_WITHIN, Near};
use super::set::{Pattern, Rule, RuleHit, RuleSet};
use super::syntax::{self, PatternSyntax, RuleErrors, RuleMode, RuleSyntax};
use super::words::{Words, pattern};
use crate::read::candidate::Origin;

/// How near an `unless` must stand to a match to undo it, in words, when the rule does not say.
const UNLESS_WITHIN: u32 = 4;
/// The most an expression may take once compiled, in bytes.
const REGEX_BYTES: usize = 1 << 20;

/// Named word lists.
type Lists = BTreeMap<String, Vec<String>>;

/// Collects rules and words from files.
pub(super) struct Builder {
    pub(super) errors: RuleErrors,
    /// Text files that word lists may name, by path.
    texts: HashMap<String, String>,
    shared: Lists,
    rules: Vec<Rule>,
    places: HashMap<String, String>,
    patterns: usize,
    words: BTreeMap<String, Vec<(usize, usize)>>,
    whole: HashMap<String, Vec<usize>>,
}

/// Where a rule was written, for errors.
struct Place<'a> {
    file: &'a str,
    line: usize,
    lists: &'a Lists,
}

impl Builder {
    /// An empty set; `texts` are the files word lists may name.
    pub(super) fn new(texts: Vec<(String, String)>) -> Self {
        Builder {
            errors: RuleErrors::default(),
            texts: texts.into_iter().collect(),
            shared: Lists::new(),
            rules: Vec::new(),
            places: HashMap::new(),
            patterns: 0,
            words: BTreeMap::new(),
            whole: HashMap::new(),
        }
    }

    /// The word lists of a file, the text files they name read in.
    pub(super) fn lists(&mut self, file: &str, text: &str, mut lists: Lists) -> Lists {
        for list in lists.values_mut() {
            let mut words = Vec::with_capacity(list.len());
            for word in list.drain(..) {
                match word.strip_prefix("file:") {
                    None => words.push(word),
                    Some(name) => words.extend(self.listed(file, text, name)),
                }
            }
            *list = words;
        }
        lists
    }

    /// The words of a text file that stands beside `file`.
    fn listed(&mut self, file: &str, text: &str, name: &str) -> Vec<String> {
        let beside = match file.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => name.to_owned(),
        };
        if let Some(list) = self.texts.get(&beside) {
            let word = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
            return list.lines().map(word).filter(|word| !word.is_empty()).collect();
        }
        let line = syntax::line_of(text, text.find(&format!("file:{name}")).unwrap_or(0));
        self.errors.push(
            file,
            line,
            format_args!("no word list {beside}: it must be a .txt file in the same folder"),
        );
        Vec::new()
    }

    /// Makes word lists known to every file.
    pub(super) fn share(&mut self, lists: &Lists) {
        self.shared.extend(lists.clone());
    }

    /// Adds the rules of a file.
    pub(super) fn file(&mut self, file: &str, text: &str, lists: &Lists, rules: Vec<RuleSyntax>) {
        for rule in rules {
            let at = rule.id.span().start;
            let place = Place { file, line: syntax::line_of(text, at), lists };
            self.rule(&place, rule, source_of(text, at));
        }
    }

    fn rule(&mut self, place: &Place<'_>, rule: RuleSyntax, source: String) {
        let id = rule.id.get_ref().clone();
        let here = format!("{}:{}", place.file, place.line);
        if let Some(before) = self.places.insert(id.clone(), here.clone()) {
            self.wrong(place, format_args!("rule id `{id}` is taken by {before}; ids are unique and stable"));
        }
        self.check(place, &id, &rule);
        let matches = self.patterns(place, &id, &rule.matches);
        let unless = self.patterns(place, &id, &rule.unless);
        self.rules.push(Rule {
            hit: RuleHit {
                id: id.into(),
                category: rule.category,
                weight: rule.weight.unwrap_or(0.0),
                blocks: rule.blocks,
                monitor: rule.mode == RuleMode::Monitor,
                allows: rule.allows,
            },
            why: rule.why,
            place: here,
            source,
            origins: rule.origins.unwrap_or_else(|| Origin::ALL.to_vec()),
            matches,
            unless,
            unless_within: rule.unless_within.unwrap_or(UNLESS_WITHIN),
            block: rule.block,
            allow: rule.allow,
        });
    }

    /// What a rule must say besides its patterns.
    fn check(&mut self, place: &Place<'_>, id: &str, rule: &RuleSyntax) {
        if !plain_id(id) {
            self.wrong(
                place,
                format_args!("rule id `{id}`: use letters, digits, `.`, `_` and `-`, at most 64"),
            );
        }
        if rule.block.is_empty() || rule.allow.is_empty() {
            self.wrong(place, format_args!("rule `{id}` needs at least one `block` and one `allow` example"));
        }
        let weight = rule.weight.unwrap_or(0.0);
        if !(-5.0..=5.0).contains(&weight) {
            self.wrong(place, format_args!("rule `{id}` has weight {weight}; log-odds lie between -5 and 5"));
        }
        if rule.matches.is_empty() || rule.why.trim().is_empty() {
            self.wrong(place, format_args!("rule `{id}` needs a non-empty `match` and a `why`"));
        }
        let on_trial = rule.mode == RuleMode::Monitor;
        if rule.allows && (rule.blocks || rule.weight.is_some() || on_trial || !rule.unless.is_empty()) {
            self.wrong(
                place,
                format_args!("rule `{id}` allows: it takes no `blocks`, `weight`, `unless` or `mode`"),
            );
        }
        if rule.allows && rule.matches.iter().any(|pattern| pattern.whole.is_none()) {
            self.wrong(
                place,
                format_args!(
                    "rule `{id}` allows: it takes `whole` patterns only, else a caller could add its words to any text"
                ),
            );
        }
        if rule.weight.is_none() && !rule.blocks && !rule.allows {
            self.wrong(
                place,
                format_args!(
                    "rule `{id}` needs a `weight` (log-odds, -5 to 5), `blocks = true` or `allows = true`"
                ),
            );
        }
    }

    fn patterns(&mut self, place: &Place<'_>, id: &str, written: &[PatternSyntax]) -> Vec<Pattern> {
        written.iter().filter_map(|pattern| self.pattern(place, id, pattern)).collect()
    }

    fn pattern(&mut self, place: &Place<'_>, id: &str, written: &PatternSyntax) -> Option<Pattern> {
        let PatternSyntax { any, near, regex, needs, whole, .. } = written;
        let (groups, regex) = match (any, near, regex, needs, whole) {
            (Some(any), None, None, None, None) => (vec![any.clone()], None),
            (None, Some(near), None, None, None) => (near.clone(), None),
            (None, None, Some(regex), Some(needs), None) => {
                (vec![needs.clone()], Some(self.regex(place, id, regex)?))
            }
            (None, None, None, None, Some(whole)) => return self.whole(place, id, whole),
            _ => {
                self.wrong(
                    place,
                    format_args!(
                        "a pattern of `{id}` is one of: `any`, `near` with `within`, `regex` with `needs`, `whole`"
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

    /// A pattern that is met by these texts and nothing more.
    fn whole(&mut self, place: &Place<'_>, id: &str, texts: &[String]) -> Option<Pattern> {
        let pattern = self.patterns;
        self.patterns += 1;
        for text in texts {
            let folded = Words::of(text).folded;
            if folded.trim().is_empty() {
                self.wrong(place, format_args!("rule `{id}` has a `whole` text without letters: `{text}`"));
            }
            self.whole.entry(folded).or_default().push(pattern);
        }
        if texts.is_empty() {
            self.wrong(place, format_args!("rule `{id}` has an empty `whole`"));
        }
        Some(Pattern { id: pattern, near: Near { groups: 1, within: 0, ordered: false }, regex: None })
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

    /// The compiled set, or everything that is wrong.
    pub(super) fn finish(mut self, version: String) -> Result<RuleSet, RuleErrors> {
        let uses: Vec<_> = self.words.into_iter().collect();
        let words = uses.iter().map(|(word, _)| word);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(words);
        let automaton = match automaton {
            Ok(automaton) if self.errors.is_empty() => automaton,
            Ok(_) => return Err(self.errors),
            Err(error) => {
                self.errors.push("rules", 1, format_args!("too many words to compile: {error}"));
                return Err(self.errors);
            }
        };
        let longest = self.whole.keys().map(String::len).max().unwrap_or(0);
        Ok(RuleSet { rules: self.rules, version, automaton, uses, whole: self.whole, longest })
    }
}

/// Ids are metric labels, header values and table keys.
fn plain_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=64).contains(&id.len()) && id.chars().all(plain)
}

/// The rule whose id stands at byte `at`, as written.
fn source_of(text: &str, at: usize) -> String {
    const OPENING: &str = "[[rule]]";
    let from = text[..at].rfind(OPENING).unwrap_or(at);
    let to = text[at..].find(OPENING).map_or(text.len(), |next| at + next);
    text[from..to].trim_end().to_owned()
}
