//! The checks of an authentication request, in order. Until the address of the answer is known to be registered a fault is shown to the
//! person; after it the service provider is told (IIP-IDP05).

use idp_types::Timestamp;

use super::checked::CheckedRequest;
use super::consumer::{Consumer, ConsumerError, choose};
use super::context::known_class;
use super::destination::check_destination;
use super::instant::check_instant;
use super::message::AuthnRequest;
use super::name_id_policy::choose_format;
use super::replay::ReplayKey;
use super::subject;
use crate::binding::{Binding, RelayState};
use crate::identifier::MessageId;
use crate::provider::{AttributeRule, ServiceProvider};
use crate::status::{Detail, Status};

/// What the request met.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The time.
    pub now: Timestamp,
    /// Our addresses that take this message by this binding.
    pub own: &'a [&'a str],
    /// How it came; SOAP is an enhanced client.
    pub binding: Binding,
    /// Whether its signature was checked.
    pub is_signed: bool,
    /// The sender's word.
    pub relay_state: Option<&'a RelayState>,
}

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no address to answer to: the person sees a page.
    Page(ConsumerError),
    /// The service provider is told.
    Answer(Box<Answer>),
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where it goes.
    pub consumer: Consumer,
    /// What it answers.
    pub in_response_to: MessageId,
    /// The sender's word.
    pub relay_state: Option<RelayState>,
    /// Why.
    pub status: Status,
}

/// Checks a request against the record of the provider that sent it.
///
/// # Errors
/// [`Refusal`] with the first rule that it breaks.
pub fn check(
    request: &AuthnRequest,
    provider: &ServiceProvider,
    circumstances: Circumstances<'_>,
) -> Result<CheckedRequest, Refusal> {
    let ecp = circumstances.binding == Binding::Soap;
    let consumer = choose(&request.consumer, provider, ecp).map_err(Refusal::Page)?;
    rules(request, provider, circumstances, &consumer).map_err(|status| {
        Refusal::Answer(Box::new(Answer {
            consumer,
            in_response_to: request.head.id.clone(),
            relay_state: circumstances.relay_state.cloned(),
            status,
        }))
    })
}

fn rules(
    request: &AuthnRequest,
    provider: &ServiceProvider,
    circumstances: Circumstances<'_>,
    consumer: &Consumer,
) -> Result<CheckedRequest, Status> {
    check_instant(&request.head, circumstances.now)?;
    check_destination(&request.head, circumstances.own, circumstances.is_signed)?;
    check_metadata(provider, circumstances.now)?;
    check_ecp(provider, circumstances.binding)?;
    check_context(request, provider)?;
    let policy = request.name_id_policy.as_ref();
    Ok(CheckedRequest {
        provider: provider.entity_id.clone(),
        in_response_to: Some(request.head.id.clone()),
        replay: Some(ReplayKey::of(&request.head)),
        consumer: consumer.clone(),
        relay_state: circumstances.relay_state.cloned(),
        is_signed: circumstances.is_signed,
        force_authn: request.force_authn,
        is_passive: request.is_passive,
        name_id_format: choose_format(policy, provider)?,
        allow_create: policy.is_none_or(|policy| policy.allow_create),
        subject: subject::named(request.subject.as_ref())?,
        context: request.context.clone(),
        attributes: attributes(request.attribute_service, provider)?,
    })
}

/// Metadata that has ended vouches for nothing (IIP-MD04).
fn check_metadata(provider: &ServiceProvider, now: Timestamp) -> Result<(), Status> {
    if provider.source.has_ended(now) {
        return Err(Status::responder(
            Detail::RequestDenied,
            "the metadata of the service provider has expired",
        ));
    }
    Ok(())
}

fn check_ecp(provider: &ServiceProvider, binding: Binding) -> Result<(), Status> {
    if binding == Binding::Soap && !provider.policy.ecp {
        return Err(Status::responder(
            Detail::RequestDenied,
            "enhanced clients are not enabled for this service provider",
        ));
    }
    Ok(())
}

/// A request for classes that nobody here knows is refused before the person is asked for anything.
fn check_context(request: &AuthnRequest, provider: &ServiceProvider) -> Result<(), Status> {
    let rules = &provider.policy.contexts;
    let hopeless = request.context.as_ref().is_some_and(|context| {
        context
            .classes
            .iter()
            .all(|class| known_class(class, rules).is_none())
    });
    if hopeless {
        return Err(Status::responder(
            Detail::NoAuthnContext,
            "none of the requested classes is known",
        ));
    }
    Ok(())
}

/// What the provider may be told: everything that the operator allows, or of that what the named set asks for (IIP-IDP04).
fn attributes(index: Option<u16>, provider: &ServiceProvider) -> Result<Vec<AttributeRule>, Status> {
    let allowed = provider.policy.attributes.clone();
    let Some(index) = index else {
        return Ok(allowed);
    };
    let service = provider
        .attribute_services
        .iter()
        .find(|service| service.index == index)
        .ok_or_else(|| {
            Status::requester(
                Detail::InvalidAttrNameOrValue,
                "no attribute consuming service has this index",
            )
        })?;
    let asked = |rule: &AttributeRule| {
        service
            .attributes
            .iter()
            .any(|attribute| attribute.name == rule.name)
    };
    Ok(allowed.into_iter().filter(asked).collect())
}
