# The tools that the sections need, installed where they are missing.
# Sourced by `tests/run`.

# install_packages DIRECTORY: what its lock file says, unless it is there already.
install_packages() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
    npm ci --prefix "$1" --no-audit --no-fund --prefer-offline
}

# need_cargo_tool NAME VERSION: a newer or older one that is there already is as good.
need_cargo_tool() {
    cargo "$1" --version >/dev/null 2>&1 || cargo install --locked --version "$2" "cargo-$1"
}

# make_venv DIRECTORY: a place for Python packages.
make_venv() {
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3 python3-venv
    python3 -m venv "$1"
}

# install_requirements LIST DIRECTORY: Python packages in a place of their own, unless what is there is what the list says.
install_requirements() {
    cmp --quiet "$1" "$2/installed" && return
    make_venv "$2"
    "$2/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
    cp "$1" "$2/installed"
}

prepare_typos() {
    [ -x .tools/typos/bin/typos ] && return
    make_venv .tools/typos
    .tools/typos/bin/pip install --quiet --disable-pip-version-check "typos==$TYPOS_VERSION"
}

prepare_node() {
    need node nodejs
    need npm npm
}

prepare_browser() {
    if ! has chromium && [ -z "${CHROMIUM:-}" ]; then apt_install chromium fonts-noto-core fonts-noto-color-emoji; fi
}

prepare() {
    prepare_compiler
    need pkg-config pkg-config
    prepare_rust
    cargo --version
    if ! cargo fmt --version || ! cargo clippy --version; then rustup component add rustfmt clippy; fi
    need_cargo_tool nextest "$NEXTEST_VERSION"
    need_cargo_tool deny "$DENY_VERSION"
    need_cargo_tool machete "$MACHETE_VERSION"
    prepare_typos
    prepare_node
    # It signs as service providers do and checks what the SAML crate issues (`saml/tests/`).
    need xmlsec1 xmlsec1
    if [ "$with_browser" = yes ]; then prepare_browser; fi
}
