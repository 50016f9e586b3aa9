//! Names of functions.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::row;

/// A position counts from one.
const FROM_ONE: Operand = Operand::Of(Op::Lesser, &[Operand::Arg(1)]);
const CUT: &[Operand] = &[Operand::Arg(0), FROM_ONE, Operand::Arg(2)];
const LAST: &[Operand] = &[Operand::Arg(0), Operand::Of(Op::Negated, &[Operand::Arg(1)])];

/// `json_extract(text, '$.name')`
const MEMBER: &[Operand] = &[
    Operand::Of(Op::Decode(Codec::Json), FIRST),
    Operand::Of(Op::StripPrefix, &[Operand::Arg(1), Operand::Text("$.")]),
];

/// Functions.
pub(super) static FUNCTIONS: &[Row] = &[
    row("concat", Op::ToText, ARGS),
    row("reverse", Op::Reverse, FIRST),
    row("upper", Op::Upper, FIRST),
    row("ucase", Op::Upper, FIRST),
    row("lower", Op::Lower, FIRST),
    row("lcase", Op::Lower, FIRST),
    row("initcap", Op::Title, FIRST),
    row("char", Op::Chr, ARGS),
    row("chr", Op::Chr, ARGS),
    row("nchar", Op::Chr, ARGS),
    row("unichar", Op::Chr, ARGS),
    row("ascii", Op::Ord, FIRST),
    row("unicode", Op::Ord, FIRST),
    row("ord", Op::Ord, FIRST),
    row("substring", Op::Substr, CUT),
    row("substr", Op::Substr, CUT),
    row("mid", Op::Substr, CUT),
    row("left", Op::Take, ARGS),
    row("right", Op::Drop, LAST),
    row("replace", Op::Replace, ARGS),
    row(
        "translate",
        Op::Translate,
        &[Operand::Arg(0), Operand::Of(Op::MakeTable, &[Operand::Arg(1), Operand::Arg(2)])],
    ),
    row("trim", Op::Trim, ARGS),
    row("ltrim", Op::TrimStart, ARGS),
    row("rtrim", Op::TrimEnd, ARGS),
    row("lpad", Op::PadStart, ARGS),
    row("rpad", Op::PadEnd, ARGS),
    row("repeat", Op::Repeat, ARGS),
    row("replicate", Op::Repeat, ARGS),
    row("space", Op::Repeat, &[Operand::Text(" "), Operand::Arg(0)]),
    row("length", Op::Length, FIRST),
    row("len", Op::Length, FIRST),
    row("char_length", Op::Length, FIRST),
    row("instr", Op::IndexOf, ARGS),
    row("charindex", Op::IndexOf, &[Operand::Arg(1), Operand::Arg(0)]),
    row("coalesce", Op::Same, FIRST),
    row("ifnull", Op::Same, FIRST),
    row("isnull", Op::Same, FIRST),
    row("printf", Op::FormatPercent, &[Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])]),
    row("format", Op::FormatPercent, &[Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])]),
    row("unhex", Op::Decode(Codec::Hex), FIRST),
    row("from_base64", Op::Decode(Codec::Base64), FIRST),
    row("decode", Op::Decode(Codec::Base64), FIRST),
    row(
        "split_part",
        Op::Get,
        &[Operand::Of(Op::Split, &[Operand::Arg(0), Operand::Arg(1)]), Operand::Arg(2)],
    ),
    row("string_split", Op::Split, ARGS),
    row("string_to_array", Op::Split, ARGS),
    row("array_to_string", Op::Join, ARGS),
    row("json_extract", Op::Get, MEMBER),
    row("json_value", Op::Get, MEMBER),
    row("json_extract_path_text", Op::Get, MEMBER),
    row("abs", Op::Abs, FIRST),
    row("round", Op::Round, FIRST),
    row("max", Op::Max, ARGS),
    row("min", Op::Min, ARGS),
    row("hex", Op::Encode(Codec::Hex), FIRST),
];
