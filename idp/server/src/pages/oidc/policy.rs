//! The Content-Security-Policy of a page, from what the page does.
//!
//! `form-action`: browsers of the Chromium family hold every redirect that follows a form to it, those of the relying party's own
//! website as well. A list of one origin would strand people halfway, so the page names the schemes of the way back: `https:`, and what a
//! registered redirect URI has beyond it (`http:` on this machine, the private scheme of an app).

use url::Url;

use super::super::PAGE_POLICY;

/// A policy.
pub(super) struct Policy {
    form_action: Vec<String>,
    frames: Vec<String>,
}

impl Policy {
    /// Forms go to this origin only; there are no frames.
    pub(super) const fn own() -> Self {
        Self {
            form_action: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// A form ends, by way of redirects, at this registered address.
    #[must_use]
    pub(super) fn leading_to(mut self, address: &str) -> Self {
        self.form_action = vec!["https:".to_owned()];
        if let Ok(url) = Url::parse(address)
            && url.scheme() != "https"
        {
            self.form_action.push(format!("{}:", url.scheme()));
        }
        self
    }

    /// Frames of these registered addresses are loaded.
    #[must_use]
    pub(super) fn framing(mut self, addresses: &[String]) -> Self {
        for address in addresses {
            let Ok(url) = Url::parse(address) else { continue };
            let origin = url.origin().ascii_serialization();
            if origin != "null" && !self.frames.contains(&origin) {
                self.frames.push(origin);
            }
        }
        self
    }

    /// The header's value.
    pub(super) fn header(&self) -> String {
        let mut text = PAGE_POLICY.to_owned();
        if !self.form_action.is_empty() {
            let sources = format!("form-action 'self' {};", self.form_action.join(" "));
            text = text.replace("form-action 'self';", &sources);
        }
        if !self.frames.is_empty() {
            text.push_str("; frame-src ");
            text.push_str(&self.frames.join(" "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;

    #[test]
    fn a_page_names_no_more_than_it_needs() {
        let own = Policy::own().header();
        assert!(own.contains("form-action 'self';") && !own.contains("frame-src"));
        let web = Policy::own().leading_to("https://rp.example/cb").header();
        assert!(web.contains("form-action 'self' https:;"), "{web}");
        let local = Policy::own().leading_to("http://127.0.0.1:4000/cb").header();
        assert!(local.contains("form-action 'self' https: http:;"), "{local}");
        let app = Policy::own().leading_to("com.example.app:/cb").header();
        assert!(
            app.contains("form-action 'self' https: com.example.app:;"),
            "{app}"
        );
    }

    #[test]
    fn frames_are_named_by_origin_once() {
        let frames = [
            "https://a.example/out?x=1",
            "https://a.example/other",
            "https://b.example:8443/",
        ];
        let header = Policy::own().framing(&frames.map(str::to_owned)).header();
        assert!(
            header.ends_with("; frame-src https://a.example https://b.example:8443"),
            "{header}"
        );
        let strange =
            Policy::own().framing(&["javascript:alert(1)".to_owned(), "x; script-src *".to_owned()]);
        assert!(!strange.header().contains("frame-src"));
    }
}
