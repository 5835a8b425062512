//! Whose tokens are taken, and what has to be true of every one of them.

use idp_jose::{Algorithm, JwkSet};

use super::fields::{Fields, Read};

/// The types of the identity provider's own tokens: access tokens (RFC 9068) and the direct JWT (profile section 5).
const TYPES: [&str; 2] = ["at+jwt", "idtoken+jwt"];
const DAY: i64 = 86_400;

/// One issuer.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// What rules call it.
    pub name: String,
    /// `iss`.
    pub issuer: String,
    /// `aud`: one of these has to be among those of the token. None: any audience.
    pub audiences: Vec<String>,
    /// `typ` in lower case without `application/`.
    pub types: Vec<String>,
    /// What its keys may sign with.
    pub algorithms: Vec<Algorithm>,
    /// Seconds that clocks may differ.
    pub leeway: i64,
    /// Seconds after `iat` that a token is taken at most.
    pub max_age: Option<i64>,
    /// Claims that have to be there, beside `iss` and `exp`.
    pub required_claims: Vec<String>,
    /// Keys that are known from the start.
    pub keys: JwkSet,
    /// Where its keys are fetched.
    pub jwks: Option<Remote>,
    /// Where the status of its tokens is fetched.
    pub status: Option<StatusPolicy>,
}

/// A document that is fetched again and again.
#[derive(Clone, Debug)]
pub struct Remote {
    /// The proxy's name for the servers that have it.
    pub cluster: String,
    /// `http` or `https` address; for status lists their common beginning.
    pub uri: String,
    /// Milliseconds that an answer may take.
    pub timeout_ms: u32,
    /// Seconds between two fetches, where the answer says nothing.
    pub refresh: i64,
    /// Seconds that the last good answer serves while no newer one is had.
    pub max_stale: i64,
    /// Seconds between two fetches that an unknown `kid` caused.
    pub unknown_key_floor: i64,
}

/// How revocation is learned.
#[derive(Clone, Debug)]
pub struct StatusPolicy {
    /// Where the lists are.
    pub lists: Remote,
    /// Whether a token without a status is refused.
    pub required: bool,
    /// Entries that a list may have.
    pub max_entries: usize,
}

impl Issuer {
    pub(super) fn read(name: String, mut fields: Fields) -> Read<Self> {
        let issuer = fields.required_text("issuer")?;
        let keys = match fields.any("keys") {
            None => JwkSet::default(),
            Some(value) => {
                JwkSet::from_value(&value).map_err(|error| fields.fault("keys", &error.to_string()))?
            }
        };
        let jwks = fields
            .object("jwks")?
            .map(|fields| Remote::read(fields, 300))
            .transpose()?;
        if keys.keys().is_empty() && jwks.is_none() {
            return Err(fields.fault("keys", "neither keys nor jwks are given"));
        }
        let status = fields.object("status")?.map(StatusPolicy::read).transpose()?;
        let read = Self {
            name,
            issuer,
            audiences: fields.texts("audiences")?,
            types: types(&mut fields)?,
            algorithms: algorithms(&mut fields)?,
            leeway: fields.number("leeway_seconds", 0..=300)?.unwrap_or(5),
            max_age: fields.number("max_age_seconds", 1..=366 * DAY)?,
            required_claims: fields.texts("required_claims")?,
            keys,
            jwks,
            status,
        };
        fields.finish()?;
        Ok(read)
    }
}

fn types(fields: &mut Fields) -> Read<Vec<String>> {
    let named = fields.texts("types")?;
    Ok(if named.is_empty() {
        TYPES.map(str::to_owned).to_vec()
    } else {
        named.iter().map(|name| short_type(name)).collect()
    })
}

/// `typ` as it is compared: RFC 7515 section 4.1.9 lets `application/` and letter case go.
pub(crate) fn short_type(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    lower
        .strip_prefix("application/")
        .map_or(lower.clone(), str::to_owned)
}

fn algorithms(fields: &mut Fields) -> Read<Vec<Algorithm>> {
    let named = fields.texts("algorithms")?;
    if named.is_empty() {
        return Ok(vec![Algorithm::Es256]);
    }
    named
        .iter()
        .map(|name| name.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| fields.fault("algorithms", "must be of ES256, RS256, PS256, EdDSA"))
}

impl Remote {
    pub(super) fn read(mut fields: Fields, refresh: i64) -> Read<Self> {
        let uri = fields.required_text("uri")?;
        if split_address(&uri).is_none() {
            return Err(fields.fault("uri", "must be an http or https address"));
        }
        let timeout = fields.number("timeout_ms", 50..=60_000)?.unwrap_or(2000);
        let read = Self {
            cluster: fields.required_text("cluster")?,
            uri,
            timeout_ms: u32::try_from(timeout).unwrap_or(2000),
            refresh: fields.number("refresh_seconds", 1..=DAY)?.unwrap_or(refresh),
            max_stale: fields.number("max_stale_seconds", 0..=30 * DAY)?.unwrap_or(DAY),
            unknown_key_floor: fields
                .number("unknown_key_floor_seconds", 1..=3600)?
                .unwrap_or(10),
        };
        fields.finish()?;
        Ok(read)
    }
}

impl StatusPolicy {
    fn read(mut fields: Fields) -> Read<Self> {
        let required = fields.flag("required")?;
        let max_entries = fields.number("max_entries", 8..=16_777_216)?.unwrap_or(2_097_152);
        let mut lists = Remote::read(fields, 60)?;
        // A status that is too old protects nobody; the default is ten times the usual life of a list.
        lists.max_stale = lists.max_stale.min(DAY);
        Ok(Self {
            lists,
            required,
            max_entries: usize::try_from(max_entries).unwrap_or(8),
        })
    }
}

/// Scheme, authority and path of an address.
pub fn split_address(uri: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = uri.split_once("://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = matches!(scheme, "http" | "https") && !authority.is_empty() && plain(rest);
    fits.then_some((scheme, authority, if path.is_empty() { "/" } else { path }))
}
