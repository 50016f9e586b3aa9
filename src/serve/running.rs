//! Start and stop: listeners, runtime, signals, drain.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::audit::{Audit, log};
use super::check::Checks;
use super::console::Console;
use super::live::{Current, Live};
use super::policy::today;
use super::proxy::{self, Limits, Proxy};
use super::reload::Keeper;
use super::settings::Settings;
use super::state::{Shared, State};
use super::tls::{self, Certificates, TlsError};
use crate::screen::Engine;

/// Why the proxy did not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address could not be listened on.
    #[error(
        "cannot listen on {addr}: {why}; choose another with --listen or --admin (port 0 picks a free one)"
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The admin listener would be open to everyone.
    #[error(
        "the admin listener may leave loopback only with a token: put one into the environment and name it with --admin-token-env NAME"
    )]
    OpenAdmin,
    /// The audit log cannot be opened.
    #[error("cannot open the audit log: {0}; check [audit] file and its permissions")]
    Audit(std::io::Error),
    /// Spans cannot be sent.
    #[error("cannot send traces: {0}; check [telemetry] otlp")]
    Telemetry(String),
    /// The store of conversations cannot be used.
    #[error("{0}; check [state] store")]
    State(String),
    /// This binary was built without something that was asked for.
    #[error("this unspool was built without the feature `{0}`; build it with `--features {0}`")]
    NotBuilt(&'static str),
    /// No runtime, no signals.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
    /// A certificate, a key or the roots cannot be used.
    #[error("{0}")]
    Tls(#[from] TlsError),
}

/// Connections of the admin listener.
const ADMIN_CONNECTIONS: usize = 64;

/// A proxy that runs on the current tokio runtime. Dropped, it stops taking requests and drains by itself.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    admin_addr: Option<SocketAddr>,
    check_addr: Option<SocketAddr>,
    ext_proc_addr: Option<SocketAddr>,
    certificates: Option<Arc<Certificates>>,
    stop: watch::Sender<bool>,
    stop_admin: watch::Sender<bool>,
    ready: Arc<AtomicBool>,
    proxy: JoinHandle<()>,
    /// The other listeners whose answers are waited for.
    others: Vec<JoinHandle<()>>,
    admin: Option<JoinHandle<()>>,
    audit: Arc<Audit>,
}

impl Running {
    /// Where requests come in.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where health, metrics and console are, if they are.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_addr
    }

    /// Where the check services are, if they are.
    pub fn check_addr(&self) -> Option<SocketAddr> {
        self.check_addr
    }

    /// Where Envoys ask, if they do.
    pub fn ext_proc_addr(&self) -> Option<SocketAddr> {
        self.ext_proc_addr
    }

    /// The certificate shown to callers, to be read again when its files change.
    pub fn certificates(&self) -> Option<&Arc<Certificates>> {
        self.certificates.as_ref()
    }

    /// Stops accepting, lets requests in flight end (at most the drain limit), then ends. The admin listener says "not ready"
    /// meanwhile and ends last.
    pub async fn shutdown(self) {
        self.ready.store(false, Ordering::Relaxed);
        // A receiver that is gone has stopped already, and a task that panicked has said so in the log.
        let _ = self.stop.send(true);
        let _ = self.proxy.await;
        for other in self.others {
            let _ = other.await;
        }
        self.audit.end().await;
        let _ = self.stop_admin.send(true);
        if let Some(admin) = self.admin {
            let _ = admin.await;
        }
    }
}

/// Finds what [`start`] would refuse, addresses aside, and changes nothing.
///
/// # Errors
/// What is wrong.
pub fn prove(settings: &Settings) -> Result<(), ServeError> {
    guarded(settings)?;
    settings.audit.prove().map_err(ServeError::Audit)?;
    settings.tls.clone().map(Certificates::load).transpose()?;
    proxy::prove(settings)?;
    Ok(())
}

fn guarded(settings: &Settings) -> Result<(), ServeError> {
    let open = settings.admin.is_some_and(|admin| !admin.ip().is_loopback());
    if open && settings.admin_token.is_none() { Err(ServeError::OpenAdmin) } else { Ok(()) }
}

/// Starts the proxy on the current tokio runtime.
///
/// # Errors
/// When an address cannot be bound or the upstream cannot be used.
pub async fn start(settings: Settings, engine: Arc<Engine>) -> Result<Running, ServeError> {
    guarded(&settings)?;
    let audit = Audit::new(&settings.audit).map_err(ServeError::Audit)?;
    let audit = Arc::new(audit.with_traces(settings.traces.as_ref()).map_err(ServeError::Telemetry)?);
    let certificates = settings.tls.clone().map(Certificates::load).transpose()?.map(Arc::new);
    let server = certificates.clone().map(tls::server).transpose()?;
    let acceptor = server.map(|config| TlsAcceptor::from(Arc::new(config)));
    let keeper = Keeper::new(&settings, certificates.clone());
    let current = Arc::new(Current::new(Live::new(&settings, engine)));
    audit.metrics.reach.in_force(current.now().version());
    let state = Arc::new(State::open(&settings.state).map_err(ServeError::State)?);
    let shared = Shared::through(&state, &audit);
    let proxy = Arc::new(Proxy::new(settings.clone(), Arc::clone(&current), state, Arc::clone(&audit))?);
    let (listener, addr) = bind(settings.listen).await?;
    let ready = Arc::new(AtomicBool::new(true));
    let limits = Limits {
        connections: affordable(settings.connections),
        handshake: settings.timeouts.handshake,
        header: settings.timeouts.header,
        keep_alive: settings.timeouts.keep_alive,
        drain: settings.timeouts.drain,
        gateways: false,
    };
    let (stop_admin, admin_stopped) = watch::channel(false);
    let (admin, admin_addr) = match settings.admin {
        None => (None, None),
        Some(wanted) => {
            let (listener, addr) = bind(wanted).await?;
            let (audit, current) = (Arc::clone(&audit), Arc::clone(&current));
            let console = Console::new(audit, current, Arc::clone(&ready), &settings, shared.clone());
            let limits = Limits { connections: ADMIN_CONNECTIONS, ..limits };
            (Some(tokio::spawn(console.serve(listener, limits, admin_stopped))), Some(addr))
        }
    };
    let (stop, stopped) = watch::channel(false);
    let mut others = Vec::new();
    let check_addr = match settings.check {
        None => None,
        Some(wanted) => {
            let (listener, addr) = bind(wanted).await?;
            let checks = Checks::new(&settings, Arc::clone(&current), Arc::clone(&audit), shared);
            others.push(tokio::spawn(checks.serve(listener, limits, stopped.clone())));
            Some(addr)
        }
    };
    let ext_proc_addr = match settings.ext_proc {
        None => None,
        Some(wanted) => {
            let (serving, addr) = serve_envoy(&proxy, wanted, limits, stopped.clone()).await?;
            others.push(serving);
            Some(addr)
        }
    };
    if let Some(keeper) = keeper {
        tokio::spawn(keeper.keep(current, Arc::clone(&audit), stopped.clone()));
    }
    let proxy = tokio::spawn(proxy.serve(listener, acceptor, limits, stopped));
    announce(&settings, [Some(addr), admin_addr, check_addr, ext_proc_addr]);
    Ok(Running {
        addr,
        admin_addr,
        check_addr,
        ext_proc_addr,
        certificates,
        stop,
        stop_admin,
        ready,
        proxy,
        others,
        admin,
        audit,
    })
}

#[cfg(feature = "envoy")]
async fn serve_envoy(
    proxy: &Arc<Proxy>,
    wanted: SocketAddr,
    limits: Limits,
    stop: watch::Receiver<bool>,
) -> Result<(JoinHandle<()>, SocketAddr), ServeError> {
    let (listener, addr) = bind(wanted).await?;
    let limits = Limits { gateways: true, ..limits };
    Ok((tokio::spawn(Arc::clone(proxy).serve_envoy(listener, limits, stop)), addr))
}

#[cfg(not(feature = "envoy"))]
async fn serve_envoy(
    _: &Arc<Proxy>,
    _: SocketAddr,
    _: Limits,
    _: watch::Receiver<bool>,
) -> Result<(JoinHandle<()>, SocketAddr), ServeError> {
    Err(ServeError::NotBuilt("envoy"))
}

/// At most half the file descriptors: every caller may need one towards the upstream too.
fn affordable(wanted: usize) -> usize {
    let most = descriptors().map_or(usize::MAX, |limit| usize::try_from(limit / 2).unwrap_or(usize::MAX));
    if wanted > most {
        tracing::warn!(
            wanted,
            most,
            "fewer connections are served: raise the limit of open files (ulimit -n)"
        );
    }
    wanted.min(most)
}

#[cfg(unix)]
fn descriptors() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

async fn bind(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |why| ServeError::Listen { addr, why };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn announce(settings: &Settings, [listen, admin, check, ext_proc]: [Option<SocketAddr>; 4]) {
    tracing::info!(
        listen = listen.map(tracing::field::display),
        admin = admin.map(tracing::field::display),
        check = check.map(tracing::field::display),
        ext_proc = ext_proc.map(tracing::field::display),
        upstream = %settings.upstream,
        upstreams = 1 + settings.others.len(),
        tls = settings.tls.is_some(),
        mode = ?settings.policy.mode,
        on_failure = ?settings.policy.on_failure,
        strictness = settings.policy.strictness,
        version = env!("CARGO_PKG_VERSION"),
        "unspool is listening"
    );
    let links = std::iter::once(&settings.link).chain(settings.others.iter().map(|other| &other.link));
    let pairs = settings.tls.iter().chain(links.filter_map(|link| link.tls.client.as_ref()));
    for path in pairs.map(|pair| &pair.key).filter(|path| is_open(path)) {
        tracing::warn!(key = %path.display(), "everybody on this machine can read this private key: chmod o-r it");
    }
    for out in settings.rulings.expired(today()) {
        tracing::warn!(rules = out.rules.join(", "), until = %out.until, reason = out.reason, "an exclusion has expired: its rules count again");
    }
}

#[cfg(unix)]
fn is_open(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &std::path::Path) -> bool {
    false
}

/// Runs the proxy until it is told to stop (SIGTERM or ctrl-c; a second one ends at once). Logs go to stderr as JSON lines.
///
/// # Errors
/// As [`start`], and when the runtime cannot be made.
pub fn run(settings: Settings, engine: Arc<Engine>) -> Result<(), ServeError> {
    let _log = log::install(settings.log);
    log::quiet_panics();
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        // Heard from the first moment on: whoever reads the first line of the log may send one.
        let stopped = stop_signal();
        let running = start(settings, engine).await?;
        stopped.await?;
        tracing::info!("stopping: requests in flight are finished, a second signal ends at once");
        tokio::select! {
            () = running.shutdown() => {}
            second = stop_signal() => second?,
        }
        Ok(())
    });
    // A screening cannot be interrupted from outside; its budget ends it, but nobody waits for the answer any more.
    runtime.shutdown_background();
    ended
}

/// A proxy on a runtime of its own, for callers that know no tokio. Dropped, it ends at once.
#[derive(Debug)]
pub struct Background {
    running: Option<Running>,
    runtime: Option<Runtime>,
    addr: SocketAddr,
    admin_addr: Option<SocketAddr>,
}

/// Starts the proxy in the background.
///
/// # Errors
/// As [`start`], and when the runtime cannot be made.
pub fn spawn(settings: Settings, engine: Arc<Engine>) -> Result<Background, ServeError> {
    let runtime = runtime()?;
    let running = runtime.block_on(start(settings, engine))?;
    let (addr, admin_addr) = (running.addr(), running.admin_addr());
    Ok(Background { running: Some(running), runtime: Some(runtime), addr, admin_addr })
}

impl Background {
    /// Where requests come in.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where health, metrics and console are, if they are.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_addr
    }

    /// Goes on until SIGTERM or ctrl-c, then stops as [`Background::stop`] does.
    ///
    /// # Errors
    /// When signals cannot be listened for.
    pub fn until_stopped(self) -> Result<(), ServeError> {
        if let Some(runtime) = &self.runtime {
            runtime.block_on(async { stop_signal().await })?;
        }
        self.stop();
        Ok(())
    }

    /// Stops as [`Running::shutdown`] does and returns when all is over.
    pub fn stop(mut self) {
        if let (Some(runtime), Some(running)) = (&self.runtime, self.running.take()) {
            runtime.block_on(running.shutdown());
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> Result<Runtime, std::io::Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("unspool").build()
}

#[cfg(unix)]
fn stop_signal() -> impl Future<Output = std::io::Result<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    // Registered before the future is first polled: no signal may fall between.
    let signals =
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
    async move {
        let (mut term, mut interrupt) = signals?;
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
}

#[cfg(not(unix))]
fn stop_signal() -> impl Future<Output = std::io::Result<()>> {
    tokio::signal::ctrl_c()
}
