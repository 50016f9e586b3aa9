use super::*;
use crate::budget::Limits;

const BREAD: &str = r#"
[words]
make = ["bak*", "make", "knead"]
[[rule]]
id = "kitchen.bread"
category = "S2"
why = "bread without flour"
weight = 1.5
match = [{ near = [["@make"], ["bread", "bread roll*"]], within = 4 }]
unless = [{ any = ["never"] }]
block = ["bake some bread"]
allow = ["eat some bread"]
"#;

fn set(text: &str) -> Result<RuleSet, RuleErrors> {
    RuleSet::from_files(vec![("rules/kitchen.toml".into(), text.into())])
}

fn ids(set: &RuleSet, text: &str, origin: Origin) -> Vec<String> {
    set.hits(text, origin, &mut Budget::new(Limits::default())).iter().map(|hit| hit.id.to_string()).collect()
}

#[test]
fn word_groups_match_near_each_other_in_any_form() {
    let set = set(BREAD).unwrap();
    for text in ["BAKING the bread", "bread-rolls: make them", "bread, knead", "Ｂａｋｅ bread"] {
        assert_eq!(ids(&set, text, Origin::Plain), ["kitchen.bread"], "{text}");
    }
    for text in ["bread", "bake one two three four bread", "breadth bake", "bread is here. Make it."] {
        assert!(ids(&set, text, Origin::Plain).is_empty(), "{text}");
    }
}

#[test]
fn unless_undoes_only_what_stands_near() {
    let set = set(BREAD).unwrap();
    assert!(ids(&set, "never bake bread", Origin::Plain).is_empty());
    assert_eq!(ids(&set, "never say a b c d e f never mind bake x y bread", Origin::Plain).len(), 0);
    assert_eq!(ids(&set, "bake bread one two three four five six never", Origin::Plain).len(), 1);
}

#[test]
fn origins_limit_a_rule() {
    let text = BREAD.replace("weight = 1.5", "weight = 1.5\norigins = [\"recovered\"]");
    let set = set(&text).unwrap();
    assert!(ids(&set, "bake bread", Origin::Plain).is_empty());
    assert_eq!(ids(&set, "bake bread", Origin::Recovered).len(), 1);
}

#[test]
fn an_expression_runs_where_its_words_stand() {
    let text = BREAD.replace(
        "match = [{ near = [[\"@make\"], [\"bread\", \"bread roll*\"]], within = 4 }]",
        "match = [{ regex = \" bake \\\\d+ bread \", needs = [\"bake\"] }]",
    );
    let set = set(&text).unwrap();
    assert_eq!(ids(&set, "please bake 12 bread", Origin::Plain).len(), 1);
    assert!(ids(&set, "please bake bread", Origin::Plain).is_empty());
}

#[test]
fn every_mistake_is_named_with_file_and_line() {
    let cases = [
        (BREAD.replace("weight = 1.5\n", ""), "needs a `weight`"),
        (BREAD.replace("weight = 1.5", "weight = 50.0"), "has weight 50"),
        (BREAD.replace("allow = [\"eat some bread\"]", "allow = []"), "needs at least one"),
        (BREAD.replace("@make", "@bake"), "which no [words] defines"),
        (BREAD.replace(", within = 4", ""), "`within` of"),
        (BREAD.replace("{ any = [\"never\"] }", "{ regex = \"(\", needs = [\"x\"] }"), "bad or too large"),
        (
            format!(
                "{BREAD}{}",
                BREAD.replace("[words]", "").replace("make = [\"bak*\", \"make\", \"knead\"]", "")
            ),
            "is taken by",
        ),
    ];
    for (text, expected) in cases {
        let errors = set(&text).unwrap_err();
        let line = &errors.lines()[0];
        assert!(line.starts_with("rules/kitchen.toml:") && line.contains(expected), "{expected}: {line}");
    }
}

#[test]
fn the_shipped_rules_compile_and_cover_every_category() {
    let set = RuleSet::embedded().unwrap();
    for category in Category::ALL {
        assert!(set.ids().any(|(_, c)| c == category), "{}", category.code());
    }
}

#[test]
fn a_long_hostile_text_stays_linear() {
    let set = set(BREAD).unwrap();
    let text = "bake ".repeat(100_000);
    assert!(ids(&set, &text, Origin::Plain).is_empty());
}

const SPARED: &str = r#"
[[rule]]
id = "kitchen.spared"
category = "S2"
why = "a false alarm seen in production"
allows = true
match = [{ whole = ["How to bake bread?"] }]
block = ["how to bake bread and more"]
allow = ["how to BAKE bread"]
"#;

#[test]
fn an_allowing_rule_spares_whole_texts_only() {
    let rules = set(&format!("{BREAD}{SPARED}")).unwrap();
    assert!(crate::judge::rule::examples::check(&rules).failures.is_empty());
    assert_eq!(ids(&rules, "how to bake, bread!", Origin::Plain), ["kitchen.spared"]);
    assert_eq!(ids(&rules, "how to bake bread. how to bake bread", Origin::Plain), ["kitchen.bread"]);
    let loose = SPARED.replace("whole", "any");
    assert!(set(&loose).unwrap_err().lines()[0].contains("could add its words to any text"));
    let both = SPARED.replace("allows = true", "allows = true\nweight = 1.0");
    assert!(
        set(&both).unwrap_err().lines()[0].starts_with("rules/kitchen.toml:3: rule `kitchen.spared` allows")
    );
}

#[test]
fn a_word_list_comes_from_a_file_beside_the_rule() {
    let text = BREAD.replace("\"knead\"]", "\"file:lists/verbs.txt\"]");
    let list = ("rules/lists/verbs.txt".to_owned(), "# verbs\ntoast*  # any form\n\nsteam\n".to_owned());
    let rules = RuleSet::from_files(vec![("rules/kitchen.toml".into(), text.clone()), list]).unwrap();
    for text in ["toasting bread", "steam the bread", "bake bread"] {
        assert_eq!(ids(&rules, text, Origin::Plain).len(), 1, "{text}");
    }
    let missing = set(&text).unwrap_err();
    assert!(
        missing.lines()[0].starts_with("rules/kitchen.toml:3: no word list rules/lists/verbs.txt"),
        "{missing}"
    );
}

#[test]
fn a_rule_is_known_with_its_place_and_source() {
    let rules = set(&format!("{BREAD}{SPARED}")).unwrap();
    let rule = &rules.rules()[0];
    assert_eq!(rule.place, "rules/kitchen.toml:5");
    assert!(rule.source.starts_with("[[rule]]\nid = \"kitchen.bread\"") && rule.source.ends_with("bread\"]"));
}
