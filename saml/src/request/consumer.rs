//! Where the answer goes: by index, by address or by default, and always among the registered ones (Core 3.4.1, Profiles 4.1.4.1).

use serde::{Deserialize, Serialize};

use crate::binding::Binding;
use crate::provider::{ConsumerService, ServiceProvider};

/// What a request says about where its answer goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// `AssertionConsumerServiceIndex`.
    pub index: Option<u16>,
    /// `AssertionConsumerServiceURL`.
    pub location: Option<String>,
    /// `ProtocolBinding`.
    pub binding: Option<Binding>,
}

/// A registered address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// Its address.
    pub location: String,
    /// How the answer travels.
    pub binding: Binding,
}

impl From<&ConsumerService> for Consumer {
    fn from(service: &ConsumerService) -> Self {
        Self {
            location: service.location.clone(),
            binding: service.binding,
        }
    }
}

/// Why there is no address to answer to. The person sees a page; nothing is sent anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// An index together with an address or a binding (Core 3.4.1).
    #[error("the request names an index and an address")]
    Contradiction,
    /// No registered consumer has the index.
    #[error("no assertion consumer service has this index")]
    Index,
    /// No registered consumer has exactly this address.
    #[error("the assertion consumer service is not registered")]
    Location,
    /// The consumer has no such binding.
    #[error("the assertion consumer service does not take this binding")]
    Binding,
    /// The provider has no consumer at all that this request can be answered at.
    #[error("the service provider has no assertion consumer service")]
    None,
}

/// Chooses the consumer. `ecp` is whether an enhanced client asks, who is answered at a consumer of the PAOS binding and at no other.
///
/// # Errors
/// [`ConsumerError`] when what the request names is not registered, compared character by character (SDP-IDP06).
pub fn choose(selector: &Selector, provider: &ServiceProvider, ecp: bool) -> Result<Consumer, ConsumerError> {
    let reachable = |service: &&ConsumerService| (service.binding == Binding::Paos) == ecp;
    let registered: Vec<&ConsumerService> = provider.consumers.iter().filter(reachable).collect();
    match (selector.index, &selector.location) {
        (Some(_), Some(_)) => Err(ConsumerError::Contradiction),
        (Some(_), None) if selector.binding.is_some() => Err(ConsumerError::Contradiction),
        (Some(index), None) => registered
            .into_iter()
            .find(|service| service.index == index)
            .map(Consumer::from)
            .ok_or(ConsumerError::Index),
        (None, Some(location)) => by_location(&registered, location, selector.binding),
        (None, None) => by_default(&registered, provider, selector.binding),
    }
}

fn by_location(
    registered: &[&ConsumerService],
    location: &str,
    binding: Option<Binding>,
) -> Result<Consumer, ConsumerError> {
    let mut here = registered
        .iter()
        .filter(|service| service.location == location)
        .peekable();
    if here.peek().is_none() {
        return Err(ConsumerError::Location);
    }
    here.find(|service| binding.is_none_or(|binding| service.binding == binding))
        .map(|service| Consumer::from(*service))
        .ok_or(ConsumerError::Binding)
}

fn by_default(
    registered: &[&ConsumerService],
    provider: &ServiceProvider,
    binding: Option<Binding>,
) -> Result<Consumer, ConsumerError> {
    let fits = |service: &&&ConsumerService| binding.is_none_or(|binding| service.binding == binding);
    let default = provider.default_consumer();
    let marked = registered
        .iter()
        .filter(fits)
        .find(|service| default.is_some_and(|default| default == **service));
    let lowest = || registered.iter().filter(fits).min_by_key(|service| service.index);
    match marked.or_else(lowest) {
        Some(service) => Ok(Consumer::from(*service)),
        None if registered.is_empty() => Err(ConsumerError::None),
        None => Err(ConsumerError::Binding),
    }
}
