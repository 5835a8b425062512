//! Rich authorization requests (RFC 9396 2): carried through, their shape checked, their types within what the client may use.

use idp_jose::json;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::Parameters;

/// The longest text.
const LIMIT: usize = 16 * 1024;

/// The most objects of one request.
const COUNT: usize = 16;

/// Members that are arrays of strings, whatever the type (RFC 9396 2.2).
const LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];

/// The details, or none.
pub(super) fn read(parameters: &Parameters, client: &Client) -> Result<Option<Value>, OAuthError> {
    let Some(text) = parameters.text("authorization_details") else {
        return Ok(None);
    };
    let invalid = |description| OAuthError::new(ErrorCode::InvalidAuthorizationDetails, description);
    let value = json::parse(text.as_bytes(), LIMIT)
        .map_err(|_| invalid("authorization_details is not an acceptable JSON array"))?;
    let Value::Array(details) = &value else {
        return Err(invalid("authorization_details is not a JSON array"));
    };
    if details.is_empty() || details.len() > COUNT {
        return Err(invalid("authorization_details has no or too many objects"));
    }
    for detail in details {
        let detail = detail
            .as_object()
            .ok_or(invalid("authorization_details has a member that is no object"))?;
        let kind = detail.get("type").and_then(Value::as_str);
        let kind = kind.ok_or(invalid("authorization_details has an object without type"))?;
        if !client.authorization_details_types.iter().any(|own| own == kind) {
            return Err(invalid(
                "authorization_details has a type that the client may not use",
            ));
        }
        if !is_shaped(detail) {
            return Err(invalid(
                "authorization_details has a common member of the wrong type",
            ));
        }
    }
    Ok(Some(value))
}

fn is_shaped(detail: &Map<String, Value>) -> bool {
    let is_list = |value: &Value| {
        value
            .as_array()
            .is_some_and(|values| values.iter().all(Value::is_string))
    };
    let lists = LISTS.iter().all(|name| detail.get(*name).is_none_or(is_list));
    lists && detail.get("identifier").is_none_or(Value::is_string)
}
