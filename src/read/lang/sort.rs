//! What the kinds of nodes of a grammar are to the walk: looked up by number, once a thread, instead of by name at every node.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::Language;
use super::lowering::Ts;

const COMMENT: u8 = 1;
const LITERAL: u8 = 1 << 1;
const SILENT: u8 = 1 << 2;

/// Names of comments, in any grammar.
const COMMENTS: [&str; 4] = ["comment", "line_comment", "block_comment", "multiline_comment"];

thread_local! {
    static SORTS: RefCell<HashMap<&'static str, Sorts>> = RefCell::new(HashMap::new());
}

/// Which kinds are comments, literals, and silent, by number.
#[derive(Clone)]
pub(super) struct Sorts(Rc<[u8]>);

impl Sorts {
    /// Those of a language.
    pub(super) fn of(language: &Language) -> Self {
        SORTS.with_borrow_mut(|sorts| {
            sorts.entry(language.name).or_insert_with(|| Self::made(language)).clone()
        })
    }

    fn made(language: &Language) -> Self {
        let grammar = (language.grammar)();
        let kinds = 0..u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
        let sort = |kind: u16| {
            let name = grammar.node_kind_for_id(kind).unwrap_or_default();
            let bit = |bit: u8, names: &[&str]| if names.contains(&name) { bit } else { 0 };
            bit(COMMENT, &COMMENTS) | bit(LITERAL, language.literals) | bit(SILENT, language.silent)
        };
        Sorts(kinds.map(sort).collect())
    }

    fn has(&self, node: Ts<'_>, bit: u8) -> bool {
        self.0.get(usize::from(node.kind_id())).is_some_and(|sort| sort & bit != 0)
    }

    pub(super) fn is_comment(&self, node: Ts<'_>) -> bool {
        self.has(node, COMMENT)
    }

    pub(super) fn is_literal(&self, node: Ts<'_>) -> bool {
        self.has(node, LITERAL)
    }

    /// Nothing in it is to be swept up.
    pub(super) fn is_silent(&self, node: Ts<'_>) -> bool {
        self.has(node, SILENT)
    }
}

/// Whether a node is a comment, in any grammar.
pub(super) fn is_comment(node: Ts<'_>) -> bool {
    COMMENTS.contains(&node.kind())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::read::lang::LANGUAGES;
    use crate::read::lang::parse::parse;

    #[test]
    fn a_kind_by_number_is_what_it_is_by_name() {
        let text =
            "x = \"rye\" # bread\ny = f('a', 2) // rolls\n/* crumbs */ -- dark\n\"\"\"dough\"\"\" `${z}`;\n";
        for language in LANGUAGES {
            let sorts = Sorts::of(language);
            let tree =
                parse(language, text, &mut Budget::new(Limits::default())).expect("a short text parses");
            let mut cursor = tree.walk();
            loop {
                let (node, kind) = (cursor.node(), cursor.node().kind());
                assert_eq!(sorts.is_comment(node), is_comment(node), "{}: {kind}", language.name);
                assert_eq!(
                    sorts.is_literal(node),
                    language.literals.contains(&kind),
                    "{}: {kind}",
                    language.name
                );
                assert_eq!(
                    sorts.is_silent(node),
                    language.silent.contains(&kind),
                    "{}: {kind}",
                    language.name
                );
                if cursor.goto_first_child() {
                    continue;
                }
                while !cursor.goto_next_sibling() {
                    if !cursor.goto_parent() {
                        break;
                    }
                }
                if cursor.node() == tree.root_node() {
                    break;
                }
            }
        }
    }
}
