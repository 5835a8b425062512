//! From code to tokens to claims, and what ends them: RFC 6749 4 to 6, RFC 7009, RFC 7523, RFC 7662, RFC 8693, RFC 9068, RFC 9449,
//! RFC 9700, OIDC Core 3.1.3 and 5.3, profile 1.5.

mod assertions;
mod certificates;
mod codes;
mod credentials;
mod dpop;
mod exchange;
mod introspection;
mod own_tls;
mod party;
mod profiles;
mod refresh;
mod userinfo;

use party::{Party, Scene};
