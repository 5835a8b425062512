//! FAPI-CIBA OP (`federation-oidc.md` 3c): a client asks a person's phone and fetches the tokens.
//!
//! The clients are of the profile `fapi_ciba`: their requests are signed, their access tokens are bound to their certificates, which a
//! proxy hands over (RFC 9440). Signatures are ES256; where RSA is needed, PS256. Assertions name the endpoint that they go to, as the
//! suite's do.
//!
//! | what | module |
//! |---|---|
//! | a client, a phone, and what goes between them | [`flow`] |
//! | what every answer must be (CIBA 7.3, 11, 13; RFC 6749 5.2) | [`answers`] |
//! | requests that succeed, and how they end | [`happy`] |
//! | signed requests that are wrong | [`request_object`] |
//! | clients that are not who they say | [`client_authentication`] |
//! | the ping | [`ping`] |

mod answers;
mod client_authentication;
mod flow;
mod happy;
mod ping;
mod request_object;

use crate::suite::{Entry, entries};

/// Poll, `private_key_jwt`.
pub(crate) const MODULES: &[Entry] = entries![
    happy::fapi_ciba_id1_discovery_end_point_verification,
    happy::fapi_ciba_id1,
    happy::fapi_ciba_id1_user_rejects_authentication,
    happy::fapi_ciba_id1_multiple_call_to_token_endpoint,
    happy::fapi_ciba_id1_auth_req_id_expired,
    happy::fapi_ciba_id1_ensure_authorization_request_with_binding_message_succeeds,
    happy::fapi_ciba_id1_ensure_other_scope_order_succeeds,
    happy::fapi_ciba_id1_ensure_requested_expiry_as_string_succeeds,
    happy::fapi_ciba_id1_ensure_authorization_request_with_potentially_bad_binding_message,
    request_object::fapi_ciba_id1_ensure_request_object_missing_aud_fails,
    request_object::fapi_ciba_id1_ensure_request_object_bad_aud_fails,
    request_object::fapi_ciba_id1_ensure_request_object_missing_iss_fails,
    request_object::fapi_ciba_id1_ensure_request_object_bad_iss_fails,
    request_object::fapi_ciba_id1_ensure_request_object_missing_exp_fails,
    request_object::fapi_ciba_id1_ensure_request_object_expired_exp_fails,
    request_object::fapi_ciba_id1_ensure_request_object_exp_is_70_minutes_in_future_fails,
    request_object::fapi_ciba_id1_ensure_request_object_missing_iat_fails,
    request_object::fapi_ciba_id1_ensure_request_object_missing_nbf_fails,
    request_object::fapi_ciba_id1_ensure_request_object_nbf_is_10_minutes_in_future_fails,
    request_object::fapi_ciba_id1_ensure_request_object_nbf_is_70_minutes_in_past_fails,
    request_object::fapi_ciba_id1_ensure_request_object_missing_jti_fails,
    request_object::fapi_ciba_id1_ensure_request_object_signature_algorithm_is_none_fails,
    request_object::fapi_ciba_id1_ensure_request_object_signature_algorithm_is_bad_fails,
    request_object::fapi_ciba_id1_ensure_request_object_signature_algorithm_is_rs256_fails
        as "fapi-ciba-id1-ensure-request-object-signature-algorithm-is-RS256-fails",
    request_object::fapi_ciba_id1_ensure_request_object_signed_by_other_client_fails,
    request_object::fapi_ciba_id1_ensure_authorization_request_with_multiple_hints_fails,
    happy::fapi_ciba_id1_ensure_wrong_auth_req_id_in_token_endpoint_request,
    client_authentication::fapi_ciba_id1_ensure_without_client_assertion_in_token_endpoint_request,
    client_authentication::fapi_ciba_id1_ensure_without_client_assertion_in_backchannel_authorization_request,
    client_authentication::fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_backchannel_authorization_request_is_rs256_fails
        as "fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails",
    client_authentication::fapi_ciba_id1_ensure_client_assertion_signature_algorithm_in_token_endpoint_request_is_rs256_fails
        as "fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails",
    client_authentication::fapi_ciba_id1_ensure_client_assertion_with_iss_aud_to_token_endpoint_succeeds,
    client_authentication::fapi_ciba_id1_ensure_invalid_client_assertions_in_backchannel_authorization_request_fail,
    request_object::fapi_ciba_id1_ensure_backchannel_authorization_request_without_request_fails,
    happy::fapi_ciba_id1_refresh_token,
    happy::fapi_ciba_id1_ensure_mtls_holder_of_key_required,
];

/// Ping, `private_key_jwt`: what the ping changes.
pub(crate) const PING_MODULES: &[Entry] = entries![
    happy::fapi_ciba_id1_discovery_end_point_verification,
    happy::fapi_ciba_id1,
    happy::fapi_ciba_id1_user_rejects_authentication,
    happy::fapi_ciba_id1_multiple_call_to_token_endpoint,
    happy::fapi_ciba_id1_auth_req_id_expired,
    happy::fapi_ciba_id1_refresh_token,
    ping::fapi_ciba_id1_ping_backchannel_notification_endpoint_response_has_body,
    ping::fapi_ciba_id1_ping_backchannel_notification_endpoint_response_401,
    ping::fapi_ciba_id1_ping_backchannel_notification_endpoint_response_403,
    ping::fapi_ciba_id1_ping_with_mtls_ciba_notification_endpoint_response_401_and_require_server_does_not_retry,
    ping::fapi_ciba_id1_ping_backchannel_notification_endpoint_return_redirect_request,
];

/// Poll, `tls_client_auth`: what cannot be tried with assertions.
pub(crate) const CERTIFICATE_MODULES: &[Entry] = entries![
    happy::fapi_ciba_id1,
    happy::fapi_ciba_id1_user_rejects_authentication,
    client_authentication::fapi_ciba_id1_ensure_different_client_id_and_issuer_in_backchannel_authorization_request,
    client_authentication::fapi_ciba_id1_ensure_wrong_client_id_in_token_endpoint_request,
    client_authentication::fapi_ciba_id1_ensure_wrong_client_id_in_backchannel_authorization_request,
    happy::fapi_ciba_id1_refresh_token,
    happy::fapi_ciba_id1_ensure_mtls_holder_of_key_required,
];
