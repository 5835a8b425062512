//! The order of a single logout: back channels first, all of them at once, because they need no browser and cannot be left half-way; then
//! one front channel after the other, each taking the browser away and, usually, sending it back.

use serde::{Deserialize, Serialize};

use crate::binding::{Binding, RelayState};
use crate::identifier::{EntityId, MessageId, SessionIndex};
use crate::name_id::NameId;
use crate::provider::{LogoutService, ServiceProvider};
use crate::status::{Detail, Status, StatusCode};

/// A provider that takes part in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub provider: EntityId,
    /// How it knows the person.
    pub name_id: NameId,
    /// How it knows the session.
    pub session_index: SessionIndex,
}

/// How a participant was or will be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Not yet told.
    Waiting,
    /// Told with this request; the answer is awaited.
    Asked(MessageId),
    /// It ended its session.
    Ended,
    /// It did not, could not be told, or never answered.
    Failed,
}

/// Who began the logout and is answered at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiator {
    /// Who.
    pub provider: EntityId,
    /// The request.
    pub request: MessageId,
    /// The sender's word.
    pub relay_state: Option<RelayState>,
    /// How the answer travels.
    pub binding: Binding,
}

/// What is due for one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who is told.
    pub participant: Participant,
    /// By which service.
    pub service: LogoutService,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    participant: Participant,
    /// None where the provider takes part in no single logout.
    service: Option<LogoutService>,
    outcome: Outcome,
}

/// A logout on its way. A plain value that waits in the store while browsers travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutPlan {
    initiator: Option<Initiator>,
    steps: Vec<Step>,
}

impl LogoutPlan {
    /// A plan for everybody of the session but the initiator, who ended its own already.
    pub fn new(initiator: Option<Initiator>, participants: Vec<(Participant, &ServiceProvider)>) -> Self {
        let own = initiator.as_ref().map(|initiator| initiator.provider.clone());
        let mut steps: Vec<Step> = participants
            .into_iter()
            .filter(|(participant, _)| own.as_ref() != Some(&participant.provider))
            .map(|(participant, provider)| {
                let service = preferred(provider).cloned();
                let outcome = if service.is_some() {
                    Outcome::Waiting
                } else {
                    Outcome::Failed
                };
                Step {
                    participant,
                    service,
                    outcome,
                }
            })
            .collect();
        steps.sort_by_key(|step| !step.is_back_channel());
        Self { initiator, steps }
    }

    /// Who is answered at the end.
    pub const fn initiator(&self) -> Option<&Initiator> {
        self.initiator.as_ref()
    }

    /// The participants that are told without a browser.
    pub fn back_channel(&self) -> Vec<Delivery> {
        self.waiting(Step::is_back_channel).collect()
    }

    /// The participant that the browser goes to next; none when every browser journey is over.
    pub fn front_channel(&self) -> Option<Delivery> {
        self.waiting(|step| !step.is_back_channel()).next()
    }

    /// A participant was told with this request.
    #[must_use]
    pub fn asked(mut self, provider: &EntityId, request: MessageId) -> Self {
        self.set(provider, Outcome::Asked(request));
        self
    }

    /// The participant whose answer to this request is awaited.
    pub fn awaiting(&self, request: &MessageId) -> Option<&EntityId> {
        self.steps
            .iter()
            .find(|step| step.outcome == Outcome::Asked(request.clone()))
            .map(|step| &step.participant.provider)
    }

    /// A participant answered, or the attempt to reach it ended.
    #[must_use]
    pub fn answered(mut self, provider: &EntityId, status: &Status) -> Self {
        let outcome = if status.is_success() {
            Outcome::Ended
        } else {
            Outcome::Failed
        };
        self.set(provider, outcome);
        self
    }

    /// Those who did not end their session, for the page that tells the person.
    pub fn failed(&self) -> impl Iterator<Item = &EntityId> {
        self.steps
            .iter()
            .filter(|step| step.outcome != Outcome::Ended)
            .map(|step| &step.participant.provider)
    }

    /// The status of the whole: our session is gone in any case, and `PartialLogout` says that another one may not be (Core 3.7.3.2).
    pub fn status(&self) -> Status {
        if self.failed().next().is_none() {
            Status::SUCCESS
        } else {
            Status {
                code: StatusCode::Success,
                detail: Some(Detail::PartialLogout),
                message: None,
            }
        }
    }

    fn waiting<'p>(&'p self, which: impl Fn(&Step) -> bool + 'p) -> impl Iterator<Item = Delivery> + 'p {
        self.steps
            .iter()
            .filter(move |step| step.outcome == Outcome::Waiting && which(step))
            .filter_map(|step| {
                step.service.clone().map(|service| Delivery {
                    participant: step.participant.clone(),
                    service,
                })
            })
    }

    fn set(&mut self, provider: &EntityId, outcome: Outcome) {
        let open = |step: &&mut Step| {
            step.participant.provider == *provider
                && matches!(step.outcome, Outcome::Waiting | Outcome::Asked(_))
        };
        if let Some(step) = self.steps.iter_mut().find(open) {
            step.outcome = outcome;
        }
    }
}

impl Step {
    fn is_back_channel(&self) -> bool {
        self.service
            .as_ref()
            .is_some_and(|service| service.binding == Binding::Soap)
    }
}

/// SOAP where there is one, then Redirect, then POST.
fn preferred(provider: &ServiceProvider) -> Option<&LogoutService> {
    [Binding::Soap, Binding::Redirect, Binding::Post]
        .into_iter()
        .find_map(|binding| provider.logout_service(binding))
}
