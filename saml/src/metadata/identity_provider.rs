//! Our own metadata, prepared: `md:EntityDescriptor` with an `md:IDPSSODescriptor` (Metadata 2.4.3, SDP-MD).

use idp_types::Timestamp;

use crate::binding::Binding;
use crate::identifier::{EntityId, MessageId};
use crate::name_id::NameIdFormat;
use crate::names::{Name, PROTOCOL, alg, ds, md, mdui, shibmd};
use crate::signature::{Certificate, Draft, SignatureAlgorithm};
use crate::xml::{WriteError, Writer};

/// Where messages are taken.
#[derive(Debug, Clone, Copy)]
pub struct EndpointFacts<'a> {
    /// Single sign-on, by Redirect, POST and SOAP.
    pub single_sign_on: &'a [(Binding, &'a str)],
    /// Single logout.
    pub single_logout: &'a [(Binding, &'a str)],
    /// Artifact resolution, which is by SOAP, in the order of its indexes.
    pub artifact_resolution: &'a [&'a str],
}

/// A picture of the provider.
#[derive(Debug, Clone, Copy)]
pub struct Logo<'a> {
    /// Its address.
    pub address: &'a str,
    /// Its width in pixels.
    pub width: u16,
    /// Its height in pixels.
    pub height: u16,
}

/// What people are shown (MDUI 2.1). Texts come with their language.
#[derive(Debug, Clone, Copy)]
pub struct Interface<'a> {
    /// The name.
    pub display_names: &'a [(&'a str, &'a str)],
    /// What it is.
    pub descriptions: &'a [(&'a str, &'a str)],
    /// Where more is said.
    pub information: Option<&'a str>,
    /// What happens to data.
    pub privacy: Option<&'a str>,
    /// The picture.
    pub logo: Option<Logo<'a>>,
}

/// Somebody to write to.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    /// `technical`, `support` or `administrative`.
    pub kind: &'a str,
    /// Who.
    pub name: &'a str,
    /// The address, without `mailto:`.
    pub email: &'a str,
}

/// What our metadata says.
#[derive(Debug, Clone, Copy)]
pub struct IdentityProviderFacts<'a> {
    /// The identifier of the document, which its signature refers to.
    pub id: &'a MessageId,
    /// Our name, or that of a variant.
    pub entity_id: &'a EntityId,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// How long it may be kept, in seconds.
    pub cache_duration: i64,
    /// Our signing certificates, the current one first, the next one before it is used; RSA before EC.
    pub signing: &'a [&'a Certificate],
    /// What may be encrypted to.
    pub encryption: Option<&'a Certificate>,
    /// Where messages are taken.
    pub endpoints: EndpointFacts<'a>,
    /// The formats of identifiers that we issue.
    pub name_id_formats: &'a [NameIdFormat],
    /// What people are shown.
    pub interface: Interface<'a>,
    /// The scopes of subject identifiers, domain names.
    pub scopes: &'a [&'a str],
    /// Where a service provider sends people with a problem of ours.
    pub error_url: Option<&'a str>,
    /// Whom to write to.
    pub contacts: &'a [Contact<'a>],
    /// Whether every request must be signed.
    pub want_authn_requests_signed: bool,
}

/// Our metadata without its signature.
///
/// # Errors
/// [`WriteError`] when a value has a character that XML cannot carry.
pub fn identity_provider(facts: &IdentityProviderFacts<'_>) -> Result<Draft, WriteError> {
    let mut writer = Writer::new();
    let cache_duration = format!("PT{}S", facts.cache_duration);
    writer.open(
        md("EntityDescriptor"),
        &[
            ("ID", Some(facts.id.as_str())),
            ("cacheDuration", Some(&cache_duration)),
            ("entityID", Some(facts.entity_id.as_str())),
            ("validUntil", Some(&facts.valid_until.to_rfc3339())),
        ],
    );
    let signature_at = writer.position();
    algorithms(&mut writer);
    role(&mut writer, facts);
    for contact in facts.contacts {
        writer.open(md("ContactPerson"), &[("contactType", Some(contact.kind))]);
        writer.leaf(md("GivenName"), &[], contact.name);
        writer.leaf(md("EmailAddress"), &[], &format!("mailto:{}", contact.email));
        writer.close();
    }
    Ok(Draft {
        text: writer.finish()?,
        id: facts.id.as_str().to_owned(),
        signature_at,
    })
}

/// What we read (IIP-MD09).
fn algorithms(writer: &mut Writer) {
    let algorithm = |uri| [("Algorithm", Some(uri))];
    writer.open(md("Extensions"), &[]);
    for digest in [
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ] {
        writer.leaf(alg("DigestMethod"), &algorithm(digest), "");
    }
    for method in SignatureAlgorithm::ALL {
        writer.leaf(alg("SigningMethod"), &algorithm(method.uri()), "");
    }
    writer.close();
}

fn role(writer: &mut Writer, facts: &IdentityProviderFacts<'_>) {
    let wanted = facts.want_authn_requests_signed.then_some("true");
    writer.open(
        md("IDPSSODescriptor"),
        &[
            ("WantAuthnRequestsSigned", wanted),
            ("errorURL", facts.error_url),
            ("protocolSupportEnumeration", Some(PROTOCOL)),
        ],
    );
    writer.open(md("Extensions"), &[]);
    for scope in facts.scopes {
        writer.leaf(shibmd("Scope"), &[("regexp", Some("false"))], scope);
    }
    interface(writer, facts.interface);
    writer.close();
    for certificate in facts.signing {
        key(writer, "signing", certificate);
    }
    if let Some(certificate) = facts.encryption {
        key(writer, "encryption", certificate);
    }
    endpoints(writer, facts);
    writer.close();
}

fn endpoints(writer: &mut Writer, facts: &IdentityProviderFacts<'_>) {
    for (index, location) in facts.endpoints.artifact_resolution.iter().enumerate() {
        let index = index.to_string();
        let binding = ("Binding", Some(Binding::Soap.uri()));
        let address = ("Location", Some(*location));
        writer.leaf(
            md("ArtifactResolutionService"),
            &[binding, address, ("index", Some(&index))],
            "",
        );
    }
    for endpoint in facts.endpoints.single_logout {
        service(writer, md("SingleLogoutService"), *endpoint);
    }
    for format in facts.name_id_formats {
        writer.leaf(md("NameIDFormat"), &[], format.uri());
    }
    for endpoint in facts.endpoints.single_sign_on {
        service(writer, md("SingleSignOnService"), *endpoint);
    }
}

fn service(writer: &mut Writer, name: Name, (binding, location): (Binding, &str)) {
    let binding = ("Binding", Some(binding.uri()));
    writer.leaf(name, &[binding, ("Location", Some(location))], "");
}

fn interface(writer: &mut Writer, interface: Interface<'_>) {
    writer.open(mdui("UIInfo"), &[]);
    for (language, text) in interface.display_names {
        writer.leaf(mdui("DisplayName"), &[("xml:lang", Some(language))], text);
    }
    for (language, text) in interface.descriptions {
        writer.leaf(mdui("Description"), &[("xml:lang", Some(language))], text);
    }
    if let Some(logo) = interface.logo {
        let (height, width) = (logo.height.to_string(), logo.width.to_string());
        let size = [("height", Some(height.as_str())), ("width", Some(width.as_str()))];
        writer.leaf(mdui("Logo"), &size, logo.address);
    }
    let english = [("xml:lang", Some("en"))];
    if let Some(address) = interface.information {
        writer.leaf(mdui("InformationURL"), &english, address);
    }
    if let Some(address) = interface.privacy {
        writer.leaf(mdui("PrivacyStatementURL"), &english, address);
    }
    writer.close();
}

fn key(writer: &mut Writer, usage: &str, certificate: &Certificate) {
    writer.open(md("KeyDescriptor"), &[("use", Some(usage))]);
    writer.open(ds("KeyInfo"), &[]);
    writer.open(ds("X509Data"), &[]);
    writer.leaf(ds("X509Certificate"), &[], &certificate.to_base64());
    for _ in 0..3 {
        writer.close();
    }
}
