//! `idp phone enrol` (profile 2).

use std::path::{Path, PathBuf};

use idp_authenticator::enrolment::Proof;
use idp_authenticator::face::FacePurpose;
use idp_authenticator::wallet::WalletParts;
use idp_authenticator::{
    Admission as Admitted, Challenge, DeviceKey, DeviceSigner, Enrolment, EnrolmentSeal, FaceCheck, Issuer,
    NoFaceCheck, Wallet,
};
use idp_types::{DeviceId, SessionId};
use idp_vds::carrier::TEXT_LIMIT;
use serde_json::json;
use zeroize::Zeroizing;

use super::client::{Answer, Client, now};
use super::store::{Store, StoreArgument};
use super::view::grouped;
use crate::cli::files::read_text;
use crate::cli::output::{json as print_json, note};
use crate::cli::{CliError, Output};
use crate::crypto::{random, random_id};

/// An enrolment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp phone enrol --issuer https://id.example --seal jean.txt
  idp phone enrol --issuer https://id.example --seal jean.txt --enrolment-code ABCDE-FGHIJ-KLMNO-PQRST

Where a device is enrolled already, that one has to approve: type the code that is shown here on it, then run the same
again with the --device-id and --approval that are named. With --json they are in admission, and the command ends with 1.")]
pub(in crate::cli) struct Arguments {
    /// The server: its https origin, or http on this machine.
    #[arg(long, value_name = "URL", value_parser = Issuer::parse)]
    issuer: Issuer,
    /// The person's seal, as text; - is standard input.
    #[arg(long, value_name = "FILE")]
    seal: PathBuf,
    /// The device's name; invented unless given.
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// A one-time code from the issuance station or an operator.
    #[arg(long, value_name = "CODE", conflicts_with = "approval")]
    enrolment_code: Option<String>,
    /// The session in which another device approved this one.
    #[arg(long, value_name = "SESSION", requires = "device_id")]
    approval: Option<SessionId>,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

/// What a device enrols as, and with.
#[derive(Debug)]
pub(crate) struct Admission {
    /// The device's name.
    pub(crate) device_id: DeviceId,
    /// A one-time code.
    pub(crate) enrolment_code: Option<String>,
}

/// Everything that an enrolment needs.
struct Plan<'a> {
    issuer: Issuer,
    seal: &'a EnrolmentSeal,
    device_id: DeviceId,
    admission: Admitted,
    store: &'a Store,
    output: Output,
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::failed("the phone cannot be enrolled", error, "")
}

fn read_seal(text: &str) -> Result<EnrolmentSeal, CliError> {
    let seal = EnrolmentSeal::trusting_issuer(text.trim_matches(['\r', '\n', '\t']), now());
    seal.map_err(|error| {
        CliError::failed(
            "the seal cannot be enrolled",
            error,
            "give the text of a person's seal: idp seal show FILE",
        )
    })
}

/// Enrols a device in a folder of its own.
///
/// # Errors
/// [`CliError`] when the server refuses, or the folder cannot be written.
pub(crate) async fn enrol(
    issuer: &str,
    seal: &str,
    store: &Path,
    admission: Admission,
) -> Result<(), CliError> {
    let plan = Plan {
        issuer: Issuer::parse(issuer).map_err(failed)?,
        seal: &read_seal(seal)?,
        device_id: admission.device_id,
        admission: admission.enrolment_code.map_or(Admitted::Open, Admitted::Code),
        store: &Store::at(store),
        output: Output::default(),
    };
    plan.carry_out().await.map(|_| ())
}

fn new_key() -> Result<DeviceKey, CliError> {
    loop {
        let bytes = Zeroizing::new(random::<32>().map_err(failed)?);
        // Once in 2^32 draws the number is no key: draw again.
        if let Ok(key) = DeviceKey::from_random(&bytes) {
            return Ok(key);
        }
    }
}

impl Plan<'_> {
    /// The key that this device enrolled with before: it vouches for the new one.
    fn previous(&self) -> Result<Option<Wallet>, CliError> {
        let Some(wallet) = self.store.find()? else {
            return Ok(None);
        };
        let identity = wallet.identity();
        let same = identity.issuer == self.issuer
            && identity.token_id == self.seal.person().token_id
            && identity.device_id == self.device_id;
        if same {
            return Ok(Some(wallet));
        }
        let why = format!(
            "it is device {} of {} at {}",
            identity.device_id, identity.token_id, identity.issuer
        );
        Err(CliError::failed(
            "the folder is another phone's",
            why,
            "choose another --store, or the same --device-id",
        ))
    }

    async fn carry_out(&self) -> Result<Wallet, CliError> {
        let previous = self.previous()?;
        let key = match self.admission {
            Admitted::Approved(_) => self.store.waiting()?,
            _ => new_key()?,
        };
        let client = Client::new(self.issuer.clone())?;
        let challenge = client.post("/enroll/challenge", "{}").await?.accepted()?;
        let challenge = Challenge::parse(&challenge).map_err(failed)?;
        let enrolment = Enrolment {
            issuer: &self.issuer,
            seal: self.seal,
            device_id: &self.device_id,
            signer: &key,
            push: None,
            admission: &self.admission,
        };
        let before = previous.as_ref().map(|wallet| wallet.key() as &dyn DeviceSigner);
        let proof = Proof {
            challenge: &challenge,
            previous: before,
        };
        let body = Zeroizing::new(enrolment.body(Some(&proof), now()).map_err(failed)?);
        let answer = client.post("/enroll", &body).await?;
        self.check_approval(&answer, &key)?;
        let credential = enrolment.complete(&answer.accepted()?, now()).map_err(failed)?;
        let parts = WalletParts {
            issuer: self.issuer.clone(),
            device_id: self.device_id.clone(),
            key,
            encryption_key: None,
            credential,
            seal: Zeroizing::new(self.seal.text().to_owned()),
        };
        let wallet = Wallet::new(parts, now()).map_err(failed)?;
        self.store.keep(&wallet)?;
        self.store.forget_waiting();
        Ok(wallet)
    }

    /// Another device has to approve: this one's key waits.
    fn check_approval(&self, answer: &Answer, key: &DeviceKey) -> Result<(), CliError> {
        let Some(approval) = answer.problem().and_then(|problem| problem.approval) else {
            return Ok(());
        };
        self.store.keep_waiting(key)?;
        if self.output.json {
            print_json(&json!({"enrolled": false, "admission": {
                "sessionId": approval.session_id, "code": approval.code.reveal(), "deviceId": self.device_id,
                "expiresAt": approval.expires_at,
            }}))?;
        } else {
            // A device that is enrolled decides in mode transfer: the code is carried to it (profile 2.3).
            note(&format!(
                "code {}: type this code on the enrolled phone, there it admits this one",
                grouped(&approval.code)
            ));
        }
        let again = format!(
            "approve there, then run the same again with --device-id {} --approval {}",
            self.device_id, approval.session_id
        );
        let refused = CliError::failed(
            "a device that is enrolled already has to approve this one",
            "it was asked just now",
            again,
        );
        Err(refused.with_result_printed())
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let text = read_text(&arguments.seal, TEXT_LIMIT)?;
    let invented = || DeviceId::parse(random_id("phone-").map_err(failed)?).map_err(failed);
    let device_id = arguments.device_id.clone().map_or_else(invented, Ok)?;
    let admission = match (&arguments.enrolment_code, &arguments.approval) {
        (Some(code), _) => Admitted::Code(code.trim().to_ascii_uppercase()),
        (None, Some(session_id)) => Admitted::Approved(session_id.clone()),
        (None, None) => Admitted::Open,
    };
    let face = NoFaceCheck.check(FacePurpose::Enrolment);
    let plan = Plan {
        issuer: arguments.issuer.clone(),
        seal: &read_seal(&text)?,
        device_id,
        admission,
        store: &arguments.store.store()?,
        output: arguments.output,
    };
    let wallet = plan.carry_out().await?;
    let identity = wallet.identity();
    let value = json!({
        "enrolled": true, "issuer": identity.issuer, "tokenId": identity.token_id, "deviceId": identity.device_id,
        "expiresAt": wallet.credential().expires_at(), "faceVerification": "none",
    });
    let text = format!(
        "enrolled device {} of {} at {}\nuntil {}\n{}",
        identity.device_id,
        identity.token_id,
        identity.issuer,
        wallet.credential().expires_at().to_rfc3339(),
        face.statement()
    );
    arguments.output.print(&value, &text)
}
