//! The SAML identity provider through its public face (`saml.md`, profile 9), with service providers of other people and without.

mod attacks;
mod fixture;
mod logout;
mod peers;
mod sso;
