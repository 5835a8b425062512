//! No bit of a signed seal can be flipped.

use idp_vds::{ManifestId, PersonPayload, Seal};
use proptest::prelude::*;

use crate::fixture::{SIGNER, Scheme, now, person, person_seal, seal};

#[test]
fn any_single_bit_flip_is_refused() {
    let store = Scheme::new().load().unwrap();
    let original = person_seal();
    for bit in 0..original.as_bytes().len() * 8 {
        let mut bytes = original.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let accepted =
            Seal::parse(&bytes).is_ok_and(|seal| store.verify(&seal, ManifestId::PERSON, now()).is_ok());
        assert!(!accepted, "bit {bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flip_is_refused_whatever_the_seal_says(
        photo in proptest::collection::vec(any::<u8>(), 1..1000), byte: prop::sample::Index, bit in 0_u8..8,
    ) {
        let store = Scheme::new().load().unwrap();
        let mut person = person();
        person.photo = Some(photo);
        let original = seal(PersonPayload::new(person).unwrap(), now(), SIGNER);
        prop_assert!(store.verify(&original, ManifestId::PERSON, now()).is_ok());
        let mut bytes = original.as_bytes().to_vec();
        let index = byte.index(bytes.len());
        bytes[index] ^= 1 << bit;
        let accepted = Seal::parse(&bytes).is_ok_and(|seal| store.verify(&seal, ManifestId::PERSON, now()).is_ok());
        prop_assert!(!accepted);
    }
}
