//! The crate through its public face: vectors, trust chain, certificates, service seals, altered bytes.

#[cfg(test)]
mod bit_flips;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod service;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod vectors;
