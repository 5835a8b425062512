//! From configuration to a running server: open, serve, stop.

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_push::PushSender;
use idp_store::{Commit, DurableStore};
use idp_types::Timestamp;
use tokio::net::TcpListener;

use crate::app::App;
use crate::approval;
use crate::audit::{AuditSealer, write_checkpoints};
use crate::background;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, KeyStore};
use crate::crypto::{AwsVerifier, CryptoError, KnownSignatures};
use crate::edge::{self, EdgeSettings, Tls};
use crate::gateway::{Decider, PolicyFileError};
use crate::keys::{
    KeyError, KeyGenerator, KeyHome, KeyRing, RingSettings, SystemGenerator, Token, TokenUse, seal_key,
};
use crate::live::Live;
use crate::push::{PushFileError, Pushes};
use crate::reload::{self, ConfigSource, Reloads};
use crate::router::router;
use crate::status::StatusLists;
use crate::stores::{self, Circuits};
use crate::telemetry::{Metrics, listener};
use crate::trust;

/// Enrolment credentials whose signature is remembered, one a device.
const KNOWN_CREDENTIALS: u64 = 65_536;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The data directory cannot be made.
    #[error("{path}: {source}")]
    Directory {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that the configuration names cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The keys do not open.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A file of `[push]` cannot be used.
    #[error(transparent)]
    Push(#[from] PushFileError),
    /// The policy of `[gateway]` cannot be used.
    #[error(transparent)]
    Gateway(#[from] PolicyFileError),
    /// A primitive failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The embedded database does not open.
    #[error(transparent)]
    Open(#[from] idp_store_sqlite::OpenError),
    /// The database does not open.
    #[error(transparent)]
    Database(#[from] idp_store_postgres::OpenError),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] idp_store::StoreError),
    /// The address cannot be listened on.
    #[error("{address}: {source}")]
    Listen {
        /// Which.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The demo could not be set up.
    #[error("the demo could not be set up: {0}")]
    Demo(String),
}

/// What a caller may put in place of the defaults: tests use it, and so will other engines.
pub struct Parts {
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Who sends pushes; the configured providers if absent.
    pub push: Option<Arc<dyn PushSender>>,
    /// The name of this process's audit chain; the configured one if absent.
    pub chain: Option<String>,
    /// Where the configuration is read again on SIGHUP; nowhere if absent.
    pub source: Option<ConfigSource>,
    /// Where new software keys come from.
    pub generator: Arc<dyn KeyGenerator>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            push: None,
            chain: None,
            source: None,
            generator: Arc::new(SystemGenerator),
        }
    }
}

/// An application that nobody reaches yet.
pub struct Opened {
    /// The application.
    pub app: Arc<App>,
}

fn make_private(path: &Path) -> Result<(), BootError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| BootError::Directory {
            path: path.display().to_string(),
            source,
        })
}

/// Opens stores, keys and trust lists.
///
/// # Errors
/// [`BootError`] with what to look at.
pub async fn open_with(config: Config, parts: Parts) -> Result<Opened, BootError> {
    make_private(&config.data_dir)?;
    let now = parts.clock.now();
    let chain = parts.chain.unwrap_or_else(|| config.audit.chain.clone());
    let metrics = Arc::<Metrics>::default();
    let circuits = Circuits::of(&config);
    let durable = circuits.watch_durable(stores::durable(&config, chain).await?, &metrics);
    let keys = keys(&config, &durable, parts.generator, now).await?;
    let ephemeral = circuits.watch_ephemeral(stores::ephemeral(&config).await?, &metrics);
    let audit = AuditSealer::new(keys.secrets())?;
    let push = Pushes::open(&config, parts.push)?;
    let trust = trust::load(&config.trust, now);
    let gateway = Decider::open(&config)?;
    let app = Arc::new_cyclic(|handle| App {
        handle: handle.clone(),
        durable,
        ephemeral,
        keys,
        verifier: AwsVerifier,
        known_credentials: KnownSignatures::new(KNOWN_CREDENTIALS),
        trust: RwLock::new(trust.store),
        clock: parts.clock,
        audit,
        status: StatusLists::default(),
        push,
        leads: AtomicBool::new(false),
        origins: crate::http::Origins::default(),
        connections: approval::Connections::default(),
        oidc: crate::oidc::state::OidcState::new(&config),
        gateway,
        providers: crate::saml::providers::ProviderState::default(),
        saml: crate::saml::state::SamlState::new(),
        demo: std::sync::OnceLock::new(),
        health: Mutex::new(HashMap::new()),
        reloads: Reloads::new(parts.source),
        metrics,
        metrics_address: std::sync::OnceLock::new(),
        edge: Arc::default(),
        circuits,
        started_at: now,
        config: Live::new(config),
    });
    app.note_health("trust", trust.trouble);
    restore_status(&app).await?;
    Ok(Opened { app })
}

/// The key ring, where the configuration has it.
async fn keys(
    config: &Config,
    durable: &Arc<dyn DurableStore>,
    generator: Arc<dyn KeyGenerator>,
    now: Timestamp,
) -> Result<KeyRing, BootError> {
    let home = match config.key_store() {
        KeyStore::File => KeyHome::File(config.keys.file.clone()),
        KeyStore::Database => KeyHome::Database {
            store: durable.clone(),
            former: config.keys.file.clone(),
        },
    };
    let token = match &config.keys.pkcs11 {
        Some(settings) => Some(TokenUse {
            token: Token::open(settings.clone()).await.map_err(KeyError::from)?,
            purposes: settings.purposes.clone(),
        }),
        None => None,
    };
    let used = token.as_ref().map(|token| &token.token);
    let seal_key = seal_key(&config.keys.seal_key, &home, used).await?;
    let settings = RingSettings {
        token,
        generator,
        ..RingSettings::new(config.keys.rotation, config.keys.rotate_days, &config.issuer)
    };
    Ok(KeyRing::open(home, &seal_key, settings, now).await?)
}

/// Opens with the defaults.
///
/// # Errors
/// [`BootError`].
pub async fn open(config: Config) -> Result<Arc<App>, BootError> {
    let parts = Parts {
        chain: Some("cli".to_owned()),
        ..Parts::default()
    };
    Box::pin(open_with(config, parts)).await.map(|opened| opened.app)
}

/// Marks the status entries that live tokens use.
async fn restore_status(app: &App) -> Result<(), BootError> {
    let now = app.now();
    let latest = now.plus_seconds(app.config.tokens.lifetime_seconds);
    for list in app.durable.token_lists(now).await? {
        for (index, _) in app.durable.token_statuses(list, now).await? {
            app.status.restore(list, index, latest);
        }
    }
    Ok(())
}

impl Opened {
    /// Listens; the address is known from here on.
    ///
    /// # Errors
    /// [`BootError::Listen`].
    pub async fn listen(self) -> Result<Listening, BootError> {
        let address = self.app.config.listen;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| BootError::Listen {
            address: address.to_string(),
            source,
        })?;
        Ok(Listening {
            opened: self,
            listener,
        })
    }
}

/// A server with its address, about to serve.
pub struct Listening {
    opened: Opened,
    listener: TcpListener,
}

impl Listening {
    /// A listener that was bound before, because the issuer had to be known.
    pub fn on(opened: Opened, listener: TcpListener) -> Self {
        Self { opened, listener }
    }

    /// The application.
    pub fn app(&self) -> &Arc<App> {
        &self.opened.app
    }

    /// Serves until `stop` resolves, then drains.
    ///
    /// # Errors
    /// The listener's own.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let Self {
            opened: Opened { app },
            listener,
        } = self;
        let _locks = lock(&app.config)?;
        let metrics = listener::bind(&app).await?;
        let tls = app.config.tls.as_ref().map(Tls::open).transpose();
        let tls = tls.map_err(std::io::Error::other)?.map(Arc::new);
        record_start(&app).await;
        background::look_who_leads(&app).await;
        // What was accepted before may not be rolled back: the store knows it, the directory does not.
        app.note_health("trust", trust::refresh_or_follow(&app).await.err());
        let mut tasks = background::start(&app);
        let settings = EdgeSettings {
            tls,
            counters: app.edge.clone(),
            ..EdgeSettings::from(&*app.config)
        };
        let settings = Arc::new(Live::new(settings));
        tasks.push(tokio::spawn(reload::on_hangup(app.clone(), settings.clone())));
        tasks.extend(metrics.map(|listener| tokio::spawn(listener::serve(app.clone(), listener))));
        let served = edge::serve(listener, router(&app), settings, stop).await;
        for task in tasks {
            task.abort();
        }
        if let Err(problem) = write_checkpoints(&app).await {
            tracing::warn!(
                code = problem.code().as_str(),
                "the last checkpoint was not written"
            );
        }
        served
    }
}

/// One server a data directory, because sessions and limits are its own, unless instances share them; one server an audit chain, in any
/// case. The system lets go of a lock with the process, however that ends.
fn lock(config: &Config) -> std::io::Result<[std::fs::File; 2]> {
    let open = |name: &str| {
        let path = config.data_dir.join(name);
        let mut options = std::fs::File::options();
        options.create(true).truncate(false).write(true).open(path)
    };
    let (directory, chain) = (
        open("server.lock")?,
        open(&format!("chain-{}.lock", config.audit.chain))?,
    );
    let taken = |_| std::io::Error::other("another server runs on this data directory");
    if config.storage.redis.is_some() {
        directory.try_lock_shared().map_err(taken)?;
    } else {
        directory.try_lock().map_err(taken)?;
    }
    let taken = |_| std::io::Error::other("another server writes this audit chain; set audit.chain");
    chain.try_lock().map_err(taken)?;
    Ok([directory, chain])
}

async fn record_start(app: &App) {
    let fact = AuditFact::new(AuditEvent::Start, Actor::System).with("version", env!("CARGO_PKG_VERSION"));
    let recorded = async {
        let record = app.audit.record(&*app.durable, fact, app.now()).await?;
        app.durable
            .commit(Commit {
                changes: Vec::new(),
                audit: vec![record],
            })
            .await
            .map_err(crate::problem::Problem::from)
    };
    if let Err(problem) = recorded.await {
        tracing::error!(code = problem.code().as_str(), "the start was not recorded");
    }
}
