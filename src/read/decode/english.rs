//! How much a text looks like English: letter pairs learnt from a short list of common words, and the words themselves.

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use crate::read::decode::order::is_foreign;
use crate::read::lexer::word;
use crate::read::lexer::word::Lexicon;
use crate::read::lexer::word::WordSet;

/// Common English words, function words first. Letter pairs are counted over this list, earlier words weighing more.
const COMMON: &str = "the of and to in a is that for it as was with be by on not he his but at are this have from or had an \
which you were her she there their one all we him been has when who will more if no out so said what up its about into than \
them can only other new some could time these two may then do first any my now such like our over man me even most made \
after also did many before must through back years where much your way well down should because each just those people mr \
how too little state good very make world still own see men work long get here between both life being under never day same \
another know while last might us great old year off come since against go came right used take three describe explain write \
give tell show list create using steps step detailed guide instructions provide develop method process information please \
following complete program function string return text word words sentence question answer example code python user \
computer system network data file online website software public company government person someone without within during \
water food bread bake kitchen house home garden plant story book letter message email script language school child children \
family friend social media phone money bank market sell buy business product building machine material simple different \
small large early late high low number part place point hand eye head name night week month need want use find call try ask \
feel become leave put mean keep let begin seem help talk turn start run move play believe bring happen hold sit stand lose \
pay meet include continue set learn change lead understand watch follow stop speak read allow add spend grow open walk win \
offer remember love consider appear wait serve die send expect build stay fall cut reach kill remain suggest raise pass sell \
require report decide pull encourage spread teach perform design plan important certain several possible general political \
national always often usually however therefore although whether nothing something everything anything together around \
quiet short simple poem song sing bird birds tree trees forest river lake mountain winter summer spring autumn morning evening \
early quickly slowly clean wash cook boil roast mix flour butter sugar salt milk egg eggs oven tea coffee cup cups rice soup \
recipe salad fruit apple apples orange lemon tomato herbs beans honey ginger plant plants seed seeds soil flower flowers roses \
leaf leaves color colors blue green yellow black white brown gray paper pencil pencils draw paint painting picture map fold boat \
boats train car bicycle chain wheel tire road street bridge village town city country north south east west northern southern \
coast beach stone stones wood wooden table chair door window wall floor roof room carpet lamp light dark star stars planet planets \
moon sky rain snow wind storm weather cloud rainbow ocean sea fish dog dogs cat cats horse animal animals nephew niece brother \
sister mother father grandmother grandfather son daughter baby guest guests visitor neighbor teacher student students lesson class \
course history science art music instrument guitar piano drum museum theater film movie travel trip holiday camp camping hike walk \
walking visit visits ticket train station airport plane flight hotel map museum restaurant bakery baker market shop store clothes \
shirt shoes hat coat scarf knit sew cotton cloth soap towel brush polish repair fix tool tools hammer nail screw knife blade wire \
rope glue tape box bag basket bottle glass plate spoon fork kitchen garden fence field farm farmer harvest grow growing healthy \
health sick doctor medicine hospital body heart blood brain arm leg foot feet skin hair tooth teeth ear nose mouth voice sound \
noise sleep dream wake rest exercise sport game games play player team win race run running swim swimming dance dancing jump climb \
ride riding drive driving engine fuel oil gas electric power energy battery light phone screen keyboard button file files folder \
document page pages article paragraph chapter title author writer reader read reading library news newspaper magazine story stories \
letters word words sentence sentences language english french german spanish translate translation speak speech talk conversation \
question answer questions answers ask explain describe compare list outline summarize suggest recommend arrange order sort count \
measure weight length height width distance size amount pair half quarter double single whole complete empty full open closed hot \
cold warm cool dry wet soft hard heavy easy difficult cheap expensive beautiful ugly strong weak fast slow happy sad angry afraid \
brave honest polite careful safe secret public private common rare special normal strange foreign local modern ancient future past \
present today tomorrow yesterday hour hours minute minutes second seconds days weeks months years january february march april june \
july august september october november december monday tuesday wednesday thursday friday saturday sunday zero seven eight nine ten \
hundred thousand million step steps instruction ingredient ingredients method ways kind kinds type types example examples reason \
reasons result results problem problems solution idea ideas advice help tip tips rule rules law laws right rights wrong attack \
weapon weapons bomb gun guns drug drugs poison kill murder steal stolen theft hack hacker password passwords account accounts \
credit card bank fraud fake false lie lies illegal legal police crime criminal prison danger dangerous harm hurt injure violence \
violent hate racist threat threaten blackmail virus malware network networks access bypass avoid detection evidence destroy explode \
explosive device chemical chemicals toxic substance substances without caught hidden hide secretly identity personal information \
data private victim target spread rumor propaganda manipulate persuade convince exploit vulnerability security system systems";

/// Log-odds against uniform letters, in bits, at which a text counts as English. Random letters score near -1, prose near 1.
const ENGLISH: f32 = 0.45;
/// The same for any language in Latin letters: letter pairs of English carry over in part.
const FOREIGN: f32 = 0.2;
/// A text is scored by its first bytes: enough to tell, and a cap on the work.
pub(super) const SAMPLE: usize = 2048;
/// A letter joined to a digit or symbol inside a word, as in leetspeak and hashes.
const MIXED: f32 = -2.0;

static WORDS: LazyLock<Lexicon<()>> =
    LazyLock::new(|| Lexicon::of(COMMON.split_whitespace().map(|word| (word, ()))));
static PAIRS: LazyLock<Pairs> = LazyLock::new(Pairs::learn);

/// The score of `text` per letter pair, and a bonus for the share of its words that are common. Higher is more English.
pub fn score(text: &str) -> f32 {
    let sample = prefix(text, SAMPLE);
    let (sum, pairs) = pair_sum(sample);
    if pairs < 3 {
        return -4.0;
    }
    sum / pairs as f32 + common_share(sample)
}

/// Whether `text` reads as English: mostly letters and spaces, and a good score.
pub(super) fn is_english(text: &str) -> bool {
    let sample = prefix(text, SAMPLE);
    if !is_plain(sample) {
        return false;
    }
    let (sum, pairs) = pair_sum(sample);
    let letters = sum / pairs as f32;
    // The words add between nothing and one: where that changes nothing, none is looked up.
    pairs > 2 && (letters >= ENGLISH || letters + 1.0 >= ENGLISH && letters + common_share(sample) >= ENGLISH)
}

/// The score of a text, and whether it reads as English: [`score`] and [`is_english`] at once.
pub(super) fn judge(text: &str) -> (f32, bool) {
    let score = score(text);
    (score, score >= ENGLISH && is_plain(prefix(text, SAMPLE)))
}

fn is_plain(sample: &str) -> bool {
    let plain = sample.bytes().filter(|b| b.is_ascii_alphabetic() || *b == b' ').count();
    plain >= 4 && plain * 10 >= sample.len() * 7
}

/// How many different common words of two letters or more stand in `text`.
pub(super) fn known_words(text: &str) -> usize {
    let known = words_of(prefix(text, SAMPLE)).filter(|word| word.len() > 1 && WORDS.holds(word));
    known.filter_map(word::lower_key).collect::<WordSet>().len()
}

/// Whether `text` is prose by its signs: three words or more of hardly anything but letters and digits.
pub(super) fn is_wordy(text: &str) -> bool {
    let sample = prefix(text, SAMPLE);
    let plain = sample.bytes().filter(|b| b.is_ascii_alphanumeric() || *b == b' ').count();
    plain * 20 >= sample.len() * 17 && sample.split_ascii_whitespace().nth(2).is_some()
}

/// Whether `text` reads as language, of any kind: English by its letter pairs, other Latin scripts by most of them, anything
/// else by being letters at all. For readings that only guess.
pub fn reads_as_language(text: &str) -> bool {
    let sample = prefix(text, SAMPLE);
    let (letters, all) =
        sample.chars().filter(|c| !c.is_whitespace()).fold((0_usize, 0_usize), |(letters, all), c| {
            (
                letters
                    + usize::from(c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | ',' | '.' | '?' | '!')),
                all + 1,
            )
        });
    if letters * 10 < all * 8 || letters < 6 {
        return false;
    }
    if !sample.is_ascii() {
        return true;
    }
    let (sum, pairs) = pair_sum(sample);
    pairs > 2 && sum / pairs as f32 + common_share(sample) >= FOREIGN
}

/// Whether words are of another language than English: two of them tie its sentences together, or most of the text is letters beyond ASCII.
pub fn is_another_language(text: &str) -> bool {
    let sample = prefix(text, SAMPLE);
    let (mut letters, mut wide, mut all) = (0_usize, 0_usize, 0_usize);
    for c in sample.chars() {
        letters += usize::from(c.is_alphanumeric() || c.is_whitespace() || is_combining_mark(c));
        wide += usize::from(!c.is_ascii() && c.is_alphabetic());
        all += 1;
    }
    let wordy = letters * 20 >= all * 17 && sample.split_whitespace().nth(2).is_some();
    wordy && (wide * 2 >= all || is_foreign(sample) && reads_as_language(sample))
}

/// Whether a run of small letters is made of three common words or more: `howtobakebread`.
pub fn is_run_together(run: &str) -> bool {
    is_all_words(&split_words(&run.chars().filter(char::is_ascii_lowercase).collect::<String>()))
}

/// Whether pieces without blanks, run together, look like one encoded text rather than words.
pub fn is_packed(text: &str) -> bool {
    text.is_ascii() && text.bytes().any(|b| b.is_ascii_digit() || b"+/=".contains(&b)) && !text.contains(' ')
}

/// Letters run together, cut into words where common words fit best: `howtobakebread` is "how to bake bread". Letters that
/// fit no word stay together. Linear: each letter looks back over the longest word only.
pub(super) fn split_words(run: &str) -> String {
    const LONGEST: usize = 12;
    const STRAY: u32 = 3;
    if !run.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return run.to_owned();
    }
    // The least cost of each prefix, and the length of the word (one: perhaps a stray letter) that ends it.
    let (endings, bytes) = (&*ENDINGS, run.as_bytes());
    let mut best: Vec<(u32, usize)> = Vec::with_capacity(run.len() + 1);
    best.push((0, 0));
    for end in 1..=bytes.len() {
        let stray = (best.last().map_or(0, |last| last.0).saturating_add(STRAY), 1);
        let mut choice: Option<(u32, usize)> = None;
        let mut node = 0;
        for length in 1..=LONGEST.min(end) {
            node = endings.next(node, bytes[end - length]);
            if node == 0 {
                break;
            }
            if length > 1 && endings.ends_word(node) {
                let word = (best[end - length].0.saturating_add(2), length);
                choice = Some(choice.map_or(word, |choice| choice.min(word)));
            }
        }
        best.push(choice.filter(|word| word.0 <= stray.0).unwrap_or(stray));
    }
    cut(run, &best)
}

static ENDINGS: LazyLock<Endings> = LazyLock::new(Endings::of_common_words);

/// The common words, read from their last letters: a tree with one node a letter.
struct Endings {
    nodes: Vec<[u16; 26]>,
    words: Vec<bool>,
}

impl Endings {
    fn of_common_words() -> Self {
        let mut tree = Endings { nodes: vec![[0; 26]], words: vec![false] };
        for word in words() {
            let mut node = 0;
            for letter in word.bytes().rev().map(|byte| usize::from(byte.wrapping_sub(b'a')) % 26) {
                let known = usize::from(tree.nodes[node][letter]);
                let fresh = tree.nodes.len();
                if known == 0 {
                    tree.nodes.push([0; 26]);
                    tree.words.push(false);
                    tree.nodes[node][letter] = u16::try_from(fresh).unwrap_or_default();
                }
                node = if known == 0 { fresh } else { known };
            }
            tree.words[node] = true;
        }
        tree
    }

    /// The node behind `node` by a small letter; 0 where there is none.
    fn next(&self, node: usize, letter: u8) -> usize {
        let row = self.nodes.get(node);
        row.and_then(|row| row.get(usize::from(letter.wrapping_sub(b'a')))).map_or(0, |at| usize::from(*at))
    }

    fn ends_word(&self, node: usize) -> bool {
        self.words.get(node).copied().unwrap_or_default()
    }
}

fn cut(run: &str, best: &[(u32, usize)]) -> String {
    let (mut pieces, mut end): (Vec<&str>, usize) = (Vec::new(), run.len());
    let length = |end: usize| best.get(end).map_or(0, |choice| choice.1);
    while end > 0 {
        let mut from = end.saturating_sub(length(end).max(1));
        while length(end) == 1 && from > 0 && length(from) == 1 {
            from -= 1;
        }
        pieces.extend(run.get(from..end));
        end = from;
    }
    pieces.reverse();
    pieces.join(" ")
}

/// Whether `word`, in small letters, is a common one.
pub(super) fn is_common(word: &str) -> bool {
    !word.bytes().any(|byte| byte.is_ascii_uppercase()) && WORDS.holds(word.as_bytes())
}

/// Whether a common word of four letters or more stands in the text; looks at its first words.
pub(super) fn holds_long_word(text: &str) -> bool {
    words_of(prefix(text, 256)).filter(|word| word.len() > 3 && is_known(word)).take(2).count() > 1
}

/// The common words, the most common first.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    COMMON.split_whitespace()
}

/// Whether three common words of three letters or more stand in a text that was cut into words, and make up a good part of it:
/// what chance cuts out are shorter ones.
pub(super) fn is_all_words(text: &str) -> bool {
    let letters = |word: &str| word.chars().count();
    let mut known: Vec<&str> =
        text.split_whitespace().filter(|word| word.len() > 2 && is_common(word)).collect();
    if known.len() < 3 {
        return false;
    }
    let all: usize = text.split_whitespace().map(letters).sum();
    if known.iter().map(|word| letters(word)).sum::<usize>() * 5 < all * 2 {
        return false;
    }
    known.sort_unstable();
    known.dedup();
    known.len() >= 3
}

/// The longest prefix of at most `max` bytes that ends between two characters.
pub(super) fn prefix(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The words of a text: runs of ASCII letters.
fn words_of(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// Whether a word, in whatever letters, is a common one.
pub(super) fn is_known(word: &[u8]) -> bool {
    WORDS.holds(word)
}

/// The share of words that are common ones.
fn common_share(sample: &str) -> f32 {
    let (mut common, mut all) = (0_usize, 0_usize);
    for word in words_of(sample) {
        all += 1;
        common += usize::from(word.len() > 1 && is_known(word));
    }
    common as f32 / all.max(1) as f32
}

/// Any byte that is neither letter nor digit, the letters, and any digit.
const CLASSES: usize = 28;
const DIGIT: usize = 27;

fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a') + 1,
        b'A'..=b'Z' => usize::from(byte - b'A') + 1,
        b'0'..=b'9' => DIGIT,
        _ => 0,
    }
}

/// What each pair of neighbouring bytes adds to a score, and whether it counts, by their classes.
struct Pairs {
    class: [u8; 256],
    worth: Vec<(f32, u32)>,
}

fn pair_sum(sample: &str) -> (f32, usize) {
    let pairs = &*PAIRS;
    let (mut sum, mut count, mut last) = (0.0, 0_usize, 0_usize);
    for byte in sample.bytes() {
        let class = usize::from(pairs.class[usize::from(byte)]);
        let (worth, counts) = pairs.worth.get(last * CLASSES + class).copied().unwrap_or_default();
        sum += worth;
        count += counts as usize;
        last = class;
    }
    (sum, count)
}

impl Pairs {
    fn learn() -> Pairs {
        let mut counts = vec![0.25_f32; DIGIT * DIGIT];
        for (rank, word) in COMMON.split_whitespace().enumerate() {
            let weight = 1.0 + 30.0 / (rank as f32 + 10.0);
            let mut last = 0;
            for byte in word.bytes().chain([b' ']) {
                counts[last * DIGIT + class(byte)] += weight;
                last = class(byte);
            }
        }
        for row in counts.chunks_mut(DIGIT) {
            let total: f32 = row.iter().sum();
            row.iter_mut().for_each(|count| *count = (*count / total * 27.0).log2().clamp(-5.0, 3.0));
        }
        let worth = |at: usize| {
            let letter = |class: usize| (1..DIGIT).contains(&class);
            match (at / CLASSES, at % CLASSES) {
                (first, DIGIT) if letter(first) => (MIXED, 1),
                (DIGIT, second) if letter(second) => (MIXED, 1),
                (first, second) if letter(first) || letter(second) => {
                    // A digit is no letter.
                    (counts.get(first % DIGIT * DIGIT + second % DIGIT).copied().unwrap_or_default(), 1)
                }
                _ => (0.0, 0),
            }
        };
        let mut classes = [0; 256];
        for (byte, slot) in (0..=u8::MAX).zip(&mut classes) {
            *slot = class(byte) as u8;
        }
        Pairs { class: classes, worth: (0..CLASSES * CLASSES).map(worth).collect() }
    }
}
