use proptest::prelude::*;

use super::*;

/// Reads the whole document; the strings in order, keys included.
fn strings(body: &str) -> Result<Vec<String>, Stop> {
    let mut json = Json::new(body, 64, 1_000_000);
    let mut found = Vec::new();
    while let Some(token) = json.next()? {
        match token.kind {
            Kind::Key(text) | Kind::Text(text) => {
                let raw = &body[token.at];
                assert_eq!(serde_json::from_str::<String>(raw).unwrap(), text);
                found.push(text.into_owned());
            }
            _ => {}
        }
    }
    Ok(found)
}

#[test]
fn what_is_not_json_is_refused_by_name() {
    let cases: &[(&str, Fault)] = &[
        ("", Fault::Truncated),
        ("{", Fault::Truncated),
        ("{\"a\"", Fault::Truncated),
        ("{\"a\":", Fault::Truncated),
        ("[\"abc", Fault::Truncated),
        ("[\"\\", Fault::Truncated),
        ("[\"\\u12", Fault::Truncated),
        ("[1,]", Fault::TrailingComma),
        ("{\"a\":1,}", Fault::TrailingComma),
        ("{\"a\":}", Fault::NotJson),
        ("{\"a\":]", Fault::NotJson),
        ("[,1]", Fault::NotJson),
        ("[1 2]", Fault::NotJson),
        ("{\"a\" 1}", Fault::NotJson),
        ("[1}", Fault::NotJson),
        ("{]", Fault::NotJson),
        ("]", Fault::NotJson),
        ("{a:1}", Fault::NotJson),
        ("{'a':1}", Fault::NotJson),
        ("['a']", Fault::NotJson),
        ("[tru]", Fault::NotJson),
        ("[truex]", Fault::NotJson),
        ("[\u{a0}1]", Fault::NotJson),
        (")]}'{}", Fault::NotJson),
        ("[1] // c", Fault::TrailingBytes),
        ("[/* c */1]", Fault::Comment),
        ("[1, # c\n2]", Fault::Comment),
        ("{} {}", Fault::TrailingBytes),
        ("{}\0", Fault::TrailingBytes),
        ("{}\u{1e}", Fault::TrailingBytes),
        ("[NaN]", Fault::Nan),
        ("[Infinity]", Fault::Nan),
        ("[-Infinity]", Fault::Nan),
        ("[01]", Fault::BadNumber),
        ("[-]", Fault::BadNumber),
        ("[+1]", Fault::BadNumber),
        ("[.5]", Fault::BadNumber),
        ("[1.]", Fault::BadNumber),
        ("[1e]", Fault::BadNumber),
        ("[0x10]", Fault::BadNumber),
        ("[1e999]", Fault::NumberRange),
        ("[-1e999]", Fault::NumberRange),
        ("[\"a\nb\"]", Fault::ControlCharacter),
        ("[\"a\0b\"]", Fault::ControlCharacter),
        ("[\"\\x41\"]", Fault::BadEscape),
        ("[\"\\u12G4\"]", Fault::BadEscape),
        ("[\"\\ud800\"]", Fault::LoneSurrogate),
        ("[\"\\udc00\\ud800\"]", Fault::LoneSurrogate),
        ("[\"\\ud800\\u0041\"]", Fault::LoneSurrogate),
        ("{\"a\":1,\"a\":2}", Fault::DuplicateKey),
        ("{\"a\":1,\"\\u0061\":2}", Fault::DuplicateKey),
        ("[{\"b\":{\"a\":1},\"c\":0,\"b\":2}]", Fault::DuplicateKey),
    ];
    for (body, fault) in cases {
        assert_eq!(strings(body).map_err(|stop| stop.0), Err(*fault), "{body}");
    }
    let digits = format!("[{}]", "9".repeat(400));
    assert_eq!(strings(&digits).map_err(|stop| stop.0), Err(Fault::NumberRange));
}

#[test]
fn odd_but_sound_json_is_read() {
    let body = r#" { "\u0000\/" : [ -0 , 1E+2, 0.5e-3, true, false, null, "\ud83d\ude00\"\\\b\f\n\r\t" ], "": {} }
"#;
    assert_eq!(strings(body).unwrap(), ["\0/", "😀\"\\\u{8}\u{c}\n\r\t", ""]);
}

#[test]
fn a_twin_among_many_keys_is_found() {
    let many: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":0")).collect();
    assert!(strings(&format!("{{{}}}", many.join(","))).is_ok());
    for twin in [0, 11, 12, 13, 500, 999] {
        let body = format!("{{{},\"k{twin}\":1}}", many.join(","));
        assert_eq!(strings(&body).map_err(|stop| stop.0), Err(Fault::DuplicateKey), "{twin}");
    }
}

#[test]
fn depth_and_nodes_are_limits() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(strings(&deep(64)).is_ok());
    assert_eq!(strings(&deep(65)), Err((Fault::TooDeep, 64)));
    assert_eq!(strings(&deep(100_000)), Err((Fault::TooDeep, 64)));
    let mut json = Json::new("[1,2,3]", 64, 3);
    let stop = std::iter::from_fn(|| json.next().transpose()).find_map(Result::err);
    assert_eq!(stop, Some((Fault::TooManyNodes, 5)));
}

/// The strings of a parsed value, keys included, in document order (serde_json sorts keys, so both are sorted).
fn of_value(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| of_value(item, found)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, member)| {
            found.push(key.clone());
            of_value(member, found);
        }),
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn generated_documents_give_the_strings_serde_gives(value in any_json(), pretty in any::<bool>()) {
        let body = if pretty { format!("{value:#}") } else { value.to_string() };
        let mut expected = Vec::new();
        of_value(&value, &mut expected);
        let mut found = strings(&body).unwrap();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn whatever_is_accepted_serde_accepts(body in r#"[\[\]{}:,"\\0-9eE.+tfnu \n/a-d\-]{0,24}"#) {
        if let Ok(mut found) = strings(&body) {
            let value: serde_json::Value = serde_json::from_str(&body).unwrap();
            let mut expected = Vec::new();
            of_value(&value, &mut expected);
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_broken_document_never_passes_where_serde_refuses(
        value in any_json(), at in any::<prop::sample::Index>(), put in any::<char>(),
    ) {
        let mut letters: Vec<char> = value.to_string().chars().collect();
        let at = at.index(letters.len());
        letters[at] = put;
        let body: String = letters.into_iter().collect();
        if strings(&body).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
        }
    }
}
