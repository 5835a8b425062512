//! Issue "Must hold": `kill -9` at any moment loses no enrolment, service, revocation or audit record that was acknowledged.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use serde_json::json;
use tests::{Call, Enrolling, Holder, Installation, Phone, Registration, Site, random};

const ROUNDS: usize = 6;

/// What the server said yes to.
#[derive(Default)]
pub(crate) struct Acknowledged {
    phones: Vec<(Phone, Fate)>,
    services: Vec<String>,
}

/// What became of a phone.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Enrolled,
    /// A revocation was sent and not answered: either is right.
    Unknown,
    Revoked,
}

pub(crate) type Ledger = Arc<Mutex<Acknowledged>>;

/// Enrols one person after the other until the server is gone; revokes every third.
pub(crate) async fn enrol_and_revoke(site: Site, people: Vec<Holder>, (operator, ledger): (String, Ledger)) {
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
pub(crate) async fn check(site: &Site, operator: &str, ledger: &Ledger) {
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
    let installation = Installation::embedded();
    let mut instance = installation.start().await;
    let site = instance.site.clone();
    let ledger = Ledger::default();
    let mut operator = None;
    for round in 0..ROUNDS {
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
        instance.kill();
        for task in load {
            task.await
                .unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        installation.verify_audit();
        instance.resume().await;
    }
    check(&site, operator.as_deref().unwrap(), &ledger).await;
    installation.verify_audit();
    let ledger = ledger.lock().unwrap();
    assert!(
        ledger.phones.len() > ROUNDS && ledger.services.len() > ROUNDS,
        "the load was none"
    );
    assert!(ledger.phones.iter().any(|(_, fate)| *fate == Fate::Revoked));
}
