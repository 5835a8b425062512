//! What goes on beside requests, with a clock that the test moves (IIP-MD02).

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use idp_core::audit::Actor;
use idp_types::OperatorName;
use saml::EntityId;
use saml::provider::ServiceProvider;
use serde_json::json;
use tokio::net::TcpListener;

use super::upkeep::{Memory, look};
use super::{create_provider, find_provider, parsed};
use crate::app::App;
use crate::boot::{Parts, open_with};
use crate::clock::ShiftedClock;
use crate::config::Config;

/// What a service provider publishes, and how often it was read whole and not.
#[derive(Default)]
struct Published {
    text: String,
    whole: usize,
    unchanged: usize,
}

struct Scene {
    app: Arc<App>,
    clock: Arc<ShiftedClock>,
    published: Arc<Mutex<Published>>,
    memory: Memory,
    _folder: tempfile::TempDir,
}

const ENTITY: &str = "https://wiki.example/metadata";

fn answer(published: &Mutex<Published>, headers: &HeaderMap) -> (StatusCode, HeaderMap, String) {
    let mut published = published.lock().unwrap();
    let tag = format!("\"{}\"", crate::crypto::sha256_hex(published.text.as_bytes()));
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == tag.as_str());
    let mut answered = HeaderMap::new();
    answered.insert(header::ETAG, tag.parse().unwrap());
    if is_known {
        published.unchanged += 1;
        return (StatusCode::NOT_MODIFIED, answered, String::new());
    }
    published.whole += 1;
    (StatusCode::OK, answered, published.text.clone())
}

async fn site(published: Arc<Mutex<Published>>) -> SocketAddr {
    let router = Router::new().route(
        "/metadata",
        get(async move |headers: HeaderMap| answer(&published, &headers)),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl Scene {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::<ShiftedClock>::default();
        let address = "127.0.0.1:0".parse().unwrap();
        let config = Config::demo("http://127.0.0.1".to_owned(), address, folder.path().to_owned());
        let parts = Parts {
            clock: clock.clone(),
            ..Parts::default()
        };
        let app = Box::pin(open_with(config, parts)).await.unwrap().app;
        app.leads.store(true, Ordering::Relaxed);
        let scene = Self {
            app,
            clock,
            published: Arc::default(),
            memory: Memory::default(),
            _folder: folder,
        };
        scene.publish(7200, "/acs");
        let url = format!("http://{}/metadata", site(scene.published.clone()).await);
        let document = json!({"metadataUrl": url, "service": {"url": "https://wiki.example"}});
        let actor = Actor::Operator(OperatorName::parse("ann").unwrap());
        let new = parsed(document.as_object().unwrap()).unwrap();
        create_provider(&scene.app, &new, actor).await.unwrap();
        scene
    }

    /// Metadata that holds for so many seconds.
    fn publish(&self, seconds: i64, consumer: &str) {
        let until = self.app.now().plus_seconds(seconds).to_rfc3339();
        self.published.lock().unwrap().text = format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{ENTITY}\" validUntil=\"{until}\">\
             <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" index=\"0\" \
             Location=\"https://wiki.example{consumer}\"/></SPSSODescriptor></EntityDescriptor>"
        );
    }

    async fn look(&mut self) -> Result<(), String> {
        look(&self.app, &mut self.memory).await
    }

    async fn stored(&self) -> ServiceProvider {
        let entity_id = EntityId::parse(ENTITY).unwrap();
        find_provider(&self.app, &entity_id).await.unwrap().value.clone()
    }

    fn reads(&self) -> (usize, usize) {
        let published = self.published.lock().unwrap();
        (published.whole, published.unchanged)
    }
}

#[tokio::test]
async fn metadata_is_read_again_when_half_of_its_time_is_over() {
    let mut scene = Scene::open().await;
    scene.look().await.unwrap();
    assert_eq!(scene.reads(), (1, 0), "it is not due yet");
    scene.clock.advance(3601);
    scene.look().await.unwrap();
    assert_eq!(scene.reads(), (1, 1), "it is asked for by its tag");
    scene.clock.advance(1801);
    scene.publish(7200, "/other");
    scene.look().await.unwrap();
    assert_eq!(scene.reads(), (2, 1));
    assert_eq!(
        scene.stored().await.consumers[0].location,
        "https://wiki.example/other"
    );
}

#[tokio::test]
async fn metadata_that_cannot_be_read_leaves_what_is_known_until_it_ends() {
    let mut scene = Scene::open().await;
    scene.published.lock().unwrap().text = "gone".to_owned();
    scene.clock.advance(3601);
    scene.look().await.unwrap();
    scene.look().await.unwrap();
    assert_eq!(
        scene.reads(),
        (2, 0),
        "who does not answer is not asked at every look"
    );
    assert_eq!(
        scene.stored().await.consumers[0].location,
        "https://wiki.example/acs"
    );
    scene.clock.advance(3601);
    let trouble = scene.look().await.unwrap_err();
    assert!(trouble.ends_with("has ended: 1"), "{trouble}");
    assert!(scene.stored().await.source.has_ended(scene.app.now()));
    let found = scene.app.providers.found();
    assert_eq!((found.providers, found.ended), (1, 1));
    scene.publish(7200, "/acs");
    scene.clock.advance(301);
    scene.look().await.unwrap();
    assert_eq!(scene.app.providers.found().ended, 0);
}

#[tokio::test]
async fn who_does_not_lead_reads_nothing() {
    let mut scene = Scene::open().await;
    scene.app.leads.store(false, Ordering::Relaxed);
    scene.clock.advance(3601);
    scene.look().await.unwrap();
    assert_eq!(
        (scene.reads(), scene.app.providers.found().providers),
        ((1, 0), 1)
    );
}
