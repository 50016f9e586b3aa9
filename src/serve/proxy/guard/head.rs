//! One HTTP/1 request head: its form, and how its body is framed.

use http::Uri;

use super::Fault;

/// Fields of a head.
const FIELDS: usize = 100;
/// Digits of a content length: more than any body that is read.
const LENGTH_DIGITS: usize = 15;

/// How the body of a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// There is none: the connection may become a WebSocket.
    Switch,
}

/// Reads a head, its final empty line included.
pub(super) fn read(head: &[u8]) -> Result<Framing, Fault> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let Line { old, gets } = request_line(lines.next().unwrap_or_default())?;
    let (mut length, mut chunked, mut switch, mut fields) = (None, false, false, 0);
    for line in lines.filter(|line| !line.is_empty()) {
        fields += 1;
        if fields > FIELDS {
            return Err(Fault::new(431, "too_many_headers", "the request has too many header fields"));
        }
        let (name, value) = field(line)?;
        if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(content_length(value)?).is_some() {
                return Err(Fault::new(
                    400,
                    "repeated_header",
                    "the header content-length comes more than once",
                ));
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            transfer_encoding(value, old, chunked)?;
            chunked = true;
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            switch = value.eq_ignore_ascii_case(b"websocket");
        }
    }
    match (length, chunked) {
        (Some(_), true) => {
            Err(Fault::new(400, "framing", "the request has both a content length and a transfer encoding"))
        }
        (_, true) => Ok(Framing::Chunked),
        (None | Some(0), false) if switch && gets && !old => Ok(Framing::Switch),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// What a request line says that bears on what follows the head.
struct Line {
    /// HTTP/1.0.
    old: bool,
    /// The method is GET.
    gets: bool,
}

/// Checks a request line.
fn request_line(line: &[u8]) -> Result<Line, Fault> {
    let bad = |message| Err(Fault::new(400, "request_line", message));
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return bad("the request line is not method, target and version, one space between them");
    };
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) {
        return bad("the method is not well formed");
    }
    if method == b"CONNECT" {
        return Err(Fault::new(400, "target_form", "CONNECT is not served"));
    }
    // hyper drops a fragment; servers that keep it read another path.
    let plain = target.iter().all(|byte| matches!(byte, 0x21..=0x7e) && *byte != b'#');
    if !plain || Uri::try_from(target).is_err() {
        return Err(Fault::new(400, "path", "the request target is not well formed"));
    }
    match version {
        b"HTTP/1.1" => Ok(Line { old: false, gets: method == b"GET" }),
        b"HTTP/1.0" => Ok(Line { old: true, gets: method == b"GET" }),
        _ if version.starts_with(b"HTTP/") => {
            Err(Fault::new(505, "http_version", "the HTTP version is not served"))
        }
        _ => bad("the HTTP version is not well formed"),
    }
}

/// Splits and checks one field line.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let colon = memchr::memchr(b':', line);
    let Some((name, value)) = colon.and_then(|at| line.split_at_checked(at)) else {
        return Err(Fault::new(400, "header_form", "a header line has no colon"));
    };
    // A name that ends in white space, or starts with it (a folded line), is none.
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return Err(Fault::new(400, "header_form", "a header name is not well formed"));
    }
    let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
    if !is_value(value) {
        return Err(Fault::new(400, "header_value", "a header value has characters other than plain ASCII"));
    }
    Ok((name, value))
}

/// Whether a field value is visible ASCII, spaces and tabs. Servers read other bytes as Latin-1, as UTF-8 or not at all.
pub(in super::super) fn is_value(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, 0x20..=0x7e | b'\t'))
}

fn content_length(value: &[u8]) -> Result<u64, Fault> {
    let digits = (1..=LENGTH_DIGITS).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let read = std::str::from_utf8(value).ok().filter(|_| digits).and_then(|digits| digits.parse().ok());
    read.ok_or(Fault::new(400, "content_length", "the content length is not a plain number"))
}

fn transfer_encoding(value: &[u8], old: bool, again: bool) -> Result<(), Fault> {
    if again {
        return Err(Fault::new(400, "repeated_header", "the header transfer-encoding comes more than once"));
    }
    if old {
        return Err(Fault::new(400, "framing", "HTTP/1.0 has no transfer encodings"));
    }
    if !value.eq_ignore_ascii_case(b"chunked") {
        return Err(Fault::new(501, "transfer_encoding", "the only transfer coding served is chunked"));
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(head: &str) -> u16 {
        read(head.as_bytes()).map_or_else(|fault| fault.kind.status(), |_| 0)
    }

    #[test]
    fn framing_is_read() {
        let with = |fields: &str| read(format!("POST /v1 HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes());
        assert_eq!(with(""), Ok(Framing::Length(0)));
        assert_eq!(with("Content-Length: 12\r\n"), Ok(Framing::Length(12)));
        assert_eq!(with("Transfer-Encoding: Chunked\r\n"), Ok(Framing::Chunked));
        let asks = |line: &str, fields: &str| {
            read(format!("{line}\r\nHost: h\r\nUpgrade: {fields}\r\n\r\n").as_bytes())
        };
        assert_eq!(asks("GET /v1/realtime HTTP/1.1", "WebSocket"), Ok(Framing::Switch));
        for (line, fields) in [
            ("POST /v1/realtime HTTP/1.1", "websocket"),
            ("GET /v1/realtime HTTP/1.0", "websocket"),
            ("GET /v1/realtime HTTP/1.1", "h2c"),
            ("GET /v1/realtime HTTP/1.1", "websocket, h2c"),
            ("GET /v1/realtime HTTP/1.1", "websocket\r\nUpgrade: h2c"),
        ] {
            assert_eq!(asks(line, fields), Ok(Framing::Length(0)), "{line} {fields}");
        }
        assert_eq!(
            asks("GET /v1/realtime HTTP/1.1", "websocket\r\nContent-Length: 3"),
            Ok(Framing::Length(3))
        );
    }

    #[test]
    fn request_lines_are_exact() {
        for (line, want) in [
            ("POST /v1 HTTP/1.1", 0),
            ("post /v1 HTTP/1.0", 0),
            ("POST  /v1 HTTP/1.1", 400),
            ("POST /v1", 400),
            ("POST /v1 HTTP/1.1 ", 400),
            ("POST\t/v1 HTTP/1.1", 400),
            ("PO(ST /v1 HTTP/1.1", 400),
            ("POST /v1#x HTTP/1.1", 400),
            ("POST /v\u{e9} HTTP/1.1", 400),
            ("POST /v1\"<> HTTP/1.1", 400),
            ("CONNECT h:1 HTTP/1.1", 400),
            ("POST /v1 HTTP/1.2", 505),
            ("POST /v1 HTTP/2.0", 505),
            ("POST /v1 HTTP/0.9", 505),
            ("POST /v1 http/1.1", 400),
            ("", 400),
        ] {
            assert_eq!(status(&format!("{line}\r\nHost: h\r\n\r\n")), want, "{line}");
        }
    }

    #[test]
    fn fields_with_two_readings_are_refused() {
        for (fields, want) in [
            ("X: a\tb", 0),
            ("X:", 0),
            ("Content-Length: +5", 400),
            ("Content-Length: 5, 5", 400),
            ("Content-Length: 0x5", 400),
            ("Content-Length: 1_0", 400),
            ("Content-Length:", 400),
            ("Content-Length: 99999999999999999999", 400),
            ("Content-Length: 5\r\nContent-Length: 5", 400),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
            ("Transfer-Encoding: gzip, chunked", 501),
            ("Transfer-Encoding: identity", 501),
            ("Transfer-Encoding: chunked;q=1", 501),
            ("Content-Length : 5", 400),
            (" Folded: x", 400),
            ("X: a\r\n b", 400),
            ("No colon", 400),
            (": no name", 400),
            ("X: caf\u{e9}", 400),
            ("X: a\u{1}b", 400),
            ("X\u{0}: a", 400),
        ] {
            assert_eq!(
                status(&format!("POST /v1 HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n")),
                want,
                "{fields}"
            );
        }
        let old = "POST /v1 HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(status(old), 400);
        let many = |count: usize| format!("GET /v1 HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(count));
        assert_eq!((status(&many(100)), status(&many(101))), (0, 431));
    }
}
