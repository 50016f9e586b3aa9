//! Methods of classes that several types are of: which one is meant is told by the constructor of the first argument.

use std::collections::HashMap;

use crate::read::ir::NodeId;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::equation;

/// Under this kind are kept the names of methods that several instances define.
pub(super) const SHARED: &str = "shared method";

/// Methods that several instances of a program define, each as one function that looks at its first argument.
pub(super) fn shared<'t>(cx: &mut Lowering<'t, '_>, root: Ts<'t>) -> Vec<NodeId> {
    let mut makers: HashMap<&'t str, Vec<&'t str>> = HashMap::new();
    let mut methods: Vec<(&'t str, Vec<(Ts<'t>, &'t str)>)> = Vec::new();
    let lists = cx.kids(root).into_iter().filter(|kid| kid.kind() == "declarations");
    let all: Vec<Ts<'t>> = lists.flat_map(|list| cx.kids(list)).collect();
    for kid in all {
        match kid.kind() {
            "data_type" | "newtype" => {
                if let Some((name, constructors)) = constructors(cx.text(kid)) {
                    makers.insert(name, constructors);
                }
            }
            "instance" => {
                let Some(of) = type_of(cx.text(kid)) else { continue };
                let inner =
                    kid.child_by_field_name("declarations").map_or_else(Vec::new, |list| cx.kids(list));
                for function in inner.into_iter().filter(|kid| kid.kind() == "function") {
                    let name = equation::own_name(cx, function);
                    match methods.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, found)) => found.push((function, of)),
                        None => methods.push((name, vec![(function, of)])),
                    }
                }
            }
            _ => {}
        }
    }
    let several = |found: &Vec<(Ts<'t>, &'t str)>| found.iter().any(|(_, of)| *of != found[0].1);
    let mut out = Vec::new();
    for (name, found) in methods.into_iter().filter(|(_, found)| several(found)) {
        cx.remember(name, SHARED);
        let mut typed: Vec<(Ts<'t>, Vec<&'t str>)> =
            found.into_iter().map(|(node, of)| (node, makers.get(of).cloned().unwrap_or_default())).collect();
        // What is known by no constructor is left for the end.
        typed.sort_by_key(|(_, makers)| makers.is_empty());
        out.extend(equation::by_type(cx, &typed));
    }
    out
}

/// The name of a type, and those of its constructors.
fn constructors(text: &str) -> Option<(&str, Vec<&str>)> {
    let (head, body) = text.split_once('=')?;
    let name = head.split_whitespace().nth(1)?;
    let body = body.split("deriving").next().unwrap_or_default();
    let named = body.split('|').filter_map(|part| {
        part.split(|c: char| !c.is_alphanumeric() && c != '_')
            .find(|word| word.starts_with(char::is_uppercase))
    });
    Some((name, named.collect()))
}

/// `B` of `instance C B where` and `instance D a => C (B a) where`.
fn type_of(text: &str) -> Option<&str> {
    let head = text.split(" where").next()?.rsplit("=>").next()?;
    let words: Vec<&str> =
        head.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let from = usize::from(words.first() == Some(&"instance"));
    words.get(from + 1).copied()
}
