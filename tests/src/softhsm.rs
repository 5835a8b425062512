//! A token of a test's own in SoftHSM, and what happens to tokens: they are pulled out and put back.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use idp_server::config::Pkcs11Config;

use crate::fresh;

const PIN: &str = "1234";

/// A token.
pub struct SoftToken {
    module: String,
    label: String,
    place: PathBuf,
    away: PathBuf,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} says where SoftHSM is; `tests/run` sets it"))
}

fn util(arguments: &[&str]) -> String {
    let done = Command::new("softhsm2-util")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("softhsm2-util runs; install the package softhsm2");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The folder of all tokens.
fn folder() -> PathBuf {
    let settings = std::fs::read_to_string(variable("SOFTHSM2_CONF")).expect("the configuration of SoftHSM");
    let mut lines = settings.lines();
    let line = lines.find_map(|line| line.strip_prefix("directories.tokendir"));
    let value = line.expect("a folder of tokens").trim_start_matches([' ', '=']);
    PathBuf::from(value.trim())
}

impl SoftToken {
    /// Makes one.
    pub fn create() -> Self {
        let label = fresh("flow");
        let pins = ["--pin", PIN, "--so-pin", "5678"];
        util(&[&["--init-token", "--free", "--label", &label], pins.as_slice()].concat());
        let folder = folder();
        let place = folder.join(directory(&folder, &label));
        let away = folder.with_file_name(format!("away-{label}"));
        Self {
            module: variable("IDP_TEST_PKCS11"),
            label,
            place,
            away,
        }
    }

    /// How a server uses it for new keys of these purposes.
    pub fn config(&self, purposes: &[&str]) -> Pkcs11Config {
        Pkcs11Config::at(&self.module, &self.label, PIN, purposes).expect("purposes")
    }

    /// Pulls it out.
    pub fn pull(&self) {
        std::fs::rename(&self.place, &self.away).expect("the token is there");
    }

    /// Puts it back.
    pub fn put_back(&self) {
        std::fs::rename(&self.away, &self.place).expect("the token is away");
    }
}

/// The name of a token's folder ends with its serial number.
fn directory(folder: &Path, label: &str) -> String {
    let said = util(&["--show-slots"]);
    let (before, _) = said
        .split_once(&format!("{label} "))
        .expect("the token is listed");
    let line = before
        .lines()
        .rfind(|line| line.contains("Serial number"))
        .expect("a serial number");
    let serial = line.rsplit(':').next().unwrap_or_default().trim();
    let names = std::fs::read_dir(folder).expect("the folder of tokens");
    names
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.replace('-', "").ends_with(serial))
        .expect("a folder of this token")
}
