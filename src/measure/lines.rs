//! Lines of a stream whose author is not trusted: read one at a time, under a cap.

use std::io::{self, BufRead};

/// The longest line read, in bytes. A longer one is skipped and named, not held in memory.
pub const LINE_CAP: usize = 64 << 20;

/// What [`read_line`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A line; its bytes, without the line end, are in the buffer.
    Full,
    /// A line longer than the cap; it was skipped and the buffer is empty.
    TooLong,
    /// No line left.
    End,
}

/// Reads the next line of `from` into `line`, which is emptied first, keeping at most `cap` bytes of it.
///
/// # Errors
/// Whatever the reader fails with.
pub fn read_line(from: &mut dyn BufRead, cap: usize, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut found = Line::End;
    loop {
        let chunk = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            break;
        }
        let end = memchr::memchr(b'\n', chunk);
        let part = &chunk[..end.unwrap_or(chunk.len())];
        if found == Line::End {
            found = Line::Full;
        }
        if line.len().saturating_add(part.len()) > cap {
            found = Line::TooLong;
            line.clear();
        }
        if found == Line::Full {
            line.extend_from_slice(part);
        }
        let used = end.map_or(chunk.len(), |at| at + 1);
        from.consume(used);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, cap: usize, buffer: usize) -> Vec<(Line, String)> {
        let mut from = io::BufReader::with_capacity(buffer, text.as_bytes());
        let mut line = Vec::new();
        let mut out = Vec::new();
        loop {
            let found = read_line(&mut from, cap, &mut line).unwrap();
            if found == Line::End {
                return out;
            }
            out.push((found, String::from_utf8(line.clone()).unwrap()));
        }
    }

    #[test]
    fn lines_come_whole_whatever_the_buffer() {
        for buffer in [1, 2, 3, 64] {
            let found = all("ab\r\n\ncde", 10, buffer);
            let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(texts, ["ab", "", "cde"], "buffer {buffer}");
        }
    }

    #[test]
    fn a_line_over_the_cap_is_skipped_and_named() {
        for buffer in [1, 4, 64] {
            let found = all("ab\nabcdefgh\ncd\n", 4, buffer);
            assert_eq!(found[1], (Line::TooLong, String::new()), "buffer {buffer}");
            assert_eq!(found[2], (Line::Full, "cd".to_owned()));
        }
    }
}
