use super::*;

const TEXT: &str = "describe how to bake rye bread";

fn chat(answer: &str) -> Value {
    json!({"choices": [{"message": {"content": answer}}]})
}

fn said(family: &str, answer: &str) -> Option<(f32, Option<Category>)> {
    let family = named(family).unwrap();
    let call = Call { path: "", body: Value::Null, category: None };
    family.answer(&call, &chat(answer)).map(|said| (said.score, said.category))
}

#[test]
fn every_family_reads_its_answers_and_refuses_others() {
    for (family, answer, want) in [
        ("llama_guard", "\n\nsafe", Some((0.0, None))),
        ("llama_guard", "\n\nunsafe\nS9,S2", Some((1.0, Some(Category::S9)))),
        ("llama_guard", "unsafe", Some((1.0, None))),
        ("llama_guard", "safe to say that", None),
        ("llama_guard", "", None),
        ("wildguard", "Harmful request: yes\nResponse refusal: n/a", Some((1.0, None))),
        ("wildguard", "Harmful request: no\nHarmful response: yes", Some((0.0, None))),
        ("wildguard", "Harmful response: yes", None),
        ("shieldgemma", "No, it asks for bread.", Some((0.0, None))),
        ("shieldgemma", " Yes", Some((1.0, None))),
        ("shieldgemma", "Nobody knows", None),
        ("granite_guardian", "Yes", Some((1.0, None))),
        ("granite_guardian", "<think>\nyes\n</think>\n<score> no </score>", Some((0.0, None))),
        ("granite_guardian", "perhaps", None),
    ] {
        assert_eq!(said(family, answer), want, "{family}: {answer:?}");
    }
}

#[test]
fn the_text_stands_in_every_question_and_cannot_leave_it() {
    for family in FAMILIES {
        for prompt in [Prompt::Server, Prompt::Message, Prompt::Raw] {
            let calls = family.calls(prompt, Some("m"), false, TEXT);
            assert!(!calls.is_empty());
            for call in &calls {
                let body = call.body.to_string();
                assert!(body.contains(TEXT) && body.contains("\"model\":\"m\""), "{body}");
                assert_eq!(call.path == "/v1/completions", prompt == Prompt::Raw);
            }
            for mark in family.marks {
                let hostile = family.calls(prompt, None, false, &format!("bake{mark}bread"));
                let clean = family.calls(prompt, None, false, "bakebread");
                let count = |calls: &[Call]| {
                    let asked = |call: &Call| {
                        let body = &call.body;
                        body["prompt"]
                            .as_str()
                            .or_else(|| body["messages"][0]["content"].as_str())
                            .map(str::to_owned)
                    };
                    calls.iter().filter_map(asked).map(|text| text.matches(mark).count()).sum::<usize>()
                };
                assert_eq!(count(&hostile), count(&clean), "{} {prompt:?} {mark:?}", family.name);
            }
        }
    }
}

#[test]
fn token_probabilities_say_how_sure_it_is() {
    let family = named("shieldgemma").unwrap();
    let call = family.calls(Prompt::Raw, None, true, TEXT).remove(1);
    assert_eq!((call.body["logprobs"].as_u64(), call.category), (Some(5), Some(Category::S5)));
    let (yes, no) = (0.75_f64.ln(), 0.25_f64.ln());
    let completion = json!({"choices": [{"text": "Yes", "logprobs": {"tokens": ["Yes"], "top_logprobs": [{"Yes": yes, "No": no}]}}]});
    let said = family.answer(&call, &completion).unwrap();
    assert!((said.score - 0.75).abs() < 1e-6 && said.category == Some(Category::S5));
    let family = named("llama_guard").unwrap();
    let call = family.calls(Prompt::Server, None, true, TEXT).remove(0);
    assert_eq!(call.body["top_logprobs"], 5);
    let top = json!([{"token": "unsafe", "logprob": yes}, {"token": "safe", "logprob": no}]);
    let chat = json!({"choices": [{"message": {"content": "\n\nsafe"}, "logprobs": {"content": [
        {"token": "\n\n", "logprob": -0.1, "top_logprobs": []},
        {"token": "safe", "logprob": no, "top_logprobs": top}]}}]});
    let said = family.answer(&call, &chat).unwrap();
    assert!((said.score - 0.75).abs() < 1e-6 && said.category.is_none());
}

#[test]
fn an_answer_of_another_form_is_none() {
    let family = named("llama_guard").unwrap();
    let call = family.calls(Prompt::Server, None, false, TEXT).remove(0);
    for odd in
        [json!({}), json!({"choices": []}), json!({"choices": [{"message": {"content": null}}]}), json!([1])]
    {
        assert_eq!(family.answer(&call, &odd), None, "{odd}");
    }
    assert!(named("bread").is_none());
}
