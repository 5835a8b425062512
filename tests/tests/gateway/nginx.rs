//! `deploy/gateway/nginx.conf` as it stands, with a real nginx (`auth_request`) before an upstream: only addresses and folders are those of this
//! test.

use std::path::Path;

use serde_json::Value;
use tests::{Invented, Phone, Received, Receiver, Registration, TestServer};

use super::forward_auth::{own, start_at};
use super::phone::{approved_token, refusal_of, revoke};
use crate::proxies::{Proxy, adapted, in_folder, nginx, text};

const RECIPE: &str = include_str!("../../../deploy/gateway/nginx.conf");

fn recipe(server: &TestServer, upstream: &Receiver, folder: &Path, port: u16) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let api = upstream
        .uri
        .trim_start_matches("http://")
        .trim_end_matches("/called");
    let changes = [
        ("/etc/nginx/tls/api.example.com.pem", at("certificate.pem")),
        ("/etc/nginx/tls/api.example.com.key", at("key.pem")),
        ("server 127.0.0.1:9000", format!("server {api}")),
        (
            "server 127.0.0.1:8080",
            format!("server {}", server.app.config.listen),
        ),
        (
            "listen 443 ssl http2;",
            format!("listen 127.0.0.1:{port} ssl http2;"),
        ),
    ];
    adapted(&in_folder(RECIPE, folder), &changes)
}

/// What a caller got: the status, the header and the problem.
struct Got {
    status: u16,
    header: String,
    body: Value,
}

impl Got {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    fn challenges(&self) -> Vec<&str> {
        let lines = self.header.lines();
        lines
            .filter_map(|line| line.strip_prefix("www-authenticate: "))
            .collect()
    }
}

fn ask(proxy: &Proxy, path: &str, headers: &[&str]) -> Got {
    let headers = headers.iter().flat_map(|header| ["--header", header]);
    let arguments: Vec<&str> = ["--include", "--path-as-is"].into_iter().chain(headers).collect();
    let said = text(&proxy.curl(&arguments, path));
    let (header, body) = said.split_once("\r\n\r\n").unwrap();
    Got {
        status: header
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap(),
        header: header.to_owned(),
        body: serde_json::from_str(body).unwrap_or_default(),
    }
}

/// The last request that came through.
async fn last(upstream: &mut Receiver) -> Received {
    let mut last = upstream.next().await;
    while last.path.starts_with("/health") {
        last = upstream.next().await;
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
async fn nginx_lets_through_what_forward_auth_passes_and_says_why_it_does_not() {
    let mut server = start_at("127.0.0.1/32", own).await;
    let mut upstream = Receiver::start().await;
    let proxy = Proxy::start(|folder, (port, _)| {
        std::fs::write(
            folder.join("nginx.conf"),
            recipe(&server, &upstream, folder, port),
        )
        .unwrap();
        nginx(folder)
    })
    .await;
    let service = Registration::public().register(&server).await;
    let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
    let jwt = approved_token(&server, &service, &phone, &["identity:name"]).await;
    let bearer = format!("authorization: Bearer {jwt}");
    let spoofs = ["x-idp-sub: admin", "X-IDP-Scope: admin", "x_idp_sub: admin"];

    let passed = ask(&proxy, "/bar?page=2", &[&[bearer.as_str()], &spoofs[..]].concat());
    assert_eq!(passed.status, 200);
    let received = last(&mut upstream).await;
    assert_eq!(received.path, "/bar?page=2");
    let sub: Vec<_> = received.headers.get_all("x-idp-sub").iter().collect();
    assert_eq!(sub, [phone.wallet.identity().token_id.as_str()]);
    assert_eq!(received.header("x-idp-scope"), "identity:age_over_18");
    assert_eq!(received.header("x_idp_sub"), "");
    assert_eq!(ask(&proxy, "/health/x", &spoofs).status, 200);
    let public = upstream.next().await;
    assert_eq!(
        (public.header("x-idp-sub"), public.header("x-idp-scope")),
        ("", "")
    );

    let denied = ask(&proxy, "/name", &[&bearer]);
    assert_eq!((denied.status, denied.code()), (403, "insufficient_scope"));
    assert_eq!(
        denied.challenges(),
        ["Bearer error=\"insufficient_scope\", scope=\"identity:name\""]
    );
    let nobody = ask(&proxy, "/bar", &spoofs);
    assert_eq!((nobody.status, nobody.code()), (401, "token_missing"));
    assert_eq!(nobody.challenges(), ["Bearer scope=\"identity:age_over_18\""]);
    assert!(nobody.header.contains("content-type: application/problem+json"));
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("authorization: Bearer {input}.{first}{}", &signature[1..]);
    let tampered = ask(&proxy, "/bar", &[&tampered]);
    assert_eq!((tampered.status, tampered.code()), (401, "token_signature"));
    for path in ["//bar", "/health/../bar", "/health/%2e%2e/bar", "/health;/../bar"] {
        let unclear = ask(&proxy, path, &[]);
        assert_eq!(
            (unclear.status, unclear.code()),
            (400, "ambiguous_path"),
            "{path}"
        );
    }
    let outside = ask(&proxy, "/_gateway", &[&bearer]);
    assert_eq!(outside.status, 404, "nobody outside asks by nginx's name");

    revoke(&server, &phone).await;
    let refused = refusal_of(async || {
        let got = ask(&proxy, "/bar", &[&bearer]);
        (got.status != 200).then_some(got)
    });
    let refused = refused.await;
    assert_eq!((refused.status, refused.code()), (401, "token_revoked"));
    server.stop().await;
    let down = ask(&proxy, "/bar", &[&bearer]);
    assert_eq!((down.status, down.code()), (503, "gateway_unavailable"));
}
