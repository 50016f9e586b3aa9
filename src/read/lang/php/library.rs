//! Names of functions, of the library's classes and their methods.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::METHOD;
use crate::read::lang::library::ONTO;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::THIS;
use crate::read::lang::library::row;
use crate::read::lang::library::row_of;

/// The method that runs on construction.
pub(super) const CONSTRUCTOR: &str = "__construct";

/// Functions that a row cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// Binds a constant.
    Define,
    /// Maps over one list or several.
    Map,
    /// Binds all matches of a pattern.
    Matches,
    /// Pads on the side its last argument names.
    Pad,
    /// Replaces by what a function of the list of groups gives.
    Callback,
    /// Bytes by a format.
    Pack,
    /// The inverse.
    Unpack,
}

/// Which of them a function is.
pub(super) fn special(name: &str) -> Option<Special> {
    Some(match name {
        "define" => Special::Define,
        "array_map" => Special::Map,
        "str_pad" | "mb_str_pad" => Special::Pad,
        "preg_replace_callback" => Special::Callback,
        "preg_match_all" => Special::Matches,
        "pack" => Special::Pack,
        "unpack" => Special::Unpack,
        _ => return None,
    })
}

/// Which argument of a function is a function.
pub(super) fn takes_function(name: &str) -> Option<usize> {
    match name {
        "array_map" | "call_user_func" | "call_user_func_array" | "is_callable" => Some(0),
        "array_filter"
        | "array_reduce"
        | "usort"
        | "uasort"
        | "uksort"
        | "array_walk"
        | "preg_replace_callback" => Some(1),
        _ => None,
    }
}

const SWAPPED: &[Operand] = &[Operand::Arg(1), Operand::Arg(0)];
const ITEMS: Operand = Operand::Of(Op::Values, FIRST);
const ITEMS_1: Operand = Operand::Of(Op::Values, &[Operand::Arg(1)]);
const SUBJECT: &[Operand] = &[Operand::Arg(2), Operand::Arg(0), Operand::Arg(1)];
const THIRD: &[Operand] = &[Operand::Arg(0), Operand::Rest(2)];

/// Functions, in lower case.
pub(super) static FUNCTIONS: &[Row] = &[
    row("print_r", Op::Print, FIRST),
    row("var_dump", Op::Print, ARGS),
    row("var_export", Op::Print, FIRST),
    row("printf", Op::Write, &[Operand::Of(Op::FormatPercent, ARGS)]),
    row("vprintf", Op::Write, &[Operand::Of(Op::FormatPercent, ARGS)]),
    row("fprintf", Op::Write, &[Operand::Of(Op::FormatPercent, &[Operand::Rest(1)])]),
    row("fwrite", Op::Write, &[Operand::Arg(1)]),
    row("fputs", Op::Write, &[Operand::Arg(1)]),
    row("file_put_contents", Op::Write, &[Operand::Arg(1)]),
    row("sprintf", Op::FormatPercent, ARGS),
    row("vsprintf", Op::FormatPercent, ARGS),
    row("error_log", Op::Print, FIRST),
    row("eval", Op::Eval, FIRST),
    row("shell_exec", Op::Eval, FIRST),
    row("exec", Op::Eval, FIRST),
    row("assert", Op::Eval, FIRST),
    row_of("implode", 1, Op::Join, &[ITEMS, Operand::Text("")]),
    row("implode", Op::Join, &[ITEMS_1, Operand::Arg(0)]),
    row_of("join", 1, Op::Join, &[ITEMS, Operand::Text("")]),
    row("join", Op::Join, &[ITEMS_1, Operand::Arg(0)]),
    row("explode", Op::Split, SWAPPED),
    row("preg_split", Op::SplitPattern, SWAPPED),
    row_of("str_split", 1, Op::Chars, FIRST),
    row("str_split", Op::Pieces, ARGS),
    row_of("mb_str_split", 1, Op::Chars, FIRST),
    row("mb_str_split", Op::Pieces, ARGS),
    row("chunk_split", Op::Join, &[Operand::Of(Op::Pieces, ARGS), Operand::Arg(2)]),
    row("strrev", Op::Reverse, FIRST),
    row("array_push", Op::Push, ARGS),
    row("array_unshift", Op::Prepended, ARGS),
    row("array_pop", Op::PopBack, FIRST),
    row("array_shift", Op::PopFront, FIRST),
    row("array_splice", Op::Splice, ARGS),
    row("array_slice", Op::Substr, ARGS),
    row("array_merge", Op::Merged, ARGS),
    row("array_merge_recursive", Op::Merged, ARGS),
    row("array_replace", Op::Merged, ARGS),
    row("array_combine", Op::NewMap, &[Operand::Of(Op::Zip, ARGS)]),
    row("array_flip", Op::Inverted, FIRST),
    row("array_column", Op::Column, ARGS),
    row("array_keys", Op::KeysOf, FIRST),
    row("array_values", Op::Values, FIRST),
    row("array_reverse", Op::Reversed, FIRST),
    row("array_unique", Op::Unique, &[ITEMS]),
    row("array_map", Op::Map, &[Operand::Arg(0), ITEMS_1]),
    row("array_filter", Op::Filter, &[Operand::Arg(1), ITEMS]),
    row("array_reduce", Op::Reduce, &[Operand::Arg(1), ITEMS, Operand::Arg(2)]),
    row("array_walk", Op::ForEach, &[Operand::Arg(1), ITEMS]),
    row("array_sum", Op::Sum, &[ITEMS]),
    row("array_fill", Op::NewFilled, &[Operand::Arg(1), Operand::Arg(2)]),
    row("array_pad", Op::Same, FIRST),
    row("array_chunk", Op::Chunks, ARGS),
    row("array_search", Op::IndexOf, SWAPPED),
    row("in_array", Op::Contains, &[ITEMS_1, Operand::Arg(0)]),
    row("array_key_exists", Op::Contains, &[Operand::Arg(1), Operand::Arg(0)]),
    row("array_key_first", Op::First, &[Operand::Of(Op::KeysOf, FIRST)]),
    row("array_key_last", Op::Last, &[Operand::Of(Op::KeysOf, FIRST)]),
    row("iterator_to_array", Op::NewList, FIRST),
    row("count", Op::Length, FIRST),
    row("sizeof", Op::Length, FIRST),
    row("strlen", Op::Length, FIRST),
    row("mb_strlen", Op::Length, FIRST),
    row("isset", Op::Present, FIRST),
    row("is_null", Op::IsNull, FIRST),
    row("range", Op::Sequence, ARGS),
    row("sort", Op::SortInPlace, FIRST),
    row("rsort", Op::SortInPlace, &[Operand::Arg(0), Operand::Int(0), Operand::Int(1)]),
    row("usort", Op::SortInPlace, &[Operand::Arg(0), Operand::Arg(1)]),
    row("ksort", Op::SortByKey, FIRST),
    row("krsort", Op::SortByKey, &[Operand::Arg(0), Operand::Int(0), Operand::Int(1)]),
    row("uksort", Op::SortByKey, &[Operand::Arg(0), Operand::Arg(1)]),
    row("asort", Op::SortByValue, FIRST),
    row("arsort", Op::SortByValue, &[Operand::Arg(0), Operand::Int(0), Operand::Int(1)]),
    row("uasort", Op::SortByValue, &[Operand::Arg(0), Operand::Arg(1)]),
    row("current", Op::First, &[ITEMS]),
    row("reset", Op::First, &[ITEMS]),
    row("end", Op::Last, &[ITEMS]),
    row("next", Op::Next, FIRST),
    row("min", Op::Min, ARGS),
    row("max", Op::Max, ARGS),
    row("abs", Op::Abs, FIRST),
    row("floor", Op::Floor, FIRST),
    row("round", Op::Round, FIRST),
    row("intdiv", Op::Quotient, ARGS),
    row("pow", Op::Pow, ARGS),
    row("intval", Op::ToInt, ARGS),
    row("floatval", Op::ToFloat, FIRST),
    row("strval", Op::ToText, FIRST),
    row("dechex", Op::ToDigits, &[Operand::Arg(0), Operand::Int(16)]),
    row("decbin", Op::ToDigits, &[Operand::Arg(0), Operand::Int(2)]),
    row("hexdec", Op::ToInt, &[Operand::Arg(0), Operand::Int(16)]),
    row("bindec", Op::ToInt, &[Operand::Arg(0), Operand::Int(2)]),
    row("octdec", Op::ToInt, &[Operand::Arg(0), Operand::Int(8)]),
    row(
        "base_convert",
        Op::ToDigits,
        &[Operand::Of(Op::ToInt, &[Operand::Arg(0), Operand::Arg(1)]), Operand::Arg(2)],
    ),
    row("chr", Op::Chr, FIRST),
    row("mb_chr", Op::Chr, FIRST),
    row("ord", Op::Ord, FIRST),
    row("mb_ord", Op::Ord, FIRST),
    row_of("strtr", 2, Op::Substitute, ARGS),
    row(
        "strtr",
        Op::Translate,
        &[Operand::Arg(0), Operand::Of(Op::MakeTable, &[Operand::Arg(1), Operand::Arg(2)])],
    ),
    row("str_replace", Op::Replace, SUBJECT),
    row("str_ireplace", Op::Replace, SUBJECT),
    row("preg_replace", Op::ReplacePattern, SUBJECT),
    row("preg_match", Op::Match, SWAPPED),
    row("substr_replace", Op::Same, FIRST),
    row("substr", Op::Substr, ARGS),
    row("mb_substr", Op::Substr, ARGS),
    row("strstr", Op::Same, FIRST),
    row("ucfirst", Op::UpperFirst, FIRST),
    row("mb_ucfirst", Op::UpperFirst, FIRST),
    row("lcfirst", Op::LowerFirst, FIRST),
    row("ucwords", Op::UpperWords, FIRST),
    row("mb_convert_case", Op::Title, FIRST),
    row("strtoupper", Op::Upper, FIRST),
    row("mb_strtoupper", Op::Upper, FIRST),
    row("strtolower", Op::Lower, FIRST),
    row("mb_strtolower", Op::Lower, FIRST),
    row("trim", Op::Trim, ARGS),
    row("ltrim", Op::TrimStart, ARGS),
    row("rtrim", Op::TrimEnd, ARGS),
    row("chop", Op::TrimEnd, ARGS),
    row("str_repeat", Op::Repeat, ARGS),
    row("str_pad", Op::PadEnd, ARGS),
    row("nl2br", Op::Same, FIRST),
    row("wordwrap", Op::Same, FIRST),
    row("strpos", Op::IndexOf, ARGS),
    row("mb_strpos", Op::IndexOf, ARGS),
    row("strrpos", Op::LastIndexOf, ARGS),
    row("str_contains", Op::Contains, ARGS),
    row("str_starts_with", Op::StartsWith, ARGS),
    row("str_ends_with", Op::EndsWith, ARGS),
    row("substr_count", Op::Count, ARGS),
    row("ctype_alpha", Op::IsAlpha, FIRST),
    row("ctype_digit", Op::IsDigit, FIRST),
    row("ctype_upper", Op::IsUpper, FIRST),
    row("ctype_lower", Op::IsLower, FIRST),
    row("ctype_space", Op::IsSpace, FIRST),
    row("ctype_alnum", Op::IsAlnum, FIRST),
    row("is_numeric", Op::IsDigit, FIRST),
    row("strcmp", Op::Compare, ARGS),
    row("strcasecmp", Op::Compare, ARGS),
    row("strnatcmp", Op::Compare, ARGS),
    row("base64_decode", Op::Decode(Codec::Base64), FIRST),
    row("base64_encode", Op::Encode(Codec::Base64), FIRST),
    row("hex2bin", Op::Decode(Codec::Hex), FIRST),
    row("bin2hex", Op::Encode(Codec::Hex), FIRST),
    row("str_rot13", Op::Decode(Codec::Rot13), FIRST),
    row("urldecode", Op::Decode(Codec::Url), FIRST),
    row("rawurldecode", Op::Decode(Codec::Url), FIRST),
    row("urlencode", Op::Encode(Codec::Url), FIRST),
    row("rawurlencode", Op::Encode(Codec::Url), FIRST),
    row("html_entity_decode", Op::Decode(Codec::Html), FIRST),
    row("htmlspecialchars_decode", Op::Decode(Codec::Html), FIRST),
    row("htmlspecialchars", Op::Same, FIRST),
    row("stripslashes", Op::Same, FIRST),
    row("stripcslashes", Op::Decode(Codec::Escape), FIRST),
    row("json_decode", Op::Decode(Codec::Json), FIRST),
    row("json_encode", Op::Encode(Codec::Json), FIRST),
    row("gzuncompress", Op::Decode(Codec::Deflate), FIRST),
    row("gzinflate", Op::Decode(Codec::Deflate), FIRST),
    row("gzdecode", Op::Decode(Codec::Deflate), FIRST),
    row("convert_uudecode", Op::Same, FIRST),
    row("utf8_decode", Op::Same, FIRST),
    row("utf8_encode", Op::Same, FIRST),
    row("mb_convert_encoding", Op::Same, FIRST),
    row("iconv", Op::Same, &[Operand::Arg(2)]),
    row("call_user_func", Op::Apply, ARGS),
    row("call_user_func_array", Op::ApplyAll, ARGS),
    row("array_diff", Op::Same, FIRST),
    row("array_walk_recursive", Op::ForEach, &[Operand::Arg(1), Operand::Of(Op::FlattenAll, FIRST)]),
    row("compact", Op::Same, FIRST),
    row("similar_text", Op::Nothing, THIRD),
];

/// Methods, in lower case.
pub(super) static METHODS: &[Row] = &[
    row("push", Op::Push, METHOD),
    row("enqueue", Op::Push, METHOD),
    row("append", Op::Push, METHOD),
    row("attach", Op::Push, METHOD),
    row("add", Op::Push, METHOD),
    row_of("insert", 1, Op::Push, METHOD),
    row(
        "insert",
        Op::Push,
        &[
            Operand::This,
            Operand::Of(Op::ListOf, &[Operand::Of(Op::Negated, &[Operand::Arg(1)]), Operand::Arg(0)]),
        ],
    ),
    row("unshift", Op::Prepended, METHOD),
    row("pop", Op::PopBack, THIS),
    row("shift", Op::PopFront, THIS),
    row("dequeue", Op::PopFront, THIS),
    row("extract", Op::Extracted, THIS),
    row("top", Op::Peek, THIS),
    row("bottom", Op::First, THIS),
    row("isempty", Op::IsEmpty, THIS),
    row("valid", Op::Present, &[Operand::Of(Op::First, THIS)]),
    row("count", Op::Length, THIS),
    row("toarray", Op::NewList, THIS),
    row("getarraycopy", Op::NewList, THIS),
    row("getiterator", Op::Same, THIS),
    row("offsetget", Op::Get, METHOD),
    row("offsetset", Op::Set, METHOD),
    row("set", Op::Set, METHOD),
    row("get", Op::Get, METHOD),
    row("current", Op::First, THIS),
    row("call", Op::Apply, METHOD),
    row("bindto", Op::Same, THIS),
    row("__invoke", Op::Apply, METHOD),
    row("__tostring", Op::ToText, THIS),
    row("join", Op::Join, ONTO),
];

/// Classes of the library.
pub(super) static CLASSES: &[Row] = &[
    row("SplStack", Op::NewStack, &[]),
    row("SplQueue", Op::NewQueue, &[]),
    row("SplDoublyLinkedList", Op::NewList, &[]),
    row("SplObjectStorage", Op::NewList, &[]),
    row("SplPriorityQueue", Op::NewMinHeap, &[]),
    row("SplMinHeap", Op::NewMinHeap, &[]),
    row("SplMaxHeap", Op::NewMaxHeap, &[]),
    row("SplFixedArray", Op::NewFilled, FIRST),
    row("ArrayObject", Op::CopiedPlain, FIRST),
    row("ArrayIterator", Op::CopiedPlain, FIRST),
    row("stdClass", Op::NewMap, &[]),
];
