//! Whole flows through the public HTTP face, one module a question. Each opens with the clause that it proves.

#![cfg(test)]

mod admin;
mod audit;
mod bad_input;
mod crash;
mod enrolment;
mod expiry;
mod flood;
mod health;
mod idp;
mod login;
mod oracle;
mod phone_cli;
mod privacy;
mod races;
mod services;
mod tokens;
