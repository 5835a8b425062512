//! Every fuzz entry survives arbitrary bytes.

use idp_vds::fuzzing;
use proptest::prelude::*;

proptest! {
    #[test]
    fn on_arbitrary_bytes(bytes: Vec<u8>) {
        for entry in [
            fuzzing::header,
            fuzzing::seal,
            fuzzing::values,
            fuzzing::person,
            fuzzing::service,
            fuzzing::carrier,
            fuzzing::certificate,
            fuzzing::lists,
            fuzzing::signed_list,
        ] {
            entry(&bytes);
        }
    }

    #[test]
    fn behind_a_plausible_header(payload in proptest::collection::vec(any::<u8>(), 0..200), manifest: [u8; 3]) {
        let mut bytes = vec![0xDE, 0x02, 0x66, 0x35, 0x1F, 0xE5, 0x1A, 0x45];
        bytes.extend_from_slice(&manifest);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(&[1; 64]);
        fuzzing::seal(&bytes);
    }

    #[test]
    fn on_text_of_the_carriers_alphabets(text in "(HC1:|vds://|https://a/vds#|VDSEU6)?(3YBO|DE02|de02|3gL|:2S)?[A-Za-z0-9 $%*+./:=_-]{0,120}") {
        fuzzing::carrier(text.as_bytes());
    }
}
