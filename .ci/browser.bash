# The demo in a real browser.
# Sourced by `tests/run`.

# start_demo: a demo server on a free port; sets `server` and `issuer`.
start_demo() {
    "$IDP" demo --listen 127.0.0.1:0 --json --data "$work/demo" >"$work/demo.out" 2>"$work/demo.err" &
    server=$!
    local deadline=$((SECONDS + 30))
    until issuer=$(sed -n 's/.*"issuer": *"\([^"]*\)".*/\1/p' "$work/demo.out" | head -n 1) && [ -n "$issuer" ]; do
        if [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$server" 2>/dev/null; then
            cat "$work/demo.err" >&2
            fail "the demo did not say where it listens"
        fi
        sleep 0.1
    done
    printf 'demo at %s\n' "$issuer"
}

# Reads the totals of the TAP report, `# pass 8`, `# fail 0`, `# cancelled 0`, `# skipped 0`, `# todo 0`.
tap_total() { sed -n "s/^# $2 \([0-9]*\)$/\1/p" "$1" | tail -n 1; }

count_browser_tests() {
    local report=$1 all ok
    all=$(tap_total "$report" tests)
    ok=$(tap_total "$report" pass)
    [ "${all:-0}" -gt 0 ] || fail "no browser test ran"
    passed=$((passed + ok))
    failed=$((failed + all - ok))
    [ "$all" -eq "$ok" ]
}

run_browser_tests() {
    install_packages tests/browser
    start_demo
    local status=0
    CHROMIUM="${CHROMIUM:-$(command -v chromium)}" IDP_URL="$issuer" node --test --test-concurrency=1 \
        --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$work/browser.tap" \
        tests/browser/*.test.mjs || status=$?
    stop_server
    count_browser_tests "$work/browser.tap"
    return "$status"
}
