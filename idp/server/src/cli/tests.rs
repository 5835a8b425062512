//! Commands that need no server, from their arguments to their exit code.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::{CommandFactory, Parser};

use super::{Cli, CliError};

const PERSON: &str = r#"{"given_name": "Jean", "family_name": "Dupont", "birth_date": "1985-06-15", "nationality": "FRA",
    "document_number": "12AB34567", "token_id": "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11", "expires": "2099-05-30"}"#;

/// Runs a command in a folder: `@name` stands for a file in it.
fn run(folder: &Path, arguments: &[&str]) -> Result<(), CliError> {
    let place = |argument: &&str| match argument.strip_prefix('@') {
        Some(name) => folder.join(name).into_os_string(),
        None => OsString::from(argument),
    };
    let arguments = std::iter::once(OsString::from("idp")).chain(arguments.iter().map(place));
    let cli = Cli::try_parse_from(arguments).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(cli.command.run())
}

/// Issues Jean's seal under the folder's scheme.
fn issue(folder: &Path, more: &[&str]) -> Result<(), CliError> {
    let issue = ["seal", "issue", "--trust", "@trust", "--payload", "@person.json"];
    run(folder, &[&issue, more].concat())
}

/// A folder with a scheme and a seal of Jean's.
fn scheme() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("person.json"), PERSON).unwrap();
    run(
        folder.path(),
        &["trust", "init", "@trust", "--operator", "Demo scheme"],
    )
    .unwrap();
    issue(folder.path(), &["--out", "@jean"]).unwrap();
    folder
}

fn reason(refused: &CliError) -> String {
    refused.to_string().lines().next().unwrap().to_owned()
}

#[test]
fn the_arguments_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_help_and_every_leaf_an_example() {
    fn visit(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        assert!(command.get_about().is_some(), "{path} says nothing of itself");
        let mut leaf = true;
        for below in command
            .get_subcommands()
            .filter(|below| below.get_name() != "help")
        {
            leaf = false;
            visit(below, &path);
        }
        // `serve` and `demo` are in the examples of `idp` itself.
        let is_exempt = path.ends_with(" serve") || path.ends_with(" demo");
        if leaf && !is_exempt {
            assert!(command.get_after_help().is_some(), "{path} has no example");
        }
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some() || argument.is_hide_set(),
                "{path}: {} is not explained",
                argument.get_id()
            );
        }
    }
    let mut command = Cli::command();
    command.build();
    visit(&command, "");
}

#[test]
fn wrong_arguments_are_no_command() {
    for arguments in [
        vec!["idp"],
        vec!["idp", "seal", "verify", "x"],
        vec!["idp", "trust", "add", "seal-revocation", "x"],
        vec!["idp", "operator", "token", "--name", "a"],
        vec![
            "idp",
            "operator",
            "token",
            "--name",
            "a",
            "--scope",
            "idtoken:all",
        ],
        vec!["idp", "phone", "approve", "--once", "--watch"],
        vec![
            "idp",
            "phone",
            "enrol",
            "--issuer",
            "http://id.example",
            "--seal",
            "x",
        ],
        vec!["idp", "phone", "approve", "--code", "12345"],
        vec!["idp", "trust", "init", "x", "--operator", " "],
        vec!["idp", "key", "rotate", "everything"],
        vec!["idp", "device", "revoke", "jean", "--reason", "revoked_seal"],
    ] {
        assert!(Cli::try_parse_from(&arguments).is_err(), "{arguments:?}");
    }
}

#[test]
fn a_seal_of_ones_own_scheme_verifies_and_a_tampered_one_does_not() {
    let folder = scheme();
    let folder = folder.path();
    run(folder, &["seal", "verify", "@jean", "--trust", "@trust"]).unwrap();
    run(folder, &["seal", "show", "@jean"]).unwrap();
    run(folder, &["seal", "show", "@jean", "--json"]).unwrap();
    run(folder, &["trust", "show", "@trust"]).unwrap();
    let seal = fs::read_to_string(folder.join("jean")).unwrap();
    let seal = idp_vds::decode_text(&seal).unwrap();
    let mut bytes = seal.as_bytes().to_vec();
    // The last letter of the given name: Jean becomes Jeao.
    let position = bytes.windows(4).position(|window| window == b"Jean").unwrap() + 3;
    bytes[position] += 1;
    fs::write(folder.join("tampered"), &bytes).unwrap();
    let refused = run(folder, &["seal", "verify", "@tampered", "--trust", "@trust"]).unwrap_err();
    assert_eq!(
        (reason(&refused).as_str(), refused.exit_code()),
        ("the seal is not valid: bad_signature", 1)
    );
    run(folder, &["seal", "show", "@tampered"]).unwrap();
}

#[test]
fn private_keys_are_for_their_owner_alone_and_lists_for_everybody() {
    let folder = scheme();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let trust = folder.path().join("trust");
    assert_eq!(mode(&trust.join("private")), 0o700);
    let private = fs::read_dir(trust.join("private"))
        .unwrap()
        .map(|file| file.unwrap().path());
    // The CA's certificate stands among them and is public.
    for file in private.filter(|path| path.extension().is_some_and(|kind| kind != "pem")) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(&trust.join("governance.jwt")) & 0o444, 0o444);
    assert_eq!(mode(&folder.path().join("jean")), 0o600, "a seal is a person's");
}

#[test]
fn every_carrier_reads_back() {
    let folder = scheme();
    let folder = folder.path();
    for carrier in ["base32", "base45", "base64", "base64url", "hex", "hc1", "vds"] {
        issue(folder, &["--out", "@seal", "--force", "--carrier", carrier]).unwrap();
        run(folder, &["seal", "verify", "@seal", "--trust", "@trust"]).unwrap();
    }
}

#[test]
fn pictures_are_of_a_known_kind() {
    let folder = scheme();
    let folder = folder.path();
    for picture in ["@qr.png", "@qr.svg"] {
        issue(folder, &["--out", "@seal", "--force", "--qr", picture]).unwrap();
    }
    assert!(fs::read(folder.join("qr.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(
        fs::read_to_string(folder.join("qr.svg"))
            .unwrap()
            .contains("<svg")
    );
    let refused = issue(folder, &["--out", "@seal", "--force", "--qr", "@qr.gif"]).unwrap_err();
    assert_eq!(refused.exit_code(), 2);
}

#[test]
fn a_revoked_seal_is_refused_and_lists_grow() {
    let folder = scheme();
    let folder = folder.path();
    run(
        folder,
        &["trust", "add", "seal-revocation", "@trust", "--seal", "@jean"],
    )
    .unwrap();
    let refused = run(folder, &["seal", "verify", "@jean", "--trust", "@trust"]).unwrap_err();
    assert_eq!(reason(&refused), "the seal is not valid: revoked_seal");
    run(folder, &["trust", "sign", "@trust"]).unwrap();
    let now = crate::clock::Clock::now(&crate::clock::SystemClock);
    let store = super::trust_lists::load(&folder.join("trust"), now).unwrap();
    let sequences: Vec<u64> = store.lists().iter().map(|list| list.sequence).collect();
    assert_eq!(sequences, [3; 5], "init, revocation, sign");
}

#[test]
fn a_new_certificate_is_never_put_in_place_by_accident() {
    let folder = scheme();
    let folder = folder.path();
    let refused = run(folder, &["trust", "add", "cert", "@trust"]).unwrap_err();
    assert_eq!(refused.exit_code(), 2);
    run(folder, &["seal", "verify", "@jean", "--trust", "@trust"]).unwrap();
    run(
        folder,
        &["trust", "add", "cert", "@trust", "--trust-level", "2", "--yes"],
    )
    .unwrap();
    let refused = run(folder, &["seal", "verify", "@jean", "--trust", "@trust"]).unwrap_err();
    assert_eq!(reason(&refused), "the seal is not valid: revoked_certificate");
    issue(folder, &["--out", "@second"]).unwrap();
    run(folder, &["seal", "verify", "@second", "--trust", "@trust"]).unwrap();
}

#[test]
fn a_scheme_is_made_once_and_needs_its_private_part() {
    let folder = scheme();
    let folder = folder.path();
    let again = run(folder, &["trust", "init", "@trust", "--operator", "Other"]).unwrap_err();
    assert_eq!(again.exit_code(), 1);
    fs::rename(folder.join("trust/private"), folder.join("safe")).unwrap();
    run(folder, &["trust", "show", "@trust"]).unwrap();
    run(folder, &["seal", "verify", "@jean", "--trust", "@trust"]).unwrap();
    run(folder, &["trust", "sign", "@trust"]).unwrap_err();
    issue(folder, &["--out", "@seal"]).unwrap_err();
}

#[test]
fn a_key_alone_vouches_for_the_signature() {
    let folder = scheme();
    let folder = folder.path();
    let certificate = fs::read_to_string(folder.join("trust/certs/XX010001.pem")).unwrap();
    let der = idp_vds::trust::from_pem(&certificate).unwrap();
    let authority = fs::read_to_string(folder.join("trust/private/authority.pem")).unwrap();
    let authority = idp_vds::trust::from_pem(&authority).unwrap();
    let authority = idp_vds::trust::AuthorityCertificate::read(&authority, &"XX01".parse().unwrap()).unwrap();
    let signing =
        idp_vds::trust::SigningCertificate::read(&der, &authority, &crate::crypto::AwsVerifier).unwrap();
    fs::write(folder.join("right.pem"), signing.key().to_spki_pem()).unwrap();
    fs::write(folder.join("wrong.pem"), authority.key().to_spki_pem()).unwrap();
    run(folder, &["seal", "verify", "@jean", "--key", "@right.pem"]).unwrap();
    let refused = run(folder, &["seal", "verify", "@jean", "--key", "@wrong.pem"]).unwrap_err();
    assert_eq!(reason(&refused), "the seal is not valid: bad_signature");
}

#[test]
fn a_configuration_is_checked_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("good.toml"), "issuer = \"https://id.example\"\n").unwrap();
    fs::write(folder.join("bad.toml"), "issuer = 1\nlisten = \"nowhere\"\n").unwrap();
    run(folder, &["config", "check", "--config", "@good.toml"]).unwrap();
    run(folder, &["config", "schema"]).unwrap();
    let refused = run(folder, &["config", "check", "--config", "@bad.toml"])
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("issuer") && refused.contains("listen"),
        "{refused}"
    );
}

#[test]
fn a_phone_that_is_not_enrolled_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["phone", "show"][..],
        &["phone", "pending"],
        &["phone", "approve"],
        &["phone", "claim", "x"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--store", "@phone"]).collect();
        let refused = run(folder.path(), &arguments).unwrap_err();
        assert!(refused.to_string().contains("idp phone enrol"), "{refused}");
    }
}

#[test]
fn a_seal_is_not_written_over_by_accident() {
    let folder = scheme();
    let folder = folder.path();
    let before = fs::read(folder.join("jean")).unwrap();
    let refused = issue(folder, &["--out", "@jean"]).unwrap_err();
    assert!(refused.to_string().contains("--force"), "{refused}");
    assert_eq!(fs::read(folder.join("jean")).unwrap(), before);
    issue(folder, &["--out", "@jean", "--force"]).unwrap();
}

#[test]
fn the_innermost_command_says_how_to_print() {
    let json = |arguments: &[&str]| {
        let matches = Cli::command().try_get_matches_from(arguments).unwrap();
        super::output_of(&matches).json
    };
    assert!(json(&["idp", "phone", "pending", "--json"]));
    assert!(!json(&["idp", "phone", "pending"]));
    assert!(!json(&["idp", "serve"]), "it has no --json");
}
