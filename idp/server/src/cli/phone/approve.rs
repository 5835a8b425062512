//! `idp phone approve` (profile 4.3).

use std::collections::BTreeMap;
use std::time::Duration;

use idp_authenticator::approval::{Answered, Code};
use idp_authenticator::face::FacePurpose;
use idp_authenticator::{Decision, DecisionError, FaceCheck, NoFaceCheck, PendingRequest, Wallet, approve};
use idp_types::{Scope, ScopeSet, SessionId, Timestamp};
use serde_json::json;

use super::ask::{Given, answer};
use super::client::{Client, now};
use super::store::StoreArgument;
use super::{poll, view};
use crate::cli::output::note;
use crate::cli::{CliError, Output};

/// What to approve, and how much of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp phone approve                                    the request that waits
  idp phone approve --code 590012                      the one that shows this code, where several wait
  idp phone approve --once --code 590012               wait for one with this code
  idp phone approve --once --yes --deny identity:name  share everything but the name
  idp phone approve --watch                            one after the other, asking each time

Ends with 0 when the server took the approval, with 1 when nothing was approved.")]
pub(in crate::cli) struct Arguments {
    /// Which request, where several wait.
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// A scope that is not shared; again for each.
    #[arg(long = "deny", value_name = "SCOPE")]
    denied: Vec<Scope>,
    /// The code that the browser shows; it also says which request, where several wait.
    #[arg(long, value_name = "NNNNNN", value_parser = Code::typed)]
    code: Option<Code>,
    /// I compared the codes and they agree (mode compare alone).
    #[arg(long, conflicts_with = "code")]
    yes: bool,
    /// Wait for one request.
    #[arg(long, conflicts_with = "watch")]
    once: bool,
    /// Wait for requests until interrupted; one that was not decided is left alone.
    #[arg(long, conflicts_with_all = ["session", "code"])]
    watch: bool,
    /// Seconds that --once waits.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    timeout: u64,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

fn not_approved(error: impl std::fmt::Display, fix: &str) -> CliError {
    CliError::failed("not approved", error, fix)
}

fn refused(error: DecisionError) -> CliError {
    let fix = match error {
        DecisionError::Mismatch => "someone else may be behind it: idp phone reject --reason mismatch",
        DecisionError::CodeWanted => "give the browser's code with --code",
        _ => "begin again in the browser",
    };
    not_approved(error, fix)
}

impl Arguments {
    /// What is not shared: what was denied, and what the credential cannot answer anyway.
    fn denied(&self, wallet: &Wallet, request: &PendingRequest) -> ScopeSet {
        let cannot = wallet.credential().unanswerable(request.scopes);
        if !cannot.is_empty() {
            note(&format!(
                "this credential cannot answer {}; denied",
                view::names(cannot).join(" ")
            ));
        }
        ScopeSet::expanding(self.denied.iter().copied()).union(cannot)
    }

    async fn answer(
        &self,
        client: &Client,
        wallet: &Wallet,
        request: &PendingRequest,
    ) -> Result<(), CliError> {
        // To standard error: with --json the answer alone is what a program reads.
        note(&view::text(request));
        let face = NoFaceCheck.check(FacePurpose::Approval);
        if face.refuses() {
            return Err(not_approved(face.statement(), ""));
        }
        note(face.statement());
        let given = Given {
            code: self.code.as_ref(),
            yes: self.yes,
        };
        let code = answer(request, given)?;
        let decision = Decision::new(request, code, self.denied(wallet, request), now());
        let decision = decision.map_err(refused)?;
        let body = approve(&wallet.approver(), &decision, now()).map_err(|error| not_approved(error, ""))?;
        let expires_at = match Answered::parse(&send(client, &body).await?) {
            Ok(Answered::Approved { expires_at }) => expires_at,
            Ok(Answered::Declined) => return Err(not_approved("the server says that it was declined", "")),
            Err(error) => return Err(not_approved(error, "")),
        };
        let granted = view::names(decision.granted());
        let value = json!({
            "approved": true, "sessionId": request.session_id, "serviceId": request.service.service_id, "granted": granted,
            "denied": view::names(request.scopes.without(decision.granted())), "expiresAt": expires_at,
            "faceVerification": "none",
        });
        let shared = if granted.is_empty() {
            "nothing about you".to_owned()
        } else {
            granted.join(" ")
        };
        self.output.print(
            &value,
            &format!("approved: {} receives {shared}", request.service.name),
        )
    }
}

/// Sends the approval; the same bytes again when the answer got lost, which the server answers alike (profile 4.3).
async fn send(client: &Client, body: &str) -> Result<Vec<u8>, CliError> {
    match client.post("/auth/verify", body).await {
        Ok(answer) => answer.accepted(),
        Err(_) => client.post("/auth/verify", body).await?.accepted(),
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let wallet = arguments.store.store()?.open()?;
    let client = Client::of(&wallet)?;
    if arguments.watch {
        return watch(arguments, &client, &wallet).await;
    }
    let selection = poll::Selection {
        session: arguments.session.as_ref(),
        code: arguments.code.as_ref(),
    };
    let request = if arguments.once {
        poll::wait_for(
            &client,
            &wallet,
            selection,
            Duration::from_secs(arguments.timeout),
        )
        .await?
    } else {
        poll::only(&client, &wallet, selection).await?
    };
    arguments.answer(&client, &wallet, &request).await
}

/// One request after the other; one that was not decided never keeps the next one waiting.
async fn watch(arguments: &Arguments, client: &Client, wallet: &Wallet) -> Result<(), CliError> {
    let mut handled: BTreeMap<SessionId, Timestamp> = BTreeMap::new();
    loop {
        // What is over does not come again, and need not be remembered.
        handled.retain(|_, expires_at| *expires_at > now());
        let fresh = |request: &PendingRequest| !handled.contains_key(&request.session_id);
        for request in poll::wanted(client, wallet, fresh).await? {
            if let Err(error) = arguments.answer(client, wallet, &request).await {
                let id = &request.session_id;
                note(&format!(
                    "error: {error}\nleft alone; answer it with idp phone approve --session {id}"
                ));
            }
            // An approved one is over on the server; should the list still have it for a moment, it is not asked again.
            handled.insert(request.session_id, request.expires_at);
        }
    }
}
