//! SAML 2.0 identity provider: receive -> open -> authenticate -> check -> prepare, without a clock, randomness, I/O or private key.
//!
//! A message becomes one tree behind a gate of limits; its signature is checked over that tree, and every field is read from it. What is
//! issued is written in canonical form to begin with, so that no XML library is on the path of a signature: this crate prepares the octets,
//! the shell signs them (or wraps a content key) and hands the result back. The crate refuses to know how the person was authenticated,
//! where records are kept, who signs, and how a page looks.
//!
//! | specification | module | tests (`tests/saml/`) |
//! |---|---|---|
//! | Bindings 3.2 SOAP, 3.4 Redirect, 3.5 POST, 3.6 artifact; Profiles 4.2 ECP | [`binding`] | `bindings` |
//! | Core 5, XML Signature, exclusive canonical form | [`signature`], [`xml`] | `attacks`, `responses` |
//! | Core 3.2, who sent a message | [`message`] | `attacks`, `bindings` |
//! | Core 3.4, Profiles 4.1, authentication requests | [`request`] | `requests`, `consumers`, `contexts` |
//! | Core 2.3, 3.3.3, XML Encryption, assertions and responses, written and read back | [`response`], [`status`], [`name_id`] | `responses` |
//! | Core 3.7, Profiles 4.4, single logout | [`logout`] | `logout` |
//! | Core 3.5, artifact resolution | [`resolve`] | `responses`, `bindings` |
//! | Metadata 2, MDUI, algorithm support, MDQ | [`metadata`] | `metadata` |
//! | what an operator decides about a service provider | [`provider`] | `metadata`, `requests` |
//!
//! # Requirements of the Kantara implementation profile and of SAML2Int
//!
//! What this crate decides; the rest (fetching, storing, pages, login) is the shell's.
//!
//! | requirement | where | test |
//! |---|---|---|
//! | IIP-G02 values of 256 characters | [`identifier`] | `requests::values_of_256_characters_are_read` |
//! | IIP-G03 no document type declaration | [`xml`] | `attacks::documents_with_more_than_elements_are_not_opened` |
//! | IIP-SSO02, SSO03 Redirect and POST | [`binding`] | `bindings::a_redirect_is_verified_over_the_octets_received` |
//! | IIP-SSO04 response and assertion signed together or alone | [`provider::SignWhat`] | `responses::both_signatures_verify_with_both_kinds_of_keys` |
//! | IIP-SSO05 persistent and transient identifiers | [`name_id`] | `requests::name_id_policies_are_met_or_refused` |
//! | IIP-IDP01..04 attributes by provider and by requested set | [`provider::AttributeRule`] | `requests::attributes_are_those_that_are_allowed_and_asked_for` |
//! | IIP-IDP05 errors where the consumer is known to be good | [`request::Refusal`] | `consumers::a_request_for_an_unregistered_address_is_answered_nowhere` |
//! | IIP-IDP06, 07 ForceAuthn, IsPassive | [`request::CheckedRequest::next`] | `requests::a_session_answers_only_what_it_covers` |
//! | IIP-IDP08 RequestedAuthnContext, all comparisons | [`request::satisfy`] | `contexts::every_comparison_against_every_rank` |
//! | IIP-IDP09, SDP-IDP11 encrypted assertions | [`response::encrypt`] | `responses::an_encrypted_assertion_is_read_by_its_recipient_with_its_signature_whole` |
//! | IIP-IDP10 NameIDPolicy | [`request::choose_format`] | `requests::name_id_policies_are_met_or_refused` |
//! | IIP-IDP12, SDP-IDP06 consumer by URL, binding, index | [`request::choose`] | `consumers::addresses_are_compared_character_by_character` |
//! | IIP-IDP13..16 enhanced clients | [`binding::ecp_response`] | `requests::enhanced_clients_log_in_where_the_operator_says_so` |
//! | IIP-IDP17, 18 single logout, asynchronous too | [`logout`] | `logout::everybody_but_the_initiator_is_told_back_channels_first`, `logout::asynchronous_logout_is_recognised` |
//! | IIP-IDP21 identifiers compared with case | [`NameId::is_same`] | `requests::the_person_is_the_one_who_was_meant` |
//! | IIP-MD01 metadata queries | [`metadata::mdq_address`] | `metadata::an_mdq_address_has_the_entity_as_one_segment` |
//! | IIP-MD02 refresh in time | [`provider::Source::refresh_at`] | `metadata::a_provider_is_what_its_metadata_says` |
//! | IIP-MD03 signed by a key from elsewhere | [`metadata::Trust`] | `metadata::a_trust_anchor_is_the_only_one_who_is_believed` |
//! | IIP-MD04 validity past, absent or too far | [`metadata::Trust`] | `metadata::validity_is_bounded_where_the_operator_bounds_it` |
//! | IIP-MD07, SDP-IDP32 each signing key is tried | [`signature`] | `attacks::every_key_of_a_provider_is_tried` |
//! | IIP-MD08, 10 encryption key and methods of the metadata | [`response::choose_encryption`] | `responses::encryption_follows_the_operator_then_the_metadata` |
//! | IIP-MD09 own algorithms published | [`metadata::identity_provider`] | `metadata::our_metadata_is_signed_and_in_the_order_of_the_schema` |
//! | IIP-MD11 a key without `use` is for both | [`metadata`] | `metadata::a_provider_is_what_its_metadata_says` |
//! | IIP-MD12 expired certificates are keys all the same | [`signature::Certificate`] | `attacks::an_expired_certificate_is_a_key_all_the_same` |
//! | IIP-ALG01..03 SHA-256, RSA and ECDSA | [`signature`] | `responses::both_signatures_verify_with_both_kinds_of_keys` |
//! | IIP-ALG08 MD5, SHA-1, RSA 1.5 transport cannot be let in | [`signature::SignatureAlgorithm`] | `attacks::weaker_algorithms_are_refused_whatever_the_policy_says` |
//! | SDP-G01 clock skew of three minutes | [`request::SKEW`] | `requests::time_and_place_are_checked` |
//! | SDP-IDP04 unsigned requests only where none is announced | [`message::Required`] | `requests::unsigned_requests_are_refused_where_signatures_are_due` |
//! | SDP-IDP05 a bad signature always fails | [`message`] | `attacks::a_bad_signature_is_refused_where_none_is_needed` |
//! | SDP-IDP09, 10 signed response, one assertion, one statement of each kind | [`response`] | `responses::an_assertion_has_all_that_the_profile_asks_for` |
//! | SDP-IDP12..17 subject identifier attributes | [`provider::AttributeSource`] | `responses::nothing_is_released_that_was_not_granted` |
//! | SDP-IDP14, MD09..12 scope, interface, contacts, error URL | [`metadata::identity_provider`] | `metadata::our_metadata_is_signed_and_in_the_order_of_the_schema` |
//! | SDP-IDP18, 20 names by URI, one value an element | [`provider::AttributeRule`] | `responses::an_assertion_has_all_that_the_profile_asks_for` |
//! | SDP-IDP24..31 signed logout both ways | [`logout`] | `logout::anybody_s_word_ends_no_session` |
//!
//! What the shell shows of them, in `tests/tests/`:
//!
//! | requirement | test |
//! |---|---|
//! | IIP-MD01, MD03, MD04 a query service, an anchor, a bounded validity | `saml_providers::metadata::only_whom_the_operator_named_vouches_for_metadata` |
//! | IIP-MD02 refreshed before it ends, where it moved to | `saml::providers::tests` and `outbound::tests` of the server |
//! | IIP-MD10 a key that is required does not vanish | `saml_providers::metadata::a_refresh_takes_over_endpoints_and_keys_and_leaves_decisions` |
//! | IIP-IDP02, 03 release by provider, within the service's scopes | `saml_providers::refusals::attributes_stay_within_what_the_service_may_ask_for` |
//!
//! # The scenarios of the SAML conformance test kit
//!
//! Those of the one public kit that tests identity providers, each with the test that plays it here. The kit's peer is this project's; its
//! expectation that errors arrive as a response with a status is met wherever the consumer is a registered one.
//!
//! | scenario | test |
//! |---|---|
//! | request by POST and by Redirect | `saml::sso::a_login_answers_with_what_was_granted_and_the_session_answers_the_next_request`, `saml::attacks::a_redirect_is_verified_as_it_came` |
//! | with RelayState, and longer than 80 bytes | `bindings::relay_state_is_kept_or_refused_and_never_changed` |
//! | without address and index of a consumer | `consumers::the_default_is_the_marked_one_and_otherwise_the_lowest_index` |
//! | NameIDPolicy for an address | `requests::name_id_policies_are_met_or_refused` |
//! | Destination of somebody else | `requests::time_and_place_are_checked` |
//! | an empty request | `requests::messages_that_are_not_what_they_claim_are_not_read` |
//! | Subject with a name that is not the person's | `requests::the_person_is_the_one_who_was_meant` |
//! | a query with parts missing | `bindings::a_changed_or_stripped_redirect_is_refused`, `bindings::parameters_stand_once_and_alone` |
//! | DSA with SHA-1 | `attacks::weaker_algorithms_are_refused_whatever_the_policy_says` |
//! | logout of one, and of several | `saml::logout::a_provider_s_logout_goes_to_the_others_and_comes_back` |
//! | logout with RelayState | `logout::an_answer_belongs_to_its_question` |
//! | logout that one of several refuses | `logout::one_who_does_not_end_its_session_makes_the_logout_partial`, `saml::logout::a_logout_that_does_not_reach_everybody_is_reported_as_partial` |
//!
//! # Decisions
//!
//! - *Signatures.* Tree and canonical form are uppsala's and bergshamra's; `SignedInfo` is read here, because SAML allows one shape of it
//!   alone, and the arithmetic is the shell's ([`signature::Verifier`]). bergshamra's own signature crate would compile a native library
//!   and a certificate validator into a crate that must have neither.
//! - *RelayState* beyond 80 bytes is kept up to [`binding::RelayState::LIMIT`], for every provider alike: Google's is longer.
//! - *AllowCreate* that is absent reads as true: Entra asks for persistent identifiers without it.
//! - *CBC* is not offered for encryption, nor SHA-1 for signatures, whatever an operator says.
//! - *Comments* in messages are refused, in metadata they are passed over; text is joined across them.
//! - *A default class* of authentication contexts is stated when the login reaches it, and our own otherwise.
//! - *EncryptedID* is not decrypted: a request that names its subject so is refused with a status, a logout request is not read.

pub mod binding;
#[doc(hidden)]
pub mod fuzzing;
pub mod identifier;
pub mod logout;
pub mod message;
pub mod metadata;
pub mod name_id;
mod names;
mod outgoing;
pub mod provider;
pub mod request;
pub mod resolve;
pub mod response;
pub mod signature;
pub mod status;
pub mod xml;

pub use identifier::{EntityId, IdentifierError, MessageId, SessionIndex};
pub use name_id::{NameId, NameIdFormat};
pub use names::{ATTRIBUTE_NAME_BASIC, ATTRIBUTE_NAME_URI};
pub use status::{Detail, Status, StatusCode};
