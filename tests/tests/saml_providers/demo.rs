//! `/demo/sp`: a service provider that shows what it was told.

use http::StatusCode;
use tests::posted::Posted;
use tests::web::location;
use tests::{Answer, Invented, Phone, TestServer, Web};

struct Scene {
    server: TestServer,
    phone: Phone,
    web: Web,
}

impl Scene {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        let web = Web::new(&server);
        Self { server, phone, web }
    }

    /// The response that the browser brings to the demo's service provider after an approval.
    async fn response(&mut self) -> Posted {
        let begun = self.web.open("/demo/sp/login").await;
        let to = location(&begun);
        let path = to
            .strip_prefix(&self.server.issuer)
            .expect("our own address")
            .to_owned();
        assert!(path.starts_with("/saml/sso?SAMLRequest="), "{path}");
        Posted::of(&self.web.login(&path, &self.phone).await)
    }

    async fn bring(&mut self, posted: &Posted) -> Answer {
        let path = posted
            .action
            .strip_prefix(&self.server.issuer)
            .expect("our own address")
            .to_owned();
        let fields: Vec<(&str, &str)> = posted
            .fields
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        self.web.fill(&path, &fields).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_s_service_provider_shows_what_was_granted() {
    let mut scene = Scene::open().await;
    let page = scene.web.open("/demo/sp").await;
    assert!(page.text().contains("/demo/sp/login"), "{}", page.text());
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let posted = scene.response().await;
    let shown = scene.bring(&posted).await;
    let text = shown.text();
    assert_eq!(shown.status, StatusCode::OK, "{text}");
    for part in [
        "You are signed in",
        "<dt>givenName</dt><dd>Jean</dd>",
        "<dt>ageOver18</dt><dd>true</dd>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("dateOfBirth"),
        "what was not asked for is not told"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_s_service_provider_believes_only_the_answer_to_its_own_request() {
    let mut scene = Scene::open().await;
    let posted = scene.response().await;
    let mut changed = posted.clone();
    for (name, value) in &mut changed.fields {
        if name == "SAMLResponse" {
            let octets = data_encoding::BASE64.decode(value.as_bytes()).expect("base64");
            let text = String::from_utf8(octets)
                .expect("text")
                .replace(">Jean<", ">Eve<");
            *value = data_encoding::BASE64.encode(text.as_bytes());
        }
    }
    let refused = scene.bring(&changed).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused.text().contains("not signed by the provider"),
        "{}",
        refused.text()
    );
    scene.web.forget("demo_sp");
    let refused = scene.bring(&posted).await;
    assert!(refused.text().contains("another request"), "{}", refused.text());
}
