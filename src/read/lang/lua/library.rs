//! Names of functions and of texts' methods.

use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::METHOD;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::THIS;
use crate::read::lang::library::row;
use crate::read::lang::library::row_of;

/// What a table says joining it does.
pub(super) const CONCAT: &str = "__concat";

/// Functions by their full name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("print", Op::Print, ARGS),
    row("io.write", Op::Write, ARGS),
    row("tostring", Op::ToText, FIRST),
    row("tonumber", Op::ToInt, ARGS),
    row("assert", Op::Same, FIRST),
    row("load", Op::Eval, FIRST),
    row("loadstring", Op::Eval, FIRST),
    row("dofile", Op::Nothing, ARGS),
    row("os.execute", Op::Eval, FIRST),
    row("setmetatable", Op::SetParent, ARGS),
    row("rawget", Op::Get, ARGS),
    row("rawset", Op::Set, ARGS),
    row("rawlen", Op::Length, FIRST),
    row("next", Op::Next, FIRST),
    row("unpack", Op::Same, FIRST),
    row("table.unpack", Op::Same, FIRST),
    row("table.pack", Op::ListOf, ARGS),
    row_of("table.insert", 3, Op::Insert, ARGS),
    row("table.insert", Op::Push, ARGS),
    row_of("table.remove", 2, Op::Pop, ARGS),
    row("table.remove", Op::PopBack, FIRST),
    row_of("table.concat", 1, Op::Join, &[Operand::Arg(0), Operand::Text("")]),
    row("table.concat", Op::Join, ARGS),
    row("table.sort", Op::SortInPlace, ARGS),
    row("table.move", Op::Nothing, ARGS),
    row("string.char", Op::Chr, &[Operand::Of(Op::ListOf, ARGS)]),
    row("utf8.char", Op::Chr, &[Operand::Of(Op::ListOf, ARGS)]),
    row("string.format", Op::FormatPercent, ARGS),
    row("coroutine.wrap", Op::Apply, FIRST),
    row("coroutine.create", Op::Apply, FIRST),
    row("math.floor", Op::Floor, FIRST),
    row("math.ceil", Op::Round, FIRST),
    row("math.abs", Op::Abs, FIRST),
    row("math.max", Op::Max, ARGS),
    row("math.min", Op::Min, ARGS),
    row("math.tointeger", Op::ToInt, FIRST),
];

/// Methods of texts; functions of the module `string` are these too.
pub(super) static METHODS: &[Row] = &[
    row("upper", Op::Upper, THIS),
    row("lower", Op::Lower, THIS),
    row("reverse", Op::Reverse, THIS),
    row("len", Op::Length, THIS),
    row("rep", Op::Repeat, METHOD),
    row("byte", Op::Ord, THIS),
    row("codepoint", Op::Ord, THIS),
    row("format", Op::FormatPercent, METHOD),
    row("find", Op::IndexOf, METHOD),
    row("write", Op::Write, ARGS),
    row("lines", Op::Lines, THIS),
    row("read", Op::Same, THIS),
    row("close", Op::Nothing, &[]),
];
