//! Names of builtins, of the standard library's functions, and of methods.

use crate::read::ir::BinaryOp;
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

/// Modules whose functions are known by their last name.
pub(super) const MODULES: &[&str] = &[
    "base64",
    "binascii",
    "builtins",
    "codecs",
    "collections",
    "copy",
    "functools",
    "heapq",
    "html",
    "io",
    "itertools",
    "json",
    "math",
    "operator",
    "queue",
    "re",
    "string",
    "textwrap",
    "urllib",
    "urllib.parse",
    "zlib",
    "gzip",
    "ast",
    "np",
    "numpy",
    "bisect",
    "dataclasses",
];

/// Types whose methods may be called with the receiver as first argument.
pub(super) const TYPES: &[&str] =
    &["str", "bytes", "bytearray", "list", "dict", "set", "deque", "collections.deque"];

/// Texts that the library names.
pub(super) fn constant(name: &str) -> Option<&'static str> {
    Some(match name {
        "string.ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "string.ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.digits" => "0123456789",
        "string.hexdigits" => "0123456789abcdefABCDEF",
        "string.punctuation" => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "string.whitespace" => " \t\n\r",
        _ => return None,
    })
}

/// What `print` calls its keywords, and what [`Op::Print`] does.
pub(super) fn keyword(name: &str) -> &str {
    if name == "sep" { "separator" } else { name }
}

/// Whether a function's first argument is a function, and how many parameters the functions given to it have.
pub(super) fn takes_function(name: &str) -> (bool, usize) {
    match name {
        "reduce" => (true, 2),
        "map" | "filter" | "takewhile" | "dropwhile" | "filterfalse" => (true, 1),
        _ => (false, 1),
    }
}

/// Functions of the module `operator` that are operators.
pub(super) fn operator(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "add" | "concat" | "iadd" | "iconcat" | "__add__" => BinaryOp::Add,
        "sub" => BinaryOp::Sub,
        "mul" => BinaryOp::Mul,
        "mod" => BinaryOp::Mod,
        "xor" => BinaryOp::BitXor,
        "and_" => BinaryOp::BitAnd,
        "or_" => BinaryOp::BitOr,
        "eq" => BinaryOp::Eq,
        "ne" => BinaryOp::Ne,
        "lt" => BinaryOp::Lt,
        "gt" => BinaryOp::Gt,
        _ => return None,
    })
}

/// What is before a separator, the separator, and what is behind it: split at marks that no program writes.
const PARTS: &[Operand] = &[
    Operand::Of(Op::Replace, &[Operand::This, Operand::Arg(0), MARKED, Operand::Int(1)]),
    Operand::Text("\u{1}"),
];
const MARKED: Operand =
    Operand::Of(Op::ToText, &[Operand::Text("\u{1}"), Operand::Arg(0), Operand::Text("\u{1}")]);
const SORTED_FIRST: Operand = Operand::Of(Op::SortInPlace, FIRST);
const KEY_REVERSE: &[Operand] = &[Operand::Arg(0), Operand::Key("key"), Operand::Key("reverse")];
const THIS_KEY_REVERSE: &[Operand] = &[Operand::This, Operand::Key("key"), Operand::Key("reverse")];
const START: &[Operand] = &[Operand::Arg(0), Operand::Either("start", 1)];
const SPLIT: &[Operand] = &[Operand::This, Operand::Either("separator", 0), Operand::Either("maxsplit", 1)];
const RE_SUB: &[Operand] = &[Operand::Arg(2), Operand::Arg(0), Operand::Arg(1)];

/// Functions, by their last name, or with the module where another function has the same.
pub(super) static FUNCTIONS: &[Row] = &[
    row("abs", Op::Abs, FIRST),
    row("all", Op::All, FIRST),
    row("any", Op::Any, FIRST),
    row("bool", Op::ToBool, FIRST),
    row("bytes", Op::Same, FIRST),
    row("chr", Op::Chr, FIRST),
    row("unichr", Op::Chr, FIRST),
    row("dict", Op::NewMap, ARGS),
    row("TopologicalSorter", Op::NewMap, ARGS),
    row("divmod", Op::DivMod, ARGS),
    row("enumerate", Op::Enumerate, START),
    row("eval", Op::Eval, FIRST),
    row("exec", Op::Eval, FIRST),
    row("compile", Op::Same, FIRST),
    row("literal_eval", Op::Decode(Codec::Json), FIRST),
    row("filter", Op::Filter, ARGS),
    row("float", Op::ToFloat, FIRST),
    row("format", Op::ToText, FIRST),
    row("frozenset", Op::NewSet, FIRST),
    row("hex", Op::ToDigits, &[Operand::Arg(0), Operand::Int(16)]),
    row("int", Op::ToInt, &[Operand::Arg(0), Operand::Either("base", 1)]),
    row("iter", Op::Same, FIRST),
    row("len", Op::Length, FIRST),
    row("list", Op::NewList, FIRST),
    row("map", Op::Map, ARGS),
    row("max", Op::Max, ARGS),
    row("min", Op::Min, ARGS),
    row("next", Op::Next, FIRST),
    row("ord", Op::Ord, FIRST),
    row("pow", Op::Pow, ARGS),
    row("ChainMap", Op::Merged, ARGS),
    row("print", Op::Print, ARGS),
    row("pprint", Op::Print, ARGS),
    row("range", Op::Range, ARGS),
    row("xrange", Op::Range, ARGS),
    row("repr", Op::ToText, FIRST),
    row("reversed", Op::Reverse, FIRST),
    row("round", Op::Round, FIRST),
    row("set", Op::NewSet, FIRST),
    row("sorted", Op::Sorted, KEY_REVERSE),
    row("str", Op::ToText, FIRST),
    row("unicode", Op::ToText, FIRST),
    row("sum", Op::Sum, START),
    row("tuple", Op::NewList, FIRST),
    row("zip", Op::Zip, ARGS),
    row("display", Op::Print, ARGS),
    // collections, queue, heapq, io, copy
    row("deque", Op::NewList, FIRST),
    row("OrderedDict", Op::NewMap, FIRST),
    row("defaultdict", Op::NewMap, &[Operand::Arg(1)]),
    row("Queue", Op::NewQueue, &[]),
    row("SimpleQueue", Op::NewQueue, &[]),
    row("LifoQueue", Op::NewStack, &[]),
    row("PriorityQueue", Op::NewMinHeap, &[]),
    row("heapify", Op::SortInPlace, FIRST),
    row("heappush", Op::Push, ARGS),
    row("heappop", Op::PopFront, &[SORTED_FIRST]),
    row("heappushpop", Op::PopFront, &[Operand::Of(Op::SortInPlace, &[Operand::Of(Op::Push, ARGS)])]),
    row("nsmallest", Op::Take, &[Operand::Of(Op::Sorted, &[Operand::Arg(1)]), Operand::Arg(0)]),
    row(
        "nlargest",
        Op::Take,
        &[Operand::Of(Op::Reverse, &[Operand::Of(Op::Sorted, &[Operand::Arg(1)])]), Operand::Arg(0)],
    ),
    row("heapq.merge", Op::Sorted, &[Operand::Of(Op::Chain, ARGS)]),
    row("insort", Op::SortInPlace, &[Operand::Of(Op::Push, ARGS)]),
    row("Counter", Op::Unique, FIRST),
    row("StringIO", Op::NewBuilder, FIRST),
    row("BytesIO", Op::NewBuilder, FIRST),
    row("deepcopy", Op::Copied, FIRST),
    row("copy.copy", Op::Copied, FIRST),
    // functools, itertools, operator
    row("reduce", Op::Reduce, ARGS),
    row("accumulate", Op::Scan, &[Operand::Arg(1), Operand::Arg(0), Operand::Key("initial")]),
    row("groupby", Op::GroupRuns, &[Operand::Arg(0), Operand::Either("key", 1)]),
    row("pairwise", Op::Windows, &[Operand::Arg(0), Operand::Int(2)]),
    row("chain", Op::Chain, ARGS),
    row("chain.from_iterable", Op::Flatten, FIRST),
    row("itertools.chain.from_iterable", Op::Flatten, FIRST),
    row("zip_longest", Op::ZipLongest, ARGS),
    row_of("islice", 2, Op::Take, ARGS),
    row("islice", Op::Slice, ARGS),
    row("cycle", Op::Cycle, FIRST),
    row_of("repeat", 2, Op::NewFilled, &[Operand::Arg(1), Operand::Arg(0)]),
    row("batched", Op::Chunks, ARGS),
    row_of("repeat", 1, Op::Cycle, &[Operand::Of(Op::ListOf, FIRST)]),
    row("takewhile", Op::TakeWhile, ARGS),
    row("dropwhile", Op::DropWhile, ARGS),
    row("struct.pack", Op::ListOf, &[Operand::Rest(1)]),
    row("setattr", Op::Set, ARGS),
    row("getattr", Op::Get, ARGS),
    row("hasattr", Op::Contains, ARGS),
    row("vars", Op::Same, FIRST),
    row("isinstance", Op::IsA, ARGS),
    row("asyncio.run", Op::Same, FIRST),
    row("asyncio.gather", Op::ListOf, ARGS),
    row("bytearray", Op::NewList, FIRST),
    // codecs
    row("b64decode", Op::Decode(Codec::Base64), FIRST),
    row("standard_b64decode", Op::Decode(Codec::Base64), FIRST),
    row("urlsafe_b64decode", Op::Decode(Codec::Base64), FIRST),
    row("decodebytes", Op::Decode(Codec::Base64), FIRST),
    row("a2b_base64", Op::Decode(Codec::Base64), FIRST),
    row("b32decode", Op::Decode(Codec::Base32), FIRST),
    row("b16decode", Op::Decode(Codec::Hex), FIRST),
    row("b85decode", Op::Decode(Codec::Base85), FIRST),
    row("a85decode", Op::Decode(Codec::Base85), FIRST),
    row("unhexlify", Op::Decode(Codec::Hex), FIRST),
    row("a2b_hex", Op::Decode(Codec::Hex), FIRST),
    row("bytes.fromhex", Op::Decode(Codec::Hex), FIRST),
    row("bytearray.fromhex", Op::Decode(Codec::Hex), FIRST),
    row("b64encode", Op::Encode(Codec::Base64), FIRST),
    row("urlsafe_b64encode", Op::Encode(Codec::Base64), FIRST),
    row("b32encode", Op::Encode(Codec::Base32), FIRST),
    row("b16encode", Op::Encode(Codec::Hex), FIRST),
    row("hexlify", Op::Encode(Codec::Hex), FIRST),
    row("unquote", Op::Decode(Codec::Url), FIRST),
    row("unquote_plus", Op::Decode(Codec::Url), FIRST),
    row("quote", Op::Encode(Codec::Url), FIRST),
    row("html.unescape", Op::Decode(Codec::Html), FIRST),
    row("unescape", Op::Decode(Codec::Html), FIRST),
    row("html.escape", Op::Encode(Codec::Html), FIRST),
    row("loads", Op::Decode(Codec::Json), FIRST),
    row("dumps", Op::Encode(Codec::Json), FIRST),
    row("decompress", Op::Decode(Codec::Deflate), FIRST),
    // text
    row("str.maketrans", Op::MakeTable, ARGS),
    row("maketrans", Op::MakeTable, ARGS),
    row("dedent", Op::Same, FIRST),
    row("textwrap.fill", Op::Same, FIRST),
    row("textwrap.indent", Op::Same, FIRST),
    row("textwrap.shorten", Op::Same, FIRST),
    row("textwrap.wrap", Op::ListOf, FIRST),
    row("Template", Op::Same, FIRST),
    row("long_to_bytes", Op::Same, FIRST),
    row("sys.stdout.write", Op::Write, FIRST),
    row("sys.stderr.write", Op::Write, FIRST),
    row("re.compile", Op::Same, FIRST),
    row("re.findall", Op::FindAll, &[Operand::Arg(1), Operand::Arg(0)]),
    row("re.finditer", Op::Matches, &[Operand::Arg(1), Operand::Arg(0)]),
    row("re.match", Op::Match, &[Operand::Arg(1), Operand::Arg(0)]),
    row("re.fullmatch", Op::Match, &[Operand::Arg(1), Operand::Arg(0)]),
    row("re.search", Op::Match, &[Operand::Arg(1), Operand::Arg(0)]),
    row("capwords", Op::Title, FIRST),
    row("re.sub", Op::ReplacePattern, RE_SUB),
    row("re.split", Op::Split, &[Operand::Arg(1), Operand::Arg(0)]),
    row("dict.fromkeys", Op::Unique, FIRST),
    row("math.floor", Op::Floor, FIRST),
    row("floor", Op::Floor, FIRST),
    row("array", Op::Same, FIRST),
];

/// Methods, by name.
pub(super) static METHODS: &[Row] = &[
    row("append", Op::Push, METHOD),
    row_of(
        "add",
        2,
        Op::Set,
        &[Operand::This, Operand::Arg(0), Operand::Of(Op::ListOf, &[Operand::Rest(1)])],
    ),
    row("add", Op::Push, METHOD),
    row("put", Op::Push, METHOD),
    row("put_nowait", Op::Push, METHOD),
    row("push", Op::Push, METHOD),
    row("enqueue", Op::Push, METHOD),
    row("appendleft", Op::PushFront, METHOD),
    row("insert", Op::Insert, METHOD),
    row("extend", Op::Extend, METHOD),
    row("extendleft", Op::ExtendFront, METHOD),
    row("pop", Op::Pop, METHOD),
    row("popleft", Op::PopFront, THIS),
    row("dequeue", Op::PopFront, THIS),
    row("get_nowait", Op::Pop, THIS),
    row("remove", Op::Remove, METHOD),
    row("discard", Op::Remove, METHOD),
    row("clear", Op::Clear, THIS),
    row_of("group", 0, Op::First, THIS),
    row("group", Op::Get, METHOD),
    row("groupdict", Op::Same, THIS),
    row("groups", Op::Drop, &[Operand::This, Operand::Int(1)]),
    row("setdefault", Op::SetDefault, METHOD),
    row("update", Op::Update, METHOD),
    row("rotate", Op::Rotate, METHOD),
    row("reverse", Op::ReverseInPlace, THIS),
    row("sort", Op::SortInPlace, THIS_KEY_REVERSE),
    row_of("get", 0, Op::Pop, THIS),
    row("get", Op::Get, METHOD),
    row("partition", Op::Split, PARTS),
    row("rpartition", Op::Split, PARTS),
    row("peek", Op::Peek, THIS),
    row("qsize", Op::Length, THIS),
    row("empty", Op::IsEmpty, THIS),
    row("is_empty", Op::IsEmpty, THIS),
    row("count", Op::Count, METHOD),
    row("index", Op::IndexOf, METHOD),
    row("find", Op::IndexOf, METHOD),
    row("rfind", Op::LastIndexOf, METHOD),
    row("rindex", Op::LastIndexOf, METHOD),
    row("copy", Op::Copied, THIS),
    row(
        "move_to_end",
        Op::Set,
        &[Operand::This, Operand::Arg(0), Operand::Of(Op::Pop, &[Operand::This, Operand::Arg(0)])],
    ),
    row("keys", Op::Keys, THIS),
    row("static_order", Op::Behind, THIS),
    row("values", Op::Values, THIS),
    row("items", Op::Items, THIS),
    row("iteritems", Op::Items, THIS),
    row("join", Op::Join, ONTO),
    row("split", Op::Split, SPLIT),
    row("rsplit", Op::Split, SPLIT),
    row("splitlines", Op::Lines, THIS),
    row("format", Op::FormatBrace, METHOD),
    row("format_map", Op::FormatBrace, METHOD),
    row("upper", Op::Upper, THIS),
    row("lower", Op::Lower, THIS),
    row("casefold", Op::Lower, THIS),
    row("title", Op::Title, THIS),
    row("capitalize", Op::Capitalize, THIS),
    row("swapcase", Op::SwapCase, THIS),
    row("strip", Op::Trim, METHOD),
    row("lstrip", Op::TrimStart, METHOD),
    row("rstrip", Op::TrimEnd, METHOD),
    row("removeprefix", Op::StripPrefix, METHOD),
    row("removesuffix", Op::StripSuffix, METHOD),
    row("rjust", Op::PadStart, METHOD),
    row("ljust", Op::PadEnd, METHOD),
    row("zfill", Op::PadStart, &[Operand::This, Operand::Arg(0), Operand::Text("0")]),
    row("replace", Op::Replace, METHOD),
    row("translate", Op::Translate, METHOD),
    row("startswith", Op::StartsWith, METHOD),
    row("endswith", Op::EndsWith, METHOD),
    row("isalpha", Op::IsAlpha, THIS),
    row("isdigit", Op::IsDigit, THIS),
    row("isnumeric", Op::IsDigit, THIS),
    row("isalnum", Op::IsAlnum, THIS),
    row("isspace", Op::IsSpace, THIS),
    row("isupper", Op::IsUpper, THIS),
    row("islower", Op::IsLower, THIS),
    row("write", Op::Push, METHOD),
    row("getvalue", Op::ToText, THIS),
    row("read", Op::ToText, THIS),
    row("encode", Op::Encode(Codec::Utf8), THIS),
    row("decode", Op::Decode(Codec::Utf8), THIS),
    row("hex", Op::Encode(Codec::Hex), THIS),
    row("tolist", Op::Same, THIS),
    row("__len__", Op::Length, THIS),
    row("__getitem__", Op::Get, METHOD),
    row("__contains__", Op::Contains, METHOD),
    row("__add__", Op::Chain, METHOD),
    row("__str__", Op::ToText, THIS),
    row("to_bytes", Op::ToBytes, METHOD),
    row("most_common", Op::Same, THIS),
    row("elements", Op::Same, THIS),
    row("writelines", Op::Extend, METHOD),
];

/// Codecs by the name that `decode` and `encode` take.
pub(super) static CODECS: &[(&str, Codec)] = &[
    ("rot13", Codec::Rot13),
    ("rot_13", Codec::Rot13),
    ("hex", Codec::Hex),
    ("hex_codec", Codec::Hex),
    ("base64", Codec::Base64),
    ("base64_codec", Codec::Base64),
    ("unicode_escape", Codec::Escape),
    ("unicode-escape", Codec::Escape),
    ("string_escape", Codec::Escape),
    ("zlib", Codec::Deflate),
];
