//! Where one HTTP/1 request ends and the next begins. Bytes come out when they are known to be well formed.

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;

use super::frames::Frames;
use super::head::{self, Framing};
use super::{FAULT_FIELD, Fault};

/// What an HTTP/2 connection starts with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes of a request head.
pub(super) const HEAD_BYTES: usize = 16 << 10;
/// Bytes of a chunk's size line, extensions included.
const SIZE_LINE: usize = 256;
/// Hex digits of a chunk's size: 4 GiB, more than any body that is read.
const SIZE_DIGITS: usize = 8;
/// Bytes of all trailers, which are dropped anyway.
const TRAILER_BYTES: usize = 4 << 10;
/// Empty lines forgiven before a request (RFC 9112 section 2.2: some clients end a body with one).
const BLANK_LINES: u8 = 2;

const BARE: Fault = Fault::new(400, "line_ending", "a line does not end in CR LF");
const CHUNK: Fault = Fault::new(400, "broken_body", "the chunks of the body are not well formed");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is known yet.
    Opening,
    /// In a head, or before one.
    Head,
    /// So many bytes of a body are to come.
    Body(u64),
    /// In the size line of a chunk.
    Size,
    /// So many bytes of a chunk are to come.
    Data(u64),
    /// In the line end after a chunk.
    DataEnd,
    /// In the trailers, after so many bytes of them.
    Trailers(usize),
    /// HTTP/2: hyper reads it, and frames are counted.
    Frames,
    /// A WebSocket was asked for: what follows waits for the answer.
    Asked,
    /// It is one: the frames are somebody else's to read.
    Socket,
    /// After a fault.
    Broken,
}

/// The bytes of a connection that were read and not yet given on.
#[derive(Debug)]
pub(super) struct Wire {
    held: BytesMut,
    /// So many of `held` may be given on.
    free: usize,
    /// So many after those were looked at already.
    scanned: usize,
    blank: u8,
    state: State,
    /// Counts frames, unless the peer is trusted.
    frames: Option<Frames>,
}

impl Default for Wire {
    fn default() -> Self {
        let (held, frames) = (BytesMut::new(), Some(Frames::default()));
        Wire { held, free: 0, scanned: 0, blank: 0, state: State::Opening, frames }
    }
}

/// Counts frames where they are counted.
fn see(frames: Option<&mut Frames>, bytes: &[u8]) -> Result<(), Fault> {
    frames.map_or(Ok(()), |frames| frames.see(bytes))
}

impl Wire {
    /// Moves what may be given on into `buf`; `false` when there is nothing.
    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let count = self.free.min(buf.remaining());
        buf.put_slice(self.held.get(..count).unwrap_or_default());
        self.held.advance(count);
        self.free -= count;
        count > 0
    }

    /// How many bytes need no looking at, when nothing is held.
    pub(super) fn open(&self) -> Option<usize> {
        match self.state {
            _ if !self.held.is_empty() => None,
            State::Frames | State::Socket => Some(usize::MAX),
            State::Body(left) | State::Data(left) => Some(usize::try_from(left).unwrap_or(usize::MAX)),
            _ => None,
        }
    }

    /// Notes bytes that are given on as they came.
    pub(super) fn passed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let count = bytes.len() as u64;
        if self.state == State::Frames {
            see(self.frames.as_mut(), bytes)?;
        }
        self.state = match self.state {
            State::Body(left) => body(left.saturating_sub(count)),
            State::Data(left) => data(left.saturating_sub(count)),
            other => other,
        };
        Ok(())
    }

    /// Counts frames no longer.
    pub(super) fn trust(&mut self) {
        self.frames = None;
    }

    /// Whether HTTP/2 is spoken.
    pub(super) fn is_frames(&self) -> bool {
        self.state == State::Frames
    }

    /// Whether a head was begun and is not whole yet.
    pub(super) fn waits(&self) -> bool {
        matches!(self.state, State::Opening | State::Head) && self.held.len() > self.free
    }

    /// Whether a WebSocket was asked for and not agreed on yet.
    pub(super) fn is_asked(&self) -> bool {
        self.state == State::Asked
    }

    /// The WebSocket was agreed on: what was held back is its first bytes.
    pub(super) fn switch(&mut self) {
        self.free = self.held.len();
        self.state = State::Socket;
    }

    /// Whether a fault was found.
    pub(super) fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Takes more bytes and looks at them.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.held.extend_from_slice(bytes);
        while self.step()? {}
        Ok(())
    }

    /// Puts a fault in the place of the request that has it. In a body the chunks break off, which hyper notices.
    pub(super) fn fail(&mut self, fault: &Fault) {
        let rest = self.held.split_off(self.free);
        if matches!(self.state, State::Opening | State::Head) {
            let path = path_of(&rest).unwrap_or("/");
            let code = fault.kind.code();
            let stand_in = format!(
                "GET {path} HTTP/1.1\r\nhost: unspool\r\n{FAULT_FIELD}: {code}\r\nconnection: close\r\n\r\n"
            );
            self.held.extend_from_slice(stand_in.as_bytes());
        } else {
            self.held.extend_from_slice(b"\r\0");
        }
        self.free = self.held.len();
        self.state = State::Broken;
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.free..).unwrap_or_default()
    }

    /// Looks at what is held back; `true` while there may be more to see.
    fn step(&mut self) -> Result<bool, Fault> {
        let ahead = self.rest().len();
        if ahead == 0 {
            return Ok(false);
        }
        match self.state {
            State::Opening => Ok(self.opening()),
            State::Head => self.head(),
            State::Body(left) => Ok(self.skip(left, body)),
            State::Size => self.size(),
            State::Data(left) => Ok(self.skip(left, data)),
            State::DataEnd if ahead < 2 => Ok(false),
            State::DataEnd if self.rest().starts_with(b"\r\n") => Ok(self.release(2, State::Size)),
            State::DataEnd => Err(CHUNK),
            State::Trailers(seen) => self.trailer(seen),
            State::Frames => {
                let rest = self.held.get(self.free..).unwrap_or_default();
                see(self.frames.as_mut(), rest.strip_prefix(PREFACE).unwrap_or(rest))?;
                Ok(self.release(ahead, State::Frames))
            }
            State::Asked => Ok(false),
            State::Socket => Ok(self.release(ahead, State::Socket)),
            State::Broken => Ok(self.release(ahead, State::Broken)),
        }
    }

    fn release(&mut self, count: usize, then: State) -> bool {
        self.free += count;
        self.scanned = 0;
        self.state = then;
        true
    }

    fn skip(&mut self, left: u64, then: fn(u64) -> State) -> bool {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest().len());
        self.release(count, then(left.saturating_sub(count as u64)))
    }

    fn opening(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with(PREFACE) {
            self.state = State::Frames;
            return true;
        }
        let undecided = PREFACE.starts_with(rest);
        if !undecided {
            self.state = State::Head;
        }
        !undecided
    }

    fn head(&mut self) -> Result<bool, Fault> {
        if self.rest().starts_with(b"\r\n") {
            self.blank += 1;
            return if self.blank > BLANK_LINES { Err(BARE) } else { Ok(self.release(2, State::Head)) };
        }
        let rest = self.rest();
        let end = match head_end(rest, self.scanned)? {
            Some(end) if end <= HEAD_BYTES => end,
            None if rest.len() <= HEAD_BYTES => {
                self.scanned = rest.len();
                return Ok(false);
            }
            _ => return Err(Fault::new(431, "headers_too_large", "the request head is too large")),
        };
        let then = match head::read(rest.get(..end).unwrap_or_default())? {
            Framing::Length(length) => body(length),
            Framing::Chunked => State::Size,
            Framing::Switch => State::Asked,
        };
        self.blank = 0;
        Ok(self.release(end, then))
    }

    /// The next whole line with its end, at most `most` bytes; `None` when it is not there yet.
    fn line(&self, most: usize) -> Result<Option<&[u8]>, Fault> {
        let rest = self.rest();
        let Some(at) = memchr::memchr(b'\n', rest) else {
            return if rest.len() > most { Err(CHUNK) } else { Ok(None) };
        };
        let line = rest.get(..=at).unwrap_or_default();
        let inside = line.strip_suffix(b"\r\n").ok_or(CHUNK)?;
        let plain = !inside.iter().any(|byte| matches!(byte, 0 | b'\r'));
        if plain && line.len() <= most { Ok(Some(line)) } else { Err(CHUNK) }
    }

    fn size(&mut self) -> Result<bool, Fault> {
        let Some(line) = self.line(SIZE_LINE)? else { return Ok(false) };
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (number, after) = line.split_at(digits);
        let number = std::str::from_utf8(number).ok().filter(|_| digits <= SIZE_DIGITS);
        let size = number.and_then(|number| u64::from_str_radix(number, 16).ok()).ok_or(CHUNK)?;
        if !matches!(after.trim_ascii_start().first(), None | Some(b';')) {
            return Err(CHUNK);
        }
        let count = line.len();
        Ok(self.release(count, if size == 0 { State::Trailers(0) } else { State::Data(size) }))
    }

    fn trailer(&mut self, seen: usize) -> Result<bool, Fault> {
        let Some(line) = self.line(TRAILER_BYTES.saturating_sub(seen))? else { return Ok(false) };
        let count = line.len();
        let then = if line == b"\r\n" { State::Head } else { State::Trailers(seen + count) };
        Ok(self.release(count, then))
    }
}

fn body(left: u64) -> State {
    if left == 0 { State::Head } else { State::Body(left) }
}

fn data(left: u64) -> State {
    if left == 0 { State::DataEnd } else { State::Data(left) }
}

/// Where a head ends, of which `seen` bytes were looked at before. Every line must end in CR LF, and NUL is no text.
fn head_end(head: &[u8], seen: usize) -> Result<Option<usize>, Fault> {
    let mut before = seen.checked_sub(1).and_then(|at| head.get(at)).copied();
    for (at, &byte) in head.iter().enumerate().skip(seen) {
        if byte == 0 {
            return Err(Fault::new(400, "header_value", "the request head has a NUL"));
        }
        if (byte == b'\n') != (before == Some(b'\r')) {
            return Err(BARE);
        }
        if byte == b'\n' && head.get(..=at).is_some_and(|head| head.ends_with(b"\r\n\r\n")) {
            return Ok(Some(at + 1));
        }
        before = Some(byte);
    }
    Ok(None)
}

/// The path of a faulty request, if it is plain enough to be said again.
fn path_of(head: &[u8]) -> Option<&str> {
    let path = head.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).nth(1)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-:".contains(byte);
    let sound = path.starts_with(b"/") && path.len() <= 128 && path.iter().all(plain);
    std::str::from_utf8(path).ok().filter(|_| sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `bytes`, fed in pieces of `step`, and the fault if there was one.
    fn through(bytes: &[u8], step: usize) -> (Vec<u8>, Option<&'static str>) {
        let (mut wire, mut out, mut fault) = (Wire::default(), Vec::new(), None);
        for piece in bytes.chunks(step) {
            if fault.is_none()
                && let Err(found) = wire.feed(piece)
            {
                fault = Some(found.kind.code());
                wire.fail(&found);
            }
            let mut room = [0; 64];
            loop {
                let mut buf = ReadBuf::new(&mut room);
                if !wire.give(&mut buf) {
                    break;
                }
                out.extend_from_slice(buf.filled());
            }
        }
        (out, fault)
    }

    const GET: &str = "GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n";

    #[test]
    fn sound_requests_pass_unchanged_however_they_are_cut() {
        let post = "POST /v1/messages HTTP/1.1\r\nHost: h\r\n";
        let stream = [
            GET,
            &format!("{post}Content-Length: 4\r\n\r\na\n\r\n"),
            &format!("\r\n{post}Transfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n1 ;x=\"y\"\r\nc\r\n0\r\nX: y\r\n\r\n"),
            GET,
        ]
        .concat();
        for step in [1, 2, 3, 7, stream.len()] {
            let (out, fault) = through(stream.as_bytes(), step);
            assert_eq!(
                (String::from_utf8(out).unwrap(), fault),
                (stream.clone(), None),
                "in pieces of {step}"
            );
        }
        let http2 = [PREFACE, b"\0\0\0\x04\0\0\0\0\0\n\n\r"].concat();
        assert_eq!(through(&http2, 5), (http2.clone(), None));
    }

    #[test]
    fn a_faulty_head_is_replaced_and_the_rest_is_gone() {
        for (head, code) in [
            ("GET /v1/models HTTP/1.1\nHost: h\n\n", "line_ending"),
            ("GET /v1/models HTTP/1.1\r\nHost: h\n\r\n", "line_ending"),
            ("GET /v1/models HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "line_ending"),
            ("GET /v1/models HTTP/1.1\r\nHost: h\0\r\n\r\n", "header_value"),
            ("GET /v1/models HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transfer_encoding"),
            ("PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", "http_version"),
        ] {
            for step in [1, 1000] {
                let bytes = [GET, head, GET].concat();
                let (out, fault) = through(bytes.as_bytes(), step);
                let out = String::from_utf8(out).unwrap();
                let rest = out.strip_prefix(GET).unwrap();
                assert_eq!(fault, Some(code), "{head:?}");
                assert!(
                    rest.starts_with("GET /") && rest.contains(&format!("{FAULT_FIELD}: {code}\r\n")),
                    "{out}"
                );
                assert_eq!(rest.matches("HTTP/1.1").count(), 1, "{out}");
            }
        }
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(HEAD_BYTES));
        assert_eq!(through(long.as_bytes(), 4096).1, Some("headers_too_large"));
    }

    #[test]
    fn broken_chunks_break_the_body_off() {
        let head = "POST /v1/messages HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        for chunks in [
            "12345678901234567\r\n".to_owned(),
            "+1\r\na\r\n0\r\n\r\n".into(),
            "-1\r\na\r\n0\r\n\r\n".into(),
            "0x1\r\na\r\n0\r\n\r\n".into(),
            " 1\r\na\r\n0\r\n\r\n".into(),
            "\r\na\r\n0\r\n\r\n".into(),
            "1\na\r\n0\r\n\r\n".into(),
            "1\r\na\n0\r\n\r\n".into(),
            "1\r\nab\r\n0\r\n\r\n".into(),
            "1;a\rb\r\na\r\n0\r\n\r\n".into(),
            format!("1;{}\r\na\r\n", "x".repeat(1 << 20)),
            format!("0\r\nX: {}\r\n\r\n", "y".repeat(TRAILER_BYTES)),
            "0\r\nX: y\n\r\n".into(),
        ] {
            let bytes = [head, &chunks].concat();
            let (out, fault) = through(bytes.as_bytes(), 1000);
            assert_eq!(fault, Some("broken_body"), "{}", chunks.get(..20).unwrap_or(&chunks));
            assert!(out.ends_with(b"\r\0") && out.starts_with(head.as_bytes()));
        }
    }
}
