//! One who is asked: the cap on questions at once, the clock, and the answers kept.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::remote::Remote;
use super::{Told, micros};
use crate::judge::classify::model::Model;
use crate::judge::second::{Counsel, Failure, Opinion, Said};
use crate::screen::Screening;
use crate::second::local::Local;
use crate::second::{Question, Questions, Terms};
use crate::serve::state::{Asked, Shared};

/// Who speaks.
#[derive(Debug)]
enum Voice {
    Local(Arc<Local>),
    Remote(Box<Remote>),
}

/// One who is asked.
pub struct Seat {
    counsel: Arc<Counsel>,
    terms: Terms,
    voice: Voice,
    places: Semaphore,
    kept: Cache<Asked, (Instant, Said)>,
}

impl fmt::Debug for Seat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Seat { counsel, terms, .. } = self;
        out.debug_struct("Seat")
            .field("counsel", counsel)
            .field("terms", terms)
            .field("version", &self.version())
            .finish()
    }
}

impl Seat {
    /// A model in this process.
    pub fn local(counsel: Counsel, terms: Terms, model: Local) -> Self {
        Seat::new(counsel, terms, Voice::Local(Arc::new(model)))
    }

    /// An endpoint.
    pub fn remote(counsel: Counsel, terms: Terms, remote: Remote) -> Self {
        Seat::new(counsel, terms, Voice::Remote(Box::new(remote)))
    }

    fn new(counsel: Counsel, terms: Terms, voice: Voice) -> Self {
        let places = Semaphore::new(terms.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let kept = Cache::new(terms.cache_entries.max(1));
        Seat { counsel: Arc::new(counsel), terms, voice, places, kept }
    }

    /// Name and how it counts.
    pub fn counsel(&self) -> &Arc<Counsel> {
        &self.counsel
    }

    /// On which terms it is asked.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What its answers depend on, besides the text.
    pub fn version(&self) -> &str {
        match &self.voice {
            Voice::Local(model) => model.version(),
            Voice::Remote(remote) => remote.version(),
        }
    }

    /// Where or what it is, in words without secrets.
    pub fn place(&self) -> String {
        match &self.voice {
            Voice::Local(_) => "in this process".to_owned(),
            Voice::Remote(remote) => remote.to_string(),
        }
    }

    /// The embedded model that its thresholds were measured beside, if they were.
    pub fn measured_beside(&self) -> Option<&str> {
        match &self.voice {
            Voice::Local(model) => model.measured_beside(),
            Voice::Remote(_) => None,
        }
    }

    /// What it is to be asked about.
    pub(super) fn questions(&self, model: &Model, found: &Screening) -> Questions {
        self.terms.questions(model, found)
    }

    /// Asks all questions at once; what is not said in time is not said.
    pub(super) async fn hear(
        self: Arc<Self>,
        questions: Questions,
        shared: Option<Shared>,
    ) -> (Vec<Opinion>, Told) {
        let shared = shared.filter(|_| self.keeps());
        let start = Instant::now();
        let mut told = self.told(&questions);
        let (mut opinions, mut asking) = (Vec::new(), JoinSet::new());
        for Question { candidate, text } in questions.asked {
            let key = self.key(&text);
            if let Some(said) = self.recall(&key) {
                told.cached += 1;
                opinions.push((candidate, Ok(said)));
                continue;
            }
            let (seat, shared) = (Arc::clone(&self), shared.clone());
            let deadline = start + self.terms.timeout;
            asking.spawn(async move {
                let (said, cached) = seat.learn(key, text, deadline, shared.as_ref()).await;
                (candidate, said, cached)
            });
        }
        for (candidate, said, cached) in asking.join_all().await {
            told.cached += usize::from(cached);
            opinions.push((candidate, said));
        }
        opinions.sort_by_key(|(candidate, _)| *candidate);
        for (_, said) in &opinions {
            match said {
                Ok(said) => told.score = Some(told.score.map_or(said.score, |score| score.max(said.score))),
                Err(failure) => {
                    told.failed += 1;
                    told.failure.get_or_insert(*failure);
                }
            }
        }
        told.micros = micros(start.elapsed());
        let opinion = |(candidate, said)| Opinion { by: Arc::clone(&self.counsel), candidate, said };
        (opinions.into_iter().map(opinion).collect(), told)
    }

    fn told(&self, questions: &Questions) -> Told {
        Told {
            name: self.counsel.name.to_string(),
            asked: questions.asked.len(),
            cached: 0,
            over: questions.over,
            failed: 0,
            failure: None,
            score: None,
            micros: 0,
        }
    }

    /// What came of it if asking itself breaks down.
    pub(super) fn broken(&self, questions: &Questions) -> (Vec<Opinion>, Told) {
        let opinion = |question: &Question| Opinion {
            by: Arc::clone(&self.counsel),
            candidate: question.candidate,
            said: Err(Failure::Broken),
        };
        let told =
            Told { failed: questions.asked.len(), failure: Some(Failure::Broken), ..self.told(questions) };
        (questions.asked.iter().map(opinion).collect(), told)
    }

    /// What is said of a text, and whether others were told it.
    async fn learn(
        self: &Arc<Self>,
        key: Asked,
        text: String,
        deadline: Instant,
        shared: Option<&Shared>,
    ) -> (Result<Said, Failure>, bool) {
        if let Some(shared) = shared
            && let Ok(Some(said)) = timeout_at(deadline, shared.recall(&key)).await
        {
            self.keep(key, said);
            return (Ok(said), true);
        }
        let said = self.ask(text, deadline).await;
        if let Ok(said) = said {
            self.keep(key, said);
            if let Some(shared) = shared {
                // Late or not, the answer is there.
                let _ = timeout_at(deadline, shared.keep(&key, said, self.terms.cache_time)).await;
            }
        }
        (said, false)
    }

    async fn ask(self: &Arc<Self>, text: String, deadline: Instant) -> Result<Said, Failure> {
        let place = timeout_at(deadline, self.places.acquire()).await;
        let Ok(Ok(place)) = place else { return Err(Failure::Busy) };
        let said = match &self.voice {
            Voice::Remote(remote) => timeout_at(deadline, remote.ask(&text)).await,
            Voice::Local(model) => {
                let (model, seat) = (Arc::clone(model), Arc::clone(self));
                place.forget();
                let work = tokio::task::spawn_blocking(move || {
                    // Given back by the work itself, not by who waits: a model that is late still has the cores.
                    let _place = Returned(&seat.places);
                    let said = model.score(&[&text]).map_err(|_| Failure::Broken)?;
                    said.first().copied().filter(|said| said.score.is_finite()).ok_or(Failure::Broken)
                });
                timeout_at(deadline, async { work.await.unwrap_or(Err(Failure::Broken)) }).await
            }
        };
        said.map_err(|_| Failure::Timeout)?
    }

    /// A cache is one seat's own; the version is part of the key all the same, so that nothing else needs to be known.
    fn key(&self, text: &str) -> Asked {
        let mut hash = Sha256::new();
        hash.update(self.version());
        hash.update([0]);
        hash.update(text);
        let mut key = Asked::default();
        key.copy_from_slice(&hash.finalize()[..16]);
        key
    }

    fn recall(&self, key: &Asked) -> Option<Said> {
        let (when, said) = self.kept.get(key)?;
        (when.elapsed() < self.terms.cache_time).then_some(said)
    }

    fn keeps(&self) -> bool {
        self.terms.cache_entries > 0 && !self.terms.cache_time.is_zero()
    }

    fn keep(&self, key: Asked, said: Said) {
        if self.keeps() {
            self.kept.insert(key, (Instant::now(), said));
        }
    }
}

/// Makes room again when dropped.
struct Returned<'a>(&'a Semaphore);

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}
