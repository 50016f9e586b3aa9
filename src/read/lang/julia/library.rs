//! Names of functions.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::row;
use crate::read::lang::library::row_of;

/// How many parameters the functions have that a function is given first.
pub(super) fn takes_function(name: &str) -> Option<usize> {
    match name {
        "map" | "filter" | "filter!" | "foreach" | "any" | "all" | "count" | "findall" | "findfirst" => {
            Some(1)
        }
        "reduce" | "foldl" | "foldr" => Some(2),
        "mapreduce" | "mapfoldl" => Some(1),
        _ => None,
    }
}

/// How many functions come first.
pub(super) fn functions_of(name: &str) -> usize {
    if matches!(name, "mapreduce" | "mapfoldl") { 2 } else { 1 }
}

const BY: &[Operand] = &[Operand::Arg(0), Operand::Key("by"), Operand::Key("rev")];
const ROWS: Operand = Operand::Of(Op::Rows, FIRST);

/// Functions by their last name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("push!", Op::Push, ARGS),
    row("enqueue!", Op::Push, ARGS),
    row("pushfirst!", Op::PushFront, ARGS),
    row("append!", Op::Extend, ARGS),
    row("prepend!", Op::Prepended, ARGS),
    row("insert!", Op::Insert, ARGS),
    row_of("pop!", 2, Op::Pop, ARGS),
    row("pop!", Op::PopBack, FIRST),
    row("popfirst!", Op::PopFront, FIRST),
    row("dequeue!", Op::PopFront, FIRST),
    row("deleteat!", Op::Delete, ARGS),
    row("splice!", Op::Pop, ARGS),
    row("empty!", Op::Clear, FIRST),
    row("reverse!", Op::ReverseInPlace, FIRST),
    row("sort!", Op::SortInPlace, BY),
    row("write", Op::Push, ARGS),
    row("take!", Op::ToText, FIRST),
    row("IOBuffer", Op::NewBuilder, &[]),
    row("Stack", Op::NewStack, &[]),
    row("Queue", Op::NewQueue, &[]),
    row("Vector", Op::NewList, &[]),
    row("Set", Op::NewSet, FIRST),
    row("merge", Op::Merged, ARGS),
    row("reverse", Op::Reverse, FIRST),
    row("sort", Op::Sorted, &[ROWS, Operand::Key("by"), Operand::Key("rev")]),
    row("sortperm", Op::OrderOf, FIRST),
    row_of("join", 1, Op::Join, &[Operand::Arg(0), Operand::Text("")]),
    row("join", Op::Join, ARGS),
    row_of("split", 1, Op::Split, FIRST),
    row("split", Op::Split, ARGS),
    row("string", Op::ToText, ARGS),
    row("String", Op::Chr, FIRST),
    row("repr", Op::ToText, FIRST),
    row("uppercase", Op::Upper, FIRST),
    row("lowercase", Op::Lower, FIRST),
    row("titlecase", Op::Title, FIRST),
    row("uppercasefirst", Op::UpperFirst, FIRST),
    row("lowercasefirst", Op::LowerFirst, FIRST),
    row("strip", Op::Trim, ARGS),
    row("lstrip", Op::TrimStart, ARGS),
    row("rstrip", Op::TrimEnd, ARGS),
    row("chomp", Op::StripSuffix, &[Operand::Arg(0), Operand::Text("\n")]),
    row("chop", Op::Slice, &[Operand::Arg(0), Operand::Int(0), Operand::Int(-1)]),
    row("repeat", Op::Repeat, ARGS),
    row("lpad", Op::PadStart, ARGS),
    row("rpad", Op::PadEnd, ARGS),
    row("startswith", Op::StartsWith, ARGS),
    row("endswith", Op::EndsWith, ARGS),
    row("occursin", Op::Contains, &[Operand::Arg(1), Operand::Arg(0)]),
    row("contains", Op::Contains, ARGS),
    row("in", Op::Contains, &[Operand::Arg(1), Operand::Arg(0)]),
    row("haskey", Op::Contains, ARGS),
    row("collect", Op::NewList, &[ROWS]),
    row("length", Op::Length, FIRST),
    row("isempty", Op::IsEmpty, FIRST),
    row_of("first", 2, Op::Take, ARGS),
    row("first", Op::First, FIRST),
    row_of("last", 2, Op::Drop, &[Operand::Arg(0), Operand::Of(Op::Negated, &[Operand::Arg(1)])]),
    row("last", Op::Last, FIRST),
    row("map", Op::Map, ARGS),
    row("filter", Op::Filter, ARGS),
    row("filter!", Op::Filter, ARGS),
    row("foreach", Op::ForEach, ARGS),
    row("enumerate", Op::Enumerate, &[Operand::Arg(0), Operand::Int(1)]),
    row("zip", Op::Zip, ARGS),
    row("eachindex", Op::KeysOf, FIRST),
    row("keys", Op::KeysOf, FIRST),
    row("values", Op::Values, FIRST),
    row("get", Op::Get, ARGS),
    row("pairs", Op::Items, FIRST),
    row_of("vcat", 1, Op::Same, FIRST),
    row("vcat", Op::Chain, ARGS),
    row("hcat", Op::ListOf, ARGS),
    row("vec", Op::FlattenAll, FIRST),
    row("permutedims", Op::Transpose, FIRST),
    row("fill", Op::NewFilled, &[Operand::Arg(1), Operand::Arg(0)]),
    row("unique", Op::Unique, FIRST),
    row("circshift", Op::Turned, &[Operand::Arg(0), Operand::Of(Op::Negated, &[Operand::Arg(1)])]),
    row("sum", Op::Sum, FIRST),
    row("prod", Op::Join, &[Operand::Arg(0), Operand::Text("")]),
    row("maximum", Op::Max, FIRST),
    row("minimum", Op::Min, FIRST),
    row("Char", Op::Chr, FIRST),
    row("Int", Op::Ord, FIRST),
    row("UInt8", Op::Same, FIRST),
    row("codepoint", Op::Ord, FIRST),
    row("codeunits", Op::Codes, FIRST),
    row("parse", Op::ToInt, &[Operand::Arg(1)]),
    row("xor", Op::Xor, ARGS),
    row("mod", Op::Remainder, ARGS),
    row("div", Op::Quotient, ARGS),
    row("nextind", Op::Same, FIRST),
    row("base64decode", Op::Decode(Codec::Base64), FIRST),
    row("base64encode", Op::Encode(Codec::Base64), FIRST),
    row("hex2bytes", Op::Decode(Codec::Hex), FIRST),
    row("bytes2hex", Op::Encode(Codec::Hex), FIRST),
    row("unescape_string", Op::Decode(Codec::Escape), FIRST),
    row("isletter", Op::IsAlpha, FIRST),
    row("isdigit", Op::IsDigit, FIRST),
    row("isuppercase", Op::IsUpper, FIRST),
    row("islowercase", Op::IsLower, FIRST),
    row("isspace", Op::IsSpace, FIRST),
    row("error", Op::Nothing, ARGS),
    row("eval", Op::Eval, FIRST),
    row("include_string", Op::Eval, &[Operand::Arg(1)]),
    row("identity", Op::Same, FIRST),
    row("copy", Op::Copied, FIRST),
    row("deepcopy", Op::Copied, FIRST),
];
