//! Declarations, functions, structs and enumerations.

use crate::read::ir::Arg;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::call;
use super::library;

/// The most structs that a declared array of them is filled with.
const MOST_FILLED: i64 = 64;

/// What a variable is, as its declaration says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'t> {
    /// The type's name, without `struct` and qualifiers.
    pub(super) base: &'t str,
    /// `*` before the name.
    pub(super) pointers: usize,
    /// `[…]` behind it.
    pub(super) dimensions: usize,
    /// The outermost dimension's size.
    size: Option<Ts<'t>>,
}

/// Lowers a declaration; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "declaration" => declaration(cx, node),
        "function_definition" => function(cx, node, Vec::new()),
        "struct_specifier" | "union_specifier" => structure(cx, node, None),
        "enum_specifier" => enumeration(cx, node),
        "type_definition" => definition(cx, node),
        "linkage_specification" => cx.expect_field(node, "body"),
        "preproc_def" | "preproc_function_def" | "preproc_call" => define(cx, node),
        "preproc_include" | "preproc_defined" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

/// A type's name without `struct`, qualifiers and stars.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    for word in ["const ", "volatile ", "static ", "struct ", "union ", "enum "] {
        text = text.strip_prefix(word).unwrap_or(text).trim_start();
    }
    text.split('{').next().unwrap_or(text).trim_end_matches(['*', ' ']).trim_end_matches(" const").trim()
}

/// The identifier inside a declarator, whatever is around it.
pub(super) fn declared(node: Ts<'_>) -> Option<Ts<'_>> {
    let mut at = node;
    for _ in 0..32 {
        match at.kind() {
            "identifier" | "field_identifier" | "type_identifier" | "primitive_type" => return Some(at),
            _ => at = at.child_by_field_name("declarator").or_else(|| at.named_child(0))?,
        }
    }
    None
}

/// What a declarator declares, given the text of its type.
pub(super) fn shape<'t>(cx: &Lowering<'t, '_>, kind: &'t str, declarator: Ts<'t>) -> Shape<'t> {
    let mut shape = Shape { base: bare(kind), pointers: 0, dimensions: 0, size: None };
    let mut at = Some(declarator);
    for _ in 0..32 {
        let Some(node) = at else { break };
        match node.kind() {
            "pointer_declarator" | "abstract_pointer_declarator" => shape.pointers += 1,
            "array_declarator" => {
                shape.dimensions += 1;
                shape.size = node.child_by_field_name("size");
            }
            _ => {}
        }
        let inner =
            |node: Ts<'t>| if node.kind() == "parenthesized_declarator" { node.named_child(0) } else { None };
        at = node.child_by_field_name("declarator").or_else(|| inner(node));
    }
    // `typedef char *Text;`
    match cx.unaliased(shape.base).len() {
        _ if cx.kind_of(shape.base) == "*" => shape.pointers += 1,
        _ if cx.kind_of(shape.base) == "char[]" => {
            shape.base = "char";
            shape.dimensions += 1;
        }
        _ => {}
    }
    shape
}

impl Shape<'_> {
    /// Whether this is memory for one text.
    fn is_text(&self) -> bool {
        self.dimensions == 1 && self.pointers == 0 && library::is_character(self.base)
    }

    /// What later uses want to know.
    fn kind<'t>(&self, base: &'t str, given: bool) -> &'t str {
        match () {
            () if self.is_text() && given => "char[]",
            () if self.is_text() => "char[n]",
            () if self.dimensions > 0 => "[]",
            () if self.pointers > 0 => "*",
            () => base,
        }
    }
}

fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type");
    let mut parts = Vec::new();
    if let Some(kind) = kind.filter(|kind| kind.child_by_field_name("body").is_some()) {
        parts.push(cx.lower(kind));
    }
    let type_text = kind.map_or("", |kind| cx.text(kind));
    let lasting = cx.text(node).trim_start().starts_with("static ") && cx.in_function();
    for declarator in cx.fields(node, "declarator") {
        if is_prototype(declarator) {
            parts.push(prototype(cx, declarator));
            continue;
        }
        let shape = shape(cx, type_text, declarator);
        let value = declarator.child_by_field_name("value");
        let Some(name) = declared(declarator) else { continue };
        let codes = value.is_some_and(|value| value.kind() == "initializer_list");
        let kind = if codes && shape.is_text() { "codes[]" } else { shape.kind(shape.base, value.is_some()) };
        cx.remember(cx.text(name), kind);
        let value = initial(cx, shape, value, declarator);
        if lasting {
            // Made once, before everything else, under a name of its own.
            let own = format!("{} at {}", cx.text(name), name.start_byte());
            cx.alias(cx.text(name), &own);
            let target = cx.name(&own, name);
            let first = cx.assign(target, value, true, declarator);
            cx.first(first);
            continue;
        }
        cx.alias(cx.text(name), cx.text(name));
        let target = cx.name(cx.text(name), name);
        parts.push(cx.assign(target, value, true, declarator));
    }
    match parts[..] {
        [only] => only,
        _ => cx.add(Node::Block(parts), node),
    }
}

/// A function's declaration, rather than a pointer to one.
fn is_prototype(declarator: Ts<'_>) -> bool {
    let mut at = declarator;
    for _ in 0..8 {
        match at.kind() {
            "function_declarator" => {
                let inner = at.child_by_field_name("declarator");
                return inner.is_some_and(|inner| inner.kind() == "identifier");
            }
            "pointer_declarator" => match at.child_by_field_name("declarator") {
                Some(inner) => at = inner,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// A function declared only: like one without a body.
fn prototype<'t>(cx: &mut Lowering<'t, '_>, declarator: Ts<'t>) -> NodeId {
    let Some(name) = declared(declarator) else { return cx.opaque(declarator) };
    if cx.defines(cx.text(name))
        || cx.source_text().matches(cx.text(name)).count() > 1 && has_body(cx, cx.text(name))
    {
        return cx.op(Op::Nothing, Vec::new(), declarator);
    }
    let params = parameters(cx, declarator);
    let body = cx.add(Node::Block(Vec::new()), declarator);
    let name = Some(cx.text(name).into());
    cx.add(Node::Function { name, params, body, comment: None, generator: false }, declarator)
}

/// Whether the region has `name(…) {` somewhere.
fn has_body(cx: &Lowering<'_, '_>, name: &str) -> bool {
    let text = cx.source_text();
    text.match_indices(name).take(64).any(|(at, _)| {
        let behind = &text[at + name.len()..];
        behind.trim_start().starts_with('(')
            && behind.find(')').is_some_and(|end| behind[end + 1..].trim_start().starts_with('{'))
    })
}

/// What a variable starts as.
pub(super) fn initial<'t>(
    cx: &mut Lowering<'t, '_>,
    shape: Shape<'t>,
    value: Option<Ts<'t>>,
    at: Ts<'t>,
) -> NodeId {
    let Some(value) = value else { return empty(cx, shape, at) };
    match value.kind() {
        "initializer_list" if shape.is_text() => characters(cx, value),
        "initializer_list" if shape.dimensions > 0 => items(cx, value, shape),
        "initializer_list" => constructed(cx, shape.base, value, at),
        "string_literal" | "concatenated_string" if shape.is_text() => {
            let text = cx.lower(value);
            cx.op(Op::NewBuffer, vec![text], at)
        }
        _ => match call::allocation(cx, value, Some(shape)) {
            Some(memory) => memory,
            None => {
                let value = cx.lower(value);
                if shape.pointers == 0 { wrapped(cx, shape.base, value, at) } else { value }
            }
        },
    }
}

/// A number as a type holds it.
pub(super) fn wrapped<'t>(cx: &mut Lowering<'t, '_>, kind: &str, value: NodeId, at: Ts<'t>) -> NodeId {
    match library::mask(kind) {
        Some(_) if matches!(cx.ir(value), Node::Int(n) if (0..128).contains(n)) => value,
        Some(mask) => {
            let mask = cx.add(Node::Int(mask), at);
            cx.add(Node::Binary(crate::read::ir::BinaryOp::BitAnd, value, mask), at)
        }
        None => value,
    }
}

/// What a variable declared without a value holds.
fn empty<'t>(cx: &mut Lowering<'t, '_>, shape: Shape<'t>, at: Ts<'t>) -> NodeId {
    match (shape.dimensions, shape.pointers) {
        (1, 0) if shape.is_text() => cx.op(Op::NewBuffer, Vec::new(), at),
        (0, 0) => zero(cx, shape.base, at),
        (0, _) => cx.add(Node::Null, at),
        (1, 0) => {
            let size = shape.size.and_then(|size| literal::integer(cx.text(size)));
            let is_struct = cx.kind_of(shape.base) == "class";
            match (size, shape.size) {
                (Some(size), _) if is_struct && (1..=MOST_FILLED).contains(&size) => {
                    let items = (0..size).map(|_| zero(cx, shape.base, at)).collect();
                    cx.add(Node::List(items), at)
                }
                (_, Some(size)) if !is_struct => {
                    let (size, item) = (cx.lower(size), zero(cx, shape.base, at));
                    cx.op(Op::NewFilled, vec![size, item], at)
                }
                _ => cx.op(Op::NewList, Vec::new(), at),
            }
        }
        _ => cx.op(Op::NewList, Vec::new(), at),
    }
}

/// A type's first value.
fn zero<'t>(cx: &mut Lowering<'t, '_>, kind: &str, at: Ts<'t>) -> NodeId {
    if cx.kind_of(kind) == "class" {
        let callee = cx.name(kind, at);
        return cx.call(callee, Vec::new(), None, at);
    }
    let zero = if matches!(kind, "double" | "float") { Node::Float(0.0) } else { Node::Int(0) };
    cx.add(zero, at)
}

/// `{'a', 98, 0}` as memory; `{"text"}` too.
fn characters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> NodeId {
    let kids = cx.kids(list);
    if let [only] = kids[..]
        && matches!(only.kind(), "string_literal" | "concatenated_string")
    {
        let text = cx.lower(only);
        return cx.op(Op::NewBuffer, vec![text], list);
    }
    let codes = entries(cx, list, None);
    let codes = cx.add(Node::List(codes), list);
    cx.op(Op::NewBuffer, vec![codes], list)
}

/// An array's items: structs, arrays of their own, memory for each text, or plain values.
fn items<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, shape: Shape<'t>) -> NodeId {
    let items = entries(cx, list, Some(shape));
    cx.add(Node::List(items), list)
}

/// The items of an initializer list, `[n] = item` at their places.
fn entries<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, shape: Option<Shape<'t>>) -> Vec<NodeId> {
    let mut out: Vec<Option<NodeId>> = Vec::new();
    for kid in cx.kids(list) {
        let value =
            kid.child_by_field_name("value").filter(|_| kid.kind() == "initializer_pair").unwrap_or(kid);
        let place = kid.child_by_field_name("designator").filter(|_| kid.kind() == "initializer_pair");
        let place = place.and_then(|place| cx.kids(place).first().copied());
        let place = place.map(|place| position(cx, place));
        let item = entry(cx, value, shape);
        match place.and_then(|place| usize::try_from(place?).ok()) {
            Some(place) if place < 4096 => {
                if out.len() <= place {
                    out.resize(place + 1, None);
                }
                out[place] = Some(item);
            }
            _ => out.push(Some(item)),
        }
    }
    out.into_iter().map(|item| item.unwrap_or_else(|| cx.add(Node::Null, list))).collect()
}

/// The number that a designator names: a literal or an enumeration's member.
fn position<'t>(cx: &Lowering<'t, '_>, place: Ts<'t>) -> Option<i64> {
    let text = cx.text(place);
    literal::integer(text).or_else(|| cx.unaliased(text).strip_prefix("enum ").and_then(|n| n.parse().ok()))
}

fn entry<'t>(cx: &mut Lowering<'t, '_>, value: Ts<'t>, shape: Option<Shape<'t>>) -> NodeId {
    let Some(shape) = shape else { return cx.lower(value) };
    let inner = Shape { dimensions: shape.dimensions.saturating_sub(1), size: None, ..shape };
    match value.kind() {
        "initializer_list" => cx.nested(value, |cx| initial(cx, inner, Some(value), value)),
        "string_literal" | "concatenated_string" if inner.is_text() => initial(cx, inner, Some(value), value),
        _ => cx.lower(value),
    }
}

/// A struct made from an initializer list.
pub(super) fn constructed<'t>(cx: &mut Lowering<'t, '_>, kind: &str, list: Ts<'t>, at: Ts<'t>) -> NodeId {
    if cx.kind_of(kind) != "class" {
        let items = entries(cx, list, None);
        return match items[..] {
            [only] if cx.kind_of(kind).is_empty() && library::is_number(kind) => only,
            _ => cx.add(Node::List(items), list),
        };
    }
    let mut args = Vec::new();
    for kid in cx.kids(list) {
        if kid.kind() == "initializer_pair" {
            let name = kid
                .child_by_field_name("designator")
                .map(|name| cx.text(name).trim_start_matches('.').into());
            args.push(Arg { name, value: cx.expect_field(kid, "value"), spread: false });
        } else {
            args.push(positional(cx.lower(kid)));
        }
    }
    // `{0}` makes an empty one.
    if let [Arg { name: None, value, .. }] = args[..]
        && matches!(cx.ir(value), Node::Int(0) | Node::Null)
    {
        args.clear();
    }
    let callee = cx.name(kind, at);
    cx.call(callee, args, None, at)
}

/// `typedef …`: names of structs and of pointers are worth knowing.
fn definition<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(kind) = node.child_by_field_name("type") else { return cx.opaque(node) };
    let Some(declarator) = node.child_by_field_name("declarator") else { return cx.lower(kind) };
    let Some(name) = declared(declarator) else { return cx.lower(kind) };
    let shape = shape(cx, cx.text(kind), declarator);
    let name_text = cx.text(name);
    let plain = shape.pointers == 0 && shape.dimensions == 0;
    if kind.child_by_field_name("body").is_some()
        && matches!(kind.kind(), "struct_specifier" | "union_specifier")
    {
        if !plain {
            cx.remember(name_text, "*");
        }
        return structure(cx, kind, Some(name_text).filter(|_| plain));
    }
    let known = if plain { cx.kind_of(shape.base) } else { shape.kind(shape.base, true) };
    let known = if known.is_empty() && kind.kind() == "struct_specifier" { "class" } else { known };
    let known = if plain && known.is_empty() { shape.base } else { known };
    if name_text != shape.base {
        cx.remember(name_text, known);
    }
    if known == "class" && plain && name_text != shape.base {
        cx.alias(name_text, shape.base);
    }
    match kind.kind() {
        "enum_specifier" => cx.lower(kind),
        _ => cx.op(Op::Nothing, Vec::new(), node),
    }
}

/// A struct, and the other name that a `typedef` gives it.
fn structure<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, other: Option<&'t str>) -> NodeId {
    let own = node.child_by_field_name("name").map(|name| cx.text(name));
    let Some(body) = node.child_by_field_name("body") else {
        return cx.op(Op::Nothing, Vec::new(), node);
    };
    let Some(name) = own.or(other) else { return cx.opaque(node) };
    for name in own.iter().chain(other.iter()) {
        cx.remember(name, "class");
    }
    let (mut fields, mut members) = (Vec::new(), Vec::new());
    for kid in cx.kids(body).into_iter().filter(|kid| kid.kind() == "field_declaration") {
        let kind = kid.child_by_field_name("type");
        if let Some(kind) = kind.filter(|kind| kind.child_by_field_name("body").is_some()) {
            members.push(cx.lower(kind));
        }
        for declarator in cx.fields(kid, "declarator") {
            let Some(field) = declared(declarator) else { continue };
            let shape = shape(cx, kind.map_or("", |kind| cx.text(kind)), declarator);
            fields.push(cx.text(field).into());
            // A struct within itself is a pointer that the source does not show as one.
            let value = if shape.base == name { cx.add(Node::Null, field) } else { empty(cx, shape, field) };
            let target = cx.name(cx.text(field), field);
            members.push(cx.assign(target, value, true, field));
        }
    }
    let class = cx
        .add(Node::Class { name: name.into(), bases: Vec::new(), members, constructor: None, fields }, node);
    match other.filter(|other| *other != name) {
        Some(other) => {
            let (target, value) = (cx.name(other, node), cx.name(name, node));
            let same = cx.assign(target, value, true, node);
            cx.add(Node::Block(vec![class, same]), node)
        }
        None => class,
    }
}

/// Each name is one more than the last.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut next = 0_i64;
    let mut names = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = match cx.lower_field(kid, "value") {
            Some(value) => value,
            None => cx.add(Node::Int(next), kid),
        };
        if let (Node::Int(n), Some(name)) = (cx.ir(value).clone(), kid.child_by_field_name("name")) {
            cx.alias(cx.text(name), &format!("enum {n}"));
            next = n.saturating_add(1);
        }
        let name = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
        let target = cx.name(name, kid);
        names.push(cx.assign(target, value, true, kid));
    }
    cx.add(Node::Block(names), node)
}

/// A function; `comment` holds what is written above it.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, mut comment: Vec<&'t str>) -> NodeId {
    let declarator = node.child_by_field_name("declarator");
    let name = declarator.and_then(declared).map(|name| cx.text(name));
    let params = declarator.map_or_else(Vec::new, |declarator| parameters(cx, declarator));
    let body = node.child_by_field_name("body");
    let inner = body.map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    for kid in inner.iter().filter(|kid| is_comment(**kid)) {
        comment.push(cx.comment_text(*kid));
    }
    let body = match body {
        Some(body) if inner.iter().any(|kid| !is_comment(*kid)) => cx.within_function(|cx| cx.lower(body)),
        _ => cx.add(Node::Block(Vec::new()), node),
    };
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    let name = name.map(Into::into);
    cx.add(Node::Function { name, params, body, comment, generator: false }, node)
}

/// The name of the arguments behind `...`; no program can spell it.
pub(super) const REST: &str = "other arguments";

fn parameters<'t>(cx: &mut Lowering<'t, '_>, declarator: Ts<'t>) -> Vec<Param> {
    let mut at = declarator;
    for _ in 0..32 {
        if let Some(list) = at.child_by_field_name("parameters") {
            let mut params = Vec::new();
            for kid in cx.kids(list) {
                if kid.kind() == "variadic_parameter" {
                    params.push(Param { rest: true, ..param(REST) });
                    continue;
                }
                let Some(declarator) = kid.child_by_field_name("declarator") else { continue };
                let Some(name) = declared(declarator) else { continue };
                let kind = kid.child_by_field_name("type").map_or("", |kind| cx.text(kind));
                let shape = shape(cx, kind, declarator);
                // An array that is passed is a pointer.
                let known = if shape.dimensions > 0 { "*" } else { shape.kind(shape.base, true) };
                cx.remember(cx.text(name), known);
                cx.alias(cx.text(name), cx.text(name));
                params.push(param(cx.text(name)));
            }
            return params;
        }
        match at.child_by_field_name("declarator").or_else(|| at.named_child(0)) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    Vec::new()
}

/// `#define NAME "text"`: its uses are replaced before the text is parsed; the value is kept as a literal.
fn define<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = node.child_by_field_name("value").map_or("", |value| cx.text(value)).trim();
    let inner = raw.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let value = match (inner.filter(|_| node.kind() == "preproc_def"), literal::integer(raw)) {
        (Some(inner), _) => Node::Text(literal::unescape(inner, literal::HexMeans::Byte).into()),
        (None, Some(n)) => Node::Int(n),
        (None, None) => return cx.op(Op::Nothing, Vec::new(), node),
    };
    let value = cx.add(value, node);
    let target = cx.expect_field(node, "name");
    cx.assign(target, value, true, node)
}

impl<'t> Shape<'t> {
    /// A pointer to a type, as a cast names it.
    pub(super) fn of_pointer(base: &'t str, kind: &str) -> Self {
        Shape { base, pointers: kind.matches('*').count(), dimensions: 0, size: None }
    }
}
