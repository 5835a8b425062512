//! The architecture as tests: who may depend on whom, and what a pure crate may not eat.
//!
//! | rule | test |
//! |---|---|
//! | arrows between our crates; everything absent is forbidden | [`arrows_are_the_allowed_ones`] |
//! | a pure crate compiles in no runtime, socket, database or system randomness | [`pure_crates_compile_in_no_effects`] |
//! | a pure crate's own text has no clock, dice, await or file | [`pure_crates_spell_no_effects`] |
//! | what must build for wasm32 compiles in no native code | [`portable_crates_compile_in_no_native_code`] |
//!
//! `deny.toml` holds the arrows a second time, development dependencies included, and so refuses before anything is built.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the file holds tests only; what their helpers cannot read is a failure of the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The picture in the project's architecture, crate by crate: `(crate, what of ours it may depend on)`.
const ARROWS: &[(&str, &[&str])] = &[
    ("idp-types", &[]),
    ("idp-jose", &["idp-types"]),
    ("idp-vds", &["idp-types", "idp-jose"]),
    ("idp-core", &["idp-types", "idp-vds"]),
    ("idp-authenticator", &["idp-types", "idp-jose", "idp-vds"]),
    ("oidc", &["idp-types", "idp-jose"]),
    ("saml", &["idp-types"]),
    ("vc-issuer", &["idp-types", "idp-jose"]),
    ("p256-tables", &["idp-jose"]),
    ("verdict", &["idp-jose", "p256-tables"]),
    ("envoy-filter", &["idp-jose", "verdict"]),
    ("idp-store", &["idp-types", "idp-core", "oidc", "saml"]),
    ("idp-store-sqlite", &["idp-types", "idp-store"]),
    ("idp-store-postgres", &["idp-types", "idp-store"]),
    ("idp-store-redis", &["idp-types", "idp-core", "idp-store"]),
    // Providers want signed tokens: idp-jose prepares them.
    ("idp-push", &["idp-types", "idp-core", "idp-jose"]),
    (
        "idp-server",
        &[
            "idp-types",
            "idp-jose",
            "idp-vds",
            "idp-core",
            "idp-authenticator",
            "idp-store",
            "idp-store-sqlite",
            "idp-store-postgres",
            "idp-store-redis",
            "idp-push",
            "oidc",
            "saml",
            // `idp gateway check` decides by the gateway's own code.
            "verdict",
        ],
    ),
    // Whole flows: the server as a library and the authenticator. A test is also the relying party that checks tokens (jose), the
    // authority that issues seals to its people (vds) and the provider that pushes to their phones (the recording sender); and the load
    // generator fills a store with more people than can enrol one by one (store) and measures what responses cost (saml).
    (
        "tests",
        &[
            "idp-types",
            "idp-jose",
            "idp-vds",
            "idp-push",
            "idp-store",
            "idp-authenticator",
            "idp-server",
            "saml",
        ],
    ),
];

/// The crates that decide and never act.
const PURE: &[&str] = &[
    "idp-types",
    "idp-jose",
    "idp-vds",
    "idp-core",
    "oidc",
    "saml",
    "vc-issuer",
    "p256-tables",
    "verdict",
];

/// The crates that the gateway filter and the installable web app compile for `wasm32-unknown-unknown`.
const PORTABLE: &[&str] = &["idp-types", "idp-jose", "p256-tables", "verdict", "envoy-filter"];

/// Packages that act: runtimes, sockets, databases and the system's randomness.
const EFFECTS: &[&str] = &[
    "async-trait",
    "aws-lc-rs",
    "axum",
    "futures-util",
    "getrandom",
    "hyper",
    "mio",
    "rand",
    "redis",
    "reqwest",
    "socket2",
    "sqlx",
    "tokio",
    "tower",
    "tracing",
];

/// Spellings of an effect in source text. An address (`std::net::IpAddr`) is a plain value and allowed.
const SPELLINGS: &[&str] = &[
    "async fn",
    "async move",
    ".await",
    "SystemTime",
    "Instant::now",
    "now_utc(",
    "std::env::",
    "std::fs",
    "std::io::stdin",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process::",
    "std::thread",
    "thread_rng",
    "OsRng",
    "SysRng",
    "getrandom",
];

#[test]
fn arrows_are_the_allowed_ones() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(name, targets)| (*name, targets.iter().copied().collect()))
        .collect();
    let members = arrows_of(&workspace());
    let known: Vec<&str> = allowed.keys().copied().collect();
    let found: Vec<&str> = members.keys().map(String::as_str).collect();
    assert_eq!(found, known, "a crate of the workspace needs its line in ARROWS");
    for (name, targets) in &members {
        for target in targets {
            assert!(
                allowed[name.as_str()].contains(target.as_str()),
                "{name} -> {target} is not an allowed arrow"
            );
        }
    }
}

#[test]
fn pure_crates_compile_in_no_effects() {
    for name in PURE {
        let tree = tree_of(name, None);
        for effect in EFFECTS {
            assert!(!tree.contains(*effect), "{name} compiles in {effect}");
        }
    }
}

#[test]
fn pure_crates_spell_no_effects() {
    let workspace = workspace();
    for name in PURE {
        let files = rust_files(&source_folder(&workspace, name));
        assert!(!files.is_empty(), "{name} has no source");
        for file in files {
            assert_spells_no_effect(&file);
        }
    }
}

#[test]
fn portable_crates_compile_in_no_native_code() {
    for name in PORTABLE {
        for package in tree_of(name, Some("wasm32-unknown-unknown")) {
            let native = package.ends_with("-sys")
                || matches!(package.as_str(), "cc" | "cmake" | "libc" | "getrandom");
            assert!(!native, "{name} compiles in {package} for wasm32");
        }
    }
}

#[test]
fn the_scan_sees_code_and_overlooks_comments() {
    assert_eq!(
        spelling_in("    let now = SystemTime::now();"),
        Some("SystemTime")
    );
    assert_eq!(spelling_in("pub async fn load() {}"), Some("async fn"));
    assert_eq!(spelling_in("/// Never `SystemTime`: time is an argument."), None);
    assert_eq!(spelling_in("use std::net::IpAddr;"), None);
}

fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("the workspace describes itself")
}

/// What each crate of ours needs of ours to build and run; what only its tests need is no arrow.
fn arrows_of(workspace: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let members = workspace.workspace_packages();
    let names: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    members
        .iter()
        .map(|package| {
            let targets = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .filter(|dependency| names.contains(dependency.name.as_str()))
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), targets)
        })
        .collect()
}

/// The names of every package that the crate compiles in, itself included.
fn tree_of(name: &str, target: Option<&str>) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--package", name, "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--no-dedupe", "--offline", "--locked"]);
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    let output = cargo.output().expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(names.contains(name), "the tree of {name} holds itself");
    names
}

fn source_folder(workspace: &Metadata, name: &str) -> PathBuf {
    let packages = workspace.workspace_packages();
    let package = packages
        .iter()
        .find(|package| package.name.as_str() == name)
        .expect("a pure crate is a member of the workspace");
    package
        .manifest_path
        .parent()
        .expect("a manifest is in a folder")
        .join("src")
        .into_std_path_buf()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn assert_spells_no_effect(file: &Path) {
    let text = fs::read_to_string(file).expect("a source file is UTF-8");
    for (line, number) in text.lines().zip(1..) {
        if let Some(spelling) = spelling_in(line) {
            panic!("{}:{number}: a pure crate spells `{spelling}`", file.display());
        }
    }
}

/// The first effect that a line of code spells; comments may name what they refuse.
fn spelling_in(line: &str) -> Option<&'static str> {
    let code = line.trim_start();
    if code.starts_with("//") {
        return None;
    }
    SPELLINGS.iter().copied().find(|spelling| code.contains(spelling))
}
