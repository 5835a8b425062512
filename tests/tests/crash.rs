//! Issue "Must hold": `kill -9` at any moment loses no enrolment, service, revocation or audit record that was acknowledged.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use idp_server::clock::{Clock as _, SystemClock};
use idp_server::scheme::Scheme;
use serde_json::{Value, json};
use tests::{Call, Enrolling, Holder, Invented, Phone, Registration, Site, random, server};

use crate::idp::{Running, program, run};

const ROUNDS: usize = 6;

/// What the server said yes to.
#[derive(Default)]
struct Acknowledged {
    phones: Vec<(Phone, Fate)>,
    services: Vec<String>,
}

/// What became of a phone.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Enrolled,
    /// A revocation was sent and not answered: either is right.
    Unknown,
    Revoked,
}

/// An installation in a directory, served by the real command.
pub(crate) struct Installation {
    directory: tempfile::TempDir,
    scheme: Scheme,
    issuer: String,
}

impl Installation {
    fn new() -> Self {
        Self::with("")
    }

    /// One with further tables in its configuration.
    pub(crate) fn with(tables: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let names = server::names("Crash scheme", "CRS");
        let scheme = Scheme::init(&directory.path().join("data/trust"), names, SystemClock.now()).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let issuer = format!("http://{address}");
        let config = format!(
            "issuer = \"{issuer}\"\nlisten = \"{address}\"\ndata_dir = \"{}\"\n[limits]\nenroll_per_hour = 100000\n\
             challenge_per_minute = 100000\nadmin_per_minute = 100000\n[enrolment]\nadmission = \"open\"\n\
             [audit]\ncheckpoint_seconds = 5\n{tables}",
            directory.path().join("data").display()
        );
        std::fs::write(directory.path().join("idp.toml"), config).unwrap();
        Self {
            directory,
            scheme,
            issuer,
        }
    }

    /// Changes a text of its configuration, which nobody reads until it is told to.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let before = std::fs::read_to_string(self.config()).unwrap();
        assert!(before.contains(from), "{before}");
        std::fs::write(self.config(), before.replace(from, to)).unwrap();
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn config(&self) -> String {
        self.directory.path().join("idp.toml").display().to_string()
    }

    fn issue(&self) -> Holder {
        let person = Invented::jean();
        let seal = self.scheme.issue(&person.content(), SystemClock.now()).unwrap();
        Holder::new(person, &seal)
    }

    /// Starts it and waits until it serves.
    pub(crate) async fn start(&self) -> (Running, Site) {
        let log = std::fs::File::create(self.directory.path().join("log")).unwrap();
        let running = Running::start_with(&["serve", "--config", &self.config()], log.into());
        let site = Site::at(&self.issuer);
        let serving = async {
            while site
                .http
                .try_send(Call::get("/health/ready"))
                .await
                .is_none_or(|answer| !answer.status.is_success())
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), serving)
            .await
            .expect("the server serves");
        (running, site)
    }

    fn operator(&self) -> String {
        let config = self.config();
        let arguments = [
            "operator",
            "token",
            "--name",
            "ann",
            "--scope",
            "idtoken:admin",
            "--scope",
            "idtoken:audit",
            "--json",
            "--config",
            &config,
        ];
        let made = run(&arguments);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        made["token"].as_str().unwrap().to_owned()
    }

    fn verify_audit(&self) {
        let verified = run(&["audit", "verify", "--json", "--config", &self.config()]);
        let said = String::from_utf8_lossy(&verified.stdout).into_owned()
            + &String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success(), "{said}");
    }
}

type Ledger = Arc<Mutex<Acknowledged>>;

/// Enrols one person after the other until the server is gone; revokes every third.
async fn enrol_and_revoke(site: Site, people: Vec<Holder>, (operator, ledger): (String, Ledger)) {
    for (index, holder) in people.iter().enumerate() {
        let Some(phone) = Phone::try_enrol(&site, holder, Enrolling::new("phone")).await else {
            return;
        };
        let token_id = phone.wallet.identity().token_id.clone();
        let place = {
            let mut ledger = ledger.lock().unwrap();
            ledger.phones.push((phone, Fate::Enrolled));
            ledger.phones.len() - 1
        };
        if !index.is_multiple_of(3) {
            continue;
        }
        ledger.lock().unwrap().phones[place].1 = Fate::Unknown;
        let body = json!({"tokenId": token_id, "reason": "lost_device"});
        let Some(answer) = site
            .http
            .try_send(Call::post("/revoke", &body).bearer(&operator))
            .await
        else {
            return;
        };
        answer.expect(200);
        ledger.lock().unwrap().phones[place].1 = Fate::Revoked;
    }
}

/// Registers one service after the other until the server is gone.
async fn register(site: Site, operator: String, ledger: Ledger) {
    loop {
        let registration = Registration::public();
        let call = Call::post("/admin/services", registration.body()).bearer(&operator);
        let Some(answer) = site.http.try_send(call).await else {
            return;
        };
        let id = registration.registered(&site, &answer).id;
        ledger.lock().unwrap().services.push(id);
    }
}

/// Everything that was acknowledged is there.
async fn check(site: &Site, operator: &str, ledger: &Ledger) {
    let (mut checks, services) = {
        let ledger = ledger.lock().unwrap();
        let calls: Vec<_> = ledger
            .phones
            .iter()
            .map(|(phone, fate)| (phone.sign(&Method::GET, "/enroll/devices", ""), *fate))
            .collect();
        (calls, ledger.services.clone())
    };
    let (enrolled, revoked) = (
        checks.len(),
        checks.iter().filter(|(_, fate)| *fate == Fate::Revoked).count(),
    );
    for (call, fate) in checks.drain(..) {
        let answer = site.send(call).await;
        let (active, ended) = (answer.status.is_success(), answer.code() == "device_not_active");
        match fate {
            Fate::Enrolled => assert!(active, "an enrolment is lost: {}", answer.text()),
            Fate::Revoked => assert!(ended, "a revocation is lost: {}", answer.text()),
            Fate::Unknown => assert!(active || ended, "an enrolment is lost: {}", answer.text()),
        }
    }
    for service_id in &services {
        site.send(Call::get(format!("/services/{service_id}")))
            .await
            .expect(200);
    }
    for (event, least) in [
        ("ENROLL", enrolled),
        ("REVOKE", revoked),
        ("ADMIN_SERVICE", services.len()),
    ] {
        let found = site
            .send(Call::get(format!("/admin/audit?event={event}")).bearer(operator))
            .await
            .expect(200);
        let found = usize::try_from(found["total"].as_u64().unwrap()).unwrap();
        assert!(
            found >= least,
            "{found} records of {event} for {least} acknowledged"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    assert!(Path::new(program()).exists());
    let installation = Installation::new();
    let ledger = Ledger::default();
    let mut operator = None;
    for round in 0..ROUNDS {
        let (mut running, site) = installation.start().await;
        let operator = operator.get_or_insert_with(|| installation.operator()).clone();
        check(&site, &operator, &ledger).await;
        let people = || (0..200).map(|_| installation.issue()).collect::<Vec<_>>();
        let load = [
            tokio::spawn(enrol_and_revoke(
                site.clone(),
                people(),
                (operator.clone(), ledger.clone()),
            )),
            tokio::spawn(enrol_and_revoke(
                site.clone(),
                people(),
                (operator.clone(), ledger.clone()),
            )),
            tokio::spawn(register(site.clone(), operator.clone(), ledger.clone())),
        ];
        let moment = 100 + u64::from(u16::from_be_bytes(random())) % 700;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        running.kill();
        for task in load {
            task.await
                .unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        installation.verify_audit();
    }
    let (_running, site) = installation.start().await;
    check(&site, operator.as_deref().unwrap(), &ledger).await;
    installation.verify_audit();
    let ledger = ledger.lock().unwrap();
    assert!(
        ledger.phones.len() > ROUNDS && ledger.services.len() > ROUNDS,
        "the load was none"
    );
    assert!(ledger.phones.iter().any(|(_, fate)| *fate == Fate::Revoked));
}
