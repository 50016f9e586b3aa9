//! Names of methods and static members, in lower case.

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

/// Switches that take no value.
pub(super) const SWITCHES: &[&str] = &[
    "nonewline",
    "descending",
    "unique",
    "force",
    "passthru",
    "join",
    "split",
    "typename",
    "process",
    "filterscript",
    "object",
    "message",
    "inputobject",
    "command",
    "property",
];

/// Methods.
pub(super) static METHODS: &[Row] = &[
    row_of("add", 2, Op::Set, METHOD),
    row("add", Op::Push, METHOD),
    row("push", Op::Push, METHOD),
    row("enqueue", Op::Push, METHOD),
    row("append", Op::Push, METHOD),
    row("addlast", Op::Push, METHOD),
    row("appendline", Op::Push, &[Operand::This, Operand::Arg(0), Operand::Text("\n")]),
    row("appendformat", Op::Push, &[Operand::This, Operand::Of(Op::FormatBrace, ARGS)]),
    row("addrange", Op::Extend, METHOD),
    row("addfirst", Op::Prepended, METHOD),
    row("insert", Op::Insert, METHOD),
    row("pop", Op::Pop, THIS),
    row("dequeue", Op::PopFront, THIS),
    row("peek", Op::Peek, THIS),
    row("removeat", Op::Delete, METHOD),
    row_of("remove", 1, Op::Remove, METHOD),
    row("clear", Op::Clear, THIS),
    row("reverse", Op::ReverseInPlace, THIS),
    row("sort", Op::SortInPlace, THIS),
    row("toarray", Op::NewList, THIS),
    row("tochararray", Op::Chars, THIS),
    row("tostring", Op::ToText, THIS),
    row("toupper", Op::Upper, THIS),
    row("toupperinvariant", Op::Upper, THIS),
    row("tolower", Op::Lower, THIS),
    row("trim", Op::Trim, METHOD),
    row("trimstart", Op::TrimStart, METHOD),
    row("trimend", Op::TrimEnd, METHOD),
    row("replace", Op::Replace, METHOD),
    row("substring", Op::Substr, METHOD),
    row("split", Op::Split, METHOD),
    row("padleft", Op::PadStart, METHOD),
    row("padright", Op::PadEnd, METHOD),
    row("contains", Op::Contains, METHOD),
    row("containskey", Op::Contains, METHOD),
    row("startswith", Op::StartsWith, METHOD),
    row("endswith", Op::EndsWith, METHOD),
    row("indexof", Op::IndexOf, METHOD),
    row("invoke", Op::Apply, METHOD),
    row("getenumerator", Op::Items, THIS),
    row("foreach", Op::Map, &[Operand::Arg(0), Operand::This]),
    row("where", Op::Filter, &[Operand::Arg(0), Operand::This]),
];

const REST: Operand = Operand::Rest(1);

/// Static members.
pub(super) static STATIC: &[Row] = &[
    row_of("string::join", 2, Op::Join, &[Operand::Of(Op::AsList, &[Operand::Arg(1)]), Operand::Arg(0)]),
    row("string::join", Op::Join, &[Operand::Of(Op::ListOf, &[REST]), Operand::Arg(0)]),
    row("string::concat", Op::ToText, ARGS),
    row("string::format", Op::FormatBrace, ARGS),
    row("string::new", Op::ToText, ARGS),
    row("array::reverse", Op::ReverseInPlace, FIRST),
    row("array::sort", Op::SortInPlace, FIRST),
    row("convert::frombase64string", Op::Decode(Codec::Base64), FIRST),
    row("convert::tobase64string", Op::Encode(Codec::Base64), FIRST),
    row("convert::fromhexstring", Op::Decode(Codec::Hex), FIRST),
    row("convert::toint32", Op::ToInt, ARGS),
    row("convert::tobyte", Op::ToInt, ARGS),
    row("convert::tochar", Op::Chr, FIRST),
    row("char::convertfromutf32", Op::Chr, FIRST),
    row("uri::unescapedatastring", Op::Decode(Codec::Url), FIRST),
    row("webutility::urldecode", Op::Decode(Codec::Url), FIRST),
    row("httputility::urldecode", Op::Decode(Codec::Url), FIRST),
    row("webutility::htmldecode", Op::Decode(Codec::Html), FIRST),
    row("httputility::htmldecode", Op::Decode(Codec::Html), FIRST),
    row("regex::replace", Op::ReplacePattern, ARGS),
    row("regex::split", Op::SplitPattern, ARGS),
    row("regex::matches", Op::FindAll, ARGS),
    row("regex::unescape", Op::Decode(Codec::Escape), FIRST),
    row("math::abs", Op::Abs, FIRST),
    row("math::floor", Op::Floor, FIRST),
    row("math::max", Op::Max, ARGS),
    row("math::min", Op::Min, ARGS),
    row("console::writeline", Op::Print, ARGS),
    row("console::write", Op::Write, ARGS),
    row("scriptblock::create", Op::Eval, FIRST),
    row("enumerable::reverse", Op::Reverse, FIRST),
];
