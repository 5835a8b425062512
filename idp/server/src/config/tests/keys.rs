//! What each key means, and what holds without it.

use std::path::Path;
use std::time::Duration;

use idp_core::enrolment::{AdditionalDevices, AdmissionPolicy, EnrolmentPolicy};
use idp_core::keys::{KeyPurpose, RotationPolicy};
use idp_store_redis::Address;

use idp_push::apns::PushType;

use super::super::raw::RawConfig;
use super::super::{
    ApnsConfig, AuditConfig, ClientCertificates, Config, DatabaseConfig, EnrolmentConfig, EntraConfig,
    FcmConfig, KeyStore, KeysConfig, Limits, LogConfig, MetricsConfig, OidcConfig, Pin, Pkcs11Config,
    ProxiesConfig, PushConfig, RawForwardedHeader, RedisConfig, SealKeySource, Shape, StorageConfig, Table,
    Timeouts, TlsConfig, TokensConfig, TracesConfig, TrustConfig, WebPushConfig, WebSocketConfig,
    attestation_tests, schema,
};
use super::{FULL, ISSUER, leaves, parse_with};

#[test]
fn every_key_of_the_schema_is_in_the_full_file_and_documented() {
    let full: Vec<String> = leaves(&FULL.parse().unwrap(), "")
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    let mut known = Shape::of(&schema()).paths();
    known.sort();
    let mut sorted = full.clone();
    sorted.sort();
    assert_eq!(sorted, known);
    for path in full {
        let pointer = format!("/properties/{}", path.replace('.', "/properties/"));
        let documented = schema()
            .pointer(&pointer)
            .and_then(|key| key["description"].as_str().map(str::len));
        assert!(documented.unwrap_or_default() > 10, "{path}");
    }
}

fn full_limits() -> Limits {
    Limits {
        max_connections: 101,
        max_connections_per_address: 100,
        max_sessions: 102,
        initiate_per_minute: 103,
        enroll_per_hour: 104,
        challenge_per_minute: 105,
        admin_per_minute: 106,
        service_per_minute: 107,
        verify_failures_per_minute: 108,
        register_per_minute: 110,
        register_failures_per_minute: 111,
        device_requests_per_minute: 109,
        pushes_since_success: 11,
        body_bytes: 20_000,
    }
}

fn full_timeouts() -> Timeouts {
    Timeouts {
        first_byte_seconds: 1,
        header_seconds: 2,
        body_seconds: 3,
        drain_seconds: 4,
        idle_seconds: 5,
    }
}

fn full_oidc() -> OidcConfig {
    OidcConfig {
        code_seconds: 31,
        access_token_seconds: 301,
        id_token_seconds: 302,
        refresh_idle_seconds: 303,
        refresh_max_seconds: 304,
        refresh_grace_seconds: 7,
        session_seconds: 305,
        claims_max_age_seconds: 306,
        par_seconds: 33,
        interaction_seconds: 307,
        device_seconds: 308,
        dynamic_registration: true,
        client_certificate_header: Some(http::HeaderName::from_static("client-cert")),
        client_certificate_proxies: vec!["10.0.0.1".parse().unwrap()],
        outbound_loopback: true,
        entra: EntraConfig {
            global_keys: Some("/srv/global.json".into()),
            us_government_keys: Some("/srv/government.json".into()),
            china_keys: Some("/srv/china.json".into()),
        },
    }
}

fn full_push() -> PushConfig {
    PushConfig {
        alert: "Look.".to_owned(),
        ca_file: Some("/srv/gateway.pem".into()),
        fcm: Some(FcmConfig {
            service_account_file: "/srv/account.json".into(),
            endpoint: "https://fcm.example.com".to_owned(),
        }),
        apns: Some(ApnsConfig {
            key_file: "/srv/apns.p8".into(),
            key_id: "ABC123DEFG".to_owned(),
            team_id: "DEF123GHIJ".to_owned(),
            topic: "com.example.wallet".to_owned(),
            endpoint: "https://apns.example.com".to_owned(),
            push_type: PushType::Background,
        }),
        web: WebPushConfig {
            vapid_key_file: Some("/srv/vapid.pem".into()),
            subject: Some("mailto:ops@example.com".to_owned()),
            hosts: vec!["ntfy.example.com".to_owned()],
            loopback: true,
        },
    }
}

#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
#[test]
fn every_key_means_what_it_says() {
    let config = parse_with(FULL, &[]).unwrap();
    let expected = Config {
        issuer: "https://login.example.com:8443".to_owned(),
        listen: "[::]:9000".parse().unwrap(),
        data_dir: "/srv/idp".into(),
        demo: false,
        tls: Some(TlsConfig {
            certificate_file: "/srv/certificate.pem".into(),
            private_key_file: "/srv/key.pem".into(),
            client_certificates: Some(ClientCertificates {
                authorities: Some("/srv/clients.pem".into()),
            }),
        }),
        proxies: ProxiesConfig {
            trusted: vec!["10.0.0.1/32".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            header: RawForwardedHeader::Forwarded,
        },
        limits: full_limits(),
        timeouts: full_timeouts(),
        enrolment: EnrolmentConfig {
            policy: EnrolmentPolicy {
                proof_required: false,
                admission: AdmissionPolicy::Open,
                additional_devices: AdditionalDevices::Deny,
                face_vouched: true,
            },
            attestation: attestation_tests::full(),
        },
        trust: TrustConfig {
            directory: "/srv/trust".into(),
            grace_seconds: 6,
            refresh_seconds: 61,
        },
        keys: KeysConfig {
            store: Some(KeyStore::File),
            file: "/srv/keys".into(),
            seal_key: SealKeySource::Token {
                label: "wrapper".to_owned(),
                file: "/srv/seal".into(),
            },
            pkcs11: Some(Pkcs11Config {
                module: "/srv/pkcs11.so".into(),
                token: "vault".to_owned(),
                pin: Pin::Given("1234".to_owned().into()),
                purposes: vec![KeyPurpose::Token, KeyPurpose::Audit],
                sessions: 2,
            }),
            rotate_days: 7,
            rotation: RotationPolicy {
                publish_ahead: 300,
                keep_after: 1000,
            },
        },
        storage: StorageConfig {
            database: Some(DatabaseConfig {
                url: "postgres://ann:s3cret@db.example.com/idp".parse().unwrap(),
                readers: 9,
                patience: Duration::from_millis(201),
            }),
            redis: Some(RedisConfig {
                address: Address::parse("rediss://ann:s3cret@redis.example.com/2").unwrap(),
                ca_file: Some("/srv/redis.pem".into()),
                prefix: "blue".to_owned(),
                connect: Duration::from_millis(101),
                response: Duration::from_millis(51),
            }),
        },
        tokens: TokensConfig {
            lifetime_seconds: 61,
            status_ttl_seconds: 11,
        },
        oidc: full_oidc(),
        push: full_push(),
        gateway: super::super::GatewayConfig {
            policy_file: Some("/srv/policy.json".into()),
        },
        admin: super::super::AdminConfig {
            require_preconditions: true,
        },
        websocket: WebSocketConfig {
            mask_otp: true,
            ping_seconds: 9,
        },
        audit: AuditConfig {
            chain: "node-2".to_owned(),
            checkpoint_seconds: 12,
            checkpoint_file: Some("/mnt/other/checkpoints".into()),
        },
        metrics: MetricsConfig {
            listen: Some("127.0.0.1:9464".parse().unwrap()),
        },
        traces: TracesConfig {
            otlp_endpoint: Some("http://127.0.0.1:4318/v1/traces".to_owned()),
            sample_per_thousand: 10,
        },
        log: LogConfig {
            filter: "warn,idp_server::edge=debug".to_owned(),
            json: true,
        },
    };
    assert_eq!(config, expected);
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn every_key_but_the_issuer_has_a_default_that_the_schema_accepts() {
    let config = parse_with(ISSUER, &[]).unwrap();
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.keys.file, Path::new("data/keys.sealed"));
    assert_eq!(config.keys.seal_key, SealKeySource::File("data/seal.key".into()));
    assert_eq!(config.trust.directory, Path::new("data/trust"));
    assert_eq!(config.limits.initiate_per_minute, 10);
    assert_eq!(config.enrolment.policy.admission, AdmissionPolicy::Code);
    assert!(config.enrolment.policy.proof_required && !config.enrolment.policy.face_vouched && !config.demo);
    let mut defaults = Table::try_from(RawConfig::default()).unwrap();
    assert_eq!(Shape::of(&schema()).check(&mut defaults), []);
}

#[test]
fn the_demo_is_open_vouches_for_the_face_and_is_patient() {
    let demo = Config::demo(
        "http://localhost:8080".to_owned(),
        "127.0.0.1:8080".parse().unwrap(),
        "/tmp/demo".into(),
    );
    assert!(demo.demo && demo.enrolment.policy.face_vouched && demo.enrolment.policy.proof_required);
    assert_eq!(demo.enrolment.policy.admission, AdmissionPolicy::Open);
    assert_eq!(
        demo.enrolment.policy.additional_devices,
        AdditionalDevices::Approve
    );
    assert_eq!(
        (demo.limits.initiate_per_minute, demo.limits.enroll_per_hour),
        (60, 100)
    );
    assert_eq!(demo.keys.file, Path::new("/tmp/demo/keys.sealed"));
}
