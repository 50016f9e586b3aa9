//! The newcomer's first command, as a newcomer runs it.

use std::process::Command;

#[test]
fn the_demo_shows_what_passes_and_what_is_blocked() {
    let ran = Command::new(env!("CARGO_BIN_EXE_unspool")).arg("demo").output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{text}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(text.matches("200 forward").count(), 3, "{text}");
    assert_eq!(text.matches("400 block").count(), 5, "{text}");
    for part in ["8 of 8", "base_url=", "unspool serve --upstream", "\"how to launder money\"", "rule crime."]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
}
