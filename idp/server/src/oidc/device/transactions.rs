//! Devices' requests under way, in the ephemeral store: each by the digest of its device code, and its user code by a keyed digest.
//! Browser, phone and device meet here, so that every change is one step: made on what is there, or not at all.

use idp_core::approval::RejectReason;
use idp_store::ephemeral::{Kind, Lifetime, Replacement, Swap};
use idp_types::SessionId;
use idp_types::encoding::{base64url, lowerhex};
use oidc::Authentication;
use oidc::device::{DeviceTransaction, Standing, UserCode};

use crate::app::App;
use crate::approval::protocol::{Answered, answer_of};
use crate::crypto::{random, sha256_hex};
use crate::oidc::derived::tag;
use crate::problem::{Code, Problem};

/// How long after its end a request is still known: whoever asks late learns that it expired.
const KEPT_SECONDS: i64 = 300;

/// The longest device code that is looked at.
const LIMIT: usize = 128;

/// How often a user code is drawn again that somebody has already.
const DRAWS: usize = 8;

/// How often a request is read again that changed meanwhile.
const TRIES: usize = 16;

const LABEL: &[u8] = b"idt-user-code-v1";

/// What a device is told. Debug is not implemented: both are secrets.
pub(super) struct Codes {
    /// 256 random bits.
    pub(super) device_code: String,
    /// What the person types.
    pub(super) user_code: UserCode,
}

/// Keeps a request under new codes.
pub(super) async fn create(app: &App, transaction: &DeviceTransaction) -> Result<Codes, Problem> {
    let device_code = base64url(&random::<32>()?);
    let key = sha256_hex(device_code.as_bytes());
    let life = Lifetime {
        now: app.now(),
        until: transaction.request.expires_at,
    };
    for _ in 0..DRAWS {
        let user_code = UserCode::from_random(random()?);
        let named = key.clone().into_bytes();
        let name = name_of(app, &user_code);
        if app.ephemeral.put_new(Kind::UserCode, &name, named, life).await? {
            let until = life.until.plus_seconds(KEPT_SECONDS);
            let bytes = encoded(transaction)?;
            app.ephemeral
                .put(Kind::DeviceAuthorization, &key, bytes, until)
                .await?;
            return Ok(Codes {
                device_code,
                user_code,
            });
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// What a user code is kept under.
fn name_of(app: &App, user_code: &UserCode) -> String {
    lowerhex(&tag::<16>(app, LABEL, user_code.as_str().as_bytes()))
}

fn encoded(transaction: &DeviceTransaction) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(transaction).map_err(|_| Problem::new(Code::Internal))
}

/// The request's key by its device code.
pub(super) fn key_of_device_code(device_code: &str) -> Option<String> {
    (device_code.len() <= LIMIT).then(|| sha256_hex(device_code.as_bytes()))
}

/// The request's key by its user code.
pub(super) async fn key_of_user_code(app: &App, user_code: &UserCode) -> Result<Option<String>, Problem> {
    let name = name_of(app, user_code);
    let found = app.ephemeral.read(Kind::UserCode, &name, app.now()).await?;
    Ok(found.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// A request.
pub(super) async fn load(app: &App, key: &str) -> Result<Option<DeviceTransaction>, Problem> {
    Ok(read(app, key).await?.map(|(transaction, _)| transaction))
}

async fn read(app: &App, key: &str) -> Result<Option<(DeviceTransaction, Vec<u8>)>, Problem> {
    let found = app
        .ephemeral
        .read(Kind::DeviceAuthorization, key, app.now())
        .await?;
    Ok(found.and_then(|bytes| Some((serde_json::from_slice(&bytes).ok()?, bytes))))
}

/// Changes a request in one step; what it is afterwards, and what the change says. `None`: it is not there any more.
pub(super) async fn change<T>(
    app: &App,
    key: &str,
    mut change: impl FnMut(&mut DeviceTransaction) -> T,
) -> Result<Option<(DeviceTransaction, T)>, Problem> {
    for _ in 0..TRIES {
        let Some((mut transaction, expected)) = read(app, key).await? else {
            return Ok(None);
        };
        let said = change(&mut transaction);
        let new = encoded(&transaction)?;
        if new == expected {
            return Ok(Some((transaction, said)));
        }
        let life = Lifetime {
            now: app.now(),
            until: transaction.request.expires_at.plus_seconds(KEPT_SECONDS),
        };
        let replacement = Replacement {
            expected: &expected,
            new,
            life,
        };
        let swap = app
            .ephemeral
            .swap(Kind::DeviceAuthorization, key, replacement)
            .await?;
        match swap {
            Swap::Swapped => return Ok(Some((transaction, said))),
            Swap::Conflict => {}
            Swap::Gone => return Ok(None),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

async fn stands(
    app: &App,
    key: &str,
    mut decide: impl FnMut(&mut DeviceTransaction),
) -> Result<Standing, Problem> {
    let changed = change(app, key, |transaction| decide(transaction)).await?;
    Ok(changed.map_or(Standing::Expired, |(transaction, ())| {
        transaction.standing(app.now())
    }))
}

/// The person approved in this session. Where the request stands then: an earlier decision remains.
///
/// # Errors
/// The ephemeral store's problems.
pub(in crate::oidc) async fn approve(
    app: &App,
    key: &str,
    (session, authentication): (&SessionId, &Authentication),
) -> Result<Standing, Problem> {
    let now = app.now();
    stands(app, key, |transaction| {
        transaction.approve(session, authentication, now);
    })
    .await
}

/// The person declined. Where the request stands then.
///
/// # Errors
/// The ephemeral store's problems.
pub(in crate::oidc) async fn deny(app: &App, key: &str) -> Result<Standing, Problem> {
    let now = app.now();
    stands(app, key, |transaction| transaction.deny(now)).await
}

/// A session asks the phone for this request.
///
/// # Errors
/// The ephemeral store's problems.
pub(in crate::oidc) async fn ask(app: &App, key: &str, session: &SessionId) -> Result<(), Problem> {
    change(app, key, |transaction| transaction.ask(session)).await?;
    Ok(())
}

/// Whether the phone may be asked for this request.
///
/// # Errors
/// The stores' problems.
pub(in crate::oidc) async fn is_open(app: &App, key: &str) -> Result<bool, Problem> {
    let Some(transaction) = load(app, key).await? else {
        return Ok(false);
    };
    Ok(settled(app, key, &transaction).await? == Standing::Open)
}

/// Where a request stands once the phone was listened to: what the person decided there is taken down.
pub(super) async fn settled(
    app: &App,
    key: &str,
    transaction: &DeviceTransaction,
) -> Result<Standing, Problem> {
    let standing = transaction.standing(app.now());
    let Some(session) = transaction.asking().filter(|_| standing == Standing::Open) else {
        return Ok(standing);
    };
    match answer_of(app, session).await? {
        Answered::Approved(released) => approve(app, key, (session, &released.authentication)).await,
        Answered::Rejected(RejectReason::UserRejected) => deny(app, key).await,
        // A slip of the finger, a displaced session or a time that is over: the page offers another try.
        Answered::Rejected(_) | Answered::Waiting | Answered::Expired | Answered::Interrupted => Ok(standing),
    }
}
