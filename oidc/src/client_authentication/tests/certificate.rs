//! Certificates.

use std::net::IpAddr;

use idp_jose::JwkSet;

use super::super::*;
use super::{client, key};

#[test]
fn rfc8705_2_1_2_the_registered_name_alone_is_compared() {
    let certificate = PresentedCertificate {
        is_vouched_for: true,
        subject: "CN=client,O=Example".to_owned(),
        names: vec![
            ("dns", "Client.Example".to_owned()),
            ("uri", "https://client.example/".to_owned()),
            ("ip", "192.0.2.1".parse::<IpAddr>().unwrap().to_string()),
            ("email", "ops@client.example".to_owned()),
        ],
        ..PresentedCertificate::default()
    };
    let matches = |kind: &str, value: &str| {
        let client = Client {
            authentication_method: AuthenticationMethod::TlsClientAuth,
            tls_client_auth: Some((kind.to_owned(), value.to_owned())),
            ..client()
        };
        matches_certificate(&client, &certificate, &JwkSet::default())
    };
    assert!(matches("tls_client_auth_subject_dn", "CN=client,O=Example"));
    let named = Client {
        authentication_method: AuthenticationMethod::TlsClientAuth,
        tls_client_auth: Some(("tls_client_auth_san_dns".to_owned(), "client.example".to_owned())),
        ..client()
    };
    let of_its_own_word = PresentedCertificate {
        is_vouched_for: false,
        ..certificate.clone()
    };
    assert!(!matches_certificate(&named, &of_its_own_word, &JwkSet::default()));
    assert!(matches("tls_client_auth_san_dns", "client.example"));
    assert!(matches("tls_client_auth_san_uri", "https://client.example/"));
    assert!(matches("tls_client_auth_san_ip", "192.0.2.1"));
    assert!(matches("tls_client_auth_san_email", "ops@client.example"));
    assert!(!matches("tls_client_auth_subject_dn", "CN=client"));
    assert!(!matches("tls_client_auth_san_dns", "https://client.example/"));
    assert!(!matches("tls_client_auth_san_uri", "https://client.example"));
    assert!(!matches("unknown", "CN=client,O=Example"));
}

#[test]
fn rfc8705_2_2_2_the_certificate_itself_is_registered() {
    let registered = |der: &[u8]| {
        let mut key = key();
        key.x5c = Some(vec![vec![1, 2], vec![3]]);
        let client = Client {
            authentication_method: AuthenticationMethod::SelfSignedTlsClientAuth,
            ..client()
        };
        let certificate = PresentedCertificate {
            der: der.to_vec(),
            ..PresentedCertificate::default()
        };
        matches_certificate(&client, &certificate, &JwkSet::new(vec![key]))
    };
    assert!(registered(&[1, 2]));
    assert!(
        !registered(&[3]),
        "a certificate further up the chain is somebody else's"
    );
    assert!(!registered(&[]));
}
