# What takes long, only when asked for.
# Sourced by `tests/run`.

# The committed corpus is read, and what fuzzing discovers is written beside it, so that a session leaves the tree clean.
fuzz_one() {
    local target=$1 seconds=$2
    mkdir -p "fuzz/target/corpus/$target"
    RUSTC_BOOTSTRAP=1 cargo fuzz run "$target" "fuzz/target/corpus/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1
    passed=$((passed + 1))
}

run_fuzzing() {
    local source target
    need_cargo_tool fuzz "$FUZZ_VERSION"
    for source in fuzz/fuzz_targets/*.rs; do
        target=$(basename -- "$source" .rs)
        run_section "fuzz $target" fuzz_one "$target" "$1"
    done
}

# The programs that measure and the one that they measure.
build_release() { cargo build --locked --release --package idp-server --package tests --bins; }

run_load() {
    "$TARGET/release/load" "$@"
    passed=$((passed + 1))
}

run_load_of_engines() {
    prepare_faults
    run_load engines
}

run_load_of_gateway() {
    install_gateway
    run_load gateway
}

prepare_load() {
    prepare_node
    install_packages tests/peers/oidc-provider
}

# The long form opens some 20,000 connections.
run_long_faults() {
    ulimit -n "$(ulimit -Hn)"
    run_faults "$TARGET/release/faults" --idp "$TARGET/release/idp"
}
