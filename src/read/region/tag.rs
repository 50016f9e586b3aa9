//! Fence tags as people write them, and the language each names.

/// Tags, lower case, by canonical name.
const TAGS: [(&str, &[&str]); 36] = [
    ("python", &["python", "py", "python3", "python2", "py3", "pycon", "ipython", "gyp", "pyw"]),
    ("cpp", &["cpp", "c++", "cc", "cxx", "hpp", "h++", "hxx", "cplusplus"]),
    ("c", &["c", "h"]),
    ("go", &["go", "golang"]),
    ("javascript", &["javascript", "js", "jsx", "mjs", "cjs", "node", "nodejs", "ecmascript"]),
    ("typescript", &["typescript", "ts", "tsx", "mts", "cts"]),
    ("java", &["java", "jsp"]),
    ("rust", &["rust", "rs"]),
    ("csharp", &["csharp", "cs", "c#", "dotnet"]),
    ("ruby", &["ruby", "rb", "irb", "rake"]),
    ("php", &["php", "php5", "php7", "php8"]),
    ("bash", &["bash", "sh", "shell", "zsh", "ksh", "console", "shellsession", "shell-session"]),
    ("lua", &["lua", "luau"]),
    ("r", &["r", "rlang", "rscript"]),
    ("kotlin", &["kotlin", "kt", "kts"]),
    ("scala", &["scala", "sc", "sbt"]),
    ("swift", &["swift"]),
    ("perl", &["perl", "pl", "pm"]),
    ("powershell", &["powershell", "ps1", "pwsh", "posh", "ps"]),
    ("sql", &["sql", "mysql", "postgresql", "postgres", "plsql", "sqlite", "tsql"]),
    ("julia", &["julia", "jl"]),
    ("haskell", &["haskell", "hs"]),
    ("elixir", &["elixir", "ex", "exs"]),
    ("dart", &["dart"]),
    ("ocaml", &["ocaml", "ml"]),
    ("json", &["json", "jsonc", "json5", "jsonl"]),
    ("yaml", &["yaml", "yml"]),
    ("toml", &["toml"]),
    ("html", &["html", "xhtml", "htm"]),
    ("xml", &["xml", "svg"]),
    ("cypher", &["cypher", "neo4j", "cql"]),
    ("graphql", &["graphql", "gql"]),
    ("csv", &["csv", "tsv"]),
    ("formula", &["excel", "xlsx", "formula", "gsheets", "spreadsheet"]),
    ("ini", &["ini", "properties", "env", "dotenv", "conf"]),
    ("url", &["url", "uri", "http"]),
];

/// The canonical language a fence tag names.
pub(super) fn canonical(tag: &str) -> Option<&'static str> {
    let tag = tag.to_ascii_lowercase();
    TAGS.iter().find(|(_, tags)| tags.contains(&tag.as_str())).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_names_two_languages() {
        let mut seen = std::collections::HashSet::new();
        for (name, tags) in TAGS {
            assert_eq!(canonical(name), Some(name));
            assert!(tags.iter().all(|tag| seen.insert(*tag)), "{name}");
        }
    }
}
