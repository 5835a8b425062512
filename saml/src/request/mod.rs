//! Authentication requests (Core 3.4): read, then checked rule by rule against the provider's record.

mod check;
mod checked;
mod consumer;
mod context;
mod destination;
mod instant;
mod message;
mod name_id_policy;
mod replay;
mod subject;
mod unsolicited;

pub use check::{Answer, Circumstances, Refusal, check};
pub use consumer::{Consumer, ConsumerError, Selector, choose};
pub use context::{Comparison, Known, RequestedContext, known_class, satisfy};
pub use destination::check_destination;
pub use instant::{LIFE, SKEW, check_instant};
pub use message::{AuthnRequest, NameIdPolicy, RequestedSubject};
pub use name_id_policy::choose_format;
pub use replay::ReplayKey;
pub use unsolicited::{UnsolicitedError, unsolicited};

pub use checked::{CheckedRequest, HeldSession, Next};
