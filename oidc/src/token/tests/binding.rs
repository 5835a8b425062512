//! Keys that tokens are bound to.

use super::super::*;
use super::client;
use crate::client::{Client, ClientProfile};
use crate::grant::Confirmation;

#[test]
fn tokens_are_bound_as_the_client_promised() {
    let proof = Presenter {
        jkt: Some("key"),
        certificate: None,
    };
    let certificate = Presenter {
        jkt: None,
        certificate: Some("print"),
    };
    let none = Presenter::default();
    assert_eq!(confirmation(&client(), none), Ok(None));
    assert_eq!(
        confirmation(&client(), proof),
        Ok(Some(Confirmation::Jkt("key".to_owned())))
    );
    assert_eq!(
        confirmation(&client(), certificate),
        Ok(None),
        "RFC 8705 3: only where asked for"
    );
    let dpop = Client {
        dpop_bound_access_tokens: true,
        ..client()
    };
    assert_eq!(
        confirmation(&dpop, none).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    let mtls = Client {
        certificate_bound_access_tokens: true,
        ..client()
    };
    assert_eq!(
        confirmation(&mtls, certificate),
        Ok(Some(Confirmation::X5tS256("print".to_owned())))
    );
    assert_eq!(
        confirmation(&mtls, none).unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    let fapi = Client {
        profile: ClientProfile::Fapi2,
        ..client()
    };
    assert!(
        confirmation(&fapi, none).is_err(),
        "ensure-holder-of-key-required"
    );
    assert!(confirmation(&fapi, proof).is_ok());
}
