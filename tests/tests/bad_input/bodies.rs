//! What is no JSON, no JSON of a request, of another media type or too large.

use std::time::Duration;

use http::Method;
use serde_json::json;
use tests::{Call, Registration, TestServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{MARK, fault, routes, written};

/// Texts that are the JSON of no request.
fn texts() -> Vec<Vec<u8>> {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let texts = [
        format!("{{\"{MARK}"),
        "[]".into(),
        "null".into(),
        "42".into(),
        format!("\"{MARK}\""),
        "{}{}".into(),
        "{\"tokenId\":\"a\",\"tokenId\":\"b\",\"serviceId\":\"a\",\"serviceId\":\"b\"}".into(),
        deep,
    ];
    let bytes = b"\xff\xfe\x00".to_vec();
    texts.into_iter().map(String::into_bytes).chain([bytes]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_the_json_of_a_request_is_refused_everywhere() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let before = written(&server).await;
    let mut faults = Vec::new();
    for (path, _) in routes(&service.id) {
        for text in texts() {
            let what = format!("{path} {:.20}", String::from_utf8_lossy(&text));
            let answer = server.send(Call::new(Method::POST, path).text(text)).await;
            faults.extend(fault(&what, &answer));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(written(&server).await, before, "nothing is written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_media_type_is_refused_everywhere() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let before = written(&server).await;
    for (path, good) in routes(&service.id) {
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "",
        ] {
            let call = Call::new(Method::POST, path).header("content-type", media_type);
            let answer = server.send(call.raw(good.to_string())).await;
            answer.expect_problem(415, "unsupported_media_type");
            assert_eq!(fault(media_type, &answer), None);
        }
    }
    assert_eq!(written(&server).await, before, "nothing is written");
}

/// Each member of each request, with values of every wrong type and shape.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_is_checked() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let (holders, services, _) = written(&server).await;
    let wrong = [
        json!(null),
        json!({MARK: 1}),
        json!([[MARK]]),
        json!(-1e300),
        json!(true),
        json!(format!("{MARK}|x")),
        json!(format!("{MARK}\u{0}")),
        json!(MARK.repeat(1_000)),
    ];
    let mut faults = Vec::new();
    for (path, good) in routes(&service.id) {
        for member in good.as_object().unwrap().keys() {
            for value in &wrong {
                let mut body = good.clone();
                body[member] = value.clone();
                let answer = server.send(Call::post(path, &body)).await;
                faults.extend(fault(
                    &format!("{path} {member} {:.40}", value.to_string()),
                    &answer,
                ));
            }
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(member);
            faults.extend(fault(
                &format!("{path} without {member}"),
                &server.send(Call::post(path, &body)).await,
            ));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    let after = written(&server).await;
    assert_eq!((after.0, after.1), (holders, services));
}

/// Sends a request head and so much of a body as is given, then reads the answer's head. No client library: one would go on
/// sending a body that nobody wants.
async fn send_raw(server: &TestServer, head: &str, body: &[u8]) -> String {
    let address = server.issuer.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("{head} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer)).await;
    String::from_utf8_lossy(&answer[..read.expect("an answer in time").unwrap()]).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_has_64_kib() {
    let server = TestServer::start().await;
    let service = Registration::public().register(&server).await;
    let before = written(&server).await;
    let announced = b"Content-Length: 65537\r\n\r\n";
    // 0x10001 is 65,537: one byte too many, and no end of the body.
    let chunked = [
        b"Transfer-Encoding: chunked\r\n\r\n10001\r\n".as_slice(),
        &vec![b' '; 65_537],
    ]
    .concat();
    for (path, _) in routes(&service.id) {
        for body in [announced.as_slice(), &chunked] {
            let answer = send_raw(&server, &format!("POST {path}"), body).await;
            assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
            assert!(
                answer.contains("application/problem+json") && answer.contains("too_large"),
                "{path}: {answer}"
            );
        }
    }
    assert_eq!(written(&server).await, before);
    let mut good = json!({"tokenId": "anybody", "serviceId": service.id}).to_string();
    good.push_str(&" ".repeat(65_536 - good.len()));
    let call = Call::new(Method::POST, "/auth/initiate").text(good);
    server
        .send(call.header("origin", &service.origin))
        .await
        .expect(200);
}
