//! Where Redis is: one URL for a server, for what sentinels watch over, or for a cluster.

use std::fmt;

use redis::{ConnectionInfo, RedisConnectionInfo};
use zeroize::Zeroizing;

const SENTINEL_PORT: u16 = 26_379;

/// The forms of an address, for whoever has to write one.
pub const FORMS: &str = "redis://[user[:password]@]host[:port][/db], redis+sentinel://[user[:password]@]host[:port],.../master[/db] or \
                         redis+cluster://[user[:password]@]host[:port],...; rediss in place of redis for TLS";

/// What kind of installation answers there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One server.
    Server,
    /// One server at a time, which sentinels know.
    Sentinel,
    /// Several, each with its part of the keys.
    Cluster,
}

/// An address, parsed. It holds passwords: its `Debug` shows hosts alone.
///
/// - `redis://[user[:password]@]host[:port][/db]`: one server; port 6379 unless written.
/// - `redis+sentinel://[user[:password]@]host[:port],.../master[/db]`: the server that the sentinels at these hosts (port 26379 unless
///   written) call `master`. The credentials are the server's; the sentinels' own follow as
///   `?sentinel_username=...&sentinel_password=...`.
/// - `redis+cluster://[user[:password]@]host[:port],...`: a cluster, of which these nodes are asked first.
///
/// `rediss`, `rediss+sentinel` and `rediss+cluster` are the same over TLS, sentinels included. Names and passwords are
/// percent-encoded (RFC 3986 section 2.1).
#[derive(Clone)]
pub struct Address {
    text: Zeroizing<String>,
    pub(crate) form: Form,
    pub(crate) tls: bool,
    pub(crate) nodes: Vec<ConnectionInfo>,
    pub(crate) master: String,
    pub(crate) sentinel: RedisConnectionInfo,
}

/// Why a text is no address. It repeats nothing of the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It begins with another scheme.
    #[error("does not begin with a scheme of Redis")]
    Scheme,
    /// A host, a port, a database or the encoding of a name is wrong.
    #[error("has a host, port, database or user that is malformed")]
    Host,
    /// One server has one host.
    #[error("names several hosts, and is neither of sentinels nor of a cluster")]
    Hosts,
    /// The sentinels were not told whom to look for.
    #[error("names no master after the sentinels' hosts")]
    Master,
    /// A cluster has one database.
    #[error("names a database of a cluster, which has one alone")]
    Database,
    /// Something follows that means nothing here.
    #[error("has a parameter that it does not take")]
    Parameter,
}

impl Address {
    /// Parses an address.
    ///
    /// # Errors
    /// [`AddressError`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let (tls, form) = scheme_of(scheme)?;
        if rest.contains('#') {
            return Err(AddressError::Parameter);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority
            .rsplit_once('@')
            .map_or(("", authority), |(user, hosts)| (user, hosts));
        let (master, database) = place(form, path)?;
        if form != Form::Sentinel && !query.is_empty() {
            return Err(AddressError::Parameter);
        }
        let nodes: Vec<_> = hosts
            .split(',')
            .map(|host| node(tls, user, &with_port(form, host), database))
            .collect::<Result<_, _>>()?;
        if form == Form::Server && nodes.len() > 1 {
            return Err(AddressError::Hosts);
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            form,
            tls,
            nodes,
            master: master.to_owned(),
            sentinel: sentinel_credentials(query)?,
        })
    }

    /// Whether connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.tls
    }
}

fn scheme_of(scheme: &str) -> Result<(bool, Form), AddressError> {
    Ok(match scheme {
        "redis" => (false, Form::Server),
        "rediss" => (true, Form::Server),
        "redis+sentinel" => (false, Form::Sentinel),
        "rediss+sentinel" => (true, Form::Sentinel),
        "redis+cluster" => (false, Form::Cluster),
        "rediss+cluster" => (true, Form::Cluster),
        _ => return Err(AddressError::Scheme),
    })
}

/// The master and the database that a path names.
fn place(form: Form, path: &str) -> Result<(&str, &str), AddressError> {
    match form {
        Form::Server => Ok(("", path)),
        Form::Cluster if path.is_empty() => Ok(("", "")),
        Form::Cluster => Err(AddressError::Database),
        Form::Sentinel => {
            let (master, database) = path.split_once('/').unwrap_or((path, ""));
            let permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if master.is_empty() || !master.bytes().all(permitted) {
                return Err(AddressError::Master);
            }
            Ok((master, database))
        }
    }
}

fn with_port(form: Form, host: &str) -> String {
    let written = !host.ends_with(']') && host.contains(':');
    if form == Form::Sentinel && !written {
        format!("{host}:{SENTINEL_PORT}")
    } else {
        host.to_owned()
    }
}

/// One host as the driver sees it: it decodes names and passwords.
fn node(tls: bool, user: &str, host: &str, database: &str) -> Result<ConnectionInfo, AddressError> {
    let scheme = if tls { "rediss" } else { "redis" };
    let at = if user.is_empty() { "" } else { "@" };
    let url = Zeroizing::new(format!("{scheme}://{user}{at}{host}/{database}"));
    // The driver does not check the sign of a database's number.
    if host.is_empty() || !database.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::Host);
    }
    url.parse().map_err(|_| AddressError::Host)
}

fn sentinel_credentials(query: &str) -> Result<RedisConnectionInfo, AddressError> {
    let (mut name, mut password) = ("", "");
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sentinel_username", value)) => name = value,
            Some(("sentinel_password", value)) => password = value,
            _ => return Err(AddressError::Parameter),
        }
    }
    if name.is_empty() && password.is_empty() {
        return Ok(RedisConnectionInfo::default());
    }
    let user = Zeroizing::new(format!("{name}:{password}"));
    Ok(node(false, &user, "sentinel", "")?.redis_settings().clone())
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.nodes.iter().map(|node| node.addr().to_string()).collect();
        let (form, hosts) = (self.form, hosts.join(","));
        write!(
            f,
            "Address({form:?}, {hosts}, {:?}, tls: {})",
            self.master, self.tls
        )
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Address {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        format!("{:?}", Address::parse(text).unwrap())
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(
            shown("redis://localhost"),
            "Address(Server, localhost:6379, \"\", tls: false)"
        );
        assert_eq!(
            shown("rediss://[::1]:7000/3"),
            "Address(Server, ::1:7000, \"\", tls: true)"
        );
        assert_eq!(
            shown("redis+sentinel://a,b:5000,[::2]/main/1?sentinel_password=s3"),
            "Address(Sentinel, a:26379,b:5000,::2:26379, \"main\", tls: false)"
        );
        assert_eq!(
            shown("rediss+cluster://a,b:7001"),
            "Address(Cluster, a:6379,b:7001, \"\", tls: true)"
        );
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let text = "redis+sentinel://ann:p%40ss%2C@a,b/main/2?sentinel_username=bob&sentinel_password=s%26t";
        let address = Address::parse(text).unwrap();
        for node in &address.nodes {
            let settings = node.redis_settings();
            assert_eq!(
                (settings.username(), settings.password()),
                (Some("ann"), Some("p@ss,"))
            );
            assert_eq!(settings.db(), 2);
        }
        let sentinel = &address.sentinel;
        assert_eq!(
            (sentinel.username(), sentinel.password()),
            (Some("bob"), Some("s&t"))
        );
        for secret in ["ann", "p@ss", "p%40", "bob", "s&t", "s%26"] {
            assert!(!format!("{address:?}").contains(secret), "{secret}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("localhost:6379", AddressError::Scheme),
            ("http://localhost", AddressError::Scheme),
            ("redis://", AddressError::Host),
            ("redis://localhost:port", AddressError::Host),
            ("redis://localhost/main", AddressError::Host),
            ("redis://localhost/-1", AddressError::Host),
            ("redis://a,b", AddressError::Hosts),
            ("redis+cluster://a,,b", AddressError::Host),
            ("redis+cluster://a/1", AddressError::Database),
            ("redis+sentinel://a,b", AddressError::Master),
            ("redis+sentinel://a/ma%20in", AddressError::Master),
            ("redis+sentinel://a/main?password=x", AddressError::Parameter),
            ("redis://a?protocol=resp3", AddressError::Parameter),
            ("rediss://a/#insecure", AddressError::Parameter),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_surprise(text in "(rediss?)?(\\+sentinel|\\+cluster)?(://)?[a-z0-9:@,/?=&%#\\[\\]-]{0,40}") {
            let _ = Address::parse(&text);
        }
    }
}
