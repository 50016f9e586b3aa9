//! Bytes as characters of a large repertoire: base2048, Ecoji.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::base::text_of;

/// Fewer characters are no text, more are not read.
const SHORTEST: usize = 6;
const LONGEST: usize = 64 << 10;

/// The last character that base2048 uses: its decoder knows nothing beyond.
const BASE2048_LAST: char = '\u{10f3}';

/// The 1024 emoji of Ecoji, version 1, in order.
const ECOJI: &str = include_str!("ecoji.txt");
/// What fills a group that is not whole, and what does for one of four bytes, by its last two bits.
const FILLER: char = '☕';
const FOURTH: [char; 4] = ['⚜', '🏍', '📑', '🙋'];

static EMOJI: LazyLock<HashMap<char, u64>> = LazyLock::new(|| {
    (0..).zip(ECOJI.split_whitespace().flat_map(str::chars)).map(|(at, c)| (c, at)).collect()
});

/// The text without line breaks, when nearly all of it lies beyond ASCII.
fn packed(text: &str) -> Option<String> {
    let wide = || text.chars().filter(|c| !c.is_ascii()).take(SHORTEST).count() == SHORTEST;
    let fits = !text.is_ascii() && text.len() <= LONGEST && !text.trim().contains(' ') && wide();
    fits.then(|| text.split_whitespace().collect())
}

/// Base2048: eleven bits a character.
pub(super) fn base2048_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let within = |text: &String| text.chars().all(|c| c <= BASE2048_LAST);
    let bytes = packed(text).filter(within).and_then(|text| base2048::decode(&text));
    bytes.and_then(|bytes| text_of(bytes, budget)).into_iter().collect()
}

/// Ecoji: ten bits an emoji, five bytes in four of them.
pub(super) fn ecoji_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let bytes = packed(text).and_then(|text| ecoji(&text));
    bytes.and_then(|bytes| text_of(bytes, budget)).into_iter().collect()
}

fn ecoji(text: &str) -> Option<Vec<u8>> {
    let signs: Vec<char> = text.chars().collect();
    let (groups, rest) = signs.as_chunks::<4>();
    let mut out = Vec::with_capacity(groups.len() * 5);
    for group in groups.iter().filter(|_| rest.is_empty()) {
        let mut bits = 0;
        for (at, sign) in group.iter().enumerate() {
            let last = FOURTH.iter().position(|known| known == sign && at == 3);
            let value = match last {
                Some(last) => u64::try_from(last).ok()? << 8,
                None if *sign == FILLER => 0,
                None => *EMOJI.get(sign)?,
            };
            bits = bits << 10 | value;
        }
        let filled = group.iter().filter(|sign| **sign == FILLER).count();
        let count = 5 - usize::from(filled > 0) - filled - usize::from(FOURTH.contains(&group[3]));
        out.extend((0..count).map(|at| (bits >> (32 - 8 * at) & 0xff) as u8));
    }
    (!out.is_empty()).then_some(out)
}
