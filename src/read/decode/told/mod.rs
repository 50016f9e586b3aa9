//! What words tell the reader to do with the words beside them: take the letters that begin the lines, read a column of a table,
//! leave some letters out, put words in the place of others, take from two lists in turn.

mod column;
mod legend;
mod letters;
mod merge;
mod placed;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

use crate::budget::Budget;
use crate::read::decode::ask::Ask;
use crate::read::decode::ask::asks;
use crate::read::decode::english;
use crate::read::decode::order::holds_tie;
use crate::read::decode::order::is_sentence;
use crate::read::decode::order::is_well_ordered;
use crate::read::lexer::word::between_blanks;

/// A text that came of doing what was told, and what that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The text.
    pub text: String,
    /// How, for people.
    pub how: &'static str,
}

/// Longer texts are no riddles.
const LONGEST: usize = 6 << 10;
/// Lines that tell something, and texts that come of it, at most.
const MOST_LINES: usize = 8;
const MOST: usize = 12;
/// More words are no riddle.
const MOST_WORDS: usize = 128;
/// The shortest words that something is done with.
const SHORTEST: usize = 8;

/// Words that say which words of a row count, or in which order they stand: what [`asks`] hears of words.
const OF_WORDS: &[&str] = &[
    "every ",
    "each ",
    "odd",
    "even ",
    "only ",
    "half",
    "swap",
    "exchang",
    "switch",
    "flip",
    "sort",
    "first word",
    "last word",
    "initial word",
    "opening word",
    "final word",
    "ending word",
];

/// Words without which nothing is told: those of each room.
const TELLING: [&[&str]; 9] = [
    OF_WORDS,
    &letters::LETTERS,
    &letters::CAPITALS,
    &letters::MARKED,
    &letters::LEAVING,
    &column::TELLING,
    &legend::TELLING,
    &merge::TELLING,
    &placed::TELLING,
];

static MATCHER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(TELLING.concat()).ok()
});

/// Everything that the words of a text, in its prose, tell to do with the rest of it, done, as far as English comes of it.
pub fn told(text: &str, prose: &[Range<usize>], budget: &mut Budget) -> Vec<Told> {
    let mut out: Vec<Told> = Vec::new();
    let speaks = |line: &str| MATCHER.as_ref().is_some_and(|matcher| matcher.is_match(line));
    if !(SHORTEST..=LONGEST).contains(&text.len()) || !speaks(text) {
        return out;
    }
    let mut start = 0;
    let mut telling = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        // Nobody tells anything in a line without words.
        let stands = || prose.iter().any(|range| range.contains(&start) || range.contains(&(end - 1)));
        if speaks(line) && is_said(line) && telling < MOST_LINES && stands() {
            telling += 1;
            if budget.spend_steps(text.len() as u64 / 32 + 8).is_err() {
                return out;
            }
            Line { text, start, end }.follow(&mut out);
        }
        start = end;
    }
    out.truncate(MOST);
    out
}

/// Whether a line is said to somebody: words, and no code or comment of it.
fn is_said(line: &str) -> bool {
    let shown = line.trim_start_matches([' ', '>', '-']).trim_end();
    let signs = shown.matches(['{', '}', ';', '<', '\\']).count();
    shown.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '“'))
        && line.split_whitespace().nth(2).is_some()
        && !shown.ends_with(['{', '}', ';'])
        && signs * 12 <= shown.len()
}

/// A line that tells something, in its text.
struct Line<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Line<'t> {
    fn shown(&self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or_default().trim()
    }

    fn follow(&self, out: &mut Vec<Told>) {
        let line = self.shown();
        // What is told ends where the words begin that it is told of.
        let said = self.tail().map_or(line, |(said, _)| said).to_lowercase();
        let asks = if names_words(&said) { asks(&said) } else { Vec::new() };
        let asks: Vec<Ask> = asks.into_iter().filter(|ask| takes_words(*ask)).collect();
        let which = letters::which(&said);
        let (of_capitals, leaving) = (letters::of_capitals(&said), letters::leaving(&said));
        for body in self.bodies() {
            let mut add = |text: String, how: &'static str| {
                let text = text.trim().to_owned();
                let new = out.iter().all(|told| told.text != text) && !self.text.contains(&text);
                if new && out.len() < MOST {
                    out.push(Told { text, how });
                }
            };
            which
                .iter()
                .flat_map(|which| letters::picked(*which, body))
                .for_each(|text| add(text, "letters picked as told"));
            if of_capitals {
                letters::capitals(body).into_iter().for_each(|text| add(text, "capital letters"));
            }
            leaving
                .and_then(|told| letters::without(line, told, body))
                .into_iter()
                .for_each(|text| add(text, "letters left out as told"));
            placed::every(&said, body)
                .into_iter()
                .for_each(|text| add(text, "letters at every so many places"));
            if asks.is_empty() {
                continue;
            }
            let words: Vec<&str> = between_blanks(body).collect();
            // Words in their order are no riddle.
            let plain = words.len() > MOST_WORDS || is_well_ordered(body);
            for ask in asks.iter().filter(|ask| !plain || takes_one(**ask)) {
                let lines: Vec<&str> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                for units in [&words, &lines] {
                    let readings = ask.answer(units).into_iter().filter(|text| reads(text));
                    readings.for_each(|text| add(text, ask.name()));
                }
            }
        }
        let mut add = |text: String, how: &'static str| {
            if out.len() < MOST && out.iter().all(|told| told.text != text) && !self.text.contains(&text) {
                out.push(Told { text, how });
            }
        };
        if letters::of_marked(&said) {
            letters::marked(self.text).into_iter().for_each(|text| add(text, "letters marked in the text"));
        }
        column::read(line, &said, self.text).into_iter().for_each(|text| add(text, "a column of the table"));
        legend::replaced(&said, self.text).into_iter().for_each(|text| add(text, "words replaced as told"));
        placed::by_numbers(&said, self.text)
            .into_iter()
            .for_each(|text| add(text, "words in the order of the numbers"));
        merge::in_turn(&said, self.text).into_iter().for_each(|text| add(text, "lists in turn"));
    }

    /// What stands before a colon, or the end of a sentence, of this line, and behind it.
    fn tail(&self) -> Option<(&'t str, &'t str)> {
        let line = self.shown();
        let found = line
            .rsplit_once(": ")
            .or_else(|| line.split_once(". ").filter(|(_, tail)| tail.len() >= SHORTEST));
        found.map(|(said, tail)| (said, tail.trim())).filter(|(_, tail)| tail.len() >= SHORTEST)
    }

    /// The words that may be meant: the rest of the line, what is quoted in it, each paragraph behind it, all of them, or what stands
    /// before it.
    fn bodies(&self) -> Vec<&'t str> {
        let mut found: Vec<&str> = self.tail().map(|(_, tail)| tail).into_iter().collect();
        let quoted = self.shown().split(['"', '`', '“', '”']).skip(1).step_by(2);
        found.extend(quoted);
        let behind = self.text.get(self.end..).unwrap_or_default().trim();
        let before = self.text.get(..self.start).unwrap_or_default().trim();
        found.extend(behind.split("\n\n").take(MOST_LINES));
        found.push(behind);
        if behind.len() < SHORTEST {
            found.push(before);
        }
        let bare = |body: &'t str| body.trim().trim_matches(|c: char| c == '`' || c == '"').trim();
        let mut found: Vec<&str> =
            found.into_iter().map(bare).filter(|body| body.len() >= SHORTEST).collect();
        found.dedup();
        found
    }
}

/// Whether what is told is told of words or the like.
fn names_words(said: &str) -> bool {
    ["word", "item", "entr", "line", "element", "token", "term", "piece", "number"]
        .iter()
        .any(|word| said.contains(word))
}

/// Asks that take one word of each line.
fn takes_one(ask: Ask) -> bool {
    matches!(ask, Ask::FirstWords | Ask::LastWords)
}

/// Asks that say which words count; what is said of letters and codes is read elsewhere.
fn takes_words(ask: Ask) -> bool {
    matches!(
        ask,
        Ask::EveryOther
            | Ask::EveryNth(_)
            | Ask::Skip(_)
            | Ask::SwapPairs
            | Ask::OddEven
            | Ask::ByNumber
            | Ask::FirstWords
            | Ask::LastWords
    )
}

/// Whether words that were put together as told read as English.
fn reads(text: &str) -> bool {
    let several = || text.split_whitespace().nth(2).is_some() && english::is_english(text);
    english::is_wordy(text)
        && (is_sentence(text) || several() && (english::known_words(text) > 0 || holds_tie(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn what_words_tell_is_done() {
        let cases = [
            (
                "Take the first letter of every line below.\n\nBirds wake\nAs light comes\nKettles sing\nEvery window\nRain has gone\n\
                 Yellow fields\nEven dogs\nBread rises\nRolls brown\nEggs are laid\nAll sit\nDishes clatter",
                "bake rye bread",
            ),
            (
                "Read the last letter of each line.\n\ndeep\nhall\ndata\nrain\nroot\nsoup\nlake\nextra\ncats",
                "plant peas",
            ),
            (
                "Use the initial letter of each word: Kites never indicate tides. A silly cat asked red foxes.",
                "knit a scarf",
            ),
            ("Read only the capital letters: sPorRedUnNtEs aTssHEe bRuOnSlES", "prune the roses"),
            ("Ignore all the x's: dxixg xax dxexexpx wxexlxl", "dig a deep well"),
            (
                "Remove the letters \"zq\" wherever they occur: chzqill tzqhe dozqugh fozqr azqn hozqur",
                "chill the dough for an hour",
            ),
            (
                "Only every second word counts: red store blue apples green in pink dry gray straw",
                "store apples in dry straw",
            ),
            (
                "Read the third column from bottom to top.\n\n| a | b | c |\n|---|---|---|\n| 1 | x | dawn |\n| 2 | y | at |\n| 3 | z | hens |\n| 4 | q | the |\n| 5 | r | feed |",
                "feed the hens at dawn",
            ),
            (
                "Use only the column \"w\", bottom to top:\n\nid,n,w\n1,x,dawn\n2,y,at\n3,z,hens\n4,q,the\n5,r,feed",
                "feed the hens at dawn",
            ),
            (
                "Replace each code word.\nK1 -> shake\nK2 -> the bottle\nK3 -> before\n\nSentence: K1 K2 K3 breakfast",
                "shake the bottle before breakfast",
            ),
            (
                "Alternate between the lists: left = [\"fill\", \"with\", \"leaves\"], right = [\"sacks\", \"dry\"].",
                "fill sacks with dry leaves",
            ),
            (
                "Read the bold letters: **B**right mornings **a**lways **k**eep **e**veryone. **R**ed **y**arn and **e**mpty **b**askets a**r**e on th**e** ro**a**d by the **d**oor",
                "bake rye bread",
            ),
            (
                "Words: posts, deep, set, fence, the. Order: 3, 5, 4, 1, 2. Put them in that order.",
                "set the fence posts deep",
            ),
            (
                "tokens = [\"lamp\", \"nets\", \"light\", \"mend\", \"by\"]\nRead the tokens at indices 3, 1, 4, 0, 2.",
                "mend nets by lamp light",
            ),
            ("Read every second character: rxixnxsxex xtxhxex xjxaxrxsx", "rinse the jars"),
            (
                "Take the n-th letter of each word: 1 sock, 2 spoon, 3 chin, 4 barn, 0 _, 1 time, 2 short, 3 steep, 0 _, 1 fish, 2 cloud, 3 grab, 4 crux",
                "spin the flax",
            ),
        ];
        for (text, meant) in cases {
            let found =
                told(text, std::slice::from_ref(&(0..text.len())), &mut Budget::new(Limits::default()));
            let bare = |text: &str| text.to_lowercase().replace(' ', "");
            assert!(found.iter().any(|told| bare(&told.text) == bare(meant)), "{text}: {found:?}");
        }
    }

    #[test]
    fn ordinary_words_tell_nothing() {
        let cases = [
            "Capitalize the first letter of each word in the title, then remove trailing white space: it should read well.\n\n\
             Thanks for looking at this so quickly. We can ship it tomorrow if the tests pass.",
            "The first column holds the id and the second the name.\n\n| id | name |\n|----|------|\n| 1 | Ann |\n| 2 | Bob |",
            "Replace the old driver.\nname: disk\npath: /dev/sda\n\nThe name and the path are shown in the menu.",
        ];
        for text in cases {
            assert_eq!(
                told(text, std::slice::from_ref(&(0..text.len())), &mut Budget::new(Limits::default())),
                [],
                "{text}"
            );
        }
    }
}
