//! The phone's HTTP: one server, no redirects, answers of bounded size.

use std::time::Duration;

use idp_authenticator::answer::ANSWER_LIMIT;
use idp_authenticator::{DeviceRequest, Issuer, Problem, RequestStamp, Wallet, authorization};
use idp_types::Timestamp;
use reqwest::{Method, Response, StatusCode, redirect};

use crate::cli::CliError;
use crate::clock::{Clock, SystemClock};
use crate::crypto::random;

/// Longer than the longest poll.
const TIMEOUT: Duration = Duration::from_secs(45);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Speaks to one server.
pub(super) struct Client {
    http: reqwest::Client,
    issuer: Issuer,
}

/// What the server answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// A request before it is signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path_and_query: &'a str,
    /// JSON; empty where there is none.
    pub(super) body: &'a str,
}

/// The present, for messages.
pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

impl Client {
    pub(super) fn new(issuer: Issuer) -> Result<Self, CliError> {
        // Installed before by another client of this process: the same provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("idp-phone/", env!("CARGO_PKG_VERSION")))
            .build();
        let http = http.map_err(|error| CliError::failed("the phone cannot speak HTTP", error, ""))?;
        Ok(Self { http, issuer })
    }

    /// The client of an enrolled phone.
    pub(super) fn of(wallet: &Wallet) -> Result<Self, CliError> {
        Self::new(wallet.identity().issuer.clone())
    }

    fn unreachable(&self, error: reqwest::Error) -> CliError {
        // The address would be in it again, and a chain of errors says less than its end.
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        CliError::failed(
            format!("{} does not answer", self.issuer),
            cause,
            "check that the server runs and can be reached",
        )
    }

    async fn send(&self, call: Call<'_>, authorization: Option<String>) -> Result<Answer, CliError> {
        let method = Method::from_bytes(call.method.as_bytes());
        let method = method.map_err(|error| CliError::failed("no such HTTP method", error, ""))?;
        let mut request = self
            .http
            .request(method, self.issuer.address(call.path_and_query));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        if !call.body.is_empty() {
            request = request
                .header("content-type", "application/json")
                .body(call.body.to_owned());
        }
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        self.read(response).await
    }

    async fn read(&self, mut response: Response) -> Result<Answer, CliError> {
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(CliError::failed(
                    "the answer is too long",
                    format!("above {ANSWER_LIMIT} bytes"),
                    "",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }

    /// Fetches what is public.
    pub(super) async fn fetch(&self, path_and_query: &str) -> Result<Vec<u8>, CliError> {
        self.send(
            Call {
                method: "GET",
                path_and_query,
                body: "",
            },
            None,
        )
        .await?
        .accepted()
    }

    /// Sends a body that proves itself.
    pub(super) async fn post(&self, path: &str, body: &str) -> Result<Answer, CliError> {
        self.send(
            Call {
                method: "POST",
                path_and_query: path,
                body,
            },
            None,
        )
        .await
    }

    /// Sends a request that the device signs.
    pub(super) async fn signed(&self, wallet: &Wallet, call: Call<'_>) -> Result<Vec<u8>, CliError> {
        let nonce = random().map_err(|error| CliError::failed("the request cannot be signed", error, ""))?;
        let request = DeviceRequest {
            method: call.method,
            path_and_query: call.path_and_query,
            body: call.body.as_bytes(),
        };
        let stamp = RequestStamp { now: now(), nonce };
        let header = authorization(wallet.identity(), wallet.key(), &request, &stamp);
        self.send(call, Some(header)).await?.accepted()
    }
}

impl Answer {
    /// The problem, where it is one.
    pub(super) fn problem(&self) -> Option<Problem> {
        if self.status.is_success() {
            None
        } else {
            Problem::parse(&self.body).ok()
        }
    }

    /// The body of a success, or why it is none.
    pub(super) fn accepted(self) -> Result<Vec<u8>, CliError> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let Some(problem) = self.problem() else {
            return Err(CliError::failed(
                "the server did not do it",
                format!("HTTP {}", self.status),
                "ask its operator",
            ));
        };
        let left = problem
            .attempts_left
            .map(|left| format!(", {left} attempt(s) left"))
            .unwrap_or_default();
        let reason = problem
            .reason
            .as_ref()
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        Err(CliError::failed(
            "the server refused",
            format!("{problem}{reason}{left}"),
            fix(problem.code.as_str()),
        ))
    }
}

/// What to do about a refusal.
fn fix(code: &str) -> &'static str {
    match code {
        "invalid_signature" | "device_not_active" => {
            "check the clock; if the device was revoked, enrol again"
        }
        "invalid_otp" => "compare the code with the browser's",
        "session_not_found" => "the request is over: begin again in the browser",
        "claims_not_presented" => "deny the scope that this credential cannot answer: --deny SCOPE",
        "admission_required" => "ask the operator for a code, and give --enrolment-code",
        "rate_limited" | "too_many_attempts" => "wait a while",
        "revoked" => "a revoked tokenId never enrols again: ask for a new seal",
        _ => "",
    }
}
