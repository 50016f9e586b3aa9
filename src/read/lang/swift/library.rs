//! Names of functions and methods.

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

/// Functions and types by name.
pub(super) static FUNCTIONS: &[Row] = &[
    row("print", Op::Print, ARGS),
    row("debugPrint", Op::Print, ARGS),
    row_of("String", 0, Op::ToText, ARGS),
    row("String", Op::FromItems, FIRST),
    row("NSString", Op::ToText, FIRST),
    row("Substring", Op::ToText, FIRST),
    row("NSMutableString", Op::NewBuilder, FIRST),
    row("Character", Op::Chr, FIRST),
    row("UnicodeScalar", Op::Chr, FIRST),
    row("Int", Op::ToInt, FIRST),
    row("Int32", Op::ToInt, FIRST),
    row("UInt8", Op::ToInt, FIRST),
    row("UInt16", Op::ToInt, FIRST),
    row("UInt32", Op::ToInt, FIRST),
    row("Double", Op::ToFloat, FIRST),
    row("Array", Op::NewList, FIRST),
    row("ArraySlice", Op::NewList, FIRST),
    row("Set", Op::NewSet, FIRST),
    row("Dictionary", Op::NewMap, FIRST),
    row("Data", Op::Same, FIRST),
    row("zip", Op::Zip, ARGS),
    row("abs", Op::Abs, FIRST),
    row("min", Op::Min, ARGS),
    row("max", Op::Max, ARGS),
    row("repeatElement", Op::NewFilled, &[Operand::Arg(1), Operand::Arg(0)]),
    row("AnySequence", Op::Same, FIRST),
];

/// Methods by name.
pub(super) static METHODS: &[Row] = &[
    row("append", Op::Push, METHOD),
    row("removeFirst", Op::PopFront, THIS),
    row("popFirst", Op::PopFront, THIS),
    row("removeLast", Op::PopBack, THIS),
    row("popLast", Op::PopBack, THIS),
    row("removeAll", Op::Clear, THIS),
    row("removeValue", Op::Pop, METHOD),
    row("updateValue", Op::Set, &[Operand::This, Operand::Arg(1), Operand::Arg(0)]),
    row("insert", Op::Push, METHOD),
    row("reverse", Op::ReverseInPlace, THIS),
    row("reversed", Op::Reverse, THIS),
    row("joined", Op::Join, METHOD),
    row("split", Op::Split, &[Operand::This, Operand::Arg(0)]),
    row("enumerated", Op::Enumerate, THIS),
    row("reduce", Op::Reduce, &[Operand::Arg(1), Operand::This, Operand::Arg(0)]),
    row("prefix", Op::Take, METHOD),
    row("suffix", Op::TakeLast, METHOD),
    row_of("dropFirst", 0, Op::Drop, &[Operand::This, Operand::Int(1)]),
    row("dropFirst", Op::Drop, METHOD),
    row_of("dropLast", 0, Op::DropLast, &[Operand::This, Operand::Int(1)]),
    row("dropLast", Op::DropLast, METHOD),
    row("drop", Op::DropWhile, ONTO),
    row("contains", Op::Contains, METHOD),
    row("firstIndex", Op::IndexOf, METHOD),
    row("lastIndex", Op::LastIndexOf, METHOD),
    row("min", Op::Min, THIS),
    row("max", Op::Max, THIS),
    row("uppercased", Op::Upper, THIS),
    row("lowercased", Op::Lower, THIS),
    row("hasPrefix", Op::StartsWith, METHOD),
    row("hasSuffix", Op::EndsWith, METHOD),
    row("trimmingCharacters", Op::Trim, THIS),
    row("replacingOccurrences", Op::Replace, METHOD),
    row("compactMapValues", Op::Same, THIS),
    row("mapValues", Op::Same, THIS),
    row("data", Op::Same, THIS),
    row("base64EncodedString", Op::Encode(Codec::Base64), THIS),
    row("removingPercentEncoding", Op::Decode(Codec::Url), THIS),
    row("makeIterator", Op::NewList, THIS),
    row("next", Op::Next, THIS),
    row("async", Op::Apply, FIRST),
    row("sync", Op::Apply, FIRST),
    row(
        "isMultiple",
        Op::Contains,
        &[Operand::Of(Op::ListOf, &[Operand::Int(0)]), Operand::Of(Op::Remainder, METHOD)],
    ),
    row("wholeNumberValue", Op::ToInt, THIS),
    row("distance", Op::Last, ARGS),
    row("offsetBy", Op::Same, FIRST),
];
