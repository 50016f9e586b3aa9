//! Every rule carries its proof: its `block` examples must be hit by it, its `allow` examples must not.

use super::set::{Rule, RuleSet};
use crate::budget::{Budget, Limits};
use crate::read::candidate::Origin;

/// What running all examples showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleReport {
    /// How many examples ran.
    pub examples: usize,
    /// One line a failure: `file:line: rule, what went wrong`.
    pub failures: Vec<String>,
}

/// Runs every rule's own examples.
pub fn check(set: &RuleSet) -> ExampleReport {
    let mut report = ExampleReport { examples: 0, failures: Vec::new() };
    for rule in &set.rules {
        // What an allowing rule is hit by is what passes.
        let (hit, missed) =
            if rule.hit.allows { (&rule.allow, &rule.block) } else { (&rule.block, &rule.allow) };
        for text in hit {
            expect(set, rule, text, true, &mut report);
        }
        for text in missed {
            expect(set, rule, text, false, &mut report);
        }
    }
    report
}

fn expect(set: &RuleSet, rule: &Rule, text: &str, hit: bool, report: &mut ExampleReport) {
    let mut budget = Budget::new(Limits::default());
    let hits = Origin::ALL.map(|origin| set.hits(text, origin, &mut budget));
    let found = hits.iter().flatten().any(|found| found.id == rule.hit.id);
    report.examples += 1;
    if found != hit {
        let what = match (hit, rule.hit.allows) {
            (true, false) => "misses its `block` example",
            (false, false) => "hits its `allow` example",
            (true, true) => "does not let its `allow` example pass",
            (false, true) => "lets its `block` example pass",
        };
        report.failures.push(format!("{}: rule `{}` {what} {text:?}", rule.place, rule.hit.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_prove_themselves() {
        let report = check(&RuleSet::embedded().unwrap());
        assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
        assert!(report.examples >= 14 * 2, "{} examples", report.examples);
    }

    #[test]
    fn a_wrong_example_is_reported_with_its_place() {
        let text = "[[rule]]\nid = \"a.b\"\ncategory = \"S2\"\nwhy = \"x\"\nweight = 1.0\n\
                    match = [{ any = [\"bread\"] }]\nblock = [\"cake\"]\nallow = [\"bread\"]\n";
        let set = RuleSet::from_files(vec![("r.toml".into(), text.into())]).unwrap();
        let report = check(&set);
        assert_eq!(report.examples, 2);
        assert_eq!(report.failures.len(), 2);
        assert!(report.failures[0].starts_with("r.toml:2: rule `a.b` misses"), "{:?}", report.failures);
    }
}
