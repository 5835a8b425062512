//! The key sets that are published, written once and kept until what they say changes.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::HeaderValue;
use idp_jose::{Jwk, JwkSet};
use idp_types::Timestamp;
use idp_types::encoding::base64url;

use super::KeySetView;
use crate::crypto::sha256;

/// A published key set, as it leaves the server.
#[derive(Debug)]
pub struct PublishedSet {
    body: Bytes,
    etag: Option<HeaderValue>,
    /// From when on the set says this; the last change before it was made.
    from: Option<Timestamp>,
    /// When a key leaves it.
    until: Option<Timestamp>,
}

impl PublishedSet {
    /// A set of these keys, which says the same from the one time until the other.
    pub(super) fn new(keys: Vec<Jwk>, (from, until): (Option<Timestamp>, Option<Timestamp>)) -> Self {
        let body = JwkSet::new(keys).to_value().to_string();
        let digest = sha256(body.as_bytes());
        let etag = format!("\"{}\"", base64url(digest.get(..16).unwrap_or_default()));
        Self {
            body: body.into(),
            etag: HeaderValue::try_from(etag).ok(),
            from,
            until,
        }
    }

    /// The JSON text.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// A strong entity tag (RFC 9110 section 8.8.3) of the text.
    pub const fn etag(&self) -> Option<&HeaderValue> {
        self.etag.as_ref()
    }

    fn holds_at(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// The last of each view that was written. Belongs to one state of the ring and goes with it.
#[derive(Debug, Default)]
pub(super) struct PublishedSets {
    all: Slot,
    rsa: Slot,
    rsa_bare: Slot,
    no_x5c: Slot,
}

type Slot = RwLock<Option<Arc<PublishedSet>>>;

impl PublishedSets {
    /// The set of a view at `now`; written only if the one that is kept is for another time.
    pub(super) fn at(
        &self,
        view: KeySetView,
        now: Timestamp,
        write: impl FnOnce() -> PublishedSet,
    ) -> Arc<PublishedSet> {
        let slot = match view {
            KeySetView::All => &self.all,
            KeySetView::Rsa => &self.rsa,
            KeySetView::RsaBare => &self.rsa_bare,
            KeySetView::NoX5c => &self.no_x5c,
        };
        let kept = slot.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.holds_at(now)) {
            return kept.clone();
        }
        drop(kept);
        let written = Arc::new(write());
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(written.clone());
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn a_set_is_written_once_while_it_holds() {
        let sets = PublishedSets::default();
        let written = std::cell::Cell::new(0);
        let ask = |now| {
            let write = || {
                written.set(written.get() + 1);
                PublishedSet::new(Vec::new(), (Some(at(10)), Some(at(20))))
            };
            sets.at(KeySetView::All, at(now), write);
            written.get()
        };
        assert_eq!([10, 15, 19].map(ask), [1, 1, 1]);
        assert_eq!([20, 20].map(ask), [2, 3], "a key has left");
        assert_eq!([12, 9].map(ask), [3, 4], "the clock was set back");
    }

    #[test]
    fn the_tag_follows_the_text() {
        let key = idp_jose::RsaPublicKey::from_components(&[0xff; 256], &[1, 0, 1]).unwrap();
        let tag = |keys| PublishedSet::new(keys, (None, None)).etag().cloned().unwrap();
        let one = Jwk::new(key).named_by_thumbprint();
        assert_eq!(tag(vec![one.clone()]), tag(vec![one.clone()]));
        assert_ne!(tag(vec![one]), tag(Vec::new()));
    }
}
