//! Runs the code of a round: regions that have to do with each other as one program, each such program by itself, so that what it says
//! can be kept while the conversation around it grows.

use std::sync::Arc;

use crate::budget::{Budget, Limit};
use crate::read::candidate::gather;
use crate::read::candidate::{Candidate, Origin};
use crate::read::decode;
use crate::read::eval::{self, Called, Codecs, Finding, FindingKind, Findings, Need, Purse};
use crate::read::ir::{self, Program, Source};
use crate::request::span::SpanId;
use crate::screen::feed::{self, Beside, Decoder, Payload};
use crate::screen::kept::Key;
use crate::screen::linked;
use crate::screen::parsing::{Lowered, Placed};
use crate::screen::reader::{Material, Reader};

/// How the interpreter undoes the encodings that a program names.
const CODECS: Codecs = Codecs { decode: decode::apply, encode: decode::encode };

/// A region, lowered.
pub(super) struct Part {
    pub(super) lowered: Arc<Lowered>,
    /// What it is kept by.
    pub(super) key: Option<Key>,
    pub(super) span: SpanId,
    pub(super) bytes: usize,
}

/// The regions of a round, and which of them are run together.
pub(super) struct Programs<'p> {
    parts: &'p [Part],
    groups: Vec<Vec<usize>>,
}

impl<'p> Programs<'p> {
    pub(super) fn of(parts: &'p [Part]) -> Self {
        let linked: Vec<linked::Part<'_>> =
            parts.iter().map(|part| linked::Part { links: &part.lowered.links, bytes: part.bytes }).collect();
        Programs { parts, groups: linked::groups(&linked) }
    }

    /// The parts of a group in order.
    fn parts(&self, group: &'p [usize]) -> impl Iterator<Item = &'p Part> {
        group.iter().filter_map(|at| self.parts.get(*at))
    }

    /// A group as a program, whose spans are the places of its parts in the group.
    fn program(&self, group: &'p [usize]) -> Program {
        let mut program = Program::new();
        for (part, at) in self.parts(group).zip(0_u32..) {
            program.splice(&part.lowered.program, SpanId(at));
        }
        program
    }

    /// What a group is known by, where all of its parts are kept.
    fn key(&self, group: &'p [usize]) -> Option<Vec<Key>> {
        self.parts(group).map(|part| part.key).collect()
    }

    /// The first functions that could be given what stands beside the code, each with the part it stands in.
    fn decoders(&self) -> Vec<(usize, Decoder)> {
        let named = self.parts.iter().enumerate();
        let named =
            named.flat_map(|(at, part)| feed::functions(&part.lowered.program).map(move |one| (at, one)));
        named.take(feed::MOST_FUNCTIONS).collect()
    }
}

impl Reader<'_> {
    /// Runs the programs and adds what they build.
    pub(super) fn evaluate(
        &mut self,
        programs: &Programs<'_>,
        material: &[Material],
        code: &[Placed<'_>],
    ) -> Result<Vec<Candidate>, Limit> {
        let before = self.candidates.list().len();
        let purse = Purse::of(self.budget);
        let mut codes = Vec::new();
        for group in &programs.groups {
            let run = |budget: &mut Budget| run(&programs.program(group), &purse, Called::OrNot, budget);
            let ran = self.kept.ran(programs.key(group), &purse, self.budget, run);
            let spans: Vec<SpanId> = programs.parts(group).map(|part| part.span).collect();
            for finding in &ran.findings.list {
                let finding = finding.placed(|at| spans.get(at.0 as usize).copied().unwrap_or(at));
                let steps_to = |piece: Option<&Source>| steps_to(piece, material, code);
                gather::from_finding(&finding, steps_to, &mut self.candidates, self.budget)?;
                if finding.kind == FindingKind::Code {
                    codes.push(gather::candidate_of(&finding, steps_to));
                }
                self.note_value(&finding);
            }
        }
        if let Some(trace) = self.trace.as_deref_mut() {
            let printed = programs.groups.iter().map(|group| ir::print(&programs.program(group)));
            trace.programs.push(printed.collect());
        }
        self.decode_since(before)?;
        Ok(codes)
    }

    fn note_value(&mut self, finding: &Finding) {
        let Some(trace) = self.trace.as_deref_mut() else { return };
        trace.values.push(format!("{:?} {:?} [{}]", finding.kind, finding.text, finding.how.join(" → ")));
    }

    /// Gives functions of the programs what stands beside the code: a decoder in a fence, its ciphertext in the prose. Only what
    /// comes out as a sentence counts.
    pub(super) fn feed(
        &mut self,
        programs: &Programs<'_>,
        material: &[Material],
        beside: &[Beside<'_>],
    ) -> Result<(), Limit> {
        let decoders = programs.decoders();
        let mut defined: Vec<(SpanId, usize)> =
            programs.parts.iter().flat_map(|part| feed::defined(&part.lowered.program, part.span)).collect();
        defined.sort_unstable();
        let keyed = decoders.iter().any(|(_, decoder)| decoder.is_keyed());
        let payload = Payload::of(beside, &defined, keyed);
        if payload.is_empty() {
            return Ok(());
        }
        let purse = Purse::of(self.budget);
        let alone = programs.groups.len() == 1;
        for group in &programs.groups {
            let own: Vec<&Decoder> =
                decoders.iter().filter(|(at, _)| group.contains(at)).map(|(_, decoder)| decoder).collect();
            if own.is_empty() && !alone {
                continue;
            }
            let key = programs.key(group).map(|key| (key, &payload, &own));
            let run = |budget: &mut Budget| fed(programs.program(group), &payload, &own, &purse, budget);
            let ran = self.kept.ran(key, &purse, self.budget, run);
            self.add_fed(&ran.findings, material, beside)?;
        }
        Ok(())
    }

    fn add_fed(
        &mut self,
        findings: &Findings,
        material: &[Material],
        beside: &[Beside<'_>],
    ) -> Result<(), Limit> {
        let via = material.first().map_or_else(Vec::new, |source| source.via.clone());
        for finding in &findings.list {
            let steps = ["text beside the code given to its functions".to_owned()];
            let via = via.iter().cloned().chain(steps).chain(finding.how.iter().cloned()).collect();
            let spans = beside.iter().map(|beside| beside.span.id).take(1).collect();
            let candidate = Candidate { text: finding.text.clone(), origin: Origin::Recovered, via, spans };
            self.candidates.add(candidate, self.budget)?;
        }
        Ok(())
    }
}

fn run(program: &Program, purse: &Purse, called: Called, budget: &mut Budget) -> (Findings, Option<Need>) {
    eval::run_within(program, CODECS, purse, called, budget)
}

/// Runs a program with what stands beside it given to its functions: what comes out as sentences.
fn fed(
    mut program: Program,
    payload: &Payload,
    decoders: &[&Decoder],
    purse: &Purse,
    budget: &mut Budget,
) -> (Findings, Option<Need>) {
    let values = payload.add_values(&mut program, budget);
    let calls = payload.add_calls(&mut program, decoders, budget);
    let called = match (values, calls) {
        (true, _) => Called::OrNot,
        (false, true) => Called::Only,
        (false, false) => return (Findings::default(), Some(Need::default())),
    };
    let (mut findings, need) = run(&program, purse, called, budget);
    findings.list.retain(|finding| decode::is_well_ordered(&finding.text));
    (findings, need)
}

/// The steps to where a piece was written.
fn steps_to(piece: Option<&Source>, material: &[Material], code: &[Placed<'_>]) -> Vec<String> {
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
}
