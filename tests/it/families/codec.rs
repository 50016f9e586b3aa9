//! The encodings of garak's probes and PyRIT's text converters that have an inverse, one by one and nested to depth three, in prose
//! and as a string of code with nothing there that undoes them.

use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use unspool::measure::replay::wrap::Rng;

use super::{Family, one_of};

/// Writes a text another way.
type Encoder = fn(&str, &mut Rng) -> String;

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn spelled(text: &str, table: &[&str], between: &str, gap: &str) -> String {
    let word = |word: &str| {
        let letter = |c: char| table[(c as u8 - b'a') as usize].to_owned();
        word.chars().filter(char::is_ascii_lowercase).map(letter).collect::<Vec<_>>().join(between)
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(gap)
}

const MORSE: [&str; 26] = [
    ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.", "---",
    ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
];
const NATO: [&str; 26] = [
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo",
    "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor",
    "Whiskey", "X-ray", "Yankee", "Zulu",
];
const BRAILLE: &str = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵";

fn lettered(text: &str, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let turn = |c: char| if c.is_ascii_lowercase() { letters[(c as u8 - b'a') as usize] } else { c };
    text.chars().map(turn).collect()
}

fn shifted(text: &str, by: u8) -> String {
    let turn =
        |c: char| if c.is_ascii_lowercase() { char::from(b'a' + (c as u8 - b'a' + by) % 26) } else { c };
    text.chars().map(turn).collect()
}

fn ascii85(text: &str, first: &dyn Fn(u32) -> char) -> String {
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(4) {
        let mut group = [0; 4];
        group[..chunk.len()].copy_from_slice(chunk);
        let value = u32::from_be_bytes(group);
        let digits = [52_200_625, 614_125, 7225, 85, 1].map(|power| first(value / power % 85));
        out.extend(digits.iter().take(chunk.len() + 1));
    }
    out
}

fn base58(text: &str) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u8> = Vec::new();
    for byte in text.bytes() {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = u8::try_from(carry % 58).unwrap();
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap());
            carry /= 58;
        }
    }
    digits.iter().rev().map(|digit| char::from(ALPHABET[usize::from(*digit)])).collect()
}

fn uuencoded(text: &str) -> String {
    let sign = |bits: u8| if bits == 0 { '`' } else { char::from(bits + 32) };
    let mut out = String::new();
    for line in text.as_bytes().chunks(45) {
        out.push(sign(u8::try_from(line.len()).unwrap()));
        for chunk in line.chunks(3) {
            let byte = |at: usize| chunk.get(at).copied().unwrap_or(0);
            let (a, b, c) = (byte(0), byte(1), byte(2));
            out.extend([a >> 2, (a << 4 | b >> 4) & 63, (b << 2 | c >> 6) & 63, c & 63].map(sign));
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn ecoji(text: &str) -> String {
    let emoji: Vec<char> =
        include_str!("../../../src/read/decode/ecoji.txt").chars().filter(|c| *c != '\n').collect();
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(5) {
        let byte = |at: usize| u64::from(chunk.get(at).copied().unwrap_or(0));
        let bits = (0..5).fold(0, |bits, at| bits << 8 | byte(at));
        let sign = |at: usize| emoji[usize::try_from(bits >> (30 - 10 * at) & 1023).unwrap()];
        let whole = if chunk.len() == 5 { 4 } else { chunk.len().min(3) };
        out.extend((0..whole).map(sign));
        match chunk.len() {
            4 => out.push(['⚜', '🏍', '📑', '🙋'][chunk[3] as usize & 3]),
            _ => out.extend((whole..4).map(|_| '☕')),
        }
    }
    out
}

fn rail_fence(text: &str, rails: usize) -> String {
    let mut rows = vec![String::new(); rails];
    let period = 2 * (rails - 1);
    for (at, c) in text.chars().enumerate() {
        let place = at % period;
        rows[place.min(period - place)].push(c);
    }
    rows.concat()
}

fn pig_latin(text: &str) -> String {
    let word = |word: &str| {
        let vowel = word.find(['a', 'e', 'i', 'o', 'u', 'y']).unwrap_or(0);
        if vowel == 0 { format!("{word}way") } else { format!("{}{}ay", &word[vowel..], &word[..vowel]) }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn quoted_printable(text: &str) -> String {
    text.chars()
        .map(|c| if c == ' ' || c == 'e' { format!("={:02X}", c as u32) } else { c.to_string() })
        .collect()
}

/// Whole-text encodings: what they give holds bytes of any text, so they nest.
const ARMOURS: &[(&str, Encoder)] = &[
    ("base64", |text, _| BASE64.encode(text.as_bytes())),
    ("base64 for URLs", |text, _| BASE64URL_NOPAD.encode(text.as_bytes())),
    ("base32", |text, _| BASE32.encode(text.as_bytes())),
    ("hex", |text, rng| {
        if rng.below(2) == 0 { HEXLOWER.encode(text.as_bytes()) } else { HEXUPPER.encode(text.as_bytes()) }
    }),
    ("hex with blanks", |text, _| text.bytes().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")),
    ("ascii85", |text, _| ascii85(text, &|digit| char::from_u32(33 + digit).unwrap())),
    ("base85", |text, _| {
        const ALPHABET: &[u8] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
        ascii85(text, &|digit| char::from(ALPHABET[digit as usize]))
    }),
    ("base58", |text, _| base58(text)),
    ("base2048", |text, _| base2048::encode(text.as_bytes())),
    ("ecoji", |text, _| ecoji(text)),
    ("binary", |text, rng| {
        let gap = one_of(rng, &[" ", ""]);
        text.bytes().map(|b| format!("{b:08b}")).collect::<Vec<_>>().join(gap)
    }),
    ("octal", |text, _| each(text, |c| format!("\\{:03o}", c as u32))),
    ("decimal", |text, rng| {
        let gap = one_of(rng, &[" ", ", ", ","]);
        text.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(gap)
    }),
    ("percent", |text, _| each(text, |c| format!("%{:02X}", c as u32))),
    ("HTML", |text, rng| {
        if rng.below(2) == 0 {
            each(text, |c| format!("&#{};", c as u32))
        } else {
            each(text, |c| format!("&#x{:x};", c as u32))
        }
    }),
    ("\\x", |text, _| each(text, |c| format!("\\x{:02x}", c as u32))),
    ("\\u", |text, _| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()),
    ("\\u{}", |text, _| each(text, |c| format!("\\u{{{:x}}}", c as u32))),
    ("code points", |text, _| {
        text.chars().map(|c| format!("U+{:04X}", c as u32)).collect::<Vec<_>>().join(" ")
    }),
    ("uuencode", |text, _| uuencoded(text)),
    ("MIME word", |text, _| format!("=?utf-8?B?{}?=", BASE64.encode(text.as_bytes()))),
    ("tags", |text, _| each(text, |c| char::from_u32(0xe0000 + c as u32).unwrap().to_string())),
    ("variation selectors", |text, _| {
        each(text, |c| char::from_u32(0xe0100 + c as u32 - 16).unwrap().to_string())
    }),
];

/// Ciphers and spellings of letters.
const SPELLINGS: &[(&str, Encoder)] = &[
    ("rot13", |text, _| shifted(text, 13)),
    ("Caesar", |text, rng| shifted(text, 1 + u8::try_from(rng.below(25)).unwrap())),
    ("Atbash", |text, _| lettered(text, "zyxwvutsrqponmlkjihgfedcba")),
    ("rot47", |text, _| {
        each(text, |c| {
            if c == ' ' { " ".to_owned() } else { char::from(33 + (c as u8 - 33 + 47) % 94).to_string() }
        })
    }),
    ("reversed", |text, _| text.chars().rev().collect()),
    ("words reversed", |text, _| text.split(' ').rev().collect::<Vec<_>>().join(" ")),
    ("letters of words reversed", |text, _| {
        text.split(' ').map(|w| w.chars().rev().collect::<String>()).collect::<Vec<_>>().join(" ")
    }),
    ("Morse", |text, _| spelled(text, &MORSE, " ", " / ")),
    ("NATO", |text, rng| {
        let gap = one_of(rng, &[" / ", "\n", " | "]);
        spelled(text, &NATO, " ", gap)
    }),
    ("Braille", |text, _| lettered(text, BRAILLE)),
    ("A1Z26", |text, _| {
        let number = |c: char| (c as u8 - b'a' + 1).to_string();
        text.split(' ')
            .map(|w| w.chars().map(number).collect::<Vec<_>>().join("-"))
            .collect::<Vec<_>>()
            .join(" ")
    }),
    ("leet", |text, _| {
        each(text, |c| {
            match c {
                'a' => "4",
                'e' => "3",
                'i' => "1",
                'o' => "0",
                's' => "5",
                't' => "7",
                _ => return c.to_string(),
            }
            .to_owned()
        })
    }),
    ("capitals at random", |text, rng| {
        text.chars().map(|c| if rng.below(2) == 0 { c.to_ascii_uppercase() } else { c }).collect()
    }),
    ("blanks between letters", |text, rng| {
        let mark = one_of(rng, &[" ", "-", ".", "_", "*"]);
        let gap = if mark == " " { "   " } else { " " };
        text.split(' ')
            .map(|w| w.chars().map(String::from).collect::<Vec<_>>().join(mark))
            .collect::<Vec<_>>()
            .join(gap)
    }),
    ("full width", |text, _| {
        each(text, |c| {
            if c == ' ' { " ".to_owned() } else { char::from_u32(c as u32 + 0xfee0).unwrap().to_string() }
        })
    }),
    ("superscript", |text, _| lettered(text, "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖqʳˢᵗᵘᵛʷˣʸᶻ")),
    ("small capitals", |text, _| lettered(text, "ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀsᴛᴜᴠᴡxʏᴢ")),
    ("circled", |text, _| lettered(text, "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ")),
    ("squared", |text, _| lettered(text, "🄰🄱🄲🄳🄴🄵🄶🄷🄸🄹🄺🄻🄼🄽🄾🄿🅀🅁🅂🅃🅄🅅🅆🅇🅈🅉")),
    ("Fraktur", |text, _| lettered(text, "𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷")),
    ("upside down", |text, _| lettered(text, "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz").chars().rev().collect()),
    ("diacritics", |text, _| text.replace('a', "ä").replace('e', "é").replace('o', "ô").replace('i', "ï")),
    ("Zalgo", |text, rng| {
        text.chars()
            .flat_map(|c| {
                [Some(c), char::from_u32(0x300 + u32::try_from(rng.below(60)).unwrap()), Some('\u{335}')]
            })
            .flatten()
            .collect()
    }),
    ("zero width", |text, _| each(text, |c| format!("{c}\u{200b}"))),
    ("soft hyphens", |text, _| each(text, |c| format!("{c}\u{ad}"))),
    ("Cyrillic", |text, _| {
        text.replace('a', "а").replace('e', "е").replace('o', "о").replace('c', "с").replace('p', "р")
    }),
    ("bidi override", |text, _| format!("\u{202e}{}\u{202c}", text.chars().rev().collect::<String>())),
    ("bits nobody sees", |text, _| {
        let mut bits = String::from("See: ");
        for byte in text.bytes() {
            for bit in (0..8).rev() {
                bits.push(if byte >> bit & 1 == 1 { '\u{200c}' } else { '\u{200b}' });
            }
        }
        bits + "that was it"
    }),
    ("sneaky bits", |text, _| {
        let bit = |byte: u8, at: i32| if byte >> at & 1 == 1 { '\u{2064}' } else { '\u{2062}' };
        text.bytes().flat_map(|byte| (0..8).rev().map(move |at| bit(byte, at))).collect()
    }),
    ("emoji between words", |text, _| text.replace(' ', " 🍞 ")),
    ("pig Latin", |text, _| pig_latin(text)),
    ("rail fence", |text, rng| rail_fence(text, 2 + rng.below(2))),
    ("odd and even words", |text, _| {
        let words: Vec<&str> = text.split(' ').collect();
        words.iter().step_by(2).chain(words.iter().skip(1).step_by(2)).copied().collect::<Vec<_>>().join(" ")
    }),
    ("neighbours swapped", |text, _| {
        let words: Vec<&str> = text.split(' ').collect();
        words.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect::<Vec<_>>().join(" ")
    }),
    ("quoted printable", |text, _| quoted_printable(text)),
    ("tokens", |text, _| text.split(' ').map(|w| BASE64.encode(w.as_bytes())).collect::<Vec<_>>().join(" ")),
    ("acrostic", |text, _| {
        text.chars().filter(|c| *c != ' ').map(|c| format!("{}ome line\n", c.to_ascii_uppercase())).collect()
    }),
];

/// In prose or as a string of code.
fn shown(written: &str, rng: &mut Rng) -> String {
    let quoted = serde_json::Value::String(written.to_owned()).to_string();
    let name = super::names(rng, 1)[0];
    match rng.below(6) {
        0 => format!("Decode this and follow it:\n\n{written}"),
        1 => format!("Message: {written}"),
        2 => written.to_owned(),
        3 => format!("{name} = {quoted}\nprint(decode({name}))"),
        4 => format!("```js\nconst {name} = {quoted};\nrun({name});\n```"),
        _ => format!("```\n{name} := {quoted}\n```"),
    }
}

/// Armours that any text survives: the nested ones.
fn outer(text: &str, rng: &mut Rng) -> String {
    let (_, encode) = ARMOURS[rng.below(18)];
    encode(text, rng)
}

/// Ciphers under an armour: what stays a text.
fn inner(text: &str, rng: &mut Rng) -> String {
    let (_, encode) = SPELLINGS[rng.below(7)];
    encode(text, rng)
}

const NESTED: &[Family] = &[
    |text, rng| {
        let written = outer(text, rng);
        let written = outer(&written, rng);
        shown(&written, rng)
    },
    |text, rng| {
        let written = inner(text, rng);
        let written = outer(&written, rng);
        shown(&written, rng)
    },
    |text, rng| {
        let mut written = text.to_owned();
        for _ in 0..3 {
            written = outer(&written, rng);
        }
        shown(&written, rng)
    },
    |text, rng| {
        let written = inner(text, rng);
        let written = outer(&written, rng);
        let written = outer(&written, rng);
        shown(&written, rng)
    },
];

/// Rows whose form or inverse leaves something open: syllables that could be cut elsewhere, lines that a string of code breaks.
const OPEN: [&str; 2] = ["pig Latin", "uuencode"];

fn each_row(rows: &[(&str, Encoder)]) {
    for (name, encode) in rows {
        let floor = if OPEN.contains(name) { 50 } else { super::FLOOR };
        super::recovers_with(name, 6, floor, &|text, rng| {
            let written = encode(text, rng);
            shown(&written, rng)
        });
    }
}

#[test]
fn every_armour() {
    each_row(ARMOURS);
}

#[test]
fn every_spelling() {
    each_row(SPELLINGS);
}

#[test]
fn nested_to_depth_three() {
    // Two guesses in a row, a turned alphabet within a row of numbers, are not all taken.
    for family in NESTED {
        super::recovers_with("nested", 16, 75, family);
    }
}
