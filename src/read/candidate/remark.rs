//! What comments say: those right below each other as one text, and short ones all over the code.

use super::gather::Place;
use super::group::GROUP_PIECES;
use super::said::from_file_names;
use super::{Candidates, Origin};
use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::lexer::Lexed;

/// Comments of up to so many words are joined: a sentence may be spread over them.
const SHORT_COMMENT: usize = 8;
/// Words of such comments together.
const JOINED_COMMENTS: usize = 30;

/// Comments that stand on lines of their own right below each other are one text, as they are to a reader; comments of a
/// word or two, scattered over the code, are joined as well.
pub(super) fn from_comments(
    lexed: &Lexed,
    text: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut end = 0;
    let mut run = String::new();
    for comment in &lexed.comments {
        let between = text.get(end..comment.range.start).unwrap_or("code");
        if !between.trim().is_empty() {
            from_comment(&std::mem::take(&mut run), place, out, budget)?;
        }
        if !run.is_empty() {
            run.push(' ');
        }
        run.push_str(comment.text.trim());
        end = comment.range.end;
    }
    from_comment(&run, place, out, budget)?;
    let words = |text: &str| text.split_whitespace().count();
    let short: Vec<&str> = lexed
        .comments
        .iter()
        .map(|comment| comment.text.trim())
        .filter(|text| (1..=SHORT_COMMENT).contains(&words(text)))
        .collect();
    let all = short.join(" ");
    if short.len() > 1
        && short.len() <= GROUP_PIECES
        && (words(&all) == short.len() || words(&all) <= JOINED_COMMENTS && decode::is_sentence(&all))
    {
        out.add(place.candidate(all, Origin::Recovered, "short comments → joined"), budget)?;
    }
    Ok(())
}

/// One comment: what it says, without the marks of documentation; and the names of files in it.
fn from_comment(
    comment: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let lines = || comment.lines().map(|line| line.trim().trim_start_matches(['*', '/', '!']).trim_start());
    let tagged =
        |line: &str| line.starts_with(['@', '\\']) || line.starts_with(':') && line[1..].contains(':');
    let said: Vec<&str> = lines().take_while(|line| !tagged(line)).collect();
    let rest: Vec<&str> = lines().skip(said.len()).collect();
    for part in [said, rest] {
        let text = part.join("\n");
        let text = text.trim();
        if text.split_whitespace().nth(1).is_some() || !text.is_ascii() {
            out.add(place.candidate(text, Origin::Comment, "comment"), budget)?;
        }
    }
    from_file_names(comment, place, out, budget)
}
