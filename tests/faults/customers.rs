//! People who log in all the time, send everything twice and try again whatever happens; and what they were told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use idp_authenticator::{CodeAnswer, DeclineReason};
use serde_json::{Value, json};
use tests::{Answer, Call, Login, Phone, Registered, Site};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::scene::Scene;

/// The longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(15);

/// The longest that somebody tries to find out what became of a login: longer than any fault lasts, and than a session lives.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// How a login ended, as its service was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Approved,
    Denied,
    Expired,
    /// Approved, and the process ended before the result was in its mailbox: the person is told to begin again.
    Interrupted,
    /// The session is gone with the Redis, or the process, that knew it.
    Forgotten,
    /// Nobody said so in time.
    Unknown,
}

/// What was said of one login.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) session_id: String,
    /// Approvals that were acknowledged.
    pub(crate) approved: bool,
    /// Refusals that were acknowledged.
    pub(crate) denied: bool,
    /// Every token that was handed out.
    pub(crate) tokens: Vec<String>,
    pub(crate) end: End,
}

/// What happened besides.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// The fault that is on now.
    during: String,
    /// Answers 503 with `Retry-After`.
    pub(crate) refused: u64,
    /// Requests without an answer.
    pub(crate) unanswered: u64,
    /// What no fault excuses.
    pub(crate) strange: Vec<String>,
}

struct Stand {
    site: Site,
    service: Registered,
    tally: Mutex<Tally>,
    stories: Mutex<Vec<Story>>,
    pace: Option<tokio::sync::Mutex<Interval>>,
    going: watch::Receiver<bool>,
}

/// The crowd.
pub(crate) struct Customers {
    stand: Arc<Stand>,
    going: watch::Sender<bool>,
    people: JoinSet<()>,
}

/// All that they were told.
pub(crate) struct Told {
    pub(crate) stories: Vec<Story>,
    pub(crate) tally: Tally,
}

impl Customers {
    /// Lets these people log in, each as soon as the last login is over, or all together at a pace of so many a second.
    pub(crate) fn begin(scene: &Scene, phones: Vec<Phone>, pace: Option<f64>) -> Self {
        let going = watch::Sender::new(true);
        let pace = pace.map(|rate| {
            let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            tokio::sync::Mutex::new(ticks)
        });
        let stand = Arc::new(Stand {
            site: scene.site.clone(),
            service: scene.service.clone(),
            tally: Mutex::default(),
            stories: Mutex::default(),
            pace,
            going: going.subscribe(),
        });
        let mut people = JoinSet::new();
        for (number, phone) in phones.into_iter().enumerate() {
            people.spawn(stand.clone().live(phone, number));
        }
        Self { stand, going, people }
    }

    /// How many logins are over.
    pub(crate) fn count(&self) -> usize {
        lock(&self.stand.stories).len()
    }

    /// What was said of those that are over.
    pub(crate) fn stories(&self) -> Vec<Story> {
        lock(&self.stand.stories).clone()
    }

    /// Says what the fault is from now on, for whoever reads a failure.
    pub(crate) fn during(&self, what: &str) {
        what.clone_into(&mut lock(&self.stand.tally).during);
    }

    /// Waits until so many more logins are over.
    pub(crate) async fn wait_for(&self, more: usize) {
        let wanted = self.count() + more;
        self.wait_until(|| self.count() >= wanted).await;
    }

    /// Waits until so many more requests were refused.
    pub(crate) async fn wait_for_refusals(&self, more: u64) {
        let refused = || lock(&self.stand.tally).refused;
        let wanted = refused() + more;
        self.wait_until(|| refused() >= wanted).await;
    }

    async fn wait_until(&self, is_so: impl Fn() -> bool) {
        let waiting = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(
            came.is_ok(),
            "what was waited for does not come: {:?}",
            lock(&self.stand.tally)
        );
    }

    /// Lets everybody finish, and gathers what they were told.
    pub(crate) async fn end(mut self) -> Told {
        self.going.send_replace(false);
        while let Some(ended) = self.people.join_next().await {
            ended.expect("a customer does not panic");
        }
        let tally = lock(&self.stand.tally).clone();
        Told {
            stories: lock(&self.stand.stories).clone(),
            tally,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stand {
    async fn live(self: Arc<Self>, phone: Phone, number: usize) {
        let mut turn = number;
        while *self.going.borrow() {
            if let Some(pace) = &self.pace {
                pace.lock().await.tick().await;
            }
            turn += 1;
            let whole = self.log_in(&phone, turn);
            if tokio::time::timeout(2 * PATIENCE, whole).await.is_err() {
                self.strange("a login that does not end".to_owned());
            }
        }
    }

    fn strange(&self, what: String) {
        lock(&self.tally).strange.push(what);
    }

    /// An answer of one of these statuses, however often it has to be asked for; `None` when patience ends.
    async fn persist(&self, make: impl Fn() -> Call, good: &[u16]) -> Option<Answer> {
        let trying = async {
            loop {
                let answered = tokio::time::timeout(ANSWER, self.site.http.try_send(make())).await;
                match answered.ok().flatten() {
                    None => lock(&self.tally).unanswered += 1,
                    Some(answer) if good.contains(&answer.status.as_u16()) => return answer,
                    Some(answer) => self.note(&answer),
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, trying).await.ok()
    }

    fn note(&self, answer: &Answer) {
        if answer.status == 503 && !answer.header("retry-after").is_empty() {
            lock(&self.tally).refused += 1;
        } else {
            self.strange(format!("{} {}", answer.status, answer.text()));
        }
    }

    async fn log_in(&self, phone: &Phone, turn: usize) {
        let token_id = phone.wallet.identity().token_id.to_string();
        let body = json!({"tokenId": token_id, "serviceId": self.service.id});
        let call = || self.named(Call::post("/auth/initiate", &body));
        let Some(begun) = self.persist(call, &[200]).await else {
            return;
        };
        let mut story = Story {
            session_id: Login::of(&begun).session_id,
            approved: false,
            denied: false,
            tokens: Vec::new(),
            end: End::Unknown,
        };
        self.answer(phone, turn, &mut story).await;
        self.collect(&mut story).await;
        lock(&self.stories).push(story);
    }

    fn named(&self, call: Call) -> Call {
        self.service.authenticate(call, self.site.now().unix_seconds())
    }

    /// What the person does: approves; every eighth refuses, and every eighth does both at once.
    async fn answer(&self, phone: &Phone, turn: usize, story: &mut Story) {
        let Some(approval) = self.approval(phone, &story.session_id).await else {
            return;
        };
        let rejection = phone.rejection(&story.session_id, DeclineReason::Declined);
        let verify = || Call::new(http::Method::POST, "/auth/verify").text(approval.clone());
        let reject = || Call::new(http::Method::POST, "/auth/reject").text(rejection.clone());
        let good = [200, 404];
        let (approves, denies) = match turn % 8 {
            0 => (false, true),
            1 => (true, true),
            _ => (true, false),
        };
        let approving = async {
            if !approves {
                return (None, None);
            }
            tokio::join!(self.persist(verify, &good), self.persist(verify, &good))
        };
        let denying = async {
            if denies {
                self.persist(reject, &good).await
            } else {
                None
            }
        };
        let ((one, other), refused) = tokio::join!(approving, denying);
        let yes = |answer: &Option<Answer>| answer.as_ref().is_some_and(|answer| answer.status == 200);
        story.approved = yes(&one) || yes(&other);
        story.denied = yes(&refused);
    }

    /// The body that approves the session, once the phone has seen it; `None` when it does not come to the phone.
    async fn approval(&self, phone: &Phone, session_id: &str) -> Option<String> {
        for _ in 0..60 {
            let looked = tokio::time::timeout(ANSWER, phone.try_pending()).await;
            match looked.unwrap_or(Err(None)) {
                Ok(waiting) => {
                    let found = waiting
                        .iter()
                        .find(|request| request.session_id.as_str() == session_id);
                    if let Some(request) = found {
                        return phone.approval(request, CodeAnswer::Compared, &[]).ok();
                    }
                    if self.is_gone(session_id).await {
                        return None;
                    }
                }
                Err(None) => lock(&self.tally).unanswered += 1,
                Err(Some(answer)) => self.note(&answer),
            }
            tokio::time::sleep(2 * PAUSE).await;
        }
        None
    }

    async fn is_gone(&self, session_id: &str) -> bool {
        let call = || self.named(Call::get(format!("/auth/result/{session_id}")));
        let answer = self.persist(call, &[200, 404, 409]).await;
        answer.is_none_or(|answer| answer.json().get("status").and_then(Value::as_str) != Some("pending"))
    }

    /// The service asks for the result, twice at once, until it is told how the login ended.
    async fn collect(&self, story: &mut Story) {
        let path = format!("/auth/result/{}?wait=5", story.session_id);
        let call = || self.named(Call::get(path.clone()));
        let good = [200, 404, 409];
        let asking = async {
            while story.end == End::Unknown {
                let (one, other) = tokio::join!(self.persist(call, &good), self.persist(call, &good));
                for answer in [one, other].into_iter().flatten() {
                    hear(story, &answer);
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, asking).await;
    }
}

/// What a result says.
fn hear(story: &mut Story, answer: &Answer) {
    let body = answer.json();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let end = match (answer.status.as_u16(), text("status")) {
        (200, Some("approved")) | (409, _) => End::Approved,
        (200, Some("rejected")) => End::Denied,
        (200, Some("expired")) => End::Expired,
        (200, Some("interrupted")) => End::Interrupted,
        (200, _) => End::Unknown,
        _ => End::Forgotten,
    };
    story.tokens.extend(text("jwt").map(str::to_owned));
    // What is gone after the result was collected was collected.
    if matches!(story.end, End::Unknown | End::Forgotten) {
        story.end = end;
    }
}
