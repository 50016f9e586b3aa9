//! Second opinions, asked: who is asked, under which limits, and what came of it. Deciding stays with
//! [`crate::judge::decide`].

mod blocking;
mod remote;
mod seat;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::blocking::Blocking;
pub use self::remote::{Endpoint, Remote, Speaks};
pub use self::seat::Seat;
use crate::judge::classify::model::Model;
use crate::judge::second::{Failure, Opinion};
use crate::screen::Screening;
use crate::second::Questions;
use crate::serve::state::Shared;

/// Everybody who is asked. Clones share caches and limits.
#[derive(Clone, Default)]
pub struct Panel(Arc<[Arc<Seat>]>);

impl fmt::Debug for Panel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter()).finish()
    }
}

/// What came of asking one about one request.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// The name, as configured.
    pub name: String,
    /// Texts asked about.
    pub asked: usize,
    /// Of those, answered from the cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached: usize,
    /// Texts that would have been asked about if there had not been so many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub over: usize,
    /// Texts without an answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: usize,
    /// Why the first of them has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The highest score said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Time until all was said.
    pub micros: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What came of asking everybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hearing {
    /// The opinions, those that did not come included.
    pub opinions: Vec<Opinion>,
    /// One entry for each who was asked.
    pub told: Vec<Told>,
}

impl Panel {
    /// A panel of these.
    pub fn new(seats: Vec<Seat>) -> Self {
        Panel(seats.into_iter().map(Arc::new).collect())
    }

    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those who are asked.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.0.iter().map(|seat| &**seat)
    }

    /// What each is to be asked about; none when nobody is.
    pub fn questions(&self, model: &Model, found: &Screening) -> Option<Vec<Questions>> {
        let questions: Vec<Questions> = self.seats().map(|seat| seat.questions(model, found)).collect();
        questions.iter().any(|questions| !questions.asked.is_empty()).then_some(questions)
    }

    /// Asks everybody at once and waits for each as long as it may take. What others were told already is `shared`.
    pub(in crate::serve) async fn hear(&self, questions: Vec<Questions>, shared: Option<&Shared>) -> Hearing {
        let asking: Vec<_> = self
            .0
            .iter()
            .zip(questions)
            .filter(|(_, questions)| !questions.asked.is_empty())
            .map(|(seat, questions)| {
                let broken = seat.broken(&questions);
                (Asking(tokio::spawn(Arc::clone(seat).hear(questions, shared.cloned()))), broken)
            })
            .collect();
        let mut hearing = Hearing::default();
        for (mut one, broken) in asking {
            let (opinions, told) = (&mut one.0).await.unwrap_or(broken);
            hearing.opinions.extend(opinions);
            hearing.told.push(told);
        }
        hearing
    }
}

/// A task that ends with who waits for it.
struct Asking<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Asking<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
