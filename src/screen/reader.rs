//! Reads a request: rounds of regions, grammar-free reading, running and decoding, until nothing new turns up.
//!
//! Each round reads a set of sources: first the request's own strings, then recovered texts that are code
//! themselves. The conversation is one program: every region adds to it, and bindings of one are seen by the next.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budget::{Budget, Limit};
use crate::read::candidate::gather::{self, Place};
use crate::read::candidate::readable;
use crate::read::candidate::said;
use crate::read::candidate::spread;
use crate::read::candidate::{Candidate, Candidates, Origin, Step};
use crate::read::decode;
use crate::read::decode::Unwound;
use crate::read::eval::{self, Codecs, Finding, FindingKind};
use crate::read::ir::{self, Program, Source};
use crate::read::lexer;
use crate::read::region;
use crate::read::region::Region;
use crate::request::Request;
use crate::request::span::{Role, Slot, SpanId, TextSpan};
use crate::screen::Reading;
use crate::screen::Trace;
use crate::screen::alone::Alone;
use crate::screen::feed;
use crate::screen::feed::{Added, Beside};
use crate::screen::kept::{Kept, Programs};
use crate::screen::parsing;
use crate::screen::parsing::{Code, Parsed, Placed, Worth};

/// The candidates of a request, as far as the budget goes. A limit that is hit is noted in the budget; what was found so far
/// is judged all the same.
pub(super) fn read(
    request: &Request,
    spans: &[&TextSpan],
    reading: Reading,
    kept: &Kept,
    budget: &mut Budget,
    trace: Option<&mut Trace>,
) -> Vec<Candidate> {
    let known = Unwound::knowing(kept.barren());
    let candidates = Candidates::knowing(known.clone());
    let lowered = Programs::default();
    let mut reader = Reader { candidates, request, across: false, kept, known, lowered, budget, trace };
    let _ = reader.read(spans, reading);
    let mut found = reader.candidates.into_list();
    let _ = readable::call_plain(&mut found, spans, reader.budget);
    found
}

/// How the interpreter undoes the encodings that a program names.
const CODECS: Codecs = Codecs { decode: decode::apply, encode: decode::encode };
/// A string shorter than this cannot carry a request or code.
const SHORTEST: usize = 4;
/// A recovered text shorter than this is not read again as code.
const SHORTEST_CODE: usize = 24;
/// What functions make of texts beside them, at most: the states of a text that is sorted letter by letter are many.
const FED: usize = 4;
/// Longer conversations are not read as one text.
const ACROSS_BYTES: usize = 24 << 10;

/// One reading of a request: the candidates so far and what may still be spent.
struct Reader<'r> {
    candidates: Candidates,
    request: &'r Request,
    /// Whether the conversation was read as one text already.
    across: bool,
    kept: &'r Kept,
    /// What the decoders found so far, here and in texts read by themselves.
    known: Unwound,
    /// The programs of its code.
    lowered: Programs,
    budget: &'r mut Budget,
    trace: Option<&'r mut Trace>,
}

/// The language of the code in each span.
type Languages = Vec<(SpanId, &'static str)>;

/// A text to look for code in.
struct Material {
    text: TextSpan,
    via: Vec<Step>,
    /// Code without doubt, in this language unless it shows another.
    code: Option<&'static str>,
    /// The program runs it.
    runs: bool,
}

impl Reader<'_> {
    fn read(&mut self, spans: &[&TextSpan], reading: Reading) -> Result<(), Limit> {
        for span in spans {
            self.plain(span)?;
        }
        self.joined(spans)?;
        if reading == Reading::Raw {
            return Ok(());
        }
        let readable = |span: &&&TextSpan| span.slot != Slot::Protocol && span.text.len() >= SHORTEST;
        let mut material: Vec<Material> = spans
            .iter()
            .filter(readable)
            .map(|span| Material { text: (*span).clone(), via: vec![pointer(span)], code: None, runs: false })
            .collect();
        if reading == Reading::Literals {
            return self.literals(&material);
        }
        instructions_first(&mut material);
        for _ in 0..=self.budget.limits().rounds {
            let before = self.candidates.list().len();
            let (codes, languages) = self.round(&material)?;
            material = self.again(before, codes, &languages);
            if material.is_empty() {
                return Ok(());
            }
        }
        if material.iter().any(|left| left.runs || self.assembles(&left.text.text)) {
            return Err(self.budget.note(Limit::Rounds));
        }
        Ok(())
    }

    /// Whether a text that is not read again could put another one together.
    fn assembles(&mut self, text: &str) -> bool {
        let lexed = lexer::lex(text, self.budget);
        lexed.groups.iter().any(|group| group.pieces.len() > 2)
            || lexed.numbers.iter().any(|list| list.len() > 7)
    }

    /// A string of the request as it stands. Keys and protocol fields are names, not sentences.
    fn plain(&mut self, span: &TextSpan) -> Result<(), Limit> {
        let origin = match span.slot {
            Slot::Key | Slot::Protocol => Origin::Identifier,
            Slot::Content | Slot::Arguments | Slot::Definition | Slot::Other => Origin::Plain,
        };
        let text = match origin {
            Origin::Identifier => gather::name_words(&span.text).unwrap_or_default(),
            _ => span.text.clone(),
        };
        let candidate = Candidate { text, origin, via: vec![pointer(span)], spans: vec![span.id] };
        self.candidates.add(candidate, self.budget)?;
        Ok(())
    }

    /// Pieces of the conversation read as one text: it may be spread over messages, parts and fields.
    fn joined(&mut self, spans: &[&TextSpan]) -> Result<(), Limit> {
        for candidate in spread::joined(spans, self.budget)? {
            self.candidates.add(candidate, self.budget)?;
        }
        Ok(())
    }

    /// The literals of the code, each by itself.
    fn literals(&mut self, material: &[Material]) -> Result<(), Limit> {
        for source in material {
            let place = Place { via: source.via.clone(), span: source.text.id };
            for region in region::find(&source.text, self.budget).code {
                for literal in lexer::lex(&region.text, self.budget).literals {
                    let candidate = place.candidate(literal.text, Origin::Recovered, "literal");
                    self.candidates.add(candidate, self.budget)?;
                }
            }
        }
        Ok(())
    }

    /// One round: regions, reader, program, decoders. Gives the texts that were arguments of an `eval`.
    fn round(&mut self, material: &[Material]) -> Result<(Vec<Candidate>, Languages), Limit> {
        let mut read = Vec::with_capacity(material.len());
        for source in material {
            read.push(self.source(source)?);
        }
        let code: Vec<Placed<'_>> = material
            .iter()
            .zip(&read)
            .flat_map(|(source, alone)| {
                let (span, via) = (source.text.id, source.via.as_slice());
                alone.code.iter().map(move |code| Placed { code, span, via })
            })
            .collect();
        if std::mem::replace(&mut self.across, true) {
            for (source, alone) in material.iter().zip(&read).filter(|(_, alone)| alone.code.len() > 1) {
                self.across(std::slice::from_ref(source), alone.code.len())?;
            }
        } else {
            self.across(material, code.len())?;
        }
        let mut program = Program::new();
        let worth = Worth::of(&code);
        for (piece, language) in code.iter().zip(parsing::borrowed(&code)) {
            let parsed = self.parse(piece, language, &worth, &mut program);
            self.note_region(piece, parsed.describe());
            let Code { lexed, asks, .. } = piece.code;
            let written = lexed.literals.iter().filter(|literal| !literal.comment).count();
            if !parsed.is_trusted(&piece.code.region, written) {
                let before = self.candidates.list().len();
                gather::from_whole_region(lexed, asks, &piece.place(), &mut self.candidates, self.budget)?;
                self.decode_since(before)?;
            }
        }
        let beside: Vec<Beside<'_>> = material
            .iter()
            .zip(&read)
            .map(|(source, alone)| Beside { span: &source.text, ranges: &alone.beside })
            .collect();
        let codes = self.evaluate(&program, material, &code)?;
        self.feed(&mut program, material, &beside)?;
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.programs.push(ir::print(&program));
        }
        let languages =
            code.iter().filter_map(|piece| Some((piece.span, piece.code.region.language?))).collect();
        Ok((codes, languages))
    }

    /// What one text says by itself. Its regions are read without a grammar here, and parsed later.
    fn source(&mut self, source: &Material) -> Result<Arc<Alone>, Limit> {
        let (alone, done) = self.kept.alone(&source.text, source.code, &self.known, self.budget);
        for candidate in alone.candidates_at(&source.via, source.text.id) {
            self.candidates.take_over(candidate, self.budget)?;
        }
        done.map(|()| alone)
    }

    /// The conversation read as one text: names bound in one message, fence or turn and joined in another.
    fn across(&mut self, material: &[Material], regions: usize) -> Result<(), Limit> {
        let bytes: usize = material.iter().map(|source| source.text.text.len() + 1).sum();
        let Some(first) = material.first().filter(|_| bytes <= ACROSS_BYTES) else { return Ok(()) };
        let texts: Vec<&str> = material.iter().map(|source| source.text.text.as_str()).collect();
        let mut via = first.via.clone();
        if texts.len() > 1 {
            via.push(format!("{} texts read as one", texts.len()));
        }
        let place = Place { via, span: first.text.id };
        let joined = texts.join("\n");
        let lexed = lexer::lex_joined(&joined, self.budget);
        let before = self.candidates.list().len();
        said::from_said(&lexed, &[], &place, &mut self.candidates, self.budget)?;
        said::from_quotations(&lexed, &place, &mut self.candidates, self.budget)?;
        if regions > 1 {
            let asks = decode::asks(&joined);
            said::from_containers(&lexed, false, &asks, &place, &mut self.candidates, self.budget)?;
        }
        self.decode_since(before)
    }

    /// Lowers a region into the program, or takes it as it was lowered before; in a language that it borrows where it makes sense
    /// there.
    fn parse(
        &mut self,
        piece: &Placed<'_>,
        borrowed: Option<&'static str>,
        worth: &Worth,
        program: &mut Program,
    ) -> Parsed {
        if !worth.parsing(piece.code) {
            return Parsed::NothingThere;
        }
        if borrowed.is_some() {
            let region = Region { language: borrowed, ..piece.code.region.clone() };
            let lowered = self.kept.lowered(&region, &mut self.lowered, self.budget);
            if !lowered.parsed.is_doubtful(&region) {
                program.splice(&lowered.program, piece.span, region.range.start);
                return lowered.parsed;
            }
        }
        let region = &piece.code.region;
        let lowered = self.kept.lowered(region, &mut self.lowered, self.budget);
        program.splice(&lowered.program, piece.span, region.range.start);
        lowered.parsed
    }

    /// Gives the functions of the program what stands beside the code: a decoder in a fence, its ciphertext in the prose. Only
    /// what comes out as a sentence counts.
    fn feed(
        &mut self,
        program: &mut Program,
        material: &[Material],
        beside: &[Beside<'_>],
    ) -> Result<(), Limit> {
        let findings = match feed::add_calls(program, beside, self.budget) {
            Added::Nothing => return Ok(()),
            Added::Calls => eval::run_called(program, CODECS, self.budget),
            Added::Values => eval::run(program, CODECS, self.budget),
        };
        let via = material.first().map_or_else(Vec::new, |source| source.via.clone());
        for finding in best(&findings.list) {
            let steps = ["text beside the code given to its functions".to_owned()];
            let via = via.iter().cloned().chain(steps).chain(finding.how.iter().cloned()).collect();
            let spans = beside.iter().map(|beside| beside.span.id).take(1).collect();
            let candidate = Candidate { text: finding.text.clone(), origin: Origin::Recovered, via, spans };
            self.candidates.add(candidate, self.budget)?;
        }
        Ok(())
    }

    fn note_region(&mut self, piece: &Placed<'_>, parsed: &str) {
        let Some(trace) = self.trace.as_deref_mut() else { return };
        let Code { region, lexed, groups, comments, .. } = piece.code;
        trace.regions.push(format!(
            "{} {:?} {}{}: {} literals, {groups} groups, {comments} comments, {parsed}",
            piece.via.first().map_or("", String::as_str),
            region.range,
            region.language.unwrap_or("code"),
            if region.fenced { ", fenced" } else { "" },
            lexed.literals.len(),
        ));
    }

    /// Looks for encodings in the candidates added since `before`.
    fn decode_since(&mut self, before: usize) -> Result<(), Limit> {
        gather::decode_since(before, &mut self.candidates, self.budget)
    }

    /// Runs the program and adds what it builds.
    fn evaluate(
        &mut self,
        program: &Program,
        material: &[Material],
        code: &[Placed<'_>],
    ) -> Result<Vec<Candidate>, Limit> {
        if program.is_empty() {
            return Ok(Vec::new());
        }
        let findings = eval::run(program, CODECS, self.budget);
        let before = self.candidates.list().len();
        let steps_to = |piece: Option<&Source>| {
            let Some(piece) = piece else {
                // Numbers have no place of their own.
                return code.first().map_or_else(Vec::new, |placed| placed.place().via);
            };
            let holds = |placed: &&Placed<'_>| {
                let start = usize::try_from(piece.start).unwrap_or(usize::MAX);
                placed.span == piece.span && placed.code.region.range.contains(&start)
            };
            let own = || material.iter().find(|source| source.text.id == piece.span);
            match code.iter().find(holds) {
                Some(placed) => placed.place().via,
                None => own().map_or_else(Vec::new, |source| source.via.clone()),
            }
        };
        let mut codes = Vec::new();
        for finding in &findings.list {
            gather::from_finding(finding, steps_to, &mut self.candidates, self.budget)?;
            if finding.kind == FindingKind::Code {
                codes.push(gather::candidate_of(finding, steps_to));
            }
        }
        if let Some(trace) = self.trace.as_deref_mut() {
            let line = |finding: &eval::Finding| {
                format!("{:?} {:?} [{}]", finding.kind, finding.text, finding.how.join(" → "))
            };
            trace.values.extend(findings.list.iter().map(line));
        }
        self.decode_since(before)?;
        Ok(codes)
    }

    /// The texts to read again: those an `eval` would run, and recovered or decoded ones that look like code.
    fn again(&mut self, before: usize, codes: Vec<Candidate>, languages: &Languages) -> Vec<Material> {
        let hidden = self.candidates.list()[before..].iter().filter(|candidate| {
            matches!(candidate.origin, Origin::Recovered | Origin::Decoded | Origin::Comment)
                && might_be_code(&candidate.text)
                && !is_comment_again(candidate)
        });
        let request = self.request;
        codes
            .iter()
            .map(|candidate| (candidate, true))
            .chain(hidden.map(|candidate| (candidate, false)))
            .map(|(candidate, run)| {
                let id = candidate.spans.first().copied().unwrap_or(SpanId(0));
                let role = request.spans.get(id.0 as usize).map_or(Role::Unlabelled, |span| span.role);
                let known = languages.iter().find(|(span, _)| *span == id).map(|(_, language)| *language);
                let code = known.filter(|_| run);
                Material {
                    text: inner_span(candidate, id, role),
                    via: candidate.via.clone(),
                    code,
                    runs: run,
                }
            })
            .collect()
    }
}

/// Of what functions make of a text that was given to them, the sentences; of those found in one way, the best.
fn best(findings: &[Finding]) -> Vec<&Finding> {
    let mut ways: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| decode::is_well_ordered(&finding.text)) {
        ways.entry(finding.how.last().map(AsRef::as_ref)).or_default().push(finding);
    }
    for found in ways.values_mut().filter(|found| found.len() > FED) {
        found.sort_by_cached_key(|finding| Reverse(decode::word_order(&finding.text)));
        found.truncate(FED);
    }
    ways.into_values().flatten().collect()
}

/// A model reads its instructions first, wherever in the body their field stands; those amid messages stay there.
fn instructions_first(material: &mut [Material]) {
    let field = |text: &TextSpan| text.pointer.split('/').nth(1).unwrap_or_default().to_owned();
    let said: Vec<String> = material
        .iter()
        .filter(|source| source.text.role == Role::User)
        .map(|source| field(&source.text))
        .collect();
    let later = |source: &Material| {
        source.text.role != Role::System
            || source.text.slot != Slot::Content
            || said.contains(&field(&source.text))
    };
    material.sort_by_key(later);
}

/// A comment within a comment was read with the outer one.
fn is_comment_again(candidate: &Candidate) -> bool {
    candidate.origin == Origin::Comment && candidate.via.iter().filter(|step| *step == "comment").count() > 1
}

/// Whether a recovered text is worth a look for code: long enough, and with the signs that every language has.
fn might_be_code(text: &str) -> bool {
    text.len() >= SHORTEST_CODE && text.contains(['(', '=', '[']) && text.contains(['"', '\'', '`'])
}

/// A recovered text as a span of its own, standing where its first piece stands.
fn inner_span(candidate: &Candidate, id: SpanId, role: Role) -> TextSpan {
    TextSpan {
        id,
        pointer: candidate.via.first().cloned().unwrap_or_default(),
        bytes: 0..0,
        role,
        slot: Slot::Other,
        turn: 0,
        text: candidate.text.clone(),
    }
}

fn pointer(span: &TextSpan) -> Step {
    if span.pointer.is_empty() { "text".to_owned() } else { span.pointer.clone() }
}
