//! The hostile corpus (`saml.md` 1.4 and 4): 24 messages, each read as the server reads it, each refused, and what that costs.

use ::saml::binding::{Binding, Received};
use ::saml::logout::{LogoutRequestFacts, logout_request};
use ::saml::message::{Message, Required};
use ::saml::provider::{ConsumerService, Policy, ServiceProvider, Source};
use ::saml::signature::Draft;
use ::saml::{EntityId, MessageId, NameId, SessionIndex};
use data_encoding::BASE64;
use idp_types::{ServiceId, Timestamp};
use serde::Serialize;

use super::key::{Checker, Key, Kind};
use crate::cryptography::time;
use crate::error::LoadError;

const SP: &str = "https://sp.example/metadata";
const SLO: &str = "https://seal.example/saml/slo";

/// A hostile message that was refused.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Refused {
    /// What it tries.
    pub(super) name: &'static str,
    /// How long the request is.
    pub(super) bytes: usize,
    /// What refusing it took.
    pub(super) milliseconds: f64,
}

/// How a message comes.
enum Carrier {
    /// The form of a page.
    Form(String),
    /// The query of an address.
    Query(String),
}

struct Case {
    name: &'static str,
    carrier: Carrier,
}

/// Measures every case.
///
/// # Errors
/// [`LoadError::Usage`] naming a message that was taken.
pub(super) fn measure() -> Result<Vec<Refused>, LoadError> {
    let (provider, cases) = corpus()?;
    let mut refused = Vec::new();
    for case in cases {
        if is_taken(&case.carrier, &provider) {
            return Err(LoadError::Usage(format!("{} was taken", case.name)));
        }
        let bytes = match &case.carrier {
            Carrier::Form(text) | Carrier::Query(text) => text.len(),
        };
        refused.push(Refused {
            name: case.name,
            bytes,
            milliseconds: time(|| !is_taken(&case.carrier, &provider))? / 1000.0,
        });
    }
    Ok(refused)
}

fn is_taken(carrier: &Carrier, provider: &ServiceProvider) -> bool {
    let received = match carrier {
        Carrier::Form(text) => Received::from_form(text),
        Carrier::Query(text) => Received::from_query(text),
    };
    let message = received.ok().and_then(|received| Message::open(received).ok());
    message.is_some_and(|message| message.authenticate(provider, Required::Yes, &Checker).is_ok())
}

/// Base64 in a parameter.
fn parameter(octets: &[u8]) -> String {
    let text = BASE64.encode(octets);
    let text = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("SAMLRequest={text}")
}

fn form(name: &'static str, document: &str) -> Case {
    Case {
        name,
        carrier: Carrier::Form(parameter(document.as_bytes())),
    }
}

/// A signed message in its parts.
struct Original {
    whole: String,
    /// Without its signature.
    bare: String,
    signature: String,
}

impl Original {
    fn of(draft: &Draft, key: &Key) -> Option<Self> {
        let bare = draft.clone().unsigned();
        let prepared = draft.clone().prepare(key.algorithm(), Some(&key.certificate));
        let signature = key.sign(prepared.octets())?;
        let whole = prepared.complete(&signature);
        let (_, rest) = whole.split_once("<ds:Signature")?;
        let (inner, _) = rest.split_once("</ds:Signature>")?;
        let signature = format!("<ds:Signature{inner}</ds:Signature>");
        Some(Self {
            whole,
            bare,
            signature,
        })
    }

    /// A request of the attacker's, with `inside` where a signature would be.
    fn forged(&self, id: &str, inside: &str) -> String {
        let named = self
            .bare
            .replacen("_original", id, 1)
            .replace("victim", "attacker");
        named.replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1)
    }

    fn object(&self, content: &str) -> String {
        let object = format!("<ds:Object>{content}</ds:Object></ds:Signature>");
        self.signature.replacen("</ds:Signature>", &object, 1)
    }
}

fn corpus() -> Result<(ServiceProvider, Vec<Case>), LoadError> {
    let (key, stranger) = (Key::new(Kind::Rsa2048)?, Key::new(Kind::Rsa2048)?);
    let draft = draft().ok_or(LoadError::Cryptography)?;
    let original = Original::of(&draft, &key).ok_or(LoadError::Cryptography)?;
    let others = Original::of(&draft, &stranger).ok_or(LoadError::Cryptography)?;
    let provider = provider(&key).ok_or(LoadError::Cryptography)?;
    let honest = Carrier::Form(parameter(original.whole.as_bytes()));
    if !is_taken(&honest, &provider) {
        return Err(LoadError::Usage("the honest message was not taken".to_owned()));
    }
    let mut cases = wrappings(&original);
    cases.extend(signatures(&original, &others));
    cases.extend(documents(&original));
    Ok((provider, cases))
}

/// The eight ways to wrap a signed message.
fn wrappings(original: &Original) -> Vec<Case> {
    let Original {
        whole,
        bare,
        signature,
    } = original;
    let extension = |content: &str| format!("<samlp:Extensions>{content}</samlp:Extensions>");
    let renamed = bare.replacen("_original", "_other", 1);
    vec![
        form("wrapping 1", &original.forged("_evil", &original.object(bare))),
        form(
            "wrapping 2",
            &original.forged("_evil", &format!("{bare}{signature}")),
        ),
        form("wrapping 3", &original.forged("_evil", whole)),
        form("wrapping 4", &original.forged("_evil", &extension(whole))),
        form(
            "wrapping 5",
            &original.forged("_evil", &format!("{signature}{}", extension(bare))),
        ),
        form(
            "wrapping 6",
            &original.forged("_original", &original.object(&renamed)),
        ),
        form(
            "wrapping 7",
            &original.forged("_original", &format!("{}{signature}", extension(bare))),
        ),
        form("wrapping 8", &original.forged("_evil", &original.object(whole))),
    ]
}

/// Signatures that are not what they say.
fn signatures(original: &Original, others: &Original) -> Vec<Case> {
    let Original { whole, bare, .. } = original;
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let swap = |algorithm: &str| whole.replace(rsa, algorithm);
    let reference = whole
        .split_once("<ds:Reference")
        .and_then(|(_, rest)| rest.split_once("</ds:Reference>"))
        .map(|(inner, _)| format!("<ds:Reference{inner}</ds:Reference>"));
    let reference = reference.unwrap_or_default();
    vec![
        form("signature taken away", bare),
        form("message changed", &whole.replace("victim", "attacker")),
        form("a stranger's key", &others.whole),
        form(
            "HMAC with the certificate",
            &swap("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        ),
        form("SHA-1", &swap("http://www.w3.org/2000/09/xmldsig#rsa-sha1")),
        form("no reference", &whole.replace(&reference, "")),
        form(
            "a hundred references",
            &whole.replace(&reference, &reference.repeat(100)),
        ),
        form(
            "the same identifier twice",
            &whole.replace("<saml:Issuer ", "<saml:Issuer Id=\"_original\" "),
        ),
    ]
}

/// Documents that cost.
fn documents(original: &Original) -> Vec<Case> {
    let Original { whole, .. } = original;
    let entity = |definition: &str, name: &str| {
        let text = whole.replace(SP, &format!("&{name};"));
        format!("<!DOCTYPE r [{definition}]>{text}")
    };
    let first = "<!ENTITY a0 \"ha\">".to_owned();
    let further = (1..30).map(|number| {
        let before = format!("&a{};", number - 1).repeat(10);
        format!("<!ENTITY a{number} \"{before}\">")
    });
    let laughs: String = std::iter::once(first).chain(further).collect();
    let nested = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
    let flood = |count: usize| {
        let attributes = (0..count)
            .map(|number| format!(" a{number}=\"\""))
            .collect::<Vec<_>>()
            .concat();
        whole.replacen(
            "<samlp:LogoutRequest",
            &format!("<samlp:LogoutRequest{attributes}"),
            1,
        )
    };
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 10 * 1024 * 1024], 9);
    let comment = whole.replace(SP, &format!("{SP}<!-- -->.evil.example"));
    vec![
        form("document type", &format!("<!DOCTYPE r>{whole}")),
        form(
            "external entity",
            &entity("<!ENTITY x SYSTEM \"file:///etc/passwd\">", "x"),
        ),
        form("entity expansion", &entity(&laughs, "a29")),
        form("20,000 elements deep", &original.forged("_evil", &nested)),
        form("5,000 attributes", &flood(5000)),
        form("100,000 attributes", &flood(100_000)),
        form("a comment in the issuer", &comment),
        Case {
            name: "10 MiB out of 10 KiB",
            carrier: Carrier::Query(parameter(&bomb)),
        },
    ]
}

fn draft() -> Option<Draft> {
    logout_request(&LogoutRequestFacts {
        id: &MessageId::parse("_original").ok()?,
        now: Timestamp::from_unix_seconds(1_800_000_000),
        issuer: &EntityId::parse(SP).ok()?,
        destination: SLO,
        name_id: &NameId {
            value: "victim".to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: &SessionIndex::parse("_session").ok()?,
    })
    .ok()
}

fn provider(key: &Key) -> Option<ServiceProvider> {
    Some(ServiceProvider {
        entity_id: EntityId::parse(SP).ok()?,
        service_id: ServiceId::parse("sp").ok()?,
        display_name: "SP".to_owned(),
        consumers: vec![ConsumerService {
            index: 0,
            binding: Binding::Post,
            location: "https://sp.example/acs".to_owned(),
            is_default: true,
        }],
        logout: Vec::new(),
        signing: vec![key.certificate.clone()],
        encryption: Vec::new(),
        authn_requests_signed: true,
        want_assertions_signed: true,
        name_id_formats: Vec::new(),
        attribute_services: Vec::new(),
        policy: Policy::default(),
        source: Source::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_has_24_messages_and_none_is_taken() {
        let (provider, cases) = corpus().unwrap();
        assert_eq!(cases.len(), 24);
        for case in cases {
            assert!(!is_taken(&case.carrier, &provider), "{}", case.name);
        }
    }
}
