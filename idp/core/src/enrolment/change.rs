//! What may happen to an enrolled holder afterwards (profile 2, 4.2, 4.3 and 11).

use idp_types::{DeviceId, ServiceId, Timestamp, TokenId};

use super::holder::{Device, FAILURE_LIMIT, Holder, Revocation, RevocationReason};

/// Services that one holder may trust: bounds the record.
pub const TRUST_LIMIT: usize = 500;

/// Seconds until a supersession takes effect while an old device is active and has not approved (profile 11).
pub const SUPERSESSION_DELAY_SECONDS: i64 = 24 * 3600;

/// The change does not apply to this holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// There is no such device.
    #[error("there is no such device")]
    UnknownDevice,
    /// The holder trusts too many services.
    #[error("too many trusted services")]
    TrustLimit,
    /// The tokenId is revoked or superseded already.
    #[error("the tokenId is revoked or superseded already")]
    Ended,
    /// A chain of tokenIds would bite its own tail.
    #[error("the new tokenId is part of the old one's chain, or has a chain of its own")]
    Chain,
}

impl Holder {
    fn device_mut(&mut self, device_id: &DeviceId) -> Option<&mut Device> {
        self.devices
            .iter_mut()
            .find(|device| device.device_id == *device_id)
    }

    /// Revokes one device, or the whole tokenId with all of them. Revoking twice changes nothing.
    ///
    /// # Errors
    /// [`ChangeRefusal::UnknownDevice`].
    pub fn revoke(
        mut self,
        device_id: Option<&DeviceId>,
        reason: RevocationReason,
        now: Timestamp,
    ) -> Result<Self, ChangeRefusal> {
        let revocation = Revocation { reason, at: now };
        if let Some(device_id) = device_id {
            let device = self.device_mut(device_id).ok_or(ChangeRefusal::UnknownDevice)?;
            device.revoked.get_or_insert(revocation);
        } else {
            self.revoked.get_or_insert(revocation);
            for device in &mut self.devices {
                device.revoked.get_or_insert(revocation);
            }
        }
        self.updated_at = now;
        Ok(self)
    }

    /// Revokes the devices whose seal stands on a revocation list.
    #[must_use]
    pub fn revoke_seals(mut self, is_revoked: impl Fn(&Device) -> bool, now: Timestamp) -> Self {
        for device in &mut self.devices {
            if is_revoked(device) {
                device.revoked.get_or_insert(Revocation {
                    reason: RevocationReason::RevokedSeal,
                    at: now,
                });
            }
        }
        self.updated_at = now;
        self
    }

    /// Counts a wrong code under the device's valid signature; the second value says whether it locked the device.
    ///
    /// # Errors
    /// [`ChangeRefusal::UnknownDevice`].
    pub fn count_failure(
        mut self,
        device_id: &DeviceId,
        now: Timestamp,
    ) -> Result<(Self, bool), ChangeRefusal> {
        let device = self.device_mut(device_id).ok_or(ChangeRefusal::UnknownDevice)?;
        device.failures = device.failures.saturating_add(1);
        let locked = device.failures == FAILURE_LIMIT;
        self.updated_at = now;
        Ok((self, locked))
    }

    /// Forgets the device's wrong codes after a success; `None` when there were none.
    pub fn clear_failures(mut self, device_id: &DeviceId, now: Timestamp) -> Option<Self> {
        let device = self.device_mut(device_id).filter(|device| device.failures > 0)?;
        device.failures = 0;
        self.updated_at = now;
        Some(self)
    }

    /// Sets where a device's pushes go.
    ///
    /// # Errors
    /// [`ChangeRefusal::UnknownDevice`].
    pub fn redirect_push(
        mut self,
        device_id: &DeviceId,
        push: super::PushAddress,
        key: Option<super::DeviceKey>,
        now: Timestamp,
    ) -> Result<Self, ChangeRefusal> {
        let device = self.device_mut(device_id).ok_or(ChangeRefusal::UnknownDevice)?;
        device.push = push;
        device.push_encryption_key = key;
        self.updated_at = now;
        Ok(self)
    }

    /// Forgets where a device's pushes go, because the provider says that the address is gone. `None` where the device has another
    /// one by now: what a phone registered since stays.
    pub fn forget_push(
        mut self,
        device_id: &DeviceId,
        gone: &super::PushAddress,
        now: Timestamp,
    ) -> Option<Self> {
        let device = self
            .device_mut(device_id)
            .filter(|device| device.push == *gone && *gone != super::PushAddress::None)?;
        device.push = super::PushAddress::None;
        device.push_encryption_key = None;
        self.updated_at = now;
        Some(self)
    }

    /// Trusts a service, or ceases to.
    ///
    /// # Errors
    /// [`ChangeRefusal::TrustLimit`].
    pub fn trust(
        mut self,
        service_id: &ServiceId,
        trusted: bool,
        now: Timestamp,
    ) -> Result<Self, ChangeRefusal> {
        if trusted {
            if self.trusted_services.len() >= TRUST_LIMIT && !self.trusted_services.contains(service_id) {
                return Err(ChangeRefusal::TrustLimit);
            }
            self.trusted_services.insert(service_id.clone());
        } else {
            self.trusted_services.remove(service_id);
        }
        self.updated_at = now;
        Ok(self)
    }

    /// Chains a new tokenId to this one: the old one ends, the new one inherits the subject that relying parties know.
    ///
    /// # Errors
    /// [`ChangeRefusal::Ended`] when either has ended, [`ChangeRefusal::Chain`] when the new one has a chain of its own.
    pub fn supersede(mut self, mut new: Self, now: Timestamp) -> Result<(Self, Self), ChangeRefusal> {
        if self.superseded_by.is_some() || new.superseded_by.is_some() || new.revoked.is_some() {
            return Err(ChangeRefusal::Ended);
        }
        if new.first_token_id != new.token_id
            || new.token_id == self.token_id
            || new.token_id == self.first_token_id
        {
            return Err(ChangeRefusal::Chain);
        }
        new.first_token_id = self.first_token_id.clone();
        new.trusted_services.extend(self.trusted_services.iter().cloned());
        new.updated_at = now;
        self.superseded_by = Some(new.token_id.clone());
        self.updated_at = now;
        for device in &mut self.devices {
            device.revoked.get_or_insert(Revocation {
                reason: RevocationReason::UserRequest,
                at: now,
            });
        }
        Ok((self, new))
    }
}

/// When a supersession takes effect: at once where no old device is left to object or it approved, else after a day.
pub fn supersession_effective_at(old: &Holder, approved_by_device: bool, now: Timestamp) -> Timestamp {
    if approved_by_device || !old.is_reachable(now) {
        now
    } else {
        now.plus_seconds(SUPERSESSION_DELAY_SECONDS)
    }
}

/// The longest chain of tokenIds that is followed.
pub const CHAIN_LIMIT: usize = 32;

/// One link of a chain: where a tokenId leads, if anywhere.
pub fn next_in_chain(holder: &Holder) -> Option<&TokenId> {
    holder.superseded_by.as_ref()
}
