//! A server of its own for each test: in this process, on a free port, with its own directory, scheme, clock and pushes.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idp_push::RecordingSender;
use idp_server::admin::{OperatorGrant, OperatorScope, Role, issue_operator_token};
use idp_server::app::App;
use idp_server::boot::{Listening, Parts, open_with};
use idp_server::config::Config;
use idp_server::scheme::{Scheme, SchemeNames};
use idp_types::OperatorName;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::{Answer, Call};
use crate::kept_keys::KeptKeys;
use crate::people::{Holder, Invented};
use crate::site::Site;

/// Counts that no test reaches unless it sets its own.
const PLENTY: u32 = 100_000;

/// A running server.
pub struct TestServer {
    /// The running application, for what no route shows.
    pub app: Arc<App>,
    /// What it pushed.
    pub pushes: Arc<RecordingSender>,
    site: Site,
    scheme: Mutex<Scheme>,
    directory: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl TestServer {
    /// A server whose limits no test meets by accident.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A server with a configuration that the test changes.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(None, change).await
    }

    /// A server that is known to the world by an `https` origin, as behind a proxy that ends TLS; requests come in plain.
    pub async fn start_behind_proxy(issuer: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(Some(issuer), change).await
    }

    async fn start_as(issuer: Option<&str>, change: impl FnOnce(&mut Config)) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut site = Site::at(&format!("http://{address}"));
        if let Some(issuer) = issuer {
            issuer.clone_into(&mut site.issuer);
        }
        let mut config = Config::demo(site.issuer.clone(), address, directory.path().join("data"));
        config.limits.initiate_per_minute = PLENTY;
        config.limits.enroll_per_hour = PLENTY;
        config.limits.challenge_per_minute = PLENTY;
        config.limits.admin_per_minute = PLENTY;
        config.limits.service_per_minute = PLENTY;
        config.limits.verify_failures_per_minute = PLENTY;
        config.limits.device_requests_per_minute = PLENTY;
        config.limits.max_sessions = 50_000;
        change(&mut config);
        let scheme = Scheme::init(&config.trust.directory, names("Test scheme", "TST"), site.now());
        let scheme = scheme.expect("a scheme of our own");
        Self::serve(config, listener, site, scheme, Arc::new(directory)).await
    }

    /// A further instance of this installation: the same directory, time and issuer, at an address of its own. What is pending has to be
    /// in a store that instances share.
    pub async fn start_beside(&self, chain: &str) -> Self {
        self.start_beside_with(chain, |_| ()).await
    }

    /// The same, with a configuration that the test changes.
    pub async fn start_beside_with(&self, chain: &str, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut config = self.app.config.clone();
        change(&mut config);
        config.listen = listener.local_addr().expect("an address");
        chain.clone_into(&mut config.audit.chain);
        let mut site = Site::at(&format!("http://{}", config.listen));
        site.issuer.clone_from(&self.site.issuer);
        site.clock = self.site.clock.clone();
        let scheme = Scheme::open(&config.trust.directory).expect("the scheme of the first");
        Self::serve(config, listener, site, scheme, self.directory.clone()).await
    }

    async fn serve(
        config: Config,
        listener: TcpListener,
        site: Site,
        scheme: Scheme,
        directory: Arc<TempDir>,
    ) -> Self {
        let pushes = Arc::new(RecordingSender::default());
        let parts = Parts {
            clock: site.clock.clone(),
            generator: Arc::new(KeptKeys::default()),
            push: (!config.push.is_configured()).then(|| pushes.clone() as Arc<dyn idp_push::PushSender>),
            ..Parts::default()
        };
        let opened = Box::pin(open_with(config, parts))
            .await
            .expect("the server opens");
        let listening = Listening::on(opened, listener);
        let app = listening.app().clone();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(listening.serve(async move {
            let _ = stopped.await;
        }));
        Self {
            app,
            pushes,
            site,
            scheme: Mutex::new(scheme),
            directory,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    /// Where its database and keys are.
    pub fn data_directory(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    /// Stops serving and waits for it. The directory stays.
    pub async fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(serving) = self.serving.take() {
            serving
                .await
                .expect("the server does not panic")
                .expect("the server serves");
        }
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// Why it did.
    pub async fn ended(&mut self) -> std::io::Result<()> {
        let serving = self.serving.take().expect("a server that runs");
        serving.await.expect("the server does not panic")
    }

    /// The scheme that its seals come from.
    pub fn scheme(&self) -> MutexGuard<'_, Scheme> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Issues a seal for somebody.
    pub fn issue(&self, person: Invented) -> Holder {
        let seal = self
            .scheme()
            .issue(&person.content(), self.now())
            .expect("a seal");
        Holder::new(person, &seal)
    }

    /// Signs the scheme's lists again and lets the server read them.
    pub async fn publish_lists(&self) {
        self.scheme().sign(self.now()).expect("signed lists");
        idp_server::trust::refresh(&self.app)
            .await
            .expect("acceptable lists");
    }

    /// A token of an operator with every permission.
    pub async fn operator(&self, name: &str) -> String {
        let scopes = [OperatorScope::Admin, OperatorScope::Audit];
        self.operator_with(name, &scopes, Role::SuperAdmin).await
    }

    /// A token of an operator with these permissions, valid for an hour.
    pub async fn operator_with(&self, name: &str, scopes: &[OperatorScope], role: Role) -> String {
        let grant = OperatorGrant {
            name: OperatorName::parse(name).expect("an operator's name"),
            scopes: scopes.iter().copied().collect(),
            role,
        };
        let issued = issue_operator_token(&self.app, &grant, 3600).await;
        issued
            .unwrap_or_else(|problem| panic!("no operator token: {problem:?}"))
            .0
    }

    /// Sends a request as an operator.
    pub async fn administer(&self, call: Call) -> Answer {
        let token = self.operator("ann").await;
        self.send(call.bearer(&token)).await
    }

    /// How many audit records there are: grows with everything that is written.
    pub async fn audit_count(&self) -> u64 {
        let heads = self.app.durable.audit_heads().await.expect("the store answers");
        heads.iter().map(|head| head.sequence).sum()
    }
}

impl Deref for TestServer {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

/// A scheme's names.
pub fn names(operator: &str, agency: &str) -> SchemeNames {
    SchemeNames {
        operator: operator.to_owned(),
        agency: agency.parse().expect("three characters"),
        region: "EU".parse().expect("a region"),
        authority: "XX01".parse().expect("four characters"),
    }
}
