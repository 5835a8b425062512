//! TLS that ends here: TLS 1.2 and 1.3 by rustls, HTTP/2 and HTTP/1.1 by ALPN (RFC 7301), a certificate that can be replaced while
//! the server runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use tokio_rustls::TlsAcceptor;

use super::client_certificate::Asking;
use crate::config::{ClientCertificates, TlsConfig};

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file was not read, or is no PEM.
    #[error("{file}: {source}")]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{0}: has no certificate")]
    Empty(PathBuf),
    /// The key is not the certificate's, or of a kind that nobody speaks.
    #[error("{file}: {source}")]
    Refused {
        /// The key's file.
        file: PathBuf,
        /// What rustls says.
        source: rustls::Error,
    },
}

/// The certificate in use.
#[derive(Debug)]
pub struct Tls {
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn open(files: &TlsConfig) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(files)?));
        Ok(Self { current })
    }

    /// Reads the files again, or others: connections from now on see the new certificate. When they cannot be used the old one stays.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn reload(&self, files: &TlsConfig) -> Result<(), TlsError> {
        let fresh = Arc::new(read(files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }
}

fn read(files: &TlsConfig) -> Result<ServerConfig, TlsError> {
    let certificates = certificates(&files.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&files.private_key_file);
    let key = key.map_err(|source| TlsError::File {
        file: files.private_key_file.clone(),
        source,
    })?;
    let refused = |source| TlsError::Refused {
        file: files.private_key_file.clone(),
        source,
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_client_cert_verifier(asking(files)?)
        .with_single_cert(certificates, key)
        .map_err(refused)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A login opens several connections: two tickets each are enough, and nothing is sent before the handshake ends (no 0-RTT).
    config.send_tls13_tickets = 2;
    config.max_early_data_size = 0;
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(refused)?;
    Ok(config)
}

/// Clients are asked for a certificate where that is configured.
fn asking(files: &TlsConfig) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    match &files.client_certificates {
        Some(ClientCertificates { authorities }) => Ok(Asking::of(authorities.as_deref())?),
        None => Ok(WebPkiClientVerifier::no_client_auth()),
    }
}

pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File {
        file: file.to_owned(),
        source,
    };
    let found = CertificateDer::pem_file_iter(file).map_err(failed)?;
    let certificates = found.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    if certificates.is_empty() {
        return Err(TlsError::Empty(file.to_owned()));
    }
    Ok(certificates)
}
