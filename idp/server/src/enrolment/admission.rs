//! What admits a device (profile 2): a one-time code, or the approval of a device that is enrolled already. Whatever is used
//! here is used up in the commit that enrols.

use std::net::IpAddr;

use idp_core::approval::{Purpose, Session, State};
use idp_core::enrolment::{Admission, DeviceKey, device_binding};
use idp_store::Change;
use idp_store::durable::{Consumption, ConsumptionKind};
use idp_types::{DeviceId, SessionId, Timestamp, TokenId};
use serde_json::json;

use super::enrol::Candidate;
use crate::app::App;
use crate::approval::DeviceAdmission;
use crate::crypto::sha256_hex;
use crate::http::{enforce, network_of};
use crate::problem::{Code, Problem};

/// The longest enrolment code.
const CODE_LIMIT: usize = 128;

/// Seconds for which a used approval is remembered; its session is gone long before.
const APPROVAL_SECONDS: i64 = 3600;

/// An admission with what it uses up.
pub(super) struct Admitted {
    pub(super) admission: Admission,
    pub(super) consumption: Option<Change>,
}

/// Looks at what the request brings beside its seal.
pub(super) async fn admit(
    app: &App,
    candidate: &Candidate,
    code: Option<&str>,
    approval: Option<&SessionId>,
) -> Result<Admitted, Problem> {
    match (code, approval) {
        (None, None) => Ok(Admitted {
            admission: Admission::None,
            consumption: None,
        }),
        (Some(code), None) => by_code(app, &candidate.token_id, code, candidate.address).await,
        (None, Some(session_id)) => by_approval(app, candidate, session_id).await,
        (Some(_), Some(_)) => {
            Err(Problem::new(Code::InvalidRequest).detail("send enrolmentCode or approval, one of them"))
        }
    }
}

async fn by_code(app: &App, token_id: &TokenId, code: &str, address: IpAddr) -> Result<Admitted, Problem> {
    let now = app.now();
    let digest = sha256_hex(code.as_bytes());
    let found = if code.len() > CODE_LIMIT {
        None
    } else {
        app.durable.enrolment_code(&digest).await?
    };
    let good = found.filter(|found| {
        found.expires_at > now && found.token_id.as_ref().is_none_or(|bound| bound == token_id)
    });
    let Some(found) = good else {
        let bucket = format!("enrolment-code-fail:{}", network_of(address));
        enforce(app, &bucket, app.config.limits.verify_failures_per_minute, 60).await?;
        return Err(refused("the enrolment code is not valid for this seal"));
    };
    let bound = found.token_id.is_some();
    let consumption = consume(ConsumptionKind::EnrolmentCode, found.digest, found.expires_at);
    Ok(Admitted {
        admission: if bound {
            Admission::Code
        } else {
            Admission::UnboundCode
        },
        consumption: Some(consumption),
    })
}

async fn by_approval(app: &App, candidate: &Candidate, session_id: &SessionId) -> Result<Admitted, Problem> {
    let now = app.now();
    let session = app.ephemeral.session(session_id, now).await?;
    let binding = binding_of(&candidate.token_id, &candidate.device_id, &candidate.key);
    if !session.is_some_and(|session| approves(&session.value, &candidate.token_id, &binding)) {
        return Err(refused("no enrolled device has approved this one"));
    }
    let until = now.plus_seconds(APPROVAL_SECONDS);
    let consumption = consume(ConsumptionKind::EnrolmentApproval, session_id.to_string(), until);
    Ok(Admitted {
        admission: Admission::Approved,
        consumption: Some(consumption),
    })
}

/// An approval counts for the holder, device and key that it was asked for, and for nothing else.
fn approves(session: &Session, token_id: &TokenId, expected: &str) -> bool {
    let asked = matches!(&session.purpose, Purpose::EnrolDevice { binding } if binding == expected);
    asked && session.token_id.as_ref() == Some(token_id) && matches!(session.state, State::Approved(_))
}

fn consume(kind: ConsumptionKind, id: String, expires_at: Timestamp) -> Change {
    Change::Consume(Consumption { kind, id, expires_at })
}

/// What an existing device is asked to approve.
pub(super) fn binding_of(token_id: &TokenId, device_id: &DeviceId, key: &DeviceKey) -> String {
    device_binding(token_id, device_id, key)
}

/// `admission_required` with the reason in words.
pub(super) fn refused(detail: &'static str) -> Problem {
    Problem::new(Code::AdmissionRequired).detail(detail)
}

/// `admission_required` with the question that now stands on the holder's other devices.
pub(super) fn ask(admission: &DeviceAdmission) -> Problem {
    refused("an enrolled device has to approve; then send the request again with its sessionId as approval")
        .with(
            "approval",
            json!({
                "sessionId": admission.session_id,
                "autoPassword": admission.otp,
                "wsToken": admission.ws_token,
                "expiresAt": admission.expires_at,
            }),
        )
}

#[cfg(test)]
mod tests {
    use idp_core::approval::{Approval, Caller, Opening, begin};
    use idp_types::{MatchingMode, ScopeSet, ServiceId};

    use super::*;

    fn session(binding: &str, approved: bool) -> Session {
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        let opening = Opening {
            id: SessionId::parse("sess_1").unwrap(),
            random: String::new(),
            purpose: Purpose::EnrolDevice {
                binding: binding.into(),
            },
            service_id: ServiceId::parse("own").unwrap(),
            token_id: Some(TokenId::parse("jean").unwrap()),
            deliverable: true,
            requested: ScopeSet::EMPTY,
            mode: MatchingMode::Compare,
            caller: Caller {
                authenticated: true,
                handle: String::new(),
            },
        };
        let mut session = begin(opening, now).0;
        if approved {
            session.state = State::Approved(Approval {
                device_id: DeviceId::parse("old").unwrap(),
                granted: ScopeSet::EMPTY,
                at: now,
                request_digest: String::new(),
                token_expires_at: now,
            });
        }
        session
    }

    #[test]
    fn an_approval_counts_for_what_it_was_asked_for() {
        let jean = TokenId::parse("jean").unwrap();
        let phone = DeviceId::parse("phone").unwrap();
        let binding = binding_of(&jean, &phone, &DeviceKey([4; 65]));
        assert!(approves(&session(&binding, true), &jean, &binding));
        assert!(!approves(&session(&binding, false), &jean, &binding), "pending");
        assert!(!approves(
            &session(&binding, true),
            &TokenId::parse("eve").unwrap(),
            &binding
        ));
        let other_key = binding_of(&jean, &phone, &DeviceKey([5; 65]));
        assert!(!approves(&session(&binding, true), &jean, &other_key));
        let login = Session {
            purpose: Purpose::Login,
            ..session(&binding, true)
        };
        assert!(!approves(&login, &jean, &binding));
    }
}
