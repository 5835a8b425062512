//! Enhanced clients (Profiles 4.2): the response goes to the client in SOAP, with the address that it must compare and use.

use crate::names::{ecp, soap};
use crate::xml::{WriteError, Writer};

/// What an enhanced client is answered.
#[derive(Debug, Clone, Copy)]
pub struct EcpResponse<'a> {
    /// The signed response.
    pub response: &'a str,
    /// The registered address that the client compares with the one that the service provider gave it.
    pub consumer: &'a str,
    /// Whether the request was signed by the service provider (Profiles 4.2.3.6).
    pub request_authenticated: bool,
}

const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// The envelope of an answer.
///
/// # Errors
/// [`WriteError`] when the address has a character that XML cannot carry.
pub fn ecp_response(answer: EcpResponse<'_>) -> Result<String, WriteError> {
    let mut writer = Writer::new();
    writer.open(soap("Envelope"), &[]);
    writer.open(soap("Header"), &[]);
    let understood = [("S:mustUnderstand", Some("1")), ("S:actor", Some(NEXT))];
    let [must, actor] = understood;
    let consumer = ("AssertionConsumerServiceURL", Some(answer.consumer));
    writer.leaf(ecp("Response"), &[consumer, must, actor], "");
    if answer.request_authenticated {
        writer.leaf(ecp("RequestAuthenticated"), &[("S:actor", Some(NEXT))], "");
    }
    writer.close();
    writer.open(soap("Body"), &[]);
    writer.raw(answer.response);
    writer.finish()
}
