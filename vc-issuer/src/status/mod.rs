//! Status lists: one table of single bits, published in both encodings.
//!
//! | | Bitstring Status List 1.0 | Token Status List |
//! |---|---|---|
//! | first bit of an octet | the most significant | the least significant |
//! | compression | gzip, multibase `u` | zlib |
//! | container | a VCDM 2.0 credential | `statuslist+jwt` |
//!
//! A list has [`table::ENTRIES`] entries from the start, so that its size tells nothing, and changes only when a [`cycle::Cycle`] turns.

pub mod aggregation;
pub mod bitstring;
pub mod cycle;
pub mod table;
pub mod token;

pub use aggregation::{Bundle, aggregation};
pub use cycle::{Cycle, Publication};
pub use table::StatusTable;
