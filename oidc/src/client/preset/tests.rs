//! The presets are what the relying parties document.

use idp_types::{ClientId, ServiceId, Timestamp};
use serde_json::json;

use super::*;
use crate::client::{
    Client, ClientMetadata, ClientProfile, OperatorMembers, RegistrationPolicy, SigningAlgorithm, check,
};

fn written(preset: Preset, values: &[(&str, &str)]) -> Result<Value, PresetError> {
    let given = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    preset.write(&given).map(Value::Object)
}

/// A client of the preset with its example parameters, and what else an operator has to say.
fn client(preset: Preset) -> Client {
    let given = preset.parameters().iter();
    let given = given.map(|parameter| (parameter.name.to_owned(), parameter.example.to_owned()));
    let mut description = preset.write(&given.collect()).unwrap();
    if matches!(preset, Preset::Kong | Preset::Generic | Preset::Fapi2) {
        description.insert("redirect_uris".to_owned(), json!(["https://rp.example/cb"]));
    }
    if preset == Preset::Fapi2 {
        description.insert("jwks_uri".to_owned(), json!("https://rp.example/jwks"));
    }
    let mut client = Client::new(
        ClientId::parse("rp").unwrap(),
        ServiceId::parse("rp").unwrap(),
        Timestamp::default(),
    );
    client.operate(&OperatorMembers::read(&description).unwrap());
    client
        .describe(&ClientMetadata::parse(&description).unwrap())
        .unwrap();
    let policy = RegistrationPolicy {
        loopback: false,
        algorithms: &SigningAlgorithm::ALL,
    };
    assert_eq!(check(&client, &policy), Ok(()), "{}", preset.as_str());
    client
}

#[test]
fn every_preset_makes_a_client_that_may_be_stored() {
    for preset in Preset::ALL {
        assert_eq!(Preset::parse(preset.as_str()), Some(*preset));
        client(*preset);
    }
}

/// `federation-oidc.md` 5: redirect URIs, method and algorithm of each, with its example parameters.
const DOCUMENTED: [(Preset, &[&str], &str, &str); 11] = [
    (
        Preset::EntraExternalId,
        &[
            "https://contoso.ciamlogin.com/00000000-0000-0000-0000-000000000000/federation/oauth2",
            "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/federation/oauth2",
            "https://contoso.ciamlogin.com/login.contoso.com/federation/oauth2",
        ],
        "client_secret_post",
        "RS256",
    ),
    (
        Preset::EntraEam,
        &["https://login.microsoftonline.com/common/federation/externalauthprovider"],
        "none",
        "RS256",
    ),
    (
        Preset::Okta,
        &["https://company.okta.com/oauth2/v1/authorize/callback"],
        "client_secret_basic",
        "RS256",
    ),
    (
        Preset::Cognito,
        &["https://shop.auth.eu-west-1.amazoncognito.com/oauth2/idpresponse"],
        "client_secret_post",
        "RS256",
    ),
    (
        Preset::Alb,
        &["https://app.example.com/oauth2/idpresponse"],
        "client_secret_basic",
        "RS256",
    ),
    (
        Preset::CloudflareAccess,
        &["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"],
        "client_secret_post",
        "RS256",
    ),
    (
        Preset::GoogleWorkforce,
        &[
            "https://auth.cloud.google/signin-callback/locations/global/workforcePools/acme-people/providers/idtoken-seal",
        ],
        "client_secret_post",
        "RS256",
    ),
    (
        Preset::Kong,
        &["https://rp.example/cb"],
        "client_secret_basic",
        "RS256",
    ),
    (
        Preset::Kubernetes,
        &["http://localhost:8000", "http://localhost:18000"],
        "none",
        "RS256",
    ),
    (
        Preset::Generic,
        &["https://rp.example/cb"],
        "client_secret_basic",
        "ES256",
    ),
    (
        Preset::Fapi2,
        &["https://rp.example/cb"],
        "private_key_jwt",
        "PS256",
    ),
];

#[test]
fn redirect_uris_methods_and_algorithms_are_the_documented_ones() {
    let listed: Vec<Preset> = DOCUMENTED.iter().map(|(preset, ..)| *preset).collect();
    assert_eq!(listed, Preset::ALL);
    for (preset, redirect_uris, method, algorithm) in DOCUMENTED {
        let client = client(preset);
        assert_eq!(client.redirect_uris, redirect_uris, "{}", preset.as_str());
        assert_eq!(
            json!(client.authentication_method),
            json!(method),
            "{}",
            preset.as_str()
        );
        let signs = client.id_token_signed_response_alg.as_str();
        assert_eq!(signs, algorithm, "{}", preset.as_str());
    }
}

#[test]
fn claims_and_views_are_where_the_relying_party_looks() {
    let place = |preset| {
        let client = client(preset);
        (client.claims_in_id_token, client.issuer_profile)
    };
    let view = |name: &str| Some(name.to_owned());
    assert_eq!(place(Preset::EntraExternalId), (true, view("entra")));
    assert_eq!(place(Preset::GoogleWorkforce), (true, view("google")));
    assert_eq!(place(Preset::Alb), (false, None));
    assert_eq!(place(Preset::Kubernetes), (true, None));
    let external = client(Preset::EntraEam);
    assert_eq!(external.profile, ClientProfile::EntraExternal);
    assert_eq!(external.issuer_profile, view("entra-mfa"));
    assert!(external.grant_types.is_empty() && external.origins.is_empty());
    assert!(!external.entra_tenants.is_empty());
}

#[test]
fn fapi2_is_bound_pushed_and_proven() {
    let client = client(Preset::Fapi2);
    assert_eq!(client.profile, ClientProfile::Fapi2);
    assert!(client.require_pushed_authorization_requests);
    assert!(client.dpop_bound_access_tokens && client.require_pkce);
}

#[test]
fn entra_clouds_have_their_own_addresses() {
    let of = |cloud| {
        let members = written(Preset::EntraEam, &[("tenant", "a,b"), ("cloud", cloud)]).unwrap();
        (
            members["redirect_uris"][0].as_str().unwrap().to_owned(),
            members["entra_tenants"].clone(),
        )
    };
    assert!(
        of("us-government")
            .0
            .starts_with("https://login.microsoftonline.us/")
    );
    assert!(
        of("china")
            .0
            .starts_with("https://login.partner.microsoftonline.cn/")
    );
    assert_eq!(of("global").1, json!(["a", "b"]));
    let unknown = written(Preset::EntraEam, &[("tenant", "a"), ("cloud", "moon")]);
    assert_eq!(unknown, Err(PresetError::Value("cloud")));
}

#[test]
fn parameters_are_names_and_nothing_else() {
    assert_eq!(written(Preset::Okta, &[]), Err(PresetError::Missing("org")));
    assert_eq!(
        written(Preset::Okta, &[("org", "a.okta.com"), ("x", "y")]),
        Err(PresetError::Unknown)
    );
    for org in [
        "",
        "a.okta.com/x",
        "a.okta.com:8443",
        "a@b.example",
        "A.example",
        "localhost",
        "*.okta.com",
        "a..b",
    ] {
        let made = written(Preset::Okta, &[("org", org)]);
        assert_eq!(made, Err(PresetError::Value("org")), "{org}");
    }
    for team in ["", "-a", "a.b", "a/b", "a#"] {
        let made = written(Preset::CloudflareAccess, &[("team", team)]);
        assert_eq!(made, Err(PresetError::Value("team")), "{team}");
    }
}
