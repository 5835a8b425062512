# The OpenAPI document against a running server.
# Sourced by `tests/run`.

# Generated requests, valid and not, for every operation of the document (`tests/schemathesis`).
install_schemathesis() { install_requirements tests/schemathesis/requirements.txt .tools/schemathesis; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start_administered: a server on a free port, whose limits no generated request meets; sets `server`, `issuer` and
# OPERATOR_TOKEN.
start_administered() {
    local folder=$work/administered deadline=$((SECONDS + 30))
    issuer="http://127.0.0.1:$(free_port)"
    mkdir -p "$folder"
    cat >"$folder/idp.toml" <<END
issuer = "$issuer"
listen = "${issuer#http://}"
data_dir = "$folder/data"
[limits]
initiate_per_minute = 100000
enroll_per_hour = 100000
challenge_per_minute = 100000
admin_per_minute = 100000
service_per_minute = 10000000
verify_failures_per_minute = 100000
device_requests_per_minute = 100000
[oidc]
dynamic_registration = true
END
    "$IDP" trust init "$folder/data/trust" --operator 'Test scheme' >/dev/null
    OPERATOR_TOKEN=$("$IDP" operator token --name ann --scope idtoken:admin --scope idtoken:audit --ttl 24h \
        --config "$folder/idp.toml")
    export OPERATOR_TOKEN
    "$IDP" serve --config "$folder/idp.toml" >"$folder/log" 2>&1 &
    server=$!
    until python3 -c "import urllib.request; urllib.request.urlopen('$issuer/health/ready')" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$server" 2>/dev/null; then
            cat "$folder/log" >&2
            fail "the server did not become ready"
        fi
        sleep 0.1
    done
}

# try_schema CONFIGURATION OPTIONS...: one run; its operations are counted as tests, or its findings as failures.
# One worker: two threads of Python 3.11 trip over each other in its parser.
try_schema() {
    local configuration=$1 status=0 tested found
    shift
    .tools/schemathesis/bin/schemathesis --config-file "tests/schemathesis/$configuration.toml" run \
        idp/server/openapi.json --url "$issuer" --no-color --generation-database none --warnings off --workers 1 \
        "$@" | tee "$work/$configuration.log" || status=$?
    tested=$(sed -n 's/^  Tested: \([0-9]*\)$/\1/p' "$work/$configuration.log")
    found=$(sed -n 's/.* \([0-9]*\) unique failures.*/\1/p' "$work/$configuration.log")
    [ "${tested:-0}" -gt 0 ] || fail "no operation was tried"
    if [ "$status" -eq 0 ]; then passed=$((passed + tested)); else failed=$((failed + ${found:-1})); fi
    return "$status"
}

# run_schema OPTIONS...: as an operator and as nobody.
run_schema() {
    local status=0
    install_schemathesis
    start_administered
    try_schema schemathesis "$@" || status=$?
    try_schema stranger --include-tag admin --phases examples,fuzzing "$@" || status=$?
    stop_server
    return "$status"
}
