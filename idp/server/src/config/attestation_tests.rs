//! `[enrolment.attestation]` as its writers meet it.

use idp_core::enrolment::AdmissionPolicy;
use idp_vds::attestation::{AndroidApp, AppleApp, AppleEnvironment, SecurityLevel};

use super::*;

/// What the full file of `tests` means.
pub(super) fn full() -> AttestationConfig {
    let mut signature = [0; 32];
    (signature[0], signature[1], signature[31]) = (0xAB, 0xCD, 1);
    AttestationConfig {
        android: Some(AndroidAttestation {
            roots: "/srv/android.pem".into(),
            status_list: "/srv/status.json".into(),
            apps: vec![AndroidApp {
                package: "com.example.wallet".to_owned(),
                signatures: [signature].into(),
                least_level: SecurityLevel::SecureElement,
                locked_boot: false,
                face_vouched: true,
            }],
        }),
        apple: Some(AppleAttestation {
            roots: "/srv/apple.pem".into(),
            apps: vec![AppleApp {
                id: "A1B2C3D4E5.com.example.wallet".to_owned(),
                environment: AppleEnvironment::Development,
                secure_enclave: false,
                face_vouched: true,
            }],
        }),
    }
}

const ISSUER: &str = "issuer = 'https://login.example.com'\n";

/// An app of each kind, everything else left to its default.
fn apps() -> String {
    format!(
        "[enrolment]\nadmission = 'attested'\n\
         [enrolment.attestation]\nandroid_roots = 'a'\nandroid_status_list = 'b'\napple_roots = 'c'\n\
         [[enrolment.attestation.android]]\npackage = 'com.example.wallet'\nsignatures = ['{}']\n\
         [[enrolment.attestation.apple]]\nteam = 'A1B2C3D4E5'\nbundle = 'com.example.wallet'\n",
        "0f".repeat(32)
    )
}

fn told(text: &str) -> Vec<String> {
    match parse(&format!("{ISSUER}{text}"), []) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

#[test]
fn defaults_are_the_strict_ones() {
    let config = parse(&format!("{ISSUER}{}", apps()), []).unwrap().enrolment;
    assert_eq!(config.policy.admission, AdmissionPolicy::Attested);
    let android = &config.attestation.android.unwrap().apps[0];
    assert!(android.locked_boot && !android.face_vouched);
    assert_eq!(android.least_level, SecurityLevel::TrustedEnvironment);
    let apple = &config.attestation.apple.unwrap().apps[0];
    assert!(apple.secure_enclave && !apple.face_vouched);
    assert_eq!(apple.environment, AppleEnvironment::Production);
}

#[test]
fn without_apps_nothing_vouches_and_attested_admits_nobody() {
    let config = parse(ISSUER, []).unwrap();
    assert!(config.enrolment.attestation.is_empty());
    assert_eq!(
        told("[enrolment]\nadmission = 'attested'"),
        [
            "enrolment.admission: is \"attested\", and no app may vouch for a key; name an app below \
         `[[enrolment.attestation.android]]` or `[[enrolment.attestation.apple]]`"
        ]
    );
}

#[test]
fn each_mistake_in_an_app_is_told_with_its_place() {
    let text = "
[[enrolment.attestation.android]]
package = 'wallet'
signatures = []
[[enrolment.attestation.android]]
package = 'com.example.wallet'
signatures = ['0f0f', 3]
colour = 'blue'
least_level = 'paper'
[[enrolment.attestation.apple]]
team = 'short'
bundle = 'a b'
";
    let mut lines = told(text);
    lines.sort();
    let begin: Vec<&str> = lines.iter().filter_map(|line| line.split(';').next()).collect();
    assert_eq!(
        begin,
        [
            "enrolment.attestation.android.0.package: is not a package name",
            "enrolment.attestation.android.0.signatures: is not a list of SHA-256 digests",
            "enrolment.attestation.android.1.colour: is not a key of the configuration",
            "enrolment.attestation.android.1.least_level: is none of the words that it takes",
            "enrolment.attestation.android.1.signatures.1: is a whole number",
            "enrolment.attestation.android.1.signatures: is not a list of SHA-256 digests",
            "enrolment.attestation.android_roots: is missing, and an app needs it",
            "enrolment.attestation.android_status_list: is missing, and an app needs it",
            "enrolment.attestation.apple.0.bundle: is not a bundle identifier",
            "enrolment.attestation.apple.0.team: is not a team identifier",
            "enrolment.attestation.apple_roots: is missing, and an app needs it",
        ]
    );
    let not_a_list = told("[enrolment.attestation]\nandroid = 'com.example.wallet'");
    assert!(
        not_a_list[0]
            .starts_with("enrolment.attestation.android: is text; write a list, of a table of its keys:"),
        "{not_a_list:?}"
    );
}

#[test]
fn files_that_cannot_be_used_are_told_when_the_configuration_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    std::fs::write(file("a"), "no certificate").unwrap();
    std::fs::write(file("b"), "{}").unwrap();
    let text = apps()
        .replace("'a'", &format!("'{}'", file("a").display()))
        .replace("'b'", &format!("'{}'", file("b").display()))
        .replace("'c'", &format!("'{}'", file("c").display()));
    std::fs::write(file("idp.toml"), format!("{ISSUER}{text}")).unwrap();
    let errors = load(Some(&file("idp.toml")), std::iter::empty()).unwrap_err();
    let told: Vec<String> = errors
        .iter()
        .map(|error| format!("{}: {}", error.key, error.problem))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(
        told[0],
        "enrolment.attestation.android_roots: names a file that has no certificate in PEM"
    );
    assert!(
        told[1].ends_with("is not a status list: JSON with a member `entries`"),
        "{told:?}"
    );
    assert!(
        told[2].starts_with("enrolment.attestation.apple_roots: names a file that cannot be read"),
        "{told:?}"
    );
}
