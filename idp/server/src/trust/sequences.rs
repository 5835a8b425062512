//! The highest sequences that were ever accepted, kept durably, so that an older directory is refused after a restart too.
//!
//! A named value of the store holds 4 KiB, so that a large directory takes several. Each names the anchor it belongs to: with
//! another anchor, counting begins anew.

use idp_jose::Jwk;
use idp_store::{Change, DurableStore, StoreError};
use idp_vds::TrustStore;
use idp_vds::trust::{ANCHOR, Sequences, TrustBundle};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of the first value; the others have a number behind it.
const MARK: &str = "trust_sequence";

/// Entries of one value: a file name and a number take 60 bytes at the most.
const ENTRIES: usize = 50;

#[derive(Serialize, Deserialize)]
struct Part {
    anchor: String,
    sequences: Map<String, Value>,
}

/// What the directory's anchor is called; `None` when it has none that can be read.
pub(super) fn anchor_of(bundle: &TrustBundle) -> Option<String> {
    Some(Jwk::parse(bundle.file(ANCHOR)?).ok()?.thumbprint_base64url())
}

fn name(index: usize) -> String {
    if index == 0 {
        MARK.to_owned()
    } else {
        format!("{MARK}.{index}")
    }
}

/// What was accepted under this anchor.
pub(super) async fn read(durable: &dyn DurableStore, anchor: &str) -> Result<Sequences, StoreError> {
    let mut all = Map::new();
    for index in 0.. {
        let Some(text) = durable.mark(&name(index)).await? else {
            break;
        };
        let part: Part = serde_json::from_str(&text).map_err(StoreError::new)?;
        if part.anchor != anchor {
            break;
        }
        all.extend(part.sequences);
    }
    serde_json::from_value(Value::Object(all)).map_err(StoreError::new)
}

/// What is to be stored of them.
pub(super) fn changes(anchor: &str, sequences: &Sequences) -> Result<Vec<Change>, StoreError> {
    let value = serde_json::to_value(sequences).map_err(StoreError::new)?;
    let entries: Vec<(String, Value)> = value
        .as_object()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .collect();
    let parts = entries.chunks(ENTRIES).enumerate().map(|(index, entries)| {
        let part = Part {
            anchor: anchor.to_owned(),
            sequences: entries.iter().cloned().collect(),
        };
        let value = serde_json::to_string(&part).map_err(StoreError::new)?;
        Ok(Change::PutMark {
            name: name(index),
            value,
        })
    });
    parts.collect()
}

/// Whether the store holds a list that is older than one that was accepted before.
pub(super) fn is_behind(store: &TrustStore, known: &Sequences) -> bool {
    store.lists().iter().any(|list| {
        known
            .highest(&list.file)
            .is_some_and(|highest| list.sequence < highest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(count: u64) -> Sequences {
        let map = (0..count)
            .map(|n| (format!("schemes/{n:04}-ABCDEFGH.jwt"), (u64::MAX - n).into()))
            .collect();
        serde_json::from_value(Value::Object(map)).unwrap()
    }

    #[test]
    fn each_value_fits_the_store_and_nothing_is_lost() {
        let anchor = "x".repeat(43);
        let all = sequences(170);
        let changes = changes(&anchor, &all).unwrap();
        assert_eq!(changes.len(), 4);
        let mut read = Map::new();
        for (index, change) in changes.iter().enumerate() {
            let Change::PutMark { name: named, value } = change else {
                panic!("a mark")
            };
            assert_eq!(*named, name(index));
            assert!(value.len() <= 4096, "{}", value.len());
            read.extend(serde_json::from_str::<Part>(value).unwrap().sequences);
        }
        assert_eq!(
            serde_json::from_value::<Sequences>(Value::Object(read)).unwrap(),
            all
        );
    }
}
