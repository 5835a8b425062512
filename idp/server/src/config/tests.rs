//! Configuration as its writers meet it.

use idp_core::enrolment::{AdditionalDevices, AdmissionPolicy};
use proptest::prelude::*;

use super::*;

const ISSUER: &str = "issuer = 'https://login.example.com'\n";

/// Every key with a value that is not its default.
const FULL: &str = r#"
issuer = "https://login.example.com:8443"
listen = "[::]:9000"
data_dir = "/srv/idp"

[limits]
max_connections = 101
max_connections_per_address = 100
max_sessions = 102
initiate_per_minute = 103
enroll_per_hour = 104
challenge_per_minute = 105
admin_per_minute = 106
service_per_minute = 107
verify_failures_per_minute = 108
device_requests_per_minute = 109
pushes_since_success = 11
body_bytes = 20000

[timeouts]
first_byte_seconds = 1
header_seconds = 2
body_seconds = 3
idle_seconds = 5
drain_seconds = 4

[enrolment]
proof = "optional"
admission = "open"
additional_devices = "deny"
face_vouched = true

[enrolment.attestation]
android_roots = "/srv/android.pem"
android_status_list = "/srv/status.json"
apple_roots = "/srv/apple.pem"

[[enrolment.attestation.android]]
package = "com.example.wallet"
signatures = ["AB:cd:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01"]
least_level = "strongbox"
locked_boot = false
vouches_face = true

[[enrolment.attestation.apple]]
team = "A1B2C3D4E5"
bundle = "com.example.wallet"
environment = "development"
secure_enclave = false
vouches_face = true

[trust]
directory = "/srv/trust"
grace_seconds = 6
refresh_seconds = 61

[keys]
file = "/srv/keys"
seal_key_file = "/srv/seal"
rotate_days = 7
publish_ahead_seconds = 300
keep_after_seconds = 1000

[tokens]
lifetime_seconds = 61
status_ttl_seconds = 11

[oidc]
code_seconds = 31
access_token_seconds = 301
id_token_seconds = 302
refresh_idle_seconds = 303
refresh_max_seconds = 304
refresh_grace_seconds = 7
session_seconds = 305
claims_max_age_seconds = 306
par_seconds = 33
interaction_seconds = 307
device_seconds = 308
dynamic_registration = true
client_certificate_header = "client-cert"
client_certificate_proxies = ["10.0.0.1"]
outbound_loopback = true

[oidc.entra]
global_keys = "/srv/global.json"
us_government_keys = "/srv/government.json"
china_keys = "/srv/china.json"

[websocket]
mask_otp = true
ping_seconds = 9

[audit]
chain = "node-2"
checkpoint_seconds = 12
checkpoint_file = "/mnt/other/checkpoints"

[log]
filter = "warn,idp_server::edge=debug"
json = true
"#;

fn lines(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    match parse_with(text, environment) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

fn parse_with(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    parse(
        text,
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

fn leaves(table: &Table, prefix: &str) -> Vec<(String, Value)> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(table) => leaves(table, &format!("{prefix}{key}.")),
        value => vec![(format!("{prefix}{key}"), value.clone())],
    };
    table.iter().flat_map(below).collect()
}

fn variable(path: &str) -> String {
    format!("IDP_{}", path.replace('.', "__").to_uppercase())
}

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

#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
#[test]
fn every_key_means_what_it_says() {
    let config = parse_with(FULL, &[]).unwrap();
    let expected = Config {
        issuer: "https://login.example.com:8443".to_owned(),
        listen: "[::]:9000".parse().unwrap(),
        data_dir: "/srv/idp".into(),
        demo: false,
        limits: full_limits(),
        timeouts: full_timeouts(),
        enrolment: EnrolmentConfig {
            policy: idp_core::enrolment::EnrolmentPolicy {
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
            file: "/srv/keys".into(),
            seal_key: SealKeySource::File("/srv/seal".into()),
            rotate_days: 7,
            rotation: idp_core::keys::RotationPolicy {
                publish_ahead: 300,
                keep_after: 1000,
            },
        },
        tokens: TokensConfig {
            lifetime_seconds: 61,
            status_ttl_seconds: 11,
        },
        oidc: full_oidc(),
        websocket: WebSocketConfig {
            mask_otp: true,
            ping_seconds: 9,
        },
        audit: AuditConfig {
            chain: "node-2".to_owned(),
            checkpoint_seconds: 12,
            checkpoint_file: Some("/mnt/other/checkpoints".into()),
        },
        log: LogConfig {
            filter: "warn,idp_server::edge=debug".to_owned(),
            json: true,
        },
    };
    assert_eq!(config, expected);
}

#[test]
fn environment_sets_every_key_as_the_file_does() {
    let leaves = leaves(&FULL.parse().unwrap(), "");
    let variables = leaves.iter().map(|(path, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (variable(path), text)
    });
    assert_eq!(parse("", variables).unwrap(), parse_with(FULL, &[]).unwrap());
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
fn each_wrong_value_is_told_with_its_fix_all_at_once() {
    let text = "
issuer = 'http://login.example.com'
listen = 'localhost'
data_dir = ''
colour = 'blue'
timeouts = 3
[limits]
initate_per_minute = 1
enroll_per_hour = 0
max_sessions = 'many'
body_bytes = 1.5
[enrolment]
admission = 'anyone'
face_vouched = 'yes'
[audit]
chain = 'Node 2'
checkpoint_file = '\u{0}'
[log]
filter = 'a=b=c'
[push]
key = 1
";
    let text = text.replace("'\u{0}'", "\"\\u0000\"");
    let mut lines = lines(&text, &[]);
    lines.sort();
    assert_eq!(
        lines,
        [
            "audit.chain: is not a chain's name; write 1 to 32 of a to z, 0 to 9 and -, such as `main`",
            "audit.checkpoint_file: contains a NUL character; write a path",
            "colour: is not a key of the configuration; remove it; `idp config schema` lists every key",
            "data_dir: is empty; write a path",
            "enrolment.admission: is none of the words that it takes; write \"open\" or \"code\" or \"attested\"",
            "enrolment.face_vouched: is text; write true or false",
            "issuer: uses http for a host that is not this machine; write the public origin alone, such as \
         `https://login.example.com`",
            "limits.body_bytes: is a fraction; write a whole number from 16384 to 1048576 (default 65536)",
            "limits.enroll_per_hour: is 0, below 1; write a whole number from 1 to 100000 (default 5)",
            "limits.initate_per_minute: is not a key of the configuration; remove it, or write \
         limits.initiate_per_minute",
            "limits.max_sessions: is text; write a whole number from 1 to 100000000 (default 1000000)",
            "listen: is not an IP address with a port; write an address and a port, such as `127.0.0.1:8080` or \
         `[::]:8080`",
            "log.filter: is not a list of log directives; write a level (`error`, `warn`, `info`, `debug`, `trace`) or \
         directives such as `info,idp_server::edge=debug`",
            "push: is not a key of the configuration; remove it; `idp config schema` lists every key",
            "timeouts: is a whole number; write a table of its keys: body_seconds, drain_seconds, first_byte_seconds, \
         header_seconds, idle_seconds",
        ]
    );
}

#[test]
fn each_missing_or_misplaced_key_is_told() {
    assert_eq!(
        lines("", &[]),
        ["issuer: is missing; write the public origin, such as `https://login.example.com`"]
    );
    assert_eq!(
        lines(&format!("{ISSUER}[timeouts]\nping_seconds = 9"), &[]),
        [
            "timeouts.ping_seconds: is not a key of the configuration; remove it, or write websocket.ping_seconds"
        ]
    );
    assert_eq!(
        lines("issuer = 1", &[]),
        ["issuer: is a whole number; write text in quotes"]
    );
    let demo = lines(&format!("demo = true\n{ISSUER}"), &[("IDP_DEMO", "true")]);
    assert_eq!(demo.len(), 2, "{demo:?}");
}

#[test]
fn each_text_that_is_not_toml_names_its_line_and_repeats_nothing() {
    let told = lines("issuer = 'https://a.example'\n\nlisten = hunter2 secret\n", &[]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("line 3: is not TOML: "), "{told:?}");
    assert!(!told[0].contains("hunter2"), "{told:?}");
    let long = "#".repeat(FILE_LIMIT + 1);
    assert_eq!(
        lines(&long, &[]),
        ["the file: is longer than 65536 bytes; remove what is not configuration"]
    );
}

#[test]
fn rules_between_keys_are_told() {
    let text = format!(
        "{ISSUER}[limits]\nmax_connections = 10\n[keys]\nrotate_days = 1\npublish_ahead_seconds = 86400\n"
    );
    assert_eq!(
        lines(&text, &[]),
        [
            "limits.max_connections_per_address: is 1000, above limits.max_connections; write at most 10, or raise \
         limits.max_connections",
            "keys.keep_after_seconds: is 10800: a key would disappear before its last token, or a cache of the key set, \
         expires; write at least 90000 (tokens.lifetime_seconds and keys.publish_ahead_seconds together)",
            "keys.publish_ahead_seconds: is 86400, as long as a key signs; write less than 86400, or raise keys.rotate_days",
        ]
    );
}

#[test]
fn environment_overrides_the_file_and_is_named_where_it_is_wrong() {
    let variables = [
        ("IDP_LIMITS__INITIATE_PER_MINUTE", "20"),
        ("IDP_AUDIT__CHAIN", "7"),
        ("IDP_DATA_DIR", "'/quoted path'"),
        ("IDP_CONFIG", "/etc/idp.toml"),
        ("PATH", "/bin"),
    ];
    let config = parse_with(&format!("{ISSUER}[limits]\ninitiate_per_minute = 5"), &variables).unwrap();
    assert_eq!(config.limits.initiate_per_minute, 20);
    assert_eq!(config.audit.chain, "7");
    assert_eq!(config.data_dir, Path::new("/quoted path"));

    let long = "9".repeat(5000);
    let wrong = [
        ("IDP_LIMITS__INITIATE_PER_MINUTE", "none"),
        ("IDP_LIMITS__ENROLL_PER_HOUR", "-1"),
        ("IDP_LISTEN", "here"),
        ("IDP_LIMIT__MAX_SESSIONS", "1"),
        ("IDP_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("IDP_LOG__FILTER", long.as_str()),
        ("IDP_LOG", "{ json = true }"),
    ];
    assert_eq!(
        lines(ISSUER, &wrong),
        [
            "IDP_LIMIT__MAX_SESSIONS: is not a variable of the configuration; remove it, or write IDP_LIMITS__MAX_SESSIONS",
            "IDP_PORT_8080_TCP: is not a variable of the configuration; unset it; Kubernetes sets it for a Service named \
         idp unless the pod has `enableServiceLinks: false`",
            "IDP_LOG__FILTER: has a value longer than 4096 bytes; write a shorter one",
            "IDP_LOG: is not a variable of the configuration; remove it; `idp config schema` lists every key",
            "limits.enroll_per_hour (from IDP_LIMITS__ENROLL_PER_HOUR): is -1, below 1; write a whole number from 1 to \
         100000 (default 5)",
            "limits.initiate_per_minute (from IDP_LIMITS__INITIATE_PER_MINUTE): is text; write a whole number from 1 to \
         100000 (default 10)",
            "listen (from IDP_LISTEN): is not an IP address with a port; write an address and a port, such as \
         `127.0.0.1:8080` or `[::]:8080`",
        ]
    );
}

#[test]
fn environment_gives_the_sealing_key_and_never_shows_it() {
    let key = data_encoding::BASE64URL_NOPAD.encode(&[7; 32]);
    let config = parse_with(ISSUER, &[("IDP_SEAL_KEY", &key)]).unwrap();
    assert_eq!(
        config.keys.seal_key,
        SealKeySource::Environment(idp_types::Secret::new([7; 32]))
    );
    assert!(!format!("{config:?}").contains(&key));
    for wrong in ["", "short", &format!("{key}=")] {
        let told = lines(ISSUER, &[("IDP_SEAL_KEY", wrong)]);
        assert_eq!(
            told,
            [
                "IDP_SEAL_KEY: is not 32 bytes in base64url without padding; write the 43 characters of a sealing key, or \
             unset it to use keys.seal_key_file"
            ]
        );
    }
    let misplaced = lines(
        ISSUER,
        &[("IDP_LIMITS__MAX_SESSIONS", &key), ("IDP_LISTEN", &key)],
    );
    assert!(
        misplaced.len() == 2 && !misplaced.concat().contains(&key),
        "{misplaced:?}"
    );
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

#[test]
fn files_are_read_and_unreadable_ones_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.toml");
    let missing = load(Some(&path), std::iter::empty()).unwrap_err().to_string();
    assert!(
        missing.contains("idp.toml: cannot be read") && missing.contains("name a readable file"),
        "{missing}"
    );
    std::fs::write(&path, ISSUER).unwrap();
    assert_eq!(
        load(Some(&path), std::iter::empty()).unwrap().issuer,
        "https://login.example.com"
    );
    std::fs::write(&path, [b'#', 0xff]).unwrap();
    assert!(load(Some(&path), std::iter::empty()).is_err());
    std::fs::write(&path, vec![b'#'; FILE_LIMIT + 1]).unwrap();
    assert!(
        load(Some(&path), std::iter::empty())
            .unwrap_err()
            .to_string()
            .contains("longer than")
    );
    let variable = ("IDP_ISSUER".to_owned(), "https://login.example.com".to_owned());
    assert!(load(None, std::iter::once(variable)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn parse_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz(&bytes);
    }

    #[test]
    fn parse_never_panics_near_the_grammar(
        keys in proptest::collection::vec("(issuer|listen|limits|keys|log|[a-z_.\"\\[]{1,12})", 0..6),
        values in proptest::collection::vec("('[^']{0,20}'|-?[0-9]{1,20}|true|\\[\\]|\\{a=1\\}|.{0,10})", 6),
        variable in "[A-Z_]{0,20}=.{0,20}",
    ) {
        let lines: Vec<String> = keys.iter().zip(&values).map(|(key, value)| format!("{key} = {value}")).collect();
        fuzz(format!("{variable}\n{}", lines.join("\n")).as_bytes());
    }
}
