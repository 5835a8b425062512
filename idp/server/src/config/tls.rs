//! `[tls]`: TLS that this server ends by itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// `[tls]`: the certificate and key of this server, where no proxy ends TLS. Both files are PEM and are read again on SIGHUP.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTls {
    /// The certificate with those above it, its own first. Set together with `private_key_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub certificate_file: Option<String>,
    /// Its private key, PKCS#8, SEC 1 or PKCS#1. P-256 makes handshakes four times cheaper than RSA.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub private_key_file: Option<String>,
    /// Whether clients are asked for a certificate, for `tls_client_auth`, `self_signed_tls_client_auth` and certificate-bound tokens
    /// (RFC 8705). Browsers of people who have one ask them about it.
    pub client_certificates: bool,
    /// The authorities of clients' certificates, PEM. Without it only self-signed ones are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_ca_file: Option<String>,
}

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsConfig {
    /// The certificates, PEM.
    pub certificate_file: PathBuf,
    /// The key, PEM.
    pub private_key_file: PathBuf,
    /// Whose certificates clients may show; they are not asked for one without it.
    pub client_certificates: Option<ClientCertificates>,
}

/// Whose certificates clients may show, beside self-signed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificates {
    /// Authorities, PEM.
    pub authorities: Option<PathBuf>,
}

impl TlsConfig {
    /// What the table means.
    pub(super) fn of(raw: RawTls, errors: &mut Vec<ConfigError>) -> Option<Self> {
        let client_certificates = raw.client_certificates.then(|| ClientCertificates {
            authorities: raw.client_ca_file.clone().map(PathBuf::from),
        });
        if raw.client_ca_file.is_some() && client_certificates.is_none() {
            let fix = "write tls.client_certificates = true, or remove it";
            errors.push(ConfigError::new("tls.client_ca_file", "is never used", fix));
        }
        match (raw.certificate_file, raw.private_key_file) {
            (None, None) if client_certificates.is_some() => {
                let fix = "name this server's certificate and key, or let the proxy hand certificates on";
                errors.push(ConfigError::new(
                    "tls.client_certificates",
                    "is set without TLS",
                    fix,
                ));
                None
            }
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(Self {
                certificate_file: certificate.into(),
                private_key_file: key.into(),
                client_certificates,
            }),
            (certificate, _) => {
                let (missing, fix) = match certificate {
                    Some(_) => ("tls.private_key_file", "name the file of the certificate's key"),
                    None => ("tls.certificate_file", "name the file of the key's certificate"),
                };
                errors.push(ConfigError::new(missing, "is missing", fix));
                None
            }
        }
    }
}
