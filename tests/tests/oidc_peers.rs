//! Issue 3, "Must hold": relying party libraries of other people work against the running command with their default settings.

mod openidconnect;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::idp::program;
use crate::phone_cli::Demo;

/// The folder of a library.
fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// A configuration of the demo's data, with which the command registers clients beside the running server.
fn configuration(demo: &Demo) -> PathBuf {
    let place = demo.directory.path().join("idp.toml");
    let config = format!(
        "issuer = \"{}\"\ndata_dir = \"{}\"\n",
        demo.fact("issuer"),
        demo.directory.path().join("data").display()
    );
    std::fs::write(&place, config).unwrap();
    place
}

/// Runs the tests of a library, which say what they do, against a demo.
fn prove(command: &mut Command) {
    let demo = Demo::start();
    let done = command
        .env("PEER_COMMAND", program())
        .env("PEER_CONFIG", configuration(&demo))
        .env("PEER_PHONE", demo.fact("phoneStore"))
        .env("PEER_TOKEN_ID", demo.fact("tokenId"))
        .env("PEER_URL", demo.fact("issuer"))
        .output()
        .expect("the library's language is there; tests/run installs it");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

/// openid-client 6 (Node.js) with `enableNonRepudiationChecks`.
#[test]
fn openid_client() {
    let peer = peer("openid-client");
    let is_there = peer.join("node_modules").is_dir();
    assert!(
        is_there,
        "install it, as tests/run does: npm ci --prefix tests/peers/openid-client"
    );
    prove(
        Command::new("node")
            .args(["--test", "--test-reporter=spec", "client.test.mjs"])
            .current_dir(peer),
    );
}

/// Authlib 1 (Python) in a Flask application.
#[test]
fn authlib() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/authlib/bin/python");
    assert!(
        python.is_file(),
        "install it, as tests/run does: tests/peers/authlib/requirements.txt"
    );
    prove(
        Command::new(python)
            .args(["-B", "client_test.py"])
            .current_dir(peer("authlib")),
    );
}
