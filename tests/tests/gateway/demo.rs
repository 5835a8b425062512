//! `idp demo --gateway`: the lines that it prints do what they say, in a shell, as they stand.

use std::process::Command;
use std::time::Duration;

use crate::phone_cli::Demo;

/// What a shell says to some lines.
fn shell(lines: &[String]) -> String {
    let done = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &lines.join("\n")])
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    said
}

fn statuses(said: &str) -> Vec<&str> {
    // A body ends without a line end, and the next answer follows it.
    let answers = said.split("HTTP/1.1 ").skip(1);
    answers.filter_map(|answer| answer.split(' ').next()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_the_demo_log_in_pass_are_refused_and_end_with_the_phone() {
    let (envoy, filter) = (tests::gateway::envoy(), tests::gateway::module());
    let (envoy, filter) = (envoy.display().to_string(), filter.display().to_string());
    let demo = Demo::start_with(&["--gateway", "127.0.0.1:0", "--envoy", &envoy, "--filter", &filter]);
    let lines: Vec<String> = serde_json::from_value(demo.facts["gateway"]["commands"].clone()).unwrap();
    let [login @ .., revoke, again] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    let said = shell(&[login, &["printf '\\nTOKEN %s\\n' \"$TOKEN\"".to_owned()]].concat());
    assert_eq!(statuses(&said), ["200", "403", "401"], "{said}");
    assert!(
        said.contains(&format!("\"x-idp-sub\":\"{}\"", demo.fact("tokenId"))),
        "{said}"
    );
    assert!(
        said.contains("insufficient_scope") && said.contains("token_malformed"),
        "{said}"
    );

    let (_, token) = said.rsplit_once("TOKEN ").unwrap();
    shell(std::slice::from_ref(revoke));
    let again = [format!("TOKEN={}", token.trim()), again.clone()];
    let refused = async {
        loop {
            let said = shell(&again);
            if statuses(&said) != ["200"] {
                return said;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(30), refused)
        .await
        .expect("refused");
    assert_eq!(statuses(&said), ["401"], "{said}");
    assert!(said.contains("token_revoked"), "{said}");
}
