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
