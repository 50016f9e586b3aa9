//! How pieces want to be joined: words with blanks, fragments of words with nothing.

/// The pieces in one text.
pub(crate) fn join(pieces: &[&str]) -> String {
    pieces.join(separator(pieces))
}

/// A blank between words; nothing between pieces that bring their own blanks, and between single letters.
pub(crate) fn separator(pieces: &[&str]) -> &'static str {
    let edged = pieces.iter().filter(|piece| piece.trim().len() != piece.len()).count();
    let letters = pieces.iter().filter(|piece| piece.chars().nth(1).is_none()).count();
    let inner = pieces.iter().filter(|piece| piece.trim().contains(' ')).count();
    match () {
        () if letters * 4 >= pieces.len() * 3 => "",
        () if edged > 0 && (inner > 0 || edged * 3 >= pieces.len()) => "",
        () => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_say_how_they_are_joined() {
        assert_eq!(join(&["bake", "the", "bread"]), "bake the bread");
        assert_eq!(join(&["bake t", "he br", "ead "]), "bake the bread ");
        assert_eq!(join(&["bake ", "the ", "bread"]), "bake the bread");
        assert_eq!(join(&["b", "a", "k", "e"]), "bake");
        assert_eq!(join(&["how to", "bake bread"]), "how to bake bread");
    }
}
