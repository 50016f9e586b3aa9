//! The whole way from a request to verdicts: pure, synchronous, no IO, no clock but its budget.
//!
//! Each round reads a set of sources: first the request's own strings, then recovered texts that are code
//! themselves. The conversation is one program: every region adds to it, and bindings of one are seen by the next.

use std::time::Duration;

use crate::budget::{Budget, Limit, Limits};
use crate::judge::classify::{Judges, Verdict, classify};
use crate::read::candidate::gather::{self, Place};
use crate::read::candidate::spread;
use crate::read::candidate::{Candidate, Candidates, Origin, Step};
use crate::read::decode;
use crate::read::eval::{self, Codecs, FindingKind};
use crate::read::ir::{self, Program};
use crate::read::lang;
use crate::read::lexer::{self, Lexed};
use crate::read::region::{self, Region};
use crate::request::Request;
use crate::request::span::{Role, Slot, SpanId, TextSpan};

/// Which part of a conversation is screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Every message.
    #[default]
    All,
    /// The last message only (and everything outside messages).
    LatestTurn,
}

/// How much of the code in a request is read. Less than all is for measurement: it shows what reassembly buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Only the request's own strings.
    Raw,
    /// And every literal in its code, each by itself.
    Literals,
    /// Code is found, run and decoded.
    #[default]
    Full,
}

impl Reading {
    /// `raw`, `literals` or `full`.
    pub fn name(self) -> &'static str {
        match self {
            Reading::Raw => "raw",
            Reading::Literals => "literals",
            Reading::Full => "full",
        }
    }
}

/// Which stages run, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Which part of a conversation is screened.
    pub history: History,
    /// How much of its code is read.
    pub reading: Reading,
}

/// Everything screening needs, built once.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Rules and model.
    pub judges: Judges,
    /// What one screening may spend.
    pub limits: Limits,
    /// Which stages run.
    pub options: Options,
}

/// What screening found.
#[derive(Debug, Clone)]
pub struct Screening {
    /// The texts a model could read.
    pub candidates: Vec<Candidate>,
    /// One verdict a candidate, in the same order.
    pub verdicts: Vec<Verdict>,
    /// Limits that were hit; empty means complete.
    pub incomplete: Vec<Limit>,
    /// Steps spent.
    pub steps: u64,
    /// Wall time spent.
    pub elapsed: Duration,
}

/// What each reading stage saw, for `explain`.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// One line a region: where it is, language, fenced or not, how it parsed.
    pub regions: Vec<String>,
    /// The ir of each round, as an outline.
    pub programs: Vec<String>,
    /// One line a finding of the interpreter.
    pub values: Vec<String>,
}

/// Screens one request.
pub fn screen(engine: &Engine, request: &Request) -> Screening {
    screen_within(engine, request, Budget::new(engine.limits.clone()))
}

/// Screens one request within `budget`, which may carry a cancel flag.
pub fn screen_within(engine: &Engine, request: &Request, budget: Budget) -> Screening {
    run(engine, request, budget, None)
}

/// Screens one request and keeps what each stage saw.
pub fn trace(engine: &Engine, request: &Request) -> (Screening, Trace) {
    let mut trace = Trace::default();
    let screening = run(engine, request, Budget::new(engine.limits.clone()), Some(&mut trace));
    (screening, trace)
}

fn run(engine: &Engine, request: &Request, mut budget: Budget, trace: Option<&mut Trace>) -> Screening {
    let spans = spans_of(request, engine.options.history);
    budget.allow_for(spans.iter().map(|span| span.text.len()).fold(0, usize::saturating_add));
    let mut reader = Reader { candidates: Candidates::new(), request, budget: &mut budget, trace };
    // A limit that is hit is noted in the budget; what was found so far is judged all the same.
    let _ = reader.read(&spans, engine.options.reading);
    let candidates = reader.candidates.into_list();
    let verdicts = classify(&engine.judges, &candidates, &mut budget);
    Screening {
        candidates,
        verdicts,
        incomplete: budget.hits().collect(),
        steps: budget.steps(),
        elapsed: budget.elapsed(),
    }
}

/// The spans to read: all of them, or those of the last turn and outside messages.
fn spans_of(request: &Request, history: History) -> Vec<&TextSpan> {
    let last = request.spans.iter().map(|span| span.turn).max().unwrap_or(0);
    let wanted = |span: &&TextSpan| match history {
        History::All => true,
        History::LatestTurn => span.turn == last || span.role == Role::Unlabelled,
    };
    request.spans.iter().filter(wanted).collect()
}

/// How the interpreter undoes the encodings that a program names.
const CODECS: Codecs = Codecs { decode: decode::apply, encode: decode::encode };
/// A string shorter than this cannot carry a request or code.
const SHORTEST: usize = 4;
/// A recovered text shorter than this is not read again as code.
const SHORTEST_CODE: usize = 24;

/// One reading of a request: the candidates so far and what may still be spent.
struct Reader<'r> {
    candidates: Candidates,
    request: &'r Request,
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
            .map(|span| Material { text: (*span).clone(), via: vec![pointer(span)], code: None })
            .collect();
        if reading == Reading::Literals {
            return self.literals(&material);
        }
        for _ in 0..=self.budget.limits().rounds {
            let before = self.candidates.list().len();
            let (codes, languages) = self.round(&material)?;
            material = self.again(before, codes, &languages);
            if material.is_empty() {
                return Ok(());
            }
        }
        Err(self.budget.note(Limit::Rounds))
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
        let mut code = Vec::new();
        for source in material {
            self.source(source, &mut code)?;
        }
        let mut program = Program::new();
        let worth = Worth::of(&code);
        for piece in &code {
            let parsed = self.parse(piece, &worth, &mut program);
            self.note_region(piece, parsed.describe());
            let written = piece.lexed.literals.iter().filter(|literal| !literal.comment).count();
            if !parsed.is_trusted(written) {
                let before = self.candidates.list().len();
                gather::from_whole_region(&piece.lexed, &piece.place, &mut self.candidates, self.budget)?;
                self.decode_since(before)?;
            }
        }
        let codes = self.evaluate(&program, material)?;
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.programs.push(ir::print(&program));
        }
        let languages =
            code.iter().filter_map(|code| Some((code.region.span, code.region.language?))).collect();
        Ok((codes, languages))
    }

    /// Prose, regions and encodings of one text. The regions are read without a grammar here, and parsed later.
    fn source(&mut self, source: &Material, code: &mut Vec<Code>) -> Result<(), Limit> {
        let mut regions = region::find(&source.text, self.budget);
        if source.code.is_some() && regions.code.is_empty() {
            regions = region::whole(&source.text);
        }
        let place = Place { via: source.via.clone(), span: source.text.id };
        for range in &regions.prose {
            let prose = source.text.text.get(range.clone()).unwrap_or_default();
            if !regions.code.is_empty() {
                self.candidates.add(place.candidate(prose.trim(), Origin::Plain, "prose"), self.budget)?;
            }
            gather::from_decoders(prose, &source.via, &[source.text.id], &mut self.candidates, self.budget)?;
        }
        for mut region in regions.code {
            region.language = region.language.or(source.code);
            let lexed = lexer::lex(&region.text, self.budget);
            let mut place = place.clone();
            place.via.push(region.language.unwrap_or("code").to_owned());
            let before = self.candidates.list().len();
            gather::from_lexed(&lexed, &region.text, &place, &mut self.candidates, self.budget)?;
            self.decode_since(before)?;
            code.push(Code { region, lexed, place });
        }
        Ok(())
    }

    /// Lowers a region into the program, in pieces when it is long.
    fn parse(&mut self, code: &Code, worth: &Worth, program: &mut Program) -> Parsed {
        let Some(language) = code.region.language.and_then(lang::by_name) else {
            return self.data(code, program);
        };
        if !worth.parsing(code) {
            return Parsed::NothingThere;
        }
        let mut offset = code.region.range.start;
        let (mut complete, mut literals) = (true, 0);
        let limits = self.budget.limits();
        let most = if language.slow { limits.region_bytes_slow } else { limits.region_bytes };
        for piece in pieces(&code.region.text, most) {
            let lowered = lang::lower(language, piece, code.region.span, offset, program, self.budget);
            complete &= lowered.complete;
            literals += lowered.literals;
            offset += piece.len();
        }
        Parsed::Tree { complete, literals }
    }

    /// Reads a region as data.
    fn data(&mut self, code: &Code, program: &mut Program) -> Parsed {
        let region = &code.region;
        let Some(name) = region.language else { return Parsed::NoFrontend };
        match lang::lower_data(name, &region.text, region.span, region.range.start, program, self.budget) {
            Some(lowered) => Parsed::Tree { complete: lowered.complete, literals: lowered.literals },
            None => Parsed::NoFrontend,
        }
    }

    fn note_region(&mut self, code: &Code, parsed: &str) {
        let Some(trace) = self.trace.as_deref_mut() else { return };
        trace.regions.push(format!(
            "{} {:?} {}{}: {} literals, {} groups, {} comments, {parsed}",
            code.place.via.first().map_or("", String::as_str),
            code.region.range,
            code.region.language.unwrap_or("code"),
            if code.region.fenced { ", fenced" } else { "" },
            code.lexed.literals.len(),
            code.lexed.groups.len(),
            code.lexed.comments.len(),
        ));
    }

    /// Looks for encodings in the candidates added since `before`.
    fn decode_since(&mut self, before: usize) -> Result<(), Limit> {
        let added: Vec<Candidate> = self.candidates.list()[before..].to_vec();
        for candidate in added.iter().filter(|candidate| candidate.origin != Origin::Decoded) {
            let Candidate { text, via, spans, .. } = candidate;
            gather::from_decoders(text, via, spans, &mut self.candidates, self.budget)?;
        }
        Ok(())
    }

    /// Runs the program and adds what it builds.
    fn evaluate(&mut self, program: &Program, material: &[Material]) -> Result<Vec<Candidate>, Limit> {
        if program.is_empty() {
            return Ok(Vec::new());
        }
        let findings = eval::run(program, CODECS, self.budget);
        let before = self.candidates.list().len();
        let pointers = |id: SpanId| {
            material
                .iter()
                .find(|source| source.text.id == id)
                .map_or_else(Vec::new, |source| source.via.clone())
        };
        let mut codes = Vec::new();
        for finding in &findings.list {
            gather::from_finding(finding, pointers, &mut self.candidates, self.budget)?;
            if finding.kind == FindingKind::Code {
                codes.extend(self.candidates.list().last().cloned());
            }
        }
        if let Some(trace) = self.trace.as_deref_mut() {
            let line = |finding: &eval::Finding| {
                format!("{:?} {:?} [{}]", finding.kind, finding.text, finding.how.join(", "))
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
                Material { text: inner_span(candidate, id, role), via: candidate.via.clone(), code }
            })
            .collect()
    }
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

/// A region and what the grammar-free reader found in it.
struct Code {
    region: Region,
    lexed: Lexed,
    place: Place,
}

/// What came of parsing a region.
#[derive(Debug, Clone, Copy)]
enum Parsed {
    NoFrontend,
    NothingThere,
    Tree { complete: bool, literals: usize },
}

impl Parsed {
    fn describe(self) -> &'static str {
        match self {
            Parsed::NoFrontend => "no frontend, read by the lexer alone",
            Parsed::NothingThere => "nothing to assemble, not parsed",
            Parsed::Tree { complete: true, .. } => "parsed",
            Parsed::Tree { complete: false, .. } => "parsed in part",
        }
    }

    /// Whether the tree saw about as many literals as the lexer: else a stray quote or a lost newline fooled it.
    fn is_trusted(self, lexed: usize) -> bool {
        match self {
            Parsed::NoFrontend => false,
            Parsed::NothingThere => true,
            Parsed::Tree { complete, literals } => complete && literals * 10 >= lexed * 8,
        }
    }
}

/// Code of a conversation up to this many bytes is parsed whole; of more, only regions with something to put together.
const PARSED_WHOLE: usize = 64 << 10;

/// Code of a conversation up to this many bytes is always parsed: in shells bare words are texts.
const PARSED_ANYWAY: usize = 4 << 10;

/// Whether the code of a round could put a text together at all.
struct Worth {
    assembles: bool,
    long: bool,
}

impl Worth {
    /// A literal anywhere, or a list of numbers.
    fn of(code: &[Code]) -> Self {
        let literals = code.iter().any(|code| !code.lexed.literals.is_empty());
        let bytes: usize = code.iter().map(|code| code.region.text.len()).sum();
        let numbers = code.iter().any(|code| !code.lexed.numbers.is_empty());
        Worth { assembles: literals || numbers || bytes <= PARSED_ANYWAY, long: bytes > PARSED_WHOLE }
    }

    fn parsing(&self, code: &Code) -> bool {
        let own = !code.lexed.literals.is_empty() || !code.lexed.numbers.is_empty();
        self.assembles && (own || !self.long)
    }
}

/// A text in pieces of at most `most` bytes, cut at line ends, best before a line that is not indented.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let end = (0..=most).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
        let window = &rest[..end];
        let mut outer = window
            .match_indices('\n')
            .map(|(at, _)| at + 1)
            .filter(|&at| !rest[at..].starts_with([' ', '\t', '}', ')', '\n']) && at > most / 2);
        let cut = outer
            .next_back()
            .or_else(|| window.rfind('\n').map(|at| at + 1))
            .filter(|&at| at > 0)
            .unwrap_or(end);
        if cut == 0 {
            break;
        }
        let (piece, tail) = rest.split_at(cut);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_code_is_cut_before_a_line_that_is_not_indented() {
        let text = "def a():\n    x\n    y\ndef b():\n    z\n";
        assert_eq!(pieces(text, 30).concat(), text);
        assert_eq!(pieces(text, 30)[0], "def a():\n    x\n    y\n");
        assert_eq!(pieces("ééééééé", 3).concat(), "ééééééé");
    }
}
