# Checks of the source, and of what is generated from it.
# Sourced by `tests/run`.

check_format() { cargo fmt --all --check; }
check_spelling() { .tools/typos/bin/typos; }
check_lints() { cargo clippy --locked --workspace --all-targets -- -D warnings; }

# They live in a workspace of their own; this keeps them compiling between two fuzzing sessions. In the folder of the lints, whose
# dependencies are the same.
check_fuzz_targets() { cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir "$TARGET"; }

check_dependencies() { cargo deny --locked --log-level error check bans licenses sources; }
check_unused_dependencies() { cargo machete; }

# Where no wasm32 standard library can be fetched, the dependency diet stands in for the compiler: the tests `portable` of
# `tests/tests/architecture.rs`, which run with all others.
check_wasm() {
    if rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then
        printf 'compiling for wasm32\n'
        cargo check --locked --target wasm32-unknown-unknown --package idp-types --package idp-jose
    else
        printf 'no wasm32 standard library here: asserted by the dependency diet, with the tests below\n'
    fi
}

# check_generated_file COMMITTED COMMAND...: the program still writes what is committed.
check_generated_file() {
    local committed=$1
    shift
    "$@" >"$work/generated"
    diff -u "$committed" "$work/generated" || fail "$committed is out of date; regenerate it: $* > $committed"
}

check_generated() {
    check_generated_file idp/server/openapi.json "$IDP" openapi
    check_generated_file idp/server/config.schema.json "$IDP" config schema
}
