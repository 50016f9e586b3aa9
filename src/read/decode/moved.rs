//! The same letters or words in another order: FlipAttack's modes (arXiv 2410.02832), odd and even words, acrostics.

use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::english::is_all_words;
use crate::read::decode::english::is_common;
use crate::read::decode::english::prefix;
use crate::read::decode::english::split_words;
use crate::read::decode::order::FOREIGN;
use crate::read::decode::order::Kind;
use crate::read::decode::order::MEASURED;
use crate::read::decode::order::Order;
use crate::read::decode::order::bare;
use crate::read::decode::order::kind_of;
use crate::read::lexer::word::Lexicon;
use crate::read::lexer::word::between_blanks;

/// Longer texts are not put into another order on suspicion, but reversed.
pub(super) const MOST_MOVED: usize = 128;

/// Characters of the whole text reversed.
pub(super) fn reversed_text(text: &str, _: &mut Budget) -> Vec<String> {
    vec![text.chars().rev().collect()]
}

/// Characters of each word reversed, words in place.
pub(super) fn reversed_in_words(text: &str, _: &mut Budget) -> Vec<String> {
    let word = |piece: &str| piece.chars().rev().collect::<String>();
    vec![text.split(' ').map(word).collect::<Vec<_>>().join(" ")]
}

/// Words in reverse order.
pub(super) fn reversed_words(text: &str, _: &mut Budget) -> Vec<String> {
    let mut words: Vec<&str> = between_blanks(text).collect();
    words.reverse();
    if words.len() < 3 { Vec::new() } else { vec![words.join(" ")] }
}

/// Words at odd places followed by those at even places (CodeChameleon, arXiv 2402.16717), put back in turn.
pub(super) fn odd_even_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = between_blanks(text).take(MOST_MOVED + 1).collect();
    if words.len() < 4 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    let (odd, even) = words.split_at(words.len().div_ceil(2));
    let merged =
        (0..words.len()).filter_map(|at| if at % 2 == 0 { odd.get(at / 2) } else { even.get(at / 2) });
    let merged: Vec<&str> = merged.copied().collect();
    // A sentence as it stands has an order of its own by chance as often as a riddle has: the gain must be one at nearly every
    // word, and no sentence may end in the middle of another.
    let (before, after) = (Order::of(text), Order::of_row(&merged));
    if !are_words(&words) || !after.gains(before) || breaks(&merged) > breaks(&words) {
        return Vec::new();
    }
    vec![merged.join(" ")]
}

/// Whether a row is made of words: few numbers, no signs that stand alone, nothing that joins names in code.
fn are_words(words: &[&str]) -> bool {
    let sign = |word: &&&str| {
        let bare = bare(word);
        bare.is_empty()
            || bare.contains(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’' | '.'))
    };
    let number = |word: &&&str| word.contains(|c: char| c.is_ascii_digit());
    !words.iter().any(|word| sign(&word)) && words.iter().filter(number).count() * 8 <= words.len()
}

/// How many sentences end where the next word begins none.
fn breaks(words: &[&str]) -> usize {
    let broken =
        |pair: &&[&str]| pair[0].ends_with(['.', '?', '!', ':']) && pair[1].starts_with(char::is_lowercase);
    words.windows(2).filter(broken).count()
}

/// The first letters of eight lines or more.
pub(super) fn acrostic_text(text: &str, _: &mut Budget) -> Vec<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let letters: String = lines().take(400).filter_map(|line| line.chars().next()).collect();
    let all_letters = letters.chars().all(char::is_alphabetic);
    let split = split_words(&letters.to_lowercase());
    if letters.len() < 8 || !all_letters || !is_all_words(&split) { Vec::new() } else { vec![split] }
}

/// Neighbouring words swapped, pair by pair.
pub(super) fn swapped_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = between_blanks(text).take(MOST_MOVED + 1).collect();
    if words.len() < 4 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    let swapped: Vec<&str> = words.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
    vec![swapped.join(" ")]
}

/// Every other word: two sentences told in turn (JAIL-CON, arXiv 2510.21189), or filler between the words.
pub(super) fn alternate_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = between_blanks(text).take(MOST_MOVED + 1).collect();
    if words.len() < 10 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    let halves = [0, 1].map(|from| words.iter().skip(from).step_by(2).copied().collect::<Vec<_>>());
    // Of two sentences told in turn both read well; of filler, no word ties others together.
    let reads = |half: &Vec<&str>| {
        let order = Order::of_row(half);
        order.is_good() || !order.is_tied()
    };
    if !are_words(&words) || !halves.iter().all(reads) {
        return Vec::new();
    }
    halves.map(|half| half.join(" ")).into()
}

/// Two requests told in turn, word by word, each of them well ordered: both open as requests do.
pub(super) fn told_in_turn(text: &str, _: &mut Budget) -> Vec<String> {
    let opens = |word: &str| matches!(kind_of(&bare(word).to_lowercase()), Some(Kind::Opener | Kind::Asking));
    if !between_blanks(text).take(2).all(opens) {
        return Vec::new();
    }
    let words: Vec<&str> = between_blanks(text).take(MOST_MOVED + 1).collect();
    if words.len() < 10 || words.len() > MOST_MOVED || !are_words(&words) {
        return Vec::new();
    }
    let before = Order::of(text).a_word();
    let halves = [0, 1].map(|from| words.iter().skip(from).step_by(2).copied().collect::<Vec<_>>());
    let better = |half: &Vec<&str>| Order::of_row(half).a_word() >= before + 20;
    if halves.iter().all(better) { halves.map(|half| half.join(" ")).into() } else { Vec::new() }
}

/// The first letters of eight words or more.
pub(super) fn initials_text(text: &str, _: &mut Budget) -> Vec<String> {
    letters_of(text, |word| word.chars().next())
}

/// The last letters of eight words or more.
pub(super) fn finals_text(text: &str, _: &mut Budget) -> Vec<String> {
    letters_of(text, |word| word.chars().next_back())
}

fn letters_of(text: &str, pick: impl Fn(&str) -> Option<char>) -> Vec<String> {
    // Ordinary prose is full of short words, and of words that everybody knows.
    let mut words: Vec<&str> = Vec::new();
    for word in between_blanks(text).take(401).map(bare).filter(|word| !word.is_empty()) {
        if word.chars().nth(1).is_none() {
            return Vec::new();
        }
        words.push(word);
    }
    if words.len() < 8 || words.len() > 400 {
        return Vec::new();
    }
    let letters: String = words.iter().filter_map(|word| pick(word)).flat_map(char::to_lowercase).collect();
    let split = split_words(&letters);
    if letters.chars().all(char::is_alphabetic) && is_all_words(&split) { vec![split] } else { Vec::new() }
}

/// How a word of another language is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Straight,
    /// A bit for each word.
    Backwards(u64),
}

/// The words of [`FOREIGN`], and the same told letter by letter from the end, as far as they are words of no language here.
static FOREIGN_TIES: LazyLock<Lexicon<Told>> = LazyLock::new(|| {
    let turned = FOREIGN.iter().map(|word| word.chars().rev().collect::<String>());
    let turned: Vec<String> = turned
        .filter(|word| kind_of(word).is_none() && !FOREIGN.contains(&&**word) && !is_common(word))
        .collect();
    let straight = FOREIGN.iter().map(|word| (*word, Told::Straight));
    let turned = turned.iter().enumerate();
    Lexicon::of(straight.chain(turned.map(|(at, word)| (word.as_str(), Told::Backwards(1 << (at % 64))))))
});

/// A text in another language told letter by letter from the end: the words that tie sentences together stand there backwards.
pub(super) fn backwards_text(text: &str, _: &mut Budget) -> Vec<String> {
    let sample = prefix(text, MEASURED);
    if sample.bytes().any(|byte| matches!(byte, b'=' | b'"' | b'{' | b'(' | b'#' | b'@' | b'_' | b'<')) {
        // Code.
        return Vec::new();
    }
    let ties = &*FOREIGN_TIES;
    let (mut words, mut turned, mut straight) = (0_usize, 0_usize, 0_usize);
    // Dutch `van` turned is the `nav` of many a page, over and over: one word told often proves nothing.
    let mut different = 0_u64;
    let mut count = |word: &[u8]| {
        let known = if word.len() <= 7 { ties.get(word) } else { None };
        words += 1;
        straight += usize::from(known == Some(&Told::Straight));
        if let Some(Told::Backwards(bit)) = known {
            turned += 1;
            different |= bit;
        }
    };
    if sample.is_ascii() {
        let letters = sample.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
        letters.filter(|word| !word.is_empty()).for_each(&mut count);
    } else {
        for word in sample.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            // A letter beyond ASCII may be a small one in ASCII.
            let wide = word.len() <= 7 && !word.is_ascii();
            if wide { count(word.to_lowercase().as_bytes()) } else { count(word.as_bytes()) }
        }
    }
    let several = different.count_ones() as usize >= 2.max(words / 8);
    let told = words >= 4 && several && turned * 4 >= words && turned > straight * 2;
    if told { vec![text.chars().rev().collect()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::budget::Limits;

    /// What [`backwards_text`] looks up, word by word and letter by letter.
    fn is_told_backwards(text: &str) -> bool {
        let sample = prefix(text, MEASURED);
        let of_no_language =
            |word: &str| kind_of(word).is_none() && !FOREIGN.contains(&word) && !is_common(word);
        let turned: Vec<String> = FOREIGN
            .iter()
            .map(|word| word.chars().rev().collect())
            .filter(|word: &String| of_no_language(word))
            .collect();
        let words: Vec<&str> =
            sample.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let short = || words.iter().filter(|word| word.len() <= 7).map(|word| word.to_lowercase());
        let backwards: Vec<String> = short().filter(|word| turned.contains(word)).collect();
        let mut different = backwards.clone();
        different.sort();
        different.dedup();
        let backwards = backwards.len();
        let straight = short().filter(|word| FOREIGN.contains(&&**word)).count();
        let code = sample.contains(['=', '"', '{', '(']);
        !code
            && words.len() >= 4
            && different.len() >= 2
            && backwards * 4 >= words.len()
            && backwards > straight * 2
    }

    proptest! {
        #[test]
        fn words_told_backwards_are_counted_as_they_would_be_one_by_one(
            words in prop::collection::vec("ed|al|sel|Ruop|nu|nie|eid|rep|de|la|pour|siart,|no\\u{e7}af|\\u{212a}e|x=1", 0..16)
        ) {
            let text = words.join(" ");
            let read = !backwards_text(&text, &mut Budget::new(Limits::default())).is_empty();
            prop_assert_eq!(read, is_told_backwards(&text), "{}", text);
        }
    }
}
