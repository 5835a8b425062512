//! Metadata Query Protocol: the address of one entity (IIP-MD01).

use std::fmt::Write as _;

use crate::identifier::EntityId;

/// The address of an entity at a service: `{base}/entities/{entityID}`, percent-encoded as a path segment.
pub fn mdq_address(base: &str, entity_id: &EntityId) -> String {
    format!("{}/entities/{}", base.trim_end_matches('/'), segment(entity_id))
}

/// An entityID as one segment of a path.
pub fn segment(entity_id: &EntityId) -> String {
    let mut address = String::new();
    for byte in entity_id.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}
