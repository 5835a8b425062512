//! What is known of a request when it is decided.

use idp_jose::Verifier;

/// When it is decided, and what checks the signatures that tables do not.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Unix seconds.
    pub now: i64,
    /// A complete verifier.
    pub verifier: &'a dyn Verifier,
}

/// The facts of one request. Header names are in lower case, as HTTP/2 writes them; pseudo headers are not among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// `http` or `https`, as the client sees it.
    pub scheme: &'a str,
    /// Host and port.
    pub authority: &'a str,
    /// The path with its query.
    pub target: &'a str,
    /// Names and values, in their order.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The proxy's name of the route that was found.
    pub route: Option<&'a str>,
    /// What the route's metadata says.
    pub metadata: &'a [(String, String)],
    /// SHA-256 of the certificate that the client showed, in hexadecimal.
    pub certificate: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// The values of a header.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// Whether the caller speaks gRPC.
    pub fn is_grpc(&self) -> bool {
        self.values("content-type")
            .any(|value| value.starts_with(b"application/grpc"))
    }

    /// A browser's question whether it may ask (Fetch standard, CORS preflight); it carries no token by design.
    pub fn is_preflight(&self) -> bool {
        let has = |name| self.values(name).next().is_some();
        self.method == "OPTIONS" && has("origin") && has("access-control-request-method")
    }
}
