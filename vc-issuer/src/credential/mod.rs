//! What a credential says: its type, its subject, its evidence and its times, before any format is chosen.

mod attribute;
mod consent;
mod country;
mod credential_type;
mod evidence;
mod randomness;
mod subject;
mod validity;

pub use attribute::{Attribute, Vocabulary};
pub use consent::{Consent, ConsentReceipt};
pub use country::alpha2;
pub use credential_type::CredentialType;
pub use evidence::SealEvidence;
pub use randomness::CopyRandomness;
pub use subject::{AttributeValue, Granted, Subject, SubjectError};
pub use validity::{Validity, ValidityError, hour};
