//! Rebuilds the crate when a rule changes: `include_dir!` alone does not notice.

#![expect(clippy::print_stdout, reason = "how a build script speaks to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
