//! Real handshakes against a private authority (H7), with HTTP/1.1 and HTTP/2 on either side.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use unspool::serve::{ClientTls, KeyPair as Files, Settings};

use super::peer::OK;
use super::proxy::{post, proxy, send, status};
use super::sockets::{connect, hear};

const BENIGN: &str = r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

/// A private authority, and a folder for what it issues.
struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// What makes a certificate a bad one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    Name,
    Expired,
    NotYet,
    SelfSigned,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), root.pem()).unwrap();
        let certificate = root.der().clone();
        Authority { folder, issuer: Issuer::new(params, key), certificate }
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Issues a certificate for localhost, or a flawed one.
    fn issue(&self, name: &str, flaw: Flaw) -> Files {
        let host = if flaw == Flaw::Name { "elsewhere.example" } else { "localhost" };
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        match flaw {
            Flaw::Expired => {
                (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1))
            }
            Flaw::NotYet => {
                (params.not_before, params.not_after) = (date_time_ymd(3001, 1, 1), date_time_ymd(3002, 1, 1))
            }
            _ => {}
        }
        let key = KeyPair::generate().unwrap();
        let issued = match flaw {
            Flaw::SelfSigned => params.self_signed(&key).unwrap(),
            _ => params.signed_by(&key, &self.issuer).unwrap(),
        };
        let at = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        std::fs::write(at("pem"), issued.pem()).unwrap();
        std::fs::write(at("key"), key.serialize_pem()).unwrap();
        Files { cert: at("pem"), key: at("key") }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }
}

fn chain(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap).collect()
}

fn ring() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Shows `files`, and asks for a client certificate of `clients` if given.
fn server_config(files: &Files, clients: Option<RootCertStore>) -> ServerConfig {
    let config = ServerConfig::builder_with_provider(ring()).with_safe_default_protocol_versions().unwrap();
    let config = match clients {
        None => config.with_no_client_auth(),
        Some(roots) => config.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), ring()).build().unwrap(),
        ),
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
    config.with_single_cert(chain(&files.cert), key).unwrap()
}

/// An upstream that speaks TLS and HTTP/1.1.
async fn upstream(files: &Files, clients: Option<RootCertStore>) -> SocketAddr {
    let config = server_config(files, clients);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut seen = vec![0; 65536];
            if stream.read(&mut seen).await.is_ok_and(|count| count > 0) {
                let _ = stream.write_all(OK).await;
            }
            let _ = stream.shutdown().await;
        }
    });
    addr
}

fn chat() -> Vec<u8> {
    post("/v1/chat/completions", "Content-Type: application/json\r\n", BENIGN.as_bytes())
}

/// The status a caller gets when the upstream shows `files` and we believe `ca_file`.
async fn through(addr: SocketAddr, tls: ClientTls) -> u16 {
    let running =
        proxy(&format!("https://localhost:{}", addr.port()), |settings| settings.link.tls = tls).await;
    status(&send(running.addr(), &chat()).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_upstream_that_proves_its_name_is_spoken_to() {
    let authority = Authority::new();
    let believe = || ClientTls { ca_file: Some(authority.ca_file()), client: None };
    for (flaw, want) in [
        (Flaw::None, 200),
        (Flaw::Name, 502),
        (Flaw::Expired, 502),
        (Flaw::NotYet, 502),
        (Flaw::SelfSigned, 502),
    ] {
        let addr = upstream(&authority.issue("up", flaw), None).await;
        assert_eq!(through(addr, believe()).await, want, "{flaw:?}");
    }
    // An authority the system knows nothing of.
    let addr = upstream(&authority.issue("up", Flaw::None), None).await;
    assert_eq!(
        through(addr, ClientTls { ca_file: Some(Authority::new().ca_file_kept()), client: None }).await,
        502
    );
}

impl Authority {
    /// The root's file, which outlives the authority.
    fn ca_file_kept(self) -> PathBuf {
        self.folder.keep().join("ca.pem")
    }
}

/// An upstream that agrees on HTTP/2 by ALPN alone, and keeps the heads it gets.
async fn upstream_of_http2(files: &Files) -> (u16, Arc<Mutex<Vec<http::request::Parts>>>) {
    let mut config = server_config(files, None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heads) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let kept = Arc::clone(&kept);
            let answer = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
                kept.lock().unwrap().push(request.into_parts().0);
                async { Ok::<_, http::Error>(http::Response::new(Full::new(bytes::Bytes::from("{}")))) }
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
        }
    });
    (port, heads)
}

/// `unspool serve` before that upstream, where the system's authorities are those of `roots`.
fn process(roots: &Path, folder: &Path, port: u16) -> (Child, SocketAddr) {
    let file = folder.join("unspool.toml");
    std::fs::write(&file, "[upstream]\napi_key_env = \"UNSPOOL_TEST_KEY\"\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_unspool"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--upstream",
            &format!("https://localhost:{port}"),
            "--config",
        ])
        .arg(file)
        .env("SSL_CERT_FILE", roots)
        .env_remove("SSL_CERT_DIR")
        .env("UNSPOOL_TEST_KEY", "OURS")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let addr = first["listen"].as_str().unwrap_or_else(|| panic!("{first}")).parse().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    (child, addr)
}

/// As it is deployed: no authority named but the system's, the protocol left to ALPN, the key in the environment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_systems_authorities_are_believed_and_http2_is_agreed_on() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (port, heads) = upstream_of_http2(&authority.issue("up", Flaw::None)).await;
    for (roots, want) in [(authority.ca_file(), 200), (stranger.ca_file(), 502)] {
        let (mut child, addr) = process(&roots, authority.folder.path(), port);
        let theirs =
            "Content-Type: application/json\r\nAuthorization: Bearer THEIRS\r\nX-Api-Key: THEIRS\r\n";
        let answer = send(addr, &post("/v1/chat/completions", theirs, BENIGN.as_bytes())).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(status(&answer), want, "{answer}");
    }
    let heads = heads.lock().unwrap();
    assert_eq!((heads.len(), heads[0].version), (1, http::Version::HTTP_2));
    assert_eq!(heads[0].headers["authorization"], "Bearer OURS");
    assert!(!format!("{heads:?}").contains("THEIRS"), "{heads:?}");
}

/// A WebSocket behind TLS: the upstream proves its name before anything is said to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_upstream_proves_its_name_too() {
    let authority = Authority::new();
    for (flaw, proven) in [(Flaw::None, true), (Flaw::Name, false)] {
        let config = server_config(&authority.issue("up", flaw), None);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else { continue };
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    let _ = socket.send(message).await;
                }
            }
        });
        let running = proxy(&format!("https://localhost:{}", addr.port()), |settings| {
            settings.link.tls = ClientTls { ca_file: Some(authority.ca_file()), client: None };
        })
        .await;
        if !proven {
            let handshake = "GET /v1/realtime HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            assert_eq!(status(&send(running.addr(), handshake.as_bytes()).await), 502);
            continue;
        }
        let (mut socket, _) = connect(&running, "/v1/realtime", &[]).await;
        let event = r#"{"type":"session.update","session":{"instructions":"describe how to bake bread"}}"#;
        socket.send(Message::text(event)).await.unwrap();
        assert_eq!(hear(&mut socket).await, Message::text(event));
        socket
            .send(Message::text(event.replace("describe how to bake bread", "HARMFUL_MARKER")))
            .await
            .unwrap();
        assert!(hear(&mut socket).await.to_text().unwrap().contains("content_policy_violation"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_of_tls_1_1_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello).await;
            // A TLS 1.1 ServerHello: version 3.2, random, no session, ECDHE-RSA with AES-128-CBC, no compression.
            let body = [&[2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
            let record = [&[22, 3, 2, 0, u8::try_from(body.len()).unwrap()][..], &body].concat();
            let _ = stream.write_all(&record).await;
            let _ = stream.read(&mut hello).await;
        }
    });
    let authority = Authority::new();
    assert_eq!(through(addr, ClientTls { ca_file: Some(authority.ca_file()), client: None }).await, 502);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let authority = Authority::new();
    let addr = upstream(&authority.issue("up", Flaw::None), Some(authority.roots())).await;
    let client = Some(authority.issue("client", Flaw::None));
    assert_eq!(through(addr, ClientTls { ca_file: Some(authority.ca_file()), client }).await, 200);
    assert_eq!(through(addr, ClientTls { ca_file: Some(authority.ca_file()), client: None }).await, 502);
}

type Caller = Client<
    hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>,
    Full<bytes::Bytes>,
>;

fn caller(roots: RootCertStore, http2: bool) -> Caller {
    let config = ClientConfig::builder_with_provider(ring()).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    let connector = if http2 { builder.enable_http2().build() } else { builder.enable_http1().build() };
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

async fn ask(caller: &Caller, port: u16) -> Result<(u16, http::Version, String), String> {
    let request = http::Request::post(format!("https://localhost:{port}/v1/messages"))
        .header("content-type", "application/json")
        .body(Full::new(bytes::Bytes::from(BENIGN)))
        .unwrap();
    let mut answer = caller.request(request).await.map_err(|error| format!("{error:?}"))?;
    let mut text = Vec::new();
    while let Some(frame) = answer.body_mut().frame().await {
        text.extend_from_slice(frame.unwrap().data_ref().unwrap());
    }
    Ok((answer.status().as_u16(), answer.version(), String::from_utf8(text).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_speak_tls_and_a_new_certificate_is_taken_up() {
    let authority = Authority::new();
    let files = authority.issue("proxy", Flaw::None);
    let with = |settings: &mut Settings| settings.tls = Some(files.clone());
    let running = proxy("echo:", with).await;
    let port = running.addr().port();
    for (http2, version) in [(false, http::Version::HTTP_11), (true, http::Version::HTTP_2)] {
        let (status, spoken, text) = ask(&caller(authority.roots(), http2), port).await.unwrap();
        assert_eq!((status, spoken), (200, version));
        assert!(text.contains("You said: describe how to bake bread"), "{text}");
    }
    // Another authority's certificate in the same files, then nonsense, which is not taken up.
    let next = Authority::new();
    let fresh = next.issue("proxy", Flaw::None);
    let certificates = running.certificates().unwrap();
    assert!(ask(&caller(next.roots(), true), port).await.is_err());
    std::fs::copy(&fresh.cert, &files.cert).unwrap();
    assert!(certificates.reload().unwrap_err().to_string().contains("issued for"));
    std::fs::copy(&fresh.key, &files.key).unwrap();
    certificates.reload().unwrap();
    assert_eq!(ask(&caller(next.roots(), true), port).await.unwrap().0, 200);
    assert!(ask(&caller(authority.roots(), true), port).await.is_err());
    std::fs::write(&files.cert, "nonsense").unwrap();
    assert!(certificates.reload().unwrap_err().to_string().contains("PEM"));
    assert_eq!(ask(&caller(next.roots(), false), port).await.unwrap().0, 200);
}

/// H7 and F2: what is no handshake is closed, and does no harm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_handshake_is_closed() {
    let authority = Authority::new();
    let files = authority.issue("proxy", Flaw::None);
    let running = proxy("echo:", |settings| {
        settings.tls = Some(files);
        settings.timeouts.handshake = Duration::from_millis(300);
    })
    .await;
    let hello = [&[22, 3, 1, 0, 200, 1, 0, 0, 196][..], &[0; 20]].concat();
    for bytes in [&chat()[..], b"", b"\x16", &hello, &[0xff; 3000]] {
        let answer = send(running.addr(), bytes).await;
        assert!(!answer.contains("HTTP/"), "{answer:?}");
    }
    assert_eq!(ask(&caller(authority.roots(), true), running.addr().port()).await.unwrap().0, 200);
}
