//! The phone's folder: one wallet, for its owner alone.

use std::path::{Path, PathBuf};

use idp_authenticator::wallet::WALLET_LIMIT;
use idp_authenticator::{DeviceKey, Wallet};

use crate::cli::CliError;
use crate::cli::files::{make_private_folder, read, read_text, write_private};

/// Where the phone keeps what it has.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct StoreArgument {
    /// The phone's folder; ~/.local/share/idtoken-phone unless given.
    #[arg(long, value_name = "DIR", env = "IDTOKEN_PHONE")]
    store: Option<PathBuf>,
}

/// The folder.
pub(super) struct Store(PathBuf);

impl StoreArgument {
    /// The folder that is meant.
    pub(super) fn store(&self) -> Result<Store, CliError> {
        if let Some(directory) = &self.store {
            return Ok(Store::at(directory));
        }
        let data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share"));
        let base = data.or_else(home).ok_or_else(|| {
            CliError::usage(
                "the phone has no folder",
                "neither HOME nor XDG_DATA_HOME is set",
                "give --store DIR",
            )
        })?;
        Ok(Store(base.join("idtoken-phone")))
    }
}

impl Store {
    pub(super) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    fn wallet_file(&self) -> PathBuf {
        self.0.join("wallet.json")
    }

    /// A key that waits for another device's approval.
    fn waiting_file(&self) -> PathBuf {
        self.0.join("waiting-key.pem")
    }

    /// The wallet, if the phone is enrolled.
    pub(super) fn find(&self) -> Result<Option<Wallet>, CliError> {
        let path = self.wallet_file();
        if !path.exists() {
            return Ok(None);
        }
        let wallet = Wallet::parse(&read(&path, WALLET_LIMIT)?).map_err(|error| {
            CliError::failed(
                format!("{} is not a wallet", path.display()),
                error,
                "choose another --store and enrol anew",
            )
        })?;
        Ok(Some(wallet))
    }

    /// The wallet of an enrolled phone.
    pub(super) fn open(&self) -> Result<Wallet, CliError> {
        self.find()?.ok_or_else(|| {
            let what = format!("no phone is enrolled in {}", self.0.display());
            CliError::failed(
                what,
                "there is no wallet",
                "enrol first: idp phone enrol --help, or give --store",
            )
        })
    }

    /// Keeps the wallet.
    pub(super) fn keep(&self, wallet: &Wallet) -> Result<(), CliError> {
        let document = wallet.to_json();
        let document =
            document.map_err(|error| CliError::failed("the wallet cannot be written", error, ""))?;
        make_private_folder(&self.0)?;
        write_private(&self.wallet_file(), &document)
    }

    /// Keeps a key until another device has approved it.
    pub(super) fn keep_waiting(&self, key: &DeviceKey) -> Result<(), CliError> {
        let pem = key.to_pkcs8_pem();
        let pem = pem.map_err(|error| CliError::failed("the key cannot be written", error, ""))?;
        make_private_folder(&self.0)?;
        write_private(&self.waiting_file(), pem.as_bytes())
    }

    /// The key that waited.
    pub(super) fn waiting(&self) -> Result<DeviceKey, CliError> {
        let pem = read_text(&self.waiting_file(), 4_096)?;
        DeviceKey::from_pkcs8_pem(&pem).map_err(|error| {
            CliError::failed(
                "the key that waited cannot be read",
                error,
                "enrol again without --approval",
            )
        })
    }

    /// Nothing waits any more.
    pub(super) fn forget_waiting(&self) {
        // A key that was never enrolled opens nothing; that it stays is no failure of the enrolment.
        let _ = std::fs::remove_file(self.waiting_file());
    }
}
