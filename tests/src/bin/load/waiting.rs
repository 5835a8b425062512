//! Browsers that wait: sessions begun, WebSockets opened, some of them told a result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use idp_authenticator::ScannedLink;
use idp_authenticator::approval::Code;
use idp_types::SessionId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::browser::{Browser, Event, Ticket};
use crate::clock::{instant, micros_since};
use crate::error::{Failure, LoadError, Stage};
use crate::fixture::{Fixture, Registered};
use crate::http::{Call, Connection, Route};
use crate::phone::{Phone, Question, SCOPE};
use crate::statistics::Percentiles;

/// Sessions or sockets that are being opened at a time.
const OPENING: usize = 64;

/// Source addresses. Each has 28,000 ports, so this is for limits per address, which see each as a client of its own.
const ADDRESSES: usize = 16;

/// What browsers wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wait {
    /// An approval: they show a code, for 60 s (profile 4).
    Login,
    /// A scan: they show a QR code, for 180 s, and get another one every 20 s (profile 7).
    Qr,
}

/// A session that has begun.
pub(crate) struct Begun {
    number: usize,
    answer: Answer,
}

/// The part of an answer that a browser needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    session_id: SessionId,
    ws_token: String,
}

/// A browser with what it shows.
pub(crate) struct Waiting {
    number: usize,
    session_id: SessionId,
    browser: Browser,
    shown: Event,
}

/// Where everything happens.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The server.
    pub(crate) fixture: &'a Fixture,
    /// Who asks.
    pub(crate) service: &'a Registered,
    /// What for.
    pub(crate) wait: Wait,
    /// The holders who will answer: of the sessions with the lowest numbers.
    pub(crate) phones: &'a [Phone],
}

impl Scene<'_> {
    fn route(&self, number: usize) -> Route {
        Route::of_user(number % ADDRESSES, self.fixture.address())
    }

    /// The request that begins a session. Those who will not answer are strangers to the server, who tells nobody so (profile 4).
    fn request(&self, number: usize) -> (&'static str, Bytes) {
        let service_id = self.service.service_id.as_str();
        let scopes = [SCOPE.as_str()];
        let (path, body) = match self.wait {
            Wait::Qr => (
                "/identity/initiate",
                json!({"serviceId": service_id, "scopes": scopes, "purpose": "login"}),
            ),
            Wait::Login => {
                let stranger = || format!("stranger-{number:07}");
                let known = self
                    .phones
                    .get(number)
                    .map(|phone| phone.identity().token_id.to_string());
                let token_id = known.unwrap_or_else(stranger);
                (
                    "/auth/initiate",
                    json!({"tokenId": token_id, "serviceId": service_id, "scopes": scopes}),
                )
            }
        };
        (path, Bytes::from(body.to_string()))
    }

    /// Begins so many sessions, some at a time.
    ///
    /// # Errors
    /// [`LoadError`] with the first that failed.
    pub(crate) async fn begin(&self, count: usize) -> Result<Vec<Begun>, LoadError> {
        let mut beginning = JoinSet::new();
        for worker in 0..OPENING {
            let mut connection = Connection::new(self.route(worker));
            let authorization = self.service.authorization.clone();
            let numbers = (worker..count).step_by(OPENING);
            let requests: Vec<_> = numbers.map(|number| (number, self.request(number))).collect();
            beginning.spawn(async move {
                let mut begun = Vec::with_capacity(requests.len());
                for (number, (path, body)) in requests {
                    let call = Call::post(Stage::Initiate, path, body).authorized(&authorization);
                    begun.push(Begun {
                        number,
                        answer: connection.value(call).await?,
                    });
                }
                Ok::<_, Failure>(begun)
            });
        }
        let shares = gather(beginning).await?;
        Ok(shares.into_iter().flatten().collect())
    }

    /// Opens a WebSocket for each, some at a time; also how long each took from connecting to its first event.
    ///
    /// # Errors
    /// [`LoadError`] with the first that failed.
    pub(crate) async fn open(&self, sessions: Vec<Begun>) -> Result<(Vec<Waiting>, Percentiles), LoadError> {
        let gate = Arc::new(Semaphore::new(OPENING));
        let mut opening = JoinSet::new();
        for session in sessions {
            let (route, gate) = (self.route(session.number), Arc::clone(&gate));
            opening.spawn(async move {
                let _turn = gate.acquire().await;
                let begun = instant();
                Waiting::open(&route, session)
                    .await
                    .map(|waiting| (waiting, micros_since(begun)))
            });
        }
        let (mut browsers, times): (Vec<Waiting>, Vec<u32>) = gather(opening).await?.into_iter().unzip();
        browsers.sort_by_key(|waiting| waiting.number);
        Ok((browsers, Percentiles::of(times.into_iter())))
    }

    /// Each phone answers one of the browsers, one after another. Times from the first request of the phone to the token.
    ///
    /// # Errors
    /// [`LoadError`] with the first that failed.
    pub(crate) async fn tell(&self, browsers: Vec<Waiting>) -> Result<Vec<u32>, LoadError> {
        let mut connection = Connection::new(self.route(0));
        let mut times = Vec::with_capacity(browsers.len());
        for (phone, mut waiting) in self.phones.iter().zip(browsers) {
            waiting.follow_until(instant() + Duration::from_millis(1)).await?;
            let begun = instant();
            let code = waiting.code(phone, &mut connection).await?;
            let service_id = &self.service.service_id;
            let question = Question {
                session_id: &waiting.session_id,
                service_id,
                code: &code,
            };
            let approval = phone.approve(&question)?;
            connection
                .send(Call::post(Stage::Verify, "/auth/verify", approval))
                .await?;
            waiting.browser.approved().await?;
            times.push(micros_since(begun));
            waiting.browser.leave().await;
        }
        Ok(times)
    }
}

impl Waiting {
    async fn open(route: &Route, Begun { number, answer }: Begun) -> Result<Self, Failure> {
        let ticket = Ticket {
            session_id: answer.session_id.as_str(),
            ws_token: &answer.ws_token,
        };
        let mut browser = Browser::open(route, &ticket).await?;
        let shown = browser.event_soon(Stage::Socket).await?;
        Ok(Self {
            number,
            session_id: answer.session_id,
            browser,
            shown,
        })
    }

    /// The next thing to show; anything else is a failure, because nobody has answered yet.
    async fn follow(&mut self) -> Result<(), Failure> {
        match self.browser.event(Stage::Socket).await? {
            shown @ (Event::OtpReady { .. } | Event::QrRefresh { .. }) => self.shown = shown,
            _ => return Err(Failure::new(Stage::Socket, "an end that nobody caused")),
        }
        Ok(())
    }

    async fn follow_until(&mut self, until: Instant) -> Result<(), Failure> {
        while let Ok(followed) = tokio::time::timeout_at(until.into(), self.follow()).await {
            followed?;
        }
        Ok(())
    }

    /// The code on the screen; behind a QR code it comes once the phone has scanned that.
    async fn code(&mut self, phone: &Phone, connection: &mut Connection) -> Result<Code, Failure> {
        let digits = match &self.shown {
            Event::OtpReady { auto_password } => auto_password.clone(),
            Event::QrRefresh { qr } => {
                scan(phone, qr, connection).await?;
                self.browser.code().await?
            }
            _ => return Err(Failure::new(Stage::Claim, "nothing to answer")),
        };
        Code::parse(&digits).map_err(Failure::at(Stage::Claim))
    }
}

async fn scan(phone: &Phone, qr: &str, connection: &mut Connection) -> Result<(), Failure> {
    match ScannedLink::parse(qr, &phone.identity().issuer).map_err(Failure::at(Stage::Claim))? {
        ScannedLink::Identity(link) => phone.claim(&link, connection).await,
        ScannedLink::Registration(_) => Err(Failure::new(Stage::Claim, "not a QR code of a session")),
    }
}

/// Browsers that follow what they are told, each in a task of its own, until they are called back.
pub(crate) struct Crowd {
    back: Arc<Notify>,
    tasks: JoinSet<Result<Waiting, Failure>>,
}

impl Crowd {
    /// Lets them wait.
    pub(crate) fn of(browsers: Vec<Waiting>) -> Self {
        let back = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        for mut waiting in browsers {
            let called = Arc::clone(&back).notified_owned();
            tasks.spawn(async move {
                let mut called = std::pin::pin!(called);
                loop {
                    tokio::select! {
                        () = &mut called => return Ok(waiting),
                        followed = waiting.follow() => followed?,
                    }
                }
            });
        }
        Self { back, tasks }
    }

    /// Calls them back, in the order of their numbers.
    ///
    /// # Errors
    /// [`LoadError`] when a socket has ended meanwhile.
    pub(crate) async fn back(self) -> Result<Vec<Waiting>, LoadError> {
        self.back.notify_waiters();
        let mut browsers = gather(self.tasks).await?;
        browsers.sort_by_key(|waiting| waiting.number);
        Ok(browsers)
    }
}

async fn gather<T: 'static>(mut tasks: JoinSet<Result<T, Failure>>) -> Result<Vec<T>, LoadError> {
    let mut all = Vec::with_capacity(tasks.len());
    while let Some(ended) = tasks.join_next().await {
        all.push(ended.map_err(|error| LoadError::Runtime(error.into()))??);
    }
    Ok(all)
}
