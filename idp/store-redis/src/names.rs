//! What things are called in Redis. No two kinds share a name, and each command or script touches one name alone, so that a cluster may
//! keep them wherever it likes.

use std::fmt::Display;

use idp_store::ephemeral::{Kind, Topic};
use idp_types::{SessionId, TokenId};

/// The names of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    prefix: String,
}

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    fn name(&self, space: &str, rest: impl Display) -> String {
        format!("{}:{space}:{rest}", self.prefix)
    }

    pub(crate) fn session(&self, id: &SessionId) -> String {
        self.session_named(id.as_str())
    }

    /// The session that an index names.
    pub(crate) fn session_named(&self, id: &str) -> String {
        self.name("s", id)
    }

    /// The index of all sessions.
    pub(crate) fn sessions(&self) -> String {
        self.name("all", "s")
    }

    /// The index of deadlines.
    pub(crate) fn deadlines(&self) -> String {
        self.name("all", "d")
    }

    /// The index of a holder's sessions.
    pub(crate) fn holder(&self, token_id: &TokenId) -> String {
        self.name("h", token_id)
    }

    pub(crate) fn value(&self, kind: Kind, key: &str) -> String {
        self.name(space(kind), key)
    }

    pub(crate) fn bucket(&self, bucket: &str) -> String {
        self.name("b", bucket)
    }

    /// The channel of a topic.
    pub(crate) fn channel(&self, topic: &Topic) -> String {
        match topic {
            Topic::Session(id) => self.name("ws", id),
            Topic::Holder(token_id) => self.name("wh", token_id),
            Topic::Keys => self.name("wk", "keys"),
            Topic::Trust => self.name("wk", "trust"),
        }
    }

    /// The topic of a channel.
    pub(crate) fn topic(&self, channel: &str) -> Option<Topic> {
        let rest = channel.strip_prefix(&self.prefix)?.strip_prefix(':')?;
        match rest.split_once(':')? {
            ("ws", id) => Some(Topic::Session(id.to_owned())),
            ("wk", "keys") => Some(Topic::Keys),
            ("wk", "trust") => Some(Topic::Trust),
            ("wh", token_id) => TokenId::parse(token_id).ok().map(Topic::Holder),
            _ => None,
        }
    }
}

const fn space(kind: Kind) -> &'static str {
    match kind {
        Kind::EnrolmentChallenge => "v:challenge",
        Kind::DeviceRequest => "v:device",
        Kind::Registration => "v:registration",
        Kind::Mailbox => "v:mailbox",
        Kind::Block => "v:block",
        Kind::AssertionId => "v:assertion",
        Kind::PushCount => "v:pushes",
        Kind::Interaction => "v:interaction",
        Kind::ParkedRequest => "v:parked",
        Kind::PushedRequest => "v:pushed",
        Kind::AuthorizationCode => "v:code",
        Kind::AccessClaims => "v:access",
        Kind::RefreshClaims => "v:refresh",
        Kind::RefreshReplay => "v:replay",
        Kind::SessionClaims => "v:session",
        Kind::DeviceAuthorization => "v:devicecode",
        Kind::UserCode => "v:usercode",
        Kind::CibaRequest => "v:ciba",
        Kind::DpopProof => "v:dpop",
        Kind::SamlRequest => "v:samlrequest",
        Kind::SamlArtifact => "v:samlartifact",
        Kind::SamlLogout => "v:samllogout",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_names_its_topic() {
        let names = Names::new("idp");
        for topic in [
            Topic::Session("sess_1:2".to_owned()),
            Topic::Holder(TokenId::parse("VDS-FR-00000001").unwrap()),
            Topic::Keys,
            Topic::Trust,
        ] {
            assert_eq!(names.topic(&names.channel(&topic)), Some(topic));
        }
        for other in ["", "idp", "idp:ws", "idpx:ws:1", "idp:s:1", "idp:wh:not a token"] {
            assert_eq!(names.topic(other), None, "{other}");
        }
    }
}
