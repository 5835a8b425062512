//! What the upstream and later filters learn of the caller.

use idp_jose::base64::{BASE64, BASE64URL_NOPAD};
use idp_jose::json::Map;
use serde_json::Value;

use super::fields::{Fields, Read};
use super::predicate::{claim_at, claim_path};

const PREFIX: &str = "x-idp-";

/// Which claims become headers, and which names no client may send.
#[derive(Clone, Debug)]
pub struct Identity {
    prefix: String,
    headers: Vec<Told>,
    state: Vec<Told>,
    payload: Option<String>,
}

#[derive(Clone, Debug)]
struct Told {
    name: String,
    path: Vec<String>,
    join: String,
}

/// Names with their values.
pub type Named = Vec<(String, String)>;

impl Identity {
    pub(super) fn read(fields: Option<Fields>) -> Read<Self> {
        let mut read = Self {
            prefix: PREFIX.to_owned(),
            headers: Vec::new(),
            state: Vec::new(),
            payload: None,
        };
        let Some(mut fields) = fields else {
            return Ok(read);
        };
        if let Some(prefix) = fields.text("prefix")? {
            if !is_header_name(&prefix) {
                return Err(fields.fault("prefix", "must be a header name in lower case"));
            }
            read.prefix = prefix;
        }
        for mut header in fields.objects("headers")? {
            let name = header.required_text("header")?;
            read.headers.push(read.told(name, header, "header")?);
        }
        for mut state in fields.objects("filter_state")? {
            let name = state.required_text("key")?;
            let told = Told::read(name, &mut state)?;
            state.finish()?;
            read.state.push(told);
        }
        if let Some(name) = fields.text("payload_header")? {
            if !read.may_tell(&name) {
                return Err(fields.fault("payload_header", "must begin with the reserved prefix"));
            }
            read.payload = Some(name);
        }
        fields.finish()?;
        Ok(read)
    }

    fn told(&self, name: String, mut fields: Fields, member: &str) -> Read<Told> {
        if !self.may_tell(&name) {
            return Err(fields.fault(member, "must be in lower case and begin with the reserved prefix"));
        }
        let told = Told::read(name, &mut fields)?;
        fields.finish()?;
        Ok(told)
    }

    fn may_tell(&self, name: &str) -> bool {
        is_header_name(name) && name.starts_with(&self.prefix) && name.len() > self.prefix.len()
    }

    /// Whether only the gateway may send a header. Letter case makes no difference, and neither do `_` and `-`, which some upstreams
    /// read as the same.
    pub fn is_reserved(&self, name: &str) -> bool {
        let plain = |byte: u8| {
            if byte == b'_' {
                b'-'
            } else {
                byte.to_ascii_lowercase()
            }
        };
        name.len() >= self.prefix.len()
            && name
                .bytes()
                .zip(self.prefix.bytes())
                .all(|(found, wanted)| plain(found) == plain(wanted))
    }

    /// The headers for a token's claims; an absent claim has none.
    pub fn headers(&self, claims: &Map, payload: &[u8]) -> Named {
        let mut told = tell(&self.headers, claims, header_value);
        if let Some(name) = &self.payload {
            told.push((name.clone(), BASE64URL_NOPAD.encode(payload)));
        }
        told
    }

    /// The filter state for a token's claims.
    pub fn state(&self, claims: &Map) -> Named {
        tell(&self.state, claims, |text| text)
    }
}

impl Told {
    fn read(name: String, fields: &mut Fields) -> Read<Self> {
        Ok(Self {
            name,
            path: claim_path(fields)?,
            join: fields.text("join")?.unwrap_or_else(|| ",".to_owned()),
        })
    }
}

fn tell(told: &[Told], claims: &Map, form: impl Fn(String) -> String) -> Named {
    told.iter()
        .filter_map(|one| {
            Some((
                one.name.clone(),
                form(text(claim_at(claims, &one.path)?, &one.join)?),
            ))
        })
        .collect()
}

/// A claim of any type as text: texts as they are, lists joined, objects as JSON.
fn text(value: &Value, join: &str) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(|value| text(value, join)).collect();
            Some(texts.join(join))
        }
        other => Some(other.to_string()),
    }
}

/// What is not plain ASCII becomes an encoded word (RFC 2047), and so does what could be taken for one.
fn header_value(text: String) -> String {
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if plain && !text.contains("=?") {
        text
    } else {
        format!("=?UTF-8?B?{}?=", BASE64.encode(text.as_bytes()))
    }
}

pub(super) fn is_header_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(text: &Value) -> Identity {
        Identity::read(Some(Fields::parse(text.to_string().as_bytes()).unwrap())).unwrap()
    }

    #[test]
    fn claims_of_every_type_become_headers() {
        let told = |claim: &str| json!({"header": format!("x-idp-{claim}"), "claim": claim, "join": " "});
        let names = [
            "text", "list", "truth", "number", "object", "foreign", "tricky", "none", "absent",
        ];
        let identity = identity(&json!({"headers": names.map(told)}));
        let claims = json!({
            "text": "a b", "list": ["a", 1, [true]], "truth": false, "number": 1.5, "object": {"b": 1}, "foreign": "\u{e9}",
            "tricky": "=?UTF-8?B?YQ==?=", "none": null
        });
        let headers = identity.headers(claims.as_object().unwrap(), b"");
        let expected = [
            ("x-idp-text", "a b"),
            ("x-idp-list", "a 1 true"),
            ("x-idp-truth", "false"),
            ("x-idp-number", "1.5"),
            ("x-idp-object", r#"{"b":1}"#),
            ("x-idp-foreign", "=?UTF-8?B?w6k=?="),
            ("x-idp-tricky", "=?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?="),
        ];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(headers, expected);
    }

    #[test]
    fn a_line_end_in_a_claim_never_reaches_a_header() {
        assert_eq!(header_value("a\r\nx: y".to_owned()), "=?UTF-8?B?YQ0KeDogeQ==?=");
    }

    #[test]
    fn the_prefix_is_reserved_in_every_spelling() {
        let identity = identity(&json!({}));
        for name in ["x-idp-sub", "X-IDP-Sub", "x_idp_sub", "X-Idp_", "x-idp-"] {
            assert!(identity.is_reserved(name), "{name}");
        }
        for name in ["x-idp", "xx-idp-sub", "x-id-sub", ""] {
            assert!(!identity.is_reserved(name), "{name}");
        }
    }
}
