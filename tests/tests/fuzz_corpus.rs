//! Replays every fuzz corpus on every run: each input that was ever worth keeping, without instrumentation and within seconds.
//!
//! A fuzz target is a plain function of a crate's `fuzzing` module. Its name follows from its path: `idp_vds::fuzzing::seal`
//! is the target `vds_seal`, with `fuzz/fuzz_targets/vds_seal.rs` and `fuzz/corpus/vds_seal/`.
//!
//! To add one: the function beside the parser, a line in [`targets!`], a target file and a `[[bin]]` in `fuzz/`, a seed.
//! [`every_parser_has_its_target`] fails until all of them are there.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the file holds tests only; what their helpers cannot read is a failure of the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

/// Declares the targets, and for each a test that replays its corpus.
macro_rules! targets {
    ($($name:ident => $module:ident::fuzzing::$function:ident;)+) => {
        /// Each target and the function that it calls.
        const TARGETS: &[(&str, &str)] = &[
            $((stringify!($name), concat!(stringify!($module), "::fuzzing::", stringify!($function)))),+
        ];

        mod replay {
            $(#[test]
            fn $name() {
                super::replay(stringify!($name), $module::fuzzing::$function);
            })+
        }
    };
}

targets! {
    authenticator_answers => idp_authenticator::fuzzing::answers;
    authenticator_credential => idp_authenticator::fuzzing::credential;
    authenticator_enrolment => idp_authenticator::fuzzing::enrolment;
    authenticator_push => idp_authenticator::fuzzing::push;
    authenticator_scanned => idp_authenticator::fuzzing::scanned;
    authenticator_texts => idp_authenticator::fuzzing::texts;
    authenticator_wallet => idp_authenticator::fuzzing::wallet;
    jose_ecdsa_signature => idp_jose::fuzzing::ecdsa_signature;
    jose_json => idp_jose::fuzzing::json;
    jose_jwe => idp_jose::fuzzing::jwe;
    jose_jwk => idp_jose::fuzzing::jwk;
    jose_jwk_set => idp_jose::fuzzing::jwk_set;
    jose_jws => idp_jose::fuzzing::jws;
    jose_jwt => idp_jose::fuzzing::jwt;
    jose_keys => idp_jose::fuzzing::keys;
    jose_sd_jwt => idp_jose::fuzzing::sd_jwt;
    jose_sd_jwt_processing => idp_jose::fuzzing::sd_jwt_processing;
    jose_status_list => idp_jose::fuzzing::status_list;
    oidc_authorization_request => oidc::fuzzing::authorization_request;
    oidc_ciba_request => oidc::fuzzing::ciba_request;
    oidc_claims_parameter => oidc::fuzzing::claims_parameter;
    oidc_client_assertion => oidc::fuzzing::client_assertion;
    oidc_client_metadata => oidc::fuzzing::client_metadata;
    oidc_device_request => oidc::fuzzing::device_request;
    oidc_dpop_proof => oidc::fuzzing::dpop_proof;
    oidc_token_request => oidc::fuzzing::token_request;
    oidc_end_session_request => oidc::fuzzing::end_session_request;
    oidc_external_hint => oidc::fuzzing::external_hint;
    oidc_request_object => oidc::fuzzing::request_object;
    push_answers => idp_push::fuzzing::answers;
    push_service_account => idp_push::fuzzing::service_account;
    saml_artifact => saml::fuzzing::artifact;
    saml_certificate => saml::fuzzing::certificate;
    saml_form => saml::fuzzing::form;
    saml_message => saml::fuzzing::message;
    saml_metadata_document => saml::fuzzing::metadata_document;
    saml_query => saml::fuzzing::query;
    saml_soap => saml::fuzzing::soap;
    server_approval_bodies => idp_server::fuzzing::approval_bodies;
    server_config => idp_server::fuzzing::config;
    server_device_authorization => idp_server::fuzzing::device_authorization;
    server_enrolment_bodies => idp_server::fuzzing::enrolment_bodies;
    server_service_input => idp_server::fuzzing::service_input;
    store_canonical_record => idp_store::fuzzing::canonical_record;
    store_federation_document => idp_store::fuzzing::federation_document;
    store_holder_document => idp_store::fuzzing::holder_document;
    store_service_document => idp_store::fuzzing::service_document;
    types_identifiers => idp_types::fuzzing::identifiers;
    types_words => idp_types::fuzzing::words;
    vc_issuer_bitstring => vc_issuer::fuzzing::bitstring;
    vc_issuer_credential => vc_issuer::fuzzing::credential;
    vc_issuer_holder_proof => vc_issuer::fuzzing::holder_proof;
    vc_issuer_mdoc => vc_issuer::fuzzing::mdoc;
    vc_issuer_request => vc_issuer::fuzzing::request;
    vds_android_attestation => idp_vds::fuzzing::android_attestation;
    vds_apple_attestation => idp_vds::fuzzing::apple_attestation;
    vds_attestation_files => idp_vds::fuzzing::attestation_files;
    vds_carrier => idp_vds::fuzzing::carrier;
    vds_certificate => idp_vds::fuzzing::certificate;
    vds_header => idp_vds::fuzzing::header;
    vds_lists => idp_vds::fuzzing::lists;
    vds_person => idp_vds::fuzzing::person;
    vds_seal => idp_vds::fuzzing::seal;
    vds_service => idp_vds::fuzzing::service;
    vds_signed_list => idp_vds::fuzzing::signed_list;
    vds_values => idp_vds::fuzzing::values;
    verdict_p256_tables => verdict::fuzzing::p256_tables;
    verdict_policy => verdict::fuzzing::policy;
    verdict_request => verdict::fuzzing::request;
}

#[test]
fn every_parser_has_its_target() {
    let functions: BTreeSet<String> = fuzzing_functions();
    let declared: BTreeSet<String> = TARGETS.iter().map(|(_, path)| (*path).to_owned()).collect();
    assert_eq!(
        declared, functions,
        "targets! lists every function of every fuzzing.rs"
    );
}

#[test]
fn every_target_calls_its_parser() {
    let manifest = read(&fuzz().join("Cargo.toml"));
    for (name, path) in TARGETS {
        let expected = path.trim_start_matches("idp_").replace("::fuzzing::", "_");
        assert_eq!(*name, expected, "the name of the target for {path}");
        let source = read(&fuzz().join(format!("fuzz_targets/{name}.rs")));
        assert!(source.contains(&format!("{path}(data)")), "{name} calls {path}");
        assert!(
            manifest.contains(&format!("\"fuzz_targets/{name}.rs\"")),
            "{name} is a [[bin]]"
        );
    }
}

#[test]
fn nothing_is_left_over_in_the_fuzz_folder() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        stems(&fuzz().join("corpus")),
        names,
        "a corpus for each target and for nothing else"
    );
    assert_eq!(
        stems(&fuzz().join("fuzz_targets")),
        names,
        "a source file for each target and for nothing else"
    );
}

/// Runs a target over its corpus: each input as it is, cut short at every octet, and with every octet inverted.
fn replay(name: &str, target: fn(&[u8])) {
    let files = entries(&fuzz().join("corpus").join(name));
    assert!(!files.is_empty(), "the corpus of {name} is empty");
    for file in files {
        let input = fs::read(&file).expect("a corpus file is readable");
        let outcome = panic::catch_unwind(|| {
            target(&input);
            for position in 0..input.len() {
                target(&input[..position]);
                let mut damaged = input.clone();
                damaged[position] = !damaged[position];
                target(&damaged);
            }
        });
        assert!(outcome.is_ok(), "{name} panics over {}", file.display());
    }
}

/// The crates that stand beside `idp/`; the last part of the path is the name.
const TOP_LEVEL: [&str; 4] = ["oidc", "saml", "vc-issuer", "envoy-filter/verdict"];

/// The paths of all public functions in the `fuzzing` modules of our crates.
fn fuzzing_functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let family = entries(&root.join("idp")).into_iter().filter_map(|folder| {
        let name = folder.file_name()?.to_str()?.replace('-', "_");
        Some((format!("idp_{name}"), folder))
    });
    let protocols = TOP_LEVEL.map(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        (name.replace('-', "_"), root.join(path))
    });
    family
        .chain(protocols)
        .filter_map(|(name, folder)| {
            let source = fs::read_to_string(folder.join("src/fuzzing.rs")).ok()?;
            Some((name, source))
        })
        .flat_map(|(name, source)| {
            source
                .lines()
                .filter_map(|line| line.strip_prefix("pub fn ")?.split_once('('))
                .map(|(function, _)| format!("{name}::fuzzing::{function}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder entry").path())
        .collect()
}

fn stems(folder: &Path) -> BTreeSet<String> {
    entries(folder)
        .iter()
        .filter_map(|path| path.file_stem())
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect()
}
