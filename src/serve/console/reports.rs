//! Reports of `replay --json` that lie in the operator's folder: figures only, newest first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Reports shown.
const SHOWN: usize = 30;
/// Files looked at.
const LOOKED_AT: usize = 10_000;
/// Bytes of one report.
const BYTES: u64 = 8 << 20;
/// Sets of one report.
const SETS: usize = 100;
/// What is shown of a set.
const FIGURES: [&str; 14] = [
    "name",
    "rows",
    "harmful",
    "benign",
    "blocked",
    "flagged",
    "allowed",
    "errors",
    "block_rate",
    "fpr",
    "block_rate_ci95",
    "fpr_ci95",
    "recovered_exact",
    "p99_us",
];

/// The reports of a folder. What is no report is named with what is wrong with it.
pub(super) fn reports(folder: &Path) -> Value {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            return json!({"error": format!("the folder of reports cannot be read: {error}"), "reports": []});
        }
    };
    let is_report = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .take(LOOKED_AT)
        .flatten()
        .map(|entry| entry.path())
        .filter(is_report)
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    json!({"reports": files.iter().take(SHOWN).map(|(time, path)| shown(*time, path)).collect::<Vec<_>>()})
}

fn shown(time: SystemTime, path: &Path) -> Value {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let time = Timestamp::try_from(time).map(|time| time.to_string()).ok();
    match read(path) {
        Ok((totals, sets)) => json!({"name": name, "time": time, "totals": totals, "sets": sets}),
        Err(why) => json!({"name": name, "time": time, "error": why}),
    }
}

fn read(path: &Path) -> Result<(Value, Vec<Value>), String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > BYTES {
        return Err(format!("{length} bytes are too many for a report"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_slice(&bytes).map_err(|error| format!("not JSON: {error}"))?;
    let (Value::Array(sets), Value::Object(_)) = (&report["datasets"], &report["totals"]) else {
        return Err("not what `replay --json` writes".into());
    };
    Ok((figures(&report["totals"]), sets.iter().take(SETS).map(figures).collect()))
}

fn figures(set: &Value) -> Value {
    FIGURES.iter().map(|name| ((*name).to_owned(), set[name].clone())).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_and_texts_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.json",
            r#"{"datasets":[{"name":"s","rows":2,"fpr":0.5,"worst":["bake bread"]}],"totals":{"rows":2}}"#,
        );
        write("b.json", "{");
        write("c.txt", "");
        write("d.json", "[1]");
        let found = reports(folder.path());
        let all = found["reports"].as_array().unwrap();
        let named = |name: &str| all.iter().find(|one| one["name"] == name).unwrap();
        assert_eq!((all.len(), &named("a.json")["sets"][0]["fpr"]), (3, &json!(0.5)));
        assert!(named("b.json")["error"].as_str().unwrap().contains("not JSON"));
        assert!(named("d.json")["error"].as_str().unwrap().contains("replay --json"));
        assert!(!found.to_string().contains("bread"));
        assert!(reports(Path::new("/nowhere"))["error"].as_str().unwrap().contains("cannot be read"));
    }
}
