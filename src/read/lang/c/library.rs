//! Names of types and functions.

use crate::read::ir::Op;
use crate::read::lang::library::FIRST;
use crate::read::lang::library::Operand;
use crate::read::lang::library::Row;
use crate::read::lang::library::row;

/// Whether a type is a character.
pub(super) fn is_character(kind: &str) -> bool {
    matches!(
        kind,
        "char" | "unsigned char" | "signed char" | "uint8_t" | "int8_t" | "wchar_t" | "BYTE" | "u8"
    )
}

/// Whether a type is a number.
pub(super) fn is_number(kind: &str) -> bool {
    let known =
        ["int", "long", "short", "unsigned", "signed", "size_t", "ssize_t", "char", "bool", "_Bool", "float"];
    kind.split(' ')
        .all(|word| known.contains(&word) || word == "double" || word.ends_with("_t") && word.contains("int"))
        && !kind.is_empty()
}

/// The bits that an unsigned type keeps.
pub(super) fn mask(kind: &str) -> Option<i64> {
    Some(match kind {
        "unsigned char" | "uint8_t" | "BYTE" | "u8" => 0xff,
        "unsigned short" | "uint16_t" | "unsigned short int" => 0xffff,
        "unsigned" | "unsigned int" | "uint32_t" | "u32" => 0xffff_ffff,
        _ => return None,
    })
}

/// A format and its values. The values are one list: each stands for itself, even a container.
const PRINTED: Operand =
    Operand::Of(Op::FormatPercent, &[Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])]);
/// The same behind a stream.
const STREAMED: Operand =
    Operand::Of(Op::FormatPercent, &[Operand::Arg(1), Operand::Of(Op::ListOf, &[Operand::Rest(2)])]);
const CHARACTER: Operand = Operand::Of(Op::Chr, FIRST);
const CHARACTER_ONLY: &[Operand] = &[CHARACTER];
const BOTH: &[Operand] = &[Operand::Arg(0), Operand::Arg(1)];
const BOTH_LOWER: &[Operand] =
    &[Operand::Of(Op::Lower, &[Operand::Arg(0)]), Operand::Of(Op::Lower, &[Operand::Arg(1)])];
const BOTH_TAKEN: &[Operand] = &[
    Operand::Of(Op::Take, &[Operand::Arg(0), Operand::Arg(2)]),
    Operand::Of(Op::Take, &[Operand::Arg(1), Operand::Arg(2)]),
];

/// Functions.
pub(super) static FUNCTIONS: &[Row] = &[
    row("printf", Op::Write, &[PRINTED]),
    row("wprintf", Op::Write, &[PRINTED]),
    row("fprintf", Op::Write, &[STREAMED]),
    row("dprintf", Op::Write, &[STREAMED]),
    row("puts", Op::Print, FIRST),
    row("putchar", Op::Write, CHARACTER_ONLY),
    row("putchar_unlocked", Op::Write, CHARACTER_ONLY),
    row("putc", Op::Write, CHARACTER_ONLY),
    row("fputc", Op::Write, CHARACTER_ONLY),
    row("putwchar", Op::Write, CHARACTER_ONLY),
    row("fputs", Op::Write, FIRST),
    row("fwrite", Op::Write, &[Operand::Of(Op::Take, &[Operand::Arg(0), FWRITTEN])]),
    row("write", Op::Write, &[Operand::Of(Op::Take, &[Operand::Arg(1), Operand::Arg(2)])]),
    row("strlen", Op::Length, FIRST),
    row("wcslen", Op::Length, FIRST),
    row("strnlen", Op::Length, FIRST),
    row("strcmp", Op::Compare, BOTH),
    row("strcoll", Op::Compare, BOTH),
    row("strcasecmp", Op::Compare, BOTH_LOWER),
    row("stricmp", Op::Compare, BOTH_LOWER),
    row("strncmp", Op::Compare, BOTH_TAKEN),
    row("memcmp", Op::Compare, BOTH_TAKEN),
    row("strdup", Op::NewBuffer, FIRST),
    row("strndup", Op::NewBuffer, &[Operand::Of(Op::Take, BOTH)]),
    row("strrev", Op::ReverseInPlace, FIRST),
    row("toupper", Op::Ord, &[Operand::Of(Op::Upper, CHARACTER_ONLY)]),
    row("tolower", Op::Ord, &[Operand::Of(Op::Lower, CHARACTER_ONLY)]),
    row("isalpha", Op::IsAlpha, CHARACTER_ONLY),
    row("isdigit", Op::IsDigit, CHARACTER_ONLY),
    row("isalnum", Op::IsAlnum, CHARACTER_ONLY),
    row("isspace", Op::IsSpace, CHARACTER_ONLY),
    row("isupper", Op::IsUpper, CHARACTER_ONLY),
    row("islower", Op::IsLower, CHARACTER_ONLY),
    row("atoi", Op::ToInt, FIRST),
    row("atol", Op::ToInt, FIRST),
    row("strtol", Op::ToInt, &[Operand::Arg(0), Operand::Arg(2)]),
    row("strtoul", Op::ToInt, &[Operand::Arg(0), Operand::Arg(2)]),
    row("atof", Op::ToFloat, FIRST),
    row("abs", Op::Abs, FIRST),
    row("labs", Op::Abs, FIRST),
    row("floor", Op::Floor, FIRST),
];

const FWRITTEN: Operand = Operand::Of(Op::Max, &[Operand::Arg(1), Operand::Arg(2)]);
