//! An installation that runs, with a service and people to log in.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tests::{
    Call, Cluster, Database, Installation, Instance, Phone, Redis, Registered, Registration, Relay, Site,
};
use tokio::time::Instant;

/// The longest that service may take to resume by itself. Row 5 wants less than 3 s, which the long form asserts and the short one says:
/// a busy machine is not a server that does not recover.
pub(crate) const RECOVERY: Duration = Duration::from_secs(30);

/// What a scene keeps its data in.
pub(crate) struct Shared {
    /// What must never be lost.
    pub(crate) database: Database,
    /// What is pending.
    pub(crate) redis: Redis,
    /// In front of the instances.
    pub(crate) relay: Relay,
}

/// The scene.
pub(crate) struct Scene {
    pub(crate) installation: Installation,
    pub(crate) instances: Vec<Instance>,
    /// As people see it: through the proxy, where there is one.
    pub(crate) site: Site,
    pub(crate) operator: String,
    pub(crate) service: Registered,
    pub(crate) shared: Option<Shared>,
}

impl Scene {
    /// One embedded instance.
    pub(crate) async fn embedded(change: impl FnOnce(&mut Installation)) -> Self {
        let mut installation = Installation::embedded();
        change(&mut installation);
        let instance = installation.start().await;
        let site = instance.site.clone();
        Self::cast(installation, vec![instance], site, None).await
    }

    /// So many instances on a database of this server and a Redis of their own, behind a proxy.
    pub(crate) async fn shared(count: usize, cluster: &Cluster) -> Self {
        Self::shared_with(count, cluster, |_| ()).await
    }

    /// The same with other settings.
    pub(crate) async fn shared_with(
        count: usize,
        cluster: &Cluster,
        change: impl FnOnce(&mut Installation),
    ) -> Self {
        let (database, redis, relay) = (cluster.create(), Redis::start(), Relay::start().await);
        let mut installation = Installation::at(relay.address);
        installation.share_in(&redis.url());
        change(&mut installation);
        installation.keep_in(&database.url());
        let mut instances = Vec::new();
        for number in 0..count {
            instances.push(installation.start_beside(&format!("node-{number}")).await);
        }
        relay.lead_to(instances.iter().map(|instance| instance.address).collect());
        let site = Site::at(&installation.issuer);
        let shared = Shared {
            database,
            redis,
            relay,
        };
        Self::cast(installation, instances, site, Some(shared)).await
    }

    async fn cast(
        installation: Installation,
        instances: Vec<Instance>,
        site: Site,
        shared: Option<Shared>,
    ) -> Self {
        let operator = installation.operator();
        let registration = Registration::confidential();
        let service = registration.register_by(&operator, &site).await;
        Self {
            installation,
            instances,
            site,
            operator,
            service,
            shared,
        }
    }

    /// A further service.
    pub(crate) async fn register(&self, registration: Registration) -> Registered {
        registration.register_by(&self.operator, &self.site).await
    }

    /// Somebody with an enrolled phone.
    pub(crate) async fn phone(&self) -> Phone {
        Phone::enrol(&self.site, &self.installation.issue()).await
    }

    /// So many of them.
    pub(crate) async fn phones(&self, count: usize) -> Vec<Phone> {
        let mut phones = Vec::with_capacity(count);
        for _ in 0..count {
            phones.push(self.phone().await);
        }
        phones
    }

    /// The stores that it shares.
    pub(crate) fn stores(&mut self) -> &mut Shared {
        self.shared.as_mut().expect("a shared installation")
    }

    /// Its database.
    pub(crate) fn database(&self) -> &Database {
        &self.shared.as_ref().expect("a shared installation").database
    }

    /// How often an event is recorded, of a session where one is named.
    pub(crate) async fn recorded(&self, event: &str, session_id: Option<&str>) -> u64 {
        let session = session_id.map_or_else(String::new, |id| format!("&session_id={id}"));
        let path = format!("/admin/audit?event={event}{session}");
        let found = self
            .site
            .send(Call::get(path).bearer(&self.operator))
            .await
            .expect(200);
        found["total"].as_u64().expect("a total")
    }

    /// Whether somebody can log in now: a session begins, as an answer of a healthy server.
    async fn serves(&self) -> bool {
        let body = json!({"tokenId": "nobody", "serviceId": self.service.id});
        let call = || {
            let call = Call::post("/auth/initiate", &body);
            self.service.authenticate(call, self.site.now().unix_seconds())
        };
        let mut well = true;
        for instance in &self.instances {
            let answered = tokio::time::timeout(RECOVERY, instance.site.http.try_send(call())).await;
            well &= answered.is_ok_and(|answer| answer.is_some_and(|answer| answer.status.is_success()));
        }
        well
    }

    /// Waits until every instance begins logins again; how long that took.
    pub(crate) async fn recovered(&self) -> Duration {
        let begun = Instant::now();
        let serving = async {
            while !self.serves().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let resumed = tokio::time::timeout(RECOVERY, serving).await;
        assert!(resumed.is_ok(), "service does not resume by itself");
        begun.elapsed()
    }

    /// Asserts that every instance lives, and is not ready where it lacks a store.
    pub(crate) async fn assert_lives_unready(&self) {
        for instance in &self.instances {
            instance.site.send(Call::get("/health/live")).await.expect(200);
            let unready = async {
                while instance.site.send(Call::get("/health/ready")).await.status != 503 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let noticed = tokio::time::timeout(RECOVERY, unready).await;
            assert!(noticed.is_ok(), "it says that it is ready");
            for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration"] {
                instance.site.send(Call::get(path)).await.expect(200);
            }
        }
    }

    /// Asserts that the log is whole, and that nothing panicked.
    pub(crate) fn assert_sound(&self) {
        self.installation.verify_audit();
        for instance in &self.instances {
            instance.assert_sound();
        }
    }

    /// Where an instance listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.instances.first().expect("an instance").address
    }
}
