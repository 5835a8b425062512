# What `./demo` and `./tests/run` need before they can build; sourced by both, run from the top folder.
# Looks before it installs: a machine that has everything is not asked for a password and needs no network.

# The oldest compiler that the workspace accepts (`rust-version` in Cargo.toml).
oldest_rust() { sed -n 's/^rust-version = "\([0-9.]*\)"$/\1/p' Cargo.toml; }

fail() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Packages of servers would start the system's own beside ours: Debian asks this file whether they may (invoke-rc.d(8)).
readonly MAY_START=/usr/sbin/policy-rc.d

# without_starting COMMAND...: no service is started by what the command installs.
without_starting() {
    local status=0
    if [ -e "$MAY_START" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$MAY_START" >/dev/null
    as_root chmod 755 "$MAY_START"
    "$@" || status=$?
    as_root rm -f "$MAY_START"
    return "$status"
}

apt_updated=
apt_install() {
    has apt-get || fail "this system has no apt-get; install by hand: $*"
    printf 'installing %s\n' "$*"
    if [ -z "$apt_updated" ]; then
        as_root apt-get update -qq
        apt_updated=yes
    fi
    without_starting as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need COMMAND PACKAGE...: installs the packages when the command is missing.
need() {
    local command=$1
    shift
    has "$command" || apt_install "$@"
}

# is_at_least WANTED FOUND: compares versions.
is_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

rust_is_recent() {
    local found
    found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) && [ -n "$found" ] && is_at_least "$(oldest_rust)" "$found"
}

prepare_rust() {
    # An interactive shell may know this folder while a fresh one does not.
    export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
    rust_is_recent && return
    need rustup rustup ca-certificates || fail "install cargo $(oldest_rust) or newer, for instance from https://rustup.rs"
    rustup toolchain install stable --profile default --no-self-update
    export RUSTUP_TOOLCHAIN=stable
    # The distribution's own compiler may come first in the path and be too old.
    PATH="$(dirname -- "$(rustup which cargo)"):$PATH"
    rust_is_recent || fail "cargo $(oldest_rust) or newer is needed; the first one in the path is $(cargo --version)"
}

# The native cryptography and SQLite are C sources, compiled once.
prepare_compiler() {
    if ! has cc || ! has make; then apt_install build-essential; fi
}
