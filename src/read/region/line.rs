//! Prose and code told apart line by line: a cheap score for each line, then agreement with the neighbours.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::clean::character;
use super::clean::session;
use super::lines;

/// What a line looks like by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Blank,
    Code,
    /// A comment, a closing bracket, one word: whatever its neighbours are.
    Either,
    /// Words, but no sentence: a command and its arguments between lines of code are code as well.
    Bare,
    Prose,
}

/// Words that open a statement and hardly ever a sentence.
const KEYWORDS: [&str; 73] = [
    "def ",
    "elif ",
    "except",
    "lambda ",
    "async ",
    "await ",
    "#include",
    "#define",
    "#ifdef",
    "#ifndef",
    "#endif",
    "#pragma",
    "#!/",
    "func ",
    "fn ",
    "pub ",
    "impl ",
    "struct ",
    "enum ",
    "namespace ",
    "template<",
    "template <",
    "typedef ",
    "public ",
    "private ",
    "protected ",
    "static ",
    "final ",
    "abstract ",
    "const ",
    "var ",
    "let ",
    "let mut",
    "val ",
    "fun ",
    "int ",
    "char ",
    "void ",
    "bool ",
    "double ",
    "float ",
    "long ",
    "String ",
    "string ",
    "std::",
    "auto ",
    "unsigned ",
    "local ",
    "elseif",
    "elsif ",
    "endif",
    "foreach",
    "println",
    "printf",
    "puts ",
    "echo ",
    "export ",
    "<?php",
    "?>",
    "@",
    "$",
    "my $",
    "my @",
    "INSERT INTO",
    "CREATE TABLE",
    "data class ",
    "declare ",
    "Write-",
    "cat(",
    "cat <<",
    "iex ",
    "iex(",
    "Invoke-",
];

/// Words that open both; they count with a sign of code on the same line.
const EITHER: [&str; 29] = [
    "if ",
    "if(",
    "for ",
    "for(",
    "while ",
    "while(",
    "return",
    "import ",
    "from ",
    "class ",
    "try",
    "else",
    "switch",
    "case ",
    "using ",
    "use ",
    "package ",
    "require",
    "function ",
    "print",
    "raise ",
    "with ",
    "do ",
    "end",
    "push ",
    "eval ",
    "sub ",
    "repeat ",
    "unless ",
];

/// Programs of a shell that hand on what they read: `| tr`, and a line that opens with one and gives it something odd.
const FILTERS: [&str; 35] = [
    "awk",
    "base32",
    "base64",
    "bash",
    "cat",
    "column",
    "cut",
    "echo",
    "fold",
    "gawk",
    "grep",
    "head",
    "iex",
    "jq",
    "mapfile",
    "nl",
    "od",
    "openssl",
    "paste",
    "perl",
    "printf",
    "python3",
    "read",
    "readarray",
    "rev",
    "sed",
    "seq",
    "sh",
    "sort",
    "tac",
    "tail",
    "tr",
    "xargs",
    "xxd",
    "zsh",
];

/// What code holds and prose hardly ever does, each counted once a line.
const SIGNS: [(&str, i32); 50] = [
    (" = ", 2),
    ("==", 2),
    (":=", 2),
    ("+=", 2),
    ("=>", 1),
    ("->", 1),
    ("<-", 2),
    ("::", 2),
    ("<<", 2),
    ("&&", 1),
    ("||", 1),
    ("!=", 2),
    (">=", 1),
    ("[]", 1),
    ("()", 2),
    ("('", 2),
    ("(\"", 2),
    ("[\"", 2),
    ("['", 2),
    ("=\"", 1),
    ("{\"", 2),
    ("\",", 1),
    ("\": ", 1),
    ("</", 1),
    (".=", 1),
    (" .. ", 1),
    ("){", 2),
    ("$", 1),
    ("\",\"", 2),
    ("=$(", 3),
    ("=(", 2),
    ("+=(", 2),
    ("; do", 2),
    ("; then", 2),
    ("${", 2),
    (" | ", 1),
    ("[@]", 3),
    ("[[ ", 2),
    ("]; ", 1),
    ("%w[", 3),
    ("qw(", 3),
    ("!(", 1),
    ("@(", 2),
    ("' -f '", 3),
    ("' -replace '", 3),
    (" -join ", 3),
    (" -split ", 3),
    (" db ", 2),
    (":xs)", 3),
    (":ys)", 3),
];

static SIGN_MATCHER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(SIGNS.iter().map(|(sign, _)| *sign)).ok());

/// Lines of prose within code that are taken as code (text in long strings, docstrings).
const GAP: usize = 2;
/// The same for lines of words that are no sentence.
const BARE_GAP: usize = 12;

/// Runs of code lines in `range`, blank lines at the ends left out.
pub(super) fn code_runs(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let lines: Vec<Range<usize>> = lines(text, range).collect();
    let mut looks: Vec<Look> = lines.iter().map(|line| look(&text[line.clone()])).collect();
    docstrings(text, &lines, &mut looks);
    commands(text, &lines, &mut looks);
    settle(&mut looks);
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let mut end = 0;
    for (line, look) in lines.iter().zip(&looks) {
        match (look, open) {
            (Look::Code, false) => {
                runs.push(line.clone());
                open = true;
                end = line.end;
            }
            (Look::Code, true) => end = line.end,
            (Look::Blank | Look::Either, _) => continue,
            (Look::Prose | Look::Bare, _) => open = false,
        }
        if let (Look::Code, Some(run)) = (look, runs.last_mut()) {
            run.end = end;
        }
    }
    runs
}

/// The most functions of a shell that are looked for in lines of words.
const COMMANDS: usize = 16;

/// `name words …` under `name() {` calls the function.
fn commands(text: &str, lines: &[Range<usize>], looks: &mut [Look]) {
    let mut known: Vec<&str> = Vec::new();
    for (line, look) in lines.iter().zip(looks.iter_mut()) {
        let shown = text[line.clone()].trim_start();
        if *look == Look::Code {
            let Some((name, rest)) = shown.split_once("()") else { continue };
            let name = name.trim_end().trim_start_matches("function ");
            let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if plain && rest.trim_start().starts_with('{') && known.len() < COMMANDS {
                known.push(name);
            }
        } else if !known.is_empty()
            && let Some((first, _)) = shown.split_once(' ')
            && known.contains(&first)
        {
            *look = Look::Code;
        }
    }
}

/// Lines between triple quotes belong to the code around them.
fn docstrings(text: &str, lines: &[Range<usize>], looks: &mut [Look]) {
    let mut open: Option<usize> = None;
    for (at, line) in lines.iter().enumerate() {
        let shown = &text[line.clone()];
        let odd = quotes(shown, b"\"\"\"") != quotes(shown, b"'''");
        match open {
            Some(from) if odd => {
                looks[from..=at].fill(Look::Code);
                open = None;
            }
            None if odd => open = Some(at),
            _ => {}
        }
    }
}

/// Whether a mark stands an odd number of times in a line.
fn quotes(line: &str, mark: &[u8; 3]) -> bool {
    memchr::memchr(mark[0], line.as_bytes()).is_some()
        && memchr::memmem::find_iter(line.as_bytes(), mark).count() % 2 == 1
}

/// Undecided lines take after their neighbours; short gaps of prose inside code are code.
fn settle(looks: &mut [Look]) {
    let near = |looks: &[Look], at: usize| looks.get(at).copied().unwrap_or(Look::Blank);
    for at in 0..looks.len() {
        if looks[at] == Look::Either && at > 0 && near(looks, at - 1) == Look::Code {
            looks[at] = Look::Code;
        }
    }
    for at in (0..looks.len()).rev() {
        if looks[at] == Look::Either && near(looks, at + 1) == Look::Code {
            looks[at] = Look::Code;
        }
    }
    let mut at = 0;
    while at < looks.len() {
        if !matches!(looks[at], Look::Prose | Look::Bare) {
            at += 1;
            continue;
        }
        let run = looks[at..].iter().take_while(|look| !matches!(look, Look::Code));
        let (mut length, mut prose, mut shown) = (0, 0, 0);
        for look in run {
            length += 1;
            prose += usize::from(*look == Look::Prose);
            shown += usize::from(*look != Look::Blank);
            if prose > GAP || shown > BARE_GAP {
                break;
            }
        }
        let before = looks[..at].iter().rev().find(|look| **look != Look::Blank) == Some(&Look::Code);
        let close = at > 0 && looks[at - 1] == Look::Code && !looks[at..at + length].contains(&Look::Blank);
        let fits = prose == 0 || close && shown <= GAP;
        if before && fits && near(looks, at + length) == Look::Code {
            looks[at..at + length].fill(Look::Code);
        }
        at += length;
    }
    for look in looks.iter_mut().filter(|look| matches!(look, Look::Either | Look::Bare)) {
        *look = Look::Prose;
    }
}

fn look(line: &str) -> Look {
    if !line.is_ascii() {
        return look_at(&line.chars().filter_map(character).collect::<String>());
    }
    look_at(line)
}

fn look_at(line: &str) -> Look {
    let shown = line.trim_start_matches([' ', '\t', '>', '\u{a0}']).trim_end();
    if shown.is_empty() {
        return Look::Blank;
    }
    if !shown.contains(char::is_alphanumeric) {
        return Look::Either;
    }
    let marked = line.starts_with(">>>")
        || shown.starts_with(['I', 'i', 'm', 's', 'p', 'P', 'j', 'g'])
        || shown.contains('#');
    if marked && session(if line.starts_with('>') { line } else { shown }).is_some() {
        return Look::Code;
    }
    let comment =
        ["#", "//", "/*", "* ", "*/", "--", ";;", "<!--", "%"].iter().any(|mark| shown.starts_with(mark));
    let marks = marks(shown);
    if marks >= most_prose(shown) + 3 {
        return Look::Code;
    }
    let score = marks - prose(shown);
    match () {
        () if comment && score < 3 => Look::Either,
        () if score >= 2 => Look::Code,
        () if score >= 0 && (shown.split_whitespace().count() <= 2 || line.starts_with([' ', '\t'])) => {
            Look::Either
        }
        () if score >= -1 && is_bare(shown) => Look::Bare,
        () => Look::Prose,
    }
}

/// Whether a line is code by itself.
pub(super) fn is_code(line: &str) -> bool {
    look(line) == Look::Code
}

/// Words that are no sentence: no capital to begin with, no stop at the end, and something that is no word.
fn is_bare(shown: &str) -> bool {
    let plain = |word: &str| word.trim_end_matches(',').chars().all(char::is_alphabetic);
    !shown.starts_with(char::is_uppercase)
        && !shown.ends_with(['.', '?', '!', ':', ','])
        && !shown.split_whitespace().all(plain)
}

/// Marks of code, from which those of prose are taken: two and more that are left is code.
fn marks(shown: &str) -> i32 {
    let signs = signs(shown);
    let opens = |openers: &Openers| {
        let first = shown.bytes().next().and_then(|first| openers.get(usize::from(first)));
        first.is_some_and(|words| words.iter().any(|word| shown.starts_with(word)))
    };
    let (keyword, either) = (opens(&OPENERS.0), opens(&OPENERS.1));
    let mut score = signs;
    score += 3 * i32::from(is_binding(shown) || binds_bare(shown))
        + 2 * i32::from(is_call(shown))
        + 5 * i32::from(is_shell(shown));
    score += 2 * i32::from(keyword);
    score += 2 * i32::from(signs > 0 && either);
    score += i32::from(either && shown.split_whitespace().nth(4).is_none());
    score
}

/// No line has more marks of [`prose`]: a word takes two bytes and a gap.
fn most_prose(shown: &str) -> i32 {
    i32::try_from((shown.len() + 1) / 12).map_or(i32::MAX / 2, |words| words.min(16) + 3)
}

/// Words by their first byte.
type Openers = Vec<Vec<&'static str>>;

/// [`KEYWORDS`] and [`EITHER`].
static OPENERS: LazyLock<(Openers, Openers)> = LazyLock::new(|| {
    let by_first = |words: &[&'static str]| {
        let mut openers: Openers = vec![Vec::new(); 128];
        for word in words {
            openers[usize::from(word.as_bytes()[0] & 127)].push(*word);
        }
        openers
    };
    (by_first(&KEYWORDS), by_first(&EITHER))
});

/// `a=word; b="…"`: names bound in a shell.
fn binds_bare(shown: &str) -> bool {
    let Some((name, value)) = shown.split_once('=') else { return false };
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    named
        && value.starts_with(|c: char| !c.is_whitespace() && c != '=')
        && value.contains("; ")
        && value.contains('=')
}

/// `name = "…"`, `$name = (…)`, `name="…"`: a name, then a value that no sentence goes on with.
fn is_binding(shown: &str) -> bool {
    let Some((name, value)) = shown.split_once('=') else { return false };
    let name = name.trim_end().trim_start_matches(['$', '@', '%']);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    !name.is_empty()
        && name.chars().all(plain)
        && value.trim_start().starts_with(['"', '\'', '[', '(', '{', '%', '@', '$'])
}

/// `name(…)` from the first letter of the line to its last.
fn is_call(shown: &str) -> bool {
    let Some((name, _)) = shown.split_once('(') else { return false };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '!');
    !name.is_empty() && name.chars().all(plain) && shown.trim_end_matches(';').ends_with(')')
}

/// `printf '%s' … | tac`, `sh -c '…'`, `paste -d' ' <(…)`: a program of a shell, and what no sentence says to it.
fn is_shell(shown: &str) -> bool {
    let named = |part: &str| {
        let word = part.split_whitespace().next().unwrap_or_default();
        FILTERS.binary_search(&word).is_ok()
    };
    if shown.contains('|') && shown.split('|').skip(1).any(named) {
        return true;
    }
    let asks = |word: &str| {
        let option = word.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        option || word.starts_with("<(") || word.starts_with("<<<") || word.starts_with("'%")
    };
    named(shown) && shown.split_whitespace().skip(1).take(4).any(asks)
}

/// Marks of code within a line.
fn signs(shown: &str) -> i32 {
    let bytes = shown.as_bytes();
    let mut score = match bytes.last() {
        Some(b';' | b'{' | b'}') => 3,
        Some(b'[' | b'\\' | b'(') => 1,
        Some(b':') => i32::from(bytes.iter().any(|b| matches!(b, b'(' | b'='))),
        // `(setq x 1)`
        Some(b')') if bytes.first() == Some(&b'(') => 2,
        _ => 0,
    };
    let mut seen = 0u64;
    for hit in SIGN_MATCHER.iter().flat_map(|matcher| matcher.find_overlapping_iter(shown)) {
        let index = hit.pattern().as_usize();
        if seen & (1 << index) == 0 {
            seen |= 1 << index;
            score += SIGNS[index].1;
        }
    }
    for window in bytes.windows(3) {
        if window[0].is_ascii_lowercase() && window[1] == b'.' && window[2].is_ascii_alphabetic() {
            score += 1;
        }
        if (window[0].is_ascii_alphanumeric() || window[0] == b'_') && window[1] == b'(' && window[2] != b's'
        {
            score += 1;
        }
    }
    score.min(12)
}

/// Marks of prose within a line: words that follow each other with nothing but spaces, and a full stop.
fn prose(shown: &str) -> i32 {
    let outside = shown.split(['"', '\'']).step_by(2);
    let words = outside.flat_map(str::split_whitespace).filter(|word| {
        let bare = word.trim_end_matches([',', '.', '?', '!', ':']);
        bare.len() > 1 && bare.chars().all(char::is_alphabetic)
    });
    let words = i32::try_from(words.take(64).count()).unwrap_or(64);
    let stop = shown.ends_with(['.', '?', '!']) && words > 2;
    words / 4 + 2 * i32::from(stop) + i32::from(words > 5 && shown.starts_with(char::is_uppercase))
}

/// Whether code in backticks holds strings or a statement, not just a name.
pub(super) fn says_something(code: &str) -> bool {
    code.len() > 3 && (code.contains(['"', '\'']) || signs(code) >= 4)
}
