//! Names of functions: on each item, on whole vectors, and with rules of their own.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::row;

/// Functions that join with nothing between.
pub(super) const TIGHT: &[&str] = &["paste0", "str_c", "stri_c"];

/// Functions that a row cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// Vectors and lists.
    Combine,
    /// Texts joined item by item.
    Paste,
    /// Output.
    Cat,
    /// Leaves the function.
    Return,
    /// Throws.
    Stop,
    /// Tries.
    Try,
    /// A function on each item.
    Map,
    /// A function on each row or column.
    Apply,
    /// A function with a list of arguments.
    Call,
    /// A choice by name.
    Switch,
    /// A matrix.
    Matrix,
    /// Texts split.
    Split,
    /// Texts changed by a pattern.
    Replace,
    /// A longer vector.
    Append,
    /// Numbers.
    Sequence,
    /// The first or last few.
    Ends,
    /// Code in a text.
    Parse,
    /// Matches of a pattern.
    Found,
}

/// Which of them a function is.
pub(super) fn special(name: &str) -> Option<Special> {
    Some(match name {
        "c" | "list" => Special::Combine,
        "paste" | "paste0" | "str_c" | "stri_c" => Special::Paste,
        "cat" => Special::Cat,
        "return" => Special::Return,
        "stop" => Special::Stop,
        "tryCatch" | "try" | "suppressWarnings" | "local" | "withCallingHandlers" => Special::Try,
        "sapply" | "lapply" | "vapply" | "Map" | "mapply" | "Filter" | "Reduce" | "Find" | "map_chr"
        | "map" | "map2_chr" | "map2" | "keep" | "reduce" | "walk" => Special::Map,
        "apply" => Special::Apply,
        "do.call" => Special::Call,
        "switch" => Special::Switch,
        "matrix" => Special::Matrix,
        "strsplit" | "str_split" => Special::Split,
        "gsub" | "sub" => Special::Replace,
        "append" => Special::Append,
        "seq" => Special::Sequence,
        "head" | "tail" => Special::Ends,
        "parse" => Special::Parse,
        "regmatches" => Special::Found,
        _ => return None,
    })
}

const ITEMS: Operand = Operand::Of(Op::AsList, &[Operand::Of(Op::Values, FIRST)]);
const TO: Operand = Operand::Either("stop", 2);
const FROM: Operand = Operand::Either("start", 1);

/// Functions that are called for each item of a vector.
pub(super) static EACH: &[Row] = &[
    row("toupper", Op::Upper, FIRST),
    row("tolower", Op::Lower, FIRST),
    row("str_to_upper", Op::Upper, FIRST),
    row("str_to_lower", Op::Lower, FIRST),
    row("str_to_title", Op::Title, FIRST),
    row("tools::toTitleCase", Op::Title, FIRST),
    row("toTitleCase", Op::Title, FIRST),
    row("nchar", Op::Length, FIRST),
    row("str_length", Op::Length, FIRST),
    row("trimws", Op::Trim, FIRST),
    row("str_trim", Op::Trim, FIRST),
    row("sprintf", Op::FormatPercent, ARGS),
    row("substr", Op::Part, &[Operand::Arg(0), FROM, TO]),
    row("substring", Op::Part, &[Operand::Arg(0), Operand::Either("first", 1), Operand::Either("last", 2)]),
    row("str_sub", Op::Part, &[Operand::Arg(0), FROM, Operand::Either("end", 2)]),
    row(
        "chartr",
        Op::Translate,
        &[Operand::Arg(2), Operand::Of(Op::MakeTable, &[Operand::Arg(0), Operand::Arg(1)])],
    ),
    row("strrep", Op::Repeat, ARGS),
    row("str_dup", Op::Repeat, ARGS),
    row("str_replace_all", Op::ReplacePattern, ARGS),
    row("str_replace", Op::ReplacePattern, &[Operand::Rest(0), Operand::Int(1)]),
    row("grepl", Op::Found, &[Operand::Arg(1), Operand::Arg(0)]),
    row("startsWith", Op::StartsWith, ARGS),
    row("endsWith", Op::EndsWith, ARGS),
    row("as.character", Op::ToText, FIRST),
    row("as.integer", Op::ToInt, FIRST),
    row("as.numeric", Op::ToInt, FIRST),
    row("as.hexmode", Op::ToDigits, &[Operand::Arg(0), Operand::Int(16)]),
    row("strtoi", Op::ToInt, &[Operand::Arg(0), Operand::Either("base", 1)]),
    row("bitwXor", Op::Xor, ARGS),
    row("abs", Op::Abs, FIRST),
    row("floor", Op::Floor, FIRST),
    row("round", Op::Round, FIRST),
    row("format", Op::ToText, FIRST),
    row("formatC", Op::ToText, FIRST),
    row("ifelse", Op::Either, ARGS),
    row("URLdecode", Op::Decode(Codec::Url), FIRST),
    row("dQuote", Op::Same, FIRST),
    row("sQuote", Op::Same, FIRST),
    row("shQuote", Op::Same, FIRST),
    row("noquote", Op::Same, FIRST),
    row("enc2utf8", Op::Same, FIRST),
];

/// Functions of whole vectors.
pub(super) static WHOLE: &[Row] = &[
    row("print", Op::Print, &[Operand::Of(Op::Join, &[ITEMS, Operand::Text(" ")])]),
    row("message", Op::Print, &[Operand::Of(Op::Join, &[Operand::Of(Op::ListOf, ARGS), Operand::Text("")])]),
    row("writeLines", Op::PrintLines, FIRST),
    row("invisible", Op::Same, FIRST),
    row("cumsum", Op::Scan, &[Operand::Int(0), Operand::Arg(0)]),
    row("get", Op::Variable, FIRST),
    row("get0", Op::Variable, FIRST),
    row("rev", Op::Reverse, &[ITEMS]),
    row("stri_reverse", Op::Reverse, FIRST),
    row("length", Op::Length, &[ITEMS]),
    row("unlist", Op::FlattenAll, &[ITEMS]),
    row("as.vector", Op::FlattenAll, &[ITEMS]),
    row("unname", Op::Values, FIRST),
    row("names", Op::Keys, FIRST),
    row("setNames", Op::NewMap, &[Operand::Of(Op::Zip, &[Operand::Arg(1), Operand::Arg(0)])]),
    row("sort", Op::Sorted, &[ITEMS, Operand::Int(0), Operand::Key("decreasing")]),
    row("order", Op::OrderOf, &[ITEMS, Operand::Int(0), Operand::Key("decreasing")]),
    row("unique", Op::Unique, &[ITEMS]),
    row("seq_along", Op::KeysOf, &[ITEMS]),
    row("seq_len", Op::RangeClosed, &[Operand::Int(1), Operand::Arg(0)]),
    row("which", Op::Which, FIRST),
    row("rep", Op::Repeat, &[ITEMS, Operand::Either("times", 1)]),
    row("character", Op::NewFilled, &[Operand::Arg(0), Operand::Text("")]),
    row("numeric", Op::NewFilled, &[Operand::Arg(0), Operand::Int(0)]),
    row("integer", Op::NewFilled, &[Operand::Arg(0), Operand::Int(0)]),
    row("vector", Op::NewFilled, &[Operand::Either("length", 1), Operand::Text("")]),
    row("new.env", Op::NewMap, &[]),
    row("ls", Op::Sorted, &[Operand::Of(Op::Keys, FIRST)]),
    row("as.list", Op::AsList, FIRST),
    row("utf8ToInt", Op::Ords, FIRST),
    row("intToUtf8", Op::Chr, FIRST),
    row("charToRaw", Op::Codes, FIRST),
    row("rawToChar", Op::Chr, FIRST),
    row("as.raw", Op::Same, FIRST),
    row("t", Op::Transpose, FIRST),
    row("nrow", Op::Length, &[Operand::Of(Op::First, FIRST)]),
    row("ncol", Op::Length, FIRST),
    row("is.null", Op::IsNull, FIRST),
    row("nzchar", Op::ToBool, FIRST),
    row("identical", Op::Same, FIRST),
    row("max", Op::Max, ARGS),
    row("min", Op::Min, ARGS),
    row("sum", Op::Sum, &[ITEMS]),
    row("eval", Op::Eval, FIRST),
    row("system", Op::Eval, FIRST),
    row("library", Op::Nothing, &[]),
    row("require", Op::Nothing, &[]),
    row("set.seed", Op::Nothing, &[]),
    row("structure", Op::Same, FIRST),
    row("strtrim", Op::Take, ARGS),
    row("base64decode", Op::Decode(Codec::Base64), FIRST),
    row("base64_dec", Op::Decode(Codec::Base64), FIRST),
    row("base64_decode", Op::Decode(Codec::Base64), FIRST),
    row("decode64", Op::Decode(Codec::Base64), FIRST),
    row("fromJSON", Op::Decode(Codec::Json), FIRST),
    row("toString", Op::Join, &[ITEMS, Operand::Text(", ")]),
    row("Negate", Op::Same, FIRST),
    row("Recall", Op::Nothing, ARGS),
];
