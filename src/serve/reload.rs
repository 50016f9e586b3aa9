//! Rules, model, config and certificate are read again when their files change, and on SIGHUP. What cannot be used is refused as a
//! whole: the old state stays in force, and log, metrics and console say so.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::audit::Audit;
use super::live::{Current, Live};
use super::settings::Settings;
use super::tls::Certificates;
use crate::screen::Engine;

/// Files must have been left alone this long before they are read: an editor or a copy writes in several steps.
const QUIET: Duration = Duration::from_millis(250);
/// Quiet is not waited for longer than this many times.
const MOST_WAITS: usize = 20;
/// How often files are looked at where the system does not tell of changes (network mounts).
const LOOK: Duration = Duration::from_secs(10);
/// Files looked at, at most.
const MOST_FILES: usize = 10_000;

/// Reads everything anew, with all that proves it.
pub type Load = Arc<dyn Fn() -> Result<(Settings, Arc<Engine>), String> + Send + Sync>;

/// How to read everything anew, and when.
#[derive(Clone)]
pub struct Reload {
    /// Reads it.
    pub load: Load,
    /// Files and folders that it reads.
    pub watch: Vec<PathBuf>,
}

impl fmt::Debug for Reload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reload").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// Watches files from the moment it is made.
pub(super) struct Keeper {
    reload: Reload,
    certificates: Option<Arc<Certificates>>,
    settings: Settings,
    changed: Arc<Notify>,
    watching: Option<RecommendedWatcher>,
    /// What was seen last; nothing at first, since files may have changed between their reading and now.
    seen: Look,
    hangup: Hangup,
}

impl Keeper {
    /// Starts to watch, if there is anything to read anew.
    pub(super) fn new(settings: &Settings, certificates: Option<Arc<Certificates>>) -> Option<Self> {
        let mut reload = settings.reload.clone()?;
        reload.watch.extend(settings.tls.iter().flat_map(|pair| [pair.cert.clone(), pair.key.clone()]));
        let changed = Arc::new(Notify::new());
        let watching = watcher(&reload.watch, &changed);
        Some(Keeper {
            reload,
            certificates,
            settings: settings.clone(),
            changed,
            watching,
            seen: Look::new(),
            // Heard from now on: a hang-up before would end the process.
            hangup: Hangup::new(),
        })
    }

    /// Keeps `current` up with the files until `stop` turns true.
    pub(super) async fn keep(
        mut self,
        current: Arc<Current>,
        audit: Arc<Audit>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let asked = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                // Before the changes that come with it: what was asked for is not put off.
                () = self.hangup.heard() => true,
                () = self.changed.notified() => false,
                () = sleep(LOOK) => false,
            };
            for _ in 0..MOST_WAITS {
                if asked || timeout(QUIET, self.changed.notified()).await.is_err() {
                    break;
                }
            }
            let now = look(&self.reload.watch);
            if !asked && now == self.seen {
                continue;
            }
            let load = Arc::clone(&self.reload.load);
            let loaded = tokio::task::spawn_blocking(move || load()).await;
            let loaded = loaded.unwrap_or_else(|_| Err("reading rules, model and config panicked".into()));
            if !asked && look(&self.reload.watch) != now {
                // Half of it is old, or not written yet; who asks by SIGHUP has written it.
                tracing::warn!(
                    "files changed while they were read: what was read is dropped, they are read again"
                );
                self.changed.notify_one();
                continue;
            }
            self.seen = now;
            // A renewed certificate must not wait for a rule file to be put right.
            let renewed = self.certificates.as_deref().map_or(Ok(()), Certificates::reload);
            if let Some(fresh) = take(loaded, &self.settings, &current, &audit) {
                self.follow(fresh);
            }
            if let Err(error) = renewed {
                audit.metrics.reload("failed");
                tracing::error!(%error, "the certificate in force stays");
                current.refuse(error.to_string());
            }
        }
    }

    /// Watches what is read from now on.
    fn follow(&mut self, mut fresh: Reload) {
        let tls = self.settings.tls.iter();
        fresh.watch.extend(tls.flat_map(|pair| [pair.cert.clone(), pair.key.clone()]));
        if fresh.watch != self.reload.watch {
            self.watching = watcher(&fresh.watch, &self.changed);
            self.seen = look(&fresh.watch);
            tracing::info!(heard = self.watching.is_some(), "other files are watched now");
        }
        self.reload = fresh;
    }
}

/// Puts what was loaded in force, or says why not.
fn take(
    loaded: Result<(Settings, Arc<Engine>), String>,
    settings: &Settings,
    current: &Current,
    audit: &Audit,
) -> Option<Reload> {
    match loaded {
        Err(why) => {
            tracing::error!(
                error = why,
                "reload refused: the rules, model and policy in force stay as they are"
            );
            // Whoever sees the metric finds the reason.
            current.refuse(why);
            audit.metrics.reload("failed");
            None
        }
        Ok((fresh, engine)) => {
            let waiting = settings.fixed_that_differ(&fresh);
            if !waiting.is_empty() {
                tracing::warn!(settings = waiting.join(", "), "changed settings that wait for a restart");
            }
            let changed = current.swap(Live::new(&fresh, engine), waiting);
            audit.metrics.reload(if changed { "ok" } else { "unchanged" });
            let version = Arc::clone(current.now().version());
            if changed {
                audit.metrics.reach.in_force(&version);
            }
            tracing::info!(
                changed,
                rules = &*version.rules,
                model = &*version.model,
                policy = &*version.policy,
                "reloaded"
            );
            fresh.reload
        }
    }
}

/// Hears of changes to these files, to folders below them, and to the folders they and their targets lie in: a ConfigMap
/// is changed by turning a link beside the files.
fn watcher(paths: &[PathBuf], changed: &Arc<Notify>) -> Option<RecommendedWatcher> {
    if paths.is_empty() {
        return None;
    }
    let notify = Arc::clone(changed);
    let told = move |event: notify::Result<notify::Event>| {
        let written = AccessKind::Close(AccessMode::Write);
        // To read a file is no change, and it is what a reload does.
        let is_change = |kind: EventKind| !kind.is_access() || kind == EventKind::Access(written);
        if event.map_or(true, |event| is_change(event.kind)) {
            notify.notify_one();
        }
    };
    let complain = |error: &notify::Error| {
        tracing::warn!(%error, "file changes are not heard of; they are looked for every {} s", LOOK.as_secs());
    };
    let mut watcher = notify::recommended_watcher(told).inspect_err(complain).ok()?;
    let mut folders = BTreeSet::new();
    for path in paths {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        for path in [path, &target] {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            folders.insert((parent.unwrap_or(Path::new(".")).to_path_buf(), false));
        }
        if path.is_dir() {
            folders.insert((path.clone(), true));
        }
    }
    for (folder, below) in folders {
        let mode = if below { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        // A folder that cannot be watched is still looked at.
        let _ = watcher.watch(&folder, mode).inspect_err(complain);
    }
    Some(watcher)
}

type Look = BTreeSet<(PathBuf, Option<PathBuf>, u64, Option<SystemTime>)>;

/// What tells one state of the files from another: where each really lies, its length and its time.
fn look(paths: &[PathBuf]) -> Look {
    let (mut seen, mut waiting) = (Look::new(), paths.to_vec());
    while let Some(path) = waiting.pop() {
        if seen.len() > MOST_FILES {
            break;
        }
        let Ok(kind) = fs::metadata(&path) else { continue };
        let folder = kind.is_dir() && (paths.contains(&path) || !path.is_symlink());
        if folder && let Ok(entries) = fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|entry| entry.path()));
        }
        let length = if kind.is_dir() { 0 } else { kind.len() };
        seen.insert((path.clone(), fs::canonicalize(&path).ok(), length, kind.modified().ok()));
    }
    seen
}

/// SIGHUP, where there is such a thing.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Hangup { signal: signal(SignalKind::hangup()).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Hangup {}
    }

    #[cfg(unix)]
    async fn heard(&mut self) {
        match &mut self.signal {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }

    #[cfg(not(unix))]
    async fn heard(&mut self) {
        std::future::pending().await
    }
}
