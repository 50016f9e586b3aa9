//! Names of builtins, package functions and methods.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::METHOD;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::THIS;
use crate::read::lang::library::row;

/// A format and its values. The values are one list: each stands for itself, even a slice.
const PRINTED: &[Operand] = &[Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])];
/// The same behind a writer.
const WRITTEN: Operand =
    Operand::Of(Op::FormatPercent, &[Operand::Arg(1), Operand::Of(Op::ListOf, &[Operand::Rest(2)])]);
/// All arguments with blanks between.
const SPACED: &[Operand] = &[Operand::Of(Op::ListOf, ARGS), Operand::Text(" ")];
/// The same behind a writer.
const SPACED_REST: Operand =
    Operand::Of(Op::Join, &[Operand::Of(Op::ListOf, &[Operand::Rest(1)]), Operand::Text(" ")]);

/// Functions by their full name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("append", Op::Appended, ARGS),
    row("len", Op::Length, FIRST),
    row("cap", Op::Length, FIRST),
    row("close", Op::Nothing, ARGS),
    row("delete", Op::Delete, ARGS),
    row("print", Op::Write, ARGS),
    row("println", Op::Print, ARGS),
    row("string", Op::Chr, FIRST),
    row("int", Op::ToInt, FIRST),
    row("byte", Op::Same, FIRST),
    row("rune", Op::Same, FIRST),
    row("min", Op::Min, ARGS),
    row("max", Op::Max, ARGS),
    row("strings.Join", Op::Join, ARGS),
    row("strings.Split", Op::Split, ARGS),
    row("strings.Fields", Op::Split, FIRST),
    row("strings.Repeat", Op::Repeat, ARGS),
    row("strings.Replace", Op::Replace, ARGS),
    row("strings.ReplaceAll", Op::Replace, ARGS),
    row("strings.NewReplacer", Op::ListOf, ARGS),
    row("strings.NewReader", Op::Same, FIRST),
    row("strings.TrimSpace", Op::Trim, FIRST),
    row("strings.Trim", Op::Trim, ARGS),
    row("strings.TrimLeft", Op::TrimStart, ARGS),
    row("strings.TrimRight", Op::TrimEnd, ARGS),
    row("strings.TrimPrefix", Op::StripPrefix, ARGS),
    row("strings.TrimSuffix", Op::StripSuffix, ARGS),
    row("strings.ToUpper", Op::Upper, FIRST),
    row("strings.ToLower", Op::Lower, FIRST),
    row("strings.Title", Op::Title, FIRST),
    row("strings.Contains", Op::Contains, ARGS),
    row("strings.HasPrefix", Op::StartsWith, ARGS),
    row("strings.HasSuffix", Op::EndsWith, ARGS),
    row("strings.Index", Op::IndexOf, ARGS),
    row("strings.LastIndex", Op::LastIndexOf, ARGS),
    row("strings.Count", Op::Count, ARGS),
    row("strings.Map", Op::Chr, &[Operand::Of(Op::Map, ARGS)]),
    row("strings.TrimFunc", Op::Trim, FIRST),
    row("strings.FieldsFunc", Op::Filter, &[Operand::Int(0), Operand::Of(Op::Split, ARGS)]),
    row("strings.SplitAfter", Op::Split, ARGS),
    row("strings.EqualFold", Op::Same, FIRST),
    row("strings.ContainsRune", Op::Contains, ARGS),
    row("strings.IndexByte", Op::IndexOf, ARGS),
    row("strings.IndexRune", Op::IndexOf, ARGS),
    row("strings.ToTitle", Op::Upper, FIRST),
    row("bytes.Repeat", Op::Repeat, ARGS),
    row("bytes.ToUpper", Op::Upper, FIRST),
    row("bytes.ToLower", Op::Lower, FIRST),
    row("bytes.TrimSpace", Op::Trim, FIRST),
    row("bytes.ReplaceAll", Op::Replace, ARGS),
    row("bufio.NewScanner", Op::Same, FIRST),
    row("bufio.NewReader", Op::Same, FIRST),
    row("bytes.Join", Op::Join, ARGS),
    row("bytes.NewBufferString", Op::NewBuilder, FIRST),
    row("bytes.NewBuffer", Op::NewBuilder, FIRST),
    row("fmt.Sprintf", Op::FormatPercent, PRINTED),
    row("fmt.Printf", Op::Write, &[Operand::Of(Op::FormatPercent, PRINTED)]),
    row("fmt.Errorf", Op::FormatPercent, PRINTED),
    row("fmt.Sprint", Op::ToText, ARGS),
    row("fmt.Sprintln", Op::Join, SPACED),
    row("fmt.Print", Op::Write, ARGS),
    row("fmt.Println", Op::Print, ARGS),
    row("fmt.Fprint", Op::Push, ARGS),
    row("fmt.Fprintln", Op::Push, &[Operand::Arg(0), SPACED_REST, Operand::Text("\n")]),
    row("fmt.Fprintf", Op::Push, &[Operand::Arg(0), WRITTEN]),
    row("io.WriteString", Op::Push, ARGS),
    row("strconv.Itoa", Op::ToText, FIRST),
    row("strconv.Atoi", Op::ToInt, FIRST),
    row("strconv.ParseInt", Op::ToInt, ARGS),
    row("strconv.FormatInt", Op::ToDigits, ARGS),
    row("strconv.Quote", Op::FormatPercent, &[Operand::Text("%q"), Operand::Arg(0)]),
    row(
        "strconv.Unquote",
        Op::Decode(Codec::Escape),
        &[Operand::Of(Op::Trim, &[Operand::Arg(0), Operand::Text("\"`'")])],
    ),
    row("sort.Strings", Op::SortInPlace, FIRST),
    row("sort.Ints", Op::SortInPlace, FIRST),
    row("slices.Reverse", Op::ReverseInPlace, FIRST),
    row("slices.Sort", Op::SortInPlace, FIRST),
    row("slices.SortFunc", Op::SortInPlace, ARGS),
    row("slices.SortStableFunc", Op::SortInPlace, ARGS),
    row("slices.Insert", Op::Insert, ARGS),
    row("slices.Index", Op::IndexOf, ARGS),
    row("slices.Sorted", Op::Sorted, FIRST),
    row("slices.Collect", Op::Same, FIRST),
    row("slices.Clone", Op::NewList, FIRST),
    row("slices.Concat", Op::Chain, ARGS),
    row("slices.Repeat", Op::Repeat, ARGS),
    row("slices.Values", Op::Same, FIRST),
    row("slices.Backward", Op::Reverse, FIRST),
    row("maps.Keys", Op::Keys, FIRST),
    row("maps.Values", Op::Values, FIRST),
    row("slices.Contains", Op::Contains, ARGS),
    row("hex.DecodeString", Op::Decode(Codec::Hex), FIRST),
    row("hex.EncodeToString", Op::Encode(Codec::Hex), FIRST),
    row("url.QueryUnescape", Op::Decode(Codec::Url), FIRST),
    row("url.PathUnescape", Op::Decode(Codec::Url), FIRST),
    row("html.UnescapeString", Op::Decode(Codec::Html), FIRST),
    row("list.New", Op::NewList, &[]),
    row("utf8.RuneCountInString", Op::Length, FIRST),
    row("unicode.ToUpper", Op::Upper, FIRST),
    row("unicode.ToLower", Op::Lower, FIRST),
    row("errors.New", Op::Same, FIRST),
];

/// Methods by name.
pub(super) static METHODS: &[Row] = &[
    row("base32.StdEncoding.DecodeString", Op::Decode(Codec::Base32), FIRST),
    row("DecodeString", Op::Decode(Codec::Base64), FIRST),
    row("EncodeToString", Op::Encode(Codec::Base64), FIRST),
    row("WriteString", Op::Push, METHOD),
    row("WriteByte", Op::Push, METHOD),
    row("WriteRune", Op::Push, METHOD),
    row("Write", Op::Push, &[Operand::This, Operand::Of(Op::ToText, FIRST)]),
    row("String", Op::ToText, THIS),
    row("Len", Op::Length, THIS),
    row("Reset", Op::Clear, THIS),
    row("PushBack", Op::Push, METHOD),
    row("PushFront", Op::PushFront, METHOD),
    row("Front", Op::First, THIS),
    row("Back", Op::Last, THIS),
    row("Remove", Op::Remove, METHOD),
    row("Init", Op::Clear, THIS),
    row("Bytes", Op::ToText, THIS),
    row("SetString", Op::ToInt, ARGS),
];
