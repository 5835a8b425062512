//! One login, as profile 4 has it: service, browser and phone in one virtual user.

use std::sync::Arc;

use idp_authenticator::approval::Code;
use idp_types::{ServiceId, SessionId};
use serde::{Deserialize, Serialize};

use crate::browser::{Approved, Browser, Ticket};
use crate::clock::{instant, micros_since};
use crate::drive::Work;
use crate::error::{Failure, Stage};
use crate::fixture::Registered;
use crate::http::{Call, Connection, Route};
use crate::phone::{Phone, Question, SCOPE};
use crate::relying_party::RelyingParty;

/// How long each part of one login took, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timings {
    /// `POST /auth/initiate`, from request to answer.
    pub(crate) initiate: u32,
    /// TCP connection, upgrade, `otp_ready`.
    pub(crate) socket: u32,
    /// The phone's two signatures and its body: the generator's own work.
    pub(crate) sign: u32,
    /// `POST /auth/verify`, from request to answer.
    pub(crate) verify: u32,
    /// From the same request to the token on the WebSocket.
    pub(crate) approved: u32,
    /// All of it.
    pub(crate) whole: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Initiate<'a> {
    token_id: &'a str,
    service_id: &'a str,
    scopes: [&'a str; 1],
}

/// What initiate answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initiated {
    session_id: SessionId,
    auto_password: Code,
    ws_token: String,
    random: String,
}

/// What all virtual users share.
pub(crate) struct World {
    /// The service that asks.
    pub(crate) service: Registered,
    /// Whoever verifies tokens.
    pub(crate) relying_party: RelyingParty,
}

impl World {
    /// Begins a login of this tokenId and leaves it pending.
    ///
    /// # Errors
    /// A [`Failure`] of the stage `initiate`.
    pub(crate) async fn leave_pending(
        &self,
        token_id: &str,
        service: &mut Connection,
    ) -> Result<(), Failure> {
        self.begin(token_id, service).await.map(drop)
    }

    async fn begin(&self, token_id: &str, service: &mut Connection) -> Result<Initiated, Failure> {
        let body = Initiate {
            token_id,
            service_id: self.service.service_id.as_str(),
            scopes: [SCOPE.as_str()],
        };
        let body = serde_json::to_vec(&body).map_err(Failure::at(Stage::Initiate))?;
        let call =
            Call::post(Stage::Initiate, "/auth/initiate", body).authorized(&self.service.authorization);
        service.value(call).await
    }
}

/// A virtual user: the service's back end, the holder's browser and the holder's phone, each with its own connection.
pub(crate) struct User {
    world: Arc<World>,
    route: Route,
    service: Connection,
    phone: Connection,
    phones: Vec<Phone>,
    logins: usize,
}

/// One in so many tokens is verified: each costs the generator as much as a login costs the server's own signature check.
const SAMPLE: usize = 64;

impl User {
    /// With these holders, who take turns: none of them is asked twice at a time.
    pub(crate) fn new(world: Arc<World>, route: Route, phones: Vec<Phone>) -> Self {
        let (service, phone) = (Connection::new(route), Connection::new(route));
        Self {
            world,
            route,
            service,
            phone,
            phones,
            logins: 0,
        }
    }

    /// Logs the next holder in.
    ///
    /// # Errors
    /// A [`Failure`] with the step that failed.
    async fn log_in(&mut self) -> Result<Timings, Failure> {
        let begun = instant();
        let index = self.logins;
        self.logins += 1;
        let session = self.initiate(index).await?;
        let initiate = micros_since(begun);
        let opened = instant();
        let ticket = Ticket {
            session_id: session.session_id.as_str(),
            ws_token: &session.ws_token,
        };
        let mut browser = Browser::open(&self.route, &ticket).await?;
        let shown = browser.code().await?;
        let socket = micros_since(opened);
        if shown != session.auto_password.reveal() {
            return Err(Failure::new(Stage::Socket, "another code than initiate answered"));
        }
        let asked = instant();
        let approval = self.approval(index, &session)?;
        let sign = micros_since(asked);
        let sent = instant();
        let call = Call::post(Stage::Verify, "/auth/verify", approval);
        let timed_verify = async { self.phone.send(call).await.map(|_| micros_since(sent)) };
        let timed_result = async {
            browser
                .approved()
                .await
                .map(|result| (result, micros_since(sent)))
        };
        let (verify, (result, approved)) = tokio::try_join!(timed_verify, timed_result)?;
        let timings = Timings {
            initiate,
            socket,
            sign,
            verify,
            approved,
            whole: micros_since(begun),
        };
        self.finish(index, &session, (browser, result)).await?;
        Ok(timings)
    }

    async fn initiate(&mut self, index: usize) -> Result<Initiated, Failure> {
        let token_id = self.phone_of(index)?.identity().token_id.clone();
        self.world.begin(token_id.as_str(), &mut self.service).await
    }

    fn phone_of(&self, index: usize) -> Result<&Phone, Failure> {
        let phone = index
            .checked_rem(self.phones.len())
            .and_then(|index| self.phones.get(index));
        phone.ok_or_else(|| Failure::new(Stage::Initiate, "a virtual user without a holder"))
    }

    fn approval(&self, index: usize, session: &Initiated) -> Result<Vec<u8>, Failure> {
        let service_id: &ServiceId = &self.world.service.service_id;
        let question = Question {
            session_id: &session.session_id,
            service_id,
            code: &session.auto_password,
        };
        self.phone_of(index)?.approve(&question)
    }

    /// What a login leaves to do once it is over: the sample of tokens, the orderly end of the WebSocket.
    async fn finish(
        &self,
        index: usize,
        session: &Initiated,
        (browser, result): (Browser, Approved),
    ) -> Result<(), Failure> {
        browser.leave().await;
        if index.is_multiple_of(SAMPLE) {
            self.world
                .relying_party
                .verify(&result, session.session_id.as_str(), &session.random)?;
        }
        Ok(())
    }

    /// How many tokens were verified.
    pub(crate) const fn verified(&self) -> usize {
        self.logins.div_ceil(SAMPLE)
    }
}

impl Work for User {
    type Took = Timings;

    async fn once(&mut self) -> Result<Timings, Failure> {
        self.log_in().await
    }

    fn late(took: Timings, micros: u32) -> Timings {
        Timings {
            whole: took.whole.saturating_add(micros),
            ..took
        }
    }
}
