//! The words of the pages: Fluent messages, one file a language, all inside the binary.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::locale::Locale;

type Bundle = FluentBundle<FluentResource>;

/// Read once; what is in them never changes.
static BUNDLES: LazyLock<[Bundle; 7]> = LazyLock::new(|| Locale::ALL.map(bundle));

fn bundle(locale: Locale) -> Bundle {
    // A test reads every file without an error; a part that could not be read would fall back to English.
    let resource =
        FluentResource::try_new(locale.source().to_owned()).unwrap_or_else(|(readable, _)| readable);
    let mut bundle = Bundle::new_concurrent(locale.tag().parse().into_iter().collect());
    bundle.add_resource_overriding(resource);
    bundle
}

/// The words of one language. Names that others chose are isolated (U+2068, U+2069), so that they cannot turn the text around them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(Locale);

impl Words {
    /// The words of a language.
    pub(super) const fn of(locale: Locale) -> Self {
        Self(locale)
    }

    pub(super) const fn tag(self) -> &'static str {
        self.0.tag()
    }

    pub(super) const fn direction(self) -> &'static str {
        self.0.direction()
    }

    /// A message.
    pub(super) fn say(self, key: &str) -> Cow<'static, str> {
        self.format(key, None)
    }

    /// A message with one value.
    pub(super) fn with(self, key: &str, name: &'static str, value: &str) -> Cow<'static, str> {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set(name, value.to_owned());
        self.format(key, Some(&arguments))
    }

    /// A message with a number, in the plural form that goes with it.
    pub(super) fn count(self, key: &str, name: &'static str, number: u16) -> Cow<'static, str> {
        let mut arguments = FluentArgs::with_capacity(1);
        arguments.set(name, number);
        self.format(key, Some(&arguments))
    }

    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
        [self.0, Locale::En]
            .into_iter()
            .find_map(|locale| formatted(locale, key, arguments))
            .unwrap_or_else(|| key.to_owned().into())
    }
}

fn formatted(locale: Locale, key: &str, arguments: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
    let index = Locale::ALL.iter().position(|known| *known == locale)?;
    let bundle = BUNDLES.get(index)?;
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, arguments, &mut errors);
    errors.is_empty().then(|| Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests;
