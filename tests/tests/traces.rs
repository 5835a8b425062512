//! Issue "Production" 7: spans by OTLP, in the trace that the caller began (W3C Trace Context), and nothing of a person in them. The
//! collector of the test reads the protobuf that a real one would.

use std::collections::BTreeSet;
use std::time::Duration;

use data_encoding::HEXLOWER;
use idp_server::telemetry::log;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tests::{Browser, Call, Invented, Phone, Receiver, Registration, RelyingParty, TestServer, Web};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traced(call: Call) -> Call {
    call.header("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))
}

/// A server that sends its spans to a collector, and believes this machine's proxies.
async fn start(collector: &Receiver) -> (TestServer, log::Log) {
    let endpoint = collector.uri.replace("/called", "/v1/traces");
    let mut begun = None;
    let server = TestServer::start_with(|config| {
        config.proxies.trusted = vec!["127.0.0.1/32".parse().unwrap()];
        config.oidc.outbound_loopback = true;
        config.traces.otlp_endpoint = Some(endpoint);
        config.traces.sample_per_thousand = 1_000;
        begun = Some(log::start(config));
    })
    .await;
    (server, begun.expect("the configuration was changed"))
}

/// Every span that the collector was sent until the log ended.
async fn spans(collector: &mut Receiver, log: log::Log) -> Vec<Span> {
    log.end().await;
    let mut spans = Vec::new();
    while let Ok(sent) = tokio::time::timeout(Duration::from_secs(1), collector.next()).await {
        assert_eq!(sent.path, "/v1/traces");
        assert_eq!(sent.header("content-type"), "application/x-protobuf");
        let request = ExportTraceServiceRequest::decode(sent.body).expect("an OTLP request");
        let scopes = request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        spans.extend(scopes.flat_map(|scope| scope.spans));
    }
    spans
}

fn names(spans: &[&Span]) -> BTreeSet<String> {
    spans.iter().map(|span| span.name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn a_login_is_one_trace_that_its_caller_began_and_names_nobody() {
    let mut collector = Receiver::start().await;
    let (server, log) = start(&collector).await;
    let service = Registration::confidential().register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let body = serde_json::json!({"tokenId": jean.token_id, "serviceId": service.id});
    let begun = service
        .send(&server, traced(Call::post("/auth/initiate", &body)))
        .await;
    let login = tests::Login::of(&begun);
    let request = phone.only().await;
    let body = phone
        .approval(&request, idp_authenticator::CodeAnswer::Compared, &[])
        .unwrap();
    let verify = Call::new(http::Method::POST, "/auth/verify").text(body);
    server.send(traced(verify)).await.expect(200);
    let fetched = traced(Call::get(format!("/auth/result/{}", login.session_id)));
    let result = service.send(&server, fetched).await;
    let jwt = result.expect(200)["jwt"].as_str().unwrap().to_owned();
    assert_eq!(result.header("x-request-id"), TRACE);
    let mut browser = Browser::open(&server, &login).await;
    browser.expect("approved").await;

    let all = spans(&mut collector, log).await;
    let trace = HEXLOWER.decode(TRACE.as_bytes()).unwrap();
    let (ours, others): (Vec<&Span>, Vec<&Span>) = all.iter().partition(|span| span.trace_id == trace);
    let found = names(&ours);
    for name in [
        "POST /auth/initiate",
        "POST /auth/verify",
        "GET /auth/result/{session_id}",
        "insert_session",
        "commit",
        "session",
    ] {
        assert!(found.contains(name), "{name} is not in {found:?}");
    }
    let parent = HEXLOWER.decode(b"00f067aa0ba902b7").unwrap();
    let roots = ours.iter().filter(|span| span.parent_span_id == parent).count();
    assert_eq!(
        roots, 3,
        "the requests are children of the caller's span: {found:?}"
    );
    let ids: BTreeSet<&[u8]> = ours.iter().map(|span| span.span_id.as_slice()).collect();
    let orphans: Vec<_> = ours
        .iter()
        .filter(|span| span.parent_span_id != parent && !ids.contains(span.parent_span_id.as_slice()))
        .collect();
    assert!(orphans.is_empty(), "{orphans:?}");
    assert!(
        names(&others).contains("POST /enroll"),
        "requests without a trace begin one"
    );
    let text = format!("{all:?}");
    let credentials = [jwt.as_str(), &login.ws_token, service.secret.as_deref().unwrap()];
    for secret in credentials.into_iter().chain([
        jean.token_id.as_str(),
        login.session_id.as_str(),
        service.id.as_str(),
        "Dupont",
        "Jean",
    ]) {
        assert!(!text.contains(secret), "{secret} stands in a span");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_called_is_told_of_the_trace() {
    let mut collector = Receiver::start().await;
    let mut called = Receiver::start().await;
    let (server, log) = start(&collector).await;
    let members = serde_json::json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": called.uri,
    });
    let party = RelyingParty::register_with(&server, members).await;
    let assertion = tests::ClientKey::generate().assertion(&server, &party.id, serde_json::json!({}));
    let call = party.call(
        "/oidc/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", "x"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ],
    );
    let refused = server.send(traced(call)).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    let asked = called.next().await;
    let parent = asked.header("traceparent").to_owned();
    assert!(parent.starts_with(&format!("00-{TRACE}-")), "{parent}");
    let all = spans(&mut collector, log).await;
    assert!(
        all.iter()
            .any(|span| parent.contains(&HEXLOWER.encode(&span.span_id))),
        "{parent}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_nobody_is_told_of_anything() {
    let mut called = Receiver::start().await;
    let server = TestServer::start_with(|config| config.oidc.outbound_loopback = true).await;
    let members = serde_json::json!({"backchannel_logout_uri": called.uri});
    let party = RelyingParty::register_with(&server, members).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    web.login(&party.authorize(&[("scope", "openid")]), &phone).await;
    let body = serde_json::json!({"tokenId": jean.token_id, "reason": "lost_device"});
    server.administer(Call::post("/revoke", &body)).await.expect(200);
    assert_eq!(called.next().await.header("traceparent"), "");
}
