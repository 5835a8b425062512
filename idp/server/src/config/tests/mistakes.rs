//! What is told of a configuration that is wrong.

use super::super::FILE_LIMIT;
use super::{ISSUER, lines};

#[test]
fn each_wrong_value_is_told_with_its_fix_all_at_once() {
    let text = "
issuer = 'http://login.example.com'
listen = 'localhost'
data_dir = ''
colour = 'blue'
timeouts = 3
[limits]
initate_per_minute = 1
enroll_per_hour = 0
max_sessions = 'many'
body_bytes = 1.5
[enrolment]
admission = 'anyone'
face_vouched = 'yes'
[audit]
chain = 'Node 2'
checkpoint_file = '\u{0}'
[log]
filter = 'a=b=c'
[saxophone]
key = 1
";
    let text = text.replace("'\u{0}'", "\"\\u0000\"");
    let mut lines = lines(&text, &[]);
    lines.sort();
    assert_eq!(
        lines,
        [
            "audit.chain: is not a chain's name; write 1 to 32 of a to z, 0 to 9 and -, such as `main`",
            "audit.checkpoint_file: contains a NUL character; write a path",
            "colour: is not a key of the configuration; remove it; `idp config schema` lists every key",
            "data_dir: is empty; write a path",
            "enrolment.admission: is none of the words that it takes; write \"open\" or \"code\" or \"attested\"",
            "enrolment.face_vouched: is text; write true or false",
            "issuer: uses http for a host that is not this machine; write the public origin alone, such as \
         `https://login.example.com`",
            "limits.body_bytes: is a fraction; write a whole number from 16384 to 1048576 (default 65536)",
            "limits.enroll_per_hour: is 0, below 1; write a whole number from 1 to 100000 (default 5)",
            "limits.initate_per_minute: is not a key of the configuration; remove it, or write \
         limits.initiate_per_minute",
            "limits.max_sessions: is text; write a whole number from 1 to 100000000 (default 1000000)",
            "listen: is not an IP address with a port; write an address and a port, such as `127.0.0.1:8080` or \
         `[::]:8080`",
            "log.filter: is not a list of log directives; write a level (`error`, `warn`, `info`, `debug`, `trace`) or \
         directives such as `info,idp_server::edge=debug`",
            "saxophone: is not a key of the configuration; remove it; `idp config schema` lists every key",
            "timeouts: is a whole number; write a table of its keys: body_seconds, drain_seconds, first_byte_seconds, \
         header_seconds, idle_seconds",
        ]
    );
}

#[test]
fn each_missing_or_misplaced_key_is_told() {
    assert_eq!(
        lines("", &[]),
        ["issuer: is missing; write the public origin, such as `https://login.example.com`"]
    );
    assert_eq!(
        lines(&format!("{ISSUER}[timeouts]\nping_seconds = 9"), &[]),
        [
            "timeouts.ping_seconds: is not a key of the configuration; remove it, or write websocket.ping_seconds"
        ]
    );
    assert_eq!(
        lines("issuer = 1", &[]),
        ["issuer: is a whole number; write text in quotes"]
    );
    let demo = lines(&format!("demo = true\n{ISSUER}"), &[("IDP_DEMO", "true")]);
    assert_eq!(demo.len(), 2, "{demo:?}");
}

#[test]
fn each_text_that_is_not_toml_names_its_line_and_repeats_nothing() {
    let told = lines("issuer = 'https://a.example'\n\nlisten = hunter2 secret\n", &[]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("line 3: is not TOML: "), "{told:?}");
    assert!(!told[0].contains("hunter2"), "{told:?}");
    let long = "#".repeat(FILE_LIMIT + 1);
    assert_eq!(
        lines(&long, &[]),
        ["the file: is longer than 65536 bytes; remove what is not configuration"]
    );
}

#[test]
fn rules_between_keys_are_told() {
    let text = format!(
        "{ISSUER}[limits]\nmax_connections = 10\n[keys]\nrotate_days = 1\npublish_ahead_seconds = 86400\n"
    );
    assert_eq!(
        lines(&text, &[]),
        [
            "limits.max_connections_per_address: is 1000, above limits.max_connections; write at most 10, or raise \
         limits.max_connections",
            "keys.keep_after_seconds: is 10800: a key would disappear before its last token, or a cache of the key set, \
         expires; write at least 90000 (tokens.lifetime_seconds and keys.publish_ahead_seconds together)",
            "keys.publish_ahead_seconds: is 86400, as long as a key signs; write less than 86400, or raise keys.rotate_days",
        ]
    );
}
