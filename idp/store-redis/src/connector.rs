//! How to reach Redis: connects anew each time it is asked, to whoever is in charge then.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection, PubSub};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, Pipeline, RedisError, RedisFuture,
    RedisResult, TlsCertificates, TlsMode, Value, from_redis_value,
};
use tokio::sync::Mutex;

use crate::address::{Address, Form};

/// Commands that wait for their turn on the wire.
const QUEUE: usize = 1_024;

/// Whom to ask.
pub(crate) enum Connector {
    Server(Client),
    Sentinel(Box<Mutex<SentinelClient>>),
    Cluster {
        client: Box<ClusterClient>,
        nodes: Vec<Client>,
        // Which node to listen to next.
        turn: AtomicUsize,
    },
}

/// A connection that many requests share.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connector {
    /// Reads the address; nobody is asked yet. `response` limits what a cluster's driver does by itself.
    pub(crate) fn new(address: &Address, roots: Option<&[u8]>, response: Duration) -> RedisResult<Self> {
        let certificates = roots.filter(|_| address.tls).map(|pem| TlsCertificates {
            client_tls: None,
            root_cert: Some(pem.to_vec()),
        });
        let client = |info: &ConnectionInfo| match &certificates {
            Some(certificates) => Client::build_with_tls(info.clone(), certificates.clone()),
            None => Client::open(info.clone()),
        };
        match (address.form, address.nodes.first()) {
            (_, None) => Err(RedisError::from((ErrorKind::InvalidClientConfig, "no host"))),
            (Form::Server, Some(node)) => client(node).map(Self::Server),
            (Form::Sentinel, Some(node)) => {
                let client = sentinel(address, node, certificates)?;
                Ok(Self::Sentinel(Box::new(Mutex::new(client))))
            }
            (Form::Cluster, Some(_)) => {
                let mut builder = ClusterClientBuilder::new(address.nodes.iter().cloned())
                    .retries(2)
                    .connection_timeout(response)
                    .response_timeout(response);
                if let Some(certificates) = &certificates {
                    builder = builder.certs(certificates.clone());
                }
                Ok(Self::Cluster {
                    client: Box::new(builder.build()?),
                    nodes: address.nodes.iter().map(client).collect::<Result<_, _>>()?,
                    turn: AtomicUsize::new(0),
                })
            }
        }
    }

    /// A connection to whoever is in charge, which has answered. The caller limits the time.
    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE);
        let connect =
            async |client: &Client| client.get_multiplexed_async_connection_with_config(&config).await;
        let mut connection = match self {
            Self::Server(client) => Connection::Server(connect(client).await?),
            Self::Sentinel(sentinel) => {
                let client = sentinel.lock().await.async_get_client().await?;
                Connection::Server(connect(&client).await?)
            }
            Self::Cluster { client, .. } => Connection::Cluster(client.get_async_connection().await?),
        };
        redis::cmd("PING").query_async::<Value>(&mut connection).await?;
        Ok(connection)
    }

    /// A connection that listens. What one node of a cluster is told, all are: any of them will do, and a further call asks the next.
    pub(crate) async fn listen(&self) -> RedisResult<PubSub> {
        match self {
            Self::Server(client) => client.get_async_pubsub().await,
            Self::Sentinel(sentinel) => {
                let client = sentinel.lock().await.async_get_client().await?;
                client.get_async_pubsub().await
            }
            Self::Cluster { nodes, turn, .. } => {
                let turn = turn.fetch_add(1, Ordering::Relaxed) % nodes.len().max(1);
                let nobody = || RedisError::from((ErrorKind::InvalidClientConfig, "no host"));
                nodes.get(turn).ok_or_else(nobody)?.get_async_pubsub().await
            }
        }
    }
}

fn sentinel(
    address: &Address,
    node: &ConnectionInfo,
    certificates: Option<TlsCertificates>,
) -> RedisResult<SentinelClient> {
    let sentinels = address.nodes.iter().map(|node| node.addr().clone());
    let mut builder = SentinelClientBuilder::new(sentinels, &address.master, SentinelServerType::Master)?
        .set_client_to_redis_db(node.redis_settings().db());
    if let Some(name) = node.redis_settings().username() {
        builder = builder.set_client_to_redis_username(name);
    }
    if let Some(password) = node.redis_settings().password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(name) = address.sentinel.username() {
        builder = builder.set_client_to_sentinel_username(name);
    }
    if let Some(password) = address.sentinel.password() {
        builder = builder.set_client_to_sentinel_password(password);
    }
    if address.tls {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if let Some(certificates) = certificates {
        builder = builder
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates);
    }
    builder.build()
}

impl Connection {
    /// Whether the whole connection is lost with one of its requests: a cluster's driver mends its own.
    pub(crate) const fn is_one_wire(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// What the server does when its memory is full; `None` where it does not say.
    pub(crate) async fn memory_policy(&mut self) -> RedisResult<Option<String>> {
        let mut command = redis::cmd("INFO");
        command.arg("memory");
        let text: String = match self {
            Self::Server(connection) => command.query_async(connection).await?,
            Self::Cluster(connection) => {
                let anyone = RoutingInfo::SingleNode(SingleNodeRoutingInfo::Random);
                from_redis_value(connection.route_command(command, anyone).await?)?
            }
        };
        let policy = text
            .lines()
            .find_map(|line| line.strip_prefix("maxmemory_policy:"));
        Ok(policy.map(|policy| policy.trim().to_owned()))
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
