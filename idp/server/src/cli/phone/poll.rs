//! Asking the server what waits (`GET /auth/pending`, profile 4.3).

use std::time::Duration;

use idp_authenticator::approval::{Code, Matching, PendingList};
use idp_authenticator::{PendingRequest, Wallet};
use idp_types::SessionId;

use super::client::{Call, Client};
use crate::cli::CliError;
use crate::cli::output::{note, plain, table};

/// Seconds that one request waits; the server's limit is 30.
const POLL_SECONDS: u64 = 25;

/// What waits, after at most `wait` seconds.
pub(super) async fn list(client: &Client, wallet: &Wallet, wait: u64) -> Result<PendingList, CliError> {
    let path = format!("/auth/pending?wait={}", wait.min(POLL_SECONDS));
    let answer = client
        .signed(
            wallet,
            Call {
                method: "GET",
                path_and_query: &path,
                body: "",
            },
        )
        .await?;
    let list = PendingList::parse(&answer);
    let list = list.map_err(|error| CliError::failed("the server's answer cannot be read", error, ""))?;
    if list.unreadable > 0 {
        note(&format!(
            "{} request(s) that this phone does not understand were left alone",
            list.unreadable
        ));
    }
    Ok(list)
}

/// Which request is meant.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Selection<'a> {
    /// The session, by name.
    pub(super) session: Option<&'a SessionId>,
    /// The code that the browser shows.
    pub(super) code: Option<&'a Code>,
}

impl Selection<'_> {
    fn names(self, request: &PendingRequest) -> bool {
        self.session.is_none_or(|id| request.session_id == *id)
    }

    /// The one that is meant. A code tells requests apart that show it, in modes compare and choose; what none of them shows is
    /// for the one in mode transfer, where the browser alone shows it (profile 4.3).
    fn among(self, mut found: Vec<PendingRequest>) -> Result<PendingRequest, CliError> {
        found.retain(|request| self.names(request));
        if found.len() > 1
            && let Some(code) = self.code
        {
            found = by_code(found, code)?;
        }
        if found.len() > 1 {
            return Err(several(&found));
        }
        found.pop().ok_or_else(|| nothing(self.session))
    }
}

fn shows(request: &PendingRequest, code: &Code) -> bool {
    match &request.matching {
        Matching::Compare { code: shown } => shown == code,
        Matching::Choose { choices } => choices.contains(code),
        Matching::Transfer => false,
    }
}

fn by_code(found: Vec<PendingRequest>, code: &Code) -> Result<Vec<PendingRequest>, CliError> {
    let (shown, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|request| shows(request, code));
    if !shown.is_empty() {
        return Ok(shown);
    }
    let (transfer, others): (Vec<_>, Vec<_>) = others
        .into_iter()
        .partition(|request| matches!(request.matching, Matching::Transfer));
    if transfer.is_empty() {
        return Err(CliError::failed(
            format!("none of {} requests shows this code", others.len()),
            listing(&others),
            "someone else may be behind it: compare again, and decline with idp phone reject --session ID --reason mismatch",
        ));
    }
    Ok(transfer)
}

/// Service, time and name of each, one a line.
fn listing(requests: &[PendingRequest]) -> String {
    let row = |request: &PendingRequest| {
        [
            plain(&request.service.name.to_string()),
            request.created_at.to_rfc3339(),
            request.session_id.to_string(),
        ]
    };
    table(&requests.iter().map(row).collect::<Vec<_>>())
}

fn several(requests: &[PendingRequest]) -> CliError {
    let what = format!("{} requests wait", requests.len());
    CliError::failed(what, listing(requests), "name one with --session ID")
}

/// The requests that are wanted, as soon as there is one.
pub(super) async fn wanted(
    client: &Client,
    wallet: &Wallet,
    wanted: impl Fn(&PendingRequest) -> bool,
) -> Result<Vec<PendingRequest>, CliError> {
    loop {
        let mut found = list(client, wallet, POLL_SECONDS).await?.requests;
        found.retain(&wanted);
        if !found.is_empty() {
            return Ok(found);
        }
        // Others wait, so that the server answers at once: look again, not too often.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Waits for a request: the one that is meant; the first, where nothing says which.
pub(super) async fn wait_for(
    client: &Client,
    wallet: &Wallet,
    selection: Selection<'_>,
    wait: Duration,
) -> Result<PendingRequest, CliError> {
    let looking = wanted(client, wallet, |request| selection.names(request));
    let found = tokio::time::timeout(wait, looking)
        .await
        .unwrap_or_else(|_| Err(nothing(selection.session)))?;
    if selection.code.is_some() {
        return selection.among(found);
    }
    found.into_iter().next().ok_or_else(|| nothing(selection.session))
}

/// What waits now: the one that is meant, or the only one.
pub(super) async fn only(
    client: &Client,
    wallet: &Wallet,
    selection: Selection<'_>,
) -> Result<PendingRequest, CliError> {
    selection.among(list(client, wallet, 0).await?.requests)
}

fn nothing(session: Option<&SessionId>) -> CliError {
    match session {
        Some(session) => CliError::failed(
            "the request does not wait",
            session,
            "it is over, or another holder's",
        ),
        None => CliError::failed(
            "no request waits",
            "nothing came",
            "begin a login in the browser, or wait with --once",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request(session: &str, matching: &Value) -> PendingRequest {
        let mut request = json!({
            "sessionId": session, "purpose": "login", "serviceId": "bar", "serviceName": "Bar", "serviceVerified": true,
            "serviceUrl": "https://bar.example", "scopes": ["identity:age_over_18"], "requestedAt": "2026-11-20T12:00:00Z",
            "createdAt": "2026-11-20T12:00:00Z", "expiresAt": "2026-11-20T12:02:00Z", "pushesSinceLastSuccess": 0,
        });
        request
            .as_object_mut()
            .unwrap()
            .extend(matching.as_object().unwrap().clone());
        PendingRequest::parse(&serde_json::to_vec(&request).unwrap()).unwrap()
    }

    fn compare(session: &str, code: &str) -> PendingRequest {
        request(session, &json!({"mode": "compare", "otp": code}))
    }

    fn transfer(session: &str) -> PendingRequest {
        request(session, &json!({"mode": "transfer"}))
    }

    fn choose(session: &str, codes: [&str; 3]) -> PendingRequest {
        request(session, &json!({"mode": "choose", "choices": codes}))
    }

    fn with_code(found: Vec<PendingRequest>, code: &str) -> Result<String, CliError> {
        let code = Code::typed(code).unwrap();
        let selection = Selection {
            code: Some(&code),
            session: None,
        };
        selection
            .among(found)
            .map(|request| request.session_id.to_string())
    }

    #[test]
    fn a_code_finds_the_request_that_shows_it() {
        let waiting = || {
            vec![
                compare("sess_a", "111111"),
                choose("sess_b", ["222222", "333333", "444444"]),
                transfer("sess_c"),
            ]
        };
        for (code, session) in [("111111", "sess_a"), ("333333", "sess_b"), ("999999", "sess_c")] {
            assert_eq!(with_code(waiting(), code).unwrap(), session);
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_listed() {
        let refused = [
            with_code(vec![transfer("sess_a"), transfer("sess_b")], "111111"),
            with_code(
                vec![compare("sess_a", "222222"), compare("sess_b", "333333")],
                "111111",
            ),
            Selection::default()
                .among(vec![compare("sess_a", "111111"), transfer("sess_b")])
                .map(|request| request.session_id.to_string()),
        ];
        for refused in refused {
            let text = refused.unwrap_err().to_string();
            for part in ["Bar", "2026-11-20T12:00:00", "sess_a", "sess_b"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }

    #[test]
    fn a_session_is_named_whatever_else_waits() {
        let session = SessionId::parse("sess_b").unwrap();
        let selection = Selection {
            session: Some(&session),
            code: None,
        };
        let found = selection
            .among(vec![transfer("sess_a"), transfer("sess_b")])
            .unwrap();
        assert_eq!(found.session_id, session);
        assert!(selection.among(vec![transfer("sess_a")]).is_err());
    }
}
