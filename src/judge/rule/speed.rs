//! Rules that would be slow are found before they judge anything: each is measured on the worst text for it, which is
//! made of nothing but the words it looks for.

use std::time::Duration;

use cpu_time::ThreadTime;

use super::set::{Rule, RuleSet};
use super::words::Words;

/// Bytes of the text a rule is measured on.
const PROBE: usize = 32 << 10;
/// What a rule may take for it, in processor time: thirty times the share of a rule that is usual.
pub const MOST: Duration = Duration::from_millis(8);
/// Times it is measured; the best counts, since a busy machine only ever adds.
const TIMES: usize = 3;

/// One line a rule that is too slow: `file:line: rule, how long it took`.
pub fn slow(set: &RuleSet) -> Vec<String> {
    let measured = set.rules.iter().map(|rule| (rule, cost(set, rule)));
    measured
        .filter(|(_, took)| *took > MOST)
        .map(|(rule, took)| {
            format!(
                "{}: rule `{}` is slow: {:.1} ms for {} KiB of its own words, at most {} ms; shorten its expression or its word groups",
                rule.place,
                rule.hit.id,
                took.as_secs_f64() * 1e3,
                PROBE >> 10,
                MOST.as_millis()
            )
        })
        .collect()
}

/// Processor time the rule takes for its worst text.
fn cost(set: &RuleSet, rule: &Rule) -> Duration {
    let words = Words::of(&probe(set, rule));
    let spots = set.spots(&words);
    let once = || {
        let start = ThreadTime::now();
        let _ = rule.is_hit(|pattern| pattern.matches(&words, &spots));
        start.elapsed()
    };
    (0..TIMES).map(|_| once()).min().unwrap_or_default()
}

/// Its examples and every word of its patterns in no order that repeats: what repeats is easy on an expression.
fn probe(set: &RuleSet, rule: &Rule) -> String {
    let ids: Vec<usize> = rule.matches.iter().chain(&rule.unless).map(|pattern| pattern.id).collect();
    let own = |uses: &[(usize, usize)]| uses.iter().any(|(pattern, _)| ids.contains(pattern));
    let mut words: Vec<&str> = rule.block.iter().flat_map(|text| text.split_whitespace()).collect();
    words.extend(set.uses.iter().filter(|(_, uses)| own(uses)).map(|(word, _)| word.trim()));
    words.push("1");
    let (mut out, mut draw) = (String::with_capacity(PROBE + 64), 1_u64);
    while out.len() < PROBE {
        // Knuth's MMIX generator: the same probe every time.
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(draw >> 33).unwrap_or(0) % words.len();
        out.push_str(words[at]);
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pattern: &str) -> RuleSet {
        let text = format!(
            "[[rule]]\nid = \"a.b\"\ncategory = \"S2\"\nwhy = \"x\"\nweight = 1.0\nmatch = [{pattern}]\n\
             block = [\"bake bread\"]\nallow = [\"eat\"]\n"
        );
        RuleSet::from_files(vec![("r.toml".into(), text)]).unwrap()
    }

    #[test]
    fn the_shipped_rules_are_fast() {
        assert_eq!(slow(&RuleSet::embedded().unwrap()), Vec::<String>::new());
    }

    #[test]
    fn a_slow_expression_is_named_with_what_it_took() {
        let quick = "{ regex = \" bake \\\\d+ loaves \", needs = [\"bake\"] }";
        assert_eq!(slow(&set(quick)), Vec::<String>::new());
        let found = slow(&set("{ regex = \"(?:bake [a-z0-9 ]{0,300}){3}[!-/]\", needs = [\"bake\"] }"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("r.toml:2: rule `a.b` is slow: "), "{found:?}");
    }
}
