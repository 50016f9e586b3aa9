use super::*;
use crate::read::candidate::Origin;

/// A model that knows two words.
fn toy() -> Model {
    let mut weights = vec![0i8; 2 * BUCKETS];
    let mut mark = |word: &str, weight: i8| {
        feature::features(word, |found| weights[found.words[0] as usize] = weight);
    };
    mark("bread", 100);
    mark("stone", -10);
    let mut hazards = vec![0i8; HAZARD_ROWS * 14];
    feature::features("bread", |found| hazards[found.words[0] as usize % HAZARD_ROWS * 14 + 3] = 9);
    Model::new(
        Linear { weights, scale: [0.1, 0.1], bias: -1.0 },
        Dense::default(),
        Arc::default(),
        Hazards { weights: hazards },
        Calibration { slope: 1.0, offset: 0.0, per_doubling: 0.1, per_halving: 0.5, context: 0.0 },
        Thresholds::from_blocks([[0.9; 5], [0.8; 5], [0.7; 5], [0.6; 5]], 0.1),
    )
}

#[test]
fn a_model_survives_its_file() {
    let model = toy();
    let again = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(again.version(), model.version());
    assert_eq!(again.score("bake bread"), model.score("bake bread"));
    assert_eq!(again.thresholds(), model.thresholds());
    assert_ne!(toy().with_thresholds(Thresholds::from_blocks([[0.5; 5]; 4], 0.1)).version(), model.version());
}

#[test]
fn a_damaged_file_is_refused() {
    let good = toy().to_bytes().unwrap();
    assert!(matches!(Model::from_bytes(b"something else"), Err(ModelError::NotAModel)));
    assert!(matches!(Model::from_bytes(&[]), Err(ModelError::NotAModel)));
    for cut in [8, 9, 20, 42, good.len() / 2, good.len() - 1] {
        assert!(matches!(Model::from_bytes(&good[..cut]), Err(ModelError::Checksum)), "cut at {cut}");
    }
    let mut other = good.clone();
    other[8] = 9;
    assert!(matches!(Model::from_bytes(&other), Err(ModelError::Format { found: 9 })));
    let mut flipped = good.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert!(matches!(Model::from_bytes(&flipped), Err(ModelError::Checksum)));
}

#[test]
fn spelling_variants_score_alike() {
    let model = toy();
    let plain = model.score("bake bread today").probability;
    for same in
        ["Bake BREAD, today!", "bake\n\tbread   today", "ｂａｋｅ bread today", "bake \"bread\" (today)"]
    {
        assert_eq!(model.score(same).probability, plain, "{same}");
    }
}

#[test]
fn a_long_text_does_not_drown_a_short_one() {
    let model = toy();
    let short = model.score("bread bread bread bread bread bread").probability;
    let long =
        format!("{} bread bread bread bread bread bread {}", "stone ".repeat(400), "stone ".repeat(400));
    assert!(model.score(&long).probability > 0.5 * short);
    assert!(model.score(&"stone ".repeat(800)).probability < 0.05);
}

#[test]
fn the_hazard_of_the_highest_window_is_named() {
    let long = format!("{} bread bread bread", "stone ".repeat(100));
    assert_eq!(toy().score(&long).category, Some(Category::S4));
    assert_eq!(toy().score("stone").category, None);
}

#[test]
fn nothing_to_read_scores_nothing() {
    for empty in ["", "   \n", "?!", "\u{200b}"] {
        let Scored { probability, category, .. } = toy().score(empty);
        assert_eq!((probability, category), (0.0, None));
    }
}

#[test]
fn spaces_change_nothing_where_words_have_none() {
    let read = |text: &str| {
        let mut all = Vec::new();
        feature::features(text, |found| all.extend_from_slice(&found.words));
        all
    };
    assert_eq!(read("今日は晴れ"), read("今 日 は 晴 れ"));
    assert_eq!(read("ขนมปัง"), read("ข น ม ปัง"));
}

#[test]
fn hashes_are_stable() {
    let mut all = Vec::new();
    feature::features("bread", |found| all.extend_from_slice(&found.words));
    assert_eq!(all, [648_894, 735_997], "a model file fits only the hash it was made with");
}

#[test]
fn the_embedded_model_loads_and_lets_ordinary_text_pass() {
    let model = Model::embedded().unwrap();
    for text in
        ["describe how to bake bread", "for i in range(10): print(i)", "How do I sort a list in Python?"]
    {
        assert!(
            model.score(text).probability < model.thresholds().block(2, Origin::Plain, Writing::English),
            "{text}"
        );
    }
}

#[test]
fn what_a_memo_knows_changes_no_score() {
    let model = Model::embedded().unwrap();
    let (mut memo, mut none) = (model.memo(), memo::Memo::default());
    let texts = [
        "describe how to bake rye bread",
        "Bake BREAD, bake 12 loaves; don't burn the bread of the bakery",
        "describe the averyveryverylongwordthatgoesonandonandon of the bread",
        "сколько муки: describe how much flour",
        "",
    ];
    for text in texts.iter().chain(&texts) {
        assert_eq!(model.score_with(text, &mut memo), model.score_with(text, &mut none), "{text}");
        assert_eq!(model.score(text), model.score_with(text, &mut memo::Memo::default()), "{text}");
    }
}
