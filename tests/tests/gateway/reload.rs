//! `failure_policy: FAIL_RELOAD`: a VM that failed comes back, ready from the keys of its configuration. Nothing makes the filter fail, so this
//! one was changed: it traps when the provider answers.

use std::time::Duration;

use serde_json::json;
use tests::{Gateway, Receiver, Setup};

use super::outages::reply;
use super::{AUDIENCE, ISSUER, Issuer, everything};

const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const IMPORTS: u8 = 2;

/// Reads what a module is made of (WebAssembly core specification, chapter 5).
struct Reader<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let byte = self.bytes[self.place];
        self.place += 1;
        byte
    }

    /// LEB128.
    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }

    fn name(&mut self) -> &[u8] {
        let length = self.number();
        self.place += length;
        &self.bytes[self.place - length..self.place]
    }

    /// Where the content of a section begins.
    fn section(bytes: &[u8], wanted: u8) -> Reader<'_> {
        let mut reader = Reader { bytes, place: 8 };
        loop {
            let kind = reader.byte();
            let length = reader.number();
            if kind == wanted {
                return reader;
            }
            reader.place += length;
        }
    }
}

/// How many functions are imported; they come first in the numbering. This module imports nothing else.
fn imported(module: &[u8]) -> usize {
    let mut reader = Reader::section(module, IMPORTS);
    let count = reader.number();
    for _ in 0..count {
        reader.name();
        reader.name();
        assert_eq!(reader.byte(), 0, "a function");
        reader.number();
    }
    count
}

fn exported(module: &[u8], wanted: &[u8]) -> usize {
    let mut reader = Reader::section(module, EXPORTS);
    for _ in 0..reader.number() {
        let is_wanted = reader.name() == wanted;
        reader.byte();
        let index = reader.number();
        if is_wanted {
            return index;
        }
    }
    panic!("no such export");
}

/// The module with a function that does nothing but trap: no locals, `unreachable`, `nop` up to its length, `end`.
fn trapping(module: &[u8], export: &[u8]) -> Vec<u8> {
    let wanted = exported(module, export) - imported(module);
    let mut reader = Reader::section(module, CODE);
    reader.number();
    let (mut start, mut length) = (0, 0);
    for _ in 0..=wanted {
        length = reader.number();
        start = reader.place;
        reader.place += length;
    }
    let mut changed = module.to_vec();
    let body = &mut changed[start..start + length];
    body.fill(0x01);
    body[..2].copy_from_slice(&[0x00, 0x00]);
    body[length - 1] = 0x0b;
    changed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_comes_back_after_a_failure_ready_from_its_configuration() {
    let issuer = Issuer::new();
    let idp = Receiver::start().await;
    idp.answer_usually(reply(&issuer.key.jwks()));
    let module = std::fs::read(tests::gateway::module()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trapping.wasm");
    std::fs::write(&file, trapping(&module, b"proxy_on_http_call_response")).unwrap();
    let jwks = json!({"cluster": "idp", "uri": "http://idp.example/jwks", "refresh_seconds": 1});
    let described =
        json!({"issuer": ISSUER, "audiences": [AUDIENCE], "keys": issuer.key.jwks(), "jwks": jwks});
    let mut setup = Setup::new(&idp.uri);
    setup.module = Some(file);
    let gateway = Gateway::start(
        &issuer.policy(everything(), json!({"issuers": {"idp": described}})),
        &setup,
    )
    .await;
    let good = issuer.token(json!({}));
    // With a key that is known: who waits for keys in a VM that fails is never answered.
    let (input, _) = good.rsplit_once('.').unwrap();
    let bad = format!("{input}.{}", "A".repeat(86));
    let coming_back = async {
        loop {
            // While it is down nobody passes.
            let (refused, passed) = (gateway.ask("/", &bad).await, gateway.ask("/", &good).await);
            assert!(matches!(refused.status.as_u16(), 401 | 503), "{refused:?}");
            assert!(matches!(passed.status.as_u16(), 200 | 503), "{passed:?}");
            if gateway.statistic("vm_reload_success").await > 0 && passed.status.is_success() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(30), coming_back).await;
    assert!(came.is_ok(), "it never came back: {}", gateway.log());
}
