//! The crate through its public face: exact signed octets, enrolment, approval against an independent verifier, the wallet, and
//! arbitrary input.

#[cfg(test)]
mod approval;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod scheme;
#[cfg(test)]
mod service;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wallet;
