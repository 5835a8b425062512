//! Which requests a rule is about, and what it demands of them.

use super::fields::{Fields, PolicyError, Read};
use super::requirement::{Lack, Requirement};
use super::template::Template;
use crate::request::Request;

/// How a rule treats tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody looks at a token.
    Public,
    /// A token may be absent. One that is there has to be good.
    Optional,
    /// A good token has to be there.
    Required,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, for logs and explanations.
    pub name: String,
    /// How it treats tokens.
    pub access: Access,
    /// Every one of these has to be satisfied.
    pub requirements: Vec<Requirement>,
    /// Numbers of the issuers whose tokens it takes; none: all.
    pub issuers: Vec<usize>,
    /// Audiences beside those of the issuer; none: those of the issuer alone decide.
    pub audiences: Vec<String>,
    /// Whether a token has to be bound to a key that the sender shows (RFC 9449, RFC 8705).
    pub sender_constrained: bool,
    matching: Matching,
}

#[derive(Clone, Debug, Default)]
struct Matching {
    hosts: Vec<String>,
    methods: Vec<String>,
    path: Option<Template>,
    routes: Vec<String>,
    metadata: Vec<(String, String)>,
}

/// What rules refer to by name.
pub(super) struct Names<'a> {
    pub(super) issuers: &'a [super::Issuer],
    pub(super) sets: &'a [(String, Requirement)],
}

impl Rule {
    pub(super) fn read(index: usize, mut fields: Fields, names: &Names<'_>) -> Read<Self> {
        let words = [
            ("public", Access::Public),
            ("optional", Access::Optional),
            ("required", Access::Required),
        ];
        let access = fields.word("access", &words)?.unwrap_or(Access::Required);
        let mut requirements = vec![Requirement::read(&mut fields)?];
        for name in fields.texts("require")? {
            let set = names.sets.iter().find(|(known, _)| *known == name);
            let (_, set) = set.ok_or_else(|| fields.fault("require", "names no rule set"))?;
            requirements.push(set.clone());
        }
        let issuers = fields.texts("issuers")?;
        let issuers = issuers.iter().map(|name| {
            let found = names.issuers.iter().position(|issuer| issuer.name == *name);
            found.ok_or_else(|| fields.fault("issuers", "names no issuer"))
        });
        let issuers = issuers.collect::<Read<_>>()?;
        let read = Self {
            name: fields.text("name")?.unwrap_or_else(|| format!("rule {index}")),
            access,
            requirements,
            issuers,
            audiences: fields.texts("audiences")?,
            sender_constrained: fields.flag("sender_constrained")?,
            matching: fields
                .object("match")?
                .map(Matching::read)
                .transpose()?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(read)
    }

    /// Whether the rule is about a request whose path fits its template.
    pub(super) fn is_about(&self, request: &Request<'_>) -> bool {
        self.matching.includes(request)
    }

    /// The paths that it is about; none: all.
    pub(super) const fn template(&self) -> Option<&Template> {
        self.matching.path.as_ref()
    }

    /// The first thing that a token's claims lack.
    pub fn lack(&self, claims: &idp_jose::json::Map, now: i64) -> Option<Lack> {
        self.requirements
            .iter()
            .find_map(|requirement| requirement.lack(claims, now))
    }

    /// Whether the same claims may have another answer later.
    pub fn depends_on_time(&self) -> bool {
        self.requirements.iter().any(Requirement::depends_on_time)
    }

    /// Whether it asks for the route's name.
    pub(super) const fn asks_route(&self) -> bool {
        !self.matching.routes.is_empty()
    }

    /// The metadata that it asks for.
    pub(super) fn asks_metadata(&self) -> impl Iterator<Item = &str> {
        self.matching.metadata.iter().map(|(name, _)| name.as_str())
    }
}

impl Matching {
    fn read(mut fields: Fields) -> Read<Self> {
        let hosts = fields.texts("hosts")?;
        let metadata = fields.any("metadata").map_or(Ok(Vec::new()), |value| {
            let members = value.as_object().cloned().unwrap_or_default();
            let pairs: Option<Vec<_>> = members
                .into_iter()
                .map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect();
            pairs
                .filter(|pairs| !pairs.is_empty())
                .ok_or_else(|| fields.fault("metadata", "must be an object of texts"))
        })?;
        let path = fields.text("path")?;
        let read = Self {
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            methods: fields.texts("methods")?,
            path: path
                .map(|path| Template::read(&path).map_err(|fault| PolicyError::new(fields.at("path"), fault)))
                .transpose()?,
            routes: fields.texts("routes")?,
            metadata,
        };
        fields.finish()?;
        Ok(read)
    }

    fn includes(&self, request: &Request<'_>) -> bool {
        let among = |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        among(&self.methods, request.method)
            && (self.hosts.is_empty() || self.hosts.iter().any(|host| host_is(host, request.authority)))
            && (self.routes.is_empty() || request.route.is_some_and(|route| among(&self.routes, route)))
            && self.metadata.iter().all(|(name, value)| {
                let found = request.metadata.iter().find(|(known, _)| known == name);
                found.is_some_and(|(_, found)| found == value)
            })
    }
}

/// `api.example.com`, `*.example.com` or `*`, whatever the port.
fn host_is(pattern: &str, authority: &str) -> bool {
    let host = without_port(authority).trim_end_matches('.');
    match pattern.strip_prefix('*') {
        None => host.eq_ignore_ascii_case(pattern),
        Some(suffix) => host
            .len()
            .checked_sub(suffix.len())
            .and_then(|start| host.get(start..))
            .is_some_and(|end| {
                end.eq_ignore_ascii_case(suffix) && (suffix.is_empty() || end.len() < host.len())
            }),
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
