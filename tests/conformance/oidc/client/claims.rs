//! The types of standard claims (OIDC Core 5.1), wherever they stand.

use serde_json::Value;

/// Those that are text.
pub(crate) const TEXTS: [&str; 15] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
];

const ADDRESSES: [&str; 3] = ["profile", "picture", "website"];

/// Checks the standard claims that are there. An empty one should not be there at all (OIDC Core 5.3.2).
pub(crate) fn check_types(claims: &Value) {
    for name in TEXTS {
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        assert!(claims.get(name).is_none_or(is_text), "{name} in {claims}");
    }
    for name in ["email_verified", "phone_number_verified"] {
        assert!(
            claims.get(name).is_none_or(Value::is_boolean),
            "{name} in {claims}"
        );
    }
    for name in ADDRESSES {
        let is_address = |value: &Value| value.as_str().is_some_and(|text| text.contains(':'));
        assert!(claims.get(name).is_none_or(is_address), "{name} in {claims}");
    }
    assert!(
        claims.get("updated_at").is_none_or(Value::is_number),
        "updated_at in {claims}"
    );
    let members = |value: &Value| {
        let members = value.as_object();
        members.is_some_and(|members| members.values().all(Value::is_string))
    };
    assert!(claims.get("address").is_none_or(members), "address in {claims}");
    let birthdate = claims["birthdate"].as_str();
    assert!(birthdate.is_none_or(is_birthdate), "birthdate in {claims}");
    for (name, value) in claims.as_object().into_iter().flatten() {
        assert!(!value.is_null(), "{name} is null in {claims}");
    }
}

/// OIDC Core 5.1: `YYYY-MM-DD`, the year `0000` where it is omitted, or `YYYY`.
fn is_birthdate(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_numeric && (lengths == [4] || lengths == [4, 2, 2])
}
