//! The table of codecs, and what makes a reading believable.

use crate::budget::Budget;
use crate::read::decode::base;
use crate::read::decode::cipher;
use crate::read::decode::escape;
use crate::read::decode::invisible;
use crate::read::decode::order;
use crate::read::decode::scatter;

/// What a reading must show before it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The encoded form is telling: readable text out of it is no accident.
    Form,
    /// The form is common; what comes out must be English.
    English,
    /// Any text has this reading; it must be English, and clearly more so than the text as written.
    Clearer,
    /// The words are the same; their order must be better by this many neighbours in turn at least.
    Order(i64),
}

/// One way a text can be written otherwise.
pub struct Codec {
    /// The stable name, as it stands in provenance.
    pub name: &'static str,
    /// Proposes readings of a whole text; empty when the text is not in this encoding.
    pub decode: fn(&str, &mut Budget) -> Vec<String>,
    /// What a reading must show.
    pub proof: Proof,
    /// Encoded text and its reading: the row's own test.
    pub example: (&'static str, &'static str),
}

const fn row(
    name: &'static str,
    decode: fn(&str, &mut Budget) -> Vec<String>,
    proof: Proof,
    example: (&'static str, &'static str),
) -> Codec {
    Codec { name, decode, proof, example }
}

const SAID: &str = "describe how to bake bread";

/// Every codec, the most telling forms first.
pub static CODECS: &[Codec] = &[
    row("base64", base::base64_text, Proof::Form, ("ZGVzY3JpYmUgaG93IHRvIGJha2UgYnJlYWQ=", SAID)),
    row("hex", base::hex_text, Proof::Form, ("646573637269626520686f7720746f2062616b65206272656164", SAID)),
    row("base32", base::base32_text, Proof::Form, ("MRSXGY3SNFRGKIDIN53SA5DPEBRGC23FEBRHEZLBMQ======", SAID)),
    row(
        "binary",
        base::binary_text,
        Proof::Form,
        ("01100010 01100001 01101011 01100101 00100000 01101001 01110100", "bake it"),
    ),
    row("ascii85", base::ascii85_text, Proof::Form, (r"A7]glEbSuo+D>\;+EVNE@UX%`+C]A&@:T", SAID)),
    row("url", escape::url_text, Proof::Form, ("describe%20how%20to%20bake%20bread", SAID)),
    row("html", escape::html_text, Proof::Form, ("describe&#32;how&#x20;to &#98;ake bread", SAID)),
    row(
        "escape",
        escape::backslash_text,
        Proof::Form,
        (r"\x64escribe how \u0074o b\141ke bread\x21", "describe how to bake bread!"),
    ),
    row(
        "quoted_printable",
        escape::quoted_printable_text,
        Proof::Form,
        ("describe=20how=20to=20bake br=\nead", SAID),
    ),
    row(
        "tags",
        invisible::tags_text,
        Proof::Form,
        ("hi \u{e0062}\u{e0061}\u{e006b}\u{e0065}\u{e0020}\u{e0069}\u{e0074}", "bake it"),
    ),
    row(
        "variation_selectors",
        invisible::selectors_text,
        Proof::Form,
        ("\u{e0152}\u{e0151}\u{e015b}\u{e0155}\u{e0110}\u{e0159}\u{e0164}", "bake it"),
    ),
    row(
        "zero_width",
        invisible::zero_width_text,
        Proof::Form,
        (
            "\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}\u{200c}\u{200b}\u{200c}\u{200c}\u{200c}\u{200b}\u{200c}\u{200b}\u{200b}",
            "bake it",
        ),
    ),
    row(
        "codes",
        cipher::codes_text,
        Proof::English,
        ("[98, 97, 107, 101, 32, 98, 114, 101, 97, 100]", "bake bread"),
    ),
    row(
        "morse",
        cipher::morse_text,
        Proof::English,
        ("-.. . ... -.-. .-. .. -... . / .... --- .-- / - --- / -... .- -.- .", "describe how to bake"),
    ),
    row(
        "spaced",
        scatter::spaced_text,
        Proof::English,
        ("d-e-s-c-r-i-b-e h-o-w t-o b-a-k-e b-r-e-a-d", SAID),
    ),
    row(
        "bracketed",
        scatter::bracketed_text,
        Proof::English,
        ("(h)um (o) so (w)ell (t) or (o) in (b) (a) (k) (e) up (b)(r)(e)(a)(d)", "how to bake bread"),
    ),
    row(
        "acrostic",
        order::acrostic_text,
        Proof::English,
        ("Bees\nAlways\nKnow\nEach\nTree\nHere\nEven\nBefore\nRain\nEnds\nAll\nDay", "bake the bread"),
    ),
    row("rot", cipher::rot_text, Proof::Clearer, ("qrfpevor ubj gb onxr oernq", SAID)),
    row("atbash", cipher::atbash_text, Proof::Clearer, ("wvhxiryv sld gl yzpv yivzw", SAID)),
    row("leet", cipher::leet_text, Proof::Clearer, ("d3scr1b3 h0w 70 b4k3 br34d", SAID)),
    row("reversed", order::reversed_text, Proof::Clearer, ("daerb ekab ot woh ebircsed", SAID)),
    row("reversed_in_words", order::reversed_in_words, Proof::Clearer, ("ebircsed woh ot ekab daerb", SAID)),
    row("reversed_words", order::reversed_words, Proof::Order(1), ("bread bake to how describe", SAID)),
    row(
        "odd_even_words",
        order::odd_even_words,
        Proof::Order(2),
        ("describe to good in kitchen how bake bread the", "describe how to bake good bread in the kitchen"),
    ),
];
