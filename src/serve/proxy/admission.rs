//! Who is screened next, and who is told to come again: bounded in number, and by the time one would have to wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// Bytes of a body that counts as small, as received.
const SMALL: usize = 16 << 10;
/// Of the places to wait in, one in so many is kept for small bodies.
const KEPT: usize = 4;
/// What the pace remembers of earlier screenings each time one ends.
const MEMORY: f64 = 0.9;

/// Lets so many screenings run, and so many wait. Small bodies have a turn and places of their own, so that a row of heavy
/// ones holds up nobody else.
#[derive(Debug)]
pub(super) struct Admission {
    screenings: usize,
    patience: Duration,
    /// Screenings that run or wait.
    seats: Arc<Semaphore>,
    /// Those of them that large bodies may take.
    large: Arc<Semaphore>,
    /// Screenings that run.
    running: Arc<Semaphore>,
    /// One more, of a small body.
    small: Arc<Semaphore>,
    load: Arc<Mutex<Load>>,
}

/// What is to be done, and how fast it is.
#[derive(Debug, Default)]
struct Load {
    /// KiB that wait or are screened, those of small bodies apart.
    ahead: [u64; 2],
    /// Seconds and KiB of what was screened of late.
    seconds: f64,
    done: f64,
}

impl Load {
    /// How long one would wait behind what is there, where so many are screened at once.
    fn wait(&self, is_small: bool, screenings: usize) -> Duration {
        let pace = if self.done > 0.0 { self.seconds / self.done } else { 0.0 };
        let behind = |weight: u64, lanes: usize| pace * weight as f64 / lanes.max(1) as f64;
        let any = behind(self.ahead[0] + self.ahead[1], screenings);
        let wait = if is_small { any.min(behind(self.ahead[1], 1)) } else { any };
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
    }
}

/// A place to wait in; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Seat {
    _seat: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
    work: Option<Work>,
}

/// A turn to screen; dropped, the next one has it.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: OwnedSemaphorePermit,
    work: Work,
    start: Instant,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut load = self.work.load.lock().unwrap_or_else(PoisonError::into_inner);
        load.seconds = load.seconds * MEMORY + self.start.elapsed().as_secs_f64();
        load.done = load.done * MEMORY + self.work.weight as f64;
    }
}

/// What a body adds to the load until it is screened, or given up.
#[derive(Debug)]
struct Work {
    load: Arc<Mutex<Load>>,
    is_small: bool,
    weight: u64,
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = &mut load.ahead[usize::from(self.is_small)];
        *ahead = ahead.saturating_sub(self.weight);
    }
}

impl Admission {
    /// Lets `screenings` run and `queue` wait, none of them longer than `patience`.
    pub(super) fn new(screenings: usize, queue: usize, patience: Duration) -> Self {
        let screenings = screenings.clamp(1, Semaphore::MAX_PERMITS / 2);
        let queue = queue.min(Semaphore::MAX_PERMITS / 2);
        Admission {
            screenings,
            patience,
            seats: Arc::new(Semaphore::new(screenings + queue)),
            large: Arc::new(Semaphore::new(screenings + queue - queue / KEPT)),
            running: Arc::new(Semaphore::new(screenings)),
            small: Arc::new(Semaphore::new(1)),
            load: Arc::default(),
        }
    }

    /// Whether nobody could have a seat now.
    pub(super) fn is_full(&self) -> bool {
        self.seats.available_permits() == 0
    }

    /// A seat for a body of so many bytes; none when all are taken, or when its turn would come too late: to be told so at
    /// once is better than to be told so after a wait.
    pub(super) fn seat(&self, bytes: usize) -> Option<Seat> {
        let is_small = bytes <= SMALL;
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let large = match is_small {
            true => None,
            false => Some(Arc::clone(&self.large).try_acquire_owned().ok()?),
        };
        // A small body has its costs too.
        let weight = (bytes / 1024) as u64 + 1;
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        if load.wait(is_small, self.screenings) > self.patience {
            return None;
        }
        load.ahead[usize::from(is_small)] += weight;
        drop(load);
        let work = Work { load: Arc::clone(&self.load), is_small, weight };
        Some(Seat { _seat: seat, _large: large, work: Some(work) })
    }

    /// The turn of who has a seat, waited for in order; none when it does not come in time.
    pub(super) async fn turn(&self, seat: &mut Seat) -> Option<Turn> {
        let work = seat.work.take()?;
        let running = Arc::clone(&self.running).acquire_owned();
        let small = async {
            match work.is_small {
                true => Arc::clone(&self.small).acquire_owned().await,
                false => std::future::pending().await,
            }
        };
        let turn = tokio::select! {
            biased;
            turn = running => turn.ok(),
            turn = small => turn.ok(),
            () = sleep(self.patience) => None,
        };
        turn.map(|turn| Turn { _turn: turn, work, start: Instant::now() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = SMALL + 1;

    fn admission(screenings: usize, queue: usize) -> Admission {
        Admission::new(screenings, queue, Duration::from_secs(5))
    }

    #[test]
    fn a_row_of_heavy_bodies_leaves_seats_to_small_ones() {
        let admission = admission(2, 8);
        let heavy: Vec<Seat> = std::iter::from_fn(|| admission.seat(LARGE)).take(100).collect();
        assert_eq!(heavy.len(), 8, "two of ten are kept");
        assert!(!admission.is_full());
        let small: Vec<Seat> = std::iter::from_fn(|| admission.seat(SMALL)).take(100).collect();
        assert!(small.len() == 2 && admission.is_full() && admission.seat(1).is_none());
        drop(heavy);
        assert!(admission.seat(LARGE).is_some());
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_told_at_once() {
        let admission = admission(1, 100);
        // A megabyte took twelve seconds.
        *admission.load.lock().unwrap() = Load { ahead: [0, 0], seconds: 12.0, done: 1024.0 };
        let mut first = admission.seat(1 << 20).expect("nobody is ahead, however slow it is");
        let turn = admission.turn(&mut first).await.unwrap();
        assert!(admission.seat(LARGE).is_none(), "twelve seconds behind it");
        let small = admission.seat(SMALL).expect("its own turn is free");
        drop((small, turn, first));
        assert!(admission.seat(LARGE).is_some(), "nothing is ahead any more");
    }

    #[tokio::test]
    async fn a_small_body_has_a_turn_while_heavy_ones_run() {
        let admission = admission(1, 8);
        let (mut heavy, mut next) = (admission.seat(LARGE).unwrap(), admission.seat(LARGE).unwrap());
        let _running = admission.turn(&mut heavy).await.unwrap();
        let mut small = admission.seat(10).unwrap();
        assert!(admission.turn(&mut small).await.is_some());
        let waits = tokio::time::timeout(Duration::from_millis(20), admission.turn(&mut next));
        assert!(waits.await.is_err(), "one after the other");
        let load = admission.load.lock().unwrap();
        assert_eq!(load.ahead, [17, 0], "what was given up is not waited for");
    }

    /// Callers who give up before their turn, while they wait for it, and in it, on several threads.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whoever_gives_up_leaves_nothing_behind() {
        let admission = Arc::new(admission(2, 64));
        let one = |number: u64| {
            let admission = Arc::clone(&admission);
            async move {
                let bytes = if number.is_multiple_of(3) { SMALL } else { LARGE };
                let Some(mut seat) = admission.seat(bytes) else { return false };
                if number.is_multiple_of(5) {
                    return false;
                }
                let patience = Duration::from_micros(number * 37 % 2000);
                let turn = tokio::time::timeout(patience, admission.turn(&mut seat)).await;
                sleep(Duration::from_micros(number * 53 % 700)).await;
                matches!(turn, Ok(Some(_)))
            }
        };
        let all: Vec<_> = (0..600).map(|number| tokio::spawn(one(number))).collect();
        let mut turns = 0;
        for task in all {
            turns += usize::from(task.await.unwrap());
        }
        assert!(turns > 0, "nobody had a turn");
        let left = [&admission.seats, &admission.large, &admission.running, &admission.small];
        assert_eq!(left.map(|permits| permits.available_permits()), [66, 50, 2, 1]);
        assert_eq!(admission.load.lock().unwrap().ahead, [0, 0]);
    }

    #[test]
    fn the_pace_follows_what_is_screened() {
        let mut load = Load { ahead: [100, 10], seconds: 1.0, done: 100.0 };
        assert_eq!(load.wait(false, 2), Duration::from_millis(550));
        assert_eq!(load.wait(true, 2), Duration::from_millis(100));
        load.done = 0.0;
        assert_eq!(load.wait(false, 2), Duration::ZERO, "nothing is known yet");
    }
}
