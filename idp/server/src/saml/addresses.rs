//! Our own names and addresses, and those of the variants that a service provider may know instead (profile 9).

use saml::provider::ServiceProvider;

use crate::app::App;

/// One identity provider: the main one, or a variant.
pub(crate) struct Addresses {
    /// `{ISSUER}/saml`, or `{ISSUER}/saml/{name}`.
    base: String,
}

impl Addresses {
    /// Those of the main one, or of a variant.
    pub(crate) fn of(app: &App, variant: Option<&str>) -> Self {
        let issuer = app.config.issuer.trim_end_matches('/');
        Self {
            base: match variant {
                Some(name) => format!("{issuer}/saml/{name}"),
                None => format!("{issuer}/saml"),
            },
        }
    }

    /// Those that a service provider knows.
    pub(crate) fn known_to(app: &App, provider: &ServiceProvider) -> Self {
        Self::of(app, provider.policy.variant.as_deref())
    }

    /// The entityID, which is also where the metadata is.
    pub(crate) fn entity_id(&self) -> String {
        format!("{}/metadata", self.base)
    }

    /// Single sign-on by Redirect and POST.
    pub(crate) fn single_sign_on(&self) -> String {
        format!("{}/sso", self.base)
    }

    /// Single logout by Redirect and POST.
    pub(crate) fn single_logout(&self) -> String {
        format!("{}/slo", self.base)
    }
}
