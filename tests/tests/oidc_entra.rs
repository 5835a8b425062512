//! Entra's external authentication methods (`federation-oidc.md` 5a): the documented request, replayed, with keys of our own in the place
//! of Microsoft's.

mod answers;
mod refusals;
mod signer;

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::web::{encode, location};
use tests::{Answer, Call, Invented, Phone, Posted, TestServer, Web, fresh};

use signer::Signer;

const TENANT: &str = "a4b1c2d3-0000-4000-8000-1234567890ab";
const BACK: &str = "https://login.microsoftonline.com/common/federation/externalauthprovider";
const CLAIMS: &str = r#"{"id_token":{"amr":{"essential":true,"values":["face","fido","fpt","hwk","iris","otp","pop","retina","sc","sms","swk","tel","vbm"]},"acr":{"essential":true,"values":["possessionorinherence"]}}}"#;

struct Scene {
    server: TestServer,
    client: String,
    microsoft: Signer,
    phone: Phone,
    account: String,
    _keys: tempfile::TempDir,
}

impl Scene {
    async fn open() -> Self {
        let microsoft = Signer::new("ms-1");
        let keys = tempfile::TempDir::new().expect("a directory");
        let file: PathBuf = keys.path().join("keys.json");
        std::fs::write(&file, microsoft.key_set().to_string()).expect("a file");
        let server = TestServer::start_with(|config| config.oidc.entra.global_keys = Some(file)).await;
        let client = fresh("entra");
        let body = json!({
            "client_id": client, "preset": "entra-eam", "preset_values": {"tenant": TENANT},
            "client_name": "Contoso", "service": {"url": "https://contoso.example", "matchingMode": "compare"},
        });
        server
            .administer(Call::post("/admin/clients", &body))
            .await
            .expect(201);
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self {
            server,
            client,
            microsoft,
            phone,
            account: fresh("oid"),
            _keys: keys,
        }
    }

    fn hint_claims(&self) -> Value {
        let now = self.server.now().unix_seconds();
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": self.client,
            "sub": "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA", "tid": TENANT, "oid": self.account,
            "iat": now - 10, "nbf": now - 10, "exp": now + 10, "preferred_username": "jean@contoso.example", "ver": "2.0",
        })
    }

    /// The documented form with some parameters changed; an empty value removes one.
    fn form(&self, changes: &[(&str, &str)]) -> String {
        let hint = self.microsoft.sign(&self.hint_claims());
        let usual = [
            ("scope", "openid"),
            ("response_mode", "form_post"),
            ("response_type", "id_token"),
            ("client_id", self.client.as_str()),
            ("redirect_uri", BACK),
            ("claims", CLAIMS),
            ("nonce", "AwABEgEAAAACAOz_BQD0_8vcXcj2"),
            ("id_token_hint", hint.as_str()),
            ("client-request-id", "4cb6d4ee-0cbc-4f0c-8a9a-eba4a6ee4ba0"),
            ("state", "rQIIAW1RO0zbUBTl5WHSpEhkiEgdmBgqJ"),
        ];
        let is_changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        let pairs: Vec<(&str, &str)> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        encode(&pairs)
    }

    /// Microsoft's page posts the form; the browser comes back by itself, with its cookies.
    async fn post(&self, web: &mut Web, form: String) -> Answer {
        let call = Call::new(http::Method::POST, "/t/entra-mfa/oidc/entra/authorize")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .raw(form);
        let parked = location(&self.server.send(call).await);
        assert!(parked.starts_with("/oidc/entra/authorize/resume/"), "{parked}");
        web.open(&parked).await
    }

    async fn begin(&self, web: &mut Web) -> String {
        let answer = self.post(web, self.form(&[])).await;
        let page = location(&answer);
        assert!(page.starts_with("/oidc/login/int_"), "{page} {}", answer.text());
        page
    }

    /// A phone approves; what is posted to Microsoft.
    async fn approve(&self, web: &mut Web, page: &str, phone: &Phone) -> Posted {
        web.start(page, phone.wallet.identity().token_id.as_str()).await;
        phone.approve(&phone.only().await).await.expect(200);
        Posted::of(&web.submit(&format!("{page}/continue")).await)
    }
}
