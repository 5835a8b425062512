//! Profile 1 and issue "Must hold": the server keeps no identity attribute. Not in its database, not in its write-ahead log, not in
//! its audit records, sealed or opened, and not in what it logs.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::{Value, json};
use tests::relying_party::VERIFIER;
use tests::web::{location, parameters};
use tests::{
    Browser, Call, Invented, Login, Phone, Registered, Registration, RelyingParty, TestServer, Web, token,
};
use tracing_subscriber::EnvFilter;

/// Somebody whose attributes stand nowhere else by chance.
fn zephyrine() -> Invented {
    Invented {
        given_name: "Zéphyrine-Wilhelmina".into(),
        family_name: "Quatrebarbes d'Aix".into(),
        birth_date: "1971-03-09".into(),
        nationality: "LTU".into(),
        document_number: "QX7731905ZB".into(),
        photo: Some(b"RIFF\x1a\0\0\0WEBPVP8Lunmistakable-portrait-of-zephyrine".to_vec()),
        ..Invented::jean()
    }
}

/// Everything of her that must stand nowhere. The nationality alone is three letters that any base64 text may hold by chance, so
/// it is looked for as JSON would write it.
fn attributes(person: &Invented, seal: &str) -> Vec<(String, Vec<u8>)> {
    let mut plain = vec![
        person.given_name.clone(),
        person.family_name.clone(),
        person.document_number.clone(),
        person.birth_date.clone(),
        "19710309".into(),
        "09.03.1971".into(),
        "09/03/1971".into(),
        "Zéphyrine".into(),
        "Quatrebarbes".into(),
        "Zephyrine".into(),
        "unmistakable-portrait".into(),
        "\"LTU\"".into(),
        seal.to_owned(),
    ];
    plain.extend([
        person.given_name.to_uppercase(),
        person.family_name.to_lowercase(),
        "QX 7731905 ZB".into(),
    ]);
    let mut needles = Vec::new();
    for text in plain {
        let bytes = if text.starts_with('\u{a3}') {
            [b"\xa3", &b"LTU"[..]].concat()
        } else {
            text.clone().into_bytes()
        };
        needles.extend(spellings(&text, &bytes));
    }
    needles
}

/// The bytes themselves and every encoding that this code base writes.
fn spellings(text: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let named = |kind: &str, needle: Vec<u8>| (format!("{text} ({kind})"), needle);
    let mut found = vec![named("as it is", bytes.to_vec())];
    if bytes.len() < 6 {
        return found;
    }
    let escaped: String = text
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                format!("\\u{:04x}", u32::from(c))
            }
        })
        .collect();
    found.push(named("escaped", escaped.into_bytes()));
    found.push(named("hex", HEXLOWER.encode(bytes).into_bytes()));
    found.push(named("HEX", HEXUPPER.encode(bytes).into_bytes()));
    found.push(named(
        "UTF-16",
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ));
    // Inside a longer text, base64 begins at one of three bits and base32 at one of five; characters that also hold bits of the
    // neighbours are left out.
    for shift in 0..5 {
        let padded = [&vec![0; shift][..], bytes].concat();
        let own = |bits: usize| (shift * 8).div_ceil(bits)..padded.len() * 8 / bits;
        for (kind, encoded, bits) in [
            ("base64", BASE64_NOPAD.encode(&padded), 6),
            ("base64url", BASE64URL_NOPAD.encode(&padded), 6),
            ("base32", BASE32_NOPAD.encode(&padded), 5),
        ] {
            found.push(named(kind, encoded[own(bits)].to_owned().into_bytes()));
        }
    }
    found.retain(|(_, needle)| needle.len() >= 7 || needle.as_slice() == bytes);
    found
}

/// Where any of the needles stands.
fn find(haystack: &[u8], needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let stands = |needle: &[u8]| haystack.windows(needle.len()).any(|window| window == needle);
    needles
        .iter()
        .filter(|(_, needle)| stands(needle))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What was logged in this process, at the finest level.
static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(|| {
    let log = Arc::new(Mutex::new(Vec::new()));
    let sink = log.clone();
    let filter = "off,idp_server=trace,idp_store=trace,idp_store_sqlite=trace,idp_core=trace,idp_jose=trace,idp_vds=trace,\
                  idp_push=trace,idp_store_redis=trace,idp_store_postgres=trace,sqlx=trace,axum=trace,tower_http=trace,access=trace";
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(move || Sink(sink.clone()))
        .init();
    log
});

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const EVERYTHING: [&str; 6] = [
    "identity:full_with_photo",
    "identity:age_over_18",
    "identity:age_over_25",
    "identity:age_range",
    "identity:is_eu_citizen",
    "identity:name_initial",
];

/// Logs in three ways, all granted; answers the tokens, which do hold the attributes.
async fn log_in(server: &TestServer, service: &Registered, phone: &Phone) -> Vec<(token::Token, String)> {
    let token_id = phone.wallet.identity().token_id.clone();
    let mut tokens = Vec::new();
    let login = service.initiate_for(server, token_id.as_str(), &EVERYTHING).await;
    phone.approve(&phone.only().await).await.expect(200);
    tokens.push(collect(server, service, &login).await);

    let body = json!({"serviceId": service.id, "scopes": EVERYTHING, "purpose": "verify"});
    let answer = service
        .send(server, Call::post("/identity/initiate", &body))
        .await;
    let claimed = phone.claim(answer.expect(200)["qr"].as_str().unwrap()).await;
    claimed.expect(200);
    let request = idp_authenticator::PendingRequest::parse(&claimed.body).unwrap();
    phone.approve(&request).await.expect(200);
    tokens.push(collect(server, service, &Login::of(&answer)).await);

    let login = service
        .initiate_for(server, token_id.as_str(), &["identity:full"])
        .await;
    let request = phone.only().await;
    let mut approval: Value = serde_json::from_str(
        &phone
            .approval(&request, idp_authenticator::CodeAnswer::Compared, &[])
            .unwrap(),
    )
    .unwrap();
    approval.as_object_mut().unwrap().remove("presentation");
    approval["vdsData"] = json!(phone.wallet.seal());
    phone.verify(&approval.to_string()).await.expect(200);
    tokens.push(collect(server, service, &login).await);
    tokens
}

async fn collect(server: &TestServer, service: &Registered, login: &Login) -> (token::Token, String) {
    let approved = Browser::open(server, login).await.expect("approved").await;
    let jwt = approved["jwt"].as_str().unwrap().to_owned();
    (token::check_result(server, service, login, &approved).await, jwt)
}

/// Everything in the audit log, opened for an auditor.
async fn opened_audit(server: &TestServer) -> String {
    let mut text = String::new();
    for page in 1.. {
        let answer = server
            .administer(Call::get(format!("/admin/audit?limit=100&page={page}")))
            .await;
        let records = answer.expect(200)["records"].as_array().unwrap().len();
        text += &answer.text();
        if records < 100 {
            return text;
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn no_attribute_stays_behind() {
    LazyLock::force(&LOG);
    tracing::info!(target: "idp_server", "what is logged is captured");
    let mut server = TestServer::start().await;
    let allowed = Registration::public().with("allowedScopes", json!(EVERYTHING));
    let service = allowed.with("defaultScopes", json!([])).register(&server).await;
    let holder = server.issue(zephyrine());
    // An app of the seeds: with the first form, the seal can stand in for the presentation.
    let enrolling = tests::Enrolling {
        form: idp_authenticator::SignedMessage::First,
        ..tests::Enrolling::new("phone")
    };
    let phone = Phone::enrol_as(&server, &holder, enrolling).await.unwrap();
    let renewed = json!({"vdsData": holder.seal}).to_string();
    phone
        .send(http::Method::POST, "/enroll/credential", &renewed)
        .await
        .expect(200);
    refuse_some(&server, &phone).await;
    let mut secrets = sign_in(&server, &phone).await;
    for (token, jwt) in log_in(&server, &service, &phone).await {
        secrets.push(("jwt".to_owned(), jwt.into_bytes()));
        assert_eq!(
            token.claim("family_name"),
            "Quatrebarbes d'Aix",
            "the token has what the server must not keep"
        );
    }

    let needles = attributes(&holder.person, &holder.seal);
    assert!(
        !find(holder.seal.as_bytes(), &needles).is_empty(),
        "the search finds the seal in itself"
    );
    let opened = opened_audit(&server).await;
    assert!(
        opened.contains("AUTH_APPROVE") && opened.contains(holder.token_id.as_str()),
        "{opened}"
    );
    assert_eq!(
        find(opened.as_bytes(), &needles),
        Vec::<String>::new(),
        "in the audit log"
    );
    let while_running = search(&server, &needles);
    server.stop().await;
    assert_eq!(
        (while_running, search(&server, &needles)),
        (Vec::new(), Vec::new()),
        "in the files"
    );
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(!log.is_empty());
    assert!(
        find(&log, &[("a line a request".to_owned(), b"/auth/verify".to_vec())]).len() == 1,
        "requests are logged"
    );
    assert_eq!(find(&log, &needles), Vec::<String>::new(), "in the log");
    secrets.push(("tokenId".to_owned(), holder.token_id.as_str().into()));
    assert_eq!(find(&log, &secrets), Vec::<String>::new(), "in the log");
}

/// Signs in with a client of OpenID Connect and uses what it gets; answers every secret that was on its way.
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn sign_in(server: &TestServer, phone: &Phone) -> Vec<(String, Vec<u8>)> {
    let party = RelyingParty::register(server).await;
    let mut web = Web::new(server);
    let asked = party.authorize(&[
        ("scope", "openid profile email offline_access"),
        ("state", "unmistakable-state"),
    ]);
    let page = web.begin(&asked).await;
    let shown = web.start(&page, phone.wallet.identity().token_id.as_str()).await;
    phone.approve(&phone.only().await).await.expect(200);
    let cookies = web.cookies();
    let answer = web.submit(&format!("{page}/continue")).await;
    let code = parameters(&location(&answer))["code"].clone();
    let tokens = party.redeem(server, &code).await;
    let text = |name: &str| {
        tokens[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}"))
            .to_owned()
    };
    let userinfo = Call::get("/oidc/userinfo").bearer(&text("access_token"));
    let claims = server.send(userinfo).await.expect(200);
    assert_eq!(claims["family_name"], "Quatrebarbes d'Aix");
    let refreshed = party.call(
        "/oidc/token",
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &text("refresh_token")),
        ],
    );
    server.send(refreshed).await.expect(200);
    let mut secrets = vec![
        ("code", code),
        ("access token", text("access_token")),
        ("refresh token", text("refresh_token")),
        ("id token", text("id_token")),
        ("client secret", party.secret.clone().unwrap()),
        ("code verifier", VERIFIER.to_owned()),
        ("state", "unmistakable-state".to_owned()),
        (
            "interaction",
            page.rsplit('/').next().unwrap_or_default().to_owned(),
        ),
        (
            "ws token",
            shown["wsToken"].as_str().unwrap_or("no-token").to_owned(),
        ),
    ];
    for cookie in cookies.split("; ").chain(web.cookies().split("; ")) {
        let (_, value) = cookie.split_once('=').unwrap();
        secrets.push(("cookie", value.to_owned()));
    }
    let long = |(_, secret): &(&str, String)| secret.len() > 8;
    secrets
        .into_iter()
        .filter(long)
        .map(|(name, secret)| (name.to_owned(), secret.into_bytes()))
        .collect()
}

/// Errors on the way must not leave anything either: a damaged seal, a damaged presentation.
async fn refuse_some(server: &TestServer, phone: &Phone) {
    let damaged = phone.wallet.seal().replace('A', "B");
    let body = json!({"vdsData": damaged, "publicKeyPem": "x", "deviceId": "x"});
    assert!(
        server
            .send(Call::post("/enroll", &body))
            .await
            .status
            .is_client_error()
    );
    let damaged = json!({"vdsData": damaged}).to_string();
    assert!(
        phone
            .send(http::Method::POST, "/enroll/credential", &damaged)
            .await
            .status
            .is_client_error()
    );
}

fn search(server: &TestServer, needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let files = files(&server.data_directory());
    assert!(files.iter().any(|file| file.ends_with("idp.sqlite")), "{files:?}");
    let mut found = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        found.extend(
            find(&bytes, needles)
                .into_iter()
                .map(|name| format!("{}: {name}", file.display())),
        );
    }
    found
}

/// The search would find what it looks for, in every spelling that it claims to know.
#[test]
fn the_search_finds_every_spelling() {
    let person = zephyrine();
    let needles = attributes(&person, "AAAABBBBCCCCDDDD");
    for shift in 0..15 {
        let text = [&vec![b'x'; shift][..], person.family_name.as_bytes(), b"tail"].concat();
        for encoded in [
            BASE64_NOPAD.encode(&text),
            BASE64URL_NOPAD.encode(&text),
            BASE32_NOPAD.encode(&text),
            HEXLOWER.encode(&text),
            String::from_utf8_lossy(&text).into_owned(),
        ] {
            assert!(!find(encoded.as_bytes(), &needles).is_empty(), "{encoded}");
        }
    }
}
