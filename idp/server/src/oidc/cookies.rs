//! Cookies: `__Host-` names, HttpOnly, SameSite=Lax. Over http on this machine (the demo) a browser keeps no Secure cookie, so there they
//! are unprefixed (profile 8).

use http::{HeaderMap, HeaderValue, header};

use crate::app::App;

/// A cookie of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Binds interactions to the browser that began them.
    Browser,
    /// The SSO session: `id.secret`.
    Session,
    /// The tokenId that the person wants remembered on this device.
    Remembered,
}

/// The longest value that is read.
const LIMIT: usize = 512;

impl Cookie {
    const fn bare(self) -> &'static str {
        match self {
            Self::Browser => "idt_browser",
            Self::Session => "idt_session",
            Self::Remembered => "idt_remembered",
        }
    }

    fn name(self, app: &App) -> String {
        if is_secure(app) {
            format!("__Host-{}", self.bare())
        } else {
            self.bare().to_owned()
        }
    }

    /// Its value in a request. Of two of the same name the first counts, as the more specific path comes first (RFC 6265 5.4).
    pub(crate) fn read(self, app: &App, headers: &HeaderMap) -> Option<String> {
        let name = self.name(app);
        let fields = headers.get_all(header::COOKIE).into_iter();
        let pairs = fields
            .filter_map(|field| field.to_str().ok())
            .flat_map(|field| field.split(';'));
        let mut values = pairs.filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = values.find(|(own, _)| *own == name)?;
        (value.len() <= LIMIT).then(|| value.to_owned())
    }

    /// A `Set-Cookie` value; without `seconds` it ends with the browser.
    pub(crate) fn set(self, app: &App, value: &str, seconds: Option<i64>) -> Option<HeaderValue> {
        let mut text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.name(app));
        if is_secure(app) {
            text.push_str("; Secure");
        }
        if let Some(seconds) = seconds {
            text.push_str("; Max-Age=");
            text.push_str(&seconds.to_string());
        }
        HeaderValue::from_str(&text).ok()
    }

    /// A `Set-Cookie` value that removes it.
    pub(crate) fn clear(self, app: &App) -> Option<HeaderValue> {
        self.set(app, "", Some(0))
    }
}

fn is_secure(app: &App) -> bool {
    app.config.issuer.starts_with("https:")
}
