//! What one text says by itself: its regions, read without a grammar, and everything that can be taken from them before
//! the conversation is put together. It depends on the text alone, so that it can be kept from one request to the next.

use std::ops::Range;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::candidate::gather::{self, Place};
use crate::read::candidate::numbers;
use crate::read::candidate::said;
use crate::read::candidate::{Candidate, Candidates, Origin};
use crate::read::decode::{self, Ask, Unwound};
use crate::read::lang;
use crate::read::lexer;
use crate::read::lexer::{Comment, Lexed};
use crate::read::region;
use crate::read::region::Region;
use crate::read::region::Regions;
use crate::request::span::{SpanId, TextSpan};
use crate::screen::feed;
use crate::screen::parsing::Code;

/// Longer texts are code where they look like it, not ciphertext.
const CIPHER_BYTES: usize = 4 << 10;
/// Longer texts are not read for what they say of strings.
const SAID_BYTES: usize = 64 << 10;
/// Things asked for in one text, at most.
const MOST_ASKS: usize = 8;
/// What an allocator adds to a piece of memory, and rounds it up by.
const PIECE: usize = 24;

/// One text, read by itself. Provenance and spans are those within the text: [`Alone::candidates_at`] says where it stands.
#[derive(Debug)]
pub(super) struct Alone {
    candidates: Vec<Candidate>,
    /// Its code.
    pub(super) code: Vec<Code>,
    /// Where ciphertext may stand beside the code.
    pub(super) beside: Vec<Range<usize>>,
    /// What reading it took.
    pub(super) steps: u64,
    pub(super) bytes: u64,
}

impl Alone {
    /// Reads a text, which is code without doubt where a language is given. Where the budget ends the reading, what was found
    /// until then is given all the same, with the limit.
    pub(super) fn read(
        text: &TextSpan,
        code: Option<&'static str>,
        known: &Unwound,
        budget: &mut Budget,
    ) -> (Self, Result<(), Limit>) {
        let (steps, bytes) = (budget.steps(), budget.value_bytes());
        let place = Place { via: Vec::new(), span: SpanId(0) };
        let mut reading =
            Reading { found: Candidates::knowing(known.clone()), place, code: Vec::new(), budget };
        let mut regions = region::find(text, reading.budget);
        if code.is_some() && regions.code.is_empty() {
            regions = region::whole(text);
        }
        let beside = feed::beside(&regions);
        let done = reading.read(&text.text, regions, code);
        let Reading { found, code, budget, .. } = reading;
        let (steps, bytes) = (budget.steps() - steps, budget.value_bytes() - bytes);
        (Alone { candidates: found.into_all(), code, beside, steps, bytes }, done)
    }

    /// Its candidates, where the text stands at `via` in `span`.
    pub(super) fn candidates_at<'a>(
        &'a self,
        via: &'a [String],
        span: SpanId,
    ) -> impl Iterator<Item = Candidate> + 'a {
        self.candidates.iter().map(move |candidate| Candidate {
            text: candidate.text.clone(),
            origin: candidate.origin,
            via: via.iter().chain(&candidate.via).cloned().collect(),
            spans: vec![span],
        })
    }

    /// Gives back what was set aside and is not used, before it is kept for long.
    pub(super) fn shrink(&mut self) {
        for candidate in &mut self.candidates {
            candidate.text.shrink_to_fit();
            candidate.via.shrink_to_fit();
            candidate.spans.shrink_to_fit();
        }
        self.candidates.shrink_to_fit();
        self.code.shrink_to_fit();
    }

    /// About what it holds in memory, what an allocator adds to each piece included.
    pub(super) fn weight(&self) -> usize {
        let step = |step: &String| step.len() + size_of::<String>() + PIECE;
        let texts = |candidate: &Candidate| {
            let via = candidate.via.iter().map(step).sum::<usize>();
            candidate.text.len() + via + size_of::<Candidate>() + 3 * PIECE
        };
        let code = self.code.iter().map(Code::weight).sum::<usize>();
        self.candidates.iter().map(texts).sum::<usize>() + code + size_of::<Alone>() + 3 * PIECE
    }
}

/// One text being read.
struct Reading<'b> {
    found: Candidates,
    place: Place,
    code: Vec<Code>,
    budget: &'b mut Budget,
}

impl Reading<'_> {
    fn read(&mut self, whole: &str, regions: Regions, code: Option<&'static str>) -> Result<(), Limit> {
        let mut asks: Vec<Ask> = Vec::new();
        let mut ask = |text: &str| {
            for ask in decode::asks(text) {
                if asks.len() < MOST_ASKS && !asks.contains(&ask) {
                    asks.push(ask);
                }
            }
        };
        for range in &regions.prose {
            let prose = whole.get(range.clone()).unwrap_or_default();
            ask(prose);
            if !regions.code.is_empty() {
                let candidate = self.place.candidate(prose.trim(), Origin::Plain, "prose");
                self.found.add(candidate, self.budget)?;
            }
            self.decode(prose)?;
        }
        let mut found = Vec::new();
        for mut region in regions.code {
            region.language = region.language.or(code);
            let lexed = lexer::lex(&region.text, self.budget);
            lexed.comments.iter().for_each(|comment| ask(&comment.text));
            odd_comments(&region.text, &lexed.comments).for_each(&mut ask);
            if region.text.len() <= CIPHER_BYTES && region.text.trim().lines().nth(2).is_none() {
                // The newlines are lost: a comment may be anywhere.
                ask(&region.text);
            }
            found.push((region, lexed));
        }
        if whole.len() <= SAID_BYTES {
            gather::from_hidden(whole, &self.place, &mut self.found, self.budget)?;
            said::from_file_names(whole, &self.place, &mut self.found, self.budget)?;
        }
        if !regions.prose.is_empty() {
            for told in decode::told(whole, &regions.prose, self.budget) {
                let candidate = self.place.candidate(told.text, Origin::Recovered, told.how);
                self.found.add(candidate, self.budget)?;
            }
        }
        let literals: usize = found.iter().map(|(_, lexed)| lexed.literals.len()).sum();
        if literals < 2 && !found.is_empty() && whole.len() <= CIPHER_BYTES {
            // Ciphertext full of signs looks like code.
            self.decode(whole)?;
        }
        if literals == 0 {
            self.said(whole, &asks)?;
        } else {
            for range in &regions.prose {
                self.said(whole.get(range.clone()).unwrap_or_default(), &asks)?;
            }
        }
        for (region, mut lexed) in found {
            let mut place = self.place.clone();
            place.via.push(region.language.unwrap_or("code").to_owned());
            let before = self.found.list().len();
            let asks = with_names(&asks, &region, &lexed);
            gather::from_lexed(&lexed, &region.text, &asks, &place, &mut self.found, self.budget)?;
            self.decode_since(before)?;
            gather::from_bare(&region.text, &place, &mut self.found, self.budget)?;
            let (groups, comments) = (lexed.groups.len(), lexed.comments.len());
            drop_read(&mut lexed);
            self.code.push(Code { region, lexed, groups, comments, asks });
        }
        Ok(())
    }

    /// What prose says of strings: which name is what, what is to be joined, which words stand in a row.
    fn said(&mut self, text: &str, asks: &[Ask]) -> Result<(), Limit> {
        if text.len() > SAID_BYTES {
            return Ok(());
        }
        let lexed = lexer::lex_prose(text, self.budget);
        let before = self.found.list().len();
        said::from_said(&lexed, asks, &self.place, &mut self.found, self.budget)?;
        for row in &lexed.numbers {
            numbers::from_numbers(row, &self.place, &mut self.found, self.budget)?;
        }
        if lexed.literals.len() > 1 {
            said::from_containers(&lexed, true, asks, &self.place, &mut self.found, self.budget)?;
            gather::from_whole_region(&lexed, asks, &self.place, &mut self.found, self.budget)?;
        }
        self.found.read_from(before, text, self.budget)?;
        self.decode_since(before)
    }

    fn decode(&mut self, text: &str) -> Result<(), Limit> {
        gather::from_decoders(text, &self.place.via, &[self.place.span], &mut self.found, self.budget)
    }

    fn decode_since(&mut self, before: usize) -> Result<(), Limit> {
        gather::decode_since(before, &mut self.found, self.budget)
    }
}

/// What is asked for, and what the names in a short program of a language that nobody reads ask for: `Enum.reverse`, `rev`.
fn with_names(asks: &[Ask], region: &Region, lexed: &Lexed) -> Vec<Ask> {
    let mut asks = asks.to_vec();
    if region.text.len() > CIPHER_BYTES || region.language.and_then(lang::by_name).is_some() {
        return asks;
    }
    for (name, _) in &lexed.identifiers {
        let found = decode::asked_by_name(name);
        asks.extend(found.filter(|ask| !asks.contains(ask)));
    }
    asks
}

/// Forgets what only [`gather::from_lexed`] needs.
fn drop_read(lexed: &mut Lexed) {
    *lexed = Lexed {
        literals: std::mem::take(&mut lexed.literals),
        numbers: std::mem::take(&mut lexed.numbers),
        ..Lexed::default()
    };
}

/// Lines behind a mark that may open a comment in a language nobody knows: `! …`, `' …`, `*> …`; those of known `comments` left
/// out.
fn odd_comments<'c>(code: &'c str, comments: &[Comment]) -> impl Iterator<Item = &'c str> {
    let marked = |line: &str| line.starts_with(|c: char| "!';*%-#/".contains(c));
    let says = |line: &&str| line.split_whitespace().nth(3).is_some();
    let mut comments = comments.iter().map(|comment| comment.range.clone()).peekable();
    let mut at = 0;
    code.split_inclusive('\n')
        .filter_map(move |line| {
            let shown = line.trim_start();
            let start = at + line.len() - shown.len();
            at += line.len();
            if !marked(shown) {
                return None;
            }
            while comments.next_if(|comment| comment.end <= start).is_some() {}
            let known = comments.peek().is_some_and(|comment| comment.contains(&start));
            (!known).then(|| shown.trim_end().trim_start_matches(|c: char| !c.is_alphanumeric()))
        })
        .filter(says)
}
