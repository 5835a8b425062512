//! A new seal takes over from an old one (profile 11). The server holds no attributes to compare, so it takes two operators, or
//! both seals in one request with the same person in them.

use std::sync::Arc;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::{ChangeRefusal, Holder, supersession_effective_at};
use idp_store::durable::Supersession;
use idp_store::{Change, Commit, CommitError, Version, Versioned};
use idp_types::{OperatorName, Timestamp, TokenId};
use idp_vds::PersonPayload;

use super::TRIES;
use super::seal::{PersonSeal, invalid};
use super::settle::{settle, tell_devices};
use crate::app::App;
use crate::problem::{Code, Problem};

/// Which tokenId takes over from which.
#[derive(Debug, Clone)]
pub(crate) struct Succession {
    /// The old one.
    pub(crate) token_id: TokenId,
    /// The new one.
    pub(crate) by: TokenId,
}

/// Both seals as text, for a supersession that they prove.
#[derive(Clone, Copy)]
pub(crate) struct SealPair<'a> {
    /// Of the old tokenId.
    pub(crate) old: &'a str,
    /// Of the new tokenId.
    pub(crate) new: &'a str,
}

/// The first operator asks. Asking twice changes nothing.
///
/// # Errors
/// `not_found` when either tokenId is not enrolled; `conflict` when the two cannot be chained or something else was asked for.
pub(crate) async fn request_supersession(
    app: &App,
    succession: &Succession,
    operator: &OperatorName,
) -> Result<Supersession, Problem> {
    for _ in 0..TRIES {
        let now = app.now();
        check_chain(app, succession, now).await?;
        let found = app.durable.supersession(&succession.token_id).await?;
        if let Some(open) = found.as_ref().filter(|found| is_open(&found.value)) {
            let same = open.value.by == succession.by && open.value.requested_by == operator.as_str();
            return if same {
                Ok(open.value.clone())
            } else {
                Err(Code::Conflict.into())
            };
        }
        let supersession = begin(succession, operator, now);
        let version = found.map_or(Version(0), |found| found.version);
        let fact = fact(app, succession, Actor::Operator(operator.clone()), "requested");
        if write(app, &supersession, version, fact).await? {
            return Ok(supersession);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// The second operator confirms. It takes effect at once where no old device is left to object, else after a day unless one of
/// them answers; they are asked now.
///
/// # Errors
/// `not_found` when nothing is to be confirmed, `second_operator_required` for the operator who asked, `conflict`.
pub(crate) async fn confirm_supersession(
    app: &Arc<App>,
    succession: &Succession,
    operator: &OperatorName,
) -> Result<Supersession, Problem> {
    for _ in 0..TRIES {
        let now = app.now();
        let old = check_chain(app, succession, now).await?;
        let found = app.durable.supersession(&succession.token_id).await?;
        let found = found.filter(|found| is_open(&found.value) && found.value.by == succession.by);
        let Versioned {
            value: mut supersession,
            version,
        } = found.ok_or(Code::NotFound)?;
        if supersession.requested_by == operator.as_str() {
            return Err(Code::SecondOperatorRequired.into());
        }
        if supersession.effective_at.is_some() {
            return Err(Code::Conflict.into());
        }
        supersession.confirmed_by = Some(operator.to_string());
        supersession.effective_at = Some(supersession_effective_at(&old, false, now));
        let fact = fact(app, succession, Actor::Operator(operator.clone()), "confirmed");
        if write(app, &supersession, version, fact).await? {
            return decided(app, &old, supersession).await;
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// One operator, with both seals at hand: both valid, of these tokenIds, and of the same person. The seals are forgotten here.
///
/// # Errors
/// `invalid_seal` with its reason, `conflict` when the seals are of other tokenIds or of different people.
pub(crate) async fn supersede_by_seals(
    app: &Arc<App>,
    succession: &Succession,
    seals: SealPair<'_>,
    operator: &OperatorName,
) -> Result<Supersession, Problem> {
    check_seals(app, succession, seals)?;
    for _ in 0..TRIES {
        let now = app.now();
        let old = check_chain(app, succession, now).await?;
        let found = app.durable.supersession(&succession.token_id).await?;
        if found
            .as_ref()
            .is_some_and(|found| is_open(&found.value) && found.value.by != succession.by)
        {
            return Err(Code::Conflict.into());
        }
        let mut supersession = begin(succession, operator, now);
        supersession.effective_at = Some(supersession_effective_at(&old, false, now));
        let version = found.map_or(Version(0), |found| found.version);
        let fact = fact(
            app,
            succession,
            Actor::Operator(operator.clone()),
            "proven_by_seals",
        );
        if write(app, &supersession, version, fact).await? {
            return decided(app, &old, supersession).await;
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// An operator withdraws what has not taken effect.
///
/// # Errors
/// `not_found` when there is nothing to withdraw.
pub(crate) async fn cancel_supersession(
    app: &App,
    token_id: &TokenId,
    operator: &OperatorName,
) -> Result<Supersession, Problem> {
    for _ in 0..TRIES {
        let found = app
            .durable
            .supersession(token_id)
            .await?
            .filter(|found| is_open(&found.value));
        let Versioned {
            value: mut supersession,
            version,
        } = found.ok_or(Code::NotFound)?;
        supersession.cancelled = true;
        let succession = Succession {
            token_id: token_id.clone(),
            by: supersession.by.clone(),
        };
        let fact = fact(app, &succession, Actor::Operator(operator.clone()), "withdrawn");
        if write(app, &supersession, version, fact).await? {
            return Ok(supersession);
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

fn begin(succession: &Succession, operator: &OperatorName, now: Timestamp) -> Supersession {
    Supersession {
        token_id: succession.token_id.clone(),
        by: succession.by.clone(),
        requested_by: operator.to_string(),
        confirmed_by: None,
        requested_at: now,
        effective_at: None,
        completed_at: None,
        cancelled: false,
    }
}

pub(super) const fn is_open(supersession: &Supersession) -> bool {
    !supersession.cancelled && supersession.completed_at.is_none()
}

/// Whether the two could be chained now; answers the old holder.
async fn check_chain(app: &App, succession: &Succession, now: Timestamp) -> Result<Holder, Problem> {
    let old = app
        .durable
        .holder(&succession.token_id)
        .await?
        .ok_or(Code::NotFound)?;
    let new = app.durable.holder(&succession.by).await?.ok_or(Code::NotFound)?;
    old.value
        .clone()
        .supersede(new.value.clone(), now)
        .map_err(problem)?;
    Ok(old.value.clone())
}

fn problem(refusal: ChangeRefusal) -> Problem {
    Problem::new(Code::Conflict).detail(match refusal {
        ChangeRefusal::Ended => "one of the two tokenIds has ended",
        ChangeRefusal::Chain => "the new tokenId has a chain of its own",
        ChangeRefusal::UnknownDevice | ChangeRefusal::TrustLimit => "the two tokenIds cannot be chained",
    })
}

/// Tells the old devices, or carries it out where nobody is left to tell.
async fn decided(app: &Arc<App>, old: &Holder, supersession: Supersession) -> Result<Supersession, Problem> {
    if supersession.effective_at.is_some_and(|at| at <= app.now()) {
        return settle(app, &supersession.token_id).await;
    }
    tell_devices(app, old, &supersession.by).await;
    Ok(supersession)
}

/// Profile 11: the old seal presented and matched with the new one. Both must still verify; an expired old seal takes two
/// operators, because nothing vouches for it any more.
fn check_seals(app: &App, succession: &Succession, seals: SealPair<'_>) -> Result<(), Problem> {
    let now = app.now();
    let old = PersonSeal::verify(app, seals.old, now).map_err(|error| invalid(&error).with("seal", "old"))?;
    let new = PersonSeal::verify(app, seals.new, now).map_err(|error| invalid(&error).with("seal", "new"))?;
    let (Some(old), Some(new)) = (old.person(), new.person()) else {
        return Err(Code::InvalidSeal.into());
    };
    if old.token_id != succession.token_id || new.token_id != succession.by {
        return Err(Problem::new(Code::Conflict).detail("the seals are of other tokenIds"));
    }
    if !same_person(old, new) {
        return Err(Problem::new(Code::Conflict).detail("the seals are not of the same person"));
    }
    Ok(())
}

/// Given name, family name and the whole birth date. A birth date of which a part is unknown matches nobody.
fn same_person(old: &PersonPayload, new: &PersonPayload) -> bool {
    let same = |left: &str, right: &str| left.trim().to_lowercase() == right.trim().to_lowercase();
    let born = old.birth_date.complete();
    same(&old.given_name, &new.given_name)
        && same(&old.family_name, &new.family_name)
        && born.is_some()
        && born == new.birth_date.complete()
}

/// The new tokenId stands in the record by its keyed name, like any subject.
pub(super) fn fact(app: &App, succession: &Succession, actor: Actor, step: &'static str) -> AuditFact {
    AuditFact::new(AuditEvent::SupersedeRequest, actor)
        .about(&succession.token_id)
        .with("by", app.audit.reference(&succession.by))
        .with("step", step)
}

/// `false`: it changed since it was read.
pub(super) async fn write(
    app: &App,
    supersession: &Supersession,
    expected: Version,
    fact: AuditFact,
) -> Result<bool, Problem> {
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    let change = Change::PutSupersession {
        supersession: supersession.clone(),
        expected,
    };
    match app
        .durable
        .commit(Commit {
            changes: vec![change],
            audit: vec![record],
        })
        .await
    {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use idp_types::CivilDate;
    use idp_vds::{BirthDate, Person};

    use super::*;

    fn person(given: &str, family: &str, born: &str) -> PersonPayload {
        PersonPayload::new(Person {
            given_name: given.into(),
            family_name: family.into(),
            birth_date: BirthDate::parse(born).unwrap(),
            nationality: "FRA".into(),
            document_number: "1".into(),
            token_id: TokenId::parse("jean").unwrap(),
            expires: CivilDate::parse("2027-03-15").unwrap(),
            photo: None,
            face: None,
        })
        .unwrap()
    }

    #[test]
    fn the_same_person_has_the_same_names_and_a_whole_birth_date() {
        let jean = person("Jean", "Dupont", "1985-06-15");
        assert!(same_person(&jean, &person("JEAN ", "Dupont", "1985-06-15")));
        assert!(!same_person(&jean, &person("Jeanne", "Dupont", "1985-06-15")));
        assert!(!same_person(&jean, &person("Jean", "Dupond", "1985-06-15")));
        assert!(!same_person(&jean, &person("Jean", "Dupont", "1985-06-16")));
        let partial = person("Jean", "Dupont", "1985");
        assert!(!same_person(&partial, &partial));
    }
}
