//! Row 23: the version before the last migration and this one serve side by side on one database.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tests::command::{Running, program};
use tests::{Installation, Instance};

use crate::customers::Customers;
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::{Truth, judge};

const MIGRATIONS: &str = "idp/store-postgres/migrations";

fn git(arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("git runs");
    assert!(
        done.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// The commit before the one that brought the last migration; `None` where the schema never changed.
fn version_before() -> Option<String> {
    let brought = git(&["log", "--diff-filter=A", "--format=%H", "--", MIGRATIONS]);
    let brought: Vec<&str> = brought.lines().collect();
    if brought.len() < 2 {
        return None;
    }
    Some(git(&["rev-parse", &format!("{}^", brought.first()?)]))
}

/// A checked out and built version, removed with this.
struct Built {
    folder: tempfile::TempDir,
}

impl Built {
    fn of(commit: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let tree = folder.path().join("tree").display().to_string();
        git(&["worktree", "add", "--detach", &tree, commit]);
        let built = Self { folder };
        let done = Command::new(env!("CARGO"))
            .args([
                "build",
                "--locked",
                "--quiet",
                "--package",
                "idp-server",
                "--bin",
                "idp",
            ])
            .current_dir(&tree)
            .env("CARGO_TARGET_DIR", built.folder.path().join("target"))
            .status()
            .expect("cargo runs");
        assert!(done.success(), "{commit} builds");
        built
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("target/debug/idp")
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        git(&[
            "worktree",
            "remove",
            "--force",
            &self.folder.path().join("tree").display().to_string(),
        ]);
    }
}

/// Kills the migration in its midst, again and again; then it runs to its end.
async fn migrate(scene: &mut Scene, database_url: &str) {
    scene.installation.serve_by(program().to_owned());
    for milliseconds in [5, 10, 20, 40, 80] {
        let mut migrating: Running = scene.installation.begin(&["migrate"]);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        migrating.kill();
    }
    scene.installation.keep_in(database_url);
}

/// Puts another version in the place of an instance, in order.
async fn replace(instance: &mut Instance, by: &Path) {
    instance.stop();
    instance.serve_by(by.to_owned());
    instance.resume().await;
}

/// From N-1 to N and back under load, with two instances: nobody is refused.
pub(crate) async fn rolling(stage: Stage) -> String {
    let Some(before) = version_before() else {
        return "the schema has one migration: there is no version before it".to_owned();
    };
    let commit = before.clone();
    let built = tokio::task::spawn_blocking(move || Built::of(&commit))
        .await
        .expect("it builds");
    let (old, new) = (built.program(), program().to_owned());
    let change = |installation: &mut Installation| installation.serve_by(old.clone());
    let mut scene = Scene::shared_with(2, &stage.cluster(), change).await;
    let customers = Customers::begin(&scene, scene.phones(6).await, None);
    customers.wait_for(10).await;
    let url = scene.database().url();
    migrate(&mut scene, &url).await;
    customers.wait_for(10).await;
    for (number, version) in [(0, &new), (1, &new), (0, &old), (0, &new)] {
        replace(&mut scene.instances[number], version).await;
        customers.wait_for(10).await;
    }
    let verdict = judge(&customers.end().await, &Truth::of(&scene).await);
    assert_eq!(verdict.tally.refused, 0, "nobody is refused: {verdict}");
    scene.assert_sound();
    format!("{} and this version side by side; {verdict}", &before[..10])
}
