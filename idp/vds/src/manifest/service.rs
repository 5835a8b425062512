//! The payload of a service's seal, `0A0101` (profile 4.2).

use idp_types::{CivilDate, Scope, ServiceId};
use zeroize::Zeroizing;

use super::SERVICE;
use crate::payload::{FieldProblem, Fields, PayloadError, Value, write_values};

/// What a seal says of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `sid`.
    pub service_id: ServiceId,
    /// `name`, shown to people.
    pub name: String,
    /// `url`, absolute.
    pub url: String,
    /// `logo`, an absolute address.
    pub logo: Option<String>,
    /// `scopes`, the most that the service may ask for.
    pub scopes: Vec<Scope>,
    /// `privacy`, the absolute address of its privacy statement.
    pub privacy: Option<String>,
    /// `exp`, the last day on which the seal is valid.
    pub expires: CivilDate,
}

/// A [`Service`] that the manifest `0A0101` accepts. Reads like a `Service` and cannot be altered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePayload(Service);

impl ServicePayload {
    /// Checks what is to be issued, by the rules that apply to what is read.
    ///
    /// # Errors
    /// [`PayloadError::Field`] names the field that the manifest does not accept.
    pub fn new(service: Service) -> Result<Self, PayloadError> {
        let payload = Self(service);
        payload.with_values(|values| check_addresses(&Fields::check(&SERVICE, values)?))?;
        Ok(payload)
    }

    /// Reads a payload of manifest `0A0101`, positional or as a map.
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not what the manifest describes.
    pub fn read(payload: &[u8]) -> Result<Self, PayloadError> {
        let fields = Fields::read(&SERVICE, payload)?;
        check_addresses(&fields)?;
        let optional = |name| fields.value(name).and_then(Value::as_text).map(str::to_owned);
        Ok(Self(Service {
            service_id: ServiceId::parse(fields.text("sid"))
                .map_err(|_| FieldProblem::Identifier.of("sid"))?,
            name: fields.text("name").to_owned(),
            url: fields.text("url").to_owned(),
            logo: optional("logo"),
            scopes: scopes(&fields)?,
            privacy: optional("privacy"),
            expires: fields.date("exp")?,
        }))
    }

    /// The positional form.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.with_values(|values| write_values(&values))
    }

    fn with_values<T>(&self, read: impl FnOnce(Vec<Value<'_>>) -> T) -> T {
        let expires = self.expires.to_string();
        read(vec![
            Value::Text(self.service_id.as_str()),
            Value::Text(&self.name),
            Value::Text(&self.url),
            self.logo.as_deref().map_or(Value::Nil, Value::Text),
            Value::List(
                self.scopes
                    .iter()
                    .map(|scope| Value::Text(scope.as_str()))
                    .collect(),
            ),
            self.privacy.as_deref().map_or(Value::Nil, Value::Text),
            Value::Text(&expires),
        ])
    }
}

impl std::ops::Deref for ServicePayload {
    type Target = Service;
    fn deref(&self) -> &Service {
        &self.0
    }
}

fn scopes(fields: &Fields<'_>) -> Result<Vec<Scope>, PayloadError> {
    let Some(Value::List(values)) = fields.value("scopes") else {
        return Err(FieldProblem::Missing.of("scopes"));
    };
    values
        .iter()
        .map(|value| value.as_text().and_then(|text| text.parse().ok()))
        .collect::<Option<_>>()
        .ok_or(FieldProblem::Identifier.of("scopes"))
}

/// A phone shows these as links and loads the logo, so no other scheme (`javascript:`, `data:`) may pass.
fn check_addresses(fields: &Fields<'_>) -> Result<(), PayloadError> {
    for name in ["url", "logo", "privacy"] {
        let absent = fields.value(name).is_none();
        if !absent && !is_web_address(fields.text(name)) {
            return Err(FieldProblem::Address.of(name));
        }
    }
    Ok(())
}

/// Absolute, `http` or `https`, with a host.
fn is_web_address(text: &str) -> bool {
    let after_scheme = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let has_host = after_scheme.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
    has_host && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bar() -> Service {
        Service {
            service_id: ServiceId::parse("bar-le-central").unwrap(),
            name: "Bar Le Central".into(),
            url: "https://bar-le-central.example".into(),
            logo: None,
            scopes: vec![Scope::Basic, "identity:age_over_18".parse().unwrap()],
            privacy: Some("https://bar-le-central.example/privacy".into()),
            expires: CivilDate::parse("2027-03-15").unwrap(),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let payload = ServicePayload::new(bar()).unwrap();
        assert_eq!(ServicePayload::read(&payload.to_bytes()).unwrap(), payload);
    }

    #[test]
    fn only_web_addresses_pass() {
        for address in [
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "http://a b",
            "ftp://a",
            "bar.example",
        ] {
            let refused = ServicePayload::new(Service {
                logo: Some(address.into()),
                ..bar()
            });
            assert_eq!(refused, Err(FieldProblem::Address.of("logo")), "{address}");
        }
        assert!(
            ServicePayload::new(Service {
                url: "http://127.0.0.1:8080/".into(),
                ..bar()
            })
            .is_ok()
        );
    }

    #[test]
    fn scopes_are_those_of_the_catalogue() {
        let bytes = ServicePayload::new(bar()).unwrap().to_bytes();
        let mut values = crate::payload::read_values(&bytes).unwrap();
        values[4] = Value::List(vec![Value::Text("identity:shoe_size")]);
        let refused = ServicePayload::read(&write_values(&values));
        assert_eq!(refused, Err(FieldProblem::Identifier.of("scopes")));
        values[4] = Value::List(vec![Value::Integer(1)]);
        assert_eq!(
            ServicePayload::read(&write_values(&values)),
            Err(FieldProblem::Type.of("scopes"))
        );
    }

    #[test]
    fn the_day_count_is_not_this_manifests() {
        let bytes = ServicePayload::new(bar()).unwrap().to_bytes();
        let mut values = crate::payload::read_values(&bytes).unwrap();
        values[6] = Value::Integer(46_000);
        assert_eq!(
            ServicePayload::read(&write_values(&values)),
            Err(FieldProblem::Date.of("exp"))
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>) {
            let _ = ServicePayload::read(&bytes);
        }
    }
}
