//! Inspect: one text or request body, taken apart for a reader. Nothing of it is kept.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::budget::Budget;
use crate::judge::decide::{Decision, Policy, decide, decide_with};
use crate::judge::hazard::Category;
use crate::read::candidate::{Candidate, Origin};
use crate::read::lexer;
use crate::read::region;
use crate::request::Request;
use crate::request::dialect::{ReadLimits, read, sniff};
use crate::request::span::{Slot, TextSpan};
use crate::screen::{Screening, Trace, trace};
use crate::second::Questions;
use crate::serve::live::Live;
use crate::serve::second::Hearing;

/// Candidates shown, those that score highest first.
const MOST_CANDIDATES: usize = 25;
/// Spans shown.
const MOST_SPANS: usize = 40;
/// Characters of one text shown.
const MOST_CHARS: usize = 20_000;

/// One text that was read and screened, and not yet decided.
pub(super) struct Inspected {
    live: Arc<Live>,
    request: Request,
    found: Screening,
    seen: Trace,
}

/// Reads and screens one text.
///
/// # Errors
/// When it cannot be read.
pub(super) fn inspect(live: Arc<Live>, body: Bytes, limits: &ReadLimits) -> Result<Inspected, String> {
    let request = match sniff(&body) {
        Some(dialect) => read(dialect, body, limits).map_err(|error| format!("{error}\n"))?,
        None => Request::plain(std::str::from_utf8(&body).map_err(|_| "the text is not UTF-8\n".to_owned())?),
    };
    let (found, seen) = trace(live.engine(live.usual().history), &request);
    Ok(Inspected { live, request, found, seen })
}

impl Inspected {
    /// What others are to be asked about it, as in traffic.
    pub(super) fn questions(&self) -> Option<Vec<Questions>> {
        let engine = self.live.engine(self.live.usual().history);
        self.live.second().questions(&engine.judges.model, &self.found)
    }

    /// Everything the page shows of it.
    pub(super) fn shown(&self, Hearing { opinions, told }: &Hearing) -> Value {
        let Inspected { live, request, found, seen } = self;
        let usual = live.usual();
        let thresholds = live.engine(usual.history).judges.model.thresholds();
        let at = |strictness: u8| {
            let policy = Policy { strictness, ..usual.policy };
            decide_with(&policy, thresholds, &found.verdicts, &found.incomplete, opinions)
        };
        let decision = at(usual.policy.strictness);
        let alone = decide(&usual.policy, thresholds, &found.verdicts, &found.incomplete);
        let levels = (1..=4).map(|strictness| {
        let decided = at(strictness);
        let by = decision.candidate.and_then(|at| found.verdicts.get(at));
        let threshold = by.map(|verdict| thresholds.block(strictness, verdict.origin, verdict.writing));
        json!({"strictness": strictness, "action": decided.action.name(), "outcome": decided.outcome.name(),
            "threshold": threshold})
    });
        json!({
            "dialect": request.dialect.name,
            "decision": decided(&decision, found, request),
            "second": told,
            "alone": alone.action.name(),
            "strictness": levels.collect::<Vec<_>>(),
            "usual": usual.policy.strictness,
            "spans": spans(request, found, &decision),
            "candidates": candidates(found),
            "categories": categories(found),
            "regions": seen.regions,
            "values": seen.values.iter().take(MOST_CANDIDATES).collect::<Vec<_>>(),
            "incomplete": found.incomplete.iter().map(|limit| limit.name()).collect::<Vec<_>>(),
            "steps": found.steps,
            "micros": u64::try_from(found.elapsed.as_micros()).unwrap_or(u64::MAX),
            "in_force": &**live.version(),
        })
    }
}

fn decided(decision: &Decision, found: &Screening, request: &Request) -> Value {
    let candidate = decision.candidate.and_then(|at| found.candidates.get(at));
    let place = |candidate: &Candidate| {
        let spans = candidate.spans.iter().filter_map(|id| request.spans.get(id.0 as usize));
        spans.map(|span| span.pointer.clone()).collect::<Vec<_>>()
    };
    json!({
        "action": decision.action.name(),
        "outcome": decision.outcome.name(),
        "score": decision.score,
        "category": decision.category.map(|category| category.code()),
        "hazard": decision.category.map(|category| category.title()),
        "origin": decision.origin.map(|origin| origin.name()),
        "rule": decision.rule.as_deref(),
        "text": candidate.map(|candidate| shown(&candidate.text)),
        "via": candidate.map(|candidate| candidate.via.clone()),
        "places": candidate.map(place),
    })
}

fn shown(text: &str) -> String {
    text.chars().take(MOST_CHARS).collect()
}

fn candidates(found: &Screening) -> Value {
    let mut order: Vec<_> = found.verdicts.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let listed = order.into_iter().take(MOST_CANDIDATES).filter_map(|verdict| {
        let candidate = found.candidates.get(verdict.candidate)?;
        let rules = verdict
            .rules
            .iter()
            .map(|hit| json!({"id": &*hit.id, "weight": hit.weight, "monitor": hit.monitor, "blocks": hit.blocks, "allows": hit.allows}));
        Some(json!({
            "text": candidate.text.chars().take(2000).collect::<String>(),
            "origin": candidate.origin.name(),
            "score": verdict.score,
            "model": verdict.model,
            "category": verdict.category.map(|category| category.code()),
            "via": candidate.via,
            "rules": rules.collect::<Vec<_>>(),
        }))
    });
    json!({"all": found.candidates.len(), "listed": listed.collect::<Vec<_>>()})
}

/// The highest score of each hazard that any candidate was judged to be.
fn categories(found: &Screening) -> Value {
    let mut best: BTreeMap<Category, f32> = BTreeMap::new();
    for verdict in &found.verdicts {
        if let Some(category) = verdict.category {
            let score = best.entry(category).or_default();
            *score = score.max(verdict.score);
        }
    }
    let mut rows: Vec<_> = best.into_iter().collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let row = |(category, score): (Category, f32)| json!({"code": category.code(), "title": category.title(), "score": score});
    rows.into_iter().map(row).collect()
}

/// The strings of the request in pieces: prose, code, and what the text that decided is made of.
fn spans(request: &Request, found: &Screening, decision: &Decision) -> Value {
    let by = decision.candidate.and_then(|at| found.candidates.get(at));
    let read =
        |span: &&TextSpan| !matches!(span.slot, Slot::Key | Slot::Protocol) && !span.text.trim().is_empty();
    let listed = request.spans.iter().filter(read).take(MOST_SPANS).map(|span| {
        json!({
            "pointer": if span.pointer.is_empty() { "text" } else { &span.pointer },
            "role": span.role,
            "pieces": pieces(span, by),
        })
    });
    listed.collect()
}

fn pieces(span: &TextSpan, by: Option<&Candidate>) -> Value {
    let mut budget = Budget::new(crate::budget::Limits::default());
    let regions = region::find(span, &mut budget);
    let by = by.filter(|candidate| candidate.spans.contains(&span.id));
    let mut marks: Vec<(Range<usize>, &str)> = Vec::new();
    for region in &regions.code {
        marks.push((region.range.clone(), "code"));
        let Some(by) = by.filter(|_| !region.cleaned) else { continue };
        let lexed = lexer::lex(&region.text, &mut budget);
        let literals = lexed.literals.iter().map(|literal| (&literal.raw, &literal.text));
        let comments = lexed.comments.iter().map(|comment| (&comment.range, &comment.text));
        for (raw, _) in literals.chain(comments).filter(|(_, text)| is_part(text, by)) {
            let start = region.range.start;
            marks.push((start + raw.start..start + raw.end, "hidden"));
        }
    }
    if let Some(by) = by
        && by.origin == Origin::Plain
        && let Some(at) = span.text.find(by.text.trim())
    {
        marks.push((at..at + by.text.trim().len(), "hidden"));
    }
    let runs = runs(&span.text, &marks);
    runs.into_iter().map(|(text, kind)| json!({"text": text, "kind": kind})).collect()
}

/// Whether a literal is a piece of the text: a word of it, the whole of it, either read backwards, or what was decoded.
fn is_part(literal: &str, by: &Candidate) -> bool {
    let fold = |text: &str| {
        let plain = text.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        format!(" {} ", plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (piece, whole) = (fold(literal), fold(&by.text));
    if piece.trim().is_empty() {
        return false;
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let joined = letters(&piece).len() > 3 && letters(&whole).contains(&letters(&piece));
    let backwards: String = letters(&piece).chars().rev().collect();
    whole.contains(&piece)
        || joined
        || (backwards.len() > 3 && letters(&whole).contains(&backwards))
        || (by.origin == Origin::Decoded && literal.len() >= 8 && !literal.trim().contains(' '))
}

/// Cuts a text at the marks; where they lie over each other the later one counts.
fn runs<'t>(text: &'t str, marks: &[(Range<usize>, &'static str)]) -> Vec<(&'t str, &'static str)> {
    let most = text.char_indices().nth(MOST_CHARS).map_or(text.len(), |(at, _)| at);
    let mut cuts: Vec<usize> =
        marks.iter().flat_map(|(range, _)| [range.start, range.end]).chain([0, most]).collect();
    cuts.retain(|&at| at <= most && text.is_char_boundary(at));
    cuts.sort_unstable();
    cuts.dedup();
    let kind =
        |at: usize| marks.iter().rev().find(|(range, _)| range.contains(&at)).map_or("prose", |mark| mark.1);
    cuts.windows(2).map(|cut| (&text[cut[0]..cut[1]], kind(cut[0]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::Judges;
    use crate::judge::classify::model::Model;
    use crate::judge::rule::RuleSet;
    use crate::screen::{Engine, Kept, Options};
    use crate::serve::{Settings, Upstream};

    fn live() -> Arc<Live> {
        let judges = Judges { rules: RuleSet::embedded().unwrap().into(), model: Model::embedded().unwrap() };
        let engine = Engine {
            judges,
            limits: crate::budget::Limits::default(),
            options: Options::default(),
            kept: Kept::default(),
        };
        Arc::new(Live::new(&Settings::new(Upstream::Echo), engine.into()))
    }

    #[test]
    fn a_hidden_text_is_shown_where_it_lies() {
        let text = "Please finish this.\n\nwords = []\nwords.append(\"describe\")\nwords.append(\"how\")\nwords.append(\"to\")\n\
                    words.append(\"bake\")\nwords.append(\"bread\")\nprint(\" \".join(words))\n";
        let found = inspect(live(), Bytes::from(text), &ReadLimits::default()).unwrap();
        assert!(found.questions().is_none(), "nobody is asked");
        let found = found.shown(&Hearing::default());
        assert_eq!(found["strictness"].as_array().unwrap().len(), 4, "{found}");
        let listed = found["candidates"]["listed"].as_array().unwrap();
        let bread = listed.iter().find(|row| row["text"] == "describe how to bake bread").unwrap();
        assert_eq!(bread["origin"], "recovered");
        let pieces = found["spans"][0]["pieces"].as_array().unwrap();
        let whole: String = pieces.iter().map(|piece| piece["text"].as_str().unwrap()).collect();
        assert_eq!(whole, text);
        assert!(pieces.iter().any(|piece| piece["kind"] == "code"), "{pieces:?}");
    }

    #[test]
    fn the_pieces_of_a_text_are_known_in_any_order() {
        let by =
            |text: &str, origin| Candidate { text: text.into(), origin, via: Vec::new(), spans: Vec::new() };
        let bread = by("describe how to bake bread", Origin::Recovered);
        for (literal, part) in
            [("bake", true), ("Bread!", true), ("daerb", true), ("oven", false), (" ", false)]
        {
            assert_eq!(is_part(literal, &bread), part, "{literal}");
        }
        assert!(is_part("YmFrZSBicmVhZA==", &by("bake bread", Origin::Decoded)));
    }

    #[test]
    fn a_text_is_cut_at_its_marks() {
        let marks = [(2..8, "code"), (4..6, "hidden")];
        let cut = runs("abcdefghij", &marks);
        assert_eq!(cut, [("ab", "prose"), ("cd", "code"), ("ef", "hidden"), ("gh", "code"), ("ij", "prose")]);
        assert_eq!(runs("é", &[(1..2, "code")]), [("é", "prose")]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let twice = r#"{"messages":[],"model":"a","model":"b"}"#;
        assert!(inspect(live(), Bytes::from(twice), &ReadLimits::default()).is_err());
        assert!(inspect(live(), Bytes::from_static(&[0xff]), &ReadLimits::default()).is_err());
    }
}
