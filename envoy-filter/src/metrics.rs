//! Counters, added up here and told to the proxy a few times a second, so that a request pays for none.

use verdict::Reason;

use crate::host::{Host, Metric};

/// The counters and gauges of a filter.
pub struct Metrics {
    decisions: Vec<Counter>,
    hits: Counter,
    fetched: Counter,
    failed: Counter,
    gauges: [Option<u32>; 3],
}

/// What the gauges show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauges {
    /// Bytes of remembered tokens.
    pub cache_bytes: u64,
    /// Seconds since the oldest key set was fetched.
    pub key_age: u64,
    /// Seconds since the oldest status list was fetched.
    pub list_age: u64,
}

#[derive(Clone, Copy)]
struct Counter {
    id: Option<u32>,
    pending: u64,
}

impl Metrics {
    /// Names them all.
    pub fn define<H: Host>(host: &H) -> Self {
        let counter = |name: &str| Counter {
            id: host.define(Metric::Counter, &format!("idp_gateway.{name}")),
            pending: 0,
        };
        let gauge = |name: &str| host.define(Metric::Gauge, &format!("idp_gateway.{name}"));
        Self {
            decisions: Reason::CODES
                .iter()
                .map(|code| counter(&format!("decision.{code}")))
                .collect(),
            hits: counter("cache.hits"),
            fetched: counter("fetch.succeeded"),
            failed: counter("fetch.failed"),
            gauges: [
                gauge("cache.bytes"),
                gauge("keys.age_seconds"),
                gauge("status.age_seconds"),
            ],
        }
    }

    /// Counts a decision by its code.
    pub fn decided(&mut self, code: &str) {
        let index = Reason::CODES.iter().position(|known| *known == code);
        if let Some(counter) = index.and_then(|index| self.decisions.get_mut(index)) {
            counter.pending += 1;
        }
    }

    /// Counts a fetch.
    pub const fn fetched(&mut self, succeeded: bool) {
        let counter = if succeeded {
            &mut self.fetched
        } else {
            &mut self.failed
        };
        counter.pending += 1;
    }

    /// Tells the proxy. `hits` counts from the beginning.
    pub fn tell<H: Host>(&mut self, host: &H, hits: u64, gauges: Gauges) {
        let told = [&mut self.fetched, &mut self.failed];
        for counter in self.decisions.iter_mut().chain(told) {
            counter.tell(host);
        }
        // Here `pending` is what was told already.
        if let Some(id) = self.hits.id.filter(|_| hits > self.hits.pending) {
            host.add(id, hits - self.hits.pending);
            self.hits.pending = hits;
        }
        let values = [gauges.cache_bytes, gauges.key_age, gauges.list_age];
        for (id, value) in self.gauges.iter().zip(values) {
            if let Some(id) = id {
                host.record(*id, value);
            }
        }
    }
}

impl Counter {
    fn tell<H: Host>(&mut self, host: &H) {
        if let Some(id) = self.id.filter(|_| self.pending > 0) {
            host.add(id, self.pending);
        }
        self.pending = 0;
    }
}
