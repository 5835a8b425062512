//! The push services that the server speaks to (profile, Conventions: push hosts from an allow-list).

use url::{Host, Url};

use crate::config::WebPushConfig;

/// The longest push token or address, in bytes.
const ADDRESS_LIMIT: usize = 4096;

/// The services of the browsers' makers. A name that begins with a dot stands for every host below it.
const KNOWN: [&str; 5] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".notify.windows.com",
    ".push.apple.com",
    "web.push.apple.com",
];

/// A push resource: `https`, no user, a host of the allow-list at its port; normalised, so that what was checked is what is called.
pub(crate) fn push_resource(text: &str, config: &WebPushConfig) -> Option<String> {
    if text.len() > ADDRESS_LIMIT {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_known = (url.scheme() == "https" && entry_of(&url, config).is_some())
        || (config.loopback && matches!(url.scheme(), "http" | "https") && is_this_machine(&url));
    (is_bare && is_known).then(|| url.into())
}

/// The push service of a resource that was checked before.
pub(super) fn service_of(endpoint: &str, config: &WebPushConfig) -> String {
    let url = Url::parse(endpoint).ok();
    let entry = url.as_ref().and_then(|url| entry_of(url, config));
    // An entry may have been taken off the list since; on this machine, ports are different services.
    let local = url.filter(|url| config.loopback && is_this_machine(url));
    entry
        .or_else(|| local.and_then(|url| Some(format!("localhost:{}", url.port_or_known_default()?))))
        .unwrap_or_else(|| "others".to_owned())
}

/// The entry of the allow-list that a resource falls under.
fn entry_of(url: &Url, config: &WebPushConfig) -> Option<String> {
    let host = url.host_str()?;
    let authority = url
        .port()
        .map_or(host.to_owned(), |port| format!("{host}:{port}"));
    let own = config.hosts.iter().map(String::as_str);
    let mut entries = KNOWN.into_iter().chain(own);
    let found = entries.find(|entry| {
        if entry.starts_with('.') {
            url.port().is_none() && host.ends_with(entry) && host.len() > entry.len()
        } else {
            *entry == authority
        }
    });
    found.map(str::to_owned)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_push_services_over_https_are_called() {
        let config = WebPushConfig::default();
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://wns2-by3p.notify.windows.com/w/?token=B",
            "https://web.push.apple.com/Q",
        ] {
            assert_eq!(push_resource(endpoint, &config).as_deref(), Some(endpoint));
        }
        for endpoint in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com@127.0.0.1/x",
            "https://fcm.googleapis.com.attacker.example/x",
            "https://.notify.windows.com/x",
            "https://evilnotify.windows.com/x",
            "https://169.254.169.254/latest",
            "https://localhost/x",
            "http://127.0.0.1:9/x",
            "https://ntfy.example.com/up",
        ] {
            assert_eq!(push_resource(endpoint, &config), None, "{endpoint}");
        }
    }

    #[test]
    fn operators_name_further_services_and_tests_this_machine() {
        let config = WebPushConfig {
            hosts: vec!["ntfy.example.com".to_owned(), "push.example.com:8443".to_owned()],
            loopback: true,
            ..WebPushConfig::default()
        };
        for (endpoint, service) in [
            ("https://ntfy.example.com/up?x=1", "ntfy.example.com"),
            ("https://push.example.com:8443/x", "push.example.com:8443"),
            ("http://127.0.0.1:9/x", "localhost:9"),
            ("https://a.notify.windows.com/x", ".notify.windows.com"),
        ] {
            assert!(push_resource(endpoint, &config).is_some(), "{endpoint}");
            assert_eq!(service_of(endpoint, &config), service);
        }
        for endpoint in [
            "https://ntfy.example.com:444/up",
            "https://push.example.com/x",
            "http://ntfy.example.com/up",
            "http://10.0.0.1/x",
        ] {
            assert_eq!(push_resource(endpoint, &config), None, "{endpoint}");
            assert_eq!(service_of("https://gone.example/x", &config), "others");
        }
    }
}
