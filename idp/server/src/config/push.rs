//! `[push]`: the providers that wake phones. Without any, phones ask by themselves.

use std::path::PathBuf;

use idp_push::apns::{self, PushType};
use idp_push::fcm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::ConfigError;

/// The longest text that a phone shows, in bytes.
const ALERT_LIMIT: usize = 200;

/// `[push]`: the providers that wake phones. The files are read again on SIGHUP.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawPush {
    /// What an iPhone shows when a request waits. It says no more than that: lock screens are read by others.
    pub alert: String,
    /// Further root certificates, PEM, for the connections to Google and Apple: where a gateway of your own inspects them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub ca_file: Option<String>,
    /// Firebase Cloud Messaging.
    pub fcm: RawFcm,
    /// Apple Push Notification service.
    pub apns: RawApns,
    /// Web Push: browsers, and phones with UnifiedPush.
    pub web: RawWebPush,
}

impl Default for RawPush {
    fn default() -> Self {
        Self {
            alert: "A request is waiting for your approval.".to_owned(),
            ca_file: None,
            fcm: RawFcm::default(),
            apns: RawApns::default(),
            web: RawWebPush::default(),
        }
    }
}

/// `[push.fcm]`: Firebase Cloud Messaging, HTTP v1.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawFcm {
    /// The JSON key file of a service account with the role `Firebase Cloud Messaging API Admin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub service_account_file: Option<String>,
    /// Where Google is reached: https, or http on this machine for tests.
    pub endpoint: String,
}

impl Default for RawFcm {
    fn default() -> Self {
        Self {
            service_account_file: None,
            endpoint: fcm::ENDPOINT.to_owned(),
        }
    }
}

/// `[push.apns]`: Apple Push Notification service, with a token.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawApns {
    /// The `.p8` key file of the developer account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub key_file: Option<String>,
    /// The ten characters of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub key_id: Option<String>,
    /// The ten characters of the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub team_id: Option<String>,
    /// The app's bundle identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub topic: Option<String>,
    /// Which of Apple's services the app's device tokens are of. The wrong one makes every token look invalid, and phones lose their
    /// address until their app registers again.
    pub environment: RawApnsEnvironment,
    /// How the phone is woken.
    pub push_type: RawPushType,
    /// Where Apple is reached, if not at the environment's own address: https, or http on this machine for tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub endpoint: Option<String>,
}

/// Which of Apple's services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawApnsEnvironment {
    /// Apps of the store and of TestFlight.
    #[default]
    Production,
    /// Apps that Xcode installed.
    Sandbox,
}

/// How a phone is woken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawPushType {
    /// It shows `push.alert` at once.
    #[default]
    Alert,
    /// It shows nothing, and Apple may deliver it late.
    Background,
}

/// `[push.web]`: Web Push.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawWebPush {
    /// The VAPID key, made by `idp push keys`. Subscriptions are bound to it, so keep it and give it to every instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub vapid_key_file: Option<String>,
    /// Whom a push service may write to: `mailto:` or `https:`. The issuer unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub subject: Option<String>,
    /// Further push services, beside those of the browsers' makers: `ntfy.example.com`, `push.example.com:8443`, or `.example.com` for every
    /// host below it. They must be reachable at public addresses.
    pub hosts: Vec<String>,
    /// Whether push services may be on this machine. For tests and demonstrations alone.
    pub loopback: bool,
}

/// The providers that wake phones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushConfig {
    /// What an iPhone shows.
    pub alert: String,
    /// Further root certificates for Google and Apple.
    pub ca_file: Option<PathBuf>,
    /// Firebase Cloud Messaging.
    pub fcm: Option<FcmConfig>,
    /// Apple Push Notification service.
    pub apns: Option<ApnsConfig>,
    /// Web Push.
    pub web: WebPushConfig,
}

/// Firebase Cloud Messaging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FcmConfig {
    /// The service account's file.
    pub service_account_file: PathBuf,
    /// Scheme and host.
    pub endpoint: String,
}

/// Apple Push Notification service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApnsConfig {
    /// The `.p8` file.
    pub key_file: PathBuf,
    /// The key's name.
    pub key_id: String,
    /// The team's.
    pub team_id: String,
    /// The app's.
    pub topic: String,
    /// Scheme and host.
    pub endpoint: String,
    /// How the phone is woken.
    pub push_type: PushType,
}

/// Web Push.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebPushConfig {
    /// The VAPID key; without one nothing is sent.
    pub vapid_key_file: Option<PathBuf>,
    /// Whom a push service may write to; the issuer if absent.
    pub subject: Option<String>,
    /// Push services beside those of the browsers' makers.
    pub hosts: Vec<String>,
    /// Whether they may be on this machine.
    pub loopback: bool,
}

impl PushConfig {
    /// Whether any provider is configured.
    pub const fn is_configured(&self) -> bool {
        self.fcm.is_some() || self.apns.is_some() || self.web.vapid_key_file.is_some()
    }

    /// What the table means.
    pub(super) fn of(raw: RawPush, errors: &mut Vec<ConfigError>) -> Self {
        if raw.alert.is_empty() || raw.alert.len() > ALERT_LIMIT {
            let fix = "write a sentence, such as `A request is waiting for your approval.`";
            let problem = format!("is empty or longer than {ALERT_LIMIT} bytes");
            errors.push(ConfigError::new("push.alert", problem, fix));
        }
        let fcm = raw.fcm.service_account_file.map(|file| FcmConfig {
            service_account_file: file.into(),
            endpoint: endpoint("push.fcm.endpoint", &raw.fcm.endpoint, errors),
        });
        Self {
            alert: raw.alert,
            ca_file: raw.ca_file.map(PathBuf::from),
            fcm,
            apns: ApnsConfig::of(raw.apns, errors),
            web: WebPushConfig::of(raw.web, errors),
        }
    }
}

impl ApnsConfig {
    pub(super) fn of(raw: RawApns, errors: &mut Vec<ConfigError>) -> Option<Self> {
        let key_file = raw.key_file?;
        let ten: fn(&str) -> bool =
            |text| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bundle: fn(&str) -> bool = |text| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
            (1..=255).contains(&text.len()) && text.bytes().all(fits)
        };
        let fix = "write the key's ten characters";
        let key_id = required(("push.apns.key_id", raw.key_id), ten, fix, errors);
        let fix = "write the team's ten characters";
        let team_id = required(("push.apns.team_id", raw.team_id), ten, fix, errors);
        let fix = "write the app's bundle identifier, such as `com.example.wallet`";
        let topic = required(("push.apns.topic", raw.topic), bundle, fix, errors);
        let own = match raw.environment {
            RawApnsEnvironment::Production => apns::PRODUCTION,
            RawApnsEnvironment::Sandbox => apns::SANDBOX,
        };
        Some(Self {
            key_file: key_file.into(),
            key_id,
            team_id,
            topic,
            endpoint: endpoint(
                "push.apns.endpoint",
                raw.endpoint.as_deref().unwrap_or(own),
                errors,
            ),
            push_type: match raw.push_type {
                RawPushType::Alert => PushType::Alert,
                RawPushType::Background => PushType::Background,
            },
        })
    }
}

impl WebPushConfig {
    fn of(raw: RawWebPush, errors: &mut Vec<ConfigError>) -> Self {
        // RFC 8292 section 2.1.
        let is_subject = |text: &String| text.starts_with("mailto:") || text.starts_with("https://");
        if raw.subject.as_ref().is_some_and(|subject| !is_subject(subject)) {
            let fix = "write an address such as `mailto:ops@example.com` or `https://example.com/contact`";
            let problem = "is neither a mailto: nor an https: address";
            errors.push(ConfigError::new("push.web.subject", problem, fix));
        }
        if !raw.hosts.iter().all(|entry| is_host(entry)) {
            let fix = "write names, such as `ntfy.example.com`, `push.example.com:8443` or `.example.com`";
            let problem = "has an entry that is not a host's name";
            errors.push(ConfigError::new("push.web.hosts", problem, fix));
        }
        Self {
            vapid_key_file: raw.vapid_key_file.map(PathBuf::from),
            subject: raw.subject,
            hosts: raw.hosts,
            loopback: raw.loopback,
        }
    }
}

fn required(
    (key, value): (&str, Option<String>),
    fits: fn(&str) -> bool,
    fix: &str,
    errors: &mut Vec<ConfigError>,
) -> String {
    let value = value.unwrap_or_default();
    if !fits(&value) {
        let problem = if value.is_empty() {
            "is missing"
        } else {
            "is not one"
        };
        errors.push(ConfigError::new(key, problem, fix));
    }
    value
}

/// A name in lower case, with a port where it is not 443, or with a dot before it for all below.
pub(super) fn is_host(entry: &str) -> bool {
    let (name, port) = entry.split_once(':').unwrap_or((entry, "443"));
    let name = name.strip_prefix('.').unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    name.contains('.')
        && name.bytes().all(fits)
        && !name.starts_with('.')
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && !(entry.starts_with('.') && entry.contains(':'))
}

/// Scheme and host, without the last slash.
pub(super) fn endpoint(key: &str, text: &str, errors: &mut Vec<ConfigError>) -> String {
    let usable = Url::parse(text).is_ok_and(|url| {
        let is_local = match url.host() {
            Some(Host::Ipv4(host)) => host.is_loopback(),
            Some(Host::Ipv6(host)) => host.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_local);
        is_private && url.path() == "/" && url.query().is_none() && url.username().is_empty()
    });
    if !usable {
        let fix = "write https, a host and nothing else; http is for this machine alone";
        errors.push(ConfigError::new(key, "is not an address that may be called", fix));
    }
    text.trim_end_matches('/').to_owned()
}
