//! Issue "Production" 7: structured logs with a request id, and no query, secret or claim. That whole logins leave nothing behind is shown
//! by `privacy.rs`.

use serde_json::Value;
use tests::{Call, Installation, Instance};

/// One that logs as an operator's does: requests too, as JSON.
fn logging() -> Installation {
    let mut installation = Installation::embedded();
    installation.set("log", "filter", "\"info\"");
    installation.set("log", "json", "true");
    installation
}

/// The lines of requests, each as it stands in the log.
fn lines(instance: &Instance) -> Vec<Value> {
    let log = instance.log();
    let all = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
    all.filter(|line| line["target"] == "access").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_one_line_with_the_id_of_its_answer() {
    let installation = logging();
    let instance = installation.start().await;
    let site = instance.site.clone();
    let call = Call::get("/services/quatrebarbes?token=unmistakable")
        .header("x-request-id", "invented-by-a-stranger")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
    let answer = site.send(call).await;
    answer.expect_problem(404, "service_not_found");
    let id = answer.header("x-request-id");
    assert_eq!((id.len(), id.contains("stranger")), (32, false), "{id}");
    assert_eq!(answer.json()["instance"], format!("urn:idtokenseal:request:{id}"));
    site.send(Call::get("/nowhere/unmistakable")).await;

    let lines = lines(&instance);
    let [known, unknown] = lines.as_slice() else {
        panic!("two requests, and probes are no lines: {lines:?}")
    };
    assert_eq!(known["span"]["request_id"], id.as_str());
    assert_eq!(known["method"], "GET");
    assert_eq!(known["route"], "/services/{service_id}");
    assert_eq!(known["status"], 404);
    assert_eq!(known["bytes"], answer.body.len());
    assert!(known["milliseconds"].is_f64(), "{known}");
    assert_eq!(unknown["route"], "unmatched");
    let log = instance.log();
    for word in ["unmistakable", "stranger", "4bf92f3577b34da6", "quatrebarbes"] {
        assert!(!log.contains(word), "{word} stands in {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_gives_the_id_and_the_trace() {
    let mut installation = logging();
    installation.set("proxies", "trusted", "[\"127.0.0.1\"]");
    let instance = installation.start().await;
    let site = instance.site.clone();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let call = Call::get("/services/quatrebarbes");
    let named = call
        .clone()
        .header("x-request-id", "proxy-7.a_b")
        .header("traceparent", &parent);
    assert_eq!(site.send(named).await.header("x-request-id"), "proxy-7.a_b");
    let traced = call.clone().header("traceparent", &parent);
    assert_eq!(site.send(traced).await.header("x-request-id"), trace);
    let broken = call
        .header("x-request-id", "two words")
        .header("traceparent", "00-0-0-0");
    assert_eq!(site.send(broken).await.header("x-request-id").len(), 32);
    let lines = lines(&instance);
    let ids: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["span"]["request_id"].as_str())
        .collect();
    assert_eq!(ids[..2], ["proxy-7.a_b", trace]);
    assert_eq!(lines[0]["span"]["trace_id"], trace);
}
