//! What comes with the product: from crates.io only, by checksum, under licences that `deny.toml` allows (H9).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn read(name: &str) -> toml::Table {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    text.parse().unwrap()
}

fn names<'a>(list: &'a toml::Value, key: &str) -> BTreeSet<&'a str> {
    let all = list.as_array().unwrap().iter();
    all.map(|entry| entry.get(key).unwrap_or(entry).as_str().unwrap()).collect()
}

#[test]
fn every_package_is_from_the_registry_and_none_is_banned() {
    let (lock, deny) = (read("Cargo.lock"), read("deny.toml"));
    let banned = names(&deny["bans"]["deny"], "name");
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 200 && banned.len() >= 2, "{} packages", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(name), "{name} is banned by deny.toml");
        if name == "unspool" {
            continue;
        }
        let source = package.get("source").and_then(toml::Value::as_str).unwrap_or_default();
        assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
        assert_eq!(package["checksum"].as_str().unwrap().len(), 64, "{name}");
    }
}

/// Whether an SPDX expression can be met with what is allowed. Enough of the grammar for what packages write.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|licence| allowed.contains(licence.trim())))
}

#[test]
fn every_licence_is_one_that_is_allowed() {
    let deny = read("deny.toml");
    let allowed = names(&deny["licenses"]["allow"], "name");
    assert!(
        is_met("GPL-3.0 OR MIT", &allowed)
            && !is_met("GPL-3.0", &allowed)
            && !is_met("MIT AND GPL-3.0", &allowed)
    );
    let asked = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let found: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let packages = found["packages"].as_array().unwrap();
    assert!(packages.len() > 200, "{} packages", packages.len());
    let not_met =
        packages.iter().filter(|package| !is_met(package["license"].as_str().unwrap_or("none"), &allowed));
    let not_met: Vec<String> =
        not_met.map(|package| format!("{} {}", package["name"], package["license"])).collect();
    assert!(not_met.is_empty(), "{not_met:?}");
}

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Every row of A to D and G is there, and is kept by tests that are.
#[test]
fn every_row_of_the_catalogue_is_kept_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("tests/CATALOGUE.md")).unwrap();
    let mut code = String::new();
    ["src", "tests/it"].iter().for_each(|folder| sources(&root.join(folder), &mut code));
    let mut rows = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| row")) {
        let cells: Vec<&str> = line.split(" | ").collect();
        for place in cells[0].trim_start_matches("| ").split(", ") {
            let (from, to) = place.split_once(" to ").unwrap_or((place, place));
            let number = |place: &str| place[1..].parse::<u32>().unwrap();
            rows.extend((number(from)..=number(to)).map(|number| format!("{}{number}", &from[..1])));
        }
        let names: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{line}");
        for name in names {
            assert!(code.contains(&format!("fn {name}(")), "no test {name}: {line}");
        }
    }
    for (section, count) in [("A", 16), ("B", 14), ("C", 18), ("D", 6), ("G", 11)] {
        let missing = (1..=count).map(|number| format!("{section}{number}")).find(|row| !rows.contains(row));
        assert_eq!(missing, None);
    }
}
