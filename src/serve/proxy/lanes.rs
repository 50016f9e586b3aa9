//! Several connections to one upstream where one would be full: an HTTP/2 connection takes about a hundred streams, and a
//! client keeps one a host.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers under way on one lane before the next is used; servers allow 100 streams and more.
const STREAMS: usize = 90;
/// Lanes. Those that are not needed cost nothing.
const LANES: usize = 32;

/// Clients of the same upstream, used in order: the next only when those before are busy.
#[derive(Debug)]
pub(super) struct Lanes<C> {
    all: Vec<(C, Arc<AtomicUsize>)>,
    spare: (C, Arc<AtomicUsize>),
}

/// One answer under way. Dropped, it makes room.
#[derive(Debug)]
pub(super) struct Lane(Arc<AtomicUsize>);

impl Lane {
    /// A connection of its own, which takes no room from others.
    pub(super) fn own() -> Self {
        Lane(Arc::new(AtomicUsize::new(1)))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<C> Lanes<C> {
    /// Lanes of clients made by `client`.
    pub(super) fn new(client: impl Fn() -> C) -> Self {
        let lane = || (client(), Arc::default());
        Lanes { all: (1..LANES).map(|_| lane()).collect(), spare: lane() }
    }

    /// The first client with room, or the last one.
    pub(super) fn pick(&self) -> (&C, Lane) {
        let has_room = |open: &AtomicUsize| open.load(Ordering::Relaxed) < STREAMS;
        let (client, open) = self.all.iter().find(|(_, open)| has_room(open)).unwrap_or(&self.spare);
        open.fetch_add(1, Ordering::Relaxed);
        (client, Lane(Arc::clone(open)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_lane_is_left_and_found_again() {
        let next = AtomicUsize::new(0);
        let lanes = Lanes::new(|| next.fetch_add(1, Ordering::Relaxed));
        let mut held: Vec<Lane> = (0..STREAMS).map(|_| lanes.pick().1).collect();
        assert_eq!(*lanes.pick().0, 1);
        held.pop();
        assert_eq!(*lanes.pick().0, 0);
        held.extend((0..STREAMS * (LANES - 1)).map(|_| lanes.pick().1));
        assert_eq!(*lanes.pick().0, LANES - 1);
    }
}
