//! Keys for what the provider must recognise as its own later on, each derived from the installation's storage secret under a label.

use aws_lc_rs::hmac;

use crate::app::App;

/// The first `N` bytes of HMAC-SHA256 over `message`, under the key of `label`.
pub(crate) fn tag<const N: usize>(app: &App, label: &'static [u8], message: &[u8]) -> [u8; N] {
    let root = hmac::Key::new(hmac::HMAC_SHA256, app.secrets().storage.expose());
    let derived = hmac::sign(&root, label);
    let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
    let mut tag = [0; N];
    let made = hmac::sign(&key, message);
    for (to, from) in tag.iter_mut().zip(made.as_ref()) {
        *to = *from;
    }
    tag
}
