//! The table of codecs, and what makes a reading believable.

use crate::budget::Budget;
use crate::read::decode::aside;
use crate::read::decode::base;
use crate::read::decode::cipher;
use crate::read::decode::columns;
use crate::read::decode::escape;
use crate::read::decode::fold;
use crate::read::decode::framed;
use crate::read::decode::invisible;
use crate::read::decode::keyed;
use crate::read::decode::markup;
use crate::read::decode::masked;
use crate::read::decode::moved;
use crate::read::decode::radix;
use crate::read::decode::repertoire;
use crate::read::decode::scatter;
use crate::read::decode::shape;
use crate::read::decode::shape::Shape;
use crate::read::decode::shuffle;
use crate::read::decode::sign;

/// What a reading must show before it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The encoded form is telling: readable text out of it is no accident.
    Form,
    /// The form is common; what comes out must be English.
    English,
    /// The form is common and the words stay as they are; what comes out must be words of some language.
    Words,
    /// Any text has this reading; it must be English, and clearly more so than the text as written.
    Clearer,
    /// The words are the same; their order must be better by this much at least, in tenths.
    Order(i64),
}

/// One way a text can be written otherwise.
pub struct Codec {
    /// The stable name, as it stands in provenance.
    pub name: &'static str,
    /// Proposes readings of a whole text; empty when the text is not in this encoding.
    pub decode: fn(&str, &mut Budget) -> Vec<String>,
    /// Whether a text of this shape can be in it at all.
    pub(super) fits: fn(&Shape) -> bool,
    /// What a reading must show.
    pub proof: Proof,
    /// Encoded text and its reading: the row's own test.
    pub example: (&'static str, &'static str),
}

const fn row(
    name: &'static str,
    decode: fn(&str, &mut Budget) -> Vec<String>,
    fits: fn(&Shape) -> bool,
    proof: Proof,
    example: (&'static str, &'static str),
) -> Codec {
    Codec { name, decode, fits, proof, example }
}

/// Any text of some words.
fn any(_: &Shape) -> bool {
    true
}

/// Characters beyond ASCII that are more than typography.
fn wide(shape: &Shape) -> bool {
    shape.is_odd()
}

fn spaced(shape: &Shape) -> bool {
    let longer = shape.runs - shape.alone;
    shape.is_wide() || shape.alone >= 8 && (shape.runs > 4096 || longer * 9 <= shape.alone)
}

fn substituted(shape: &Shape) -> bool {
    shape.is_wide() || shape.alone >= 12 || shape.long_runs >= 2
}

fn movable(shape: &Shape) -> bool {
    shape.is_movable()
}

const SAID: &str = "describe how to bake bread";

/// Every codec, the most telling forms first.
pub static CODECS: &[Codec] = &[
    row(
        "base64",
        base::base64_text,
        |s| s.length >= 8 && s.all(shape::BASE64),
        Proof::Form,
        ("ZGVzY3JpYmUgaG93IHRvIGJha2UgYnJlYWQ=", SAID),
    ),
    row(
        "hex",
        base::hex_text,
        |s| s.length >= 8 && s.all(shape::HEX),
        Proof::Form,
        ("646573637269626520686f7720746f2062616b65206272656164", SAID),
    ),
    row(
        "base32",
        base::base32_text,
        |s| s.length >= 8 && s.all(shape::BASE32) && !(s.any(shape::UPPER) && s.any(shape::LOWER)),
        Proof::Form,
        ("MRSXGY3SNFRGKIDIN53SA5DPEBRGC23FEBRHEZLBMQ======", SAID),
    ),
    row(
        "binary",
        base::binary_text,
        |s| s.length >= 8 && s.all(shape::BINARY),
        Proof::Form,
        ("01100010 01100001 01101011 01100101 00100000 01101001 01110100", "bake it"),
    ),
    row(
        "ascii85",
        base::ascii85_text,
        |s| s.length >= 8 && s.all(shape::ASCII85),
        Proof::Form,
        (r"A7]glEbSuo+D>\;+EVNE@UX%`+C]A&@:T", SAID),
    ),
    row(
        "url",
        escape::url_text,
        |s| s.any(shape::PERCENT),
        Proof::Form,
        ("describe%20how%20to%20bake%20bread", SAID),
    ),
    row(
        "html",
        escape::html_text,
        |s| s.any(shape::AMPERSAND),
        Proof::Form,
        ("describe&#32;how&#x20;to &#98;ake bread", SAID),
    ),
    row(
        "escape",
        escape::backslash_text,
        |s| s.any(shape::BACKSLASH),
        Proof::Form,
        (r"\x64escribe how \u0074o b\141ke bread\x21", "describe how to bake bread!"),
    ),
    row(
        "quoted_printable",
        escape::quoted_printable_text,
        |s| s.any(shape::EQUALS),
        Proof::Form,
        ("describe=20how=20to=20bake br=\nead", SAID),
    ),
    row(
        "tags",
        invisible::tags_text,
        wide,
        Proof::Form,
        ("hi \u{e0062}\u{e0061}\u{e006b}\u{e0065}\u{e0020}\u{e0069}\u{e0074}", "bake it"),
    ),
    row(
        "variation_selectors",
        invisible::selectors_text,
        wide,
        Proof::Form,
        ("\u{e0152}\u{e0151}\u{e015b}\u{e0155}\u{e0110}\u{e0159}\u{e0164}", "bake it"),
    ),
    row(
        "zero_width",
        invisible::zero_width_text,
        wide,
        Proof::Form,
        (
            "\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}",
            "bake it",
        ),
    ),
    row(
        "uuencode",
        radix::uu_text,
        |s| s.all(shape::CAPITALS) || s.any(shape::LINE),
        Proof::Form,
        (":9&5S8W)I8F4@:&]W('1O(&)A:V4@8G)E860 ", SAID),
    ),
    row(
        "mime_word",
        radix::mime_text,
        |s| s.any(shape::QUESTION) && s.any(shape::EQUALS),
        Proof::Form,
        ("=?utf-8?q?describe_how_to_bake_bread?=", SAID),
    ),
    row(
        "base58",
        radix::base58_text,
        |s| s.length >= 10 && s.all(shape::ALPHANUMERIC) && s.any(shape::DIGIT) && s.any(shape::UPPER),
        Proof::Form,
        ("45Jj6XqZRuPoNwRcHqAwZ2jGYuMKLSJWekLK", SAID),
    ),
    row(
        "base62",
        radix::base62_text,
        |s| s.length >= 10 && s.all(shape::ALPHANUMERIC) && s.any(shape::DIGIT) && s.any(shape::UPPER),
        Proof::Form,
        ("ISxdiJ85ZKYCL5hWtwEcy9kO7MAGFPDaUJ2", SAID),
    ),
    row(
        "base85",
        radix::base85_text,
        |s| s.length >= 10 && s.all(shape::UNBROKEN),
        Proof::Form,
        ("WMy+>a%o~^AZTxQAarjaVqt4#AYyW5VPp", SAID),
    ),
    row("base2048", repertoire::base2048_text, wide, Proof::Form, ("ҼȜ๒ཛਭɔखįՓÜƞΕǰళਟĢԬȘȤ", SAID)),
    row(
        "ecoji",
        repertoire::ecoji_text,
        wide,
        Proof::Form,
        ("👢🔪🎥🤟👶📸🐙🌰💎🤟🇲🌷🍉📸🌠🤒🍉📹🍡🐲👡☕☕☕", SAID),
    ),
    row(
        "code_points",
        sign::code_points_text,
        |s| s.any(shape::PLUS),
        Proof::Form,
        ("U+0062 U+0061 U+006B U+0065 U+0020 U+0069 U+0074", "bake it"),
    ),
    row("disguise", fold::fold_text, wide, Proof::Form, ("ｄｅｓｃｒｉｂｅ ｈｏｗ to bake bread", SAID)),
    row("bidi", aside::bidi_text, wide, Proof::Form, ("\u{202e}daerb ekab ot woh ebircsed\u{202c}", SAID)),
    row(
        "codes",
        cipher::codes_text,
        |s| s.all(shape::CODES) && s.any(shape::DIGIT),
        Proof::English,
        ("[98, 97, 107, 101, 32, 98, 114, 101, 97, 100]", "bake bread"),
    ),
    row(
        "morse",
        cipher::morse_text,
        |s| s.all(shape::MORSE),
        Proof::English,
        ("-.. . ... -.-. .-. .. -... . / .... --- .-- / - --- / -... .- -.- .", "describe how to bake"),
    ),
    row(
        "spaced",
        scatter::spaced_text,
        spaced,
        Proof::English,
        ("d-e-s-c-r-i-b-e h-o-w t-o b-a-k-e b-r-e-a-d", SAID),
    ),
    row(
        "bracketed",
        scatter::bracketed_text,
        |s| s.any(shape::OPENS) && (s.is_wide() || s.alone >= 6),
        Proof::English,
        ("(h)um (o) so (w)ell (t) or (o) in (b) (a) (k) (e) up (b)(r)(e)(a)(d)", "how to bake bread"),
    ),
    row(
        "bold",
        scatter::bold_text,
        |s| s.runs >= 6 || s.is_wide(),
        Proof::English,
        (
            "**h**ens l**o**ve **w**ide **t**rees, **o**wls **b**uild, c**a**ts **k**eep **e**ggs",
            "how to bake",
        ),
    ),
    row(
        "acrostic",
        moved::acrostic_text,
        |s| s.any(shape::LINE),
        Proof::English,
        ("Bees\nAlways\nKnow\nEach\nTree\nHere\nEven\nBefore\nRain\nEnds\nAll\nDay", "bake the bread"),
    ),
    row(
        "tokens",
        base::tokens_text,
        |s| s.runs >= 3 && s.length >= 16,
        Proof::English,
        ("ZGVzY3JpYmU= aG93 dG8= YmFrZQ== YnJlYWQ=", SAID),
    ),
    row(
        "wide_digits",
        sign::wide_digits_text,
        |s| s.all(shape::NUMBERS) && s.runs >= 5,
        Proof::English,
        (
            "0000000001100010 0000000001100001 0000000001101011 0000000001100101 0000000000100000 0000000001101001 \
0000000001110100",
            "bake it",
        ),
    ),
    row("braille", sign::braille_text, wide, Proof::English, ("⠙⠑⠎⠉⠗⠊⠃⠑ ⠓⠕⠺ ⠞⠕ ⠃⠁⠅⠑ ⠃⠗⠑⠁⠙", SAID)),
    row(
        "flags",
        sign::flags_text,
        wide,
        Proof::English,
        (
            "\u{1f1e9}\u{1f1ea}\u{1f1f8}\u{1f1e8}\u{1f1f7}\u{1f1ee}\u{1f1e7}\u{1f1ea} \u{1f1ed}\u{1f1f4}\u{1f1fc} \u{1f1f9}\u{1f1f4} \u{1f1e7}\u{1f1e6}\u{1f1f0}\u{1f1ea} \u{1f1e7}\u{1f1f7}\u{1f1ea}\u{1f1e6}\u{1f1e9}",
            SAID,
        ),
    ),
    row(
        "a1z26",
        sign::a1z26_text,
        |s| s.all(shape::NUMBERS) && s.any(shape::DIGIT),
        Proof::English,
        ("4-5-19-3-18-9-2-5 8-15-23 20-15 2-1-11-5 2-18-5-1-4", SAID),
    ),
    row(
        "tap",
        sign::tap_text,
        |s| s.all(shape::NUMBERS) || s.all(shape::TAPS),
        Proof::English,
        (
            "14 15 43 13 42 24 12 15 / 23 34 52 / 44 34 / 22 15 44 / 12 42 15 11 14",
            "describe how to get bread",
        ),
    ),
    row(
        "bacon",
        sign::bacon_text,
        |s| s.all(shape::BACON),
        Proof::English,
        (
            "AAABBAABAABAABAAAABABAAABABAAAAAAABAABAA / AABBBABBBABABBA / BAABBABBBA / AAAABAAAAAABABAAABAA / AAAABBAAABAABAAAAAAAAAABB",
            SAID,
        ),
    ),
    row(
        "nato",
        sign::nato_text,
        |s| s.is_wide() || s.runs >= 6,
        Proof::English,
        (
            "delta echo sierra charlie romeo india bravo echo / hotel oscar whiskey / tango oscar / bravo alfa kilo echo / bravo romeo echo alfa delta",
            SAID,
        ),
    ),
    row("upside_down", shuffle::upside_down_text, wide, Proof::English, ("pɐǝɹq ǝʞɐq oʇ ʍoɥ ǝqᴉɹɔsǝp", SAID)),
    row("emoji", aside::emoji_text, wide, Proof::English, ("describe 🍞 how 🍞 to 🍞 bake 🍞 bread", SAID)),
    row(
        "bracketed_words",
        aside::bracketed_words,
        |s| s.any(shape::OPENS) || s.any(shape::ANGLE),
        Proof::English,
        ("please {describe} find {how} a {to} new {bake} name {bread}", SAID),
    ),
    row(
        "markup",
        markup::markup_text,
        |s| s.any(shape::ANGLE) || s.any(shape::OPENS) || s.any(shape::BACKSLASH) || s.any(shape::LINE),
        Proof::Words,
        ("<span class=\"x\">describe</span> h<!-- -->ow to ba{}ke \\textbf{bread}", SAID),
    ),
    row(
        "framed",
        framed::framed_text,
        |s| s.any(shape::LINE),
        Proof::Words,
        (
            "1\n00:01 --> 00:02\ndescribe\n\n2\n00:02 --> 00:03\nhow\n\n3\n00:03 --> 00:04\nto\n\n4\n00:04 --> 00:05\nbake\n\n5\n00:05 --> 00:06\nbread",
            SAID,
        ),
    ),
    row(
        "column",
        columns::column_text,
        |s| s.any(shape::LINE),
        Proof::English,
        ("| describe | rye |\n| how | oats |\n| to | wheat |\n| bake | flour |\n| bread | salt |", SAID),
    ),
    row(
        "doubled",
        shuffle::doubled_text,
        any,
        Proof::English,
        ("ddeessccrriibbee hhooww ttoo bbaakkee bbrreeaadd", SAID),
    ),
    row(
        "substitution",
        keyed::substitution_text,
        substituted,
        Proof::English,
        ("abcdefghijklmnopqrstuvwxyz qwertyuiopasdfghjklzxcvbnm\ntext: rtlekowt igv zg wqat wktqr", SAID),
    ),
    row(
        "vigenere",
        keyed::vigenere_text,
        any,
        Proof::English,
        ("Vigenere, key lemon: oieqetfq vbh xa pnvi nfrlh", SAID),
    ),
    row(
        "affine",
        keyed::affine_text,
        |s| s.any(shape::DIGIT),
        Proof::English,
        ("affine a = 5, b = 8: xcuspwnc rao za nigc npcix", SAID),
    ),
    row(
        "masked",
        masked::masked_text,
        |s| {
            s.length >= 16
                && (s.all(shape::HEX) || s.all(shape::BASE64))
                && (s.any(shape::DIGIT) || s.any(shape::UPPER))
        },
        Proof::English,
        ("6d6c7a6a7b606b6c2961667e297d66296b68626c296b7b6c686d", SAID),
    ),
    row(
        "keyed_bytes",
        masked::keyed_bytes_text,
        |s| (s.any(shape::DIGIT) || s.any(shape::EQUALS)) && s.runs >= 3,
        Proof::English,
        (
            "XOR with 9: 109 108 122 106 123 96 107 108 41 97 102 126 41 125 102 41 107 104 98 108 41 107 123 108 104 109",
            SAID,
        ),
    ),
    row(
        "initials",
        moved::initials_text,
        |s| s.is_wide() || s.runs >= 8,
        Proof::English,
        ("hens owls winds trees oak bees ants kites eels books rain eggs ales doves", "how to bake bread"),
    ),
    row(
        "finals",
        moved::finals_text,
        |s| s.is_wide() || s.runs >= 8,
        Proof::English,
        ("oh go how mat too club sea oak the rob car she tea red", "how to bake bread"),
    ),
    row("rot", cipher::rot_text, any, Proof::Clearer, ("qrfpevor ubj gb onxr oernq", SAID)),
    row("atbash", cipher::atbash_text, any, Proof::Clearer, ("wvhxiryv sld gl yzpv yivzw", SAID)),
    row(
        "mixed_case",
        fold::mixed_case,
        |s| s.turns >= 3,
        Proof::English,
        ("DEscRibe hOw tO baKE BreAd", SAID),
    ),
    row(
        "leet",
        cipher::leet_text,
        |s| s.any(shape::LEET),
        Proof::Clearer,
        ("d3scr1b3 h0w 70 b4k3 br34d", SAID),
    ),
    row(
        "rot47",
        radix::rot47_text,
        |s| s.signs() * 4 >= s.length,
        Proof::Clearer,
        ("56D4C:36 9@H E@ 32<6 3C625", SAID),
    ),
    row(
        "pig_latin",
        shuffle::pig_latin_text,
        |s| s.is_wide() || s.runs >= 3,
        Proof::English,
        ("escribeday owhay otay akebay eadbray", SAID),
    ),
    row(
        "swapped_letters",
        shuffle::swapped_letters,
        movable,
        Proof::Clearer,
        ("edcsirebh wot  oabekb erda", SAID),
    ),
    row(
        "rails",
        shuffle::rails_text,
        movable,
        Proof::Clearer,
        ("dr  b atmeciehwt aebeda oesbookr h", "describe how to bake bread at home"),
    ),
    row(
        "columns",
        shuffle::columns_text,
        movable,
        Proof::Clearer,
        ("dio  dhebwbb ose aramc tketerhoea ", "describe how to bake bread at home"),
    ),
    row(
        "shuffled",
        shuffle::shuffled_text,
        any,
        Proof::English,
        ("dsecirbe how to mkae berad", "describe how to make bread"),
    ),
    row("reversed", moved::reversed_text, any, Proof::Clearer, ("daerb ekab ot woh ebircsed", SAID)),
    row(
        "backwards",
        moved::backwards_text,
        |s| s.any(shape::BLANK) && s.length <= 4096,
        Proof::Form,
        (
            "elgies ed niap ud eriaf ed noçaf al sevèlé set à sircéd",
            "décris à tes élèves la façon de faire du pain de seigle",
        ),
    ),
    row(
        "reversed_in_words",
        moved::reversed_in_words,
        any,
        Proof::Clearer,
        ("ebircsed woh ot ekab daerb", SAID),
    ),
    row("reversed_words", moved::reversed_words, any, Proof::Order(30), ("bread bake to how describe", SAID)),
    row(
        "odd_even_words",
        moved::odd_even_words,
        any,
        Proof::Order(10),
        ("describe to good in kitchen how bake bread the", "describe how to bake good bread in the kitchen"),
    ),
    row(
        "swapped_words",
        moved::swapped_words,
        any,
        Proof::Order(40),
        ("how describe bake to bread the the in kitchen", "describe how to bake the bread in the kitchen"),
    ),
    row(
        "told_in_turn",
        moved::told_in_turn,
        any,
        Proof::English,
        (
            "describe tell how me to a bake short rye story bread about at the home moon",
            "describe how to bake rye bread at home",
        ),
    ),
    row(
        "alternate_words",
        moved::alternate_words,
        any,
        Proof::Order(15),
        ("describe cedar how lamp to plume bake orbit bread velvet", SAID),
    ),
];
