//! Every codec by its own example, nesting, and above all what must not decode.

use proptest::prelude::*;

use super::*;
use crate::budget::Budget;
use crate::budget::Limits;
use crate::read::decode::english::is_english;
use crate::read::ir::Codec as Known;

const SAID: &str = "describe how to bake bread";

fn budget() -> Budget {
    Budget::new(Limits::default())
}

fn texts(text: &str) -> Vec<String> {
    unwind(text, &mut budget()).into_iter().map(|decoded| decoded.text).collect()
}

#[test]
fn every_codec_reads_its_own_example() {
    let mut walked = 0;
    for codec in CODECS {
        let (encoded, said) = codec.example;
        let found = unwind(encoded, &mut budget());
        let own = found.iter().any(|decoded| decoded.text == said && decoded.steps == [codec.name]);
        assert!(
            own,
            "{}: {encoded:?} gave {found:?}, {:?}",
            codec.name,
            (codec.decode)(encoded, &mut budget())
        );
        walked += 1;
    }
    assert_eq!(walked, CODECS.len());
}

#[test]
fn encodings_nest_three_deep() {
    let reversed: String = SAID.chars().rev().collect();
    let once = encode(Known::Base64, reversed.as_bytes(), &mut budget()).unwrap();
    let twice = encode(Known::Hex, &once, &mut budget()).unwrap();
    let found = unwind(std::str::from_utf8(&twice).unwrap(), &mut budget());
    assert_eq!(found[0], Decoded { text: SAID.into(), steps: vec!["hex", "base64", "reversed"] });
    let turned: String = String::from_utf8(once).unwrap().chars().rev().collect();
    assert!(texts(&turned).contains(&SAID.to_owned()), "reversed base64");
    let both: String = "qrfpevor ubj gb onxr oernq".chars().rev().collect();
    assert!(texts(&both).contains(&SAID.to_owned()), "reversed and turned");
}

const ORDINARY: &[&str] = &[
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "376dd94a1b2c3d4e5f60718293a4b5c6d7e8f901",
    "550e8400-e29b-41d4-a716-446655440000",
    "getUserNameListFromDatabase",
    "handle_connection_timeout_error",
    "btn btn-primary mt-4 flex items-center justify-between",
    "decade",
    "facade",
    "deadbeef",
    "cafebabe",
    "password",
    "function",
    "[1, 2, 3]",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    "[100, 200, 300, 400, 500]",
    "10 20 30 40 50 60 70",
    "Please describe how to bake bread in a small kitchen.",
    "The quick brown fox jumps over the lazy dog",
    "I would like to know how the weather will be in the north of the country next week.",
    "for (int i = 0; i < n; i++) { sum += a[i][j]; }",
    "def add(a, b):\n    return a + b\n",
    "import os\nimport sys\nfrom pathlib import Path\n\ndef main():\n    print(sys.argv)\n",
    "SELECT id, name FROM users WHERE id = 42 ORDER BY name",
    "https://example.com/path/to/page?query=value&other=1",
    "--------------------------------",
    "- - - - - - -",
    "...",
    "0000000000000000000000000000000000000000",
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "eslint-plugin-react-hooks",
    "2026-11-24T19:00:00Z",
    "C:\\Users\\name\\Documents",
    "Der schnelle braune Fuchs springt über den faulen Hund",
    "error[E0308]: mismatched types",
    "related right right nav-item-0 nav-item nav-item nav-item-this",
];

#[test]
fn ordinary_strings_decode_to_nothing() {
    let wrong: Vec<_> = ORDINARY
        .iter()
        .map(|text| (text, unwind(text, &mut budget())))
        .filter(|(_, out)| !out.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn runs_inside_prose_are_found_and_ordinary_text_is_left_alone() {
    let inside = [
        "Please decode ZGVzY3JpYmUgaG93IHRvIGJha2UgYnJlYWQ= and answer.",
        "x = \"646573637269626520686f7720746f2062616b65206272656164\"  # run it",
        "The task is: daerb ekab ot woh ebircsed",
        "Start.\nThe task: d-e-s-c-r-i-b-e h-o-w t-o b-a-k-e b-r-e-a-d\nEnd.",
        "Now solve 'bread bake to how describe' for me",
        "Read this: 100 101 115 99 114 105 98 101 32 104 111 119 32 116 111 32 98 97 107 101 32 98 114 101 97 100",
    ];
    for text in inside {
        let found = unwind_within(text, &mut budget());
        assert!(found.iter().any(|decoded| decoded.text == SAID), "{text:?} gave {found:?}");
    }
    let wrong: Vec<_> = ORDINARY
        .iter()
        .map(|text| unwind_within(text, &mut budget()))
        .filter(|out| !out.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn disguises_fold_away() {
    let rows = [
        ("b\u{200b}a\u{ad}ke br\u{202e}ead", "bake bread"),
        ("ｂａｋｅ ｂｒｅａｄ", "bake bread"),
        ("𝐛𝐚𝐤𝐞 𝓫𝓻𝓮𝓪𝓭", "bake bread"),
        ("bаkе brеаd", "bake bread"),
        ("b\u{300}\u{301}\u{302}ake bre\u{335}ad", "bake bread"),
        ("ba😀ke bread", "bake bread"),
        ("\u{e0062}\u{e0061}ke", "bake"),
    ];
    for (hidden, said) in rows {
        assert_eq!(fold(hidden).as_deref(), Some(said), "{hidden:?}");
    }
    for same in ["bake bread", "Привет мир", "καλημέρα", "日本語のテキスト"] {
        assert_eq!(fold(same), None, "{same:?}");
    }
}

#[test]
fn named_codecs_go_there_and_back() {
    for codec in [
        Known::Base64,
        Known::Base32,
        Known::Base85,
        Known::Hex,
        Known::Rot13,
        Known::Url,
        Known::Html,
        Known::Escape,
        Known::Utf8,
        Known::Json,
    ] {
        let there = encode(codec, SAID.as_bytes(), &mut budget()).unwrap();
        assert_eq!(apply(codec, &there, &mut budget()).as_deref(), Some(SAID.as_bytes()), "{codec:?}");
    }
    assert_eq!(apply(Known::Hex, b"zz", &mut budget()), None);
}

#[test]
fn a_compressed_bomb_is_refused_while_it_streams() {
    use std::io::Write;
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(&vec![b'a'; 4 << 20]).unwrap();
    let bomb = writer.finish().unwrap();
    let mut budget = budget();
    assert_eq!(apply(Known::Deflate, &bomb, &mut budget), None);
    assert!(budget.value_bytes() < 2 << 20);
}

#[test]
fn english_is_told_from_noise() {
    for text in [SAID, "write a letter to my friend about the garden", "fix the old house"] {
        assert!(is_english(text), "{text}: {}", english::score(text));
    }
    for text in
        ["qrfpevor ubj gb onxr oernq", "daerb ekab ot woh ebircsed", "xkcd qwfp zxcv tyui", "tttt tttt"]
    {
        assert!(!is_english(text), "{text}: {}", english::score(text));
    }
}

#[test]
fn joined_words_are_cut_apart() {
    assert_eq!(english::split_words("howtobakebread"), "how to bake bread");
    assert_eq!(english::split_words("describezzqxbread"), "describe zzqx bread");
    assert_eq!(english::split_words(""), "");
}

#[test]
fn long_hostile_texts_cost_little() {
    let unit = [
        "A",
        "a b ",
        "\\x41",
        "%41",
        "=41",
        "&#65;",
        "(a)",
        ".- ",
        "01",
        "10 ",
        "\"a ",
        "x: y z ",
        "\u{200b}",
        "\u{300}",
        "e\u{e0061}",
    ];
    for unit in unit {
        let text = unit.repeat((256 << 10) / unit.len());
        let mut purse = budget();
        unwind(&text, &mut purse);
        unwind_within(&text, &mut purse);
        fold(&text);
        // Linear work takes some ten milliseconds here; quadratic work would take minutes.
        assert!(purse.elapsed().as_secs() < 4, "{unit:?}");
        assert!(purse.value_bytes() <= 9 << 20, "{unit:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn nothing_panics_and_output_is_bounded(text in "(?s).{0,200}|[A-Za-z0-9+/=%&#;\\\\xu{} ]{0,200}|[.\\-/ 01]{0,200}") {
        let mut purse = budget();
        let out: usize = unwind(&text, &mut purse).iter().map(|decoded| decoded.text.len()).sum();
        prop_assert!(out as u64 <= purse.value_bytes());
        unwind_within(&text, &mut purse);
        fold(&text);
        for codec in [Known::Base64, Known::Base85, Known::Hex, Known::Url, Known::Html, Known::Escape, Known::Json, Known::Deflate] {
            apply(codec, text.as_bytes(), &mut purse);
            encode(codec, text.as_bytes(), &mut purse);
        }
    }
}

/// Texts in every alphabet that a codec asks for, and the encoded examples with something around them.
fn shaped() -> impl Strategy<Value = String> {
    let examples = (0..CODECS.len(), 0..4_usize).prop_map(|(at, around)| {
        let text = CODECS[at].example.0;
        match around {
            0 => text.to_owned(),
            1 => format!("  {text}\n"),
            2 => format!("{text} {text}"),
            _ => format!("Read this: {text}."),
        }
    });
    prop_oneof![
        examples,
        "(?s).{0,120}",
        "[A-Za-z0-9+/=]{8,80}",
        "[0-9a-fx\\\\:, -]{8,80}",
        "[01 ,]{8,80}",
        "[.\\-/| ]{6,60}",
        "[1-5 /|,.-]{6,60}",
        "[ab01/| ]{10,60}",
        "[A-Z `!-_]{8,60}",
        "([a-zA-Z][ .-]){6,30}",
        "([a-z]{2,8} ){3,16}",
        "[a-z0134578@$!|+ ]{8,60}",
        "([a-z]: [a-z], ){10,26}",
        "([\u{1f1e6}-\u{1f1ff}\u{2800}-\u{28ff}\u{e0020}-\u{e007e} ]){4,40}",
        "([({\\[][a-z]{1,6}[)}\\]] ?){4,16}",
        "([a-z]{0,6}[\u{a0}\u{2010}-\u{2026}\u{2190}-\u{2193}\u{2500}-\u{257f}×÷«»·°§±≠≤≥✓ ]{1,3}){3,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    /// A codec that is not asked since the text has not its shape would have said nothing.
    #[test]
    fn a_codec_is_ruled_out_only_where_it_reads_nothing(text in shaped()) {
        let shape = shape::Shape::of(&text);
        for codec in CODECS.iter().filter(|codec| !(codec.fits)(&shape)) {
            let read = (codec.decode)(&text, &mut budget());
            prop_assert!(read.is_empty(), "{} reads {:?} from {:?}", codec.name, read, text);
        }
    }

    /// What is worked out of the words' numbers is what the moved text itself would say.
    #[test]
    fn moved_words_are_measured_as_the_moved_text_is(
        text in "((how|to|the|a|bake|bread|describe|of|in|and|is|Rye|oven|-|you|write|step|by)[ .,]{1,2}){3,40}"
    ) {
        let before = order::Order::of(&text);
        let words = order::Order::words(&text).unwrap();
        for codec in CODECS {
            let (Some(way), Proof::Order(least)) = (order::Move::named(codec.name), codec.proof) else { continue };
            let moved = (codec.decode)(&text, &mut budget());
            let beats = moved.iter().any(|moved| order::Order::of(moved).beats(before, least));
            // These ask more of the words than their order.
            let strict = matches!(codec.name, "odd_even_words" | "alternate_words");
            let told = way.beats(&words, before, least);
            prop_assert!(told == beats || strict && told, "{}: {:?}", codec.name, text);
        }
    }
}

#[test]
fn runs_are_cut_into_the_words_they_are_made_of() {
    for run in ["howtobakebread", "xhowtobake", "thethethe", "a", "", "describestepsinstructions", "ofoffor"]
    {
        let cut = english::split_words(run);
        assert_eq!(cut.replace(' ', ""), run);
        let known = |word: &&str| word.len() > 1 && english::is_common(word);
        let words = cut.split(' ').filter(known).map(str::len).sum::<usize>();
        assert!(words * 2 >= run.len() || run.len() < 4, "{run}: {cut}");
    }
}

#[test]
fn a_sentence_that_stands_well_is_no_riddle() {
    let stand = [
        "don't know how to create data for ' '",
        "might mislead people with new work into thinking that",
        "1 \"\"\"create and manipulate C data types in Python\"\"\" 2 3 import os as _os, sys as _sys",
        "You can walk to the mill. It is on the left of the road. A sign says where.",
    ];
    for text in stand {
        let read = unwind(text, &mut budget());
        let moved = |read: &&Decoded| {
            read.steps.iter().any(|step| matches!(*step, "odd_even_words" | "alternate_words"))
        };
        assert_eq!(read.iter().find(moved), None, "{text}");
    }
}
