//! Bad weather on both sides of the proxy: connections that dribble, stall, end in the middle, or are reset, drawn from a seed. Every
//! request ends; an answer that ends cleanly is whole and its own; nothing is delivered twice, nothing blocked is delivered at all, and
//! nothing is left behind. `UNSPOOL_WEATHER=1000 cargo test --test it weather -- --ignored --nocapture` draws a thousand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use unspool::measure::replay::wrap::Rng;

use super::peer::{Seen, request};
use super::proxy::{post, proxy, send, status};

/// Requests under way at once.
const AT_ONCE: u64 = 64;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// What becomes of one direction of a connection.
#[derive(Debug, Clone, Copy)]
struct Fate {
    /// Bytes passed on at a time.
    piece: usize,
    /// Milliseconds between two pieces.
    pause: u64,
    /// After so many bytes it stalls for some time, or for good.
    stall: Option<(usize, u64)>,
    /// After so many bytes it ends, or is reset.
    end: Option<(usize, bool)>,
}

impl Fate {
    fn drawn(rng: &mut Rng) -> Self {
        let at = |rng: &mut Rng| rng.below(1500);
        let stall = (rng.below(5) == 0).then(|| (at(rng), [50, 400, 60_000][rng.below(3)]));
        let end = (rng.below(3) == 0).then(|| (at(rng), rng.below(2) == 0));
        Fate { piece: [1, 7, 100, 16_384][rng.below(4)], pause: [0, 0, 1, 3][rng.below(4)], stall, end }
    }
}

/// Passes bytes on as fate has it; gives whether the connection is to be reset.
async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, fate: Fate) -> bool {
    let (mut held, mut passed) = (vec![0; 16_384], 0);
    while let Ok(count @ 1..) = from.read(&mut held).await {
        for piece in held[..count].chunks(fate.piece) {
            if let Some((_, reset)) = fate.end.filter(|(at, _)| passed >= *at) {
                return reset;
            }
            if let Some((_, long)) = fate.stall.filter(|(at, _)| (passed..passed + piece.len()).contains(at))
            {
                sleep(Duration::from_millis(long)).await;
            }
            if to.write_all(piece).await.is_err() {
                return false;
            }
            passed += piece.len();
            if fate.pause > 0 {
                sleep(Duration::from_millis(fate.pause)).await;
            }
        }
    }
    let _ = to.shutdown().await;
    false
}

/// Stands before `to`; each connection has a fate of its own.
async fn weather(to: SocketAddr, seed: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((mut near, _)) = listener.accept().await {
            number += 1;
            let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(number));
            let fates = [Fate::drawn(&mut rng), Fate::drawn(&mut rng)];
            tokio::spawn(async move {
                let Ok(mut far) = TcpStream::connect(to).await else { return };
                let reset = {
                    let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
                    // Where one direction breaks the other goes too; an orderly end leaves it open.
                    let (there, back) = (pass(near_in, far_out, fates[0]), pass(far_in, near_out, fates[1]));
                    let both = async { tokio::join!(there, back) };
                    timeout(PATIENCE / 3, both).await.is_ok_and(|(there, back)| there || back)
                };
                if reset {
                    let _ = (near.set_zero_linger(), far.set_zero_linger());
                }
            });
        }
    });
    addr
}

fn events(name: &str) -> String {
    (0..20).map(|number| format!("data: {name} {number}\n\n")).collect()
}

fn name_in(request: &str) -> Option<String> {
    let at = request.find("loaf-")?;
    Some(request[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect())
}

/// An upstream that streams twenty events about the name in each request.
async fn upstream() -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let record = Arc::clone(&record);
            tokio::spawn(async move {
                let mut held = Vec::new();
                while let Some(asked) = request(&mut stream, &mut held, &record).await {
                    let name = name_in(&asked).unwrap_or_default();
                    record.note(asked);
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                    let mut pieces = vec![head.to_owned()];
                    let lines: Vec<String> =
                        events(&name).split_inclusive("\n\n").map(str::to_owned).collect();
                    pieces.extend(lines.iter().map(|line| format!("{:x}\r\n{line}\r\n", line.len())));
                    pieces.push("0\r\n\r\n".into());
                    for piece in pieces {
                        if stream.write_all(piece.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    (addr, seen)
}

fn body(name: &str, harmful: bool) -> String {
    let asked = if harmful { "HARMFUL_MARKER" } else { "bread" };
    format!(
        r#"{{"model":"m","stream":true,"messages":[{{"role":"user","content":"describe {name} {asked}"}}]}}"#
    )
}

/// The body of an answer in chunks, where it ends cleanly.
fn unchunked(mut rest: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        let (piece, after) = (after.get(..size)?, after.get(size..)?);
        if size == 0 {
            return (after == "\r\n").then_some(whole);
        }
        whole.push_str(piece);
        rest = after.strip_prefix("\r\n")?;
    }
}

/// What is wrong with an answer as far as it came.
fn wrong(answer: &str, name: &str, harmful: bool) -> Option<String> {
    let (head, rest) = answer.split_once("\r\n\r\n")?;
    match status(answer) {
        200 if harmful => Some(format!("{name} was let pass")),
        200 if !head.contains("chunked") => Some(format!("{name}: no chunks: {head}")),
        200 => match unchunked(rest) {
            Some(whole) if whole != events(name) => Some(format!("{name}: a clean end of {whole:?}")),
            _ => None,
        },
        400 if harmful => None,
        // What the weather makes of a request, and of an upstream.
        400 | 408 | 502 | 504 => None,
        other => Some(format!("{name}: {other} {head}")),
    }
}

async fn storms(count: u64, seed: u64) -> BTreeMap<u16, usize> {
    let (addr, seen) = upstream().await;
    let behind = weather(addr, seed).await;
    let running = proxy(&format!("http://{behind}"), |settings| {
        settings.admin = Some("127.0.0.1:0".parse().unwrap());
        settings.timeouts.header = Duration::from_secs(1);
        settings.timeouts.body_idle = Duration::from_secs(1);
        settings.timeouts.first_byte = Duration::from_secs(1);
    })
    .await;
    let front = weather(running.addr(), seed + 1).await;
    let (mut statuses, mut at) = (BTreeMap::new(), 0);
    while at < count {
        let till = (at + AT_ONCE).min(count);
        let batch: Vec<_> = (at..till)
            .map(|number| {
                tokio::spawn(async move {
                    let (name, harmful) = (format!("loaf-{number}-"), number % 5 == 0);
                    let sent = post(
                        "/v1/chat/completions",
                        "Content-Type: application/json\r\n",
                        body(&name, harmful).as_bytes(),
                    );
                    let mut stream = TcpStream::connect(front).await.unwrap();
                    let mut answer = Vec::new();
                    let talk = async {
                        let (mut read, mut write) = stream.split();
                        let _ = tokio::join!(write.write_all(&sent), read.read_to_end(&mut answer));
                    };
                    let ended = timeout(PATIENCE, talk).await;
                    let answer = String::from_utf8_lossy(&answer).into_owned();
                    assert!(ended.is_ok(), "{name} hangs after {answer:?}");
                    assert_eq!(wrong(&answer, &name, harmful), None);
                    status(&answer)
                })
            })
            .collect();
        for one in batch {
            *statuses.entry(one.await.unwrap()).or_default() += 1;
        }
        at = till;
    }
    let mut delivered: BTreeMap<String, usize> = BTreeMap::new();
    for asked in seen.all() {
        let name = name_in(&asked).unwrap();
        assert!(asked.ends_with(&body(&name, false)), "{asked}");
        *delivered.entry(name).or_default() += 1;
    }
    let twice: Vec<_> = delivered.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    // Nothing is left behind, and the sun shines on who comes straight.
    let (admin, from) = (running.admin_addr().unwrap(), Instant::now());
    let get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    while !send(admin, get).await.contains("unspool_in_flight 0\n") {
        assert!(from.elapsed() < PATIENCE, "{}", send(admin, get).await);
        sleep(Duration::from_millis(100)).await;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_ends_and_ends_right() {
    let statuses = storms(64, 7).await;
    assert!(statuses.len() > 2 && statuses.get(&200).is_some_and(|count| *count > 5), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: run by hand with UNSPOOL_WEATHER=requests"]
#[expect(clippy::disallowed_methods, reason = "a test run by hand takes its size from the command line")]
async fn a_season_of_storms() {
    let count = std::env::var("UNSPOOL_WEATHER").map_or(1000, |count| count.parse().unwrap());
    println!("{count} requests by status: {:?}", storms(count, 11).await);
}
