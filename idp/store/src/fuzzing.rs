//! One entry for each parser, for the fuzz targets: any octets in, never a panic, and what was accepted reads back the same.

use oidc::link::AccountLink;
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant};
use saml::provider::ServiceProvider;

use crate::audit::{canonical, parse_canonical};
use crate::document::timed::{self, Timed};
use crate::document::{holder, service};

/// Canonical audit records.
pub fn canonical_record(data: &[u8]) {
    if let Ok(record) = parse_canonical(data) {
        let again = canonical(&record).unwrap_or_default();
        assert_eq!(again, data, "an accepted record is in its canonical form");
    }
}

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

/// Documents of the protocols' records, each text as each of them.
pub fn federation_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    reads_back::<Client>(text, |_| ());
    reads_back::<BrowserSession>(text, |_| ());
    reads_back::<LogoutDelivery>(text, |_| ());
    reads_back::<AccountLink>(text, |_| ());
    reads_back::<ServiceProvider>(text, |_| ());
    // JSON that a client wrote may hold a number with more digits than a double has: it is read as the nearest one or its neighbour.
    reads_back::<Grant>(text, |grant| {
        grant.authorization_details = None;
        grant.claims_request = None;
    });
}

fn reads_back<T: Timed + PartialEq>(text: &str, simplify: impl Fn(&mut T)) {
    let simplified = |mut record: T| {
        simplify(&mut record);
        record
    };
    if let Ok(record) = timed::parse::<T>(text)
        && let Ok(again) = timed::document(&record)
    {
        let read = timed::parse::<T>(&again).map(simplified);
        assert!(read.is_ok_and(|read| read == simplified(record)));
    }
}

#[cfg(test)]
mod tests {
    use oidc::link::LinkKind;
    use proptest::prelude::*;

    use super::*;
    use crate::contract::sample;

    proptest! {
        #[test]
        fn no_octets_make_a_parser_panic(octets in proptest::collection::vec(any::<u8>(), 0..256)) {
            holder_document(&octets);
            service_document(&octets);
            federation_document(&octets);
        }

        #[test]
        fn no_damage_to_a_document_makes_a_parser_panic(place in 0_usize..1000, octet in any::<u8>()) {
            let holder = sample::holder(&sample::token_id(), &["phone"]);
            let service = sample::service(&sample::service_id());
            let (client_id, token_id) = (sample::client_id(), sample::token_id());
            let link = sample::account_link(LinkKind::Foreign, &client_id, &token_id);
            let documents = [
                holder::document(&holder).unwrap(),
                service::document(&service).unwrap(),
                timed::document(&sample::client(&client_id)).unwrap(),
                timed::document(&sample::grant(&client_id, &token_id)).unwrap(),
                timed::document(&sample::browser_session(&token_id)).unwrap(),
                timed::document(&sample::logout_delivery(&client_id)).unwrap(),
                timed::document(&sample::service_provider(&sample::entity_id())).unwrap(),
                timed::document(&link).unwrap(),
            ];
            for document in documents {
                let mut octets = document.into_bytes();
                let place = place % octets.len();
                octets[place] = octet;
                holder_document(&octets);
                service_document(&octets);
                federation_document(&octets);
            }
        }
    }
}
