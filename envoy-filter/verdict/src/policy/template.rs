//! Templates of paths, and the tree in which a request finds the rules whose template its path fits.

use crate::path::Segments;

/// A template of a path.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    /// `*` or `{name}`: one segment.
    One,
    /// `**`: all that follow, none included.
    Rest,
}

impl Template {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix('/').ok_or("must begin with /")?;
        let mut parts = Vec::new();
        for segment in rest.split('/') {
            if parts.last() == Some(&Part::Rest) {
                return Err("nothing may follow **");
            }
            parts.push(match segment {
                "**" => Part::Rest,
                "*" => Part::One,
                _ if segment.starts_with('{') && segment.ends_with('}') => Part::One,
                "" if parts.is_empty() && rest.is_empty() => break,
                "" => return Err("an empty segment matches nothing"),
                _ if segment.contains(['*', '{', '}', '%', ';', '\\', '?', '#']) => {
                    return Err("a segment is plain text, *, {name} or **");
                }
                "." | ".." => return Err("a dot segment matches nothing"),
                _ => Part::Literal(segment.to_owned()),
            });
        }
        Ok(Self(parts))
    }
}

/// All templates of a policy, one segment a level, so that a request costs as much as its path is long, however many rules there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    literals: Vec<(String, Self)>,
    one: Option<Box<Self>>,
    /// Rules whose template ends in `**` here, in their order.
    rest: Vec<usize>,
    /// Rules whose template ends here, in their order.
    end: Vec<usize>,
}

impl Paths {
    /// The tree of templates in the order of their rules; a rule without one is about every path.
    pub(super) fn of<'a>(templates: impl Iterator<Item = Option<&'a Template>>) -> Self {
        let mut paths = Self::default();
        for (rule, template) in templates.enumerate() {
            match template {
                Some(Template(parts)) => paths.insert(parts, rule),
                None => paths.rest.push(rule),
            }
        }
        paths
    }

    fn insert(&mut self, parts: &[Part], rule: usize) {
        match parts.split_first() {
            None => self.end.push(rule),
            Some((Part::Rest, _)) => self.rest.push(rule),
            Some((Part::One, parts)) => self.one.get_or_insert_default().insert(parts, rule),
            Some((Part::Literal(text), parts)) => {
                let found = self.literals.binary_search_by(|(known, _)| known.cmp(text));
                let place = found.unwrap_or_else(|place| {
                    self.literals.insert(place, (text.clone(), Self::default()));
                    place
                });
                if let Some((_, below)) = self.literals.get_mut(place) {
                    below.insert(parts, rule);
                }
            }
        }
    }

    /// The first rule whose template fits, and of which the rest holds as well.
    pub(super) fn first(&self, segments: &Segments<'_>, holds: &dyn Fn(usize) -> bool) -> Option<usize> {
        let mut best = None;
        self.look(segments.as_slice(), holds, &mut best);
        best
    }

    fn look(
        &self,
        segments: &[std::borrow::Cow<'_, str>],
        holds: &dyn Fn(usize) -> bool,
        best: &mut Option<usize>,
    ) {
        better(&self.rest, holds, best);
        let Some((segment, below)) = segments.split_first() else {
            better(&self.end, holds, best);
            return;
        };
        if let Some(one) = &self.one {
            one.look(below, holds, best);
        }
        let found = self
            .literals
            .binary_search_by(|(known, _)| known.as_str().cmp(segment));
        if let Some((_, literal)) = found.ok().and_then(|place| self.literals.get(place)) {
            literal.look(below, holds, best);
        }
    }
}

fn better(rules: &[usize], holds: &dyn Fn(usize) -> bool, best: &mut Option<usize>) {
    let earlier = rules
        .iter()
        .take_while(|rule| best.is_none_or(|best| **rule < best));
    if let Some(rule) = earlier.copied().find(|rule| holds(*rule)) {
        *best = Some(rule);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One template against one path, segment by segment.
    fn fits(Template(parts): &Template, path: &str) -> bool {
        let segments = Segments::parse(path).unwrap();
        let mut parts = parts.iter();
        for segment in segments.iter() {
            match parts.next() {
                Some(Part::Rest) => return true,
                Some(Part::One) => {}
                Some(Part::Literal(text)) if *text == segment => {}
                _ => return false,
            }
        }
        matches!(parts.next(), None | Some(Part::Rest))
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_a_list_finds(
            texts in prop::collection::vec("(/(a|b|c|\\*)){0,3}(/\\*\\*)?", 1..12),
            path in "(/(a|b|c|d)){1,4}",
            refused in prop::collection::vec(any::<bool>(), 12),
        ) {
            let templates: Vec<Option<Template>> = texts
                .iter()
                .map(|text| Template::read(if text.is_empty() { "/" } else { text }).ok())
                .collect();
            let holds = |rule: usize| !refused[rule];
            let listed = templates.iter().enumerate().position(|(rule, template)| {
                holds(rule) && template.as_ref().is_none_or(|template| fits(template, &path))
            });
            let paths = Paths::of(templates.iter().map(Option::as_ref));
            prop_assert_eq!(paths.first(&Segments::parse(&path).unwrap(), &holds), listed);
        }
    }

    #[test]
    fn what_matches_nothing_is_refused() {
        for text in [
            "", "a", "//", "/a//b", "/a/", "/**/a", "/a*", "/{a", "/a%20", "/../a", "/.",
        ] {
            assert!(Template::read(text).is_err(), "{text}");
        }
    }
}
