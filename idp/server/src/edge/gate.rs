//! Who may enter: connections counted in all and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Counts open connections.
#[derive(Debug)]
pub(super) struct Gate {
    most: AtomicUsize,
    most_per_address: AtomicUsize,
    counts: Mutex<Counts>,
    empty: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: HashMap<Neighbourhood, usize>,
}

/// Why a connection may not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The server has as many connections as it may have.
    Full,
    /// The address has.
    Address,
}

/// What counts as one address. A host chooses freely within its IPv6 /64 (RFC 4291 section 2.5.4; RFC 8981), so single IPv6
/// addresses limit nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Neighbourhood {
    V4([u8; 4]),
    V6([u16; 4]),
}

impl Neighbourhood {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// A connection's place, given back when dropped. It travels with the socket, so an upgraded connection keeps it.
#[derive(Debug)]
pub(super) struct Place {
    gate: Arc<Gate>,
    neighbourhood: Neighbourhood,
}

impl Gate {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most: AtomicUsize::new(most),
            most_per_address: AtomicUsize::new(most_per_address),
            counts: Mutex::default(),
            empty: Notify::new(),
        }
    }

    /// Sets other caps, for those who come from now on.
    pub(super) fn cap(&self, most: usize, most_per_address: usize) {
        self.most.store(most, Ordering::Relaxed);
        self.most_per_address.store(most_per_address, Ordering::Relaxed);
    }

    /// Takes a place.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refused> {
        self.take(address, self.most_per_address.load(Ordering::Relaxed))
    }

    /// Takes a place for a proxy, which brings many clients.
    pub(super) fn enter_proxy(self: &Arc<Self>, address: IpAddr) -> Result<Place, Refused> {
        self.take(address, self.most.load(Ordering::Relaxed))
    }

    fn take(self: &Arc<Self>, address: IpAddr, most_of_address: usize) -> Result<Place, Refused> {
        let neighbourhood = Neighbourhood::of(address);
        let mut counts = self.counts();
        if counts.all >= self.most.load(Ordering::Relaxed) {
            return Err(Refused::Full);
        }
        let of_address = counts.of.get(&neighbourhood).copied().unwrap_or(0);
        if of_address >= most_of_address {
            return Err(Refused::Address);
        }
        counts.all += 1;
        counts.of.insert(neighbourhood, of_address + 1);
        Ok(Place {
            gate: Arc::clone(self),
            neighbourhood,
        })
    }

    /// Connections that are open.
    pub(super) fn open(&self) -> usize {
        self.counts().all
    }

    /// Resolves when no connection is open.
    pub(super) async fn emptied(&self) {
        loop {
            let mut left = std::pin::pin!(self.empty.notified());
            // Registered before the count is read, so that a last departure in between is not missed.
            left.as_mut().enable();
            if self.open() == 0 {
                return;
            }
            left.await;
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.gate.counts();
        counts.all = counts.all.saturating_sub(1);
        match counts.of.get_mut(&self.neighbourhood) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.of.remove(&self.neighbourhood);
            }
        }
        if counts.all == 0 {
            self.gate.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_counted_in_all_and_given_back() {
        let gate = Arc::new(Gate::new(2, 2));
        let first = gate.enter(address("192.0.2.1")).unwrap();
        let _second = gate.enter(address("192.0.2.2")).unwrap();
        assert_eq!(gate.enter(address("192.0.2.3")).unwrap_err(), Refused::Full);
        drop(first);
        assert!(gate.enter(address("192.0.2.3")).is_ok());
    }

    #[test]
    fn an_address_has_its_own_cap_however_it_is_written() {
        let gate = Arc::new(Gate::new(9, 1));
        let place = gate.enter(address("192.0.2.1")).unwrap();
        assert_eq!(
            gate.enter(address("::ffff:192.0.2.1")).unwrap_err(),
            Refused::Address
        );
        drop(place);
        assert!(gate.enter(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_prefix_of_64_bits_is_one_address() {
        let gate = Arc::new(Gate::new(9, 1));
        let _place = gate.enter(address("2001:db8:0:1::1")).unwrap();
        assert_eq!(
            gate.enter(address("2001:db8:0:1:ffff::9")).unwrap_err(),
            Refused::Address
        );
        assert!(gate.enter(address("2001:db8:0:2::1")).is_ok());
    }

    #[test]
    fn nothing_remains_of_an_address_that_left() {
        let gate = Arc::new(Gate::new(9, 9));
        for last in 0..=255_u8 {
            drop(gate.enter(IpAddr::from([192, 0, 2, last])).unwrap());
        }
        assert!(gate.counts().of.is_empty());
        assert_eq!(gate.open(), 0);
    }

    #[tokio::test]
    async fn emptied_waits_for_the_last_place() {
        let gate = Arc::new(Gate::new(9, 9));
        gate.emptied().await;
        let place = gate.enter(address("192.0.2.1")).unwrap();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.emptied().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(place);
        waiting.await.unwrap();
    }
}
