//! What became of requests in the last hour, minute by minute, for the console.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::OUTCOMES;

/// Minutes kept.
const MINUTES: i64 = 60;

/// How often each of [`OUTCOMES`] was.
type Counts = [u32; OUTCOMES.len()];

/// Counts by the minute since 1970 they belong to, oldest first; minutes without a request are left out.
#[derive(Debug, Default)]
pub(crate) struct Hour(Mutex<VecDeque<(i64, Counts)>>);

impl Hour {
    /// Counts what became of a request that ended at this second.
    pub(super) fn count(&self, outcome: &str, second: i64) {
        let Some(at) = OUTCOMES.iter().position(|known| *known == outcome) else { return };
        let minute = second.div_euclid(60);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while held.front().is_some_and(|(first, _)| *first <= minute - MINUTES) {
            held.pop_front();
        }
        // A clock that was set back counts for the last minute there is.
        match held.back_mut().filter(|(last, _)| *last >= minute) {
            Some((_, counts)) => counts[at] = counts[at].saturating_add(1),
            None => {
                let mut counts = Counts::default();
                counts[at] = 1;
                held.push_back((minute, counts));
            }
        }
    }

    /// The counts of the hour that ends with this second, a minute each, oldest first.
    pub(crate) fn until(&self, second: i64) -> Vec<Counts> {
        let mut minutes = vec![Counts::default(); MINUTES as usize];
        let first = second.div_euclid(60) - MINUTES + 1;
        for (minute, counts) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let place = usize::try_from(minute - first).ok().and_then(|at| minutes.get_mut(at));
            place.into_iter().for_each(|place| *place = *counts);
        }
        minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_kept_and_no_more() {
        let hour = Hour::default();
        for second in [0, 59, 60, 60 * 59 + 1, 60 * 60] {
            hour.count("block", second);
        }
        hour.count("no such outcome", 0);
        let at = OUTCOMES.iter().position(|name| *name == "block").unwrap();
        let blocked = |second| hour.until(second).iter().map(|counts| counts[at]).collect::<Vec<_>>();
        let now = blocked(60 * 60);
        assert_eq!((now.len(), now[0], now[58], now[59]), (60, 1, 1, 1), "the first minute is over");
        assert_eq!(now.iter().sum::<u32>(), 3);
        assert_eq!(blocked(60 * 200).iter().sum::<u32>(), 0);
        hour.count("block", 60);
        assert_eq!(blocked(60 * 60)[59], 2, "a clock that was set back");
    }
}
