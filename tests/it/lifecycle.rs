//! The process itself: drained by SIGTERM, ended by a second one, refused on a bad start (F11, G10).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BENIGN: &str =
    r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

/// A running `unspool serve`, killed when dropped.
struct Process {
    child: Child,
    addr: SocketAddr,
    admin: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(upstream: &str, config: &str) -> Self {
        Process::limited(upstream, config, ":")
    }

    /// Started by a shell that has limited itself.
    fn limited(upstream: &str, config: &str, limit: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("unspool.toml");
        std::fs::write(&file, config).unwrap();
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("{limit} && exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_unspool"))
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", upstream])
            .arg("--config")
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.find(|line| line.as_ref().unwrap().contains("is listening")).unwrap().unwrap();
        let line: serde_json::Value = serde_json::from_str(&first).unwrap();
        let at = |name: &str| {
            let value = line["fields"].get(name).or_else(|| line.get(name)).unwrap();
            value.as_str().unwrap().parse().unwrap()
        };
        let (addr, admin) = (at("listen"), at("admin"));
        std::thread::spawn(move || lines.for_each(drop));
        Process { child, addr, admin }
    }

    fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// The exit code, waited for at most so long.
    fn exit(&mut self, patience: Duration) -> Option<i32> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("still running after {patience:?}");
    }

    fn open(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{BENIGN}", BENIGN.len()).unwrap();
        stream
    }

    fn ready(&self) -> u16 {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// An upstream that sends `events` events, one every `pause`.
fn upstream(events: usize, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut seen = [0; 8192];
                let _ = stream.read(&mut seen);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                let mut open = stream.write_all(head.as_bytes()).is_ok();
                for _ in 0..events {
                    open = open && stream.write_all(b"9\r\ndata: 1\n\n\r\n").is_ok();
                    std::thread::sleep(pause);
                }
                let _ = stream.write_all(b"0\r\n\r\n");
            });
        }
    });
    format!("http://{addr}")
}

/// Reads until the first event is there.
fn first_event(stream: &mut TcpStream) -> String {
    let (mut text, mut piece) = (String::new(), [0; 1024]);
    while !text.contains("data: 1") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    text
}

fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A cut connection may end in a reset.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
fn the_allocator_is_told_to_give_back_what_is_free() {
    let running = Process::start("echo:", "");
    let told = std::fs::read(format!("/proc/{}/environ", running.child.id())).unwrap();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert!(told.contains("MALLOC_CONF=narenas:2,background_thread:true"), "{told}");
    // And it listens to that: with statistics asked for it tells them at the end.
    let version = Command::new(env!("CARGO_BIN_EXE_unspool"))
        .arg("--version")
        .env("MALLOC_CONF", "stats_print:true,dirty_decay_ms:500")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&version.stderr).into_owned();
    assert!(told.contains("opt.dirty_decay_ms: 500"), "{told}");
}

#[test]
fn sigterm_lets_streams_finish_and_exits_with_0() {
    let mut process = Process::start(&upstream(10, Duration::from_millis(150)), "");
    let mut streams: Vec<_> = (0..5).map(|_| process.open()).collect();
    let mut texts: Vec<String> = streams.iter_mut().map(first_event).collect();
    assert_eq!(process.ready(), 200);
    process.terminate();
    let start = Instant::now();
    while TcpStream::connect(process.addr).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "still accepting");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(process.ready(), 503);
    for (stream, text) in streams.iter_mut().zip(&mut texts) {
        text.push_str(&rest(stream));
        assert!(text.matches("data: 1").count() == 10 && text.ends_with("0\r\n\r\n"), "{text}");
    }
    assert_eq!(process.exit(Duration::from_secs(10)), Some(0));
}

#[test]
fn the_drain_limit_cuts_what_does_not_end() {
    let mut process =
        Process::start(&upstream(1000, Duration::from_millis(50)), "[server]\ndrain_seconds = 1\n");
    let mut stream = process.open();
    first_event(&mut stream);
    process.terminate();
    let start = Instant::now();
    assert!(!rest(&mut stream).ends_with("0\r\n\r\n"), "a clean end");
    assert_eq!(process.exit(Duration::from_secs(10)), Some(0));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_second_sigterm_exits_at_once() {
    let mut process = Process::start(&upstream(1000, Duration::from_millis(50)), "");
    let mut stream = process.open();
    first_event(&mut stream);
    process.terminate();
    let start = Instant::now();
    while TcpStream::connect(process.addr).is_ok() && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    process.terminate();
    process.exit(Duration::from_secs(5));
}

#[test]
fn what_cannot_start_says_why_and_exits_with_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nonsense = folder.path().join("nonsense.pem");
    std::fs::write(&nonsense, "no certificate").unwrap();
    let file = nonsense.display();
    for (config, words) in [
        (
            format!("[server]\nlisten = \"{}\"\n[upstream]\nurl = \"echo:\"\n", taken.local_addr().unwrap()),
            "cannot listen",
        ),
        (
            format!("[server]\ntls_cert = \"{file}\"\ntls_key = \"{file}\"\n[upstream]\nurl = \"echo:\"\n"),
            "PEM",
        ),
        (format!("[upstream]\nurl = \"https://localhost\"\nca_file = \"{file}\"\n"), "certificate"),
        ("[upstream]\nurl = \"https://localhost\"\nca_file = \"/nowhere.pem\"\n".to_owned(), "/nowhere.pem"),
        (
            "[upstream]\nurl = \"echo:\"\napi_key_env = \"UNSPOOL_NO_SUCH_VARIABLE\"\n".to_owned(),
            "UNSPOOL_NO_SUCH_VARIABLE",
        ),
    ] {
        let path = folder.path().join("unspool.toml");
        std::fs::write(&path, &config).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_unspool"))
            .arg("serve")
            .arg("--config")
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.code() == Some(2) && said.contains(words), "{config}: {:?} {said}", out.status);
    }
}

/// F1: with few file descriptors, idle connections make room for those who wait, and the admin listener answers.
#[test]
fn a_crowd_of_idle_connections_shuts_nobody_out() {
    let config = "[server]\nkeep_alive_seconds = 4\n";
    let mut process = Process::limited(&upstream(1, Duration::ZERO), config, "ulimit -n 64");
    let crowd: Vec<_> = (0..100).map(|_| TcpStream::connect(process.addr).unwrap()).collect();
    assert_eq!(process.ready(), 200);
    let mut stream = process.open();
    first_event(&mut stream);
    drop(crowd);
    first_event(&mut process.open());
    assert!(process.child.try_wait().unwrap().is_none(), "it ended");
}

/// G7: files may grow to 2 KiB here, as on a disk that is full. No half of a line is left, and what must be on record is refused.
#[test]
fn a_full_disk_leaves_no_half_line() {
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("audit.jsonl");
    for required in [true, false] {
        std::fs::write(&log, "").unwrap();
        let config = format!("[audit]\nfile = {log:?}\nrequired = {required}\n");
        let process = Process::limited(&upstream(1, Duration::ZERO), &config, "trap '' XFSZ && ulimit -f 4");
        let ask = || {
            let mut stream = process.open();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let mut answer = [0; 4096];
            let count = stream.read(&mut answer).unwrap();
            String::from_utf8_lossy(&answer[..count]).into_owned()
        };
        let answers: Vec<String> = (0..16).map(|_| ask()).collect();
        let refused = answers.iter().filter(|answer| answer.contains("audit_failed")).count();
        assert_eq!(refused > 0, required, "{answers:?}");
        let written = std::fs::read_to_string(&log).unwrap();
        assert!(written.ends_with('\n') && written.len() <= 4 << 10, "{written:?}");
        for line in written.lines() {
            serde_json::from_str::<unspool::serve::audit::Line>(line).unwrap();
        }
        assert!(
            !required || refused + written.lines().count() == answers.len(),
            "{refused} refused: {written}"
        );
    }
}
