use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentArgs, FluentResource};

use super::{BUNDLES, Words};
use crate::pages::oidc::locale::Locale;

/// Keys with the variables that their messages name, in the order of the file.
fn messages(locale: Locale) -> Vec<(String, BTreeSet<String>)> {
    let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in locale.source().lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, _)) = line
            .split_once(" =")
            .filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            found.push((key.to_owned(), BTreeSet::new()));
        }
        let variables = line.split('$').skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
            rest.get(..end)
        });
        if let Some((_, known)) = found.last_mut() {
            known.extend(variables.map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_language_has_every_message_with_the_same_values() {
    let english = messages(Locale::En);
    assert!(english.len() > 100, "{}", english.len());
    for locale in Locale::ALL {
        assert_eq!(messages(locale), english, "{}", locale.tag());
    }
}

#[test]
fn every_file_is_read_without_an_error_and_no_key_stands_twice() {
    for locale in Locale::ALL {
        let read = FluentResource::try_new(locale.source().to_owned());
        assert!(
            read.is_ok(),
            "{}: {:?}",
            locale.tag(),
            read.err().map(|(_, errors)| errors)
        );
        let keys: BTreeMap<_, _> = messages(locale).into_iter().collect();
        assert_eq!(keys.len(), messages(locale).len(), "{}", locale.tag());
    }
}

#[test]
fn every_message_is_complete_with_the_values_that_it_names() {
    let mut arguments = FluentArgs::new();
    for (name, value) in [
        ("service", "Bar Le Central"),
        ("services", "wiki.example, mail.example"),
        ("digits", "1 2 3"),
    ] {
        arguments.set(name, value);
    }
    for number in [0, 1, 2, 5, 30] {
        arguments.set("seconds", number);
        for (locale, bundle) in Locale::ALL.into_iter().zip(BUNDLES.iter()) {
            for (key, _) in messages(locale) {
                let mut errors = Vec::new();
                let pattern = bundle
                    .get_message(&key)
                    .and_then(|message| message.value())
                    .unwrap();
                let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
                assert!(errors.is_empty(), "{} {key}: {errors:?}", locale.tag());
                assert!(
                    !text.trim().is_empty() && !text.contains("{$"),
                    "{} {key}",
                    locale.tag()
                );
            }
        }
    }
}

#[test]
fn no_language_is_a_copy_of_the_english_one() {
    let same_by_nature = ["failure-footer", "code-spoken"];
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::En) {
        for (key, variables) in messages(locale) {
            if variables.is_empty() && !same_by_nature.contains(&key.as_str()) {
                let (own, english) = (Words::of(locale).say(&key), Words::of(Locale::En).say(&key));
                assert_ne!(own, english, "{} {key}", locale.tag());
            }
        }
    }
}

#[test]
fn plural_forms_are_those_of_the_language() {
    let left = |locale: Locale, seconds| {
        let text = Words::of(locale).count("seconds-left", "seconds", seconds);
        text.replace(['\u{2068}', '\u{2069}'], "")
    };
    assert_eq!(left(Locale::En, 1), "1 second left");
    assert_eq!(left(Locale::Pl, 1), "Pozostała 1 sekunda");
    assert_eq!(left(Locale::Pl, 2), "Pozostały 2 sekundy");
    assert_eq!(left(Locale::Pl, 30), "Pozostało 30 sekund");
    assert_eq!(left(Locale::Es, 10), "Quedan 10 segundos");
}

#[test]
fn a_name_that_others_chose_cannot_turn_the_sentence_around_it() {
    let text = Words::of(Locale::En).with("login-title", "service", "\u{202e}knaB");
    assert_eq!(text, "Sign in to \u{2068}\u{202e}knaB\u{2069}");
}

#[test]
fn an_unknown_message_shows_its_key_and_nothing_breaks() {
    assert_eq!(Words::of(Locale::Nl).say("no-such-message"), "no-such-message");
}
