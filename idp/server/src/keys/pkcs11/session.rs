//! One session with a token.

use std::collections::HashMap;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use idp_types::encoding::lowerhex;

use super::TokenError;

/// A session, and the keys that it has found.
pub(super) struct Seat {
    pub(super) session: Session,
    keys: HashMap<Vec<u8>, ObjectHandle>,
}

impl Seat {
    /// Opens a session with the token of a label.
    pub(super) fn enter(functions: &Pkcs11, label: &str, pin: &str) -> Result<Self, TokenError> {
        let slot = slot_of(functions, label)?;
        let session = functions.open_rw_session(slot)?;
        let pin = AuthPin::from(pin.to_owned());
        match session.login(UserType::User, Some(&pin)) {
            // One login holds for all sessions of a process.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLocked, _)) => return Err(TokenError::Pin),
            Err(error) => return Err(error.into()),
        }
        Ok(Self {
            session,
            keys: HashMap::new(),
        })
    }

    /// The private key of an identifier.
    pub(super) fn private_key(&mut self, id: &[u8]) -> Result<ObjectHandle, TokenError> {
        if let Some(known) = self.keys.get(id) {
            return Ok(*known);
        }
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(id.to_vec()),
        ];
        let found = self.session.find_objects(&template)?.first().copied();
        let found = found.ok_or_else(|| TokenError::NoKey(lowerhex(id)))?;
        self.keys.insert(id.to_vec(), found);
        Ok(found)
    }

    /// Forgets what it has found.
    pub(super) fn forget(&mut self) {
        self.keys.clear();
    }
}

fn slot_of(functions: &Pkcs11, label: &str) -> Result<Slot, TokenError> {
    let mut slots = functions.get_slots_with_token()?.into_iter();
    let found = slots.find(|slot| {
        let token = functions.get_token_info(*slot);
        token.is_ok_and(|token| token.label() == label)
    });
    found.ok_or_else(|| TokenError::Absent(label.to_owned()))
}
