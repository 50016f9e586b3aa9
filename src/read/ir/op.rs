//! Neutral operations: what library calls mean, whatever each language names them.
//!
//! Operands are listed in the order the interpreter takes them; a trailing `?` may be left out. `c` is a container
//! (list, stack, queue, builder, map), `t` text, `f` a function. Operations that change `c` in place take it as a
//! *place* (name, field, index): where the value is immutable text the result is stored back.

/// A text encoding, or another reversible change of text, known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// RFC 4648 base64, any alphabet, padded or not.
    Base64,
    /// RFC 4648 base32.
    Base32,
    /// Ascii85 or base85.
    Base85,
    /// Hexadecimal digits.
    Hex,
    /// The alphabet turned by 13.
    Rot13,
    /// Percent encoding; `+` is a space.
    Url,
    /// HTML entities.
    Html,
    /// `\xNN`, `\uNNNN` and other backslash escapes.
    Escape,
    /// Bytes to text or text to bytes in UTF-8, Latin-1 or ASCII: no change of meaning.
    Utf8,
    /// JSON text to value.
    Json,
    /// zlib, gzip or raw deflate bytes.
    Deflate,
}

/// How a function value wants to be called, where that is not simply with one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Manner {
    /// With its arguments.
    #[default]
    Plain,
    /// Without any, when the member that holds it is read.
    Getter,
    /// With an item and its position (JavaScript's callbacks).
    ItemAndIndex,
    /// With a position and the item (Kotlin's `mapIndexed`).
    IndexAndItem,
    /// With its two arguments exchanged.
    Swapped,
    /// With the parts of an item (the key and value of an entry).
    Parts,
}

/// A neutral operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    // --- construct ---
    /// `(item*)` list of the operands.
    ListOf,
    /// `(iterable?)` new list holding the items of a list, text (its characters) or map (its keys).
    NewList,
    /// `(iterable?)` the same, whose [`Op::Pop`] takes the last pushed.
    NewStack,
    /// `(iterable?)` the same, whose [`Op::Pop`] takes the first pushed. Channels too.
    NewQueue,
    /// `(iterable?)` the same, whose [`Op::Pop`] takes the first and whose [`Op::PushTop`] puts in front (Java `Deque`).
    NewDeque,
    /// `(iterable?, key_or_compare?)` the same, whose [`Op::Pop`] takes the smallest.
    NewMinHeap,
    /// `(iterable?)` the same, whose [`Op::Pop`] takes the largest.
    NewMaxHeap,
    /// `(n, item?)` list of `n` items (text when the item is a character and `t` is wanted: use [`Op::Repeat`]).
    NewFilled,
    /// `(pairs?)` new map from a map or a list of pairs.
    NewMap,
    /// `(iterable?)` set that keeps first-insertion order.
    NewSet,
    /// `(iterable?)` set or map that iterates in key order (C++ `set`, Java `TreeMap`).
    NewSorted,
    /// `(t?)` text builder: [`Op::Push`] and [`Op::Write`] append to it, [`Op::ToText`] reads it.
    NewBuilder,
    /// `(t?)` memory: character codes that read as text up to a zero.
    NewBuffer,
    /// `(name, value, …)` object with these fields.
    NewObject,
    // --- change in place ---
    /// `(c, item*)` append each item at the end. On text or a builder, append text.
    Push,
    /// `(c, item*)` prepend each item in turn, so the last operand ends up first.
    PushFront,
    /// `(c, item*)` push where [`Op::Pop`] takes: in front of a deque, else at the end.
    PushTop,
    /// `(c, index, item)`
    Insert,
    /// `(c, iterable)` append all items.
    Extend,
    /// `(c, iterable)` prepend each item in turn.
    ExtendFront,
    /// `(c, item*)` put the items before all others, in their order.
    Prepended,
    /// `(c, index?)` remove and give an item: by index or key, else by the kind of container, else the last.
    Pop,
    /// `(c)` remove and give the first item.
    PopFront,
    /// `(c)` remove and give the last item.
    PopBack,
    /// `(c, key)` remove by index or key, give nothing.
    Delete,
    /// `(c, value)` remove the first equal item.
    Remove,
    /// `(c)` make empty.
    Clear,
    /// `(c, item, from?, to?)` make every item, or those of a half-open range, this one.
    Fill,
    /// `(c, f)` keep the items for which it holds not.
    RemoveIf,
    /// `(c, f)` put what `f` makes of each item in its place.
    ReplaceEach,
    /// `(c, key, value)` set by index or key, growing a list or map when needed.
    Set,
    /// `(c, key, value)` set when absent; gives the present value.
    SetDefault,
    /// `(c, other)` merge a map or add the items of a set.
    Update,
    /// `(c, start, count, item*)` JavaScript's splice; gives the removed items.
    Splice,
    /// `(c, n)` make it `n` long.
    Resize,
    /// `(c, n)` turn right by `n`.
    Rotate,
    /// `(c)` reverse in place.
    ReverseInPlace,
    /// `(c, key_or_compare?, descending?)` sort in place.
    SortInPlace,
    /// `(place, t, count?)` copy a text and a zero into memory at a position, or `count` characters; gives its length.
    PutText,
    // --- look ---
    /// `(c, key, default?)` item by index or key.
    Get,
    /// `(v)` whether it is a text or a builder.
    IsText,
    /// `(v)` the fields of an object as a list; all else as it is.
    Parts,
    /// `(c, name, index)` the field of an object, or the item of a tuple; of what is neither, itself.
    Member,
    /// `(c)` what [`Op::Pop`] would give.
    Peek,
    /// `(c)` first item or character.
    First,
    /// `(c)` last item or character.
    Last,
    /// `(c)` number of items or characters.
    Length,
    /// `(c)` no items?
    IsEmpty,
    /// `(a, b)` below zero, zero or above as `a` orders before, with or after `b`.
    Compare,
    /// `(c, item)` item, key or substring present?
    Contains,
    /// `(c, item, from?)` position or -1.
    IndexOf,
    /// `(c, item)` last position or -1.
    LastIndexOf,
    /// `(c, item)` how often.
    Count,
    // --- sequences to sequences; none changes its operand ---
    /// `(c, item*)` copy with the items at the end (Go `append`).
    Appended,
    /// `(c+)` all items of all operands.
    Chain,
    /// `(a, b*)` one text or list behind the other: a list takes the items of lists and all else as an item.
    Concat,
    /// `(c, index, item)` text with a text put in; a container is changed in place.
    Inserted,
    /// `(c, index, count?)` text without some of its characters; a builder is changed in place, and of all else the
    /// operand is the item or key to remove.
    Without,
    /// `(c)` reversed copy of a list or text.
    Reverse,
    /// `(c, key_or_compare?, descending?)` sorted copy.
    Sorted,
    /// `(c, from?, to?, step?)` half-open slice.
    Slice,
    /// `(c, from, count?)` slice by length.
    Substr,
    /// `(c, n)` the first `n`.
    Take,
    /// `(c, n)` all but the first `n`.
    Drop,
    /// `(c, n)` the last `n`.
    TakeLast,
    /// `(c, n)` all but the last `n`.
    DropLast,
    /// `(f, c)` apply to each item.
    Map,
    /// `(f, c)` keep the items for which it holds; `f` may be null.
    Filter,
    /// `(f, c)` drop the items for which it holds.
    Reject,
    /// `(f, c)` the items up to the first for which it does not hold.
    TakeWhile,
    /// `(f, c)` the items from the first for which it does not hold.
    DropWhile,
    /// `(f, map)` apply to each value.
    MapValues,
    /// `(f, c, start?)` fold from the left.
    Reduce,
    /// `(f, c)` apply and flatten.
    FlatMap,
    /// `(f, c)` call for each item, give nothing.
    ForEach,
    /// `(f, c)` map from what `f` gives to the list of its items.
    GroupBy,
    /// `(f, start)` start, `f(start)`, `f(f(start))` and so on, as far as anyone reads.
    Iterate,
    /// `(c)` one level flatter.
    Flatten,
    /// `(c)` lists in lists in lists, opened to the last.
    FlattenAll,
    /// `(map)` the keys and what their lists hold, each behind all that its own list holds.
    Behind,
    /// `(c)` rows for columns.
    Transpose,
    /// `(c, n?)` turned left by `n`, or by one.
    Turned,
    /// `(c, key*)` the items under some keys.
    Pick,
    /// `(c)` copy of a list or map.
    Copied,
    /// `(c)` copy of a list or map that is no object, stack, queue or builder; anything else as it is.
    CopiedPlain,
    /// `(map)` keys for values.
    Inverted,
    /// `(c, key)` what each item has under a key.
    Column,
    /// `(c)` keys of a map, positions of a list.
    KeysOf,
    /// `(c)` reversed copy; a map stays one.
    Reversed,
    /// `(from, to, step?)` integers or letters, closed, downwards where `to` is less.
    Sequence,
    /// `(c, compare?, descending?)` sort a map in place by its keys; a list stays as it is.
    SortByKey,
    /// `(c, compare?, descending?)` sort a map or list in place by its values.
    SortByValue,
    /// `(c)` remove and give what [`Op::Pop`] gives; of a (priority, item) pair only the item.
    Extracted,
    /// `(map, parent)` what a map has not is looked up in its parent's `__index`; its parent's other `__` members say what
    /// operators, calls and text do. Gives the map.
    SetParent,
    /// `(map, class)` make a map an object of a class, given by itself or by its name. Gives the map.
    Bless,
    /// `(map+)` one map of all.
    Merged,
    /// `(c, start?)` list of (index, item).
    Enumerate,
    /// `(c, start?)` list of (item, index).
    Indexed,
    /// `(c)` the entries of a map as a list of (key, value); anything else as it is.
    Rows,
    /// `(c)` the only item of a list where that is a list itself; else the list.
    Unwrap,
    /// `(v)` a list or map as it is; any other value as a list of one, null as an empty list.
    AsList,
    /// `(f, v*)` call with each of the items where an operand is a list, the others the same each time (a shorter list
    /// starts again); just once where none is.
    Broadcast,
    /// `(c, key)` by position, name, list of them, or list of truth values; a position below zero leaves out. Of one value
    /// that is no list, that value.
    Element,
    /// `(c, compare?, descending?)` positions in the order that sorts.
    OrderOf,
    /// `(c)` positions of what is true.
    Which,
    /// `(c+)` list of tuples.
    Zip,
    /// `(c+)` list of tuples, as many as the longest gives; null where another has no more.
    ZipLongest,
    /// `(stop)` or `(start, stop, step?)` integers, half open.
    Range,
    /// `(start, stop, step?)` integers, closed.
    RangeClosed,
    /// `(map)` keys.
    Keys,
    /// `(map)` values.
    Values,
    /// `(map)` list of (key, value).
    Items,
    /// `(c)` list of (key, value) of a map or object, of (index, item) of a list.
    Entries,
    /// `(c)` what a loop sees where maps give their entries: a list of (key, value) of a map, all else as it is.
    Pairs,
    /// `(map)` the same with whole numbers as keys first, in order (JavaScript objects); all else as it is.
    NumbersFirst,
    /// `(c)` without repeats.
    Unique,
    /// `(c, n)` lists of `n`.
    Chunks,
    /// `(c, n, step?)` lists of `n` neighbours, each starting one (or `step`) further on.
    Windows,
    /// `(c)` its items over and over, as many as anyone takes.
    Cycle,
    /// `(f, c)` apply to each item, and keep what is not null.
    FilterMap,
    /// `(f, c)` position of the first item for which it holds, or null.
    IndexWhere,
    /// `(f, c, start)` call with a state that the function may change and each item; list of the results.
    Carry,
    /// `(f, c, start?)` every value that [`Op::Reduce`] passes through.
    Scan,
    /// `(c, key?)` neighbours of one key: list of (key, items).
    GroupRuns,
    /// `(first, f)` the value, what `f` makes of it, and so on until that is null.
    Successors,
    /// `(c)` next item of an iterator, queue or channel.
    Next,
    /// `(c)` whether [`Op::Next`] has more to give.
    HasNext,
    /// `(v, kind)` is it of this kind: a class, or `text`, `number`, `truth`, `list`, `map`?
    IsA,
    /// `(v)` neither null nor false.
    Present,
    /// `(v)` is it null?
    IsNull,
    /// `(c)` all true?
    All,
    /// `(c)` any true?
    Any,
    // --- text ---
    /// `(c, separator?)` join items as text.
    Join,
    /// `(c, separator?, limit?)` split text; without separator on white space.
    Split,
    /// `(t)` without the indentation that all lines share, and without blank first and last lines.
    Dedent,
    /// `(t, characters)` the pieces between any of these characters, empty ones left out.
    SplitAny,
    /// `(t)` split into lines.
    Lines,
    /// `(t, n)` pieces of `n` characters.
    Pieces,
    /// `(t)` list of characters.
    Chars,
    /// `(v*)` operands as text, joined without separator.
    ToText,
    /// `(v)` the items of a list as one text, nothing between; all else as text.
    FromItems,
    /// `(t, v*)` printf-style `%s %d %c %x`; a single list operand supplies the values.
    FormatPercent,
    /// `(t, v*)` printf-style, the format used again while there are values.
    FormatCycled,
    /// `(t, v*)` brace style `{}` `{0}` `{name}`; a map operand supplies names.
    FormatBrace,
    /// `(t)`
    Upper,
    /// `(t)`
    Lower,
    /// `(t)` first letter of each word.
    Title,
    /// `(t)` first letter.
    Capitalize,
    /// `(t)` first letter in upper case, the rest as it is.
    UpperFirst,
    /// `(t)` first letter in lower case, the rest as it is.
    LowerFirst,
    /// `(t)` first letter of each word in upper case, the rest as it is.
    UpperWords,
    /// `(t)`
    SwapCase,
    /// `(t, characters?)`
    Trim,
    /// `(t, characters?)`
    TrimStart,
    /// `(t, characters?)`
    TrimEnd,
    /// `(t, prefix)`
    StripPrefix,
    /// `(t, suffix)`
    StripSuffix,
    /// `(t, width, fill?)`
    PadStart,
    /// `(t, width, fill?)`
    PadEnd,
    /// `(t, width, fill?)`
    Centered,
    /// `(t, characters?)` runs of one character become one.
    Squeezed,
    /// `(t_or_list, n)`
    Repeat,
    /// `(t, flags?)` a regular expression: what [`Op::Split`], [`Op::Replace`], [`Op::ReplaceFirst`], [`Op::MatchAll`] and
    /// [`Op::Groups`] take in place of a text.
    Pattern,
    /// `(t, pattern)` list of the parts that match.
    MatchAll,
    /// `(t, pattern)` the first match and its groups; nothing where there is none.
    Groups,
    /// `(t, pattern)` every match as an object with `value` and `groups`.
    Matches,
    /// `(t, old, new, count?)` replace all, or `count`.
    Replace,
    /// `(t, old, new)` replace the first.
    ReplaceFirst,
    /// `(t, old, new, old, new, …)` or `(t, map)`.
    ReplaceMany,
    /// `(t, map)` or `(t, old, new, …)`: all at once, the longest first; what is put in is not looked at again.
    Substitute,
    /// `(t, pattern, new)` regular expression.
    ///
    /// `new` may name groups (`$1`, `\1`) or be a function of the match and its groups.
    ReplacePattern,
    /// `(t, pattern)` all matches of a regular expression, or lists of its groups where it has several.
    FindAll,
    /// `(t, pattern)` the first match of a regular expression and its groups; null where there is none.
    Match,
    /// `(t, pattern)` is there a match?
    Found,
    /// `(t, from, to?, step?)` characters or items from one position to another, both counted as the language counts and
    /// included.
    Part,
    /// `(t, pattern, limit?)` split at each match of a regular expression.
    SplitPattern,
    /// `(t, from, to)` characters of one set by those of another; sets may hold ranges (`a-z`), `^` first negates, and an
    /// empty `to` deletes. On a list or map, removes the item `from`.
    TranslateSets,
    /// `(t, table)` map characters; the table maps characters or codes.
    Translate,
    /// `(from, to, delete?)` table for [`Op::Translate`].
    MakeTable,
    /// `(t, prefix)`
    StartsWith,
    /// `(t, suffix)`
    EndsWith,
    /// `(t)`
    IsAlpha,
    /// `(t)`
    IsDigit,
    /// `(t)`
    IsAlnum,
    /// `(t)`
    IsSpace,
    /// `(t)`
    IsUpper,
    /// `(t)`
    IsLower,
    // --- codes and numbers ---
    /// `(n*)` characters of code points, or of a list of them, as one text.
    Chr,
    /// `(v)` code point of a single character; a number is itself.
    CodeOf,
    /// `(t)` code point of the first character; a number is its own.
    Ord,
    /// `(a, b)` sum in which a character and a number make a character (Kotlin).
    AddCode,
    /// `(a, b)` difference in which a character less a number is a character, less a character a number (Kotlin).
    SubCode,
    /// `(t)` list of the UTF-8 bytes (or code points where all are below 256).
    Codes,
    /// `(t)` list of the code points.
    Ords,
    /// `(v, base?)` integer from text or number.
    ToInt,
    /// `(v)`
    ToFloat,
    /// `(v)` truth value.
    ToBool,
    /// `(v)` digits as an integer, anything else as it is: for keys that may be positions.
    ToIndex,
    /// `(n, count, small_first?)` the bytes of a number.
    ToBytes,
    /// `(n, base)` digits of a number as text.
    ToDigits,
    /// `(n)`
    Negated,
    /// `(v+)` texts joined, numbers multiplied.
    Times,
    /// `(a, b)` a sum; a character moved by a number stays a character.
    Shifted,
    /// `(a, b)` a difference; a character moved by a number stays a character.
    ShiftedBack,
    /// `(n)` one less.
    Lesser,
    /// `(v)` something that orders the other way round.
    Backwards,
    /// `(n)`
    Abs,
    /// `(a, b)` exclusive or of integers.
    Xor,
    /// `(test, then, other)` one of two values.
    Either,
    /// `(a, b)` is `a` a multiple of `b`?
    Divides,
    /// `(t)` the next text: `az` becomes `ba`, `zz` becomes `aaa`.
    Successor,
    /// `(v+)` or `(c)`
    Min,
    /// `(v+)` or `(c)`
    Max,
    /// `(c, start?)`
    Sum,
    /// `(n)`
    Round,
    /// `(n)`
    Floor,
    /// `(a, b)` list of quotient and remainder.
    DivMod,
    /// `(a, b)`
    Pow,
    /// `(a, b)` truncating division.
    Quotient,
    /// `(a, b)` remainder with the sign of the left side.
    Remainder,
    // --- codecs ---
    /// `(v)` undo the encoding.
    Decode(Codec),
    /// `(v)` apply the encoding.
    Encode(Codec),
    // --- the world ---
    /// `(v*, separator:, end:)` print a line: pieces joined by a space (or keyword `separator`), then a newline (or `end`).
    Print,
    /// `(v*)` print the pieces as they are, nothing between or after.
    Write,
    /// `(v*)` print each operand on a line of its own, each item of a list too.
    PrintLines,
    /// `(body)` what running the body prints, as a text, instead of printing it.
    Capture,
    /// `(t)` code in a string: read again as a program.
    Eval,
    /// `(v)` the value itself: conversions and wrappers that do not change what it says.
    Same,
    /// `()` nothing; the operands have been evaluated.
    Nothing,
    /// `(v)` the position of a variable or item; where there are no pointers, one that reads and writes as the thing itself.
    AddressOf,
    /// `(name)` the variable of this name; `[@]` behind it is left out.
    Variable,
    /// `(name*)` at the head of a function's body: these parameters stand for the variables that are passed.
    ByReference,
    /// `(class, base, first?)` the class extends the base too; where the third is true, the base goes before the class itself.
    Inherit,
    /// `(f, v*)` call a function value.
    Apply,
    /// `(f)` the function, called in another manner.
    Called(Manner),
    /// `(f, object)` the function as a method of an object.
    Bound,
    /// `(f, delay?, v*)` call once the program is through, shorter delays first.
    After,
    /// `(name?)` the method of this name, or the constructor, of the running method's base class.
    Base,
    /// `(f, c)` call a function value with the items of a list.
    ApplyAll,
}
