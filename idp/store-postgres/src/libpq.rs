//! The same address for PostgreSQL's own programs, by variables of their environment: arguments of a process are for everybody to read.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::connect::DatabaseUrl;

/// Parameters of the URL and what libpq calls them.
const PARAMETERS: [(&str, &str); 8] = [
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
];

impl DatabaseUrl {
    /// The variables that bring `pg_dump` and `pg_restore` to this database (libpq, "Environment Variables"). A remote host is verified
    /// unless the URL says how, as the server does it; where no `sslrootcert` is named, libpq looks for its own.
    pub fn libpq_variables(&self) -> Vec<(&'static str, String)> {
        let Ok(url) = Url::parse(self.text()) else {
            return Vec::new();
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut variables = vec![("PGDATABASE", decoded(url.path().trim_start_matches('/')))];
        if let Some(host) = url.host_str().filter(|host| !host.is_empty()) {
            // A folder of sockets is written percent-encoded, an IPv6 address in brackets.
            variables.push(("PGHOST", decoded(host.trim_matches(['[', ']']))));
        }
        if let Some(port) = url.port() {
            variables.push(("PGPORT", port.to_string()));
        }
        if !url.username().is_empty() {
            variables.push(("PGUSER", decoded(url.username())));
        }
        if let Some(password) = url.password() {
            variables.push(("PGPASSWORD", decoded(password)));
        }
        if self.is_verified_unless_said() {
            variables.push(("PGSSLMODE", "verify-full".to_owned()));
        }
        for (name, value) in url.query_pairs() {
            let name = if name == "ssl-mode" {
                Cow::Borrowed("sslmode")
            } else {
                name
            };
            let known = PARAMETERS.iter().find(|(parameter, _)| *parameter == name);
            if let Some((_, variable)) = known {
                variables.retain(|(other, _)| other != variable);
                variables.push((variable, value.into_owned()));
            }
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn variables(url: &str) -> Vec<(&'static str, String)> {
        let mut variables = DatabaseUrl::from_str(url).unwrap().libpq_variables();
        variables.sort();
        variables
    }

    fn expected(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        pairs
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_remote_database_is_verified() {
        assert_eq!(
            variables("postgres://idp:p%40ss%2Fword@db.example.com:5433/idp"),
            expected(&[
                ("PGDATABASE", "idp"),
                ("PGHOST", "db.example.com"),
                ("PGPASSWORD", "p@ss/word"),
                ("PGPORT", "5433"),
                ("PGSSLMODE", "verify-full"),
                ("PGUSER", "idp"),
            ])
        );
    }

    #[test]
    fn parameters_come_first() {
        assert_eq!(
            variables(
                "postgresql://idp@[::1]/idp?sslmode=require&sslrootcert=/etc/ca.pem&unknown=1&port=6000"
            ),
            expected(&[
                ("PGDATABASE", "idp"),
                ("PGHOST", "::1"),
                ("PGPORT", "6000"),
                ("PGSSLMODE", "require"),
                ("PGSSLROOTCERT", "/etc/ca.pem"),
                ("PGUSER", "idp"),
            ])
        );
    }

    #[test]
    fn one_on_this_machine_is_not_asked_for_tls() {
        assert_eq!(
            variables("postgres:///idp?host=/run/postgresql"),
            expected(&[("PGDATABASE", "idp"), ("PGHOST", "/run/postgresql")])
        );
    }
}
