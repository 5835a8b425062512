//! The client: kept connections, a request on each, then an answer from each, and so on; the same bytes in every run.

use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};

use idp_jose::Algorithm;
use idp_jose::jws::Header;
use serde_json::{Value, json};
use tests::ClientKey;

use crate::clock;
use crate::http::PATIENCE;

/// Tokens that rotate.
const MANY: u32 = 1000;
/// No answer of a listener is longer.
const ANSWER_LIMIT: usize = 8 * 1024;

/// The issuer and who signs for it.
pub(super) struct Tokens {
    key: ClientKey,
}

impl Tokens {
    /// Who is named in `iss`.
    pub(super) const ISSUER: &str = "https://idp.example.com";
    /// For whom tokens are.
    pub(super) const AUDIENCE: &str = "https://api.example.com";

    pub(super) fn new() -> Self {
        Self {
            key: ClientKey::generate(),
        }
    }

    /// The issuer's keys.
    pub(super) fn jwks(&self) -> Value {
        let mut key = self.key.jwk();
        key.alg = Some(Algorithm::Es256.name().to_owned());
        json!({"keys": [key.to_value()]})
    }

    /// An access token of the usual size, about 650 bytes.
    fn token(&self, number: u32) -> String {
        let now = clock::now().unix_seconds();
        let header = Header::new(Algorithm::Es256)
            .with_typ("at+jwt")
            .with_kid(self.key.jwk().kid.unwrap_or_default());
        let claims = json!({
            "iss": Self::ISSUER, "sub": format!("user-{number:08}"), "aud": [Self::AUDIENCE, "https://other.example.com"],
            "exp": now + 3600, "iat": now, "nbf": now, "jti": format!("0b9c7f3a-6d1e-4b52-9f0e-{number:012}"),
            "client_id": "web-frontend", "scope": "openid profile orders:read orders:write", "roles": ["admin", "user"],
            "tenant": "acme", "sid": format!("session-{number:08}"),
        });
        self.key.sign(&header, &claims)
    }

    fn request(token: &str) -> Vec<u8> {
        let request = format!(
            "GET /orders/7 HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: load\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        request.into_bytes()
    }

    /// Requests with so many good tokens.
    pub(super) fn good(&self, count: u32) -> Vec<Vec<u8>> {
        (0..count)
            .map(|number| Self::request(&self.token(number)))
            .collect()
    }

    /// Requests with a thousand.
    pub(super) fn many(&self) -> Vec<Vec<u8>> {
        self.good(MANY)
    }

    /// Requests with tokens that somebody else signed in this key's name.
    pub(super) fn bad(&self) -> Vec<Vec<u8>> {
        let other = ClientKey::generate();
        let bad = |number| {
            let token = self.token(number);
            let (input, _) = token.rsplit_once('.').unwrap_or_default();
            let signature = other.signature(Algorithm::Es256, input.as_bytes());
            let signature = idp_jose::base64::BASE64URL_NOPAD.encode(&signature);
            Self::request(&format!("{input}.{signature}"))
        };
        (0..MANY).map(bad).collect()
    }
}

/// Kept connections to one listener.
pub(super) struct Traffic {
    streams: Vec<TcpStream>,
    buffer: Vec<u8>,
}

impl Traffic {
    pub(super) fn open(address: SocketAddr, connections: usize) -> Result<Self> {
        let open = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        };
        Ok(Self {
            streams: (0..connections).map(open).collect::<Result<_>>()?,
            buffer: vec![0; ANSWER_LIMIT],
        })
    }

    /// Sends so many requests, one after the other from the list and again from its beginning, and reads every answer.
    ///
    /// # Errors
    /// What broke, or that an answer has another status.
    pub(super) fn send(&mut self, requests: &[Vec<u8>], count: u32, status: u16) -> Result<()> {
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        let mut next = requests.iter().cycle();
        while left > 0 {
            let batch = left.min(self.streams.len());
            for (stream, request) in self.streams.iter_mut().take(batch).zip(&mut next) {
                stream.write_all(request)?;
            }
            for stream in self.streams.iter_mut().take(batch) {
                let found = answer(stream, &mut self.buffer)?;
                if found != status {
                    return Err(Error::other(format!("status {found} where {status} was due")));
                }
            }
            left -= batch;
        }
        Ok(())
    }
}

/// Reads an answer to its end: its status.
fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<u16> {
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let read = stream.read(room)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let text = buffer.get(..filled).unwrap_or_default();
        if let Some((head, body)) = split(text)
            && body >= length(head)
        {
            return status(head).ok_or_else(|| ErrorKind::InvalidData.into());
        }
    }
}

/// The head of an answer, and how much of its body is here.
fn split(text: &[u8]) -> Option<(&str, usize)> {
    let end = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, rest) = text.split_at_checked(end)?;
    Some((std::str::from_utf8(head).ok()?, rest.len() - 4))
}

fn length(head: &str) -> usize {
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn status(head: &str) -> Option<u16> {
    head.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end() {
        let text = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 3\r\nserver: envoy\r\n\r\nab";
        let (head, body) = split(text).unwrap();
        assert_eq!((status(head), length(head), body), (Some(401), 3, 2));
        assert_eq!(split(b"HTTP/1.1 200 OK\r\n"), None);
        assert_eq!(length("HTTP/1.1 204 No Content"), 0);
    }
}
