//! `unspool rules new`: a rule that passes its own check, to be changed.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::say;
use crate::judge::hazard::Category;
use crate::judge::rule::{RuleSet, ids_in};

/// Options of `rules new`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule's id, unique and stable, e.g. `kitchen.bread`
    id: String,
    /// The MLCommons hazard, S1 to S14
    #[arg(long, value_name = "S", default_value = "S2", value_parser = category)]
    category: Category,
    /// Write here instead of to standard output; added at the end when the file exists
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn category(written: &str) -> Result<Category, String> {
    let known = Category::ALL.into_iter().find(|known| known.code().eq_ignore_ascii_case(written));
    known.ok_or_else(|| {
        let names: Vec<String> =
            Category::ALL.iter().map(|c| format!("{} {}", c.code(), c.title())).collect();
        format!("one of: {}", names.join(", "))
    })
}

/// Runs `rules new`.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = template(&args.id, args.category);
    RuleSet::from_files(vec![("new rule".into(), text.clone())])?;
    match &args.out {
        None => say(text.trim())?,
        Some(path) => {
            append(path, &args.id, &text).with_context(|| path.display().to_string())?;
            say(&format!("{}: edit it, then run `unspool rules check {0}`", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds the rule at the end of a file of rules that has none of this id.
fn append(path: &Path, id: &str, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut before = String::new();
    file.read_to_string(&mut before)?;
    let ids = ids_in(&before);
    let ids = ids.map_err(|why| anyhow::anyhow!("this is no rule file ({why}); nothing was written"))?;
    anyhow::ensure!(
        !ids.iter().any(|known| known == id),
        "there is a rule `{id}` in it already; ids are unique, and nothing was written"
    );
    let text = if before.is_empty() { text.trim_start() } else { text };
    Ok(file.write_all(text.as_bytes())?)
}

fn template(id: &str, category: Category) -> String {
    format!(
        r#"
[[rule]]
id = "{id}"    # unique and stable: it is in logs, metrics and exclusions
category = "{}"    # {}
why = "asks how to bake without a licence"    # what a text that matches is about
mode = "monitor"    # on trial: counts would_block, blocks nothing; delete the line to put it to work
weight = 2.0    # log-odds added to the model's score, -5 to 5; or: blocks = true
match = [
  {{ near = [["how", "recipe"], ["bake*", "baking"], ["bread", "rolls"]], within = 8 }},
]
unless = [{{ any = ["history of", "who invented"] }}]
block = ["how to bake bread"]    # texts it must catch
allow = ["the history of baking bread"]    # texts it must not
"#,
        category.code(),
        category.title()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::rule::examples;

    #[test]
    fn a_new_rule_passes_its_own_check() {
        let text = template("kitchen.bread", Category::S2);
        let set = RuleSet::from_files(vec![("r.toml".into(), text)]).unwrap();
        let report = examples::check(&set);
        assert!(report.failures.is_empty() && report.examples == 2, "{:?}", report.failures);
    }
}
