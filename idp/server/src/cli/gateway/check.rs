//! `idp gateway check`.

use std::path::PathBuf;

use idp_jose::JwkSet;
use idp_types::Timestamp;
use serde_json::{Value, json};
use verdict::policy::DenyLists;
use verdict::{Context, Gate, Missing, Pass, Policy, Refusal, Request, Verdict, answer};

use crate::cli::files::{read, read_text};
use crate::cli::output::{json as print_json, plain};
use crate::cli::{CliError, Output};
use crate::crypto::AwsVerifier;

const POLICY_LIMIT: usize = 1024 * 1024;

/// Which request, by which policy.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp gateway check --policy gateway.json
  idp gateway check --policy gateway.json --request 'GET /orders/7' --token \"$TOKEN\"
  idp gateway check --policy gateway.json --request 'POST https://api.example/orders' --header 'cookie: session=...' --keys idp=jwks.json

Without --request the policy alone is checked. Nothing is fetched: keys that the policy takes from an address are given with --keys, and a
status list with --status, deny lists with --deny. It ends with 0 when the request passes, 1 when it does not.")]
pub(in crate::cli) struct Arguments {
    /// The policy, the same JSON that the gateway has.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Method and path, or method and address.
    #[arg(long, value_name = "REQUEST")]
    request: Option<String>,
    /// A token, sent as `Authorization: Bearer`.
    #[arg(long, value_name = "TOKEN", requires = "request")]
    token: Option<String>,
    /// A header, `name: value`.
    #[arg(long, value_name = "HEADER", requires = "request")]
    header: Vec<String>,
    /// The JWK Set of an issuer, by its name in the policy.
    #[arg(long, value_name = "ISSUER=FILE")]
    keys: Vec<String>,
    /// A status list of an issuer: a signed Token Status List as it was fetched.
    #[arg(long, value_name = "ISSUER=FILE")]
    status: Vec<String>,
    /// The deny lists that the policy takes from an address, as JSON.
    #[arg(long, value_name = "FILE")]
    deny: Option<PathBuf>,
    /// The time, Unix seconds; now where it is not given.
    #[arg(long, value_name = "SECONDS")]
    at: Option<i64>,
    #[command(flatten)]
    output: Output,
}

pub(in crate::cli) fn run(arguments: &Arguments, now: Timestamp) -> Result<(), CliError> {
    let now = arguments.at.unwrap_or_else(|| now.unix_seconds());
    let mut gate = open(arguments, now)?;
    let Some(asked) = &arguments.request else {
        let rules = gate.policy().rules.len();
        let text = format!("the policy is good: {rules} rules");
        return arguments
            .output
            .print(&json!({"valid": true, "rules": rules}), &text);
    };
    let facts = Facts::read(asked, arguments)?;
    let headers = facts.headers();
    let request = facts.request(&headers);
    match gate.decide(&request, at(now)) {
        Verdict::Pass(pass) => arguments.output.print(&passed(&pass), &passed_text(&pass)),
        Verdict::Refuse(refusal) => refused(arguments.output, &gate, &refusal),
        Verdict::Wait(missing) => waits(arguments.output, &gate, &missing),
    }
}

const fn at(now: i64) -> Context<'static> {
    Context {
        now,
        verifier: &AwsVerifier,
    }
}

fn open(arguments: &Arguments, now: i64) -> Result<Gate, CliError> {
    let text = read(&arguments.policy, POLICY_LIMIT)?;
    let what = || format!("{} is no policy", arguments.policy.display());
    let policy = Policy::parse(&text);
    let policy =
        policy.map_err(|error| CliError::failed(what(), error, "correct the place that is named"))?;
    let gate = Gate::new(policy);
    let mut gate = gate
        .map_err(|error| CliError::failed("the policy cannot run here", error, "choose another verifier"))?;
    for given in &arguments.keys {
        let (issuer, path) = named(given, &gate)?;
        let bytes = read(&path, JwkSet::LIMIT)?;
        let set = JwkSet::parse(&bytes, JwkSet::LIMIT);
        let set = set.map_err(|error| {
            CliError::failed(
                format!("{} is no JWK Set", path.display()),
                error,
                "give a JWK Set",
            )
        })?;
        gate.take_keys(issuer, &set);
    }
    for given in &arguments.status {
        let (issuer, path) = named(given, &gate)?;
        let token = read_text(&path, POLICY_LIMIT)?;
        let refused = |why: &dyn std::fmt::Display| {
            CliError::failed(
                format!("{} is no status list", path.display()),
                why,
                "give it as it was fetched",
            )
        };
        let uri = subject(&token).ok_or_else(|| refused(&"it names no list"))?;
        let outcome = gate.take_status(issuer, &uri, token.as_bytes(), at(now));
        outcome.map_err(|error| refused(&error))?;
    }
    if let Some(path) = &arguments.deny {
        let lists = DenyLists::parse(&read(path, POLICY_LIMIT)?);
        let what = || format!("{} is no deny list", path.display());
        gate.take_deny(lists.map_err(|error| CliError::failed(what(), error, "give it as it was fetched"))?);
    }
    Ok(gate)
}

/// Which issuer, and the file for it.
fn named(given: &str, gate: &Gate) -> Result<(usize, PathBuf), CliError> {
    let wrong = |why: &str| {
        CliError::usage(
            format!("{} is not understood", plain(given)),
            why,
            "give ISSUER=FILE",
        )
    };
    let (name, path) = given.split_once('=').ok_or_else(|| wrong("there is no ="))?;
    let index = gate
        .policy()
        .issuers
        .iter()
        .position(|issuer| issuer.name == name);
    Ok((
        index.ok_or_else(|| wrong("the policy has no such issuer"))?,
        PathBuf::from(path),
    ))
}

/// Which list a status list token is; the signature is checked when it is taken.
fn subject(token: &str) -> Option<String> {
    let parsed = idp_jose::jws::parse(token.trim(), POLICY_LIMIT).ok()?;
    let claims = parsed.peek_unverified_claims().ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// The request as it was typed.
struct Facts {
    method: String,
    scheme: String,
    authority: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Facts {
    fn read(asked: &str, arguments: &Arguments) -> Result<Self, CliError> {
        let wrong = || CliError::usage("the request is not understood", plain(asked), "write 'GET /path'");
        let (method, address) = asked.split_once(' ').ok_or_else(wrong)?;
        let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
        let path = rest.find('/').ok_or_else(wrong)?;
        let (authority, target) = rest.split_at(path);
        let mut headers = Vec::new();
        for header in &arguments.header {
            let pair = header.split_once(':').ok_or_else(|| {
                CliError::usage("a header is not understood", plain(header), "write 'name: value'")
            })?;
            headers.push((pair.0.trim().to_ascii_lowercase(), pair.1.trim().to_owned()));
        }
        if let Some(token) = &arguments.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        Ok(Self {
            method: method.to_owned(),
            scheme: scheme.to_owned(),
            authority: authority.to_owned(),
            target: target.to_owned(),
            headers,
        })
    }

    fn headers(&self) -> Vec<(&str, &[u8])> {
        let pairs = self.headers.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect()
    }

    fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> Request<'a> {
        Request {
            method: &self.method,
            scheme: &self.scheme,
            authority: &self.authority,
            target: &self.target,
            headers,
            ..Request::default()
        }
    }
}

fn passed(pass: &Pass) -> Value {
    let told: serde_json::Map<String, Value> = pass
        .access
        .iter()
        .flat_map(|access| &access.headers)
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    json!({"verdict": "pass", "code": pass.reason.code(), "headers": told})
}

fn passed_text(pass: &Pass) -> String {
    let told = pass.access.iter().flat_map(|access| &access.headers);
    let told = told.map(|(name, value)| format!("\n  {name}: {}", plain(value)));
    ["passes: ", pass.reason.code()].concat() + &told.collect::<String>()
}

fn refused(output: Output, gate: &Gate, refusal: &Refusal) -> Result<(), CliError> {
    let answer = answer(refusal, &gate.policy().answers, false);
    let code = refusal.reason.code();
    let rule = refusal.rule.and_then(|index| gate.policy().rules.get(index));
    let rule = rule.map_or("none", |rule| rule.name.as_str());
    let challenge = answer
        .headers
        .iter()
        .find(|(name, _)| *name == "www-authenticate");
    let challenge = challenge.map(|(_, value)| value.as_str());
    if output.json {
        print_json(&json!({
            "verdict": "refuse", "code": code, "status": answer.status, "rule": rule, "challenge": challenge,
        }))?;
    }
    let why = format!("{} by rule: {}; {:?}", answer.status, plain(rule), refusal.reason);
    let fix = challenge.map_or_else(String::new, |challenge| {
        format!("the caller is told: {challenge}")
    });
    Err(CliError::failed(format!("the request is refused: {code}"), why, fix).with_result_printed())
}

fn waits(output: Output, gate: &Gate, missing: &Missing) -> Result<(), CliError> {
    let (why, fix) = match missing {
        Missing::Keys { issuer, .. } => {
            let name = gate
                .policy()
                .issuers
                .get(*issuer)
                .map_or("", |issuer| issuer.name.as_str());
            (
                format!("no key of issuer {name} has the token's name"),
                format!("--keys {name}=FILE"),
            )
        }
        Missing::Status { issuer, uri } => {
            let name = gate
                .policy()
                .issuers
                .get(*issuer)
                .map_or("", |issuer| issuer.name.as_str());
            (
                format!("the status list {} is not here", plain(uri)),
                format!("--status {name}=FILE"),
            )
        }
        Missing::Deny => ("the deny lists are not here".to_owned(), "--deny FILE".to_owned()),
    };
    if output.json {
        let code = missing.refusal().reason.code();
        print_json(&json!({"verdict": "wait", "code": code}))?;
    }
    Err(CliError::failed("the gateway would fetch first", why, fix).with_result_printed())
}
