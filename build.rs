//! Rebuilds the crate when a rule changes: `include_dir!` alone does not notice.

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
