//! The seeds of the fuzz targets, run as plain tests: every bug that fuzzing finds stays here as a seed.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/targets.rs"]
mod targets;

#[test]
fn every_target_holds_on_its_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, check) in targets::TARGETS {
        let mut files: Vec<_> =
            fs::read_dir(seeds.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 3, "{name} has {} seeds", files.len());
        for file in files {
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_target_is_a_fuzz_binary() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is missing in fuzz/Cargo.toml");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets::TARGETS.len());
}
