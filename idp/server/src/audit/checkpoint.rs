//! Signed statements of where the audit chains stand, kept in the store and written to a second place.

use std::path::Path;

use idp_core::keys::KeyPurpose;
use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use idp_store::durable::{ChainHead, Checkpoint};
use idp_types::encoding::lowerhex;
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use crate::app::App;
use crate::problem::{Code, Problem};

/// The `typ` of a checkpoint.
pub const CHECKPOINT_TYPE: &str = "idt-audit-checkpoint+jwt";

#[derive(Serialize)]
struct Statement<'a> {
    iss: &'a str,
    chain: &'a str,
    sequence: u64,
    hash: String,
    iat: i64,
}

async fn sign(app: &App, head: &ChainHead) -> Result<String, Problem> {
    let now = app.now();
    let key = app.keys.active(KeyPurpose::Audit, now)?;
    let statement = Statement {
        iss: &app.config.issuer,
        chain: &head.chain,
        sequence: head.sequence,
        hash: lowerhex(&head.hash),
        iat: now.unix_seconds(),
    };
    let payload = serde_json::to_vec(&statement).map_err(|_| Problem::new(Code::Internal))?;
    let header = Header::new(Algorithm::Es256)
        .with_kid(key.kid())
        .with_typ(CHECKPOINT_TYPE);
    let prepared = Prepared::new(&header, &payload);
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok(prepared.complete(&signature))
}

/// Writes a checkpoint for every chain that grew since its last one.
///
/// # Errors
/// A [`Problem`] when the store or the second place does not answer.
pub async fn write_checkpoints(app: &App) -> Result<(), Problem> {
    for head in app.durable.audit_heads().await? {
        if is_covered(app, &head).await? {
            continue;
        }
        let statement = sign(app, &head).await?;
        if let Some(path) = &app.config.audit.checkpoint_file {
            ship(path, &statement).await?;
        }
        let checkpoint = Checkpoint {
            chain: head.chain.clone(),
            sequence: head.sequence,
            statement,
        };
        if let Err(error) = app.durable.put_checkpoint(checkpoint).await {
            // An instance that ends writes what the one that leads writes at the same time.
            if !is_covered(app, &head).await? {
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// Whether a checkpoint says where the chain stands.
async fn is_covered(app: &App, head: &ChainHead) -> Result<bool, Problem> {
    let checkpoints = app.durable.checkpoints(&head.chain).await?;
    let last = checkpoints.last().map(|checkpoint| checkpoint.sequence);
    Ok(last.is_some_and(|last| head.sequence <= last))
}

/// Appends a statement to the second place, synced.
async fn ship(path: &Path, statement: &str) -> Result<(), Problem> {
    let append = async {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut file = tokio::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .await?;
        file.write_all(format!("{statement}\n").as_bytes()).await?;
        file.sync_all().await
    };
    append.await.map_err(|error| {
        tracing::error!(%error, path = %path.display(), "the checkpoint file cannot be written");
        Problem::new(Code::Unavailable)
    })
}
