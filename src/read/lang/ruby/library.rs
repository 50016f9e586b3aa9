//! Names of the kernel's functions, of the core's methods, and what they yield.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::METHOD;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::THIS;
use crate::read::lang::library::row;
use crate::read::lang::library::row_of;

/// Declarations of readers and writers.
pub(super) const ACCESSORS: &[&str] = &["attr_reader", "attr_accessor", "attr_writer", "attr"];
/// Methods that add an index to what the method before them yields.
pub(super) const WITH_INDEX: &[&str] = &["with_index", "each_with_index"];
/// The other spelling of `send`.
pub(super) const SEND: &str = "public_send";
/// The method that carries an object through a loop.
pub(super) const WITH_OBJECT: &str = "each_with_object";
/// Methods that fold, where a symbol names the operator.
pub(super) const FOLDS: &[&str] = &["inject", "reduce"];
/// Methods whose block gets several values, not one that it takes apart.
pub(super) const GETS_SEVERAL: &[&str] =
    &["inject", "reduce", "sort", "sort!", "max", "min", "lambda", "merge", "gsub", "sub", "define_method"];
/// Methods that see a map as its pairs.
pub(super) const OF_ROWS: &[&str] =
    &["to_a", "sort", "zip", "each_slice", "each_with_index", "first", "entries"];
/// Names that are calls though nothing says so.
pub(super) const BARE: &[&str] = &["block_given?", "puts"];

/// What a method yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Yields {
    /// Items, or pairs of a map.
    Items,
    /// Characters.
    Chars,
    /// Bytes.
    Codes,
    /// Lines.
    Lines,
    /// (item, index).
    Indexed,
    /// Items, last first.
    Reversed,
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Lists of some items.
    Slices,
    /// Numbers below the receiver.
    Times,
    /// Numbers up to the argument.
    Up,
    /// Numbers down to the argument.
    Down,
    /// Positions.
    Indices,
    /// Numbers in steps.
    Steps,
}

/// What a method that only loops yields to its block.
pub(super) fn yields(method: &str) -> Option<Yields> {
    Some(match method {
        "each" | "each_pair" | "each_entry" | "each_index_pair" => Yields::Items,
        "each_char" | "each_grapheme_cluster" => Yields::Chars,
        "each_byte" | "each_codepoint" => Yields::Codes,
        "each_line" => Yields::Lines,
        "each_with_index" => Yields::Indexed,
        "reverse_each" => Yields::Reversed,
        "each_key" => Yields::Keys,
        "each_value" => Yields::Values,
        "each_slice" => Yields::Slices,
        "times" => Yields::Times,
        "upto" => Yields::Up,
        "downto" => Yields::Down,
        "each_index" => Yields::Indices,
        "step" => Yields::Steps,
        _ => return None,
    })
}

/// What a method of a text does when it is given a pattern.
pub(super) fn by_pattern(method: &str) -> Option<Op> {
    Some(match method.trim_end_matches('!') {
        "gsub" | "sub" | "delete" => Op::ReplacePattern,
        "scan" => Op::FindAll,
        "match" | "match?" | "=~" | "index" | "slice" => Op::Match,
        "split" => Op::SplitPattern,
        _ => return None,
    })
}

const FUNCTION_FIRST: &[Operand] = &[Operand::Arg(0), Operand::This];
const SORT_BY: &[Operand] = &[Operand::This, Operand::Arg(0)];
const SORTED_BY: Operand = Operand::Of(Op::Sorted, SORT_BY);
const MAPPED: Operand = Operand::Of(Op::Map, FUNCTION_FIRST);
const KEPT: Operand = Operand::Of(Op::Filter, FUNCTION_FIRST);
const NUL: Operand = Operand::Text("");

/// Functions, and those of modules by their full name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("puts", Op::PrintLines, ARGS),
    row("p", Op::PrintLines, ARGS),
    row("pp", Op::PrintLines, ARGS),
    row("print", Op::Write, ARGS),
    row("putc", Op::Write, FIRST),
    row("printf", Op::Write, &[Operand::Of(Op::FormatPercent, ARGS)]),
    row("format", Op::FormatPercent, ARGS),
    row("sprintf", Op::FormatPercent, ARGS),
    row("Integer", Op::ToInt, ARGS),
    row("Float", Op::ToFloat, FIRST),
    row("String", Op::ToText, FIRST),
    row("Array", Op::NewList, FIRST),
    row("eval", Op::Eval, FIRST),
    row("instance_eval", Op::Eval, FIRST),
    row("system", Op::Eval, FIRST),
    row("exec", Op::Eval, FIRST),
    row("require", Op::Nothing, &[]),
    row("require_relative", Op::Nothing, &[]),
    row("warn", Op::PrintLines, ARGS),
    row("$stdout.puts", Op::PrintLines, ARGS),
    row("STDOUT.puts", Op::PrintLines, ARGS),
    row("$stderr.puts", Op::PrintLines, ARGS),
    row("$stdout.print", Op::Write, ARGS),
    row("STDOUT.print", Op::Write, ARGS),
    row("$stdout.write", Op::Write, ARGS),
    row("STDOUT.write", Op::Write, ARGS),
    row("$stdout.printf", Op::Write, &[Operand::Of(Op::FormatPercent, ARGS)]),
    row("Kernel.puts", Op::PrintLines, ARGS),
    row("Kernel.format", Op::FormatPercent, ARGS),
    row("Kernel.sprintf", Op::FormatPercent, ARGS),
    row("Base64.decode64", Op::Decode(Codec::Base64), FIRST),
    row("Base64.strict_decode64", Op::Decode(Codec::Base64), FIRST),
    row("Base64.urlsafe_decode64", Op::Decode(Codec::Base64), FIRST),
    row("Base64.encode64", Op::Encode(Codec::Base64), FIRST),
    row("Base64.strict_encode64", Op::Encode(Codec::Base64), FIRST),
    row("CGI.unescape", Op::Decode(Codec::Url), FIRST),
    row("CGI.escape", Op::Encode(Codec::Url), FIRST),
    row("CGI.unescapeHTML", Op::Decode(Codec::Html), FIRST),
    row("CGI.unescape_html", Op::Decode(Codec::Html), FIRST),
    row("URI.decode_www_form_component", Op::Decode(Codec::Url), FIRST),
    row("URI.decode", Op::Decode(Codec::Url), FIRST),
    row("URI.unescape", Op::Decode(Codec::Url), FIRST),
    row("URI.decode_uri_component", Op::Decode(Codec::Url), FIRST),
    row("JSON.parse", Op::Decode(Codec::Json), FIRST),
    row("Zlib::Inflate.inflate", Op::Decode(Codec::Deflate), FIRST),
    row("Zlib.inflate", Op::Decode(Codec::Deflate), FIRST),
    row("Zlib.gunzip", Op::Decode(Codec::Deflate), FIRST),
    row_of("Array.new", 2, Op::NewFilled, ARGS),
    row_of("Array.new", 1, Op::NewFilled, ARGS),
    row("Array.new", Op::NewList, &[]),
    row("Set.new", Op::NewSet, FIRST),
    row("SortedSet.new", Op::NewSorted, FIRST),
    row("Queue.new", Op::NewQueue, FIRST),
    row("Thread::Queue.new", Op::NewQueue, FIRST),
    row("SizedQueue.new", Op::NewQueue, &[]),
    row("StringIO.new", Op::NewBuilder, FIRST),
    row("OpenStruct.new", Op::NewMap, FIRST),
    row("Regexp.new", Op::Same, FIRST),
    row("Regexp.escape", Op::Same, FIRST),
    row("Math.sqrt", Op::Pow, &[Operand::Arg(0), Operand::Int(0)]),
];

/// Methods given a block (or a function), which is their first argument here.
pub(super) static WITH_BLOCK: &[Row] = &[
    row("map", Op::Map, FUNCTION_FIRST),
    row("collect", Op::Map, FUNCTION_FIRST),
    row("flat_map", Op::FlatMap, FUNCTION_FIRST),
    row("collect_concat", Op::FlatMap, FUNCTION_FIRST),
    row("filter_map", Op::Filter, &[Operand::Int(0), MAPPED]),
    row("select", Op::Filter, FUNCTION_FIRST),
    row("filter", Op::Filter, FUNCTION_FIRST),
    row("find_all", Op::Filter, FUNCTION_FIRST),
    row("keep_if", Op::Filter, FUNCTION_FIRST),
    row("reject", Op::Reject, FUNCTION_FIRST),
    row("delete_if", Op::Reject, FUNCTION_FIRST),
    row("take_while", Op::TakeWhile, FUNCTION_FIRST),
    row("drop_while", Op::DropWhile, FUNCTION_FIRST),
    row("each", Op::ForEach, FUNCTION_FIRST),
    row("each_char", Op::ForEach, &[Operand::Arg(0), Operand::Of(Op::Chars, THIS)]),
    row("each_with_index", Op::ForEach, &[Operand::Arg(0), Operand::Of(Op::Indexed, THIS)]),
    row("reverse_each", Op::ForEach, &[Operand::Arg(0), Operand::Of(Op::Reverse, THIS)]),
    row("times", Op::ForEach, &[Operand::Arg(0), Operand::Of(Op::Range, THIS)]),
    row("inject", Op::Reduce, &[Operand::Arg(0), Operand::This, Operand::Arg(1)]),
    row("reduce", Op::Reduce, &[Operand::Arg(0), Operand::This, Operand::Arg(1)]),
    row("sum", Op::Sum, &[MAPPED, Operand::Arg(1)]),
    row("sort_by", Op::Sorted, SORT_BY),
    row("sort", Op::Sorted, SORT_BY),
    row("sort!", Op::SortInPlace, SORT_BY),
    row("sort_by!", Op::SortInPlace, SORT_BY),
    row("min_by", Op::First, &[SORTED_BY]),
    row("max_by", Op::Last, &[SORTED_BY]),
    row("find", Op::First, &[KEPT]),
    row("detect", Op::First, &[KEPT]),
    row("count", Op::Length, &[KEPT]),
    row("any?", Op::Any, &[MAPPED]),
    row("all?", Op::All, &[MAPPED]),
    row("gsub", Op::ReplacePattern, &[Operand::This, Operand::Arg(1), Operand::Arg(0)]),
    row("sub", Op::ReplacePattern, &[Operand::This, Operand::Arg(1), Operand::Arg(0), Operand::Int(1)]),
    row("to_h", Op::NewMap, &[MAPPED]),
    row(
        "each_slice",
        Op::ForEach,
        &[Operand::Arg(0), Operand::Of(Op::Chunks, &[Operand::This, Operand::Arg(1)])],
    ),
    row("fetch", Op::Get, &[Operand::This, Operand::Arg(1)]),
    row("uniq", Op::Unique, THIS),
    row("transform_values", Op::MapValues, FUNCTION_FIRST),
    row("tap", Op::ForEach, &[Operand::Arg(0), Operand::Of(Op::ListOf, THIS)]),
    row("yield_self", Op::Apply, FUNCTION_FIRST),
];

/// Methods without a block.
pub(super) static METHODS: &[Row] = &[
    row("push", Op::Push, METHOD),
    row("append", Op::Push, METHOD),
    row("<<", Op::Push, METHOD),
    row("enq", Op::Push, METHOD),
    row("add", Op::Push, METHOD),
    row("write", Op::Push, METHOD),
    row("puts", Op::Push, &[Operand::This, Operand::Arg(0), Operand::Text("\n")]),
    row("print", Op::Push, METHOD),
    row("unshift", Op::Prepended, METHOD),
    row("prepend", Op::Prepended, METHOD),
    row("insert", Op::Insert, METHOD),
    row("concat", Op::Extend, METHOD),
    row_of("pop", 1, Op::Slice, &[Operand::This, Operand::Of(Op::Negated, FIRST)]),
    row("pop", Op::Pop, THIS),
    row("deq", Op::PopFront, THIS),
    row_of("shift", 1, Op::Splice, &[Operand::This, Operand::Int(0), Operand::Arg(0)]),
    row("shift", Op::PopFront, THIS),
    row("delete_at", Op::Pop, METHOD),
    row("delete", Op::TranslateSets, &[Operand::This, Operand::Arg(0), NUL]),
    row("slice!", Op::Splice, METHOD),
    row("clear", Op::Clear, THIS),
    row("replace", Op::Same, FIRST),
    row("reverse!", Op::ReverseInPlace, THIS),
    row("sort!", Op::SortInPlace, THIS),
    row("rotate", Op::Turned, METHOD),
    row("reverse", Op::Reverse, THIS),
    row("sort", Op::Sorted, THIS),
    row("shuffle", Op::Same, THIS),
    row("uniq", Op::Unique, THIS),
    row("compact", Op::Filter, &[Operand::Int(0), Operand::This]),
    row("flatten", Op::FlattenAll, THIS),
    row("transpose", Op::Transpose, THIS),
    row("zip", Op::ZipLongest, METHOD),
    row("each_slice", Op::Chunks, METHOD),
    row("each_with_index", Op::Indexed, THIS),
    row("with_index", Op::Indexed, METHOD),
    row("each_char", Op::Chars, THIS),
    row("chars", Op::Chars, THIS),
    row("bytes", Op::Codes, THIS),
    row("codepoints", Op::Ords, THIS),
    row("each_byte", Op::Codes, THIS),
    row("lines", Op::Lines, THIS),
    row("each_line", Op::Lines, THIS),
    row("times", Op::Range, THIS),
    row("upto", Op::RangeClosed, METHOD),
    row("downto", Op::RangeClosed, &[Operand::This, Operand::Arg(0), Operand::Int(-1)]),
    row_of("step", 1, Op::Slice, &[Operand::This, Operand::Int(0), Operand::Int(i64::MAX), Operand::Arg(0)]),
    row("step", Op::RangeClosed, METHOD),
    row("reverse_each", Op::Reverse, THIS),
    row("each", Op::Same, THIS),
    row("map", Op::Same, THIS),
    row("lazy", Op::Same, THIS),
    row("to_a", Op::NewList, THIS),
    row("entries", Op::NewList, THIS),
    row("force", Op::NewList, THIS),
    row("to_set", Op::NewSet, THIS),
    row("to_h", Op::NewMap, THIS),
    row("values_at", Op::Pick, METHOD),
    row_of("first", 1, Op::Take, METHOD),
    row("first", Op::First, THIS),
    row("take", Op::Take, METHOD),
    row_of("last", 1, Op::Slice, &[Operand::This, Operand::Of(Op::Negated, FIRST)]),
    row("last", Op::Last, THIS),
    row("peek", Op::First, THIS),
    row("drop", Op::Drop, METHOD),
    row("at", Op::Get, METHOD),
    row("[]", Op::Get, METHOD),
    row("dig", Op::Get, METHOD),
    row("fetch", Op::Get, METHOD),
    row("[]=", Op::Set, METHOD),
    row("store", Op::Set, METHOD),
    row_of("slice", 2, Op::Substr, METHOD),
    row("slice", Op::Get, METHOD),
    row("byteslice", Op::Substr, METHOD),
    row("length", Op::Length, THIS),
    row("size", Op::Length, THIS),
    row_of("count", 1, Op::Count, METHOD),
    row("count", Op::Length, THIS),
    row("empty?", Op::IsEmpty, THIS),
    row("any?", Op::Present, &[Operand::Of(Op::First, THIS)]),
    row("include?", Op::Contains, METHOD),
    row("member?", Op::Contains, METHOD),
    row("key?", Op::Contains, METHOD),
    row("has_key?", Op::Contains, METHOD),
    row("index", Op::IndexOf, METHOD),
    row("find_index", Op::IndexOf, METHOD),
    row("rindex", Op::LastIndexOf, METHOD),
    row("keys", Op::Keys, THIS),
    row("values", Op::Values, THIS),
    row("pairs", Op::Items, THIS),
    row("invert", Op::Inverted, THIS),
    row("merge", Op::Merged, METHOD),
    row("merge!", Op::Update, METHOD),
    row("update", Op::Update, METHOD),
    row("join", Op::Join, &[Operand::This, Operand::Arg(0)]),
    row("split", Op::Split, METHOD),
    row("format", Op::FormatPercent, METHOD),
    row("%", Op::FormatPercent, METHOD),
    row("+", Op::Chain, METHOD),
    row("upcase", Op::Upper, THIS),
    row("downcase", Op::Lower, THIS),
    row("capitalize", Op::Capitalize, THIS),
    row("swapcase", Op::SwapCase, THIS),
    row("strip", Op::Trim, THIS),
    row("lstrip", Op::TrimStart, THIS),
    row("rstrip", Op::TrimEnd, THIS),
    row_of("chomp", 1, Op::StripSuffix, METHOD),
    row("chomp", Op::StripSuffix, &[Operand::This, Operand::Text("\n")]),
    row("chop", Op::Slice, &[Operand::This, Operand::Int(0), Operand::Int(-1)]),
    row("chr", Op::Chr, THIS),
    row("ord", Op::Ord, THIS),
    row("succ", Op::Successor, THIS),
    row("next", Op::Next, THIS),
    row("delete_prefix", Op::StripPrefix, METHOD),
    row("delete_suffix", Op::StripSuffix, METHOD),
    row("rjust", Op::PadStart, METHOD),
    row("ljust", Op::PadEnd, METHOD),
    row("center", Op::Centered, METHOD),
    row("gsub", Op::Replace, METHOD),
    row("sub", Op::ReplaceFirst, METHOD),
    row("tr", Op::TranslateSets, METHOD),
    row("tr_s", Op::TranslateSets, METHOD),
    row("squeeze", Op::Squeezed, METHOD),
    row("start_with?", Op::StartsWith, METHOD),
    row("end_with?", Op::EndsWith, METHOD),
    row("match?", Op::Match, METHOD),
    row("match", Op::Match, METHOD),
    row("scan", Op::FindAll, METHOD),
    row("partition", Op::Split, METHOD),
    row("hex", Op::ToInt, &[Operand::This, Operand::Int(16)]),
    row("oct", Op::ToInt, &[Operand::This, Operand::Int(8)]),
    row("to_i", Op::ToInt, METHOD),
    row("to_f", Op::ToFloat, THIS),
    row_of("to_s", 1, Op::ToDigits, METHOD),
    row("to_s", Op::ToText, THIS),
    row("to_str", Op::ToText, THIS),
    row("to_sym", Op::Same, THIS),
    row("inspect", Op::ToText, THIS),
    row("string", Op::ToText, THIS),
    row("read", Op::ToText, THIS),
    row("freeze", Op::Same, THIS),
    row("dup", Op::CopiedPlain, THIS),
    row("clone", Op::CopiedPlain, THIS),
    row("itself", Op::Same, THIS),
    row("force_encoding", Op::Same, THIS),
    row("encode", Op::Same, THIS),
    row("unicode_normalize", Op::Same, THIS),
    row("b", Op::Same, THIS),
    row("scrub", Op::Same, THIS),
    row("html_safe", Op::Same, THIS),
    row("rewind", Op::Same, THIS),
    row("abs", Op::Abs, THIS),
    row("floor", Op::Floor, THIS),
    row("round", Op::Round, THIS),
    row("divmod", Op::DivMod, METHOD),
    row("pow", Op::Pow, METHOD),
    row("min", Op::Min, THIS),
    row("max", Op::Max, THIS),
    row("sum", Op::Sum, METHOD),
    row("even?", Op::Divides, &[Operand::This, Operand::Int(2)]),
    row("odd?", Op::Remainder, &[Operand::This, Operand::Int(2)]),
    row("zero?", Op::Divides, &[Operand::This, Operand::Int(0)]),
    row("nil?", Op::IsNull, THIS),
    row("ascii_only?", Op::ToBool, THIS),
];
