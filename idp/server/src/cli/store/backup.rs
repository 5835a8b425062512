//! `idp store backup` and `idp store restore`: an installation, copied while it runs and put back.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use idp_store_postgres::DatabaseUrl;
use idp_store_sqlite::snapshot;
use serde::{Deserialize, Serialize};

use super::stopped;
use crate::boot::BootError;
use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output, audit};
use crate::config::Config;
use crate::crypto::sha256_hex;
use crate::stores;

/// What says which files belong together.
const MANIFEST: &str = "manifest.json";

/// The shared database, as `pg_dump` writes it.
const DUMP: &str = "idp.dump";

/// The audit log's checkpoints.
const CHECKPOINTS: &str = "checkpoints";

/// Where from, or where to.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Backup {
    #[command(flatten)]
    file: ConfigFile,
    /// A directory that is not there yet.
    #[arg(long, value_name = "DIRECTORY")]
    to: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// What to put back.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Restore {
    #[command(flatten)]
    file: ConfigFile,
    /// What `idp store backup` wrote.
    #[arg(long, value_name = "DIRECTORY")]
    from: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// The files of a copy.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: String,
    issuer: String,
    files: Vec<Copied>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Copied {
    name: String,
    bytes: usize,
    sha256: String,
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let config = self.file.load()?;
        let mut builder = DirBuilder::new();
        let made = builder.mode(0o700).create(&self.to);
        made.map_err(|error| not_written(&self.to, &error))?;
        let manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            issuer: config.issuer.clone(),
            files: copied(&config, &self.to).await?,
        };
        let text = serde_json::to_string_pretty(&manifest);
        let text = text.map_err(|error| CliError::failed("the manifest cannot be written", error, ""))?;
        write(&self.to.join(MANIFEST), text.as_bytes())?;
        let files = manifest.files.len();
        let text = format!(
            "copied {files} files to {}; the sealing key is not among them",
            self.to.display()
        );
        self.output.print(&manifest, &text)
    }
}

async fn copied(config: &Config, to: &Path) -> Result<Vec<Copied>, CliError> {
    let mut files = Vec::new();
    // Keys first: no record of the copy is of a key that it lacks for longer than a rotation takes to be used.
    if config.keys.file.exists() {
        files.push(copy(&config.keys.file, &to.join(name_of(&config.keys.file)))?);
    }
    if let Some(checkpoints) = config.audit.checkpoint_file.as_ref().filter(|file| file.exists()) {
        files.push(copy(checkpoints, &to.join(CHECKPOINTS))?);
    }
    let database = if let Some(database) = &config.storage.database {
        let file = to.join(DUMP);
        dump(&database.url, &file).await?;
        file
    } else {
        let from = stores::embedded_file(config);
        let file = to.join(name_of(&from));
        snapshot(&from, &file).await.map_err(BootError::Open)?;
        file
    };
    files.push(described(&database)?);
    Ok(files)
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let config = self.file.load()?;
        let manifest = self.manifest(&config)?;
        if config.keys.file.exists() || stores::embedded_file(&config).exists() {
            let why = format!("{} has keys or a database already", config.data_dir.display());
            let fix = "restore to an empty data_dir: move what is there elsewhere first";
            return Err(CliError::failed("nothing was restored", why, fix));
        }
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(&config.data_dir);
        made.map_err(|error| not_written(&config.data_dir, &error))?;
        let keys = name_of(&config.keys.file);
        if manifest.files.iter().any(|file| *file.name == *keys) {
            copy(&self.from.join(&keys), &config.keys.file)?;
        }
        if let Some(database) = &config.storage.database {
            load(&database.url, &self.from.join(DUMP)).await?;
        } else {
            let file = stores::embedded_file(&config);
            copy(&self.from.join(name_of(&file)), &file)?;
            stopped(&file)?;
        }
        let checkpoints = Some(self.from.join(CHECKPOINTS)).filter(|file| file.exists());
        audit::verify_restored(self.file, checkpoints, self.output).await
    }

    /// Every file of the manifest, whole, and of this issuer.
    fn manifest(&self, config: &Config) -> Result<Manifest, CliError> {
        let path = self.from.join(MANIFEST);
        let fix = "name a directory that idp store backup wrote, whole";
        let text = std::fs::read(&path).map_err(|error| not_read(&path, &error))?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| CliError::failed(format!("{} is no manifest", path.display()), error, fix))?;
        if manifest.issuer != config.issuer {
            let why = format!("it is of {}", manifest.issuer);
            return Err(CliError::failed("the copy is of another issuer", why, fix));
        }
        for file in &manifest.files {
            let path = self.from.join(name_of(Path::new(&file.name)));
            if described(&path)?.sha256 != file.sha256 {
                let what = format!("{} is not what was copied", path.display());
                return Err(CliError::failed(what, "its SHA-256 is another one", fix));
            }
        }
        Ok(manifest)
    }
}

/// All tables at one moment.
async fn dump(url: &DatabaseUrl, file: &Path) -> Result<(), CliError> {
    // Made here for its mode; the program writes into it.
    write(file, &[])?;
    let mut command = Command::new("pg_dump");
    command
        .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
        .arg(file);
    program(url, command).await
}

async fn load(url: &DatabaseUrl, file: &Path) -> Result<(), CliError> {
    let mut command = Command::new("pg_restore");
    let database = url
        .libpq_variables()
        .into_iter()
        .find(|(name, _)| *name == "PGDATABASE");
    command
        .args([
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
        ])
        .arg("--dbname")
        .arg(database.map(|(_, name)| name).unwrap_or_default())
        .arg(file);
    program(url, command).await
}

async fn program(url: &DatabaseUrl, mut command: Command) -> Result<(), CliError> {
    command.envs(url.libpq_variables());
    let name = command.get_program().to_string_lossy().into_owned();
    let ran = tokio::task::spawn_blocking(move || command.output()).await;
    let ran = ran.map_err(io::Error::other).and_then(|output| output);
    let fix = "it belongs to the PostgreSQL client programs, of the server's version or newer";
    let output = ran.map_err(|error| CliError::failed(format!("{name} does not run"), error, fix))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(CliError::failed(format!("{name} failed"), said, fix))
}

fn copy(from: &Path, to: &Path) -> Result<Copied, CliError> {
    let bytes = std::fs::read(from).map_err(|error| not_read(from, &error))?;
    write(to, &bytes)?;
    described(to)
}

fn write(to: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(to);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| not_written(to, &error))
}

fn described(file: &Path) -> Result<Copied, CliError> {
    let bytes = std::fs::read(file).map_err(|error| not_read(file, &error))?;
    Ok(Copied {
        name: name_of(file),
        bytes: bytes.len(),
        sha256: sha256_hex(&bytes),
    })
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn not_read(path: &Path, error: &io::Error) -> CliError {
    let what = format!("{} cannot be read", path.display());
    CliError::failed(what, error, "run this as the server's user")
}

fn not_written(path: &Path, error: &io::Error) -> CliError {
    let what = format!("{} cannot be written", path.display());
    let fix = "name a directory that is not there yet, where there is room";
    CliError::failed(what, error, fix)
}
