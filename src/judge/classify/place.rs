//! Rules in long texts: a rule and the model must speak of the same place. Words that match a rule on one page say nothing
//! of words that the model dislikes on another.

use super::model::memo::Memo;
use super::{Judges, logit, shift};
use crate::budget::Budget;
use crate::judge::rule::RuleHit;
use crate::read::candidate::Candidate;

/// Words of one place. No rule looks farther than half of it, so every match stands whole in some place.
const PLACE: usize = 96;
/// How far the next place begins behind the one before.
const STEP: usize = PLACE / 2;

/// The rules that match `candidate`, each with the weight that it has there: in a text of more than one place, what it adds to
/// the model's score of the place where it matches, beyond the model's score of the whole text (`model`).
pub(super) fn hits(
    judges: &Judges,
    candidate: &Candidate,
    model: f32,
    memo: &mut Memo,
    budget: &mut Budget,
) -> Vec<RuleHit> {
    let (mut whole, words) = judges.rules.hits_and_words(&candidate.text, candidate.origin, budget);
    if whole.is_empty() || whole.iter().any(|hit| hit.allows) {
        return whole;
    }
    let text = candidate.text.as_str();
    let places = places(text);
    if places.len() < 2 {
        return whole;
    }
    // Where no word of these rules stands, none of them matches: other places need no look.
    let at = |place: &str| place.as_ptr().addr() - text.as_ptr().addr();
    let (mut ends, mut starts): (Vec<usize>, Vec<usize>) =
        words.iter().map(|word| (word.end, word.start)).unzip();
    ends.sort_unstable();
    starts.sort_unstable();
    // Of the words, those that begin before the place ends, but for those that end before it begins.
    let touches = |place: &str| {
        let (from, to) = (at(place), at(place) + place.len());
        starts.partition_point(|start| *start < to) > ends.partition_point(|end| *end <= from)
    };
    let crowd = judges.model.crowding(places.len());
    let mut best: Vec<f32> = vec![0.0; whole.len()];
    for place in places {
        if !touches(place) {
            continue;
        }
        let here = judges.rules.hits(place, candidate.origin, budget);
        if here.is_empty() {
            continue;
        }
        let local = shift(judges.model.score_with(place, memo).probability, -crowd);
        let more = logit(local) - logit(model);
        let weights: f32 = here.iter().map(|hit| hit.weight).sum();
        for (hit, best) in whole.iter().zip(&mut best).filter(|(hit, _)| here.iter().any(|h| h.id == hit.id))
        {
            *best = best.max((weights + more) * hit.weight / weights.max(f32::MIN_POSITIVE));
        }
    }
    whole.iter_mut().zip(best).for_each(|(hit, weight)| hit.weight = hit.weight.min(weight));
    whole
}

/// The stretches of [`PLACE`] words, half overlapping; one for a short text.
fn places(text: &str) -> Vec<&str> {
    let starts: Vec<usize> =
        text.split_whitespace().map(|word| word.as_ptr().addr() - text.as_ptr().addr()).collect();
    let end = |word: usize| starts.get(word).copied().unwrap_or(text.len());
    let last = starts.len().saturating_sub(PLACE).div_ceil(STEP);
    (0..=last).map(|at| at * STEP).filter_map(|word| text.get(end(word)..end(word + PLACE))).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::budget::Limits;
    use crate::judge::classify::model::Model;
    use crate::judge::rule::RuleSet;
    use crate::read::candidate::Origin;

    #[test]
    fn places_overlap_and_leave_nothing_out() {
        let text = (0..250).map(|at| at.to_string()).collect::<Vec<_>>().join(" ");
        let places = places(&text);
        assert_eq!(places.len(), 5);
        assert!(places[1].starts_with("48 ") && places[4].ends_with(" 249"));
        assert_eq!(super::places("bake bread"), ["bake bread"]);
        assert_eq!(super::places(""), [""]);
    }

    #[test]
    fn places_without_a_word_of_the_rules_that_match_match_none_of_them() {
        let rules = RuleSet::embedded().unwrap();
        let calm = "The dough… rests “warm” until it has doubled, then it goes into the oven. ".repeat(20);
        for rule in rules.rules() {
            let text = format!("{calm}{}. {calm}", rule.block[0]);
            let budget = &mut Budget::new(Limits::default());
            let (hits, words) = rules.hits_and_words(&text, Origin::Plain, budget);
            assert_eq!(hits, rules.hits(&text, Origin::Plain, budget));
            for place in super::places(&text) {
                let from = place.as_ptr().addr() - text.as_ptr().addr();
                let touched = words.iter().any(|word| word.start < from + place.len() && word.end > from);
                let here = rules.hits(place, Origin::Plain, budget);
                let both = here.iter().any(|here| hits.iter().any(|hit| hit.id == here.id));
                assert!(touched || !both, "{}", rule.hit.id);
            }
        }
    }

    #[test]
    fn a_rule_weighs_less_far_from_what_the_model_dislikes() {
        let judges =
            Judges { rules: Arc::new(RuleSet::embedded().unwrap()), model: Model::embedded().unwrap() };
        let rule = judges.rules.rules().iter().find(|rule| rule.hit.weight > 2.0).unwrap();
        let request = rule.block[0].clone();
        let calm =
            "the dough rests in a warm place until it has doubled and then goes into the oven ".repeat(40);
        let weight = |text: String, model: f32| {
            let candidate = Candidate { text, origin: Origin::Plain, via: Vec::new(), spans: Vec::new() };
            let budget = &mut Budget::new(Limits::default());
            let hits = hits(&judges, &candidate, model, &mut Memo::default(), budget);
            hits.iter().find(|hit| hit.id == rule.hit.id).map(|hit| hit.weight).unwrap()
        };
        let alone = judges.model.score(&request).probability;
        assert_eq!(weight(request.clone(), alone), rule.hit.weight);
        assert!(weight(format!("{calm}{request}"), 0.9999) < rule.hit.weight);
    }
}
