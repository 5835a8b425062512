//! Where answers go: never to an address that is not registered.

use saml::binding::Binding;
use saml::request::{ConsumerError, Refusal, Selector, choose};

use crate::fixture::{ACS, OTHER_ACS, authn_request, checked, provider};

fn location(url: &str) -> Selector {
    Selector {
        location: Some(url.to_owned()),
        ..Selector::default()
    }
}

#[test]
fn addresses_are_compared_character_by_character() {
    let provider = provider();
    assert_eq!(
        choose(&location(ACS), &provider, false)
            .expect("registered")
            .location,
        ACS
    );
    for url in [
        "https://evil.example/",
        "https://sp.example/acs/",
        "https://sp.example/acs?",
        "https://sp.example/acs#x",
        "https://sp.example/ACS",
        "https://SP.example/acs",
        "https://sp.example./acs",
        "https://sp.example:443/acs",
        "https://user@sp.example/acs",
        "https://sp.example/acs/../acs",
        "https://sp.example/acs%20",
        " https://sp.example/acs",
        "https://sp.example/ac",
        "http://sp.example/acs",
        "https://sp.example/ecp",
        "",
    ] {
        assert_eq!(
            choose(&location(url), &provider, false),
            Err(ConsumerError::Location),
            "{url}"
        );
    }
}

#[test]
fn the_default_is_the_marked_one_and_otherwise_the_lowest_index() {
    let mut provider = provider();
    let chosen = choose(&Selector::default(), &provider, false).expect("a default");
    assert_eq!(chosen.location, ACS);
    provider.consumers[1].is_default = false;
    let chosen = choose(&Selector::default(), &provider, false).expect("a default");
    assert_eq!(chosen.location, OTHER_ACS);
    let artifact = Selector {
        binding: Some(Binding::Artifact),
        ..Selector::default()
    };
    let chosen = choose(&artifact, &provider, false).expect("one of this binding");
    assert_eq!(chosen.binding, Binding::Artifact);
    provider.consumers.clear();
    assert_eq!(
        choose(&Selector::default(), &provider, false),
        Err(ConsumerError::None)
    );
}

#[test]
fn an_index_is_a_registered_one_and_stands_alone() {
    let provider = provider();
    let index = |index| Selector {
        index: Some(index),
        ..Selector::default()
    };
    assert_eq!(
        choose(&index(2), &provider, false).expect("registered").binding,
        Binding::Artifact
    );
    assert_eq!(choose(&index(9), &provider, false), Err(ConsumerError::Index));
    let both = Selector {
        index: Some(1),
        ..location(ACS)
    };
    assert_eq!(choose(&both, &provider, false), Err(ConsumerError::Contradiction));
    let bound = Selector {
        binding: Some(Binding::Post),
        ..index(1)
    };
    assert_eq!(
        choose(&bound, &provider, false),
        Err(ConsumerError::Contradiction)
    );
}

#[test]
fn a_binding_belongs_to_the_address() {
    let provider = provider();
    let artifact = Selector {
        binding: Some(Binding::Artifact),
        ..location(ACS)
    };
    assert_eq!(
        choose(&artifact, &provider, false).expect("registered").binding,
        Binding::Artifact
    );
    let elsewhere = Selector {
        binding: Some(Binding::Artifact),
        ..location(OTHER_ACS)
    };
    assert_eq!(choose(&elsewhere, &provider, false), Err(ConsumerError::Binding));
}

#[test]
fn enhanced_clients_have_consumers_of_their_own() {
    let provider = provider();
    let chosen = choose(&Selector::default(), &provider, true).expect("one for PAOS");
    assert_eq!(chosen.location, "https://sp.example/ecp");
    assert_eq!(
        choose(&location(ACS), &provider, true),
        Err(ConsumerError::Location)
    );
}

#[test]
fn a_request_for_an_unregistered_address_is_answered_nowhere() {
    let request = authn_request(
        "AssertionConsumerServiceURL=\"https://evil.example/\" Version=\"1.1\"",
        "",
    );
    let request = request.replacen(" Version=\"2.0\"", "", 1);
    assert_eq!(
        checked(&request, &provider()),
        Err(Refusal::Page(ConsumerError::Location))
    );
}
