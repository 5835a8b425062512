//! The steps that one command cannot say, as scripts that Redis runs without interruption.

use std::sync::LazyLock;

use redis::{ErrorKind, FromRedisValue, ServerErrorKind};

use crate::link::{Failure, Link};

/// A script on one key.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

macro_rules! scripts {
    ($($name:ident $file:literal;)+) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!(include_str!("script/prelude.lua"), include_str!(concat!("script/", $file))))
        });)+
    };
}

scripts! {
    PUT "put.lua";
    PUT_NEW "put_new.lua";
    SWAP "swap.lua";
    COUNT "count.lua";
    HIT "hit.lua";
    INSERT_SESSION "insert_session.lua";
    REPLACE_SESSION "replace_session.lua";
    INDEX "index.lua";
}

impl Script {
    fn new(code: &'static str) -> Self {
        let hash = redis::Script::new(code).get_hash().to_owned();
        Self { code, hash }
    }

    /// Runs it. Its text is sent only to a server that does not know it yet.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        link: &Link,
        key: &str,
        arguments: &[&[u8]],
    ) -> Result<T, Failure> {
        let call = |verb: &str, script: &str| {
            let mut command = redis::cmd(verb);
            command.arg(script).arg(1).arg(key).arg(arguments);
            command
        };
        match link.query(&call("EVALSHA", &self.hash)).await {
            Err(Failure::Redis(error)) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                link.query(&call("EVAL", self.code)).await
            }
            done => done,
        }
    }
}
