//! What one pass over a text tells of it: which alphabets hold all of it and which signs stand in it. By it nearly every
//! codec is ruled out without being asked.

use std::sync::LazyLock;

/// Sets of bytes, and what a byte is, a bit for each. The first ones count for the text without the blanks around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits(u32);

/// Alphabets: asked whether all bytes belong.
pub(super) const BASE64: Bits = Bits(1);
pub(super) const HEX: Bits = Bits(1 << 1);
pub(super) const BASE32: Bits = Bits(1 << 2);
pub(super) const BINARY: Bits = Bits(1 << 3);
pub(super) const ASCII85: Bits = Bits(1 << 4);
pub(super) const CODES: Bits = Bits(1 << 5);
pub(super) const MORSE: Bits = Bits(1 << 6);
pub(super) const NUMBERS: Bits = Bits(1 << 7);
pub(super) const TAPS: Bits = Bits(1 << 8);
pub(super) const BACON: Bits = Bits(1 << 9);
pub(super) const ALPHANUMERIC: Bits = Bits(1 << 10);
pub(super) const UNBROKEN: Bits = Bits(1 << 11);
pub(super) const CAPITALS: Bits = Bits(1 << 12);
/// Signs: asked whether any byte is one.
pub(super) const PERCENT: Bits = Bits(1 << 16);
pub(super) const AMPERSAND: Bits = Bits(1 << 17);
pub(super) const BACKSLASH: Bits = Bits(1 << 18);
pub(super) const EQUALS: Bits = Bits(1 << 19);
pub(super) const QUESTION: Bits = Bits(1 << 20);
pub(super) const PLUS: Bits = Bits(1 << 21);
pub(super) const OPENS: Bits = Bits(1 << 22);
pub(super) const LINE: Bits = Bits(1 << 23);
pub(super) const DIGIT: Bits = Bits(1 << 24);
pub(super) const UPPER: Bits = Bits(1 << 25);
pub(super) const LOWER: Bits = Bits(1 << 26);
pub(super) const WIDE: Bits = Bits(1 << 27);
pub(super) const LEET: Bits = Bits(1 << 28);
pub(super) const BLANK: Bits = Bits(1 << 29);
pub(super) const ANGLE: Bits = Bits(1 << 30);

const VOWEL: Bits = Bits(1 << 31);
const LETTER: u32 = LOWER.0 | UPPER.0;

/// The bits of every byte.
static BITS: LazyLock<[u32; 256]> = LazyLock::new(|| {
    let mut bits = [0; 256];
    for (byte, slot) in (0..=u8::MAX).zip(&mut bits) {
        *slot = alphabets(byte) | signs(byte);
    }
    bits
});

fn alphabets(byte: u8) -> u32 {
    let blank = matches!(byte, b' ' | 9..=13);
    let among = |signs: &[u8]| signs.contains(&byte);
    let bit = |set: Bits, holds: bool| if holds { set.0 } else { 0 };
    bit(BASE64, byte.is_ascii_alphanumeric() || among(b"+/-_=\r\n\t\x0b\x0c"))
        | bit(HEX, byte.is_ascii_hexdigit() || blank || among(b"xX\\:,-"))
        | bit(BASE32, byte.is_ascii_alphabetic() || blank || (b'2'..=b'7').contains(&byte) || byte == b'=')
        | bit(BINARY, blank || among(b"01,"))
        | bit(ASCII85, (b'!'..=b'u').contains(&byte) || among(b"z~\r\n\t\x0b\x0c"))
        | bit(CODES, byte.is_ascii_hexdigit() || blank || among(b"xX,;[](){}"))
        | bit(MORSE, blank || among(b".-/|") || !byte.is_ascii())
        | bit(NUMBERS, byte.is_ascii_digit() || blank || among(b"-/,.|"))
        | bit(TAPS, blank || among(b"./"))
        | bit(BACON, blank || among(b"aAbB01/|"))
        | bit(ALPHANUMERIC, byte.is_ascii_alphanumeric())
        | bit(UNBROKEN, !blank && byte.is_ascii())
        | bit(CAPITALS, (0x20..=0x60).contains(&byte) || blank)
}

fn signs(byte: u8) -> u32 {
    let bit = |set: Bits, holds: bool| if holds { set.0 } else { 0 };
    bit(PERCENT, byte == b'%')
        | bit(AMPERSAND, byte == b'&')
        | bit(BACKSLASH, byte == b'\\')
        | bit(EQUALS, byte == b'=')
        | bit(QUESTION, byte == b'?')
        | bit(PLUS, byte == b'+')
        | bit(OPENS, matches!(byte, b'(' | b'[' | b'{'))
        | bit(ANGLE, matches!(byte, b'<' | b'*' | b'|'))
        | bit(LINE, byte == b'\n')
        | bit(DIGIT, byte.is_ascii_digit())
        | bit(UPPER, byte.is_ascii_uppercase())
        | bit(LOWER, byte.is_ascii_lowercase())
        | bit(WIDE, !byte.is_ascii())
        | bit(LEET, b"0134578@$!|+".contains(&byte))
        | bit(BLANK, matches!(byte, b' ' | 9..=13))
        | bit(VOWEL, b"aeiouAEIOU".contains(&byte))
}

/// A run of letters and digits that may be an alphabet.
const ALPHABET: u32 = 20;

/// One text by its signs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    /// Bytes.
    pub(super) length: usize,
    all: u32,
    any: u32,
    /// Letters and digits that stand alone.
    pub(super) alone: u32,
    /// Runs of letters and digits, bytes beyond ASCII among them.
    pub(super) runs: u32,
    /// Those as long as an alphabet.
    pub(super) long_runs: u32,
    /// Capitals behind a small letter.
    pub(super) turns: u32,
    /// ASCII letters.
    pub(super) letters: u32,
    /// Vowels among them.
    vowels: u32,
    /// Plain blanks.
    spaces: u32,
    /// A character beyond ASCII that is more than typography.
    odd: bool,
}

/// Dashes, quotation marks, arrows, lines of tables and the like: they stand in any text, and no codec that is written in
/// characters beyond ASCII reads them.
fn is_typography(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2018}'..='\u{2022}' | '\u{2026}' | '\u{2190}'..='\u{2193}' | '\u{2500}'..='\u{257f}'
        | '\u{a0}' | '\u{a7}' | '\u{ab}' | '\u{b0}' | '\u{b1}' | '\u{b7}' | '\u{bb}' | '\u{d7}' | '\u{f7}' | '\u{2260}' | '\u{2264}' | '\u{2265}' | '\u{2713}')
}

impl Shape {
    /// Looks at every byte once.
    pub(super) fn of(text: &str) -> Self {
        let bits = &*BITS;
        let shown = text.trim();
        let mut shape = Shape { length: text.len(), all: u32::MAX, ..Shape::default() };
        let joined = LOWER.0 | UPPER.0 | DIGIT.0 | WIDE.0;
        let (mut all, mut any, mut run, mut before) = (u32::MAX, 0_u32, 0_u32, 0_u32);
        for byte in shown.bytes() {
            let bits = bits[usize::from(byte)];
            all &= bits;
            any |= bits;
            shape.spaces += u32::from(byte == b' ');
            shape.letters += u32::from(bits & LETTER != 0);
            shape.vowels += bits >> VOWEL.0.trailing_zeros();
            shape.turns += u32::from(bits & UPPER.0 != 0 && before & LOWER.0 != 0);
            before = bits;
            if bits & joined != 0 {
                run += 1;
            } else if run != 0 {
                shape.end_run(std::mem::take(&mut run));
            }
        }
        (shape.all, shape.any) = (all, any);
        shape.end_run(run);
        if shown.len() < text.len() {
            let before = text.len() - text.trim_start().len();
            let after = text.trim_end().len().max(before);
            let edges = text.bytes().take(before).chain(text.bytes().skip(after));
            for byte in edges {
                shape.any |= bits[usize::from(byte)];
                shape.spaces += u32::from(byte == b' ');
            }
        }
        shape.odd = shape.is_wide() && text.chars().any(|c| !c.is_ascii() && !is_typography(c));
        shape
    }

    fn end_run(&mut self, run: u32) {
        self.runs += u32::from(run > 0);
        self.alone += u32::from(run == 1);
        self.long_runs += u32::from(run >= ALPHABET);
    }

    /// Whether every byte belongs to an alphabet.
    pub(super) fn all(&self, set: Bits) -> bool {
        self.all & set.0 != 0
    }

    /// Whether such a sign stands anywhere.
    pub(super) fn any(&self, sign: Bits) -> bool {
        self.any & sign.0 != 0
    }

    /// Signs that are neither letters nor blanks, digits and bytes beyond ASCII among them.
    pub(super) fn signs(&self) -> usize {
        self.length - (self.letters + self.spaces) as usize
    }

    /// Letters and blanks, and as many vowels as language has: the letters may have been moved about.
    pub(super) fn is_movable(&self) -> bool {
        let (others, vowels, all) = (self.signs(), self.vowels as usize, self.letters as usize);
        !(others * 8 > 12 && others * 12 > all) && vowels * 4 >= all && vowels * 2 <= all
    }

    /// Whether there is a character beyond ASCII that is more than typography.
    pub(super) fn is_odd(&self) -> bool {
        self.odd
    }

    /// Whether there is a byte beyond ASCII.
    pub(super) fn is_wide(&self) -> bool {
        self.any(WIDE)
    }
}
