//! What a running server cannot change: everything else of the configuration is in force as soon as it is read again.

use super::{Config, TlsConfig};

/// One key or table that is read once, and how it is taken over from another configuration.
struct Fixed {
    key: &'static str,
    differs: fn(&Config, &Config) -> bool,
    take: fn(&mut Config, &Config),
}

macro_rules! fixed {
    ($($key:literal => $($field:ident).+),+ $(,)?) => {
        [$(Fixed {
            key: $key,
            differs: |one, other| one.$($field).+ != other.$($field).+,
            take: |into, from| into.$($field).+ = from.$($field).+.clone(),
        }),+]
    };
}

impl Config {
    /// This configuration with what `running` cannot change, and the keys of which it says something else.
    pub(crate) fn keeping_fixed(mut self, running: &Self) -> (Self, Vec<&'static str>) {
        let all = fixed! {
            // In every token and signed text.
            "issuer" => issuer,
            "listen" => listen,
            "data_dir" => data_dir,
            "storage" => storage,
            "keys.file" => keys.file,
            "keys.seal_key_file" => keys.seal_key,
            "keys.store" => keys.store,
            "keys.pkcs11" => keys.pkcs11,
            "push" => push,
            "gateway" => gateway,
            // Dates that the ring has promised to those who cache its keys.
            "keys.publish_ahead_seconds, keys.keep_after_seconds" => keys.rotation,
            "limits.max_sessions" => limits.max_sessions,
            "trust.refresh_seconds" => trust.refresh_seconds,
            "audit.chain" => audit.chain,
            "audit.checkpoint_seconds" => audit.checkpoint_seconds,
            // In discovery documents, which clients keep.
            "oidc.dynamic_registration" => oidc.dynamic_registration,
            "oidc.client_certificate_header" => oidc.client_certificate_header,
            "oidc.outbound_loopback" => oidc.outbound_loopback,
            "oidc.entra" => oidc.entra,
            "log.json" => log.json,
            "metrics" => metrics,
            "traces" => traces,
        };
        let mut waiting = Vec::new();
        for fixed in all {
            if (fixed.differs)(&self, running) {
                waiting.push(fixed.key);
                (fixed.take)(&mut self, running);
            }
        }
        // Whether clients are asked for certificates is in discovery documents.
        let kind = |tls: &TlsConfig| tls.client_certificates.is_some();
        if self.tls.as_ref().map(kind) != running.tls.as_ref().map(kind) {
            waiting.push("tls");
            self.tls.clone_from(&running.tls);
        }
        (self, waiting)
    }
}
