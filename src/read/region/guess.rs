//! Which language code is in, by what only that language writes.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// A mark of one language: text, language, weight. `\n` stands for the start of a line, indentation left out.
const MARKS: [(&str, &str, u32); 148] = [
    ("\ndef ", "python", 2),
    ("):\n", "python", 3),
    (") -> ", "python", 1),
    ("\nelif ", "python", 3),
    ("\nfrom ", "python", 1),
    ("\nimport ", "python", 1),
    ("self.", "python", 1),
    ("\nelse:\n", "python", 3),
    ("\nif __name__", "python", 4),
    ("__init__", "python", 3),
    (".append(", "python", 1),
    ("\nprint(", "python", 1),
    ("None", "python", 1),
    ("\nexcept", "python", 3),
    (" f\"", "python", 1),
    (" import deque", "python", 3),
    ("\" \".join(", "python", 3),
    ("' '.join(", "python", 3),
    ("\nwith ", "python", 1),
    ("[::-1]", "python", 3),
    ("#include", "cpp", 2),
    ("#include", "c", 2),
    ("std::", "cpp", 4),
    ("#include <iostream>", "cpp", 4),
    ("cout <<", "cpp", 4),
    ("using namespace ", "cpp", 4),
    (".push_back(", "cpp", 3),
    ("template <", "cpp", 3),
    ("template<", "cpp", 3),
    ("vector<", "cpp", 2),
    ("nullptr", "cpp", 2),
    ("#include <string>", "cpp", 3),
    ("#include <vector>", "cpp", 3),
    ("#include <stdio.h>", "c", 4),
    ("#include <string.h>", "c", 4),
    ("#include <stdlib.h>", "c", 4),
    ("printf(\"", "c", 2),
    ("char *", "c", 2),
    ("malloc(", "c", 3),
    ("strcat(", "c", 3),
    ("strcpy(", "c", 3),
    ("\nint main(", "c", 2),
    ("\nint main(", "cpp", 2),
    ("char buf", "c", 2),
    ("\nchar ", "c", 2),
    ("\npackage main", "go", 5),
    ("\nfunc ", "go", 2),
    (" := ", "go", 3),
    ("fmt.", "go", 3),
    ("[]string", "go", 3),
    ("\nimport (", "go", 4),
    (" range ", "go", 2),
    ("chan ", "go", 2),
    ("strings.", "go", 1),
    ("\nfunc main()", "go", 3),
    ("\nconst ", "javascript", 2),
    ("\nlet ", "javascript", 2),
    ("console.log(", "javascript", 4),
    ("=> ", "javascript", 1),
    ("===", "javascript", 2),
    ("\nfunction ", "javascript", 2),
    ("require(", "javascript", 2),
    (".push(", "javascript", 1),
    ("\nvar ", "javascript", 1),
    ("new Array", "javascript", 2),
    ("\nexport ", "javascript", 2),
    (": string", "typescript", 4),
    (": number", "typescript", 4),
    (": any", "typescript", 3),
    ("console.log(", "typescript", 4),
    ("\ninterface ", "typescript", 2),
    ("string[]", "typescript", 4),
    ("\nconst ", "typescript", 2),
    ("\nlet ", "typescript", 2),
    ("=> ", "typescript", 1),
    (": void", "typescript", 4),
    (": boolean", "typescript", 4),
    ("\ntype ", "typescript", 1),
    ("public class ", "java", 3),
    ("public static void main(String", "java", 6),
    ("System.out.", "java", 5),
    ("\nimport java", "java", 5),
    ("ArrayList<", "java", 3),
    ("StringBuilder", "java", 1),
    ("List<String>", "java", 2),
    ("\nString ", "java", 2),
    ("\npublic ", "java", 1),
    ("private ", "java", 1),
    ("String[]", "java", 3),
    ("\nfn ", "rust", 4),
    ("let mut ", "rust", 5),
    ("println!(", "rust", 5),
    ("vec![", "rust", 4),
    ("\nuse std::", "rust", 5),
    ("String::from(", "rust", 4),
    ("\nimpl ", "rust", 3),
    ("&str", "rust", 3),
    ("\npub fn ", "rust", 4),
    ("Vec<", "rust", 3),
    (".unwrap()", "rust", 3),
    (".to_string()", "rust", 2),
    ("\nusing System", "csharp", 6),
    ("Console.Write", "csharp", 6),
    ("static void Main(", "csharp", 5),
    ("\nnamespace ", "csharp", 2),
    ("List<string>", "csharp", 4),
    (".Add(", "csharp", 2),
    ("\nstring ", "csharp", 2),
    ("string[]", "csharp", 2),
    ("string.Join(", "csharp", 4),
    ("\nvar ", "csharp", 1),
    ("\nputs ", "ruby", 5),
    ("\nend\n", "ruby", 3),
    (" do |", "ruby", 5),
    ("\nrequire '", "ruby", 3),
    ("%w[", "ruby", 4),
    (".each", "ruby", 2),
    ("\nelsif ", "ruby", 4),
    ("\nattr_", "ruby", 4),
    (".join(' ')", "ruby", 1),
    ("\nmodule ", "ruby", 1),
    ("<?php", "php", 9),
    ("\necho $", "php", 3),
    ("\n$", "php", 1),
    ("array(", "php", 2),
    ("implode(", "php", 4),
    ("array_", "php", 3),
    ("->", "php", 1),
    ("\n#!/bin/", "bash", 6),
    ("\nfi\n", "bash", 5),
    ("\ndone", "bash", 4),
    ("; then", "bash", 5),
    ("; do", "bash", 3),
    ("\necho ", "bash", 2),
    ("${", "bash", 1),
    ("\nlocal ", "lua", 4),
    ("table.insert(", "lua", 5),
    ("table.concat(", "lua", 5),
    (" then\n", "lua", 2),
    ("\nend\n", "lua", 2),
    (" <- c(", "r", 5),
    (" <- ", "r", 2),
    ("paste(", "r", 4),
    ("\nfun ", "kotlin", 4),
    ("\nval ", "kotlin", 2),
    ("mutableListOf", "kotlin", 5),
    ("joinToString", "kotlin", 4),
    ("\nobject ", "scala", 3),
];

/// More marks, of languages that need few.
const RARE: [(&str, &str, u32); 225] = [
    ("\nval ", "scala", 2),
    ("ListBuffer", "scala", 5),
    ("mkString", "scala", 5),
    ("extends App", "scala", 6),
    ("\nimport Foundation", "swift", 6),
    ("\nfunc ", "swift", 1),
    ("[String]", "swift", 4),
    (".append(", "swift", 1),
    ("\nlet ", "swift", 1),
    ("joined(separator", "swift", 6),
    ("\nmy $", "perl", 6),
    ("\nmy @", "perl", 6),
    ("\nuse strict", "perl", 6),
    ("push @", "perl", 5),
    ("\nsub ", "perl", 3),
    ("Write-Host", "powershell", 6),
    ("Write-Output", "powershell", 6),
    (" -join ", "powershell", 5),
    ("[char[]]", "powershell", 4),
    ("\nSELECT ", "sql", 5),
    ("\nINSERT INTO", "sql", 5),
    ("\nCREATE TABLE", "sql", 5),
    ("\nselect ", "sql", 3),
    (" FROM ", "sql", 2),
    ("CONCAT(", "sql", 2),
    ("push!(", "julia", 6),
    ("println(", "julia", 1),
    ("\nusing ", "julia", 1),
    ("String[]", "julia", 1),
    ("\nmain :: IO", "haskell", 6),
    ("\nmodule Main", "haskell", 5),
    ("putStrLn", "haskell", 6),
    (" where\n", "haskell", 2),
    ("println(", "kotlin", 1),
    ("println(", "scala", 1),
    ("\ndefmodule ", "elixir", 6),
    ("IO.puts", "elixir", 6),
    ("\n{\n\"", "json", 3),
    ("\": \"", "json", 1),
    ("\": [", "json", 1),
    ("joined(", "swift", 5),
    ("\\(", "swift", 1),
    (" -> String {", "swift", 4),
    (": [String]", "swift", 3),
    (".enumerated()", "swift", 5),
    (".uppercased()", "swift", 5),
    ("guard let ", "swift", 6),
    ("if let ", "swift", 2),
    ("stride(from", "swift", 6),
    ("mutating func", "swift", 6),
    ("\nextension ", "swift", 4),
    ("UnicodeScalar", "swift", 6),
    ("terminator: ", "swift", 5),
    ("{ $0", "swift", 5),
    ("$0.", "swift", 4),
    ("case .", "swift", 4),
    ("separator: ", "swift", 2),
    ("Character(", "swift", 2),
    ("\nfun main(", "kotlin", 6),
    ("listOf(", "kotlin", 4),
    ("buildString", "kotlin", 5),
    ("def main(args: Array", "scala", 6),
    ("\ncase class ", "scala", 5),
    (".foldLeft(", "scala", 5),
    ("new ArrayList<", "java", 3),
    ("Arrays.asList(", "java", 4),
    ("Collectors.", "java", 5),
    ("Enumerable.", "csharp", 5),
    ("\nforeach (", "csharp", 2),
    ("Encoding.UTF8", "csharp", 4),
    ("String.fromCharCode", "javascript", 5),
    ("\nprint(\"", "python", 1),
    ("\nend", "ruby", 1),
    ("|x|", "ruby", 3),
    (".each_with_index", "ruby", 4),
    (".map(&:", "ruby", 5),
    (".unpack1(", "ruby", 5),
    ("#{", "ruby", 2),
    (" << \"", "ruby", 1),
    (".join(\" \")", "ruby", 1),
    ("\nuse warnings", "perl", 6),
    ("print join", "perl", 5),
    (" =~ ", "perl", 3),
    ("qw(", "perl", 4),
    ("@_;", "perl", 5),
    ("foreach my $", "perl", 6),
    ("\nsay ", "perl", 1),
    ("\nprint \"", "perl", 1),
    ("my ($", "perl", 5),
    ("[void]", "powershell", 6),
    ("New-Object ", "powershell", 6),
    ("ForEach-Object", "powershell", 6),
    ("::new(", "powershell", 4),
    (" -split ", "powershell", 5),
    (" -f ", "powershell", 2),
    ("@(", "powershell", 3),
    ("foreach ($", "powershell", 1),
    ("\nparam(", "powershell", 4),
    ("| % {", "powershell", 5),
    ("[string]::", "powershell", 6),
    ("[System.", "powershell", 6),
    ("\necho \"", "bash", 3),
    ("$(", "bash", 2),
    ("[@]}", "bash", 6),
    (" | tr ", "bash", 5),
    (" | rev", "bash", 5),
    ("<<EOF", "bash", 4),
    ("\ncat <<", "bash", 6),
    ("<<< ", "bash", 4),
    ("\nprintf '", "bash", 3),
    ("\nfunction ", "lua", 2),
    (" .. ", "lua", 3),
    ("string.reverse(", "lua", 5),
    ("string.format(", "lua", 3),
    ("ipairs(", "lua", 6),
    (":gsub(", "lua", 5),
    (":reverse()", "lua", 3),
    ("~=", "lua", 2),
    ("io.write(", "lua", 6),
    ("paste0(", "r", 5),
    ("collapse =", "r", 6),
    ("collapse=", "r", 6),
    ("\ncat(", "r", 4),
    ("function(x)", "r", 2),
    ("strsplit(", "r", 5),
    ("sapply(", "r", 6),
    ("vapply(", "r", 6),
    ("intToUtf8", "r", 6),
    (" |> ", "r", 1),
    ("[[1]]", "r", 3),
    ("\nprintln(join(", "julia", 5),
    ("\nprintln(\"$", "julia", 3),
    (" do x\n", "julia", 3),
    ("\nend\n", "julia", 1),
    ("::String", "julia", 2),
    ("::Vector", "julia", 4),
    ("\nmutable struct ", "julia", 6),
    ("@printf", "julia", 6),
    ("[end:-1:1]", "julia", 6),
    ("popfirst!(", "julia", 6),
    ("!(", "julia", 1),
    ("strrev(", "php", 4),
    ("\n$", "powershell", 1),
    ("\n$", "perl", 1),
    ("| xargs", "bash", 5),
    (" | tac", "bash", 5),
    (" | sort", "bash", 3),
    (" | cut -", "bash", 5),
    ("paste -", "bash", 4),
    (" | sed ", "bash", 5),
    (" | awk ", "bash", 5),
    (" | grep ", "bash", 5),
    (" | base64", "bash", 5),
    ("sh -c ", "bash", 6),
    ("mapfile ", "bash", 6),
    ("printf -v ", "bash", 6),
    ("printf '%s", "bash", 4),
    ("<(printf", "bash", 5),
    ("< <(", "bash", 6),
    ("() { local ", "bash", 6),
    ("unset ", "bash", 3),
    ("\nshift", "bash", 3),
    ("$#", "bash", 2),
    (" -replace ", "powershell", 6),
    ("\niex ", "powershell", 6),
    ("| iex", "powershell", 6),
    ("' -f '", "powershell", 6),
    ("\" -f \"", "powershell", 6),
    ("\n\"@", "powershell", 6),
    ("Sort-Object", "powershell", 6),
    ("Select-Object", "powershell", 6),
    ("Invoke-Expression", "powershell", 6),
    ("[array]::", "powershell", 6),
    ("[Array]::", "powershell", 6),
    ("-bxor", "powershell", 6),
    ("[Convert]::", "powershell", 6),
    (" param(", "powershell", 3),
    ("[Parameter(", "powershell", 6),
    ("<DATA>", "perl", 6),
    (" q{", "perl", 4),
    (" qq[", "perl", 5),
    (" qq{", "perl", 5),
    ("(\"%s %s", "c", 1),
    ("@{$", "perl", 4),
    ("print map", "perl", 6),
    ("sub AUTOLOAD", "perl", 6),
    ("$self->", "perl", 4),
    ("string.gsub(", "lua", 6),
    ("string.char(", "lua", 6),
    ("string.rep(", "lua", 5),
    ("string.sub(", "lua", 5),
    ("table.unpack(", "lua", 6),
    ("setmetatable(", "lua", 6),
    ("{ [\"", "lua", 3),
    (":sub(", "lua", 3),
    ("println(replace(", "julia", 6),
    ("println(map(", "julia", 4),
    ("println(String(", "julia", 5),
    ("\" => \"", "julia", 2),
    ("\" => \"", "ruby", 2),
    ("\u{22bb}", "julia", 5),
    ("import Data.", "haskell", 6),
    ("import Text.Printf", "haskell", 6),
    ("import Control.", "haskell", 6),
    ("\nmain = ", "haskell", 5),
    (" :: ", "haskell", 3),
    ("unwords", "haskell", 4),
    ("mapM_ ", "haskell", 5),
    (": readonly ", "typescript", 6),
    ("number[]", "typescript", 4),
    (" as const", "typescript", 6),
    ("<string>(", "typescript", 5),
    ("<number>(", "typescript", 5),
    ("Array<", "typescript", 3),
    ("Record<", "typescript", 6),
    ("[], ", "typescript", 1),
    ("[]): ", "typescript", 5),
    ("[]) => ", "typescript", 3),
    (" as string", "typescript", 5),
    (" satisfies ", "typescript", 6),
    ("!;\n", "typescript", 1),
    (": Promise<", "typescript", 6),
    ("\ndeclare ", "typescript", 4),
    ("{ get; ", "csharp", 5),
    ("$\"", "csharp", 2),
];

static MATCHER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(MARKS.iter().chain(&RARE).map(|(mark, _, _)| *mark)).ok());

/// Bytes looked at; a language shows early.
const LOOKED_AT: usize = 16 << 10;
/// Times one mark counts.
const REPEATS: u8 = 3;

/// Languages that code could be in, best first, with their scores. Empty when nothing speaks for any.
pub fn guess(code: &str) -> Vec<(&'static str, u32)> {
    let Some(matcher) = MATCHER.as_ref() else { return Vec::new() };
    let shown = flat(code);
    let mut counts = [0u8; MARKS.len() + RARE.len()];
    let mut scores: Vec<(&'static str, u32)> = Vec::new();
    for hit in matcher.find_overlapping_iter(&shown) {
        let index = hit.pattern().as_usize();
        if counts[index] >= REPEATS {
            continue;
        }
        counts[index] += 1;
        let (_, name, weight) = if index < MARKS.len() { MARKS[index] } else { RARE[index - MARKS.len()] };
        match scores.iter_mut().find(|(known, _)| *known == name) {
            Some((_, score)) => *score += weight,
            None => scores.push((name, weight)),
        }
    }
    whole_text(code, &mut scores);
    scores.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    scores
}

/// Each line without indentation, behind a line end.
fn flat(code: &str) -> String {
    let mut shown = String::from("\n");
    for line in code.lines() {
        if shown.len() + line.len() > LOOKED_AT {
            shown.extend(line.chars().take(LOOKED_AT.saturating_sub(shown.len()) / 4));
            break;
        }
        shown.push_str(line.trim());
        shown.push('\n');
    }
    shown
}

/// What shows only in the text as a whole.
fn whole_text(code: &str, scores: &mut Vec<(&'static str, u32)>) {
    let shown = code.trim();
    let json = shown.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(shown).is_ok();
    if json && shown.len() > 2 {
        scores.retain(|(name, _)| *name != "json");
        scores.push(("json", 50));
    }
    // `=TEXTJOIN(`, `=A1&`
    let formula = |line: &str| {
        let name = line.trim_start().strip_prefix('=').unwrap_or_default();
        let end = name.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit()).unwrap_or(0);
        end > 1 && name.starts_with(|c: char| c.is_ascii_uppercase()) && name[end..].starts_with(['(', '&'])
    };
    if shown.lines().take(64).any(formula) {
        scores.push(("formula", 12));
    }
    // No shell has blanks around the sign that binds a name.
    let spaced = |line: &str| {
        let name = line.trim_start().split_once(" = ").map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
    };
    if shown.lines().take(64).any(spaced) {
        scores.iter_mut().filter(|(name, _)| *name == "bash").for_each(|(_, score)| *score /= 4);
    }
    let semicolons = shown.lines().take(200).filter(|line| line.trim_end().ends_with(';')).count();
    if semicolons > 1 {
        for (name, score) in scores.iter_mut() {
            if matches!(
                *name,
                "python" | "go" | "ruby" | "lua" | "bash" | "kotlin" | "swift" | "r" | "julia" | "powershell"
            ) {
                *score /= 2;
            }
        }
    }
}
