//! Metadata for a service provider that publishes none: the few values that its administrator is shown, as a document, so that they are
//! checked like any other.

use crate::binding::Binding;
use crate::identifier::EntityId;
use crate::names::{PROTOCOL, ds, md};
use crate::signature::Certificate;
use crate::xml::{WriteError, Writer};

/// What is known of the provider.
#[derive(Debug, Clone)]
pub struct Description<'a> {
    /// Its name.
    pub entity_id: &'a EntityId,
    /// Where responses are posted, the default first.
    pub consumers: &'a [String],
    /// Where logout requests go, by Redirect.
    pub logout: Option<&'a str>,
    /// Its certificate, for signing and encryption.
    pub certificate: Option<&'a Certificate>,
}

impl Description<'_> {
    /// The metadata document.
    ///
    /// # Errors
    /// [`WriteError`] when an address has a character that XML cannot carry.
    pub fn document(&self) -> Result<String, WriteError> {
        let mut writer = Writer::new();
        writer.open(
            md("EntityDescriptor"),
            &[("entityID", Some(self.entity_id.as_str()))],
        );
        writer.open(
            md("SPSSODescriptor"),
            &[("protocolSupportEnumeration", Some(PROTOCOL))],
        );
        if let Some(certificate) = self.certificate {
            writer.open(md("KeyDescriptor"), &[]);
            writer.open(ds("KeyInfo"), &[]);
            writer.open(ds("X509Data"), &[]);
            writer.leaf(ds("X509Certificate"), &[], &certificate.to_base64());
            for _ in 0..3 {
                writer.close();
            }
        }
        if let Some(location) = self.logout {
            let binding = ("Binding", Some(Binding::Redirect.uri()));
            writer.leaf(
                md("SingleLogoutService"),
                &[binding, ("Location", Some(location))],
                "",
            );
        }
        for (index, location) in self.consumers.iter().enumerate() {
            let (binding, index) = (Some(Binding::Post.uri()), index.to_string());
            let members = [
                ("Binding", binding),
                ("Location", Some(location.as_str())),
                ("index", Some(&index)),
            ];
            writer.leaf(md("AssertionConsumerService"), &members, "");
        }
        writer.finish()
    }
}
