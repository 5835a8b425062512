//! Wake-ups between processes: one connection listens for all who wait in this one. A wake-up that is lost with the connection only
//! delays, because everybody is woken when it is lost and again when it is back.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use idp_store::StoreError;
use idp_store::ephemeral::{Topic, Wakeups};
use idp_store::topics::Topics;
use redis::aio::{PubSub, PubSubSink};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::connector::Connector;
use crate::link::{Failure, Pauses, within};
use crate::names::Names;

/// Subscriptions that may wait for the listener.
const QUEUE: usize = 1_024;

/// Channels that one command subscribes to.
const BATCH: usize = 256;

/// How often the server is asked whether it is still there.
const BEAT: Duration = Duration::from_secs(2);

/// A topic to listen for, and who wants to know when it is heard.
struct Request {
    topic: Topic,
    heard: oneshot::Sender<()>,
}

/// Who waits in this process.
pub(crate) struct Subscriptions {
    topics: Arc<Topics>,
    requests: mpsc::Sender<Request>,
    listening: Arc<AtomicBool>,
    limit: Duration,
}

/// What a listener needs.
pub(crate) struct Listening {
    pub(crate) connector: Arc<Connector>,
    pub(crate) names: Names,
    /// How many subscriptions there may be.
    pub(crate) subscriptions: usize,
    /// How long it may take to connect, and to be answered.
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
}

impl Subscriptions {
    /// Connects, if that works at once, and returns who listens from then on.
    pub(crate) async fn open(settings: Listening) -> (Self, impl Future<Output = ()>) {
        let (sender, requests) = mpsc::channel(QUEUE);
        let topics = Arc::new(Topics::new(settings.subscriptions));
        let first = within(settings.connect, settings.connector.listen()).await.ok();
        let listening = Arc::new(AtomicBool::new(first.is_some()));
        let subscriptions = Self {
            topics: topics.clone(),
            requests: sender,
            listening: listening.clone(),
            limit: settings.response,
        };
        let listener = Listener {
            settings,
            topics,
            requests,
            listening,
        };
        (subscriptions, listener.run(first))
    }

    /// Whether wake-ups arrive.
    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    /// Subscribes; when it returns, the next wake-up will be heard.
    pub(crate) async fn subscribe(&self, topic: Topic) -> Result<Wakeups, StoreError> {
        if !self.is_listening() {
            return Err(Failure::NotConnected.into());
        }
        let wakeups = self.topics.subscribe(topic.clone())?;
        let (sender, heard) = oneshot::channel();
        let request = Request { topic, heard: sender };
        let asked = async {
            self.requests.send(request).await.ok()?;
            heard.await.ok()
        };
        match timeout(self.limit, asked).await {
            Ok(Some(())) => Ok(wakeups),
            Ok(None) => Err(Failure::NotConnected.into()),
            Err(_) => Err(Failure::TimedOut.into()),
        }
    }
}

/// The task that owns the connection.
struct Listener {
    settings: Listening,
    topics: Arc<Topics>,
    requests: mpsc::Receiver<Request>,
    listening: Arc<AtomicBool>,
}

impl Listener {
    async fn run(mut self, mut first: Option<PubSub>) {
        loop {
            let connection = match first.take() {
                Some(connection) => connection,
                None => self.connect().await,
            };
            let Err(failure) = self.serve(connection).await else {
                return;
            };
            tracing::warn!(error = %failure, "wake-ups from Redis are lost");
            self.listening.store(false, Ordering::Release);
            while self.requests.try_recv().is_ok() {}
            self.topics.wake_all();
        }
    }

    async fn connect(&self) -> PubSub {
        let mut pauses = Pauses::default();
        loop {
            match within(self.settings.connect, self.settings.connector.listen()).await {
                Ok(connection) => return connection,
                Err(_) => pauses.wait().await,
            }
        }
    }

    /// Listens until the connection is lost, or nobody can subscribe any more.
    async fn serve(&mut self, connection: PubSub) -> Result<(), Failure> {
        let (mut sink, mut messages) = connection.split();
        let mut heard = HashSet::new();
        let known = self.topics.topics();
        self.listen(&mut sink, &mut heard, known).await?;
        self.listening.store(true, Ordering::Release);
        self.topics.wake_all();
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                message = messages.next() => {
                    let message = message.ok_or(Failure::NotConnected)?;
                    if let Some(topic) = self.settings.names.topic(message.get_channel_name()) {
                        self.topics.wake(&topic);
                    }
                }
                count = self.requests.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return Ok(());
                    }
                    let topics = batch.iter().map(|request| request.topic.clone()).collect();
                    self.listen(&mut sink, &mut heard, topics).await?;
                    for request in batch.drain(..) {
                        // Whoever asked may have gone.
                        let _ = request.heard.send(());
                    }
                }
                _ = beats.tick() => self.beat(&mut sink, &mut heard).await?,
            }
        }
    }

    /// Subscribes to what is not heard yet.
    async fn listen(
        &self,
        sink: &mut PubSubSink,
        heard: &mut HashSet<Topic>,
        topics: HashSet<Topic>,
    ) -> Result<(), Failure> {
        let new: Vec<Topic> = topics
            .into_iter()
            .filter(|topic| !heard.contains(topic))
            .collect();
        for some in new.chunks(BATCH) {
            within(self.settings.response, sink.subscribe(self.channels(some))).await?;
            heard.extend(some.iter().cloned());
        }
        Ok(())
    }

    /// Leaves what nobody waits for any more, and hears whether the server is there.
    async fn beat(&self, sink: &mut PubSubSink, heard: &mut HashSet<Topic>) -> Result<(), Failure> {
        self.topics.sweep();
        let wanted = self.topics.topics();
        let gone: Vec<Topic> = heard.difference(&wanted).cloned().collect();
        for some in gone.chunks(BATCH) {
            within(self.settings.response, sink.unsubscribe(self.channels(some))).await?;
        }
        heard.retain(|topic| wanted.contains(topic));
        within(self.settings.response, sink.ping::<redis::Value>()).await?;
        Ok(())
    }

    fn channels(&self, topics: &[Topic]) -> Vec<String> {
        topics
            .iter()
            .map(|topic| self.settings.names.channel(topic))
            .collect()
    }
}
