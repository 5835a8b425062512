//! Who in this process waits for what. One slot a subscriber, because a wake-up that is pending already is enough.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::StoreError;
use crate::ephemeral::{Topic, Wakeups};
use crate::shards::Shards;

/// Who waits for what. A subscription ends when its receiver is dropped; it is cleaned away by the next subscription to or
/// wake-up of its topic, or by a sweep.
pub struct Topics {
    subscribers: Shards<Topic, Vec<mpsc::Sender<()>>>,
    subscriptions: AtomicUsize,
    limit: usize,
}

impl Topics {
    /// Room for so many subscriptions.
    pub fn new(limit: usize) -> Self {
        Self {
            subscribers: Shards::new("topics", limit),
            subscriptions: AtomicUsize::new(0),
            limit,
        }
    }

    /// Wakes the subscribers of a topic.
    pub fn wake(&self, topic: &Topic) {
        let mut shard = self.subscribers.lock(topic);
        let Some(subscribers) = shard.value_mut(topic) else {
            return;
        };
        self.clean(subscribers, |subscriber| {
            !matches!(
                subscriber.try_send(()),
                Err(mpsc::error::TrySendError::Closed(()))
            )
        });
        if subscribers.is_empty() {
            shard.remove(topic);
        }
    }

    /// Subscribes, until what is returned is dropped.
    ///
    /// # Errors
    /// [`StoreError`] when there are as many subscriptions as there may be.
    pub fn subscribe(&self, topic: Topic) -> Result<Wakeups, StoreError> {
        let (sender, receiver) = mpsc::channel(1);
        let mut shard = self.subscribers.lock(&topic);
        if let Some(subscribers) = shard.value_mut(&topic) {
            self.clean(subscribers, |subscriber| !subscriber.is_closed());
            self.reserve()?;
            subscribers.push(sender);
            return Ok(receiver);
        }
        self.reserve()?;
        shard.insert(topic, vec![sender]).inspect_err(|_| {
            self.subscriptions.fetch_sub(1, Ordering::Relaxed);
        })?;
        Ok(receiver)
    }

    /// Forgets the subscriptions that ended.
    pub fn sweep(&self) {
        self.subscribers.retain(|subscribers| {
            self.clean(subscribers, |subscriber| !subscriber.is_closed());
            !subscribers.is_empty()
        });
    }

    /// The topics that somebody waits for.
    pub fn topics(&self) -> HashSet<Topic> {
        let mut topics = HashSet::new();
        self.subscribers.visit(|topic, _| {
            topics.insert(topic.clone());
        });
        topics
    }

    /// Wakes every subscriber of every topic.
    pub fn wake_all(&self) {
        for topic in self.topics() {
            self.wake(&topic);
        }
    }

    fn clean(
        &self,
        subscribers: &mut Vec<mpsc::Sender<()>>,
        is_open: impl FnMut(&mut mpsc::Sender<()>) -> bool,
    ) {
        let before = subscribers.len();
        subscribers.retain_mut(is_open);
        self.subscriptions
            .fetch_sub(before - subscribers.len(), Ordering::Relaxed);
    }

    fn reserve(&self) -> Result<(), StoreError> {
        let room = |taken: usize| (taken < self.limit).then_some(taken + 1);
        self.subscriptions
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map(drop)
            .map_err(|_| StoreError::new("the store has as many subscriptions as it may"))
    }
}
