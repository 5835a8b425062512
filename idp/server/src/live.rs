//! A value that can be replaced while it is read, without a lock and without changing how it is read.

use std::ops::Deref;
use std::sync::OnceLock;

/// The value in force is the last of a chain. Earlier ones stay until the whole goes, so that references into them stay good: it is for what
/// an operator replaces by hand, a few hundred bytes each time.
#[derive(Debug)]
pub struct Live<T> {
    value: T,
    next: OnceLock<Box<Live<T>>>,
}

impl<T> Live<T> {
    /// A first value.
    pub const fn new(value: T) -> Self {
        Self {
            value,
            next: OnceLock::new(),
        }
    }

    fn last(&self) -> &Self {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        last
    }

    /// Puts a value in force. Whoever reads from now on reads it.
    pub fn replace(&self, value: T) {
        let mut fresh = Box::new(Self::new(value));
        // Somebody else may have replaced it in between; this one comes after theirs.
        while let Err(again) = self.last().next.set(fresh) {
            fresh = again;
        }
    }
}

impl<T> Deref for Live<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.last().value
    }
}

impl<T> From<T> for Live<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_is_read_and_earlier_references_stay_good() {
        let live = Live::new("first".to_owned());
        let before: &str = &live;
        live.replace("second".to_owned());
        live.replace("third".to_owned());
        assert_eq!((before, live.as_str()), ("first", "third"));
    }

    #[test]
    fn nothing_is_lost_when_many_replace_at_once() {
        let live = Live::new(0);
        std::thread::scope(|scope| {
            for number in 1..=8 {
                let live = &live;
                scope.spawn(move || live.replace(number));
            }
        });
        let mut seen = vec![live.value];
        let mut node = &live;
        while let Some(next) = node.next.get() {
            seen.push(next.value);
            node = next;
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..=8).collect::<Vec<_>>());
    }
}
