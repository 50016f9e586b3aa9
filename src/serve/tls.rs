//! TLS on both sides: our certificate towards callers, whom we believe towards upstreams.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use hyper_rustls::ConfigBuilderExt;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::settings::{ClientTls, KeyPair};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be used.
    #[error("{path}: {why}; it must be a PEM file with {wanted}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What should be in it.
        wanted: &'static str,
    },
    /// Certificate and key are no pair.
    #[error("{cert} and {key}: {why}; the key must be the one the certificate was issued for")]
    Pair {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        why: rustls::Error,
    },
    /// No usable root certificates.
    #[error(
        "the system's root certificates cannot be read: {0}; install ca-certificates, set SSL_CERT_FILE, or name a ca_file"
    )]
    Roots(io::Error),
    /// The TLS library was refused its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificate shown to callers. Read again on demand, for those who connect from then on.
pub struct Certificates {
    files: KeyPair,
    current: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificates").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Reads certificate chain and key.
    ///
    /// # Errors
    /// When a file cannot be used, or the two are no pair.
    pub(super) fn load(files: KeyPair) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(certified(&files)?));
        Ok(Certificates { files, current })
    }

    /// Reads the files again.
    ///
    /// # Errors
    /// As on start; the certificate in use is kept.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(certified(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn certified(files: &KeyPair) -> Result<CertifiedKey, TlsError> {
    let wrong = |why| TlsError::Pair { cert: files.cert.clone(), key: files.key.clone(), why };
    CertifiedKey::from_der(chain(&files.cert)?, key(&files.key)?, &provider()).map_err(wrong)
}

/// TLS 1.2 and 1.3 towards callers, HTTP/2 or HTTP/1.1 as they like.
pub(super) fn server(certificates: Arc<Certificates>) -> Result<ServerConfig, TlsError> {
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// TLS 1.2 and 1.3 towards an upstream. `used` is false for plain HTTP, which works where no certificates are installed.
pub(super) fn client(tls: &ClientTls, used: bool) -> Result<ClientConfig, TlsError> {
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let config = match &tls.ca_file {
        Some(path) => config.with_root_certificates(private_roots(path)?),
        None if used => config.with_native_roots().map_err(TlsError::Roots)?,
        None => config.with_root_certificates(RootCertStore::empty()),
    };
    let Some(files) = &tls.client else { return Ok(config.with_no_client_auth()) };
    let wrong = |why| TlsError::Pair { cert: files.cert.clone(), key: files.key.clone(), why };
    config.with_client_auth_cert(chain(&files.cert)?, key(&files.key)?).map_err(wrong)
}

fn private_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path)? {
        roots.add(certificate).map_err(|error| file(path, &error, CERTIFICATES))?;
    }
    Ok(roots)
}

const CERTIFICATES: &str = "at least one certificate";

fn file(path: &Path, why: &dyn fmt::Display, wanted: &'static str) -> TlsError {
    TlsError::File { path: path.to_owned(), why: why.to_string(), wanted }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: &dyn fmt::Display| file(path, why, CERTIFICATES);
    let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))?;
    let chain = found.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&error))?;
    if chain.is_empty() { Err(wrong(&"there is none")) } else { Ok(chain) }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| file(path, &error, "a private key"))
}
