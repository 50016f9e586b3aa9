//! Small programs with pieces deleted or doubled: nothing panics, and no string that the parser saw is lost.

use proptest::prelude::*;

use super::*;

/// A whole small program in each language.
const PROGRAMS: &[(&str, &str)] = &[
    ("python", include_str!("programs/bread.py.txt")),
    ("cpp", include_str!("programs/bread.cpp.txt")),
    ("go", include_str!("programs/bread.go.txt")),
];

/// One change of a text: where (as a share of its pieces), and whether it deletes or doubles.
type Change = (u16, bool);

/// The text with pieces deleted or doubled.
fn change(pieces: Vec<&str>, changes: &[Change]) -> String {
    let mut pieces = pieces;
    for (place, doubles) in changes {
        let at = usize::from(*place) * pieces.len() / 65_536;
        if at >= pieces.len() {
            continue;
        }
        if *doubles {
            pieces.insert(at, pieces[at]);
        } else {
            pieces.remove(at);
        }
    }
    pieces.concat()
}

/// Texts of all literals that the tree has, and what the ir says in one string.
fn check_survival(name: &str, text: &str) {
    let language = by_name(name).unwrap();
    let mut program = Program::new();
    let limits = Limits { parse: std::time::Duration::from_secs(5), ..Limits::default() };
    let mut budget = Budget::new(limits);
    let lowered = lower(language, text, SpanId(0), 0, &mut program, &mut budget);
    assert!(lowered.root.is_some() && lowered.complete, "{name}\n{text}");
    // Macros are expanded before the parse: what they hold is there as often as they are used.
    let expanded = macros::expand(name, text, &mut budget);
    let text = expanded.as_ref().map_or(text, |expanded| expanded.text.as_str());
    let tree = parse::parse(language, &(language.prepare)(text), &mut budget).unwrap();
    let printed = print(&program);
    let mut stack = vec![tree.root_node()];
    let mut literals = 0;
    while let Some(node) = stack.pop() {
        if language.silent.contains(&node.kind()) {
            continue;
        }
        if language.literals.contains(&node.kind()) {
            literals += 1;
            let prefix = text[node.byte_range()].split(['"', '\'', '`']).next().unwrap_or_default();
            if prefix.to_lowercase().contains('b') {
                continue; // The outline prints only how many bytes there are.
            }
            for word in text[node.byte_range()].split(|char: char| !char.is_ascii_alphabetic()) {
                let plain = word.len() > 2 && !text[node.byte_range()].contains(['\\', '{']);
                assert!(!plain || printed.contains(word), "{name} lost {word:?} of\n{text}\n{printed}");
            }
        }
        let mut cursor = node.walk();
        stack.extend(node.named_children(&mut cursor));
    }
    assert_eq!(lowered.literals, literals, "{name}\n{text}\n{printed}");
}

#[test]
fn whole_programs_keep_every_literal() {
    for (name, text) in PROGRAMS.iter().filter(|(name, _)| by_name(name).is_some()) {
        check_survival(name, text);
        let (lowered, printed) = outline(name, text);
        assert_eq!(lowered.error_bytes, 0, "{name}");
        assert!(!printed.contains("opaque"), "{name}\n{printed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn lines_may_go_or_double(changes in prop::collection::vec(any::<Change>(), 1..6)) {
        for (name, text) in PROGRAMS.iter().filter(|(name, _)| by_name(name).is_some()) {
            check_survival(name, &change(text.split_inclusive('\n').collect(), &changes));
        }
    }

    #[test]
    fn characters_may_go_or_double(changes in prop::collection::vec(any::<Change>(), 1..6)) {
        for (name, text) in PROGRAMS.iter().filter(|(name, _)| by_name(name).is_some()) {
            check_survival(name, &change(text.split_inclusive(|_| true).collect(), &changes));
        }
    }
}
