//! `idp push keys|test`.

use std::path::PathBuf;

use data_encoding::BASE64_MIME;
use idp_push::{Push, PushBody};
use idp_types::encoding::base64url;
use idp_types::{DeviceId, SessionId, TokenId};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::files::write_private;
use super::offline::ConfigFile;
use super::{CliError, Output};
use crate::crypto::random_id;
use crate::keys::SoftwareSigner;
use crate::push::message_for;

/// Seconds that a test message is worth delivering.
const TEST_SECONDS: i64 = 60;

/// What to do with pushes.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make the key that Web Push subscriptions are bound to (VAPID, RFC 8292).
    #[command(after_help = "Example:
  idp push keys --out /etc/idp/vapid.pem

Name the file as push.web.vapid_key_file, the same on every instance. Phones subscribe with its public half, which GET /enroll/push
tells them; with another key they have to subscribe again.")]
    Keys {
        /// The file to write; it must not exist yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Send a test message to a holder's devices, once, and say what the providers answer.
    #[command(after_help = "Example:
  idp push test 7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11 --config idp.toml

The message is of type `test`: apps take it for no request. The providers' answers change nothing, also where an address is gone.")]
    Test {
        /// The holder.
        token_id: TokenId,
        /// One device of the holder; all of them unless named.
        #[arg(long, value_name = "ID")]
        device: Option<DeviceId>,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        output: Output,
    },
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Keys { out, output } => keys(&out, output),
            Self::Test {
                token_id,
                device,
                config,
                output,
            } => test(&token_id, device.as_ref(), (&config, output)).await,
        }
    }
}

fn keys(out: &std::path::Path, output: Output) -> Result<(), CliError> {
    if out.exists() {
        let why = "subscriptions are bound to the key in it";
        let fix = "name another file, or remove it if no phone ever subscribed";
        return Err(CliError::failed(format!("{} exists", out.display()), why, fix));
    }
    let failed = |error| CliError::failed("no key was made", error, "");
    let der = Zeroizing::new(SoftwareSigner::generate().map_err(failed)?);
    let public = SoftwareSigner::from_pkcs8(&der).map_err(failed)?;
    let public = base64url(public.ec_public_key().to_sec1());
    write_private(out, pem(&der).as_bytes())?;
    let text = format!("{}\npublic key {public}", out.display());
    output.print(&json!({"file": out, "applicationServerKey": public}), &text)
}

/// RFC 7468 section 10.
fn pem(der: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::from("-----BEGIN PRIVATE KEY-----\n"));
    let body = Zeroizing::new(BASE64_MIME.encode(der).replace("\r\n", ""));
    for line in body.as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}

async fn test(
    token_id: &TokenId,
    device_id: Option<&DeviceId>,
    (config, output): (&ConfigFile, Output),
) -> Result<(), CliError> {
    let app = config.open().await?;
    let holder = app.durable.holder(token_id).await?.ok_or_else(|| {
        let fix = "check the tokenId; a tokenId that was never enrolled has no devices";
        CliError::failed("nobody enrolled this tokenId", token_id, fix)
    })?;
    let now = app.now();
    let mut rows = Vec::new();
    for device in holder.value.active_devices(now) {
        if device_id.is_some_and(|wanted| *wanted != device.device_id) {
            continue;
        }
        let outcome = send(&app, device, now).await?;
        rows.push([device.device_id.to_string(), outcome]);
    }
    let is_delivered = rows.iter().any(|[_, outcome]| outcome == "delivered");
    let devices: Vec<Value> = rows
        .iter()
        .map(|[device, outcome]| json!({"deviceId": device, "outcome": outcome}))
        .collect();
    output.print_table(&json!({"devices": devices}), &rows, "no active device")?;
    if is_delivered {
        return Ok(());
    }
    let fix = "check [push] of the configuration: idp config check; and the address: idp device list";
    let failed = CliError::failed("no message was delivered", "see above", fix);
    Err(failed.with_result_printed())
}

async fn send(
    app: &crate::app::App,
    device: &idp_core::enrolment::Device,
    now: idp_types::Timestamp,
) -> Result<String, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::failed("no message was made", error, "");
    let name = random_id("sess_test_").map_err(|error| failed(&error))?;
    let session_id = SessionId::parse(name).map_err(|error| failed(&error))?;
    let expires_at = now.plus_seconds(TEST_SECONDS);
    let body = PushBody::test(&session_id, expires_at);
    let message = message_for(device, &body).ok_or_else(|| failed(&"the device's key cannot be used"))?;
    let push = Push {
        address: device.push.clone(),
        message,
        session_id,
        expires_at,
    };
    Ok(match app.push.try_once(&push, now).await {
        Ok(()) => "delivered".to_owned(),
        Err(error) => error.to_string(),
    })
}
