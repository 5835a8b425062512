//! The reference authenticator: what a phone does, as messages. It enrols, compares, signs and discloses.
//!
//! The crate builds the requests that a phone sends and reads the answers that it gets. It refuses to know HTTP, files,
//! clocks and randomness: bodies and headers go out as text, answers come in as bytes, `now` and random bytes are arguments,
//! and what is to be kept is one JSON document ([`wallet`]) for the caller to store. It draws nothing on a screen, and it never
//! says that a face was verified when none was ([`face`]).
//!
//! Answers are a stranger's words until they are read: each has a size limit and a typed error, and text that a person will
//! see can neither steer a terminal nor turn its direction around ([`text`]).
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 2 and 4.3, signed strings | [`message`] | `message::tests`, `tests/authenticator/vectors.rs` |
//! | FIPS 186-5, RFC 6979, RFC 5958: the device key | [`key`] | `key::tests` |
//! | profile 8, the issuer is an origin; who signs | [`identity`] | `identity::tests` |
//! | profile 2, enrolment; profile 3, the seal | [`enrolment`] | `tests/authenticator/enrolment.rs` |
//! | profile 1, the enrolment credential; RFC 9901 | [`credential`] | `tests/authenticator/enrolment.rs` |
//! | profile 1.2, 1.3: minimal disclosure | [`disclosure`] | `disclosure::tests`, `tests/authenticator/approval.rs` |
//! | profile 2, `Authorization: Device` | [`request`] | `tests/authenticator/vectors.rs` |
//! | profile 4.1, 4.3: pending requests, decisions, approval, refusal | [`approval`] | `approval::*::tests`, `tests/authenticator/approval.rs` |
//! | profile 7 and 4.2, scanned links | [`link`] | `link::tests` |
//! | profile 4.2, Service VDS | [`service`] | `tests/authenticator/service.rs` |
//! | profile 4, push body; RFC 7516 | [`push`] | `push::tests` |
//! | RFC 9457, error answers | [`answer`] | `answer::tests` |
//! | `product.md` 2.2, what a phone keeps | [`wallet`] | `tests/authenticator/wallet.rs` |
//! | `product.md` 2.2, face verification (a seam) | [`face`] | `face::tests` |
//! | every parser: no panic | [`fuzzing`] | `tests/authenticator/never_panics.rs` |

pub mod answer;
pub mod approval;
pub mod credential;
pub mod disclosure;
pub mod enrolment;
pub mod face;
#[doc(hidden)]
pub mod fuzzing;
pub mod identity;
pub mod key;
pub mod link;
pub mod message;
pub mod push;
pub mod request;
pub mod service;
pub mod text;
pub mod wallet;

pub use answer::{AnswerError, Problem};
pub use approval::{
    ApprovalError, Approver, CodeAnswer, Decision, DecisionError, DeclineReason, PendingRequest, approve,
    decline,
};
pub use credential::{CredentialError, EnrolmentCredential};
pub use enrolment::{Admission, Challenge, Enrolment, EnrolmentError, EnrolmentSeal};
pub use face::{FaceCheck, FaceOutcome, NoFaceCheck};
pub use identity::{DeviceIdentity, Issuer, IssuerError};
pub use key::{DeviceKey, DeviceSigner, KeyError};
pub use link::{LinkError, ScannedLink};
pub use message::SignedMessage;
pub use push::{EncryptionKey, PushChannel, PushMessage, PushRegistration};
pub use request::{DeviceRequest, RequestStamp, authorization};
pub use wallet::{Wallet, WalletError};
