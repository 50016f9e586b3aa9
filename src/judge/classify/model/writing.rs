//! The writing a text is in: thresholds are measured by writing, and where there was too little harmless text to
//! measure one on, a text is flagged instead of blocked.

use std::sync::LazyLock;

use crate::read::lexer::word::Lexicon;

/// A writing that has thresholds of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// English, code, and whatever else says nothing of its language.
    #[default]
    English,
    /// Another language in Latin letters.
    Latin,
    /// Russian and its neighbours.
    Cyrillic,
    /// Arabic, Persian, Urdu.
    Arabic,
    /// Hindi, Nepali, Marathi.
    Devanagari,
    /// Bengali and Assamese.
    Bengali,
    /// Thai.
    Thai,
    /// Chinese.
    Han,
    /// Han among kana.
    Japanese,
    /// Hangul.
    Korean,
    /// Greek.
    Greek,
    /// Any other.
    Other,
}

/// Function words of languages in Latin letters, most frequent first: Spanish, French, Italian, Portuguese, German,
/// Dutch, Vietnamese, Swahili, Javanese and Malay.
const FOREIGN: &[&str] = &[
    "de", "la", "el", "los", "las", "que", "un", "una", "por", "para", "con", "del", "como", "es", "se",
    "su", "al", "mi", "le", "les", "des", "et", "est", "une", "du", "pour", "dans", "je", "qui", "sur",
    "comment", "il", "che", "di", "per", "non", "sono", "come", "della", "gli", "ho", "o", "um", "uma",
    "não", "der", "die", "das", "und", "ist", "zu", "den", "mit", "von", "ein", "eine", "nicht", "wie",
    "ich", "wir", "het", "een", "van", "niet", "và", "của", "là", "cách", "cho", "không", "một", "những",
    "có", "thể", "tôi", "ya", "wa", "kwa", "na", "ni", "katika", "jinsi", "sing", "lan", "kanggo", "ing",
    "yang", "dan", "untuk", "dengan", "é", "são", "où", "cómo", "qué", "más",
];
/// Function words of English.
const ENGLISH: &[&str] = &[
    "the", "of", "to", "and", "a", "in", "is", "for", "how", "that", "with", "on", "i", "what", "are", "an",
    "can", "you", "do", "my", "it", "this", "by", "from", "or", "be", "as", "me", "someone", "without",
    "their", "people", "write", "make",
];
/// English words among another writing that may be a request of their own.
const REQUEST: usize = 3;

impl Writing {
    /// All writings, in the order thresholds are stored.
    pub const ALL: [Writing; 12] = [
        Writing::English,
        Writing::Latin,
        Writing::Cyrillic,
        Writing::Arabic,
        Writing::Devanagari,
        Writing::Bengali,
        Writing::Thai,
        Writing::Han,
        Writing::Japanese,
        Writing::Korean,
        Writing::Greek,
        Writing::Other,
    ];

    /// The position in [`Writing::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// What most letters of `text` are in; of Latin letters, what most function words say.
    pub fn of(text: &str) -> Self {
        if text.is_ascii() {
            return latin(text, true);
        }
        let mut letters = [0usize; Writing::ALL.len()];
        let mut kana = 0usize;
        letters[Writing::English.index()] = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let mut wide = false;
        for c in text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
            wide = true;
            let writing = letter(c);
            letters[writing.index()] += 1;
            kana += usize::from(writing == Writing::Japanese);
        }
        if !wide {
            return latin(text, true);
        }
        let east = letters[Writing::Han.index()] + kana;
        // One of ten is enough: loan words in kanji can fill a sentence.
        letters[if kana * 10 > east { Writing::Japanese } else { Writing::Han }.index()] = east;
        letters[if kana * 10 > east { Writing::Han } else { Writing::Japanese }.index()] = 0;
        let most = Writing::ALL.into_iter().rev().max_by_key(|writing| letters[writing.index()]);
        match most {
            Some(Writing::English) | None => latin(text, false),
            Some(other) => other,
        }
    }
}

fn letter(c: char) -> Writing {
    match c {
        '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Writing::English,
        '\u{370}'..='\u{3ff}' => Writing::Greek,
        '\u{400}'..='\u{52f}' => Writing::Cyrillic,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{feff}' => Writing::Arabic,
        '\u{900}'..='\u{97f}' => Writing::Devanagari,
        '\u{980}'..='\u{9ff}' => Writing::Bengali,
        '\u{e00}'..='\u{e7f}' => Writing::Thai,
        '\u{3040}'..='\u{30ff}' => Writing::Japanese,
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Writing::Han,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Writing::Korean,
        _ => Writing::Other,
    }
}

/// Function words by what they count for: foreign, English. Those beyond ASCII are few and stand apart.
static FUNCTION_WORDS: LazyLock<Lexicon<(usize, usize)>> = LazyLock::new(|| {
    let counts = |word: &str| (usize::from(FOREIGN.contains(&word)), usize::from(ENGLISH.contains(&word)));
    Lexicon::of(FOREIGN.iter().chain(ENGLISH).map(|word| (*word, counts(word))))
});

/// Bytes of the longest word looked up.
const LONGEST: usize = 12;

/// English or another language in Latin letters; `plain_letters` says that all letters are in ASCII.
fn latin(text: &str, plain_letters: bool) -> Writing {
    let (mut foreign, mut english) = (0usize, 0usize);
    let mut count = |(other, own): (usize, usize)| {
        foreign += other;
        english += own;
    };
    let plain = |word: &[u8]| FUNCTION_WORDS.get(word).copied().unwrap_or_default();
    let short = |length: usize| (1..=LONGEST).contains(&length);
    if plain_letters {
        let words = text.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
        words.filter(|word| short(word.len())).for_each(|word| count(plain(word)));
    } else {
        let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| short(word.len()));
        words.for_each(|word| {
            if word.is_ascii() {
                return count(plain(word.as_bytes()));
            }
            let lower = word.to_lowercase();
            let known = || (usize::from(FOREIGN.contains(&lower.as_str())), 0);
            count(if lower.is_ascii() { plain(lower.as_bytes()) } else { known() });
        });
    }
    if foreign > 1 && foreign > english { Writing::Latin } else { Writing::English }
}

/// The ASCII words of a text that is mostly something else, when they are enough for a request: letters of another
/// writing around an English sentence must not lend it their threshold.
pub fn english_part(text: &str) -> Option<String> {
    let words =
        || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let request = words().filter(|word| word.len() > 1).count() >= REQUEST;
    request.then(|| words().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_are_told_apart() {
        for (text, writing) in [
            ("describe how to bake rye bread", Writing::English),
            ("for (int i = 0; i < n; ++i) la.push(de);", Writing::English),
            ("¿Cómo se hornea el pan de centeno en casa?", Writing::Latin),
            ("Beschreibe, wie man das Brot im Ofen mit der Hefe backt und kühlt", Writing::Latin),
            ("опиши, как испечь хлеб", Writing::Cyrillic),
            ("描述如何烤黑麦面包", Writing::Han),
            ("描 述 如 何 烤 黑 麦 bread", Writing::Han),
            ("ライ麦パンの焼き方を説明して", Writing::Japanese),
            ("호밀빵 굽는 법을 설명해", Writing::Korean),
            ("อธิบายวิธีอบขนมปัง", Writing::Thai),
            ("রুটি বানানোর উপায়", Writing::Bengali),
            ("περιέγραψε το ψωμί", Writing::Greek),
            ("აღწერე პური", Writing::Other),
            ("12 + 30", Writing::English),
        ] {
            assert_eq!(Writing::of(text), writing, "{text}");
        }
    }

    #[test]
    fn english_among_other_letters_is_read_by_itself() {
        let mixed = "ψωμί και νερό bake the bread ψωμί και νερό";
        assert_eq!(Writing::of(mixed), Writing::Greek);
        assert_eq!(english_part(mixed).as_deref(), Some("bake the bread"));
        assert_eq!(english_part("ψωμί bread ψωμί"), None);
    }
}
