//! A proxy in front: its clients are told apart, its connections are not.

use axum::Extension;
use http::HeaderMap;

use super::*;

fn asking() -> Router {
    async fn client(
        Extension(ClientAddress(client)): Extension<ClientAddress>,
        headers: HeaderMap,
    ) -> String {
        format!("{client} {}", headers.contains_key("client-cert"))
    }
    Router::new().route("/peer", get(client))
}

async fn said(settings: EdgeSettings) -> String {
    let request = "GET /peer HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\
        Client-Cert: :AAAA:\r\nConnection: close\r\n\r\n";
    let server = Server::start_with(settings, asking()).await;
    let (text, _) = rest(&mut server.open(request.as_bytes()).await).await;
    text.rsplit("\r\n").next().unwrap_or_default().to_owned()
}

fn behind(trusted: &str) -> EdgeSettings {
    let mut config = crate::config::Config::demo(
        "http://127.0.0.1:1".to_owned(),
        SocketAddr::from(([127, 0, 0, 1], 1)),
        "data".into(),
    );
    config.proxies.trusted = vec![trusted.parse().unwrap()];
    config.oidc.client_certificate_header = Some(http::HeaderName::from_static("client-cert"));
    EdgeSettings {
        proxies: Proxies::from(&config),
        ..patient()
    }
}

#[tokio::test]
async fn behind_a_proxy_the_client_is_who_it_names() {
    assert_eq!(said(behind("127.0.0.0/8")).await, "198.51.100.7 false");
    assert_eq!(said(behind("10.0.0.0/8")).await, "127.0.0.1 false");
}

#[tokio::test]
async fn behind_a_proxy_connections_are_not_counted_per_address() {
    let settings = EdgeSettings {
        max_connections_per_address: 1,
        ..behind("127.0.0.1/32")
    };
    let server = Server::start(settings).await;
    let _first = server.open(b"GET /peer HTTP/1.1\r\n").await;
    assert!(server.answers().await);
}
