//! What an operator enters at a service provider: its label there, and which value of ours belongs there.

use super::preset::Preset;

/// A value of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Our name, or that of the variant.
    EntityId,
    /// Where our metadata is.
    Metadata,
    /// Where authentication requests go.
    SingleSignOn,
    /// Where logout requests go.
    SingleLogout,
    /// Where a login begins here, for those who list applications.
    Unsolicited,
    /// The signing certificate, base64 of its DER.
    Certificate,
    /// The certificate that signs next, once it is known.
    NextCertificate,
    /// The format of name identifiers.
    NameIdFormat,
    /// What to choose or write there, as it stands.
    Text(&'static str),
}

type Entries = &'static [(&'static str, Entry)];

const GENERIC: Entries = &[
    ("Metadata", Entry::Metadata),
    ("Entity ID (Issuer)", Entry::EntityId),
    ("Single sign-on URL", Entry::SingleSignOn),
    ("Single logout URL", Entry::SingleLogout),
    ("NameID format", Entry::NameIdFormat),
    ("Certificate", Entry::Certificate),
    ("Next certificate", Entry::NextCertificate),
];

const ENTRA_DOMAIN: Entries = &[
    ("IssuerUri", Entry::EntityId),
    ("PassiveSignInUri", Entry::SingleSignOn),
    ("SignOutUri", Entry::SingleLogout),
    ("PreferredAuthenticationProtocol", Entry::Text("saml")),
    (
        "FederatedIdpMfaBehavior",
        Entry::Text("acceptIfMfaDoneByFederatedIdp"),
    ),
    ("IsSignedAuthenticationRequestRequired", Entry::Text("false")),
    ("SigningCertificate", Entry::Certificate),
    ("NextSigningCertificate", Entry::NextCertificate),
];

const ENTRA_EXTERNAL: Entries = &[
    ("Identity provider protocol", Entry::Text("SAML")),
    ("Issuer URI", Entry::EntityId),
    ("Passive authentication endpoint", Entry::SingleSignOn),
    ("Metadata URL", Entry::Metadata),
    ("Certificate", Entry::Certificate),
];

const OKTA: Entries = &[
    ("IdP Username", Entry::Text("idpuser.subjectNameId")),
    ("IdP Issuer URI", Entry::EntityId),
    ("IdP Single Sign-On URL", Entry::SingleSignOn),
    ("Destination", Entry::SingleSignOn),
    ("Request Binding", Entry::Text("HTTP POST")),
    (
        "Response Signature Verification",
        Entry::Text("Response or Assertion"),
    ),
    ("Response Signature Algorithm", Entry::Text("SHA-256")),
    ("IdP Signature Certificate", Entry::Certificate),
];

const AWS: Entries = &[
    ("Metadata document", Entry::Metadata),
    ("Sign-in link of people", Entry::Unsolicited),
];

const AWS_IDENTITY_CENTER: Entries = &[
    ("IdP SAML metadata", Entry::Metadata),
    ("IdP sign-in URL", Entry::SingleSignOn),
    ("IdP issuer URL", Entry::EntityId),
    ("IdP certificate", Entry::Certificate),
];

const GOOGLE: Entries = &[
    ("IDP entity ID", Entry::EntityId),
    ("Sign-in page URL", Entry::SingleSignOn),
    ("Sign-out page URL", Entry::SingleLogout),
    ("Verification certificate", Entry::Certificate),
];

const SALESFORCE: Entries = &[
    ("Issuer", Entry::EntityId),
    ("Identity Provider Certificate", Entry::Certificate),
    ("Request Signature Method", Entry::Text("RSA-SHA256")),
    (
        "Assertion Decryption Certificate",
        Entry::Text("Assertion not encrypted"),
    ),
    (
        "SAML Identity Type",
        Entry::Text("Assertion contains the Federation ID from the User object"),
    ),
    (
        "SAML Identity Location",
        Entry::Text("Identity is in the NameIdentifier element of the Subject statement"),
    ),
    (
        "Service Provider Initiated Request Binding",
        Entry::Text("HTTP POST"),
    ),
    ("Identity Provider Login URL", Entry::SingleSignOn),
    ("Identity Provider Single Logout URL", Entry::SingleLogout),
];

const ADFS: Entries = &[
    ("-MetadataUrl", Entry::Metadata),
    ("-Identifier", Entry::EntityId),
    (
        "-SignatureAlgorithm",
        Entry::Text("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    ),
    ("-TokenSigningCertificate", Entry::Certificate),
];

const CLOUDFLARE: Entries = &[
    ("Single Sign-on URL", Entry::SingleSignOn),
    ("Issuer ID or IdP Entity ID", Entry::EntityId),
    ("Signing certificate", Entry::Certificate),
    ("Email attribute name", Entry::Text("email")),
];

const ZSCALER: Entries = &[
    ("SAML Portal URL", Entry::SingleSignOn),
    ("Login Name Attribute", Entry::Text("NameID")),
    ("Entity ID", Entry::EntityId),
    ("IdP SAML Certificate", Entry::Certificate),
    ("User Display Name Attribute", Entry::Text("displayName")),
];

/// What to enter at a provider of this preset, in the order of its page there.
pub const fn entries(preset: Option<Preset>) -> &'static [(&'static str, Entry)] {
    match preset {
        Some(Preset::EntraDomain) => ENTRA_DOMAIN,
        Some(Preset::EntraExternal) => ENTRA_EXTERNAL,
        Some(Preset::Okta) => OKTA,
        Some(Preset::Aws) => AWS,
        Some(Preset::AwsIdentityCenter) => AWS_IDENTITY_CENTER,
        Some(Preset::Google) => GOOGLE,
        Some(Preset::Salesforce) => SALESFORCE,
        Some(Preset::Adfs) => ADFS,
        Some(Preset::Cloudflare) => CLOUDFLARE,
        Some(Preset::Zscaler) => ZSCALER,
        Some(Preset::Shibboleth | Preset::Saml2int) | None => GENERIC,
    }
}
