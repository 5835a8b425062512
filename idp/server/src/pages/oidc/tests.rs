//! Every page in every language: what it must carry, and what must never be in it.

use std::collections::BTreeSet;

use axum::body::to_bytes;
use axum::response::Response;
use http::{StatusCode, header};
use idp_types::{AtomicScope, MatchingMode, ScopeSet, Timestamp};

use super::*;
use crate::problem::{Code, Problem};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img onerror=x> \u{202e}";

impl Asker<'_> {
    fn sample() -> Asker<'static> {
        Asker {
            name: "Bar Le Central",
            logo: Some("data:image/svg+xml;base64,PHN2Zy8+"),
            url: Some("https://bar.example:8443/start"),
            privacy_policy_url: Some("https://bar.example/privacy"),
        }
    }
}

impl LoginView<'_> {
    fn sample() -> LoginView<'static> {
        LoginView {
            asker: Asker::sample(),
            path: "/oidc/login/int_0123456789",
            requested: AtomicScope::ALL.iter().copied().collect(),
            token_id: "7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11",
            remembered: true,
            mode: MatchingMode::Compare,
            expires_at: Timestamp::from_unix_seconds(1_900_000_000),
            return_to: Some("https://bar.example/callback"),
        }
    }
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

const HIDDEN: [(&str, &str); 2] = [("csrf", "value"), ("state", HOSTILE)];

/// Who asks, as badly as it can be registered.
const BARE: Asker<'static> = Asker {
    name: HOSTILE,
    logo: Some("https://tracker.example/pixel"),
    url: Some("javascript:alert(1)"),
    privacy_policy_url: Some("javascript:alert(1)"),
};

/// Every page with every branch of its template.
fn pages(locale: Locale) -> Vec<Response> {
    let post = FormPost {
        action: "https://bar.example/callback",
        fields: &HIDDEN,
    };
    let mut all = vec![form_post(locale, post)];
    all.extend(login_pages(locale));
    all.extend(logout_pages(locale));
    all.extend(device_pages(locale));
    for known in Failure::ALL {
        all.push(failure(locale, *known, None, Some(BARE)));
        all.push(failure(
            locale,
            *known,
            Some("redirect_uri is not registered"),
            Some(Asker::sample()),
        ));
    }
    all
}

fn login_pages(locale: Locale) -> Vec<Response> {
    let nothing = LoginView {
        asker: BARE,
        requested: ScopeSet::EMPTY,
        token_id: HOSTILE,
        remembered: false,
        return_to: None,
        ..LoginView::sample()
    };
    let modes = [
        MatchingMode::Compare,
        MatchingMode::Choose,
        MatchingMode::Transfer,
    ];
    let views = modes.map(|mode| LoginView {
        mode,
        ..LoginView::sample()
    });
    views
        .into_iter()
        .chain([nothing])
        .map(|view| login(locale, view))
        .collect()
}

fn logout_pages(locale: Locale) -> Vec<Response> {
    let frames = ["https://a.example/out?iss=x&sid=y".to_owned()];
    let out = LoggedOut {
        client_name: Some(HOSTILE),
        return_to: Some("https://bar.example/out?state=1"),
        frames: &frames,
        unreached: &[],
    };
    let confirm = |client_name: Option<&'static str>| LogoutConfirm {
        action: "/oidc/end-session",
        fields: &HIDDEN,
        client_name,
        return_to: client_name.map(|_| "https://bar.example/out"),
    };
    vec![
        still_signed_in(locale),
        logged_out(locale, LoggedOut::default()),
        logged_out(locale, out),
        logout_confirm(locale, confirm(None)),
        logout_confirm(locale, confirm(Some(HOSTILE))),
    ]
}

fn device_pages(locale: Locale) -> Vec<Response> {
    let refusals = [None, Some(DeviceRefusal::Unknown), Some(DeviceRefusal::TooMany)];
    let enter = refusals.map(|refusal| DeviceEnter {
        action: "/oidc/device",
        fields: &HIDDEN,
        user_code: refusal.map_or(Some("WDJB-MJHT"), |_| Some(HOSTILE)),
        refusal,
    });
    let enter = enter.into_iter().map(|view| device_enter(locale, view));
    enter
        .chain(DeviceDone::ALL.map(|outcome| device_done(locale, outcome)))
        .collect()
}

#[tokio::test]
async fn every_page_is_in_its_language_and_kept_by_nobody() {
    for locale in Locale::ALL {
        for response in pages(locale) {
            let headers = response.headers().clone();
            assert_eq!(headers[header::CONTENT_LANGUAGE], locale.tag());
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
            let html = text(response).await;
            let start = format!("<html lang=\"{}\" dir=\"ltr\">", locale.tag());
            assert!(html.contains(&start), "{html}");
        }
    }
}

#[tokio::test]
async fn no_page_has_anything_inline_or_from_elsewhere() {
    for response in pages(Locale::En) {
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let html = text(response).await;
        assert!(!html.contains("<style") && !html.contains(" style="), "{html}");
        assert!(
            !html.contains("<img onerror") && !html.contains("javascript:"),
            "{html}"
        );
        for script in html.split("<script").skip(1) {
            assert!(
                script.starts_with(" type=\"module\" src=\"/assets/oidc/"),
                "{script}"
            );
        }
        for (attribute, own) in [
            (" src=\"", ["/assets/", "data:image/"]),
            (" action=\"", ["/oidc/", "https://bar.example/"]),
        ] {
            for value in html.split(attribute).skip(1) {
                let is_frame = value.starts_with("https://a.example/out?");
                assert!(
                    is_frame || own.iter().any(|start| value.starts_with(start)),
                    "{value}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_others_chose_is_text_and_nothing_else() {
    for response in pages(Locale::En) {
        let html = text(response).await;
        assert!(!html.contains("<script>") && !html.contains("\"'>"), "{html}");
    }
}

#[tokio::test]
async fn a_logo_from_elsewhere_is_not_loaded_and_initials_stand_for_it() {
    let asker = Asker {
        logo: Some("https://tracker.example/pixel.png"),
        ..Asker::sample()
    };
    let html = text(login(
        Locale::En,
        LoginView {
            asker,
            ..LoginView::sample()
        },
    ))
    .await;
    assert!(!html.contains("tracker.example"));
    assert!(html.contains(">BL</span>"), "{html}");
}

#[tokio::test]
async fn the_login_page_says_what_is_asked_for_and_leads_back_only_where_registered() {
    let requested = [AtomicScope::Name, AtomicScope::GivenName, AtomicScope::AgeOver18];
    let view = LoginView {
        requested: requested.into_iter().collect(),
        return_to: Some("com.example.bar:/callback"),
        ..LoginView::sample()
    };
    let response = login(Locale::Fr, view);
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self' https: com.example.bar:;"),
        "{policy}"
    );
    let html = text(response).await;
    assert!(html.contains("Votre nom et votre prénom") && html.contains("Si vous avez plus de 18 ans"));
    assert!(
        !html.contains("<li>Votre prénom</li>"),
        "the name says it already"
    );
    assert!(html.contains("bar.example:8443") && html.contains("https://bar.example/privacy"));
    assert!(html.contains("action=\"/oidc/login/int_0123456789/cancel\""));
}

#[tokio::test]
async fn a_failure_has_a_stable_code_and_only_the_registered_way_back() {
    let response = failure(
        Locale::En,
        Failure::RedirectUri,
        Some("redirect_uri is missing"),
        Some(Asker::sample()),
    );
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let html = text(response).await;
    assert!(html.contains(">invalid_redirect_uri<") && html.contains("redirect_uri is missing"));
    assert!(html.contains("href=\"https://bar.example:8443/start\""));
    let problem = Problem::new(Code::RateLimited).retry_after(7);
    let response = Failure::of_problem(Locale::De, problem);
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()[header::RETRY_AFTER], "7");
}

#[tokio::test]
async fn frames_of_a_logout_are_the_only_ones_allowed() {
    let frames = [
        "https://a.example/out?sid=1".to_owned(),
        "https://b.example/out".to_owned(),
    ];
    let view = LoggedOut {
        client_name: None,
        return_to: Some("com.example.app:/out"),
        frames: &frames,
        unreached: &[],
    };
    let response = logged_out(Locale::En, view);
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.ends_with("frame-src https://a.example https://b.example"),
        "{policy}"
    );
    let html = text(response).await;
    assert_eq!(html.matches("<iframe").count(), 2);
    assert!(!html.contains("com.example.app"), "only the web is linked");
}

/// The keys that the templates and the code name, the composed ones included.
fn used_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/oidc")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for call in ["say(\"", "with(\"", "count(\""] {
            let named = source
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            keys.extend(named.map(str::to_owned));
        }
        if let Some(causes) = source
            .split("for cause in [")
            .nth(1)
            .and_then(|rest| rest.split(']').next())
        {
            for cause in causes.split(", ").map(|cause| cause.trim_matches('"')) {
                keys.extend(["title", "text"].map(|part| format!("ended-{cause}-{part}")));
            }
        }
    }
    for known in Failure::ALL {
        let code = known.code().replace('_', "-");
        keys.extend(["title", "text"].map(|part| format!("failure-{code}-{part}")));
    }
    for mode in ["compare", "choose", "transfer"] {
        keys.extend(["title", "text"].map(|part| format!("code-{mode}-{part}")));
    }
    for outcome in ["approved", "denied", "expired"] {
        keys.extend(["title", "text"].map(|part| format!("device-{outcome}-{part}")));
    }
    for scope in AtomicScope::ALL {
        keys.insert(format!(
            "scope-{}",
            scope.as_str()["identity:".len()..].replace('_', "-")
        ));
    }
    keys.extend(["device-unknown", "device-too-many"].map(str::to_owned));
    keys
}

#[test]
fn every_message_is_used_and_every_used_one_exists() {
    let source = Locale::En.source();
    let lines = source
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let known: BTreeSet<String> = lines
        .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
        .collect();
    assert_eq!(known, used_keys());
}
