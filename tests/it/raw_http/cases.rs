//! The table: what is sent, the statuses that come back, and how many requests reach the upstream.

use std::io::Write;

pub(super) const BENIGN: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;
const CHAT: &str = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
pub(super) const LAST: &str = "GET /v1/models HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
/// Larger than any body that is read.
const HUGE: &str = "Content-Length: 40000000\r\n";

/// One row: what is sent, the statuses that come back, and how many requests reach the upstream.
pub(super) struct Case {
    pub(super) row: &'static str,
    pub(super) name: String,
    pub(super) send: Vec<u8>,
    pub(super) statuses: Vec<u16>,
    pub(super) upstream: usize,
}

fn case(row: &'static str, name: impl Into<String>, send: impl Into<Vec<u8>>, statuses: &[u16]) -> Case {
    let upstream = statuses.iter().filter(|status| **status == 200).count();
    Case { row, name: name.into(), send: send.into(), statuses: statuses.to_vec(), upstream }
}

/// A chat request with these fields besides.
fn chat(fields: &str) -> String {
    format!("{CHAT}{fields}Connection: close\r\nContent-Length: {}\r\n\r\n{BENIGN}", BENIGN.len())
}

/// A head with these fields, and bytes after it.
pub(super) fn framed(fields: &str, body: &str) -> String {
    format!("{CHAT}{fields}\r\n{body}")
}

fn chunked(chunks: &str) -> String {
    framed("Connection: close\r\nTransfer-Encoding: chunked\r\n", chunks)
}

fn get(line: &str, fields: &str) -> String {
    format!("{line}\r\nHost: h\r\n{fields}Connection: close\r\n\r\n")
}

pub(super) fn framing() -> Vec<Case> {
    let sized = format!("Content-Length: {}\r\n", BENIGN.len());
    let one = format!("{:x}\r\n{BENIGN}\r\n0\r\n\r\n", BENIGN.len());
    let gzip = "Transfer-Encoding: gzip, chunked\r\n";
    let mut cases = vec![
        case(
            "A1",
            "length and chunks",
            framed(&format!("{sized}Transfer-Encoding: chunked\r\n"), &one),
            &[400],
        ),
        case("A1", "two lengths alike", framed(&format!("{sized}{sized}"), BENIGN), &[400]),
        case("A1", "two lengths", framed(&format!("{sized}Content-Length: 5\r\n"), BENIGN), &[400]),
        case(
            "A1",
            "two codings",
            framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", &one),
            &[400],
        ),
        case("A1", "a length by another name", chat("Content_Length: 5\r\n"), &[400]),
        case("A1", "a coding by another name", chat("Transfer_Encoding: chunked\r\n"), &[400]),
        case("A1", "no version", "GET /v1/models\r\n\r\n", &[400]),
        case(
            "A1",
            "1.0 with chunks",
            framed("Transfer-Encoding: chunked\r\n", &one).replace("HTTP/1.1", "HTTP/1.0"),
            &[400],
        ),
        case("A1", "1.0 with a length", framed(&sized, BENIGN).replace("HTTP/1.1", "HTTP/1.0"), &[200]),
        case("A2", "gzip under chunks", framed(gzip, &one), &[501]),
        case("A2", "chunks twice", framed("Transfer-Encoding: chunked, chunked\r\n", &one), &[501]),
        case("A2", "identity", framed("Transfer-Encoding: identity\r\n", BENIGN), &[501]),
        case("A2", "a parameter", framed("Transfer-Encoding: chunked;x=y\r\n", &one), &[501]),
    ];
    for (at, length) in ["+5", "-5", "5, 5", "0x5", "5_0", "", "99999999999999999999"].iter().enumerate() {
        let fields = format!("Content-Length: {length}\r\n");
        cases.push(case("A1", format!("length number {at}: {length:?}"), framed(&fields, BENIGN), &[400]));
    }
    for version in ["0.9", "1.2", "2.0", "9.9"] {
        let request = get(&format!("GET /v1/models HTTP/{version}"), "");
        cases.push(case("A1", format!("version {version}"), request, &[505]));
    }
    cases
}

/// Chunks, pipelines, and what follows an answer that came early.
pub(super) fn bodies_in_a_row() -> Vec<Case> {
    let sized = format!("Content-Length: {}\r\n", BENIGN.len());
    let one = format!("{:x}\r\n{BENIGN}\r\n0\r\n\r\n", BENIGN.len());
    let mut cases = vec![
        case("A3", "sound chunks", chunked(&one), &[200]),
        case("A3", "a megabyte of extensions", chunked(&format!("1;{}\r\n", "x".repeat(1 << 20))), &[400]),
        case(
            "A3",
            "a last chunk that runs on",
            chunked(&one.replace("0\r\n\r\n", "0\r\nX: y\n\r\n")),
            &[400],
        ),
        case("A4", "a second request", [framed(&sized, BENIGN), LAST.into()].concat(), &[200, 200]),
        case(
            "A4",
            "a harmful second request",
            [
                framed(&sized, BENIGN),
                chat("")
                    .replace("bake bread", "HARMFUL_MARKER")
                    .replace(&sized, &format!("Content-Length: {}\r\n", BENIGN.len() + 4)),
            ]
            .concat(),
            &[200, 400],
        ),
        case("A5", "a request in a body too large", framed(HUGE, LAST), &[413]),
        case(
            "A5",
            "a request in an unwanted body",
            format!("POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{LAST}{LAST}", LAST.len()),
            &[404, 200],
        ),
        case(
            "A5",
            "more than is drained",
            format!(
                "POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n{}{LAST}",
                "x".repeat(200_000)
            ),
            &[404],
        ),
    ];
    for size in ["12345678901234567", "+4", "-4", "0x4", " 4", "", "4 4", "g"] {
        cases.push(case(
            "A3",
            format!("a chunk of {size:?}"),
            chunked(&format!("{size}\r\nabcd\r\n0\r\n\r\n")),
            &[400],
        ));
    }
    for broken in
        ["4\nabcd\r\n0\r\n\r\n", "4\r\nabcd\n0\r\n\r\n", "4\r\nabcde\r\n0\r\n\r\n", "4\r\nabcd\r\n0\n\n"]
    {
        cases.push(case("A3", format!("chunks {broken:?}"), chunked(broken), &[400]));
    }
    cases
}

pub(super) fn routing() -> Vec<Case> {
    let mut cases = vec![
        case("A6", "websocket", get("GET /v1/models HTTP/1.1", "Upgrade: websocket\r\n"), &[501]),
        case(
            "A6",
            "h2c and what comes before the 101",
            "GET /v1/models HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            &[501],
        ),
        case("A6", "an unknown protocol", chat("Upgrade: other\r\n"), &[501]),
        case("A7", "CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", &[400]),
        case("A7", "TRACE", get("TRACE /v1/models HTTP/1.1", ""), &[405]),
        case("A7", "a star", get("OPTIONS * HTTP/1.1", ""), &[400]),
        case("A7", "a star that posts", get("POST * HTTP/1.1", ""), &[400]),
        case("A7", "a full target", get("GET http://other/v1/models HTTP/1.1", ""), &[400]),
        case("A7", "a full target with a user", get("GET http://me:pw@h/v1/models HTTP/1.1", ""), &[400]),
        case("A7", "an authority", get("POST h:443 HTTP/1.1", ""), &[400]),
        case("A8", "no host", "GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n", &[400]),
        case("A8", "two hosts", get("GET /v1/models HTTP/1.1", "Host: h\r\n"), &[400]),
        case(
            "A8",
            "a foreign host",
            get("GET /v1/models HTTP/1.1", "").replace("Host: h", "Host: evil.example"),
            &[200],
        ),
        case("A8", "1.0 without a host", "GET /v1/models HTTP/1.0\r\n\r\n", &[200]),
        case(
            "A10",
            "an expectation and a huge body",
            framed(&format!("Expect: 100-continue\r\nConnection: close\r\n{HUGE}"), ""),
            &[413],
        ),
        case("A10", "an expectation that is met", chat("Expect: 100-continue\r\n"), &[100, 200]),
        case("A10", "another expectation", chat("Expect: tea\r\n"), &[417]),
        case(
            "A12",
            "GET with a body",
            get("GET /v1/models HTTP/1.1", "Content-Length: 2\r\n") + "{}",
            &[400],
        ),
        case(
            "A12",
            "an overridden method",
            get("GET /v1/models HTTP/1.1", "X-HTTP-Method-Override: DELETE\r\n"),
            &[200],
        ),
    ];
    for method in ["post", "Post", "PATCH", "DELETE", "BREW", "HEAD"] {
        let request = chat("").replacen("POST", method, 1);
        cases.push(case("A12", format!("method {method}"), request, &[405]));
    }
    for (path, status) in [
        ("/v1%2Fmodels", 400),
        ("/v1%5Cmodels", 400),
        ("/v1/models%00", 400),
        ("/v1/%2e/models", 400),
        ("/v1/./models", 400),
        ("/v1/x/../models", 400),
        ("//v1/models", 400),
        ("/v1//models", 400),
        ("/v1/models;x=y", 400),
        ("/v1\\models", 400),
        ("/v1/models#x", 400),
        ("/v1/models%", 400),
        ("/v1/models%c3%28", 400),
        ("/v1/models?a=%0d%0a", 400),
        ("/V1/models", 404),
        ("/v1/models/", 404),
        ("/v1/Models", 404),
        ("/none", 404),
        ("/", 200),
        ("/v1/%6dodels", 200),
    ] {
        cases.push(case("A13", path, get(&format!("GET {path} HTTP/1.1"), ""), &[status]));
    }
    cases.push(case("A13", "no UTF-8", get("GET /v1/models\u{ff} HTTP/1.1", ""), &[400]));
    cases
}

pub(super) fn fields() -> Vec<Case> {
    let mut cases = vec![
        case("A11", "101 fields", chat(&"X-A: b\r\n".repeat(101)), &[431]),
        case("A11", "17 KB of fields", chat(&format!("X-A: {}\r\n", "b".repeat(17 << 10))), &[431]),
        case("A11", "12 KB of fields", chat(&format!("X-A: {}\r\n", "b".repeat(12 << 10))), &[200]),
        case("A11", "NUL", chat("X-A: b\0c\r\n"), &[400]),
        case("A11", "a control character", chat("X-A: b\u{1}c\r\n"), &[400]),
        case("A11", "no ASCII", chat("X-A: caf\u{e9}\r\n"), &[400]),
        case("A11", "a folded line", chat("X-A: b\r\n c\r\n"), &[400]),
        case("A11", "space before the colon", chat("X-A : b\r\n"), &[400]),
        case("A11", "no colon", chat("X-A\r\n"), &[400]),
        case("A11", "lines that end in LF", chat("").replace("\r\n", "\n"), &[400]),
        case("A11", "one line that ends in LF", chat("X-A: b\nX-B: c\r\n"), &[400]),
        case("A11", "a bare CR", chat("X-A: b\rX-B: c\r\n"), &[400]),
        case("A11", "an empty line before", format!("\r\n{}", chat("")), &[200]),
        case("B4", "no type", chat("").replace("Content-Type: application/json\r\n", ""), &[415]),
        case("B5", "no gzip", chat("Content-Encoding: gzip\r\n"), &[400]),
        case("B5", "no zstd", chat("Content-Encoding: zstd\r\n"), &[400]),
        case("B5", "two codings", chat("Content-Encoding: gzip, br\r\n"), &[415]),
        case("B5", "two coding fields", chat("Content-Encoding: gzip\r\nContent-Encoding: br\r\n"), &[400]),
        case("B5", "an unknown coding", chat("Content-Encoding: lzw\r\n"), &[415]),
    ];
    for name in ["content-type", "authorization", "x-api-key", "Content-Length", "Host", "cookie"] {
        cases.push(case(
            "A9",
            format!("Connection names {name}"),
            chat(&format!("Connection: close, {name}\r\n")),
            &[400],
        ));
    }
    for (name, value) in
        [("Content-Type", "application/json"), ("Authorization", "a"), ("X-Api-Key", "a"), ("Api-Key", "a")]
    {
        let twice = if name == "Content-Type" { 1 } else { 2 };
        cases.push(case(
            "A11",
            format!("{name} twice"),
            chat(&format!("{name}: {value}\r\n").repeat(twice)),
            &[400],
        ));
    }
    for twin in ["Content_Type: text/plain", "X_Api_Key: other", "Authorization_: a"] {
        let want = if twin.starts_with("Authorization") { 200 } else { 400 };
        cases.push(case("A11", twin, chat(&format!("{twin}\r\n")), &[want]));
    }
    for kind in [
        "application/json; charset=utf-16",
        "application/json; charset=utf-7",
        "application/json; charset=ibm037",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=nonsense",
        "application/x-www-form-urlencoded; _charset_=utf-16",
        "text/plain",
        "application/vnd.api+json",
        "application/json, text/plain",
        "application/jsonl",
    ] {
        let row = if kind.contains("charset") { "B1" } else { "B4" };
        cases.push(case(row, kind, chat("").replace("application/json", kind), &[415]));
    }
    cases
}

pub(super) fn bodies() -> Vec<Case> {
    let with = |body: &[u8]| {
        let head = format!("{CHAT}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let said = |content: &str| format!("{{\"messages\":[{{\"role\":\"user\",\"content\":{content}}}]}}");
    let utf16: Vec<u8> = BENIGN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut cases = vec![
        case("B2", "a byte order mark", with(format!("\u{feff}{BENIGN}").as_bytes()), &[400]),
        case("B2", "UTF-16", with(&utf16), &[400]),
        case("B3", "invalid UTF-8", with(b"{\"a\":\"\xff\"}"), &[400]),
        case("B3", "an overlong slash", with(b"{\"a\":\"\xc0\xaf\"}"), &[400]),
        case("B7", "a key twice", with(b"{\"model\":\"a\",\"m\\u006fdel\":\"b\"}"), &[400]),
        case("B10", "half a pair", with(said("\"\\ud800\"").as_bytes()), &[400]),
        case("B11", "65 deep", with(format!("{}{}", "[".repeat(65), "]".repeat(65)).as_bytes()), &[400]),
        case("B12", "bytes after the end", with(format!("{BENIGN}x").as_bytes()), &[400]),
        case("B12", "a second document", with(format!("{BENIGN}\n{BENIGN}").as_bytes()), &[400]),
        case("B12", "a comment", with(format!("{BENIGN}//").as_bytes()), &[400]),
        case("B12", "a comma at the end", with(b"{\"messages\":[],}"), &[400]),
        case("B13", "nothing", with(b""), &[400]),
        case("B13", "a list", with(b"[]"), &[400]),
        case("B13", "a string", with(b"\"bake bread\""), &[400]),
    ];
    for number in ["NaN", "Infinity", "-Infinity", "01", "+1", "0x10", ".5", "1.", "1e999"] {
        cases.push(case(
            "B8",
            number,
            with(format!("{{\"seed\":{number},\"messages\":[]}}").as_bytes()),
            &[400],
        ));
    }
    cases
}

/// What a parser may read otherwise than ours: encodings, twins of keys, depth, what stands around the document.
pub(super) fn readings() -> Vec<Case> {
    let with = |body: &[u8]| {
        let head = format!("{CHAT}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let wide = |bytes: fn(u16) -> [u8; 2]| BENIGN.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let wider =
        |bytes: fn(u32) -> [u8; 4]| BENIGN.chars().map(u32::from).flat_map(bytes).collect::<Vec<u8>>();
    let beside = |key: &str| BENIGN.replace("{\"model\"", &format!("{{\"{key}\":[],\"model\""));
    let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let say = |content: &str| BENIGN.replace("describe how to bake bread", content);
    let mut cases = Vec::new();
    for (name, body) in [
        ("UTF-16, big end first", wide(u16::to_be_bytes)),
        ("UTF-16 with a mark", [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat()),
        ("UTF-32", wider(u32::to_le_bytes)),
        ("UTF-32, big end first", wider(u32::to_be_bytes)),
        ("UTF-32 with a mark", [b"\0\0\xfe\xff".to_vec(), wider(u32::to_be_bytes)].concat()),
    ] {
        cases.push(case("B2", name, with(&body), &[400]));
    }
    cases.push(case("B3", "CESU-8", with(b"{\"a\":\"\xed\xa0\xbd\xed\xb8\x80\"}"), &[400]));
    cases.push(case("B3", "an overlong NUL", with(b"{\"a\":\"\xc0\x80\"}"), &[400]));
    for key in ["Messages", "MESSAGES", "meſſages", "me\u{17f}\\u017fages"] {
        cases.push(case("B9", key, with(beside(key).as_bytes()), &[400]));
    }
    cases.push(case("B9", "a Kelvin sign", with(beside("to\u{212a}en").as_bytes()), &[200]));
    cases.push(case("B10", "halves the wrong way round", with(say("\\udc00\\ud83d").as_bytes()), &[400]));
    for sound in ["bake\\u0000bread", "\\/\\/ \\u0062ake", "\\ud83c\\udf5e bread"] {
        cases.push(case("B10", sound, with(say(sound).as_bytes()), &[200]));
    }
    for depth in [64, 127, 1000, 100_000] {
        cases.push(case("B11", format!("{depth} deep"), with(deep(depth).as_bytes()), &[400]));
    }
    let many = format!("{{\"a\":[{}\"\"]}}", "\"\",".repeat(1_000_000));
    cases.push(case("B11", "a million empty strings", with(many.as_bytes()), &[413]));
    let keys: String = (0..1_000_000).map(|at| format!("\"{at}\":0,")).collect();
    cases.push(case("B11", "a million keys", with(format!("{{{keys}\"a\":0}}").as_bytes()), &[413]));
    cases.push(case(
        "B11",
        "a key of 10 MB",
        with(format!("{{\"{}\":0}}", "k".repeat(10 << 20)).as_bytes()),
        &[413],
    ));
    for (name, body) in [
        ("NUL behind", format!("{BENIGN}\0")),
        ("a record separator before", format!("\u{1e}{BENIGN}")),
        ("a guard before", format!(")]}}'\n{BENIGN}")),
        ("odd white space", format!("{BENIGN}\u{a0}")),
        ("form feed", format!("\u{c}{BENIGN}")),
        ("single quotes", BENIGN.replace('"', "'")),
        ("bare keys", BENIGN.replace("\"model\"", "model")),
        ("a block comment", BENIGN.replacen('{', "{/* a */", 1)),
        ("a hash comment", format!("# a\n{BENIGN}")),
        ("lines of JSON", format!("{BENIGN}\n{BENIGN}\n")),
    ] {
        cases.push(case("B12", name, with(body.as_bytes()), &[400]));
    }
    for body in ["null", "true", "1", "[{}]", " "] {
        cases.push(case("B13", body, with(body.as_bytes()), &[400]));
    }
    let form = "application/x-www-form-urlencoded";
    let encoded = chat("").replace("application/json", form);
    cases.push(case("B13", "a form", encoded, &[415]));
    cases
}

/// B5, B6: codings of bodies, by the names callers use.
pub(super) fn codings() -> Vec<Case> {
    let with = |coding: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "{CHAT}Content-Encoding: {coding}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    let text = BENIGN.as_bytes();
    let mut cases = Vec::new();
    for (coding, packed) in packed(text) {
        cases.push(case("B5", coding, with(coding, &packed), &[200]));
        cases.push(case(
            "B5",
            format!("{coding} in capitals"),
            with(&coding.to_uppercase(), &packed),
            &[200],
        ));
        cases.push(case(
            "B5",
            format!("half of {coding}"),
            with(coding, &packed[..packed.len() / 2]),
            &[400],
        ));
        cases.push(case(
            "B5",
            format!("{coding} twice"),
            with(&format!("{coding}, {coding}"), &packed),
            &[415],
        ));
        cases.push(case("B5", format!("{coding} that is none"), with(coding, text), &[400]));
    }
    let (front, back) = text.split_at(20);
    for coding in ["gzip", "zstd"] {
        let part = |text: &[u8]| packed(text).into_iter().find(|(name, _)| *name == coding).unwrap().1;
        let members = [part(front), part(back)].concat();
        cases.push(case("B5", format!("two members of {coding}"), with(coding, &members), &[200]));
    }
    for (coding, packed) in packed(&vec![b' '; 40 << 20]) {
        cases.push(case("B6", format!("a bomb in {coding}"), with(coding, &packed), &[413]));
    }
    cases.push(case("B6", "a gigabyte", bomb(), &[413]));
    cases
}

/// A text in every coding. Raw DEFLATE goes by the name of zlib.
fn packed(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let fast = flate2::Compression::fast();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), fast);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), fast);
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), fast);
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 1, 22);
    gzip.write_all(text).unwrap();
    zlib.write_all(text).unwrap();
    raw.write_all(text).unwrap();
    brotli.write_all(text).unwrap();
    let gzip = gzip.finish().unwrap();
    vec![
        ("x-gzip", gzip.clone()),
        ("gzip", gzip),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("br", brotli.into_inner()),
        ("zstd", zstd::encode_all(text, 1).unwrap()),
    ]
}

/// A gigabyte of spaces in a few bytes.
fn bomb() -> Vec<u8> {
    let mut packed = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    let spaces = vec![b' '; 1 << 20];
    (0..256).for_each(|_| packed.write_all(&spaces).unwrap());
    let packed = packed.finish().unwrap();
    let head = format!(
        "{CHAT}Content-Encoding: zstd\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    [head.as_bytes(), &packed].concat()
}
