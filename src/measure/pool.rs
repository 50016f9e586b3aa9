//! Work spread over the cores with the results in the order the work came, in bounded memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// The worker threads a measurement uses: one a core.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs `work` over everything `feed` offers, on `workers` threads, and hands the results to `sink` in the order fed.
///
/// `feed` gets a function that takes one item and says whether to go on; `sink` says the same. At most
/// `16 * workers` items are between the two, so a slow item holds up the feed, not memory. Gives what `feed` returns.
pub fn in_order<T, R, F>(
    workers: usize,
    feed: impl FnOnce(&mut dyn FnMut(T) -> bool) -> F + Send,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> bool,
) -> F
where
    T: Send,
    R: Send,
    F: Send,
{
    let workers = workers.max(1);
    let cap = workers.saturating_mul(16);
    let (take_ticket, return_ticket) = sync_channel::<()>(cap);
    let (give, jobs) = sync_channel::<(u64, T)>(cap);
    let jobs = Mutex::new(jobs);
    let (done, results) = sync_channel::<(u64, R)>(cap);
    thread::scope(|scope| {
        let feeder = scope.spawn(move || {
            let mut next = 0_u64;
            feed(&mut |item| {
                let sent = take_ticket.send(()).is_ok() && give.send((next, item)).is_ok();
                next = next.saturating_add(1);
                sent
            })
        });
        for _ in 0..workers {
            let done = done.clone();
            let jobs = &jobs;
            let work = &work;
            scope.spawn(move || serve_jobs(jobs, work, &done));
        }
        drop(done);
        emit(&results, &return_ticket, &mut sink);
        drop(results);
        drop(return_ticket);
        feeder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn serve_jobs<T, R>(jobs: &Mutex<Receiver<(u64, T)>>, work: &impl Fn(T) -> R, done: &SyncSender<(u64, R)>) {
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((at, item)) = job else { return };
        if done.send((at, work(item))).is_err() {
            return;
        }
    }
}

/// Puts results back in order; a ticket goes back for each, which lets the feeder send one more.
fn emit<R>(results: &Receiver<(u64, R)>, tickets: &Receiver<()>, sink: &mut impl FnMut(R) -> bool) {
    let mut early = BTreeMap::new();
    let mut next = 0_u64;
    for (at, result) in results {
        early.insert(at, result);
        while let Some(result) = early.remove(&next) {
            next = next.saturating_add(1);
            if tickets.recv().is_err() || !sink(result) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_fed() {
        let mut out = Vec::new();
        let fed = in_order(
            3,
            |give| (0..500_u64).take_while(|at| give(*at)).count(),
            |at| {
                if at % 7 == 0 {
                    thread::sleep(std::time::Duration::from_micros(200));
                }
                at * 2
            },
            |twice| {
                out.push(twice);
                true
            },
        );
        assert_eq!(fed, 500);
        assert_eq!(out, (0..500).map(|at| at * 2).collect::<Vec<u64>>());
    }

    #[test]
    fn a_sink_that_has_enough_stops_the_feed() {
        let mut seen = 0;
        let fed = in_order(
            2,
            |give| (0..100_000_u64).take_while(|at| give(*at)).count(),
            |at| at,
            |_| {
                seen += 1;
                seen < 5
            },
        );
        assert_eq!(seen, 5);
        assert!(fed < 1000, "{fed}");
    }
}
