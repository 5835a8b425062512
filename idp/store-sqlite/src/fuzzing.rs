//! One entry for each parser, for the fuzz targets: any octets in, never a panic, and what was accepted reads back the same.

use crate::row::{holder, service};

/// Documents of holders.
pub fn holder_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(record) = holder::parse(text)
        && let Ok(again) = holder::document(&record)
    {
        assert!(holder::parse(&again).is_ok_and(|read| read == record));
    }
}

/// Documents of services.
pub fn service_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(record) = service::parse(text)
        && let Ok(again) = service::document(&record)
    {
        assert!(service::parse(&again).is_ok_and(|read| read == record));
    }
}

#[cfg(test)]
mod tests {
    use idp_store::contract::sample;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_octets_make_a_parser_panic(octets in proptest::collection::vec(any::<u8>(), 0..256)) {
            holder_document(&octets);
            service_document(&octets);
        }

        #[test]
        fn no_damage_to_a_document_makes_a_parser_panic(place in 0_usize..1000, octet in any::<u8>()) {
            let holder = sample::holder(&sample::token_id(), &["phone"]);
            let service = sample::service(&sample::service_id());
            let documents = [holder::document(&holder).unwrap(), service::document(&service).unwrap()];
            for document in documents {
                let mut octets = document.into_bytes();
                let place = place % octets.len();
                octets[place] = octet;
                holder_document(&octets);
                service_document(&octets);
            }
        }
    }
}
