//! Keys in a PKCS#11 token: a hardware security module, a smart card, or what imitates one. The private halves are made there and never
//! leave it; the ring keeps their identifiers and public halves.
//!
//! A module's functions block, so they run on threads of their own, at most as many as there may be sessions; who asks waits a few seconds
//! for one, and as long for its answer. A session that fails is given up and another one opened. When that fails as well, the signature
//! fails: no other key takes its place. [`Token::check`] then starts the module anew until the token is back.

mod error;
mod key;
mod session;
mod signer;
#[cfg(test)]
mod tests;
mod wrap;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::RvError;
use tokio::sync::{Notify, Semaphore};
use zeroize::Zeroizing;

pub use error::TokenError;
pub(super) use signer::TokenSigner;

use crate::config::Pkcs11Config;
use session::Seat;

/// How long to wait for a session, and for what it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a new key pair may take: a smart card looks for primes for a while.
const PATIENCE_FOR_KEYS: Duration = Duration::from_mins(1);

/// A token, and the sessions with it.
pub struct Token {
    settings: Pkcs11Config,
    pin: Zeroizing<String>,
    module: RwLock<Module>,
    /// One for each session that there may be.
    permits: Arc<Semaphore>,
    /// The token refused the PIN: further attempts would lock it.
    is_refused: AtomicBool,
    failed: Notify,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Token").field(&self.settings.token).finish()
    }
}

/// The loaded module, with sessions that nobody uses just now.
struct Module {
    functions: Pkcs11,
    idle: Mutex<Vec<Seat>>,
}

impl Module {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Seat>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token {
    /// Loads the module, and enters the token with the PIN.
    ///
    /// # Errors
    /// [`TokenError`] when the module cannot be loaded, the token is not there or the PIN is another.
    pub async fn open(settings: Pkcs11Config) -> Result<Arc<Self>, TokenError> {
        let pin = settings.pin.read()?;
        let path = settings.module.clone();
        let load = move || -> Result<Pkcs11, TokenError> {
            let functions = Pkcs11::new(&path).map_err(|source| TokenError::Module {
                path: path.clone(),
                source,
            })?;
            start(&functions)?;
            Ok(functions)
        };
        let functions = tokio::task::spawn_blocking(load).await;
        let token = Arc::new(Self {
            permits: Arc::new(Semaphore::new(settings.sessions)),
            settings,
            pin,
            module: RwLock::new(Module {
                functions: functions.map_err(|_| TokenError::Interrupted)??,
                idle: Mutex::default(),
            }),
            is_refused: AtomicBool::new(false),
            failed: Notify::new(),
        });
        token.run(|_| Ok(())).await?;
        Ok(token)
    }

    /// Waits until something failed.
    pub async fn failed(&self) {
        self.failed.notified().await;
    }

    /// Runs work on a session, away from the requests. It is tried once more where the session was an old one: that may be over.
    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Fn(&mut Seat) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<T, TokenError> {
        self.run_within(PATIENCE, work).await
    }

    async fn run_within<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        work: impl Fn(&mut Seat) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<T, TokenError> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
        let permit = permit
            .map_err(|_| TokenError::Slow)?
            .map_err(|_| TokenError::Interrupted)?;
        let token = self.clone();
        let working = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            token.attempt(work)
        });
        let done = tokio::time::timeout(patience, working).await;
        let done = done
            .unwrap_or(Ok(Err(TokenError::Slow)))
            .unwrap_or(Err(TokenError::Interrupted));
        if done.is_err() {
            self.failed.notify_one();
        }
        done
    }

    fn attempt<T>(&self, work: impl Fn(&mut Seat) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let module = self.module.read().unwrap_or_else(PoisonError::into_inner);
        let old = module.idle().pop();
        if let Some(mut seat) = old
            && let Ok(done) = work(&mut seat)
        {
            module.idle().push(seat);
            return Ok(done);
        }
        let mut seat = self.enter(&module.functions)?;
        let done = work(&mut seat)?;
        module.idle().push(seat);
        Ok(done)
    }

    fn enter(&self, functions: &Pkcs11) -> Result<Seat, TokenError> {
        if self.is_refused.load(Ordering::Relaxed) {
            return Err(TokenError::Pin);
        }
        let entered = Seat::enter(functions, &self.settings.token, &self.pin);
        if matches!(entered, Err(TokenError::Pin)) {
            self.is_refused.store(true, Ordering::Relaxed);
        }
        entered
    }

    /// Starts the module anew: one that lost its token does not find it again. Sessions that others use end before.
    async fn restart(self: &Arc<Self>) -> Result<(), TokenError> {
        let token = self.clone();
        let restarting = tokio::task::spawn_blocking(move || {
            // Whoever hangs in the module holds it; then there is nothing to start anew.
            let Ok(module) = token.module.try_write() else {
                return Err(TokenError::Slow);
            };
            module.idle().clear();
            if let Err(error) = module.functions.clone().finalize() {
                tracing::debug!(%error, "the PKCS#11 module was not ended");
            }
            start(&module.functions)
        });
        restarting.await.map_err(|_| TokenError::Interrupted)?
    }

    /// Whether the token is there with these keys. Where it is not, it is looked for once more in a module that was started anew.
    ///
    /// # Errors
    /// [`TokenError`] that says what is missing.
    pub async fn check(self: &Arc<Self>, ids: Vec<Vec<u8>>) -> Result<(), TokenError> {
        let ids = Arc::new(ids);
        if self.has(ids.clone()).await.is_ok() {
            return Ok(());
        }
        self.restart().await?;
        self.has(ids).await
    }

    async fn has(self: &Arc<Self>, ids: Arc<Vec<Vec<u8>>>) -> Result<(), TokenError> {
        self.run(move |seat| {
            // What was found before may be there no more.
            seat.forget();
            ids.iter().try_for_each(|id| seat.private_key(id).map(drop))
        })
        .await
    }
}

/// Another part of the process may have started it.
fn start(functions: &Pkcs11) -> Result<(), TokenError> {
    let settings = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match functions.initialize(settings) {
        Err(cryptoki::error::Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        other => Ok(other?),
    }
}
