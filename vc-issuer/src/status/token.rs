//! Token Status List: the same table as a `statuslist+jwt`.

use data_encoding::BASE64;
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use idp_jose::status_list::{Lifetime, TYP, token_claims};
use serde_json::Value;

use super::{Publication, StatusTable};
use crate::format::SigningKey;
use crate::issuer::Issuer;

/// The media type of the list.
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// Prepares list `number` (section 5.1). Its certificates are in the header for who trusts through them.
pub fn prepare(
    issuer: &Issuer,
    key: &SigningKey,
    number: u32,
    table: &StatusTable,
    publication: Publication,
) -> Prepared {
    let lifetime = Lifetime {
        issued_at: publication.at.unix_seconds(),
        expires_at: publication.expires_at.unix_seconds(),
        time_to_live: publication.time_to_live,
    };
    let mut claims = token_claims(&issuer.token_list(number), lifetime, table.token_list());
    claims.insert("iss".to_owned(), issuer.base().into());
    if let Some(list) = claims.get_mut("status_list").and_then(Value::as_object_mut) {
        list.insert("aggregation_uri".to_owned(), issuer.status_aggregation().into());
    }
    let mut header = Header::new(Algorithm::Es256)
        .with_typ(TYP)
        .with_kid(key.thumbprint());
    if !key.x5c.is_empty() {
        let chain: Vec<Value> = key.x5c.iter().map(|der| BASE64.encode(der).into()).collect();
        header = header.with("x5c", chain);
    }
    Prepared::new(&header, Value::Object(claims).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use idp_jose::jws;
    use idp_jose::status_list::StatusList;
    use idp_types::Timestamp;

    use super::*;
    use crate::format::tests::{NOW, public};
    use crate::status::Cycle;
    use crate::status::bitstring;

    fn prepared() -> (StatusTable, Prepared, Prepared) {
        let issuer = Issuer::new("https://seal.example").unwrap();
        let key = SigningKey {
            key: public(1),
            fragment: "key-1".into(),
            x5c: vec![vec![1]],
        };
        let table = StatusTable::with_revoked([1, 12, 1_000_000]).unwrap();
        let publication = Cycle::new(900).publication(Timestamp::from_unix_seconds(NOW));
        let token = prepare(&issuer, &key, 2, &table, publication);
        let bits = bitstring::prepare(&issuer, &key, 2, &table, publication);
        (table, token, bits)
    }

    #[test]
    fn both_encodings_say_the_same() {
        let (table, token, bits) = prepared();
        let claims = |prepared: Prepared| {
            let text = prepared.complete(&[1; 64]);
            jws::parse(&text, 100_000)
                .unwrap()
                .peek_unverified_claims()
                .unwrap()
        };
        let token = claims(token);
        assert_eq!(token["sub"], "https://seal.example/credentials/statuslists/2");
        let list = StatusList::from_claims(&token, 1 << 20).unwrap();
        assert_eq!(&list, table.token_list());
        let credential = claims(bits);
        assert_eq!(credential["id"], "https://seal.example/credentials/status/2");
        let encoded = credential["credentialSubject"]["encodedList"].as_str().unwrap();
        let decoded = bitstring::decode(encoded, 1 << 17).unwrap();
        for index in [0_usize, 1, 12, 1_000_000] {
            let bit = decoded[index / 8] >> (7 - index % 8) & 1 == 1;
            assert_eq!(list.is_invalid(index), Ok(bit), "{index}");
        }
    }
}
