//! The file that Google gives for a service account.

use serde::Deserialize;
use url::{Host, Url};
use zeroize::Zeroizing;

/// The largest file, in octets.
const ACCOUNT_LIMIT: usize = 16 * 1024;

/// Why the file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Not the JSON of a service account.
    #[error("it is not the JSON key file of a service account")]
    Form,
    /// The member would not fit into an address.
    #[error("its project_id is not a project's name")]
    Project,
    /// Tokens are asked for over https; over http from this machine alone.
    #[error("its token_uri is not an https address")]
    TokenUri,
}

/// Who this server is to Google. The private key is kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The project.
    pub project_id: String,
    /// The name of the key.
    pub private_key_id: String,
    /// Who asks.
    pub client_email: String,
    /// Where access tokens are had.
    pub token_uri: String,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    kind: String,
    project_id: String,
    private_key_id: String,
    private_key: Zeroizing<String>,
    client_email: String,
    token_uri: String,
}

impl ServiceAccount {
    /// Reads the file: the account, and its private key as PKCS#8 PEM.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn parse(json: &[u8]) -> Result<(Self, Zeroizing<String>), AccountError> {
        if json.len() > ACCOUNT_LIMIT {
            return Err(AccountError::Form);
        }
        let wire: Wire = serde_json::from_slice(json).map_err(|_| AccountError::Form)?;
        if wire.kind != "service_account" {
            return Err(AccountError::Form);
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        if !(1..=128).contains(&wire.project_id.len()) || !wire.project_id.bytes().all(is_name) {
            return Err(AccountError::Project);
        }
        if !is_private(&wire.token_uri) {
            return Err(AccountError::TokenUri);
        }
        let account = Self {
            project_id: wire.project_id,
            private_key_id: wire.private_key_id,
            client_email: wire.client_email,
            token_uri: wire.token_uri,
        };
        Ok((account, wire.private_key))
    }
}

/// Whether nobody on the way can read along: https, or this machine.
pub(crate) fn is_private(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(host))) => host.is_loopback(),
        ("http", Some(Host::Ipv6(host))) => host.is_loopback(),
        ("http", Some(Host::Domain(host))) => host == "localhost",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn file(changes: &Value) -> Vec<u8> {
        let mut file = json!({"type": "service_account", "project_id": "seal-1", "private_key_id": "k1",
            "private_key": "-----BEGIN PRIVATE KEY-----", "client_email": "push@seal-1.iam.gserviceaccount.com",
            "client_id": "1", "token_uri": "https://oauth2.googleapis.com/token"});
        for (name, value) in changes.as_object().unwrap() {
            file[name] = value.clone();
        }
        file.to_string().into_bytes()
    }

    #[test]
    fn reads_what_google_gives() {
        let (account, key) = ServiceAccount::parse(&file(&json!({}))).unwrap();
        assert_eq!(
            (account.project_id.as_str(), account.private_key_id.as_str()),
            ("seal-1", "k1")
        );
        assert!(key.starts_with("-----BEGIN"));
    }

    #[test]
    fn refuses_anything_else() {
        for (changes, error) in [
            (json!({"type": "authorized_user"}), AccountError::Form),
            (json!({"client_email": 1}), AccountError::Form),
            (json!({"project_id": "../x"}), AccountError::Project),
            (json!({"project_id": ""}), AccountError::Project),
            (
                json!({"token_uri": "http://oauth2.googleapis.com/token"}),
                AccountError::TokenUri,
            ),
            (json!({"token_uri": "token"}), AccountError::TokenUri),
        ] {
            assert_eq!(ServiceAccount::parse(&file(&changes)), Err(error), "{changes}");
        }
        assert_eq!(
            ServiceAccount::parse(&vec![b' '; ACCOUNT_LIMIT + 1]),
            Err(AccountError::Form)
        );
    }
}
