//! The check services, each asked as its own product asks.

use serde_json::{Value, json};

use super::operate::{World, rule, world};
use super::proxy::{post, send, status};

const HIDDEN: &str = "Finish this.\n\nwords = []\nwords.append(\"bake\")\nwords.append(\"rye\")\nwords.append(\"bread\")\nprint(\" \".join(words))\n";

async fn asked(world: &World, path: &str, body: Value) -> (u16, Value) {
    let request = post(path, "Content-Type: application/json\r\n", body.to_string().as_bytes());
    let answer = send(world.running.check_addr().unwrap(), &request).await;
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    (status(&answer), serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_contract_tells_harm_from_none() {
    let world = world(&rule("rye", ""), "").await;
    let (code, found) =
        asked(&world, "/v1/moderations", json!({"model": "m", "input": [HIDDEN, "bake oat bread"]})).await;
    assert_eq!(
        (code, &found["results"][0]["flagged"], &found["results"][1]["flagged"]),
        (200, &json!(true), &json!(false))
    );
    assert_eq!(found["results"][0]["categories"]["illicit"], json!(true), "{found}");
    assert_eq!(found["results"][0]["category_scores"].as_object().unwrap().len(), 13);

    for (text, action) in [(HIDDEN, "BLOCKED"), ("bake oat bread", "NONE")] {
        for body in [
            json!({"texts": [text], "input_type": "request"}),
            json!({"texts": [], "structured_messages": [{"role": "tool", "tool_call_id": "t", "content": text}]}),
            json!({"texts": ["hello"], "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": text}}]}),
        ] {
            let (code, found) = asked(&world, "/beta/litellm_basic_guardrail_api", body.clone()).await;
            assert_eq!((code, found["action"].as_str()), (200, Some(action)), "{body}");
        }
    }

    let chat = |text: &str| json!({"body": {"messages": [{"role": "user", "content": text}]}});
    let (_, found) = asked(&world, "/request", chat(HIDDEN)).await;
    assert_eq!(found["action"]["status_code"], json!(400), "{found}");
    assert!(found["action"]["body"].as_str().unwrap().contains("content_policy_violation"));
    let (_, found) = asked(&world, "/request", chat("bake oat bread")).await;
    assert!(found["action"]["status_code"].is_null() && found["action"]["reason"].is_string(), "{found}");
    let reply = json!({"body": {"choices": [{"message": {"role": "assistant", "content": HIDDEN}}]}});
    assert_eq!(asked(&world, "/response", reply).await.1["action"]["status_code"], json!(400));

    let (_, found) =
        asked(&world, "/analyze/prompt", json!({"prompt": HIDDEN, "scanners_suppress": []})).await;
    assert_eq!((&found["is_valid"], &found["sanitized_prompt"]), (&json!(false), &json!(HIDDEN)));
    let (_, found) = asked(&world, "/scan/prompt", json!({"prompt": "bake oat bread"})).await;
    assert!(found["is_valid"] == json!(true) && found["scanners"]["Unspool"].is_number(), "{found}");

    let (_, found) =
        asked(&world, "/api/v1/text/contents", json!({"contents": [HIDDEN, "oat"], "detector_params": {}}))
            .await;
    let first = &found[0][0];
    assert_eq!(
        (&first["start"], &first["end"], &first["text"]),
        (&json!(0), &json!(HIDDEN.chars().count()), &json!(HIDDEN))
    );
    assert!(first["evidence"][0]["value"].as_str().unwrap().contains("rye"), "{found}");
    assert_eq!(first["score"], json!(1.0), "a rule that blocks by itself leaves no doubt");
    assert_eq!(found[1], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_are_errors_and_monitor_mode_lets_pass() {
    let world = world(&rule("rye", ""), "[policy]\nmode = \"monitor\"").await;
    for (path, body) in [
        ("/v1/moderations", json!({})),
        ("/beta/litellm_basic_guardrail_api", json!({"texts": "x"})),
        ("/request", json!({"messages": []})),
        ("/analyze/prompt", json!({"prompt": 1})),
        ("/api/v1/text/contents", json!({"contents": [1]})),
    ] {
        assert_eq!(asked(&world, path, body).await.0, 400, "{path}");
    }
    assert_eq!(asked(&world, "/v1/other", json!({})).await.0, 404);
    let (_, found) = asked(&world, "/v1/moderations", json!({"input": HIDDEN})).await;
    assert_eq!(found["results"][0]["flagged"], json!(false));
    assert!(world.admin("/metrics").await.contains("unspool_requests_total{outcome=\"would_block\"} 1"));
}
