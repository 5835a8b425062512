//! Architecture, "Two stores": any instance serves any request, and decides as one. Operations 3.7, rows 1 and 5: what two instances of
//! one installation decide at once, and what becomes of logins while the Redis that they share is lost.

use std::time::Duration;

use http::Method;
use idp_authenticator::CodeAnswer;
use idp_server::config::{Config, RedisConfig};
use idp_types::SessionId;
use tests::{Browser, Call, Holder, Invented, Phone, Redis, Registered, Registration, TestServer, fresh};

/// Keeps what is pending in this Redis, apart from all other tests.
pub(crate) fn shared(config: &mut Config, url: &str) {
    let redis = RedisConfig::at(url).expect("an address of Redis");
    config.storage.redis = Some(RedisConfig {
        prefix: fresh("test"),
        // A busy machine is not a Redis that is lost.
        connect: Duration::from_secs(10),
        response: Duration::from_secs(10),
        ..redis
    });
}

pub(crate) fn redis_of_all() -> String {
    std::env::var("IDP_TEST_REDIS").expect(
        "IDP_TEST_REDIS names a Redis for tests, such as redis://127.0.0.1:6390; `tests/run` starts one and sets it",
    )
}

/// Two instances of one installation, and who uses it.
pub(crate) struct Pair {
    pub(crate) one: TestServer,
    pub(crate) other: TestServer,
    pub(crate) service: Registered,
    pub(crate) jean: Holder,
    pub(crate) phone: Phone,
}

impl Pair {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let url = redis_of_all();
        let one = TestServer::start_with(|config| {
            shared(config, &url);
            change(config);
        })
        .await;
        let other = one.start_beside("other").await;
        let service = Registration::confidential().register(&one).await;
        let jean = one.issue(Invented::jean());
        let phone = Phone::enrol(&one, &jean).await;
        Self {
            one,
            other,
            service,
            jean,
            phone,
        }
    }

    /// A login that one instance begins and the other one's phone approves.
    pub(crate) async fn log_in(&self) {
        let waiting = tokio::spawn(self.other.send(self.phone.sign(
            &Method::GET,
            "/auth/pending?wait=20",
            "",
        )));
        let login = self
            .service
            .initiate(&self.one, self.jean.token_id.as_str())
            .await;
        let told = waiting.await.unwrap().expect(200);
        assert!(
            told.to_string().contains(&login.session_id),
            "who waits at the other instance is woken: {told}"
        );
        let mut browser = Browser::open(&self.one, &login).await;
        assert_eq!(
            browser.expect("otp_ready").await["autoPassword"],
            login.code.as_str()
        );
        let body = self.approval().await;
        self.other.send(verify(&body)).await.expect(200);
        browser.expect("approved").await;
        browser.expect_close(1000).await;
        let path = format!("/auth/result/{}", login.session_id);
        let result = Call::get(path);
        self.service.send(&self.other, result).await.expect(200);
    }

    /// The body that approves what waits.
    pub(crate) async fn approval(&self) -> String {
        let request = self.phone.only().await;
        self.phone
            .approval(&request, CodeAnswer::Compared, &[])
            .expect("a credential that answers")
    }
}

pub(crate) fn verify(body: &str) -> Call {
    Call::new(Method::POST, "/auth/verify").text(body.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_begun_at_one_instance_is_approved_at_another() {
    Pair::start(|_| ()).await.log_in().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_1_equal_approvals_at_two_instances_are_one() {
    let pair = Pair::start(|_| ()).await;
    let login = pair
        .service
        .initiate(&pair.one, pair.jean.token_id.as_str())
        .await;
    let body = pair.approval().await;
    let sent: Vec<_> = (0..32)
        .flat_map(|_| [&pair.one, &pair.other])
        .map(|server| tokio::spawn(server.send(verify(&body))))
        .collect();
    let mut replies = Vec::new();
    for answer in sent {
        let answer = answer.await.unwrap();
        if answer.status.is_success() {
            replies.push(answer.text());
        } else {
            answer.expect_problem(404, "session_not_found");
        }
    }
    replies.dedup();
    assert_eq!(replies.len(), 1, "every success is the same: {replies:?}");
    let path = format!("/admin/audit?event=AUTH_APPROVE&session_id={}", login.session_id);
    let recorded = pair.one.administer(Call::get(path)).await.expect(200);
    assert_eq!(recorded["total"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_count_one_limit() {
    let pair = Pair::start(|config| config.limits.challenge_per_minute = 3).await;
    let mut refused = 0;
    for server in [&pair.one, &pair.other, &pair.one, &pair.other] {
        let answer = server.send(Call::new(Method::POST, "/enroll/challenge")).await;
        refused += usize::from(answer.status.as_u16() == 429);
    }
    // The phone of the pair asked once.
    assert_eq!(refused, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_never_write_one_chain() {
    let mut pair = Pair::start(|_| ()).await;
    let mut second = pair.one.start_beside("other").await;
    let refused = tokio::time::timeout(Duration::from_secs(20), second.ended()).await;
    let refused = refused.expect("it does not serve").unwrap_err();
    assert!(refused.to_string().contains("audit.chain"), "{refused}");
    pair.other.stop().await;
}

/// Logins in flight fail with a clear retry, nothing is approved twice, service resumes by itself; what needs no Redis goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_5_redis_lost_costs_a_retry() {
    let mut redis = Redis::start();
    let url = redis.url();
    let server = TestServer::start_with(|config| shared(config, &url)).await;
    server.ready().await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let request = phone.only().await;
    let body = phone.approval(&request, CodeAnswer::Compared, &[]).unwrap();

    redis.kill();
    let refused = server.send(verify(&body)).await;
    refused.expect_problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    let refused = service
        .try_initiate(&server, jean.token_id.as_str(), serde_json::json!({}))
        .await;
    refused.expect_problem(503, "unavailable");
    server.expect_lack_of("ephemeral_store").await;

    redis.resume();
    server.ready().await;
    let gone = server.send(verify(&body)).await;
    gone.expect_problem(404, "session_not_found");
    let path = format!("/admin/audit?event=AUTH_APPROVE&session_id={}", login.session_id);
    assert_eq!(server.administer(Call::get(path)).await.expect(200)["total"], 0);
    let login = service.initiate(&server, jean.token_id.as_str()).await;
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("otp_ready").await;
    phone.approve(&phone.only().await).await.expect(200);
    browser.expect("approved").await;
}

/// A session whose time is over while Redis does not answer has its outcome all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_3_7_5_what_expires_while_redis_is_frozen_is_ended_later() {
    let redis = Redis::start();
    let url = redis.url();
    let server = TestServer::start_with(|config| {
        shared(config, &url);
        let redis = config.storage.redis.as_mut().expect("as said");
        redis.response = Duration::from_secs(1);
    })
    .await;
    server.ready().await;
    let service = Registration::public().register(&server).await;
    let jean = server.issue(Invented::jean());
    let _phone = Phone::enrol(&server, &jean).await;
    let login = service.initiate(&server, jean.token_id.as_str()).await;

    redis.signal("STOP");
    server.clock.advance(61);
    // Long enough for the end to be tried, and to fail.
    tokio::time::sleep(Duration::from_secs(3)).await;
    redis.signal("CONT");
    let id = SessionId::parse(&login.session_id).unwrap();
    let ended = async {
        while server.app.durable.outcome(&id).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("the session has its outcome");
}
