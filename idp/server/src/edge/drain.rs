//! How connections and handlers learn that the server stops.

use tokio::sync::watch;

/// How far the shutdown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It has not begun.
    Serving,
    /// Nothing new begins; what is in flight may finish.
    Draining,
    /// The deadline has passed.
    Over,
}

/// Extension of every request: tells handlers that wait on purpose (WebSockets, long polls) that the server stops.
#[derive(Debug, Clone)]
pub struct Drain(watch::Receiver<Stage>);

impl Drain {
    /// Resolves when the server begins to stop, at once if it already has.
    pub async fn begun(&self) {
        let mut stage = self.0.clone();
        // An error means that the server is gone, which is later than begun.
        drop(stage.wait_for(|stage| *stage > Stage::Serving).await);
    }

    /// Whether the server has begun to stop.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() > Stage::Serving
    }

    /// The stage after the one that was seen last.
    pub(super) async fn next(&mut self) -> Stage {
        match self.0.changed().await {
            Ok(()) => *self.0.borrow_and_update(),
            Err(_) => Stage::Over,
        }
    }
}

/// Both ends. Dropping the sender means [`Stage::Over`].
pub(super) fn channel() -> (watch::Sender<Stage>, Drain) {
    let (sender, receiver) = watch::channel(Stage::Serving);
    (sender, Drain(receiver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn begun_resolves_for_those_who_wait_and_those_who_come_late() {
        let (stage, drain) = channel();
        let waiting = tokio::spawn({
            let drain = drain.clone();
            async move { drain.begun().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        stage.send_replace(Stage::Draining);
        waiting.await.unwrap();
        drain.begun().await;
    }

    #[tokio::test]
    async fn a_server_that_is_gone_is_over() {
        let (stage, mut drain) = channel();
        drop(stage);
        drain.begun().await;
        assert_eq!(drain.next().await, Stage::Over);
    }
}
