//! Names of types, functions and methods.

use crate::read::ir::Node;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::METHOD;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::THIS;
use crate::read::lang::library::row;
use crate::read::lang::library::row_of;

/// What a library type is when constructed.
static CONSTRUCTORS: &[(&str, Op)] = &[
    ("vector", Op::NewList),
    ("deque", Op::NewList),
    ("list", Op::NewList),
    ("forward_list", Op::NewList),
    ("array", Op::NewList),
    ("initializer_list", Op::NewList),
    ("pair", Op::NewList),
    ("tuple", Op::NewList),
    ("stack", Op::NewStack),
    ("queue", Op::NewQueue),
    ("priority_queue", Op::NewMaxHeap),
    ("map", Op::NewSorted),
    ("set", Op::NewSorted),
    ("multiset", Op::NewSorted),
    ("multimap", Op::NewSorted),
    ("unordered_map", Op::NewMap),
    ("unordered_set", Op::NewSet),
    ("ostringstream", Op::NewBuilder),
    ("stringstream", Op::NewBuilder),
    ("istringstream", Op::NewBuilder),
];

/// How a type is constructed.
pub(super) fn constructor(kind: &str) -> Option<Op> {
    CONSTRUCTORS.iter().find(|(name, _)| *name == kind).map(|(_, op)| *op)
}

/// Whether a type is text.
pub(super) fn is_text(kind: &str) -> bool {
    matches!(kind, "string" | "string_view" | "wstring" | "u8string" | "u32string" | "basic_string")
}

/// Whether a type maps keys to values.
pub(super) fn is_map(kind: &str) -> bool {
    matches!(kind, "map" | "unordered_map" | "multimap" | "unordered_multimap")
}

/// Whether an initializer list holds the type's items.
pub(super) fn is_container(kind: &str) -> bool {
    constructor(kind).is_some()
}

/// A number type's first value.
pub(super) fn zero(kind: &str) -> Option<Node> {
    Some(match kind {
        "int" | "long" | "size_t" | "unsigned" | "short" | "uint8_t" | "int64_t" | "uint32_t"
        | "uint64_t" | "int32_t" | "uint16_t" | "unsigned int" | "long long" | "unsigned char"
        | "unsigned long" => Node::Int(0),
        "char" => Node::Text("".into()),
        "bool" => Node::Bool(false),
        "double" | "float" => Node::Float(0.0),
        _ => return None,
    })
}

/// What a cast to a type does.
pub(super) fn cast(kind: &str) -> Op {
    match kind {
        "char" | "wchar_t" | "unsigned char" | "char32_t" => Op::Chr,
        "int" | "long" | "size_t" | "unsigned" | "unsigned int" | "uint8_t" => Op::ToInt,
        "double" | "float" => Op::ToFloat,
        "bool" => Op::ToBool,
        "string" => Op::ToText,
        _ => Op::Same,
    }
}

/// A format and its values. The values are one list: each stands for itself, even a container.
const PRINTED: Operand =
    Operand::Of(Op::FormatPercent, &[Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])]);
const BRACED: Operand = Operand::Of(Op::FormatBrace, ARGS);
const CHARACTER: Operand = Operand::Of(Op::Chr, FIRST);

/// Free functions.
pub(super) static FUNCTIONS: &[Row] = &[
    row("reverse", Op::ReverseInPlace, FIRST),
    row("to_string", Op::ToText, FIRST),
    row_of("stoi", 3, Op::ToInt, &[Operand::Arg(0), Operand::Arg(2)]),
    row_of("strtol", 3, Op::ToInt, &[Operand::Arg(0), Operand::Arg(2)]),
    row_of("stoul", 3, Op::ToInt, &[Operand::Arg(0), Operand::Arg(2)]),
    row("stoi", Op::ToInt, FIRST),
    row("atoi", Op::ToInt, FIRST),
    row("stol", Op::ToInt, FIRST),
    row("stod", Op::ToFloat, FIRST),
    row("printf", Op::Write, &[PRINTED]),
    row("wprintf", Op::Write, &[PRINTED]),
    row("puts", Op::Print, FIRST),
    row("putchar", Op::Write, &[CHARACTER]),
    row("format", Op::FormatBrace, ARGS),
    row("print", Op::Write, &[BRACED]),
    row("println", Op::Print, &[BRACED]),
    row("fputs", Op::Write, FIRST),
    row("fputc", Op::Write, &[CHARACTER]),
    row("regex_replace", Op::ReplacePattern, ARGS),
    row("move", Op::Same, FIRST),
    row("forward", Op::Same, FIRST),
    row("ref", Op::Same, FIRST),
    row("begin", Op::Same, FIRST),
    row("end", Op::Same, FIRST),
    row("rbegin", Op::Reverse, FIRST),
    row("size", Op::Length, FIRST),
    row("strlen", Op::Length, FIRST),
    row("strcat", Op::Push, ARGS),
    row("toupper", Op::Upper, &[CHARACTER]),
    row("tolower", Op::Lower, &[CHARACTER]),
    row("isalpha", Op::IsAlpha, &[CHARACTER]),
    row("isspace", Op::IsSpace, &[CHARACTER]),
    row("isdigit", Op::IsDigit, &[CHARACTER]),
    row("isalnum", Op::IsAlnum, &[CHARACTER]),
    row("isupper", Op::IsUpper, &[CHARACTER]),
    row("islower", Op::IsLower, &[CHARACTER]),
    row("strcmp", Op::Compare, ARGS),
    row("optional", Op::Same, FIRST),
    row("min", Op::Min, ARGS),
    row("max", Op::Max, ARGS),
    row("abs", Op::Abs, FIRST),
    row("make_pair", Op::ListOf, ARGS),
    row("make_tuple", Op::ListOf, ARGS),
];

/// Methods.
pub(super) static METHODS: &[Row] = &[
    row("push_back", Op::Push, METHOD),
    row("emplace_back", Op::Push, METHOD),
    row("push", Op::Push, METHOD),
    row("emplace", Op::Push, METHOD),
    row("push_range", Op::Extend, METHOD),
    row("append_range", Op::Extend, METHOD),
    row("push_front", Op::PushFront, METHOD),
    row("emplace_front", Op::PushFront, METHOD),
    row("append", Op::Push, METHOD),
    row("insert", Op::Insert, METHOD),
    row("pop", Op::Pop, THIS),
    row("pop_back", Op::PopBack, THIS),
    row("pop_front", Op::PopFront, THIS),
    row("top", Op::Peek, THIS),
    row("front", Op::First, THIS),
    row("back", Op::Last, THIS),
    row("at", Op::Get, METHOD),
    row("size", Op::Length, THIS),
    row("length", Op::Length, THIS),
    row("empty", Op::IsEmpty, THIS),
    row("clear", Op::Clear, THIS),
    row("erase", Op::Delete, METHOD),
    row("resize", Op::Resize, METHOD),
    row("substr", Op::Substr, METHOD),
    row("find", Op::IndexOf, METHOD),
    row("rfind", Op::LastIndexOf, METHOD),
    row("count", Op::Count, METHOD),
    row("contains", Op::Contains, METHOD),
    row("starts_with", Op::StartsWith, METHOD),
    row("ends_with", Op::EndsWith, METHOD),
    row("str", Op::ToText, THIS),
    row("c_str", Op::Same, THIS),
    row("data", Op::Same, THIS),
    row("begin", Op::Same, THIS),
    row("cbegin", Op::Same, THIS),
    row("end", Op::Same, THIS),
    row("cend", Op::Same, THIS),
    row("rbegin", Op::Reverse, THIS),
    row("crbegin", Op::Reverse, THIS),
    row("rend", Op::Reverse, THIS),
    row("get", Op::Same, THIS),
    row("value", Op::Same, THIS),
    row("has_value", Op::Present, THIS),
    row("compare", Op::Compare, METHOD),
];
