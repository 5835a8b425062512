//! Push messages: FCM HTTP v1, APNs and Web Push behind one sender trait, and a recording sender for tests.
//!
//! The crate knows what each provider wants to hear and what its answers mean. It refuses to know sessions, codes and stores (it is
//! handed a finished message and an address), sockets (whoever implements [`Exchange`] has them), private keys (whoever implements
//! [`TokenSigner`] signs), the clock and the dice (both are arguments). It depends on `idp-jose`, which prepares the tokens that
//! providers want.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 4, "Push body" | [`message`] | `message::tests` |
//! | architecture, `idp/push` | [`sender`] | `tests/tests/login/modes.rs` |
//! | FCM HTTP v1, RFC 7523 (access token of a service account) | [`fcm`] | `fcm::*::tests`, `tests/tests/push/fcm.rs` |
//! | APNs provider API | [`apns`] | `apns::*::tests`, `tests/tests/push/apns.rs` |
//! | RFC 8030, RFC 8291 (appendix A), RFC 8292 | [`web_push`] | `web_push::*::tests`, `tests/tests/push/web.rs` |
//! | retries and circuits (operations 3.7, row 22) | [`circuit`], [`backoff`] | `circuit::tests`, `tests/tests/push/trouble.rs` |
//! | every answer of a provider: no panic | [`fuzzing`] | `fuzzing::tests` |

pub mod apns;
pub mod backoff;
pub mod circuit;
pub mod exchange;
pub mod fcm;
#[doc(hidden)]
pub mod fuzzing;
pub mod message;
pub mod providers;
pub mod sender;
mod token;
pub mod web_push;

pub use idp_core::enrolment::PushAddress;

pub use circuit::{Admission, Circuit};
pub use exchange::{Exchange, ExchangeError, ProviderAnswer, ProviderRequest};
pub use message::{PushBody, PushMessage};
pub use providers::Providers;
pub use sender::{Push, PushError, PushSender, RecordingSender};
pub use token::{SigningFailed, TokenSigner};
