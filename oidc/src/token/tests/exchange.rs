//! Token exchange.

use idp_types::ClientId;
use serde_json::json;

use super::super::*;
use super::{at, client, form};
use crate::claims::{AccessToken, Audience, Cnf, Status, StatusReference};
use crate::client::Client;

fn subject_token() -> AccessToken {
    AccessToken {
        iss: "https://op.example".to_owned(),
        sub: "person".to_owned(),
        aud: Audience::from(vec![
            "https://a.example".to_owned(),
            "https://b.example".to_owned(),
        ]),
        exp: at(600).unix_seconds(),
        iat: at(0).unix_seconds(),
        jti: "j".to_owned(),
        client_id: client().client_id,
        scope: "openid offline_access read".to_owned(),
        auth_time: None,
        acr: None,
        amr: Vec::new(),
        sid: None,
        grant_id: None,
        cnf: None,
        act: None,
        authorization_details: None,
        status: Status {
            status_list: StatusReference {
                idx: 1,
                uri: String::new(),
            },
        },
    }
}

const EXCHANGE: &str = "subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:access_token";

fn exchanged(
    client: &Client,
    presenter: Presenter<'_>,
    more: &str,
    subject: &AccessToken,
) -> Result<Exchanged, OAuthError> {
    let parameters = form(&format!("{EXCHANGE}{more}"));
    exchange(client, presenter, &ExchangeRequest::read(&parameters)?, subject)
}

#[test]
fn rfc8693_2_1_the_shape_of_an_exchange() {
    let read = |body: &str| {
        let parameters = form(body);
        ExchangeRequest::read(&parameters).map(|_| ()).unwrap_err().code
    };
    for body in [
        "subject_token_type=urn:ietf:params:oauth:token-type:access_token",
        "subject_token=x",
        "subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:id_token",
        &format!("{EXCHANGE}&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token"),
        &format!("{EXCHANGE}&actor_token=y"),
    ] {
        assert_eq!(read(body), ErrorCode::InvalidRequest, "{body}");
    }
}

#[test]
fn rfc8693_an_exchange_is_never_wider() {
    let of = |more: &str| exchanged(&client(), Presenter::default(), more, &subject_token());
    let plain = of("").unwrap();
    assert_eq!(
        plain.scope.to_string(),
        "openid read",
        "a refresh token never comes of it"
    );
    assert_eq!(plain.audience, subject_token().aud);
    assert_eq!(plain.expires_at, at(600));
    assert_eq!(plain.actor, None);
    let narrow = of("&scope=read&audience=https://b.example").unwrap();
    assert_eq!(narrow.scope.to_string(), "read");
    assert_eq!(narrow.audience, Audience::One("https://b.example".to_owned()));
    assert_eq!(of("&scope=read+write").unwrap_err().code, ErrorCode::InvalidScope);
    assert_eq!(
        of("&resource=https://c.example").unwrap_err().code,
        ErrorCode::InvalidTarget
    );
}

#[test]
fn rfc8693_4_1_a_resource_that_exchanges_is_the_actor() {
    let resource = |id: &str, uri: &str| Client {
        client_id: ClientId::parse(id).unwrap(),
        resources: vec![uri.to_owned()],
        ..client()
    };
    let none = Presenter::default();
    let own = resource("api", "https://a.example");
    let first = exchanged(&own, none, "", &subject_token()).unwrap();
    assert_eq!(first.actor, Some(json!({"sub": "api"})));
    let behind = AccessToken {
        act: first.actor,
        ..subject_token()
    };
    let second = exchanged(&resource("next", "https://b.example"), none, "", &behind).unwrap();
    assert_eq!(second.actor, Some(json!({"sub": "next", "act": {"sub": "api"}})));
    let deep = json!({"sub": "1", "act": {"sub": "2", "act": {"sub": "3", "act": {"sub": "4"}}}});
    let deep = AccessToken {
        act: Some(deep),
        ..subject_token()
    };
    assert!(exchanged(&own, none, "", &deep).is_err());
    let stranger = resource("stranger", "https://z.example");
    let error = exchanged(&stranger, none, "", &subject_token()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
}

#[test]
fn a_bound_token_yields_a_bound_token() {
    let bound = AccessToken {
        cnf: Some(Cnf {
            jkt: Some("key".to_owned()),
            x5t_s256: None,
        }),
        ..subject_token()
    };
    let with = |jkt| Presenter {
        jkt,
        certificate: None,
    };
    assert!(exchanged(&client(), with(Some("key")), "", &bound).is_ok());
    assert!(exchanged(&client(), with(Some("other")), "", &bound).is_err());
    assert!(exchanged(&client(), with(None), "", &bound).is_err());
    let resource = Client {
        client_id: ClientId::parse("api").unwrap(),
        resources: vec!["https://a.example".to_owned()],
        ..client()
    };
    assert!(exchanged(&resource, with(Some("its own")), "", &bound).is_ok());
    assert!(exchanged(&resource, with(None), "", &bound).is_err());
}
