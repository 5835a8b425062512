//! A browser as the OpenID Provider sees one: it keeps cookies, and says where its requests come from.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::http::{Answer, Call};
use crate::phone::Phone;
use crate::site::Site;

/// A browser with its cookies.
#[derive(Debug, Clone)]
pub struct Web {
    site: Site,
    cookies: BTreeMap<String, String>,
}

impl Web {
    /// A browser that was never here.
    pub fn new(site: &Site) -> Self {
        Self {
            site: site.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// All of them, as a request carries them.
    pub fn cookies(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Forgets a cookie.
    pub fn forget(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn send(&mut self, call: Call) -> Answer {
        let cookies = self.cookies();
        let call = if cookies.is_empty() {
            call
        } else {
            call.header("cookie", &cookies)
        };
        let answer = self.site.send(call).await;
        for field in answer.headers.get_all("set-cookie") {
            let text = field.to_str().expect("a cookie is text");
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens an address, as from another site.
    pub async fn open(&mut self, path: &str) -> Answer {
        self.send(Call::get(path).header("sec-fetch-site", "cross-site"))
            .await
    }

    /// A script of the page at work.
    pub async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Call::post(path, body).header("sec-fetch-site", "same-origin"))
            .await
    }

    /// A form of the page, sent.
    pub async fn submit(&mut self, path: &str) -> Answer {
        let call = Call::new(http::Method::POST, path).raw("");
        self.send(call.header("sec-fetch-site", "same-origin")).await
    }

    /// A form of a page, filled in and sent from that site, as `Sec-Fetch-Site` tells it.
    pub async fn send_form(&mut self, path: &str, pairs: &[(&str, &str)], site: &str) -> Answer {
        let call = Call::new(http::Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site);
        self.send(call.raw(encode(pairs))).await
    }

    /// A form of the page, filled in and sent.
    pub async fn fill(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.send_form(path, pairs, "same-origin").await
    }

    /// Opens an authorization request that shows the login page; the page's address.
    ///
    /// # Panics
    /// With the answer, where it is another.
    pub async fn begin(&mut self, path: &str) -> String {
        let answer = self.open(path).await;
        let page = location(&answer);
        assert!(page.starts_with("/oidc/login/int_"), "{page} {}", answer.text());
        page
    }

    /// Asks the phone of a tokenId from the login page; what the page is told.
    pub async fn start(&mut self, page: &str, token_id: &str) -> Value {
        let body = json!({"tokenId": token_id, "remember": false});
        self.post_json(&format!("{page}/start"), &body).await.expect(200)
    }

    /// A whole login with everything granted: the answer that leads back to the client.
    pub async fn login(&mut self, path: &str, phone: &Phone) -> Answer {
        let page = self.begin(path).await;
        self.start(&page, phone.wallet.identity().token_id.as_str()).await;
        phone.approve(&phone.only().await).await.expect(200);
        self.submit(&format!("{page}/continue")).await
    }
}

/// Where a redirect leads; empty where there is none.
pub fn location(answer: &Answer) -> String {
    answer.header("location")
}

/// The decoded query, or fragment, of an address.
pub fn parameters(address: &str) -> BTreeMap<String, String> {
    let (_, encoded) = address.split_once(['?', '#']).unwrap_or((address, ""));
    decoded(encoded).into_iter().collect()
}

/// The pairs of `application/x-www-form-urlencoded`, in their order, those that stand twice included.
pub fn decoded(encoded: &str) -> Vec<(String, String)> {
    let pairs = encoded.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// `application/x-www-form-urlencoded`, one way.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let parts = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    parts.collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits).into_owned();
                out.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).expect("UTF-8")
}

/// The hidden fields of a page's form.
pub fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = inputs.filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        Some((name.to_owned(), unescaped(value)))
    });
    pairs.collect()
}

/// The text of an attribute, as the pages escape it.
pub fn unescaped(text: &str) -> String {
    let escapes = [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ];
    escapes.iter().fold(text.to_owned(), |text, (escape, plain)| {
        text.replace(escape, plain)
    })
}

/// The members of a JWT's payload, unverified.
pub fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a JWT");
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}
