//! What only TypeScript writes: types, enumerations, namespaces, parameters that are fields.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression::key_of;

/// Lowers a node that only TypeScript has; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "as_expression" | "satisfies_expression" | "non_null_expression" | "instantiation_expression" => {
            match cx.kids(node).first() {
                Some(value) => cx.lower(*value),
                None => cx.opaque(node),
            }
        }
        "type_assertion" => match cx.kids(node).last() {
            Some(value) => cx.lower(*value),
            None => cx.opaque(node),
        },
        "interface_declaration"
        | "type_alias_declaration"
        | "function_signature"
        | "abstract_method_signature"
        | "method_signature"
        | "index_signature"
        | "ambient_declaration"
        | "type_annotation"
        | "type_arguments"
        | "type_parameters"
        | "accessibility_modifier"
        | "override_modifier" => cx.op(Op::Nothing, Vec::new(), node),
        "enum_declaration" => enumeration(cx, node),
        "internal_module" | "module" => {
            if let Some(name) = node.child_by_field_name("name") {
                cx.remember(cx.text(name), "namespace");
            }
            match node.child_by_field_name("body") {
                Some(body) => curly::block(cx, body),
                None => cx.op(Op::Nothing, Vec::new(), node),
            }
        }
        _ => return None,
    })
}

/// An enumeration is an object; numbers lead back to names.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut entries = Vec::new();
    let mut back = Vec::new();
    let mut next = 0;
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let name = if kid.kind() == "enum_assignment" { kid.child_by_field_name("name") } else { Some(kid) };
        let Some(name) = name else { continue };
        let value = match kid.child_by_field_name("value") {
            Some(value) => cx.lower(value),
            None => cx.add(Node::Int(next), kid),
        };
        let key = key_of(cx, name);
        if let Node::Int(n) = *cx.ir(value) {
            next = n.saturating_add(1);
            back.push(cx.add(Node::Pair(value, key), kid));
        }
        entries.push(cx.add(Node::Pair(key, value), kid));
    }
    entries.append(&mut back);
    let value = cx.add(Node::Map(entries), node);
    let target = cx.name(node.child_by_field_name("name").map_or("", |name| cx.text(name)), node);
    cx.assign(target, value, true, node)
}

/// `constructor(private words: string[])` sets the field of that name.
pub(super) fn own_parameters<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, out: &mut Vec<NodeId>) {
    let Some(list) = node.child_by_field_name("parameters") else { return };
    for kid in cx.kids(list) {
        let text = cx.text(kid);
        let marked = ["private ", "public ", "protected ", "readonly "];
        if marked.iter().any(|mark| text.starts_with(mark))
            && let Some(name) = kid.child_by_field_name("pattern")
        {
            let value = cx.name(cx.text(name), name);
            out.push(curly::set_own(cx, "this", cx.text(name), value, kid));
        }
    }
}
