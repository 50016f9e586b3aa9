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

#[cfg(feature = "local-model")]
mod with_a_model {
    use super::*;

    const SIZE: usize = 8;

    /// A BERT of one layer whose numbers come from their places, in the layout of Hugging Face.
    fn folder(config: &str, more: &[(&str, Vec<usize>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "{{\"vocab_size\":7,\"hidden_size\":{SIZE},\"num_hidden_layers\":1,\"num_attention_heads\":2,\"intermediate_size\":16,\
             \"hidden_act\":\"gelu\",\"hidden_dropout_prob\":0.0,\"max_position_embeddings\":64,\"type_vocab_size\":2,\
             \"initializer_range\":0.02,\"layer_norm_eps\":1e-12,\"pad_token_id\":0{config}}}"
        );
        fs::write(folder.path().join("config.json"), config).unwrap();
        let tokenizer = r###"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"BertNormalizer",
            "clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},
            "post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"decoder":null,
            "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
            "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"bake":4,"rye":5,"bread":6}}}"###;
        fs::write(folder.path().join("tokenizer.json"), tokenizer).unwrap();
        let layer = "encoder.layer.0.";
        let mut tensors: Vec<(String, Vec<usize>)> = vec![
            ("embeddings.word_embeddings.weight".into(), vec![7, SIZE]),
            ("embeddings.position_embeddings.weight".into(), vec![64, SIZE]),
            ("embeddings.token_type_embeddings.weight".into(), vec![2, SIZE]),
            (format!("{layer}intermediate.dense.weight"), vec![16, SIZE]),
            (format!("{layer}intermediate.dense.bias"), vec![16]),
            (format!("{layer}output.dense.weight"), vec![SIZE, 16]),
        ];
        for name in ["query", "key", "value"] {
            tensors.push((format!("{layer}attention.self.{name}.weight"), vec![SIZE, SIZE]));
            tensors.push((format!("{layer}attention.self.{name}.bias"), vec![SIZE]));
        }
        tensors.push((format!("{layer}attention.output.dense.weight"), vec![SIZE, SIZE]));
        tensors.push((format!("{layer}attention.output.dense.bias"), vec![SIZE]));
        tensors.push((format!("{layer}output.dense.bias"), vec![SIZE]));
        for place in ["embeddings.", &format!("{layer}attention.output."), &format!("{layer}output.")] {
            tensors.push((format!("{place}LayerNorm.weight"), vec![SIZE]));
            tensors.push((format!("{place}LayerNorm.bias"), vec![SIZE]));
        }
        let prefix = if more.is_empty() { "" } else { "bert." };
        let mut tensors: Vec<_> =
            tensors.into_iter().map(|(name, shape)| (format!("{prefix}{name}"), shape)).collect();
        tensors.extend(more.iter().map(|(name, shape)| ((*name).to_owned(), shape.clone())));
        let (mut head, mut data) = (serde_json::Map::new(), Vec::<u8>::new());
        for (name, shape) in tensors {
            let start = data.len();
            for at in 0..shape.iter().product::<usize>() {
                let number = ((at * 7 + name.len() * 13) % 17) as f32 / 17.0 - 0.5;
                data.extend(number.to_le_bytes());
            }
            head.insert(
                name,
                serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}),
            );
        }
        let head = serde_json::Value::from(head).to_string();
        let bytes = [&(head.len() as u64).to_le_bytes()[..], head.as_bytes(), &data].concat();
        fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
        folder
    }

    #[test]
    fn vectors_are_of_unit_length_and_do_not_depend_on_company() {
        let folder = folder("", &[]);
        let local = Local::bare(folder.path()).unwrap();
        let alone = local.embed(&["bake bread"]).unwrap();
        let long = "bake rye bread ".repeat(100);
        let among = local.embed(&["bake rye bread rye bread", "bake bread", long.as_str(), ""]).unwrap();
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&alone[0][0], &among[1][0]), "{alone:?} {among:?}");
        assert!(!close(&among[0][0], &among[1][0]));
        assert!((alone[0][0].iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!((among[1].len(), among[2].len(), among[3].len()), (1, 7, 1));
    }

    #[test]
    fn a_classifier_is_used_as_it_is() {
        let config =
            r#","architectures":["BertForSequenceClassification"],"id2label":{"0":"safe","1":"unsafe"}"#;
        let more = [
            ("bert.pooler.dense.weight", vec![SIZE, SIZE]),
            ("bert.pooler.dense.bias", vec![SIZE]),
            ("classifier.weight", vec![2, SIZE]),
            ("classifier.bias", vec![2]),
        ];
        let folder = folder(config, &more);
        let score = |labels: &[String]| {
            let local = Local::open(folder.path(), None, labels).unwrap();
            assert!(local.counts().is_none());
            local.score(&["bake rye bread"]).unwrap()[0].score
        };
        let (unsafe_, safe) = (score(&[]), score(&["safe".into()]));
        assert!((unsafe_ + safe - 1.0).abs() < 1e-5 && unsafe_ > 0.0 && safe > 0.0, "{unsafe_} {safe}");
    }

    #[test]
    fn a_head_for_other_weights_and_damaged_weights_are_refused() {
        let folder = folder("", &[]);
        let head = format!(
            "{{\"unspool_head\":1,\"model\":\"other\",\"measured_beside\":\"\",\"layers\":[{{\"weights\":[{:?}],\"bias\":[0.0]}}],\
             \"weight\":0.5,\"thresholds\":{},\"seed\":1,\"rows\":1}}",
            [0.5; SIZE],
            serde_json::to_string(&crate::judge::classify::model::Thresholds::from_blocks(
                [[0.9; 5]; 4],
                0.0
            ))
            .unwrap()
        );
        fs::write(folder.path().join(HEAD), &head).unwrap();
        let error = Local::open(folder.path(), None, &[]).unwrap_err().to_string();
        assert!(error.contains("another model.safetensors"), "{error}");
        let hash = Local::bare(folder.path()).unwrap().model_hash().unwrap();
        fs::write(folder.path().join(HEAD), head.replace("other", &hash)).unwrap();
        let local = Local::open(folder.path(), None, &[]).unwrap();
        assert!((0.0..=1.0).contains(&local.score(&["bake rye bread"]).unwrap()[0].score));
        fs::write(folder.path().join("model.safetensors"), b"rye").unwrap();
        assert!(Local::bare(folder.path()).is_err());
    }
}
