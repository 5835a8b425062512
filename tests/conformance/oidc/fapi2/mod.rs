//! FAPI 2.0 Security Profile with `private_key_jwt` and DPoP, and FAPI 2.0 Message Signing with signed requests and JARM above it
//! (`federation-oidc.md` 3c).
//!
//! The clients are those that the operator's preset `fapi2` makes. The protected resource is userinfo. TLS is ended by a proxy in front
//! of the server, so that the suite's checks of its versions and ciphers have nothing to look at here.

mod assertion;
mod authorization;
mod check;
mod client;
mod discovery;
mod dpop;
mod happy;
mod invalid_proof;
mod pkce;
mod pushed;
mod refresh;
mod request_object;
mod request_object_negative;
mod token;
mod with;

use crate::suite::{Entry, entries};

/// The Security Profile's modules, in the suite's order.
pub(crate) const MODULES: &[Entry] = entries![
    discovery::fapi2_security_profile_final_discovery_end_point_verification,
    happy::fapi2_security_profile_final_happy_flow,
    authorization::fapi2_security_profile_final_user_rejects_authentication,
    happy::fapi2_security_profile_final_ensure_authorization_request_without_state_success,
    happy::fapi2_security_profile_final_ensure_authorization_request_without_nonce_success,
    happy::fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success,
    happy::fapi2_security_profile_final_ensure_other_scope_order_succeeds,
    happy::fapi2_security_profile_final_test_claims_parameter_identity_claims,
    happy::fapi2_security_profile_final_access_token_type_header_case_sensitivity,
    dpop::fapi2_security_profile_final_check_dpop_proof_nbf_exp,
    dpop::fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds,
    dpop::fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds,
    dpop::fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails,
    dpop::fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt,
    dpop::fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt,
    dpop::fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success,
    dpop::fapi2_security_profile_final_ensure_dpop_auth_code_binding_success,
    request_object::fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object,
    request_object::fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object,
    happy::fapi2_security_profile_final_ensure_authorization_request_with_long_nonce,
    happy::fapi2_security_profile_final_ensure_authorization_request_with_long_state,
    request_object::fapi2_security_profile_final_state_only_outside_request_object_not_used,
    request_object::fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails,
    authorization::fapi2_security_profile_final_ensure_registered_redirect_uri,
    authorization::fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri,
    authorization::fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails,
    authorization::fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request,
    authorization::fapi2_security_profile_final_ensure_response_type_code_idtoken_fails,
    authorization::fapi2_security_profile_final_ensure_response_type_token_fails,
    token::fapi2_security_profile_final_ensure_client_id_in_token_endpoint,
    token::fapi2_security_profile_final_ensure_holder_of_key_required,
    token::fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client,
    token::fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second,
    token::fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code,
    assertion::fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails
        as "fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails",
    assertion::fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint,
    assertion::fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails,
    assertion::fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails,
    assertion::fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails,
    assertion::fapi2_security_profile_final_ensure_invalid_client_assertions_fail,
    invalid_proof::fapi2_security_profile_final_dpop_negative_tests,
    refresh::fapi2_security_profile_final_refresh_token,
    pushed::fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds,
    pushed::fapi2_security_profile_final_par_attempt_reuse_request_uri
        as "fapi2-security-profile-final-par-attempt-reuse-request_uri",
    pushed::fapi2_security_profile_final_par_attempt_to_use_expired_request_uri
        as "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    assertion::fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted,
    assertion::fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails,
    pushed::fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client
        as "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
    pushed::fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param
        as "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
    pushed::fapi2_security_profile_final_par_attempt_invalid_http_method,
    pkce::fapi2_security_profile_final_par_ensure_pkce_required,
    pkce::fapi2_security_profile_final_ensure_pkce_code_verifier_required,
    pkce::fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected,
    pkce::fapi2_security_profile_final_par_plain_pkce_rejected,
    pushed::fapi2_security_profile_final_par_without_duplicate_parameters,
    assertion::fapi2_security_profile_final_par_test_array_as_audience_fails,
    assertion::fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails,
    assertion::fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails,
];

/// What Message Signing adds to them.
pub(crate) const REQUEST_OBJECTS: &[Entry] = entries![
    request_object::fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds,
    request_object::fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_without_exp_fails,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_without_nbf_fails,
    request_object_negative::fapi2_security_profile_final_ensure_expired_request_object_fails,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails,
    request_object_negative::fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails
        as "fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails",
    request_object_negative::fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none,
    request_object_negative::fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails,
    request_object_negative::fapi2_security_profile_final_ensure_matching_key_in_authorization_request,
    request_object_negative::fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails,
    request_object_negative::fapi2_security_profile_final_par_authorization_request_containing_request_uri
        as "fapi2-security-profile-final-par-authorization-request-containing-request_uri",
];
