//! The admin interface as a declarative tool uses it: what is written whole is so, nothing is overwritten unseen, nothing is done twice.

mod apply;
mod clients;
mod links;
mod services;
mod tokens;

use http::Method;
use serde_json::Value;
use tests::{Answer, Call, TestServer};

/// A tool that keeps what it read, as Terraform does.
struct Tool<'a> {
    server: &'a TestServer,
    token: String,
    path: String,
}

impl<'a> Tool<'a> {
    async fn new(server: &'a TestServer, path: &str) -> Self {
        Self {
            server,
            token: server.operator("terraform").await,
            path: path.to_owned(),
        }
    }

    fn call(&self, method: Method) -> Call {
        Call::new(method, &self.path).bearer(&self.token)
    }

    async fn read(&self) -> Answer {
        self.server.send(self.call(Method::GET)).await
    }

    async fn put(&self, document: &Value) -> Answer {
        self.server.send(self.call(Method::PUT).json(document)).await
    }

    async fn put_if(&self, etag: &str, document: &Value) -> Answer {
        let call = self.call(Method::PUT).header("if-match", etag);
        self.server.send(call.json(document)).await
    }

    /// Writes only where nothing is.
    async fn put_new(&self, document: &Value) -> Answer {
        let call = self.call(Method::PUT).header("if-none-match", "*");
        self.server.send(call.json(document)).await
    }

    async fn delete_if(&self, etag: &str) -> Answer {
        let call = self.call(Method::DELETE).header("if-match", etag);
        self.server.send(call).await
    }

    /// Sixteen writers who saw the same state; how many answered 200, and how many 412.
    async fn race(&self, etag: &str, document: impl Fn(usize) -> Value) -> (usize, usize) {
        let documents: Vec<Value> = (0..16).map(document).collect();
        let answers =
            futures_util::future::join_all(documents.iter().map(|one| self.put_if(etag, one))).await;
        let count = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status.as_u16() == status)
                .count()
        };
        (count(200), count(412))
    }
}

/// A document with one member changed.
fn with(document: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut changed = document.clone();
    changed
        .as_object_mut()
        .expect("an object")
        .insert(member.to_owned(), value.into());
    changed
}
