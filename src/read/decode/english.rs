//! How much a text looks like English: letter pairs learnt from a short list of common words, and the words themselves.

use std::collections::HashSet;
use std::sync::LazyLock;

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
const SAMPLE: usize = 2048;
/// A letter joined to a digit or symbol inside a word, as in leetspeak and hashes.
const MIXED: f32 = -2.0;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COMMON.split_whitespace().collect());
static PAIRS: LazyLock<Vec<f32>> = LazyLock::new(learn_pairs);

/// The score of `text` per letter pair, and a bonus for the share of its words that are common. Higher is more English.
pub fn score(text: &str) -> f32 {
    let sample = prefix(text, SAMPLE);
    let (sum, pairs) = pair_sum(sample);
    if pairs < 3 {
        return -4.0;
    }
    let (common, words) = common_words(sample);
    sum / pairs as f32 + common as f32 / words.max(1) as f32
}

/// Whether `text` reads as English: mostly letters and spaces, and a good score.
pub(super) fn is_english(text: &str) -> bool {
    let sample = prefix(text, SAMPLE);
    let plain = sample.bytes().filter(|b| b.is_ascii_alphabetic() || *b == b' ').count();
    plain >= 4 && plain * 10 >= sample.len() * 7 && may_be_english(sample) && score(sample) >= ENGLISH
}

/// Letter pairs alone rule most noise out, before any word is looked up: the words add at most one to a score.
fn may_be_english(sample: &str) -> bool {
    let (sum, pairs) = pair_sum(sample);
    pairs > 2 && sum / pairs as f32 + 1.0 >= ENGLISH
}

/// How many different common words of two letters or more stand in `text`.
pub(super) fn known_words(text: &str) -> usize {
    let lower = prefix(text, SAMPLE).to_ascii_lowercase();
    let words =
        lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1 && WORDS.contains(word));
    words.collect::<HashSet<&str>>().len()
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
    let (common, words) = common_words(sample);
    pairs > 2 && sum / pairs as f32 + common as f32 / words.max(1) as f32 >= FOREIGN
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
    let mut best: Vec<(u32, usize)> = vec![(0, 0)];
    for end in 1..=run.len() {
        let stray = (best.last().map_or(0, |last| last.0).saturating_add(STRAY), 1);
        let word = |len: usize| {
            let from = end.checked_sub(len)?;
            WORDS.contains(run.get(from..end)?).then(|| Some((best.get(from)?.0.saturating_add(2), len)))?
        };
        let choice = (2..=LONGEST).filter_map(word).min().filter(|word| word.0 <= stray.0).unwrap_or(stray);
        best.push(choice);
    }
    cut(run, &best)
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
    WORDS.contains(word)
}

/// Whether a common word of four letters or more stands in the text; looks at its first words.
pub(super) fn holds_long_word(text: &str) -> bool {
    let lower = prefix(text, 256).to_ascii_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() > 3 && WORDS.contains(word))
        .take(2)
        .count()
        > 1
}

/// The common words, the most common first.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    COMMON.split_whitespace()
}

/// Whether three common words of three letters or more stand in a text that was cut into words, and make up a good part of it:
/// what chance cuts out are shorter ones.
pub(super) fn is_all_words(text: &str) -> bool {
    let letters = |word: &str| word.chars().count();
    let known = || text.split_whitespace().filter(|word| word.len() > 2 && WORDS.contains(word));
    let all: usize = text.split_whitespace().map(letters).sum();
    known().collect::<HashSet<&str>>().len() >= 3 && known().map(letters).sum::<usize>() * 5 >= all * 2
}

/// The longest prefix of at most `max` bytes that ends between two characters.
pub(super) fn prefix(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn letter(byte: u8) -> usize {
    if byte.is_ascii_alphabetic() { usize::from(byte.to_ascii_lowercase() - b'a') + 1 } else { 0 }
}

fn pair_sum(sample: &str) -> (f32, usize) {
    let (mut sum, mut pairs, mut last) = (0.0, 0, b' ');
    for byte in sample.bytes() {
        let joined = byte.is_ascii_digit() && last.is_ascii_alphabetic()
            || byte.is_ascii_alphabetic() && last.is_ascii_digit();
        if joined {
            sum += MIXED;
            pairs += 1;
        } else if letter(last) + letter(byte) > 0 {
            sum += PAIRS.get(letter(last) * 27 + letter(byte)).copied().unwrap_or_default();
            pairs += 1;
        }
        last = byte;
    }
    (sum, pairs)
}

fn common_words(sample: &str) -> (usize, usize) {
    let mut lower = sample.to_owned();
    lower.make_ascii_lowercase();
    let words = || lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    (words().filter(|word| word.len() > 1 && WORDS.contains(word)).count(), words().count())
}

fn learn_pairs() -> Vec<f32> {
    let mut counts = vec![0.25_f32; 27 * 27];
    for (rank, word) in COMMON.split_whitespace().enumerate() {
        let weight = 1.0 + 30.0 / (rank as f32 + 10.0);
        let mut last = 0;
        for byte in word.bytes().chain([b' ']) {
            counts[last * 27 + letter(byte)] += weight;
            last = letter(byte);
        }
    }
    for row in counts.chunks_mut(27) {
        let total: f32 = row.iter().sum();
        row.iter_mut().for_each(|count| *count = (*count / total * 27.0).log2().clamp(-5.0, 3.0));
    }
    counts
}
