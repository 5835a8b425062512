//! Access tokens, and the answer around them.

use idp_core::audit::AuditFact;
use idp_store::Change;
use idp_types::{DeviceId, Timestamp, TokenId};
use oidc::claims::{
    AccessToken, Audience, Cnf, Disclosure, IdToken, Place as Where, Status, StatusReference, TYPE, audience,
    released_claims, token_hash,
};
use oidc::grant::Confirmation;
use oidc::token::{TokenResponse, TokenType};
use oidc::{Client, RequestedScope};
use serde_json::{Map, Value};

use super::commit::{Owner, Place, commit_with_place};
use super::record::{AccessRecord, keep_record};
use super::{Issue, IssueError, refresh, sign, sign_id_token};
use crate::app::App;
use crate::crypto::random_id;
use crate::oidc::failure::OidcFailure;
use crate::oidc::{issuer, links};
use crate::status;

/// A scope as it stands in a record: what was granted stays what it was, whatever the client's registration says now.
pub(super) fn stored_scope(text: &str) -> RequestedScope {
    let own: Vec<String> = text.split(' ').map(str::to_owned).collect();
    RequestedScope::parse(text, &own).unwrap_or_default()
}

/// An access token that stands alone: no grant is behind it, or another token.
pub(crate) struct AccessPlan {
    /// `sub`.
    pub(crate) subject: String,
    /// For whom.
    pub(crate) audience: Audience,
    /// Its scope.
    pub(crate) scope: RequestedScope,
    /// Until when, at the latest.
    pub(crate) expires_at: Option<Timestamp>,
    /// To which key it is bound.
    pub(crate) confirmation: Option<Confirmation>,
    /// The token that it was exchanged for, with whose it is.
    pub(crate) of: Option<(Box<AccessToken>, (TokenId, DeviceId))>,
    /// Who acts.
    pub(crate) actor: Option<Value>,
    /// What is recorded with it.
    pub(crate) facts: Vec<AuditFact>,
}

/// Issues an access token that stands alone.
///
/// # Errors
/// `invalid_grant`, or the server's problems.
pub(crate) async fn issue_access_token(
    app: &App,
    client: &Client,
    plan: AccessPlan,
) -> Result<TokenResponse, OidcFailure> {
    let now = app.now();
    let lifetime = now.plus_seconds(app.config.oidc.access_token_seconds);
    let expires_at = plan.expires_at.map_or(lifetime, |end| end.min(lifetime));
    let (changes, owner) = stakes(&plan);
    let place = commit_with_place(app, owner, changes, plan.facts, expires_at).await?;
    let before = plan.of.map(|(subject_token, _)| *subject_token);
    let token = AccessToken {
        iss: issuer::of(app, client),
        sub: plan.subject,
        aud: plan.audience,
        exp: expires_at.unix_seconds(),
        iat: now.unix_seconds(),
        jti: random_id("").map_err(OidcFailure::from)?,
        client_id: client.client_id.clone(),
        scope: plan.scope.to_string(),
        auth_time: before.as_ref().and_then(|before| before.auth_time),
        acr: before.as_ref().and_then(|before| before.acr.clone()),
        amr: before
            .as_ref()
            .map(|before| before.amr.clone())
            .unwrap_or_default(),
        sid: None,
        grant_id: before.as_ref().and_then(|before| before.grant_id.clone()),
        cnf: plan.confirmation.as_ref().map(Cnf::from),
        act: plan.actor,
        authorization_details: before.and_then(|before| before.authorization_details),
        status: reference(app, place),
    };
    Ok(TokenResponse {
        access_token: sign(app, issuer::access_token_algorithm(client), TYPE, &token).await?,
        token_type: token_type(plan.confirmation.as_ref()),
        expires_in: expires_at.unix_seconds() - now.unix_seconds(),
        refresh_token: None,
        id_token: None,
        scope: token.scope,
        issued_token_type: None,
        authorization_details: token.authorization_details,
    })
}

/// What the commit demands, and whose the token is: those of the token that it was exchanged for.
fn stakes(plan: &AccessPlan) -> (Vec<Change>, Owner) {
    let Some((subject_token, (token_id, device_id))) = &plan.of else {
        return (Vec::new(), Owner::default());
    };
    let require = Change::RequireActiveDevice {
        token_id: token_id.clone(),
        device_id: device_id.clone(),
    };
    let owner = Owner {
        holder: Some((token_id.clone(), device_id.clone())),
        grant_id: subject_token.grant_id.clone(),
        sid: subject_token.ends_with().map(str::to_owned),
    };
    (vec![require], owner)
}

fn reference(app: &App, place: Place) -> Status {
    Status {
        status_list: StatusReference {
            idx: place.index,
            uri: status::uri(&app.config.issuer, place.list),
        },
    }
}

const fn token_type(confirmation: Option<&Confirmation>) -> TokenType {
    match confirmation {
        Some(Confirmation::Jkt(_)) => TokenType::DPoP,
        Some(Confirmation::X5tS256(_)) | None => TokenType::Bearer,
    }
}

impl Issue<'_> {
    /// Commits, signs, and keeps the released claims under the new secrets.
    pub(super) async fn commit_and_sign(
        mut self,
        app: &App,
        changes: Vec<Change>,
        facts: Vec<AuditFact>,
    ) -> Result<TokenResponse, IssueError> {
        let lifetime = self.now.plus_seconds(app.config.oidc.access_token_seconds);
        let expires_at = lifetime.min(self.grant.expires_at);
        let place = commit_with_place(app, Owner::of(self.grant), changes, facts, expires_at).await?;
        let token = self.access_token(app, place, expires_at)?;
        let with = issuer::access_token_algorithm(self.client);
        let access_token = sign(app, with, TYPE, &token).await?;
        let address = self.address(app).await?;
        let id_token = self.id_token(app, &access_token, address.as_deref()).await?;
        let record = self.record(place, expires_at);
        let userinfo = self.userinfo(address.as_deref());
        keep_record(
            app,
            &access_token,
            &record,
            &userinfo,
            self.kept_until(expires_at),
        )
        .await?;
        let refresh_token = self.refresh_token.take();
        if let (Some(refresh_token), Some(released)) = (&refresh_token, self.released) {
            refresh::keep_claims(app, refresh_token, released, self.grant.claims_until).await?;
        }
        Ok(TokenResponse {
            access_token,
            token_type: token_type(self.grant.confirmation.as_ref()),
            expires_in: expires_at.unix_seconds() - self.now.unix_seconds(),
            refresh_token,
            id_token,
            scope: self.scope.to_string(),
            issued_token_type: None,
            authorization_details: self.grant.authorization_details.clone(),
        })
    }

    fn access_token(
        &self,
        app: &App,
        place: Place,
        expires_at: Timestamp,
    ) -> Result<AccessToken, IssueError> {
        let issuer = issuer::of(app, self.client);
        let authentication = &self.grant.authentication;
        Ok(AccessToken {
            aud: audience(self.client, &self.resources, &self.scope, &issuer),
            iss: issuer,
            sub: self.grant.subject.clone(),
            exp: expires_at.unix_seconds(),
            iat: self.now.unix_seconds(),
            jti: random_id("").map_err(OidcFailure::from)?,
            client_id: self.client.client_id.clone(),
            scope: self.scope.to_string(),
            auth_time: Some(authentication.auth_time.unix_seconds()),
            acr: Some(self.grant.acr.clone()),
            amr: authentication.amr.clone(),
            sid: self.grant.sid.clone(),
            grant_id: Some(self.grant.grant_id.clone()),
            cnf: self.grant.confirmation.as_ref().map(Cnf::from),
            act: None,
            authorization_details: self.grant.authorization_details.clone(),
            status: reference(app, place),
        })
    }

    /// Released claims go with the token, but not beyond their own time (profile 1.5).
    fn kept_until(&self, expires_at: Timestamp) -> Timestamp {
        match self.released {
            Some(_) => expires_at.min(self.grant.claims_until),
            None => expires_at,
        }
    }

    fn claims(&self, address: Option<&str>, place: Where) -> Map<String, Value> {
        let Some(released) = self.released else {
            return Map::new();
        };
        let disclosure = Disclosure {
            released,
            scope: &self.scope,
            request: self.grant.claims_request.as_ref(),
            address,
        };
        released_claims(self.client, &disclosure, place)
    }

    fn userinfo(&self, address: Option<&str>) -> Map<String, Value> {
        let mut claims = self.claims(address, Where::UserInfo);
        claims.insert("sub".to_owned(), Value::from(self.grant.subject.as_str()));
        claims
    }

    fn record(&self, place: Place, expires_at: Timestamp) -> AccessRecord {
        let authentication = &self.grant.authentication;
        AccessRecord {
            client_id: self.client.client_id.clone(),
            holder: (authentication.token_id.clone(), authentication.device_id.clone()),
            has_openid: self.scope.has("openid"),
            confirmation: self.grant.confirmation.clone(),
            auth_time: authentication.auth_time.unix_seconds(),
            expires_at,
            list: place.list,
            index: place.index,
        }
    }

    async fn id_token(
        &mut self,
        app: &App,
        access_token: &str,
        address: Option<&str>,
    ) -> Result<Option<String>, IssueError> {
        let extras = match self.id_token.take() {
            Some(extras) if self.scope.has("openid") => extras,
            _ => return Ok(None),
        };
        let mut claims = self.claims(address, Where::IdToken);
        claims.extend(extras.claims);
        let issuer = issuer::of(app, self.client);
        let authentication = &self.grant.authentication;
        let id_token = IdToken {
            iss: &issuer,
            sub: &self.grant.subject,
            aud: &self.client.client_id,
            exp: self.now.unix_seconds() + app.config.oidc.id_token_seconds,
            iat: self.now.unix_seconds(),
            auth_time: authentication.auth_time.unix_seconds(),
            nonce: self.grant.nonce.as_deref().filter(|_| self.is_first),
            acr: &self.grant.acr,
            amr: authentication.amr.as_slice(),
            sid: self.grant.sid.as_deref(),
            at_hash: Some(token_hash(self.client.id_token_signed_response_alg, access_token)),
            claims,
        };
        Ok(Some(sign_id_token(app, self.client, &id_token).await?))
    }

    /// The address that an operator asserts (profile 8), looked up where it may be said.
    async fn address(&self, app: &App) -> Result<Option<String>, IssueError> {
        let may_be_said = self.scope.has("email") || self.grant.claims_request.is_some();
        if !may_be_said || self.released.is_none() {
            return Ok(None);
        }
        let first = &self.grant.authentication.first_token_id;
        Ok(links::address_of(app, &self.client.client_id, first).await?)
    }
}
