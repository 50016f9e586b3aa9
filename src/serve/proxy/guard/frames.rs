//! HTTP/2 as it passes: frames that cost the sender nothing and the receiver an answer are counted.

use std::time::Instant;

use super::Fault;

/// Bytes of a frame's head.
const HEAD: usize = 9;
/// Frames without a request in them that may come at once.
const BURST: u32 = 1000;
/// How many more may come a second.
const RATE: u32 = 50;

/// Where in the frames of a connection we are.
#[derive(Debug)]
pub(super) struct Frames {
    /// Bytes of the payload still to come.
    payload: usize,
    head: [u8; HEAD],
    known: usize,
    allowance: u32,
    filled: Instant,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { payload: 0, head: [0; HEAD], known: 0, allowance: BURST, filled: Instant::now() }
    }
}

impl Frames {
    /// Looks at bytes on their way to hyper.
    ///
    /// # Errors
    /// When the peer floods.
    pub(super) fn see(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let count = self.payload.min(bytes.len());
                self.payload -= count;
                bytes = bytes.get(count..).unwrap_or_default();
                continue;
            }
            let (head, rest) = bytes.split_at((HEAD - self.known).min(bytes.len()));
            if let Some(place) = self.head.get_mut(self.known..self.known + head.len()) {
                place.copy_from_slice(head);
            }
            self.known += head.len();
            bytes = rest;
            if self.known == HEAD {
                self.known = 0;
                self.frame()?;
            }
        }
        Ok(())
    }

    /// One frame begins.
    fn frame(&mut self) -> Result<(), Fault> {
        let [a, b, c, kind, flags, ..] = self.head;
        self.payload = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let ends = flags & 1 == 1;
        let idle = match kind {
            // Data that carries and ends nothing.
            0 => self.payload == 0 && !ends,
            // Heads, window updates: hyper has limits for those.
            1 | 8 => false,
            // Answers to ours.
            4 | 6 => !ends,
            _ => true,
        };
        if !idle {
            return Ok(());
        }
        if self.allowance == 0 {
            let seconds = u32::try_from(self.filled.elapsed().as_secs()).unwrap_or(u32::MAX);
            self.allowance = seconds.saturating_mul(RATE).min(BURST);
            self.filled = Instant::now();
        }
        let left = self.allowance.checked_sub(1);
        self.allowance = left.ok_or(Fault::new(400, "frame_flood", "too many HTTP/2 frames say nothing"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, 1][..], payload].concat()
    }

    /// Whether so many of these frames pass, seen in pieces of `step`.
    fn passes(frame: &[u8], count: usize, step: usize) -> bool {
        let mut frames = Frames::default();
        frame.repeat(count).chunks(step).all(|piece| frames.see(piece).is_ok())
    }

    #[test]
    fn floods_are_counted_and_ordinary_frames_are_not() {
        let payload = [7; 40];
        for step in [1, 7, 4096] {
            for flood in [
                frame(0, 0, b""),
                frame(4, 0, &payload[..6]),
                frame(6, 0, &payload[..8]),
                frame(2, 0, &payload[..5]),
            ] {
                assert!(
                    passes(&flood, 1000, step) && !passes(&flood, 1101, step),
                    "{flood:?} in pieces of {step}"
                );
            }
            for sound in [
                frame(0, 0, &payload),
                frame(0, 1, b""),
                frame(1, 4, &payload),
                frame(8, 0, &payload[..4]),
                frame(6, 1, &payload[..8]),
            ] {
                assert!(passes(&sound, 3000, step), "{sound:?} in pieces of {step}");
            }
        }
    }
}
