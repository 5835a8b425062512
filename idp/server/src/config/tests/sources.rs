//! Where the configuration comes from: the file, the environment over it, anything at all.

use std::path::Path;

use proptest::prelude::*;

use super::super::{FILE_LIMIT, SealKeySource, fuzz, load, parse};
use super::{FULL, ISSUER, leaves, lines, parse_with, variable};

#[test]
fn environment_sets_every_key_as_the_file_does() {
    let leaves = leaves(&FULL.parse().unwrap(), "");
    let variables = leaves.iter().map(|(path, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (variable(path), text)
    });
    assert_eq!(parse("", variables).unwrap(), parse_with(FULL, &[]).unwrap());
}

#[test]
fn environment_overrides_the_file_and_is_named_where_it_is_wrong() {
    let variables = [
        ("IDP_LIMITS__INITIATE_PER_MINUTE", "20"),
        ("IDP_AUDIT__CHAIN", "7"),
        ("IDP_DATA_DIR", "'/quoted path'"),
        ("IDP_CONFIG", "/etc/idp.toml"),
        ("PATH", "/bin"),
    ];
    let config = parse_with(&format!("{ISSUER}[limits]\ninitiate_per_minute = 5"), &variables).unwrap();
    assert_eq!(config.limits.initiate_per_minute, 20);
    assert_eq!(config.audit.chain, "7");
    assert_eq!(config.data_dir, Path::new("/quoted path"));

    let long = "9".repeat(5000);
    let wrong = [
        ("IDP_LIMITS__INITIATE_PER_MINUTE", "none"),
        ("IDP_LIMITS__ENROLL_PER_HOUR", "-1"),
        ("IDP_LISTEN", "here"),
        ("IDP_LIMIT__MAX_SESSIONS", "1"),
        ("IDP_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("IDP_LOG__FILTER", long.as_str()),
        ("IDP_LOG", "{ json = true }"),
    ];
    assert_eq!(
        lines(ISSUER, &wrong),
        [
            "IDP_LIMIT__MAX_SESSIONS: is not a variable of the configuration; remove it, or write IDP_LIMITS__MAX_SESSIONS",
            "IDP_PORT_8080_TCP: is not a variable of the configuration; unset it; Kubernetes sets it for a Service named \
         idp unless the pod has `enableServiceLinks: false`",
            "IDP_LOG__FILTER: has a value longer than 4096 bytes; write a shorter one",
            "IDP_LOG: is not a variable of the configuration; remove it; `idp config schema` lists every key",
            "limits.enroll_per_hour (from IDP_LIMITS__ENROLL_PER_HOUR): is -1, below 1; write a whole number from 1 to \
         100000 (default 5)",
            "limits.initiate_per_minute (from IDP_LIMITS__INITIATE_PER_MINUTE): is text; write a whole number from 1 to \
         100000 (default 10)",
            "listen (from IDP_LISTEN): is not an IP address with a port; write an address and a port, such as \
         `127.0.0.1:8080` or `[::]:8080`",
        ]
    );
}

#[test]
fn environment_says_where_the_database_is_and_never_shows_it() {
    let by_name = |name: &str| {
        let variables = [(name, "postgres://idp:s3cret@db.example.com/idp")];
        parse_with(ISSUER, &variables).unwrap().storage.database.unwrap()
    };
    let database = by_name("DATABASE_URL");
    assert_eq!(database, by_name("IDP_STORAGE__DATABASE_URL"));
    let debug = format!("{database:?}");
    assert!(
        debug.contains("db.example.com") && !debug.contains("s3cret"),
        "{debug}"
    );
    let told = lines(ISSUER, &[("DATABASE_URL", "mysql://idp:s3cret@one/idp")]);
    let begins = "storage.database_url (from DATABASE_URL): does not begin with postgres:// or postgresql://";
    assert!(
        told[0].starts_with(begins) && !told[0].contains("s3cret"),
        "{told:?}"
    );
}

#[test]
fn environment_says_where_redis_is_and_never_shows_it() {
    let by_name = |name: &str, url: &str| parse_with(ISSUER, &[(name, url)]).unwrap().storage.redis;
    let elsewhere = by_name("REDIS_URL", "redis://:s3cret@one");
    assert_eq!(
        elsewhere,
        by_name("IDP_STORAGE__REDIS_URL", "redis://:s3cret@one")
    );
    assert!(!format!("{elsewhere:?}").contains("s3cret"));
    let both = [
        ("REDIS_URL", "redis://one"),
        ("IDP_STORAGE__REDIS_URL", "redis://two"),
    ];
    for both in [both, [both[1], both[0]]] {
        let config = parse_with(ISSUER, &both).unwrap();
        assert_eq!(config.storage.redis, by_name("REDIS_URL", "redis://two"));
    }
    let told = lines(ISSUER, &[("REDIS_URL", "http://:s3cret@one")]);
    let begins = "storage.redis_url (from REDIS_URL): does not begin with a scheme of Redis; write redis://";
    assert!(
        told[0].starts_with(begins) && !told[0].contains("s3cret"),
        "{told:?}"
    );
    let file =
        format!("{ISSUER}[storage]\nredis_url = 'redis://one'\nredis_ca_file = '/a'\nredis_prefix = 'A'");
    assert_eq!(
        lines(&file, &[]),
        [
            "storage.redis_prefix: is not a prefix; write 1 to 32 of a to z, 0 to 9 and -, such as `idp`",
            "storage.redis_ca_file: is set, and the address of Redis is one without TLS; write rediss in \
         storage.redis_url",
        ]
    );
}

#[test]
fn environment_gives_the_sealing_key_and_never_shows_it() {
    let key = data_encoding::BASE64URL_NOPAD.encode(&[7; 32]);
    let config = parse_with(ISSUER, &[("IDP_SEAL_KEY", &key)]).unwrap();
    assert_eq!(
        config.keys.seal_key,
        SealKeySource::Environment(idp_types::Secret::new([7; 32]))
    );
    assert!(!format!("{config:?}").contains(&key));
    for wrong in ["", "short", &format!("{key}=")] {
        let told = lines(ISSUER, &[("IDP_SEAL_KEY", wrong)]);
        assert_eq!(
            told,
            [
                "IDP_SEAL_KEY: is not 32 bytes in base64url without padding; write the 43 characters of a sealing key, or \
             unset it to use keys.seal_key_file"
            ]
        );
    }
    let misplaced = lines(
        ISSUER,
        &[("IDP_LIMITS__MAX_SESSIONS", &key), ("IDP_LISTEN", &key)],
    );
    assert!(
        misplaced.len() == 2 && !misplaced.concat().contains(&key),
        "{misplaced:?}"
    );
}

#[test]
fn files_are_read_and_unreadable_ones_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("idp.toml");
    let missing = load(Some(&path), std::iter::empty()).unwrap_err().to_string();
    assert!(
        missing.contains("idp.toml: cannot be read") && missing.contains("name a readable file"),
        "{missing}"
    );
    std::fs::write(&path, ISSUER).unwrap();
    assert_eq!(
        load(Some(&path), std::iter::empty()).unwrap().issuer,
        "https://login.example.com"
    );
    std::fs::write(&path, [b'#', 0xff]).unwrap();
    assert!(load(Some(&path), std::iter::empty()).is_err());
    std::fs::write(&path, vec![b'#'; FILE_LIMIT + 1]).unwrap();
    assert!(
        load(Some(&path), std::iter::empty())
            .unwrap_err()
            .to_string()
            .contains("longer than")
    );
    let variable = ("IDP_ISSUER".to_owned(), "https://login.example.com".to_owned());
    assert!(load(None, std::iter::once(variable)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn parse_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz(&bytes);
    }

    #[test]
    fn parse_never_panics_near_the_grammar(
        keys in proptest::collection::vec("(issuer|listen|limits|keys|log|[a-z_.\"\\[]{1,12})", 0..6),
        values in proptest::collection::vec("('[^']{0,20}'|-?[0-9]{1,20}|true|\\[\\]|\\{a=1\\}|.{0,10})", 6),
        variable in "[A-Z_]{0,20}=.{0,20}",
    ) {
        let lines: Vec<String> = keys.iter().zip(&values).map(|(key, value)| format!("{key} = {value}")).collect();
        fuzz(format!("{variable}\n{}", lines.join("\n")).as_bytes());
    }
}
