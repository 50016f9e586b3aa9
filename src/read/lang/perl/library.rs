//! Names of functions, of the core and of modules that people use.

use crate::read::ir::Codec;
use crate::read::ir::Op;
use crate::read::lang::library::ARGS;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::row;

/// Functions by their last name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("lc", Op::Lower, FIRST),
    row("uc", Op::Upper, FIRST),
    row("fc", Op::Lower, FIRST),
    row("ucfirst", Op::UpperFirst, FIRST),
    row("lcfirst", Op::LowerFirst, FIRST),
    row("length", Op::Length, FIRST),
    row("chr", Op::Chr, FIRST),
    row("ord", Op::Ord, FIRST),
    row("abs", Op::Abs, FIRST),
    row("int", Op::ToInt, FIRST),
    row("hex", Op::ToInt, &[Operand::Arg(0), Operand::Int(16)]),
    row("oct", Op::ToInt, FIRST),
    row("substr", Op::Substr, ARGS),
    row("index", Op::IndexOf, ARGS),
    row("rindex", Op::LastIndexOf, ARGS),
    row("quotemeta", Op::Same, FIRST),
    row("system", Op::Eval, FIRST),
    row("exec", Op::Eval, FIRST),
    row("decode_base64", Op::Decode(Codec::Base64), FIRST),
    row("encode_base64", Op::Encode(Codec::Base64), FIRST),
    row("uri_unescape", Op::Decode(Codec::Url), FIRST),
    row("uri_decode", Op::Decode(Codec::Url), FIRST),
    row("decode_entities", Op::Decode(Codec::Html), FIRST),
    row("decode_json", Op::Decode(Codec::Json), FIRST),
    row("from_json", Op::Decode(Codec::Json), FIRST),
    row("uncompress", Op::Decode(Codec::Deflate), FIRST),
    row("memGunzip", Op::Decode(Codec::Deflate), FIRST),
    row("decode", Op::Same, &[Operand::Arg(1)]),
    row("encode", Op::Same, &[Operand::Arg(1)]),
    row("decode_utf8", Op::Same, FIRST),
    row("encode_utf8", Op::Same, FIRST),
    row("sum", Op::Sum, &[Operand::Of(Op::ListOf, ARGS)]),
    row("sum0", Op::Sum, &[Operand::Of(Op::ListOf, ARGS)]),
    row("max", Op::Max, ARGS),
    row("min", Op::Min, ARGS),
    row("uniq", Op::Unique, &[Operand::Of(Op::ListOf, ARGS)]),
    row("shuffle", Op::ListOf, ARGS),
    row("sqrt", Op::Same, FIRST),
];
