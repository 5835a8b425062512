//! Which language a page speaks: `ui_locales` first, then `Accept-Language`, then English.

use http::{HeaderMap, header};

/// The most characters and entries of a list that are read.
const LIMIT: usize = 1024;
const ENTRIES: usize = 32;

macro_rules! locales {
    ($($variant:ident $tag:literal),+ $(,)?) => {
        /// A language of the pages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Locale { $(#[doc = $tag] $variant),+ }

        impl Locale {
            /// Every language; discovery publishes them as `ui_locales_supported`.
            pub(crate) const ALL: [Self; 7] = [$(Self::$variant),+];

            /// The tag (RFC 5646) that `lang` and `Content-Language` carry.
            pub(crate) const fn tag(self) -> &'static str {
                match self { $(Self::$variant => $tag),+ }
            }

            /// The messages, in Fluent's syntax.
            pub(super) const fn source(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("../../../locales/", $tag, ".ftl"))),+ }
            }
        }
    };
}

locales! {
    En "en",
    Fr "fr",
    De "de",
    Es "es",
    It "it",
    Nl "nl",
    Pl "pl",
}

impl Locale {
    /// The language for a person: the first of `ui_locales` (OIDC Core 3.1.2.1) that is spoken here, otherwise the most welcome one of
    /// `Accept-Language` (RFC 9110 12.5.4), otherwise English. What cannot be read is passed over.
    pub(crate) fn of(ui_locales: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = ui_locales.and_then(Self::first_of);
        let accepted = || {
            let field = headers.get(header::ACCEPT_LANGUAGE)?;
            Self::accepted(field.to_str().ok()?)
        };
        asked.or_else(accepted).unwrap_or(Self::En)
    }

    /// Left to right, as all of them are written.
    #[expect(
        clippy::unused_self,
        reason = "the templates ask the language, and a later one may differ"
    )]
    pub(super) const fn direction(self) -> &'static str {
        "ltr"
    }

    fn spoken(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }

    fn first_of(list: &str) -> Option<Self> {
        if list.len() > LIMIT {
            return None;
        }
        list.split_ascii_whitespace().take(ENTRIES).find_map(Self::spoken)
    }

    fn accepted(list: &str) -> Option<Self> {
        if list.len() > LIMIT {
            return None;
        }
        let ranges = list.split(',').take(ENTRIES).filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            Some((Self::spoken(tag.trim())?, weight(parameters)?))
        });
        // Of equal weights the first counts: `max_by_key` would take the last.
        let best = ranges.filter(|(_, weight)| *weight > 0).reduce(
            |best, next| {
                if next.1 > best.1 { next } else { best }
            },
        );
        best.map(|(locale, _)| locale)
    }
}

/// Thousandths of RFC 9110 12.4.2's `q`; one where it is absent, nothing where it cannot be read.
fn weight(parameters: &str) -> Option<u16> {
    let Some(value) = parameters.trim().strip_prefix("q=") else {
        return parameters.trim().is_empty().then_some(1000);
    };
    let value: f32 = value.trim().parse().ok()?;
    let thousandths = (value * 1000.0).round();
    (0.0..=1000.0).contains(&thousandths).then(|| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000, checked above"
        )]
        let whole = thousandths as u16;
        whole
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::Locale;

    fn headers(accept: &str) -> HeaderMap {
        let value = HeaderValue::from_str(accept).unwrap();
        HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)])
    }

    #[test]
    fn discovery_publishes_these_languages() {
        assert_eq!(Locale::ALL.map(Locale::tag), oidc::discovery::UI_LOCALES);
    }

    #[test]
    fn oidc_core_3_1_2_1_ui_locales_in_their_order_outweigh_the_browser() {
        let german = headers("de");
        assert_eq!(Locale::of(Some("fr-CA fr en"), &german), Locale::Fr);
        assert_eq!(Locale::of(Some("pt-BR pl"), &german), Locale::Pl);
        assert_eq!(Locale::of(Some("pt ja"), &german), Locale::De);
        assert_eq!(Locale::of(Some(""), &german), Locale::De);
        assert_eq!(Locale::of(None, &HeaderMap::new()), Locale::En);
    }

    #[test]
    fn rfc9110_12_5_4_accept_language_by_weight_then_order() {
        let of = |accept: &str| Locale::of(None, &headers(accept));
        assert_eq!(of("nl-BE,nl;q=0.9,fr;q=0.8"), Locale::Nl);
        assert_eq!(of("it;q=0.3, es;q=0.7, en;q=0.1"), Locale::Es);
        assert_eq!(of("ja, it;q=0.5, es;q=0.5"), Locale::It);
        assert_eq!(of("de;q=0, pl;q=0.001"), Locale::Pl);
        assert_eq!(of("*"), Locale::En);
        assert_eq!(of("DE"), Locale::De);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let of = |accept: &str| Locale::of(None, &headers(accept));
        for strange in [
            "",
            ",,;",
            "fr;q=x",
            "fr;q=-1",
            "fr;q=NaN",
            "fr;q=2",
            "fr;level=1",
            ";q=1",
        ] {
            assert_eq!(of(strange), Locale::En, "{strange}");
        }
        assert_eq!(of(&"fr,".repeat(1000)), Locale::En);
        assert_eq!(
            Locale::of(Some(&"fr ".repeat(1000)), &HeaderMap::new()),
            Locale::En
        );
    }
}
