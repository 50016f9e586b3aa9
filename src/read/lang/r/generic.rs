//! Generic functions: `say <- function(x) UseMethod("say")` calls `say.dog` for what is of class `dog`. The functions of a
//! class are its methods, a list that says its class is an object of it.

use std::collections::BTreeMap;

use crate::read::ir::Arg;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::expression;

/// The most generic functions of a program.
const MOST: usize = 16;

/// The classes that functions named `generic.class` make.
pub(super) fn classes<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let text = cx.text(node);
    let called = text.match_indices("UseMethod(").take(MOST);
    let generics: Vec<&str> = called
        .filter_map(|(at, call)| {
            text[at + call.len()..].trim_start_matches(['"', '\'']).split(['"', '\'']).next()
        })
        .collect();
    if generics.is_empty() {
        return Vec::new();
    }
    let mut members: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
    for kid in cx.kids(node) {
        let (Some(left), Some(right)) = (kid.child_by_field_name("lhs"), kid.child_by_field_name("rhs"))
        else {
            continue;
        };
        let name = cx.text(left);
        let owner = |generic: &&&str| name.strip_prefix(**generic).is_some_and(|rest| rest.starts_with('.'));
        if let Some(generic) = generics.iter().find(owner)
            && right.kind() == "function_definition"
        {
            let method = expression::function(cx, right, Some(generic), Vec::new());
            members.entry(name.get(generic.len() + 1..).unwrap_or_default()).or_default().push(method);
        }
    }
    let class = |(name, members): (&str, Vec<NodeId>)| Node::Class {
        name: name.into(),
        bases: Vec::new(),
        members,
        constructor: None,
        fields: Vec::new(),
    };
    members.into_iter().map(class).map(|class| cx.add(class, node)).collect()
}

/// `UseMethod("say")`: the method of the enclosing function's first argument.
pub(super) fn dispatch<'t>(cx: &mut Lowering<'t, '_>, name: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let mut around = node.parent()?;
    while around.kind() != "function_definition" {
        around = around.parent()?;
    }
    let params = cx.fields(around.child_by_field_name("parameters")?, "parameter");
    let names: Vec<&str> =
        params.iter().filter_map(|param| Some(cx.text(param.child_by_field_name("name")?))).collect();
    let mut args: Vec<Arg> = Vec::new();
    for own in &names {
        args.push(Arg { spread: *own == "...", ..positional(cx.name(own, node)) });
    }
    let object = cx.name(names.first()?, node);
    let method = cx.text(name).trim_matches(['"', '\'']);
    let callee = cx.add(Node::Field(object, method.into()), node);
    Some(cx.call(callee, args, None, node))
}

/// The value with its class: `structure(value, class = "dog")`, `class(value) <- "dog"`. Of several classes the first counts.
pub(super) fn of_class<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, class: Ts<'t>, node: Ts<'t>) -> NodeId {
    let list = class.child_by_field_name("arguments").filter(|_| class.kind() == "call");
    let first = list.and_then(|list| cx.fields(list, "argument").first().copied());
    let class = match first.and_then(|first| first.child_by_field_name("value")) {
        Some(first) => cx.lower(first),
        None => cx.lower(class),
    };
    cx.op(Op::Bless, vec![value, class], node)
}
