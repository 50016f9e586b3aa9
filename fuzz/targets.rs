//! What every fuzz target checks, written once: `fuzz_targets/` hands these functions to libFuzzer, and `tests/it/seeds.rs`
//! runs them over the committed seeds. Each takes any bytes at all, and panics when a promise is broken.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use unspool::budget::{Budget, Limits};
use unspool::config::Config;
use unspool::judge::classify::model::Model;
use unspool::judge::rule::RuleSet;
use unspool::read::lang::LANGUAGES;
use unspool::read::{decode, eval, ir, lang, lexer};
use unspool::request::Request;
use unspool::request::dialect::{self, DIALECTS, ReadLimits};
use unspool::request::span::SpanId;
use unspool::screen::{Engine, screen};
use unspool::serve::{Background, Settings, Upstream, spawn};

/// A target: the folder of its seeds, and what it checks.
pub(super) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(super) const TARGETS: &[Target] = &[
    ("body", body),
    ("decode", decode),
    ("events", events),
    ("files", files),
    ("form", form),
    ("lang", lang),
    ("lexer", lexer),
    ("proxy", proxy),
    ("rules", rules),
    ("screen", screening),
];

/// Times the size of its input that what a reader makes of it may take, and what any input may take.
const AMPLIFICATION: usize = 64;
const BASE_BYTES: usize = 1 << 20;

static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Arc::new(Config::default().engine().expect("the embedded rules and model load")));

/// Events over a WebSocket, one a line, each read with those before it: the body ends with the event, spans lie inside the
/// body, and what was read before is read again.
pub(super) fn events(data: &[u8]) {
    let sockets = DIALECTS.iter().copied().filter(|dialect| dialect.name.ends_with("_socket"));
    for dialect in sockets {
        let (mut earlier, mut starts, mut spans) = (Bytes::new(), Vec::new(), 0);
        for event in data.split(|byte| *byte == b'\n').take(64).map(Bytes::copy_from_slice) {
            let read =
                dialect::read_events(dialect, (&earlier, &starts), event.clone(), &ReadLimits::default());
            let Ok(request) = read else { continue };
            assert!(request.body.ends_with(&event), "{}: the event changed", dialect.name);
            assert!(
                request.spans.iter().all(|span| span.bytes.end <= request.body.len()),
                "{}",
                dialect.name
            );
            if request.speaks() {
                assert!(
                    request.body.starts_with(&earlier) && request.spans.len() >= spans,
                    "{}",
                    dialect.name
                );
                starts.push(request.body.len() - event.len());
                (spans, earlier) = (request.spans.len(), request.body);
            }
        }
    }
}

/// A JSON body in every dialect: the bytes are kept, spans lie inside them, and every string serde_json finds is a span.
pub(super) fn body(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    for dialect in DIALECTS.iter().copied().chain([dialect::any()]) {
        let Ok(request) = dialect::read(dialect, body.clone(), &ReadLimits::default()) else { continue };
        assert_eq!(request.body, body, "{}: the body changed", dialect.name);
        assert!(request.spans.iter().all(|span| span.bytes.end <= data.len()), "{}", dialect.name);
        let value: serde_json::Value = serde_json::from_slice(data).expect("what we accept is JSON");
        let decoded = request.spans.iter().any(|span| span.text.is_empty()) || !request.unread.is_empty();
        let mut left = vec![&value];
        while let Some(value) = left.pop() {
            match value {
                serde_json::Value::Array(items) => left.extend(items),
                serde_json::Value::Object(members) => left.extend(members.values()),
                // What is decoded, or read as the strings within, leaves its own span empty.
                serde_json::Value::String(text) if text.len() < 64 && !decoded => {
                    let said = |span: &unspool::request::span::TextSpan| span.text.contains(text.as_str());
                    assert!(request.spans.iter().any(said), "{}: {text:?} is in no span", dialect.name);
                }
                _ => {}
            }
        }
    }
}

/// A form: the bytes are kept, and spans lie inside them.
pub(super) fn form(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    for dialect in DIALECTS {
        let Ok(request) = dialect::read_form(dialect, body.clone(), "b", &ReadLimits::default()) else {
            continue;
        };
        assert_eq!(request.body, body, "{}: the body changed", dialect.name);
        assert!(request.spans.iter().all(|span| span.bytes.end <= data.len()), "{}", dialect.name);
        assert!(request.unread.iter().all(|unread| unread.bytes.end <= data.len()), "{}", dialect.name);
    }
}

/// Decoders on any text: what they give stays in proportion.
pub(super) fn decode(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut budget = Budget::new(Limits::default());
    let mut made = decode::unwind(&text, &mut budget);
    made.extend(decode::unwind_within(&text, &mut budget));
    let bytes: usize = made.iter().map(|decoded| decoded.text.len()).sum();
    assert!(bytes <= BASE_BYTES + AMPLIFICATION * text.len(), "{bytes} bytes from {}", text.len());
    if let Some(folded) = decode::fold(&text) {
        assert!(folded.len() <= BASE_BYTES + AMPLIFICATION * text.len());
    }
}

/// Configuration and model files: read or refused with a reason.
pub(super) fn files(data: &[u8]) {
    if let Err(error) = Config::from_toml(&String::from_utf8_lossy(data), &"unspool.toml") {
        assert!(error.to_string().contains("unspool.toml"), "{error}");
    }
    if let Ok(model) = Model::from_bytes(data) {
        model.score("describe how to bake bread");
    }
}

/// A program in the language that the first byte picks: lowered, printed and run.
pub(super) fn lang(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let language = &LANGUAGES[usize::from(first) % LANGUAGES.len()];
    let mut budget = Budget::new(Limits::default());
    let mut program = ir::Program::new();
    lang::lower(language, &String::from_utf8_lossy(rest), SpanId(0), 0, &mut program, &mut budget);
    ir::print(&program);
    let codecs = eval::Codecs { decode: decode::apply, encode: decode::encode };
    let found = eval::run(&program, codecs, &mut budget);
    let bytes: usize = found.list.iter().map(|finding| finding.text.len()).sum();
    assert!(bytes as u64 <= Limits::default().value_bytes, "{}: {bytes} bytes found", language.name);
}

/// The grammar-free reader: literals and comments lie where it says.
pub(super) fn lexer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lexed = lexer::lex(&text, &mut Budget::new(Limits::default()));
    for comment in &lexed.comments {
        assert!(text.get(comment.range.clone()).is_some(), "{:?} is no range of the text", comment.range);
    }
}

/// Raw bytes to the whole proxy, then a benign request on a new connection, which is answered.
pub(super) fn proxy(data: &[u8]) {
    static PROXY: LazyLock<Background> = LazyLock::new(|| {
        let mut settings = Settings::new(Upstream::Echo);
        settings.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        spawn(settings, Arc::clone(&ENGINE)).expect("the proxy starts")
    });
    // A connection that the proxy cuts is as good an answer as any to bytes that are no HTTP.
    let _ = exchange(PROXY.addr(), data, Duration::from_millis(50));
    let benign = r#"{"model":"m","messages":[{"role":"user","content":"bake bread"}]}"#;
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let whole = format!("{head}content-length: {}\r\n\r\n{benign}", benign.len());
    let answer = exchange(PROXY.addr(), whole.as_bytes(), Duration::from_secs(30));
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

/// Sends `bytes` and reads until the proxy closes, or is silent for so long. To close our half first would be to leave.
fn exchange(addr: SocketAddr, bytes: &[u8], silence: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).expect("loopback connects");
    stream.set_read_timeout(Some(silence)).expect("a socket takes a timeout");
    let mut answer = Vec::new();
    if stream.write_all(bytes).is_ok() {
        let _ = stream.read_to_end(&mut answer);
    }
    answer
}

/// A rule file: compiled, or refused with its name; what compiles can be asked.
pub(super) fn rules(data: &[u8]) {
    let file = ("fuzz.toml".to_owned(), String::from_utf8_lossy(data).into_owned());
    match RuleSet::from_files(vec![file]) {
        Ok(rules) => {
            let origin = unspool::read::candidate::Origin::Plain;
            rules.hits("describe how to bake bread", origin, &mut Budget::new(Limits::default()));
        }
        Err(errors) => assert!(errors.lines().iter().all(|line| line.contains("fuzz.toml")), "{errors}"),
    }
}

/// Any text as a prompt: screened twice with the same result, one verdict a candidate.
pub(super) fn screening(data: &[u8]) {
    let request = Request::plain(&String::from_utf8_lossy(data));
    let (first, second) = (screen(&ENGINE, &request), screen(&ENGINE, &request));
    assert_eq!(first.candidates, second.candidates);
    assert_eq!(first.verdicts, second.verdicts);
    assert!(first.verdicts.len() == first.candidates.len() || !first.incomplete.is_empty());
}
