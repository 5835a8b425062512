//! The credential response, in the generation of its request (OpenID4VCI sections 8.3 and 9.2).

use serde_json::{Map, Value, json};

use crate::format::Format;
use crate::request::credential::Dialect;
use crate::request::deferred;
use crate::request::nonce::Nonce;

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 200: the credentials, and how to tell what became of them.
    Issued {
        /// One for each key.
        credentials: Vec<String>,
        /// None in a deferred response: `@openid4vc/openid4vci` 0.4.6 refuses the whole because of it.
        notification_id: Option<String>,
    },
    /// 202: to be asked for again.
    Deferred {
        /// The transaction.
        transaction_id: String,
    },
}

impl Outcome {
    /// The status of the answer. The drafts knew 202 from 12 on.
    pub const fn status(&self, dialect: Dialect) -> u16 {
        match (self, dialect) {
            (Self::Deferred { .. }, Dialect::Final | Dialect::Draft13) => 202,
            (Self::Issued { .. }, _) | (Self::Deferred { .. }, Dialect::Draft11) => 200,
        }
    }

    /// The body. Drafts got the next nonce along with it; 1.0 has an endpoint of its own.
    pub fn to_body(&self, dialect: Dialect, format: Format, nonce: &Nonce) -> Value {
        let mut body = match (self, dialect) {
            (Self::Issued { credentials, .. }, Dialect::Final) => issued(credentials),
            (Self::Issued { credentials, .. }, Dialect::Draft13) => draft13(credentials),
            (Self::Issued { credentials, .. }, Dialect::Draft11) => {
                json!({"format": format.as_str(), "credential": credentials.first()})
            }
            (Self::Deferred { transaction_id }, Dialect::Final) => deferred::pending(transaction_id),
            (Self::Deferred { transaction_id }, Dialect::Draft13) => {
                json!({"transaction_id": transaction_id})
            }
            (Self::Deferred { transaction_id }, Dialect::Draft11) => {
                json!({"acceptance_token": transaction_id})
            }
        };
        if let Some(members) = body.as_object_mut() {
            self.add(members, dialect, nonce);
        }
        body
    }

    fn add(&self, members: &mut Map<String, Value>, dialect: Dialect, nonce: &Nonce) {
        if dialect != Dialect::Final {
            members.extend(nonce.to_members());
        }
        if let Self::Issued {
            notification_id: Some(id),
            ..
        } = self
            && dialect != Dialect::Draft11
        {
            members.insert("notification_id".to_owned(), id.as_str().into());
        }
    }
}

fn issued(credentials: &[String]) -> Value {
    let credentials: Vec<Value> = credentials
        .iter()
        .map(|text| json!({"credential": text}))
        .collect();
    json!({"credentials": credentials})
}

/// One alone as before, several as draft 14 listed them.
fn draft13(credentials: &[String]) -> Value {
    match credentials {
        [only] => json!({"credential": only}),
        several => json!({"credentials": several}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generation_gets_its_own_shape() {
        let nonce = Nonce::new([1; 16]);
        let outcome = Outcome::Issued {
            credentials: vec!["c".into()],
            notification_id: Some("n".into()),
        };
        let body = |dialect| outcome.to_body(dialect, Format::JwtVcJson, &nonce);
        assert_eq!(
            body(Dialect::Final),
            json!({"credentials": [{"credential": "c"}], "notification_id": "n"})
        );
        assert_eq!(
            body(Dialect::Draft13),
            json!({"credential": "c", "notification_id": "n", "c_nonce": nonce.as_str(), "c_nonce_expires_in": 300})
        );
        assert_eq!(
            body(Dialect::Draft11),
            json!({"format": "jwt_vc_json", "credential": "c", "c_nonce": nonce.as_str(), "c_nonce_expires_in": 300})
        );
        let later = Outcome::Deferred {
            transaction_id: "t".into(),
        };
        assert_eq!(later.status(Dialect::Final), 202);
        assert_eq!(
            later.to_body(Dialect::Final, Format::DcSdJwt, &nonce),
            json!({"transaction_id": "t", "interval": 5})
        );
    }
}
