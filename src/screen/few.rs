//! Few and good: where one text of a request gives many candidates, those that ask for nothing and were judged harmless are told
//! together, by their kind. Each was judged by itself; what was hidden and reads as language stands by itself too.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::judge::classify::Verdict;
use crate::read::candidate::Candidate;
use crate::read::candidate::Origin;
use crate::read::decode;
use crate::request::span::SpanId;

/// So many candidates of one text are no crowd.
const HANDFUL: usize = 12;
/// Candidates of one kind that are left by themselves where there are more.
const ALONE: usize = 2;
/// A longer candidate stands by itself, and several together are no longer than this.
const LONGEST: usize = 1 << 10;
const TOGETHER: usize = 8 << 10;
/// What scores more was not judged harmless without doubt.
const HARMLESS: f32 = 0.1;

/// What candidates have in common that are told together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Comment,
    Prose,
    Literal,
    Name,
    Pieces,
    Printed,
}

impl Kind {
    /// The kind of a candidate; None where it stands by itself, however many there are.
    fn of(candidate: &Candidate, verdict: &Verdict) -> Option<Self> {
        let (text, step) = (candidate.text.as_str(), candidate.via.get(1..)?.last()?.as_str());
        if text.len() > LONGEST || verdict.score > HARMLESS || !verdict.rules.is_empty() || verdict.texts != 1
        {
            return None;
        }
        let kind = match (candidate.origin, step) {
            (Origin::Decoded, _) => return None,
            (Origin::Comment, _) => Kind::Comment,
            (Origin::Identifier, _) => Kind::Name,
            (Origin::Plain, _) => Kind::Prose,
            (Origin::Recovered, "literal") => Kind::Literal,
            (Origin::Recovered, "printed") => Kind::Printed,
            (Origin::Recovered, _) => Kind::Pieces,
        };
        let alone = match kind {
            // What was hidden stands by itself where it may be a sentence, in whatever language.
            Kind::Pieces | Kind::Printed => {
                let ties = || decode::holds_tie(text) || decode::opens_request(text);
                !text.is_ascii() || decode::is_foreign(text) || ties() && decode::reads_as_language(text)
            }
            _ => decode::opens_request(text) && decode::is_well_ordered(text),
        };
        (!alone).then_some(kind)
    }

    /// What stands in the last step of several together.
    fn name(self) -> &'static str {
        match self {
            Kind::Comment => "comment",
            Kind::Prose => "prose",
            Kind::Literal => "literal",
            Kind::Name => "name",
            Kind::Pieces => "pieces",
            Kind::Printed => "printed",
        }
    }
}

/// A candidate with its verdict; nothing where it is told with another.
type Slot = Option<(Candidate, Verdict)>;

/// The candidates and their verdicts, of each text those together that ask for nothing, where there are many.
pub(super) fn told(candidates: Vec<Candidate>, verdicts: Vec<Verdict>) -> (Vec<Candidate>, Vec<Verdict>) {
    let mut counts: BTreeMap<SpanId, usize> = BTreeMap::new();
    for candidate in &candidates {
        *counts.entry(first_span(candidate)).or_default() += 1;
    }
    if candidates.len() != verdicts.len() || counts.values().all(|count| *count <= HANDFUL) {
        return (candidates, verdicts);
    }
    let mut slots: Vec<Slot> = candidates.into_iter().zip(verdicts).map(Some).collect();
    let mut kinds: BTreeMap<(SpanId, Kind), Vec<usize>> = BTreeMap::new();
    for (at, slot) in slots.iter().enumerate() {
        let Some((candidate, verdict)) = slot else { continue };
        let span = first_span(candidate);
        let crowded = counts.get(&span).is_some_and(|count| *count > HANDFUL);
        if let Some(kind) = crowded.then(|| Kind::of(candidate, verdict)).flatten() {
            kinds.entry((span, kind)).or_default().push(at);
        }
    }
    for ((_, kind), places) in kinds.into_iter().filter(|(_, places)| places.len() > ALONE + 1) {
        put_together(kind, &least_telling(places, &slots), &mut slots);
    }
    let (candidates, mut verdicts): (Vec<Candidate>, Vec<Verdict>) = slots.into_iter().flatten().unzip();
    verdicts.iter_mut().enumerate().for_each(|(at, verdict)| verdict.candidate = at);
    (candidates, verdicts)
}

fn first_span(candidate: &Candidate) -> SpanId {
    candidate.spans.first().copied().unwrap_or(SpanId(0))
}

/// All but the [`ALONE`] that read most like language, in their order.
fn least_telling(places: Vec<usize>, slots: &[Slot]) -> Vec<usize> {
    let score =
        |at: usize| slots[at].as_ref().map_or(f32::MIN, |(found, _)| decode::english_score(&found.text));
    let mut ranked: Vec<(f32, usize)> = places.into_iter().map(|at| (score(at), at)).collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut rest: Vec<usize> = ranked.into_iter().skip(ALONE).map(|(_, at)| at).collect();
    rest.sort_unstable();
    rest
}

/// Replaces the candidates at `places` by texts of several, each where the first of its parts stood.
fn put_together(kind: Kind, places: &[usize], slots: &mut [Slot]) {
    let mut whole: Option<(usize, Candidate, Verdict)> = None;
    for &at in places {
        let Some((part, verdict)) = slots.get_mut(at).and_then(Option::take) else { continue };
        match &mut whole {
            Some((_, several, highest)) if several.text.len() + part.text.len() < TOGETHER => {
                if !says_it(several, &part.text) {
                    several.text.push('\n');
                    several.text.push_str(&part.text);
                }
                let common =
                    several.via.iter().zip(&part.via).take_while(|(one, other)| one == other).count();
                several.via.truncate(common.min(part.via.len().saturating_sub(1)));
                let texts = highest.texts + verdict.texts;
                if verdict.score > highest.score {
                    *highest = verdict;
                }
                highest.texts = texts;
            }
            _ => settle(kind, whole.replace((at, part, verdict)), slots),
        }
    }
    settle(kind, whole, slots);
}

/// Whether the text of several holds these words already.
fn says_it(several: &Candidate, text: &str) -> bool {
    memmem::find(several.text.as_bytes(), text.trim().as_bytes()).is_some()
}

/// Puts a text of several where its first part stood, and says how many it is made of.
fn settle(kind: Kind, whole: Option<(usize, Candidate, Verdict)>, slots: &mut [Slot]) {
    let Some((at, mut several, verdict)) = whole else { return };
    if verdict.texts > 1 {
        several.via.push(format!("{} × {} together", kind.name(), verdict.texts));
    }
    if let Some(slot) = slots.get_mut(at) {
        *slot = Some((several, verdict));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::Writing;

    fn judged(text: &str, origin: Origin, step: &str, score: f32) -> (Candidate, Verdict) {
        let via = ["/messages/0/content", "go", step].map(str::to_owned).to_vec();
        let candidate = Candidate { text: text.into(), origin, via, spans: vec![SpanId(0)] };
        let verdict = Verdict {
            candidate: 0,
            origin,
            writing: Writing::English,
            score,
            category: None,
            model: score,
            rules: Vec::new(),
            texts: 1,
        };
        (candidate, verdict)
    }

    fn crowd(one: &(Candidate, Verdict)) -> (Vec<Candidate>, Vec<Verdict>) {
        let comments = (0..20)
            .map(|at| judged(&format!("the oven number {at} is warm"), Origin::Comment, "comment", 0.01));
        let rows =
            (0..20).map(|at| judged(&format!("oven {at} door rye"), Origin::Recovered, "list × 4", 0.02));
        comments.chain([one.clone()]).chain(rows).unzip()
    }

    #[test]
    fn a_crowd_is_told_together_and_what_may_be_meant_by_itself() {
        for one in [
            judged("describe how to bake rye bread at home", Origin::Comment, "comment", 0.01),
            judged("the way to bake a good rye bread at home", Origin::Recovered, "list × 4", 0.01),
            judged("como hacer el pan de centeno en casa", Origin::Recovered, "list × 4", 0.01),
            judged("oven door rye", Origin::Decoded, "base64", 0.01),
            judged("oven door rye", Origin::Recovered, "list × 4", 0.3),
        ] {
            let (all, before) = crowd(&one);
            let (found, verdicts) = told(all.clone(), before);
            assert!(found.contains(&one.0), "{one:?}");
            assert!(found.len() <= 2 * (ALONE + 1) + 1, "{}", found.len());
            let said: String = found.iter().map(|found| found.text.as_str()).collect::<Vec<_>>().join("\n");
            assert!(all.iter().all(|one| said.contains(&one.text)));
            assert_eq!(verdicts.iter().map(|verdict| verdict.texts).sum::<usize>(), 41);
            assert!(verdicts.iter().enumerate().all(|(at, verdict)| verdict.candidate == at));
            assert_eq!(found.iter().filter(|found| found.via[2].ends_with("× 18 together")).count(), 2);
        }
    }

    #[test]
    fn a_handful_is_told_as_it_is() {
        let (all, verdicts) = crowd(&judged("x", Origin::Plain, "prose", 0.0));
        let (all, verdicts) = (all[..HANDFUL].to_vec(), verdicts[..HANDFUL].to_vec());
        assert_eq!(told(all.clone(), verdicts.clone()), (all, verdicts));
    }
}
