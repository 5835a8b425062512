//! What a rule asks of claims.

use idp_jose::json::Map;
use serde_json::Value;

use super::fields::{Fields, PolicyError, Read};

/// A condition on one claim.
#[derive(Clone, Debug)]
pub struct Predicate {
    path: Vec<String>,
    tests: Vec<Test>,
    /// What to ask the person for where it does not hold (RFC 9470).
    pub step_up: Option<StepUp>,
}

/// What a further login has to bring (RFC 9470 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepUp {
    /// `acr_values`, separated by spaces.
    Context(String),
    /// `max_age` in seconds.
    Recent(i64),
}

#[derive(Clone, Debug)]
enum Test {
    Equals(Value),
    OneOf(Vec<Value>),
    Contains(Value),
    AtLeast(i64),
    AtMost(i64),
    Exists(bool),
    Matches(String),
    YoungerThan(i64),
}

impl Predicate {
    pub(super) fn read(mut fields: Fields) -> Read<Self> {
        let path = claim_path(&mut fields)?;
        let tests = tests(&mut fields)?;
        if tests.is_empty() {
            return Err(fields.fault("claim", "nothing is asked of it"));
        }
        let asked = fields.text("step_up")?.map(StepUp::Context);
        fields.finish()?;
        let step_up = asked.or_else(|| implied_step_up(&path, &tests));
        Ok(Self { path, tests, step_up })
    }

    /// Whether the answer changes with time.
    pub fn depends_on_time(&self) -> bool {
        self.tests.iter().any(|test| matches!(test, Test::YoungerThan(_)))
    }

    /// The claim's name, dots between the members of objects.
    pub fn claim(&self) -> String {
        self.path.join(".")
    }

    /// Whether the claims satisfy it.
    pub fn holds(&self, claims: &Map, now: i64) -> bool {
        let value = claim_at(claims, &self.path);
        self.tests.iter().all(|test| test.holds(value, now))
    }
}

/// A claim, by a text with dots between members, or by a list where names have dots themselves.
pub(super) fn claim_path(fields: &mut Fields) -> Read<Vec<String>> {
    match fields.any("claim") {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.split('.').map(str::to_owned).collect()),
        Some(Value::Array(names)) if !names.is_empty() => names
            .into_iter()
            .map(|name| match name {
                Value::String(name) => Ok(name),
                _ => Err(fields.fault("claim", "must be a text or a list of texts")),
            })
            .collect(),
        _ => Err(fields.fault("claim", "must be a text or a list of texts")),
    }
}

/// The value at a path through objects.
pub(crate) fn claim_at<'a>(claims: &'a Map, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(claims.get(first)?, |value, name| value.as_object()?.get(name))
}

fn tests(fields: &mut Fields) -> Read<Vec<Test>> {
    let mut tests = Vec::new();
    tests.extend(fields.any("equals").map(Test::Equals));
    tests.extend(fields.any("contains").map(Test::Contains));
    if let Some(values) = fields.any("one_of") {
        let Value::Array(values) = values else {
            return Err(fields.fault("one_of", "must be a list"));
        };
        tests.push(Test::OneOf(values));
    }
    tests.extend(fields.number("at_least", i64::MIN..=i64::MAX)?.map(Test::AtLeast));
    tests.extend(fields.number("at_most", i64::MIN..=i64::MAX)?.map(Test::AtMost));
    match fields.any("exists") {
        None => {}
        Some(Value::Bool(exists)) => tests.push(Test::Exists(exists)),
        Some(_) => return Err(fields.fault("exists", "must be true or false")),
    }
    if let Some(pattern) = fields.text("matches")? {
        tests.push(Test::Matches(bounded(pattern, fields)?));
    }
    let seconds = fields.number("younger_than_seconds", 0..=31_622_400)?;
    tests.extend(seconds.map(Test::YoungerThan));
    Ok(tests)
}

fn bounded(pattern: String, fields: &Fields) -> Result<String, PolicyError> {
    if pattern.len() <= 256 {
        Ok(pattern)
    } else {
        Err(fields.fault("matches", "must have 256 bytes at most"))
    }
}

/// `acr` and `auth_time` are what RFC 9470 has words for.
fn implied_step_up(path: &[String], tests: &[Test]) -> Option<StepUp> {
    let [claim] = path else { return None };
    tests.iter().find_map(|test| match (claim.as_str(), test) {
        ("acr", Test::Equals(Value::String(value))) => Some(StepUp::Context(value.clone())),
        ("acr", Test::OneOf(values)) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            Some(StepUp::Context(values.join(" ")))
        }
        ("auth_time", Test::YoungerThan(seconds)) => Some(StepUp::Recent(*seconds)),
        _ => None,
    })
}

impl Test {
    fn holds(&self, value: Option<&Value>, now: i64) -> bool {
        let Some(value) = value else {
            return matches!(self, Self::Exists(false));
        };
        match self {
            Self::Equals(expected) => value == expected,
            Self::OneOf(expected) => expected.contains(value),
            Self::Contains(element) => contains(value, element),
            Self::AtLeast(least) => whole(value).is_some_and(|number| number >= *least),
            Self::AtMost(most) => whole(value).is_some_and(|number| number <= *most),
            Self::Exists(exists) => *exists,
            Self::Matches(pattern) => value
                .as_str()
                .is_some_and(|text| matches(pattern.as_bytes(), text.as_bytes())),
            Self::YoungerThan(seconds) => whole(value)
                .is_some_and(|time| time <= now.saturating_add(60) && now.saturating_sub(time) < *seconds),
        }
    }
}

/// An element of an array, or a word of a text.
fn contains(value: &Value, element: &Value) -> bool {
    match (value, element) {
        (Value::Array(elements), _) => elements.contains(element),
        (Value::String(words), Value::String(word)) => words.split(' ').any(|found| found == word),
        _ => false,
    }
}

/// A whole number, also one that is written as a text, as some claims are.
fn whole(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// A pattern with `*` for any bytes and `?` for one, in time linear in the text for each `*`.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, position));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || text.get(position) == Some(wanted) => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                at = star + 1;
                position = from + 1;
            }
        }
    }
    pattern.iter().skip(at).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(predicate: &Value, claims: &Value) -> bool {
        let text = predicate.to_string();
        let predicate = Predicate::read(Fields::parse(text.as_bytes()).unwrap()).unwrap();
        predicate.holds(claims.as_object().unwrap(), 1000)
    }

    #[test]
    fn each_test_holds_for_what_it_says_and_for_nothing_else() {
        let claims = json!({
            "age_over_18": true, "trust_level": 2, "level": "3", "acr": "urn:x", "amr": ["mca", "hwk"], "scope": "a b",
            "auth_time": 900, "later": 2000, "nested": {"deep": {"list": [1, "one"]}}, "nothing": null
        });
        let cases = [
            (json!({"claim": "age_over_18", "equals": true}), true),
            (json!({"claim": "age_over_18", "equals": "true"}), false),
            (json!({"claim": "trust_level", "at_least": 2}), true),
            (json!({"claim": "trust_level", "at_least": 3}), false),
            (
                json!({"claim": "trust_level", "at_least": 1, "at_most": 1}),
                false,
            ),
            (json!({"claim": "level", "at_least": 3}), true),
            (json!({"claim": "acr", "one_of": ["urn:x", "urn:y"]}), true),
            (json!({"claim": "acr", "one_of": ["urn:y"]}), false),
            (json!({"claim": "acr", "matches": "urn:*"}), true),
            (json!({"claim": "acr", "matches": "ur?x"}), false),
            (json!({"claim": "amr", "contains": "hwk"}), true),
            (json!({"claim": "amr", "contains": "otp"}), false),
            (json!({"claim": "scope", "contains": "b"}), true),
            (json!({"claim": "auth_time", "younger_than_seconds": 101}), true),
            (json!({"claim": "auth_time", "younger_than_seconds": 100}), false),
            (json!({"claim": "later", "younger_than_seconds": 100}), false),
            (json!({"claim": "nested.deep.list", "contains": "one"}), true),
            (json!({"claim": ["nested", "deep", "list"], "contains": 1}), true),
            (json!({"claim": "nested.deep.none", "exists": false}), true),
            (json!({"claim": "nothing", "exists": true}), true),
            (json!({"claim": "absent", "at_least": 0}), false),
            (json!({"claim": "absent", "matches": "*"}), false),
        ];
        for (predicate, expected) in cases {
            assert_eq!(holds(&predicate, &claims), expected, "{predicate}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*b*", "abc", true),
            ("a?c", "ac", false),
            ("**x", "yyx", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
        let hard = "a*".repeat(100);
        assert!(!matches(hard.as_bytes(), "a".repeat(90).as_bytes()));
    }
}
