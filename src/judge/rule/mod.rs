//! Rules: the explainable half of the judgement.
//!
//! A rule file is read as written ([`syntax`]), compiled once ([`RuleSet`]), and carries its own proof
//! ([`examples`]). Matching is one Aho-Corasick pass over the words of a text, then a linear look at the hits; a
//! regular expression runs only where one of its required words stood. A rule that is slow all the same is found by
//! measuring it ([`speed`]).

mod build;
pub mod examples;
mod near;
mod schema;
mod set;
pub mod speed;
mod syntax;
mod words;

pub use schema::schema;
pub use set::{Rule, RuleHit, RuleSet};
pub use syntax::{RuleErrors, ids_in};
