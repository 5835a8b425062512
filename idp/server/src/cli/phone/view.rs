//! A request as a person reads it, and as a program does.

use idp_authenticator::PendingRequest;
use idp_authenticator::approval::{Code, Matching, Purpose};
use idp_types::ScopeSet;
use serde_json::{Value, json};

use crate::cli::output::table;

/// `123 456`.
pub(super) fn grouped(code: &Code) -> String {
    let text = code.reveal();
    format!(
        "{} {}",
        text.get(..3).unwrap_or_default(),
        text.get(3..).unwrap_or_default()
    )
}

/// The scopes by name.
pub(super) fn names(scopes: ScopeSet) -> Vec<&'static str> {
    scopes.iter().map(idp_types::AtomicScope::as_str).collect()
}

const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Login => "wants you to log in",
        Purpose::Verify => "wants to verify, without an account",
        Purpose::EnrolDevice => "asks to admit ANOTHER DEVICE of yours",
        Purpose::Supersede => "asks to let a NEW SEAL take over from yours",
        _ => "asks for something that this phone does not know",
    }
}

const fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Login => "login",
        Purpose::Verify => "verify",
        Purpose::EnrolDevice => "enrol_device",
        Purpose::Supersede => "supersede",
        _ => "unknown",
    }
}

fn code(matching: &Matching) -> String {
    match matching {
        Matching::Compare { code } => format!("{}   compare it with the browser's", grouped(code)),
        Matching::Choose { choices } => {
            format!(
                "one of {}: --code takes the browser's",
                choices.each_ref().map(grouped).join(", ")
            )
        }
        Matching::Transfer => "in the browser: --code takes it".to_owned(),
    }
}

/// For a person.
pub(super) fn text(request: &PendingRequest) -> String {
    let service = &request.service;
    let badge = if service.verified {
        "VERIFIED"
    } else {
        "NOT VERIFIED"
    };
    let asked = names(request.scopes).join(" ");
    let asked = if asked.is_empty() {
        "nothing about you".to_owned()
    } else {
        asked
    };
    let mut rows = vec![
        [
            "service".to_owned(),
            format!("{} ({badge})  {}", service.name, service.url),
        ],
        ["purpose".to_owned(), purpose(request.purpose).to_owned()],
        ["scopes".to_owned(), asked],
        ["code".to_owned(), code(&request.matching)],
        ["until".to_owned(), request.expires_at.to_rfc3339()],
        ["session".to_owned(), request.session_id.to_string()],
    ];
    if let Some(message) = &request.binding_message {
        rows.insert(
            3,
            [
                "message".to_owned(),
                format!("{message}   compare it with the service's screen"),
            ],
        );
    }
    if request.pushes_since_last_success > 3 {
        let warning = format!(
            "{} requests since your last login: is it you?",
            request.pushes_since_last_success
        );
        rows.push(["careful".to_owned(), warning]);
    }
    table(&rows)
}

/// For a program.
pub(super) fn json(request: &PendingRequest) -> Value {
    let (code, choices) = match &request.matching {
        Matching::Compare { code } => (Some(code.reveal()), None),
        Matching::Choose { choices } => (None, Some(choices.each_ref().map(Code::reveal))),
        Matching::Transfer => (None, None),
    };
    json!({
        "sessionId": request.session_id,
        "serviceId": request.service.service_id,
        "serviceName": request.service.name.as_str(),
        "serviceUrl": request.service.url.as_str(),
        "serviceVerified": request.service.verified,
        "purpose": purpose_word(request.purpose),
        "scopes": names(request.scopes),
        "bindingMessage": request.binding_message.as_ref().map(idp_authenticator::text::DisplayText::as_str),
        "mode": request.matching.mode(),
        "code": code,
        "choices": choices,
        "expiresAt": request.expires_at,
    })
}
