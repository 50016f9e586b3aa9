//! One file per language: code region → ir. The only user of tree-sitter.
//!
//! A frontend is a match over node kinds; [`lowering::Lowering`] walks, counts, catches what the frontend left out,
//! and stops at a depth that no honest program has. Adding a language is one row of [`LANGUAGES`] and one file.

#![cfg_attr(
    not(all(
        feature = "bash",
        feature = "cpp",
        feature = "go",
        feature = "julia",
        feature = "lua",
        feature = "perl",
        feature = "php",
        feature = "powershell",
        feature = "python",
        feature = "r",
        feature = "ruby"
    )),
    allow(dead_code, reason = "a small build does not use every part that frontends share")
)]

#[cfg(feature = "bash")]
mod bash;
mod body;
#[cfg(feature = "c")]
mod c;
mod chain;
mod data;
#[cfg(feature = "cpp")]
mod cpp;
#[cfg(feature = "csharp")]
mod csharp;
mod curly;
#[cfg(feature = "go")]
mod go;
#[cfg(feature = "julia")]
mod julia;
#[cfg(feature = "haskell")]
mod haskell;
mod inset;
#[cfg(feature = "java")]
mod java;
#[cfg(any(feature = "javascript", feature = "typescript"))]
mod javascript;
#[cfg(feature = "kotlin")]
mod kotlin;
mod library;
mod literal;
mod lowering;
#[cfg(feature = "lua")]
mod lua;
mod macros;
mod parse;
#[cfg(feature = "powershell")]
mod powershell;
mod prepare;
#[cfg(feature = "perl")]
mod perl;
#[cfg(feature = "php")]
mod php;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "r")]
mod r;
#[cfg(feature = "ruby")]
mod ruby;
#[cfg(feature = "rust")]
mod rust;
#[cfg(feature = "scala")]
mod scala;
mod sort;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "swift")]
mod swift;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::ir::NodeId;
use crate::read::ir::Program;
use crate::read::ir::Root;
use crate::read::ir::Traits;
use crate::request::span::SpanId;

use lowering::Lowering;
use lowering::Ts;

/// One language the reader understands.
#[derive(Debug)]
pub struct Language {
    /// Its name, as in provenance and fence tags.
    pub name: &'static str,
    /// Other fence tags.
    pub aliases: &'static [&'static str],
    /// Whether the grammar is known to be super-linear, so that the smaller byte cap holds.
    pub slow: bool,
    /// What it does differently from others.
    pub traits: Traits,
    /// The tree-sitter grammar.
    grammar: fn() -> tree_sitter::Language,
    /// The same text, byte for byte as long, with what published prompts break put right.
    prepare: for<'t> fn(&'t str) -> Cow<'t, str>,
    /// Kinds of string and character literals.
    literals: &'static [&'static str],
    /// Kinds of nodes whose strings say nothing (imports).
    silent: &'static [&'static str],
    /// A literal's value, without looking into interpolations.
    literal: for<'t> fn(&Lowering<'t, '_>, Ts<'t>) -> crate::read::ir::Node,
    /// Lowers one node, of any kind.
    lower: for<'t> fn(&mut Lowering<'t, '_>, Ts<'t>) -> NodeId,
    /// Every node kind the frontend names; a test asks the grammar for each.
    #[cfg(test)]
    sources: &'static [&'static str],
    /// Its library tables; a test looks for names that are there twice.
    #[cfg(test)]
    tables: &'static [&'static [library::Row]],
}

/// The languages of this build.
pub static LANGUAGES: &[Language] = &[
    #[cfg(feature = "python")]
    python::LANGUAGE,
    #[cfg(feature = "cpp")]
    cpp::LANGUAGE,
    #[cfg(feature = "go")]
    go::LANGUAGE,
    #[cfg(feature = "javascript")]
    javascript::JAVASCRIPT,
    #[cfg(feature = "typescript")]
    javascript::TYPESCRIPT,
    #[cfg(feature = "java")]
    java::LANGUAGE,
    #[cfg(feature = "csharp")]
    csharp::LANGUAGE,
    #[cfg(feature = "kotlin")]
    kotlin::LANGUAGE,
    #[cfg(feature = "swift")]
    swift::LANGUAGE,
    #[cfg(feature = "scala")]
    scala::LANGUAGE,
    #[cfg(feature = "c")]
    c::LANGUAGE,
    #[cfg(feature = "rust")]
    rust::LANGUAGE,
    #[cfg(feature = "sql")]
    sql::LANGUAGE,
    #[cfg(feature = "haskell")]
    haskell::LANGUAGE,
    #[cfg(feature = "ruby")]
    ruby::LANGUAGE,
    #[cfg(feature = "php")]
    php::LANGUAGE,
    #[cfg(feature = "bash")]
    bash::LANGUAGE,
    #[cfg(feature = "lua")]
    lua::LANGUAGE,
    #[cfg(feature = "perl")]
    perl::LANGUAGE,
    #[cfg(feature = "r")]
    r::LANGUAGE,
    #[cfg(feature = "powershell")]
    powershell::LANGUAGE,
    #[cfg(feature = "julia")]
    julia::LANGUAGE,
];

/// The language with this name or fence tag, in any case.
pub fn by_name(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| {
        language.name.eq_ignore_ascii_case(name)
            || language.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// What lowering one region gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lowered {
    /// The root's node, already added to the program; `None` when the grammar was not run to the end.
    pub root: Option<NodeId>,
    /// String literals seen in the tree.
    pub literals: usize,
    /// Bytes under error nodes: much of it means that this was no code, or not in this language.
    pub error_bytes: usize,
    /// Whether all of the region was parsed and lowered.
    pub complete: bool,
}

/// Reads `text` as a data format (JSON, YAML, XML …) and adds a root to `program`; `None` for what is none.
pub fn lower_data(
    name: &str,
    text: &str,
    span: SpanId,
    offset: usize,
    program: &mut Program,
    budget: &mut Budget,
) -> Option<Lowered> {
    data::lower(name, text, span, offset, program, budget)
}

/// Parses `text` (a region of `span` starting at byte `offset`) and adds a root to `program`.
///
/// Never fails: broken code gives a tree with errors, and what a limit cut off is noted in `budget`.
pub fn lower(
    language: &'static Language,
    text: &str,
    span: SpanId,
    offset: usize,
    program: &mut Program,
    budget: &mut Budget,
) -> Lowered {
    lower_unless_slow(language, text, span, offset, program, budget).unwrap_or_else(|| {
        budget.note(Limit::ParseTime);
        NOTHING
    })
}

/// What a text that was not parsed gives.
const NOTHING: Lowered = Lowered { root: None, literals: 0, error_bytes: 0, complete: false };

/// The same, but `None` and no note where this text takes too long to parse: pieces of it may not.
pub fn lower_unless_slow(
    language: &'static Language,
    text: &str,
    span: SpanId,
    offset: usize,
    program: &mut Program,
    budget: &mut Budget,
) -> Option<Lowered> {
    let cap = if language.slow { budget.limits().region_bytes_slow } else { budget.limits().region_bytes };
    let text_read = parse::cut(text, cap, budget);
    let expanded = macros::expand(language.name, text_read, budget);
    let text_used = expanded.as_ref().map_or(text_read, |expanded| expanded.text.as_str());
    let tree = match parse::parse(language, &(language.prepare)(text_used), budget) {
        Ok(tree) => tree,
        Err(parse::Failure::Slow) => return None,
        Err(parse::Failure::Refused) => return Some(NOTHING),
    };
    let mut lowering = Lowering::new(language, text_used, span, offset, program, budget);
    lowering.moved_by(expanded.as_ref());
    let root = lowering.root(tree.root_node());
    let lowered = Lowered {
        root: Some(root),
        literals: lowering.literals(),
        error_bytes: lowering.error_bytes(),
        complete: lowering.is_complete() && text_read.len() == text.len(),
    };
    program.add_root(Root { node: root, traits: language.traits });
    Some(lowered)
}
