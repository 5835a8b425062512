//! The certificate that a client shows where TLS ends here (RFC 8705 2). It is asked for and not demanded: people have none.
//!
//! A certificate under one of the configured authorities proves what is in it. A self-issued one proves only that whoever shows it has its
//! key, which is all that `self_signed_tls_client_auth` wants (RFC 8705 2.2.2). Any other ends the handshake.

use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use der::Decode as _;
use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConnection,
    SignatureScheme,
};
use x509_cert::Certificate;

use super::tls::{TlsError, certificates};

/// The field in which a certificate of this server's own handshakes travels from the edge to whoever reads it, written as in RFC 9440. What
/// comes from outside under this name is taken away.
pub(crate) const OWN: HeaderName = HeaderName::from_static("idp-own-tls-client-cert");

/// Asks for a certificate.
#[derive(Debug)]
pub(super) struct Asking {
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Asking {
    /// Under the authorities of a PEM file, where one is named.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub(super) fn of(authorities: Option<&Path>) -> Result<Arc<Self>, TlsError> {
        let provider = aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let authorities = authorities.map(verifier).transpose()?;
        Ok(Arc::new(Self {
            authorities,
            algorithms,
        }))
    }
}

fn verifier(file: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let refused = |source| TlsError::Refused {
        file: file.to_owned(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates(file)? {
        roots.add(authority).map_err(refused)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    built.map_err(|error| refused(Error::General(error.to_string())))
}

/// Whether a certificate names itself as its issuer.
pub(crate) fn is_self_issued(certificate: &Certificate) -> bool {
    let content = certificate.tbs_certificate();
    content.subject() == content.issuer()
}

impl ClientCertVerifier for Asking {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Clients with self-signed certificates would find none of theirs among the authorities.
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let read = Certificate::from_der(own).map_err(|_| CertificateError::BadEncoding)?;
        match &self.authorities {
            _ if is_self_issued(&read) => Ok(ClientCertVerified::assertion()),
            Some(authorities) => authorities.verify_client_cert(own, intermediates, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What a client showed, as the value of a field.
pub(super) fn shown(connection: &ServerConnection) -> Option<HeaderValue> {
    let own = connection.peer_certificates()?.first()?;
    HeaderValue::try_from(format!(":{}:", BASE64.encode(own))).ok()
}

/// Hands a certificate on with a request, in place of whatever the request says of one.
pub(super) fn hand_on(headers: &mut HeaderMap, certificate: Option<&HeaderValue>) {
    headers.remove(OWN);
    headers.extend(certificate.map(|certificate| (OWN, certificate.clone())));
}
