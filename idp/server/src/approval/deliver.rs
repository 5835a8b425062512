//! What a service gets: the direct JWT (profile 5), its anti-forgery hash (4.6), and the mailbox they wait in until the browser
//! comes (4.5). The token is signed after the commit that consumed its session.

use std::sync::Arc;

use idp_core::approval::{Purpose, Release, Session};
use idp_core::derive::{pairwise_subject, response_hash, session_subject, ws_token};
use idp_core::enrolment::{Device, Holder, KeyProtection};
use idp_core::keys::KeyPurpose;
use idp_core::service::{DirectTokenType, Service, SubjectType};
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use idp_store::Versioned;
use idp_store::ephemeral::Kind;
use idp_types::claims::NestedClaims;
use idp_types::encoding::from_base64url;
use idp_types::{Aal, Acr, Amr, ClaimSet, DeviceId, MatchingMode, Secret, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::crypto::{SealingKey, random_id};
use crate::problem::{Code, Problem};

/// Everything of a token that is decided before the commit.
pub(super) struct Delivery {
    pub(super) list: u32,
    pub(super) index: u32,
    pub(super) device_id: DeviceId,
    pub(super) expires_at: Timestamp,
    issued_at: Timestamp,
    holder: Arc<Versioned<Holder>>,
}

impl Delivery {
    /// Reserves what the token needs.
    pub(super) fn plan(
        app: &App,
        holder: Arc<Versioned<Holder>>,
        release: &Release,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let expires_at = now.plus_seconds(app.config.tokens.lifetime_seconds);
        let (list, index) = app.status.draw(now, expires_at)?;
        Ok(Self {
            list,
            index,
            device_id: release.device_id.clone(),
            expires_at,
            issued_at: now,
            holder,
        })
    }
}

/// What waits in the mailbox.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approved {
    /// The direct JWT.
    pub jwt: String,
    /// `hash` of profile 4.6; absent for services without a response secret.
    pub hash: String,
    /// The value that initiate answered.
    pub random: String,
    /// When the JWT expires.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
}

#[derive(Serialize)]
struct StatusReference {
    idx: u32,
    uri: String,
}

#[derive(Serialize)]
struct Status {
    status_list: StatusReference,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    sid: &'a str,
    auth_time: i64,
    acr: Acr,
    aal: Aal,
    amr: Vec<Amr>,
    nonce: &'a str,
    scope: String,
    status: Status,
    idtoken: NestedClaims<'a>,
    #[serde(flatten)]
    released: &'a ClaimSet,
}

/// Signs the token and puts it into the session's mailbox, sealed under the browser's wsToken.
pub(super) async fn deliver(
    app: &App,
    session: &Session,
    release: Release,
    delivery: Delivery,
) -> Result<(), Problem> {
    let service = app
        .durable
        .service(&session.service_id)
        .await?
        .ok_or(Code::ServiceNotFound)?;
    let jwt = sign(app, session, &service.value, &release, &delivery).await?;
    let hash = hash(app, session, &service.value, &jwt)?;
    let approved = Approved {
        jwt,
        hash,
        random: session.random.clone(),
        expires_at: delivery.expires_at,
    };
    let plain = serde_json::to_vec(&approved).map_err(|_| Problem::new(Code::Internal))?;
    let sealed = mailbox_key(app, &session.id)?.seal(session.id.as_str().as_bytes(), &plain)?;
    let until = app
        .now()
        .plus_seconds(super::drive::LINGER_SECONDS)
        .max(session.expires_at);
    app.ephemeral
        .put(Kind::Mailbox, session.id.as_str(), sealed, until)
        .await?;
    Ok(())
}

pub(super) fn mailbox_key(app: &App, id: &SessionId) -> Result<SealingKey, Problem> {
    Ok(SealingKey::of_bearer(
        &ws_token(&app.secrets().ws, id.as_str()),
        b"mailbox",
    )?)
}

/// What waits for the session's browser, if anything does.
pub(super) async fn collect(app: &App, session: &Session) -> Result<Option<Approved>, Problem> {
    let Some(sealed) = app
        .ephemeral
        .read(Kind::Mailbox, session.id.as_str(), app.now())
        .await?
    else {
        return Ok(None);
    };
    let plain = mailbox_key(app, &session.id)?.open(session.id.as_str().as_bytes(), &sealed)?;
    Ok(serde_json::from_slice(&plain).ok())
}

fn hash(app: &App, session: &Session, service: &Service, jwt: &str) -> Result<String, Problem> {
    let Some(sealed) = service.response_secrets.first() else {
        return Ok(String::new());
    };
    let bytes = from_base64url(&sealed.0).ok_or(Code::Internal)?;
    let secret = app
        .audit
        .storage()
        .open(service.service_id.as_str().as_bytes(), &bytes)?;
    let secret: [u8; 32] = secret.try_into().map_err(|_| Problem::new(Code::Internal))?;
    Ok(response_hash(
        &Secret::new(secret),
        &session.id,
        &session.random,
        jwt,
    ))
}

/// The subject that the service sees (profile 5 and 7).
fn subject(app: &App, session: &Session, service: &Service, holder: &Holder) -> String {
    match (&session.purpose, service.subject_type) {
        (Purpose::Verify, _) => session_subject(&app.secrets().pairwise, &session.id),
        (_, SubjectType::Pairwise) => pairwise_subject(
            &app.secrets().pairwise,
            service.service_id.as_str(),
            &holder.first_token_id,
        ),
        (_, SubjectType::Public) => holder.first_token_id.to_string(),
    }
}

/// What happened, and nothing more (RFC 8176 names; profile 4.1).
pub(super) fn methods(session: &Session, device: &Device) -> Vec<Amr> {
    let key = match device.key_protection {
        KeyProtection::Hardware => Amr::Hwk,
        KeyProtection::Software => Amr::Swk,
    };
    let mut amr = vec![Amr::Mca, key, Amr::User];
    if session.mode == MatchingMode::Transfer {
        amr.push(Amr::Otp);
    }
    if device.face_vouched {
        amr.push(Amr::Face);
    }
    amr
}

async fn sign(
    app: &App,
    session: &Session,
    service: &Service,
    release: &Release,
    delivery: &Delivery,
) -> Result<String, Problem> {
    let holder = &delivery.holder.value;
    let device = holder.device(&release.device_id).ok_or(Code::DeviceNotActive)?;
    let subject = subject(app, session, service, holder);
    let now = delivery.issued_at;
    let seconds = now.unix_seconds();
    let claims = Claims {
        iss: &app.config.issuer,
        sub: &subject,
        aud: service.audience(),
        iat: seconds,
        nbf: seconds,
        exp: delivery.expires_at.unix_seconds(),
        jti: random_id("")?,
        sid: session.id.as_str(),
        auth_time: seconds,
        acr: Acr::of(device.seal.trust_level, device.face_vouched),
        aal: session.mode.aal(),
        amr: methods(session, device),
        nonce: &session.random,
        scope: release.granted.to_claim(),
        status: Status {
            status_list: StatusReference {
                idx: delivery.index,
                uri: crate::status::uri(&app.config.issuer, delivery.list),
            },
        },
        idtoken: release.claims.nested(&subject),
        released: &release.claims,
    };
    let payload = serde_json::to_vec(&claims).map_err(|_| Problem::new(Code::Internal))?;
    let typ = match service.token_type {
        DirectTokenType::IdToken => "idtoken+jwt",
        DirectTokenType::Jwt => "JWT",
    };
    let key = app.keys.active(KeyPurpose::Token, now)?;
    let prepared = Prepared::new(
        &Header::new(Algorithm::Es256).with_kid(key.kid()).with_typ(typ),
        &payload,
    );
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok(prepared.complete(&signature))
}
