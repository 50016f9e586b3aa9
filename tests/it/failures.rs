//! The failure policy (G): every way to fail has its own outcome, status, metric and log line, and fails closed.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::sleep;
use tracing_subscriber::fmt::MakeWriter;
use unspool::judge::decide::{Mode, OnFailure};
use unspool::serve::{Running, Settings};

use super::peer::{OK, Then, answering};
use super::proxy::{post, proxy, send, status};

const BENIGN: &str = r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

/// Everything that is logged while the tests run, by all of them.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// What failed, what the caller sends, and what has to come of it.
struct Row {
    name: &'static str,
    marker: &'static str,
    upstream: Up,
    change: fn(&mut Settings),
    status: u16,
    /// The value of `x-unspool-action`, the `outcome` of the log line and of `unspool_requests_total`.
    outcome: &'static str,
    /// The `reason` of the log line and of `unspool_refusals_total`.
    reason: Option<&'static str>,
    /// One more counter that must have moved.
    metric: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Up {
    Sound,
    Nobody,
    Silent,
    Garbage,
    Redirects,
    BreaksOff,
}

fn usual(_: &mut Settings) {}

fn forward_failures(settings: &mut Settings) {
    settings.policy.on_failure = OnFailure::Forward;
}

fn monitor(settings: &mut Settings) {
    settings.policy.mode = Mode::Monitor;
}

fn quick(settings: &mut Settings) {
    settings.timeouts.first_byte = Duration::from_millis(200);
}

fn no_memory(settings: &mut Settings) {
    settings.buffered_bytes = 0;
}

const fn row(name: &'static str, marker: &'static str, upstream: Up, change: fn(&mut Settings)) -> Row {
    Row { name, marker, upstream, change, status: 503, outcome: "", reason: None, metric: "" }
}

fn rows() -> Vec<Row> {
    let limit = |limit| match limit {
        "steps" => "unspool_limits_hit_total{limit=\"steps\"} 1",
        _ => "unspool_limits_hit_total{limit=\"panic\"} 1",
    };
    let closed =
        |row: Row, metric| Row { outcome: "refuse_unscreened", reason: Some("unscreened"), metric, ..row };
    let open = |row: Row, metric| Row { outcome: "forward_unscreened", status: 200, metric, ..row };
    let up = |name, upstream, status, reason, metric| Row {
        status,
        outcome: "forward",
        reason: Some(reason),
        metric,
        ..row(name, "bread", upstream, quick)
    };
    let unscreened = "unspool_unscreened_total{kind=\"incomplete\"} 1";
    vec![
        closed(row("budget hit", "ENDLESS_MARKER", Up::Sound, usual), limit("steps")),
        closed(row("panic", "PANIC_MARKER", Up::Sound, usual), limit("panic")),
        open(row("budget hit, told to forward", "ENDLESS_MARKER", Up::Sound, forward_failures), unscreened),
        open(row("panic, told to forward", "PANIC_MARKER", Up::Sound, forward_failures), unscreened),
        open(row("budget hit, monitored", "ENDLESS_MARKER", Up::Sound, monitor), unscreened),
        open(row("panic, monitored", "PANIC_MARKER", Up::Sound, monitor), limit("panic")),
        Row {
            outcome: "reject",
            reason: Some("overloaded"),
            metric: "unspool_refusals_total{reason=\"overloaded\"} 1",
            ..row("no memory", "bread", Up::Sound, no_memory)
        },
        up(
            "nobody there",
            Up::Nobody,
            502,
            "upstream_unreachable",
            "unspool_upstream_errors_total{kind=\"connect\"} 1",
        ),
        up(
            "no answer",
            Up::Silent,
            504,
            "upstream_timeout",
            "unspool_upstream_errors_total{kind=\"first_byte\"} 1",
        ),
        up(
            "garbage",
            Up::Garbage,
            502,
            "upstream_unreachable",
            "unspool_upstream_errors_total{kind=\"broken\"} 1",
        ),
        up(
            "a redirect",
            Up::Redirects,
            502,
            "upstream_unreachable",
            "unspool_upstream_errors_total{kind=\"redirect\"} 1",
        ),
        Row {
            status: 200,
            reason: None,
            ..up(
                "an answer that breaks off",
                Up::BreaksOff,
                200,
                "",
                "unspool_upstream_errors_total{kind=\"body\"} 1",
            )
        },
        Row {
            status: 400,
            outcome: "block",
            reason: Some("content_policy_violation"),
            metric: "unspool_blocked_total{category=\"S9\"} 1",
            ..row("no failure at all", "HARMFUL_MARKER", Up::Sound, usual)
        },
    ]
}

async fn address(upstream: Up) -> std::net::SocketAddr {
    let redirect = "HTTP/1.1 302 Away\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n";
    match upstream {
        Up::Sound => answering(OK, Then::Keep).await.0,
        Up::Nobody => TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap(),
        Up::Silent => answering("", Then::Keep).await.0,
        Up::Garbage => answering("bake rye bread\r\n\r\n", Then::Close).await.0,
        Up::Redirects => answering(redirect, Then::Keep).await.0,
        Up::BreaksOff => answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", Then::Close).await.0,
    }
}

async fn metrics(running: &Running) -> String {
    let get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    send(running.admin_addr().unwrap(), get).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failure_has_its_own_outcome_status_metric_and_log_line() {
    LazyLock::force(&LOG);
    let rows = rows();
    assert_eq!(rows.len(), 13);
    for row in rows {
        let name = row.name;
        let upstream = address(row.upstream).await;
        let running = proxy(&format!("http://{upstream}"), |settings| {
            settings.admin = Some("127.0.0.1:0".parse().unwrap());
            (row.change)(settings);
        })
        .await;
        let body = BENIGN.replace("bread", row.marker);
        let ask = post("/v1/chat/completions", "Content-Type: application/json\r\n", body.as_bytes());
        let answer = send(running.addr(), &ask).await;
        assert_eq!(status(&answer), row.status, "{name}: {answer}");
        assert!(answer.contains(&format!("x-unspool-action: {}\r\n", row.outcome)), "{name}: {answer}");
        if row.status == 503 {
            assert!(
                answer.contains("retry-after: ") && answer.contains("x-should-retry: false"),
                "{name}: {answer}"
            );
        }
        let text = metrics(&running).await;
        let outcome = format!("unspool_requests_total{{outcome=\"{}\"}} 1", row.outcome);
        assert!(text.contains(&outcome) && text.contains(row.metric), "{name}: {} in {text}", row.metric);
        let id =
            answer.split("x-unspool-request-id: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
        let logged = String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = logged.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        let fields = &line["fields"];
        assert_eq!(fields["outcome"], row.outcome, "{name}: {line}");
        assert_eq!(fields["status"], row.status, "{name}: {line}");
        assert_eq!(fields["reason"].as_str(), row.reason, "{name}: {line}");
        assert!(!lines[0].contains("describe how"), "{name}: prompt text in the log");
        // The others are unaffected.
        let get = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        assert_eq!(status(&send(running.admin_addr().unwrap(), get).await), 200);
    }
}

/// E11, G2, G8: a full queue refuses at once and is counted, and those who wait are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once_and_serves_who_waits() {
    let (addr, seen) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |settings| {
        settings.admin = Some("127.0.0.1:0".parse().unwrap());
        (settings.screenings, settings.queue) = (1, 1);
    })
    .await;
    let slow = BENIGN.replace("bread", "SLOW_MARKER");
    let slow = Arc::new(post("/v1/chat/completions", "Content-Type: application/json\r\n", slow.as_bytes()));
    let at = running.addr();
    let all: Vec<_> = (0..12)
        .map(|_| {
            let slow = Arc::clone(&slow);
            tokio::spawn(async move {
                let start = Instant::now();
                (status(&send(at, &slow).await), start.elapsed())
            })
        })
        .collect();
    let mut served = 0;
    for one in all {
        match one.await.unwrap() {
            (200, _) => served += 1,
            (503, took) => assert!(took < Duration::from_millis(350), "refused after {took:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert!((2..12).contains(&served), "{served} served");
    assert_eq!(seen.count(), served);
    let text = metrics(&running).await;
    assert!(
        text.contains(&format!("unspool_refusals_total{{reason=\"overloaded\"}} {}", 12 - served)),
        "{text}"
    );
    sleep(Duration::from_millis(50)).await;
    let benign = post("/v1/chat/completions", "Content-Type: application/json\r\n", BENIGN.as_bytes());
    assert_eq!(status(&send(at, &benign).await), 200);
}

/// E11: a row of heavy requests holds up no light one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_heavy_requests_holds_up_no_light_one() {
    let (addr, _) = answering(OK, Then::Keep).await;
    let running =
        proxy(&format!("http://{addr}"), |settings| (settings.screenings, settings.queue) = (1, 64)).await;
    let at = running.addr();
    let padded = format!("SLOW_MARKER {}", "and rye ".repeat(3000));
    let heavy = BENIGN.replace("bread", &padded);
    let heavy =
        Arc::new(post("/v1/chat/completions", "Content-Type: application/json\r\n", heavy.as_bytes()));
    let row: Vec<_> = (0..8)
        .map(|_| {
            let heavy = Arc::clone(&heavy);
            tokio::spawn(async move { status(&send(at, &heavy).await) })
        })
        .collect();
    sleep(Duration::from_millis(200)).await;
    let light = post("/v1/chat/completions", "Content-Type: application/json\r\n", BENIGN.as_bytes());
    for _ in 0..3 {
        assert_eq!(status(&send(at, &light).await), 200);
    }
    assert!(row.iter().filter(|one| !one.is_finished()).count() >= 3, "the row was over already");
}
