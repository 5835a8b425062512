//! Names of elements and the identifiers of the specifications.

/// An expanded element name with the prefix that we write it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) prefix: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) local: &'static str,
}

macro_rules! namespaces {
    ($($(#[$doc:meta])* $function:ident, $prefix:literal, $namespace:literal;)+) => {
        $($(#[$doc])*
        pub(crate) const fn $function(local: &'static str) -> Name {
            Name { prefix: $prefix, namespace: $namespace, local }
        })+
    };
}

namespaces! {
    /// SAML assertions (Core 2).
    saml, "saml", "urn:oasis:names:tc:SAML:2.0:assertion";
    /// The SAML protocol (Core 3).
    samlp, "samlp", "urn:oasis:names:tc:SAML:2.0:protocol";
    /// SAML metadata.
    md, "md", "urn:oasis:names:tc:SAML:2.0:metadata";
    /// Metadata for login and discovery interfaces.
    mdui, "mdui", "urn:oasis:names:tc:SAML:metadata:ui";
    /// Metadata about algorithms.
    alg, "alg", "urn:oasis:names:tc:SAML:metadata:algsupport";
    /// The extension of Shibboleth that limits scoped attributes.
    shibmd, "shibmd", "urn:mace:shibboleth:metadata:1.0";
    /// XML Signature.
    ds, "ds", "http://www.w3.org/2000/09/xmldsig#";
    /// XML Encryption.
    xenc, "xenc", "http://www.w3.org/2001/04/xmlenc#";
    /// XML Encryption 1.1.
    xenc11, "xenc11", "http://www.w3.org/2009/xmlenc11#";
    /// SOAP 1.1.
    soap, "S", "http://schemas.xmlsoap.org/soap/envelope/";
    /// Enhanced client or proxy (Profiles 4.2).
    ecp, "ecp", "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp";
}

/// `SAML 2.0` as the protocols that a role supports.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// Exclusive canonical form without comments.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Canonical XML 1.0 without comments.
pub(crate) const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// The transform that leaves the signature out.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// `NameFormat` of attributes that URIs name (SAML2Int SDP-IDP18).
pub const ATTRIBUTE_NAME_URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
/// `NameFormat` of attributes that plain words name.
pub const ATTRIBUTE_NAME_BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
