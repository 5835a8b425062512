//! A whole login, from the page that asks to the token that the relying party verifies: profile 4, 5, 6 and 7.

mod callers;
mod devices;
mod interrupted;
mod modes;
mod qr;
mod refusals;
mod services;
mod whole;
