//! The seeds of the fuzz targets, run as plain tests: every bug that fuzzing finds stays here as a seed.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

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

/// Numbers that look random and are the same for the same start.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }
}

/// Pieces that readers trip over.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xe2\x80\x8b",
    b"\xf0\x9f\x8d\x9e",
    b"'''",
    b"`",
    b"${",
    b"{{",
    b"((((((((((((((((",
    b"a<a<a<a<a<a<",
    b"/*",
    b"#",
    b"\"messages\":",
    b"\"content\":",
    b"\"type\":",
    b"--b\r\n",
    b"0\r\n\r\n",
    b"ffffffff\r\n",
    b"Content-Length: 9\r\n",
    b"[[rule]]\n",
];

/// One of the seeds, changed in a few places.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => {
                bytes.remove(at);
            }
            2 => bytes.truncate(at),
            3 => {
                let (from, other) = (dice.below(40), &seeds[dice.below(seeds.len())]);
                let piece: Vec<u8> = other.iter().copied().skip(from).take(1 + dice.below(200)).collect();
                bytes.splice(at..at, piece);
            }
            4 => {
                let piece = bytes[..at].repeat(1 + dice.below(3));
                bytes.extend(piece);
            }
            _ => {
                bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied());
            }
        }
        bytes.truncate(1 << 16);
    }
    bytes
}

/// Without coverage to go by, but wherever the tests run: `UNSPOOL_FUZZ=60 cargo test --test it mutated_seeds -- --ignored
/// --nocapture` spends so many seconds on each target and keeps what breaks one.
#[test]
#[ignore = "takes as long as it is told to"]
fn mutated_seeds_hold() {
    #[expect(clippy::disallowed_methods, reason = "a knob of this test alone")]
    let seconds = std::env::var("UNSPOOL_FUZZ").ok().and_then(|seconds| seconds.parse().ok());
    let patience = Duration::from_secs(seconds.unwrap_or(5));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut broken = Vec::new();
    for (name, check) in targets::TARGETS {
        let files = fs::read_dir(folder.join(name)).unwrap();
        let seeds: Vec<Vec<u8>> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        let (mut dice, begin, mut runs, mut slowest) = (Dice(11), Instant::now(), 0_u64, Duration::ZERO);
        while begin.elapsed() < patience {
            let bytes = mutated(&seeds, &mut dice);
            let start = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| check(&bytes))).is_err() {
                let kept = std::env::temp_dir().join(format!("unspool-{name}-{runs}"));
                fs::write(&kept, &bytes).unwrap();
                broken.push(kept);
            }
            (runs, slowest) = (runs + 1, slowest.max(start.elapsed()));
        }
        println!("{name}: {runs} inputs in {} s, the slowest {} ms", patience.as_secs(), slowest.as_millis());
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn every_target_is_a_fuzz_binary() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in targets::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is missing in fuzz/Cargo.toml");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets::TARGETS.len());
}
