//! Profile 2 and 3: who enrols, with what, and what ends an enrolment.

mod admission;
mod devices;
mod proof;
mod seals;

use idp_server::config::{Config, EnrolmentConfig};
use serde_json::{Value, json};
use tests::{Call, TestServer};

/// The enrolment policy that an operator writes so.
fn policy(text: &str) -> EnrolmentConfig {
    let text = format!("issuer = \"https://id.example\"\n[enrolment]\nadmission = \"open\"\n{text}");
    let text = if text.contains("admission = \"code\"") {
        text.replacen("admission = \"open\"\n", "", 1)
    } else {
        text
    };
    idp_server::config::parse(&text, []).unwrap().enrolment
}

/// A server with such a policy.
async fn server_with(text: &str) -> TestServer {
    let enrolment = policy(text);
    TestServer::start_with(move |config: &mut Config| config.enrolment = enrolment).await
}

/// A one-time code, for anybody or for one tokenId.
async fn code(server: &TestServer, body: Value) -> idp_authenticator::Admission {
    let issued = server
        .administer(Call::post("/admin/enrollment-codes", &body))
        .await
        .expect(201);
    idp_authenticator::Admission::Code(issued["code"].as_str().unwrap().to_owned())
}

async fn any_code(server: &TestServer) -> idp_authenticator::Admission {
    code(server, json!({})).await
}
