//! The embedded files.

macro_rules! embedded {
    ($($path:literal $media_type:literal),+ $(,)?) => {
        /// Every file with its media type.
        const FILES: &[(&str, &str, &[u8])] =
            &[$(($path, $media_type, include_bytes!(concat!("../../assets/", $path)))),+];
    };
}

embedded! {
    "style.css" "text/css; charset=utf-8",
    "clock.js" "text/javascript; charset=utf-8",
    "logo.svg" "image/svg+xml",
    "landing.html" "text/html; charset=utf-8",
    "demo/index.html" "text/html; charset=utf-8",
    "demo/rp.html" "text/html; charset=utf-8",
    "demo/oidc.html" "text/html; charset=utf-8",
    "demo/phone.html" "text/html; charset=utf-8",
    "demo/bar.svg" "image/svg+xml",
    "demo/approval.js" "text/javascript; charset=utf-8",
    "demo/catalogue.js" "text/javascript; charset=utf-8",
    "demo/channel.js" "text/javascript; charset=utf-8",
    "demo/consent.js" "text/javascript; charset=utf-8",
    "demo/device.js" "text/javascript; charset=utf-8",
    "demo/encoding.js" "text/javascript; charset=utf-8",
    "demo/holder.js" "text/javascript; charset=utf-8",
    "demo/http.js" "text/javascript; charset=utf-8",
    "demo/oidc.js" "text/javascript; charset=utf-8",
    "demo/phone.js" "text/javascript; charset=utf-8",
    "demo/rp.js" "text/javascript; charset=utf-8",
    "demo/seal.js" "text/javascript; charset=utf-8",
    "demo/token.js" "text/javascript; charset=utf-8",
    "demo/view.js" "text/javascript; charset=utf-8",
    "oidc/page.css" "text/css; charset=utf-8",
    "oidc/noscript.css" "text/css; charset=utf-8",
    "oidc/api.js" "text/javascript; charset=utf-8",
    "oidc/live.js" "text/javascript; charset=utf-8",
    "oidc/login.js" "text/javascript; charset=utf-8",
    "oidc/return.js" "text/javascript; charset=utf-8",
    "oidc/submit.js" "text/javascript; charset=utf-8",
    "oidc/view.js" "text/javascript; charset=utf-8",
}

/// The media type and octets of a file.
pub(crate) fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    FILES
        .iter()
        .find(|(name, _, _)| *name == path)
        .map(|(_, media_type, body)| (*media_type, *body))
}
