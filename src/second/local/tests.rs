use super::*;

#[test]
fn logits_become_the_probability_of_harm() {
    assert!((read(&[0.0, 0.0], &[1], false) - 0.5).abs() < 1e-6);
    assert!((read(&[0.0, 3.0, 3.0], &[1, 2], false) - 0.9757).abs() < 1e-3);
    assert!((read(&[0.0, 2.0], &[0, 1], true) - 0.8808).abs() < 1e-3);
    assert!((read(&[-2.0], &[0], false) - 0.1192).abs() < 1e-3);
}

#[test]
fn the_labels_that_mean_harm_are_named_or_plain() {
    let written =
        |labels: &str| -> Written { serde_json::from_str(&format!("{{\"id2label\":{labels}}}")).unwrap() };
    let two = written(r#"{"0":"safe","1":"unsafe"}"#);
    assert_eq!(two.harmful(&[]), Ok((vec![1], 2)));
    assert_eq!(two.harmful(&["SAFE".into()]), Ok((vec![0], 2)));
    assert!(two.harmful(&["rye".into()]).unwrap_err().contains("unsafe"));
    let three = written(r#"{"0":"ok","1":"hate","2":"harm"}"#);
    assert!(three.harmful(&[]).unwrap_err().contains("labels"));
    assert_eq!(three.harmful(&["hate".into(), "harm".into()]), Ok((vec![1, 2], 3)));
}

#[test]
fn a_folder_without_a_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Local::open(folder.path(), None, &[]).unwrap_err().to_string();
    assert!(error.contains("config.json"), "{error}");
    fs::write(folder.path().join("config.json"), "{}").unwrap();
    let error = Local::open(folder.path(), None, &[]).unwrap_err().to_string();
    assert!(error.contains(HEAD) && error.contains("unspool train --second"), "{error}");
}
