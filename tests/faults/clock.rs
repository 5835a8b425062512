//! Rows 15 and 16: a server whose clock is wrong and steps, by libfaketime; keys that rotate while a relying party caches them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use idp_authenticator::CodeAnswer;
use idp_jose::jws::{self, Expectation};
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use tests::web::payload;
use tests::{Call, Installation, Login, Phone};

use crate::scene::Scene;
use crate::suite::Stage;

/// How long a process may go by the old time.
const NOTICED: Duration = Duration::from_millis(300);

/// A server on a clock that this moves.
struct Clock {
    scene: Scene,
    file: PathBuf,
    offset: i64,
}

fn library() -> String {
    let folders = std::fs::read_dir("/usr/lib").expect("a system").flatten();
    let found = folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists());
    let found = found.expect("libfaketime; install the package faketime");
    found.display().to_string()
}

fn write(file: &Path, offset: i64) {
    std::fs::write(file, format!("{offset:+}\n")).expect("the file is ours");
}

impl Clock {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory").keep();
        let file = folder.join("clock");
        write(&file, 0);
        let change = |installation: &mut Installation| {
            for (name, value) in [
                ("LD_PRELOAD", library()),
                ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
                ("FAKETIME_NO_CACHE", "1".to_owned()),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ] {
                installation.set_variable(name, &value);
            }
        };
        let scene = Scene::embedded(change).await;
        Self {
            scene,
            file,
            offset: 0,
        }
    }

    /// Moves the server's clock, and the clock of its people where they follow.
    async fn step(&mut self, seconds: i64, people_follow: bool) {
        self.offset += seconds;
        write(&self.file, self.offset);
        if people_follow {
            self.scene.site.clock.advance(seconds);
        }
        tokio::time::sleep(NOTICED).await;
    }

    async fn begin(&self, phone: &Phone) -> Login {
        let token_id = phone.wallet.identity().token_id.to_string();
        self.scene.service.initiate(&self.scene.site, &token_id).await
    }

    /// A whole login; its token, whose times are those of the server's clock.
    async fn log_in(&self, phone: &Phone) -> String {
        let login = self.begin(phone).await;
        phone.approve(&phone.only().await).await.expect(200);
        self.collect(&login).await
    }

    /// The token of a login that was approved.
    async fn collect(&self, login: &Login) -> String {
        let path = format!("/auth/result/{}", login.session_id);
        let result = self
            .scene
            .service
            .send(&self.scene.site, Call::get(path))
            .await
            .expect(200);
        result["jwt"].as_str().expect("a token").to_owned()
    }

    fn now(&self) -> i64 {
        self.scene.site.now().unix_seconds()
    }

    /// Asserts that a token is of now and not of the future.
    fn check_times(&self, token: &str) {
        let claims = payload(token);
        let time = |name: &str| {
            claims[name]
                .as_i64()
                .unwrap_or_else(|| panic!("{name} in {claims}"))
        };
        let (issued, expires) = (time("iat"), time("exp"));
        assert!(
            (self.now() - 30..=self.now() + 1).contains(&issued),
            "iat {issued}, and it is {}",
            self.now()
        );
        assert_eq!(expires - issued, 3_600, "{claims}");
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = self.file.parent().map(std::fs::remove_dir_all);
    }
}

/// The clock is five minutes wrong either way, steps forward and steps back: tokens are of the server's time, sessions end, and a phone of
/// another time is refused and approves nothing.
pub(crate) async fn skew(_stage: Stage) -> String {
    let mut clock = Clock::start().await;
    // No key signs before it was made, so that everything happens later than the beginning.
    clock.step(3_600, true).await;
    let phone = clock.scene.phone().await;
    for seconds in [300, -600, 300] {
        clock.step(seconds, true).await;
        let token = clock.log_in(&phone).await;
        clock.check_times(&token);
    }
    for seconds in [300, -300] {
        wrong_phone(&mut clock, &phone, seconds).await;
    }
    step_forward(&mut clock, &phone).await;
    step_back(&mut clock, &phone).await;
    // The first phone may still be asked what nobody can answer today.
    let token = clock.log_in(&clock.scene.phone().await).await;
    clock.check_times(&token);
    clock.scene.assert_sound();
    "5 min fast, 5 min slow, steps of 5 min either way within a session".to_owned()
}

/// The server is wrong and the phone is not.
async fn wrong_phone(clock: &mut Clock, phone: &Phone, seconds: i64) {
    let login = clock.begin(phone).await;
    let request = phone.only().await;
    let now = phone.now();
    let body = phone.approval_signed_at(&request, now, now.plus_seconds(seconds));
    phone.verify(&body).await.expect_problem(400, "invalid_timestamp");
    assert_eq!(
        clock
            .scene
            .recorded("AUTH_APPROVE", Some(&login.session_id))
            .await,
        0
    );
    phone.approve(&request).await.expect(200);
}

/// A session ends with its time, though the time leaps.
async fn step_forward(clock: &mut Clock, phone: &Phone) {
    let login = clock.begin(phone).await;
    let request = phone.only().await;
    let body = phone
        .approval(&request, CodeAnswer::Compared, &[])
        .expect("an approval");
    clock.step(300, true).await;
    phone.verify(&body).await.expect_problem(404, "session_not_found");
    let path = format!("/auth/result/{}", login.session_id);
    let shown = clock.scene.service.send(&clock.scene.site, Call::get(path)).await;
    assert!(shown.json().get("jwt").is_none(), "{}", shown.text());
    assert_eq!(
        clock
            .scene
            .recorded("AUTH_APPROVE", Some(&login.session_id))
            .await,
        0
    );
}

/// A session that was begun in what is the future now is not approved by what is signed today, and yields no token of the future.
async fn step_back(clock: &mut Clock, phone: &Phone) {
    let login = clock.begin(phone).await;
    let request = phone.only().await;
    let then = phone.now();
    clock.step(-300, true).await;
    let today = phone.approval_signed_at(&request, then, phone.now());
    phone
        .verify(&today)
        .await
        .expect_problem(400, "invalid_timestamp");
    assert_eq!(
        clock
            .scene
            .recorded("AUTH_APPROVE", Some(&login.session_id))
            .await,
        0
    );
    let tomorrow = phone.approval_signed_at(&request, then, then);
    if phone.verify(&tomorrow).await.status == 200 {
        clock.check_times(&clock.collect(&login).await);
    }
}

/// The key set as a relying party keeps it: for as long as it was told.
struct Cache {
    keys: JwkSet,
    until: i64,
    fetched: usize,
}

impl Cache {
    async fn fetch(clock: &Clock, fetched: usize) -> Self {
        let answer = clock.scene.site.send(Call::get("/.well-known/jwks.json")).await;
        let field = answer.header("cache-control");
        let age = field.split(", ").find_map(|part| part.strip_prefix("max-age="));
        let age: i64 = age.and_then(|age| age.parse().ok()).expect("a max-age");
        Self {
            keys: JwkSet::parse(&answer.body, JwkSet::LIMIT).expect("a key set"),
            until: clock.now() + age,
            fetched: fetched + 1,
        }
    }

    /// Verifies with nothing but what is cached.
    fn verify(&self, token: &str) {
        let parsed = jws::parse(token, 64 * 1024).expect("a compact JWS");
        let kid = parsed.header().kid.clone().expect("a kid");
        let key = self
            .keys
            .keys()
            .iter()
            .find(|key| key.kid.as_deref() == Some(&kid));
        let key = key.unwrap_or_else(|| panic!("the cached set lacks {kid}"));
        let expectation = Expectation {
            algorithms: &[Algorithm::Es256],
            typ: "idtoken+jwt",
        };
        parsed
            .verify(&AwsVerifier, &key.key, &expectation)
            .expect("a good signature");
    }
}

/// Keys rotate again and again: whoever keeps the set as long as `Cache-Control` says verifies every token while it is valid.
pub(crate) async fn rotation(stage: Stage) -> String {
    let rotations = stage.form.pick(1, 40);
    let mut clock = Clock::start().await;
    let phone = clock.scene.phone().await;
    let (mut cache, mut kids, mut verified) = (Cache::fetch(&clock, 0).await, Vec::new(), 0);
    let mut valid: Vec<String> = Vec::new();
    while kids.len() <= rotations {
        clock.step(600, true).await;
        clock.scene.operator = clock.scene.installation.operator();
        let rotate = Call::new(http::Method::POST, "/admin/keys/token/rotate").bearer(&clock.scene.operator);
        clock.scene.site.send(rotate).await.expect(200);
        let token = clock.log_in(&phone).await;
        let kid = jws::parse(&token, 64 * 1024).expect("a JWS").header().kid.clone();
        let kid = kid.expect("a kid");
        if kids.last() != Some(&kid) {
            kids.push(kid);
        }
        valid.push(token);
        valid.retain(|token| payload(token)["exp"].as_i64() > Some(clock.now()));
        if cache.until <= clock.now() {
            cache = Cache::fetch(&clock, cache.fetched).await;
        }
        for token in &valid {
            cache.verify(token);
            verified += 1;
        }
    }
    clock.scene.assert_sound();
    format!(
        "{rotations} rotations of the token key, {verified} verifications with {} fetched sets",
        cache.fetched
    )
}
