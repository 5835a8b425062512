# The engines that tests share, and the Prometheus that some start: each engine is started once, on a free port and with nothing of the system's own, and stopped at the end.
# Sourced by `tests/run` after `prepare.bash`.

# --- Redis ---------------------------------------------------------------------------------------------------------------

redis_process=

# start_redis DIRECTORY: exports IDP_TEST_REDIS. Some tests start further servers, clusters of them and ones with TLS.
start_redis() {
    local port deadline
    need redis-server redis-server
    need redis-cli redis-tools
    need openssl openssl
    mkdir -p "$1"
    for _ in 1 2 3 4 5; do
        # Below what the system gives to connections that go out.
        port=$((20000 + RANDOM % 12000))
        redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --maxmemory-policy noeviction \
            --dir "$1" --logfile "$1/redis.log" &
        redis_process=$!
        deadline=$((SECONDS + 10))
        while kill -0 "$redis_process" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
            # Another server may have this port: the one that answers must be ours.
            if redis-cli -p "$port" info server 2>/dev/null | grep -q "^process_id:$redis_process"$'\r'; then
                export IDP_TEST_REDIS="redis://127.0.0.1:$port"
                printf 'Redis at %s\n' "$IDP_TEST_REDIS"
                return
            fi
            sleep 0.1
        done
        stop_redis
    done
    fail "redis-server does not start; see $1/redis.log"
}

stop_redis() {
    [ -n "$redis_process" ] || return 0
    kill "$redis_process" 2>/dev/null || true
    wait "$redis_process" 2>/dev/null || true
    redis_process=
    unset IDP_TEST_REDIS
}

# --- Prometheus ----------------------------------------------------------------------------------------------------------

# find_prometheus: exports IDP_TEST_PROMETHEUS_BIN, the folder of prometheus and promtool. The package would start a server on the standard
# port; only its programs are wanted, so it is unpacked and not installed.
find_prometheus() {
    local folder=.tools/prometheus
    if has prometheus && has promtool; then
        IDP_TEST_PROMETHEUS_BIN=$(dirname -- "$(command -v promtool)")
    else
        if [ ! -x "$folder/usr/bin/promtool" ]; then
            mkdir -p "$folder"
            [ -n "$apt_updated" ] || as_root apt-get update -qq
            (cd "$folder" && apt-get download -qq prometheus && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb)
        fi
        IDP_TEST_PROMETHEUS_BIN=$PWD/$folder/usr/bin
    fi
    export IDP_TEST_PROMETHEUS_BIN
    "$IDP_TEST_PROMETHEUS_BIN/promtool" --version 2>&1 | head -n 1
}

# --- SoftHSM -------------------------------------------------------------------------------------------------------------

# make_softhsm DIRECTORY: exports IDP_TEST_PKCS11, the module of PKCS#11 tokens in files, and SOFTHSM2_CONF. Each test makes a token.
make_softhsm() {
    need softhsm2-util softhsm2
    mkdir -p "$1/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$1/tokens" >"$1/softhsm2.conf"
    IDP_TEST_PKCS11=$(find /usr/lib /usr/local/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
    [ -n "$IDP_TEST_PKCS11" ] || fail "the package softhsm2 brings no libsofthsm2.so"
    export IDP_TEST_PKCS11 SOFTHSM2_CONF="$1/softhsm2.conf"
}

# --- PostgreSQL ----------------------------------------------------------------------------------------------------------

postgres_process=
postgres_folder=

# The folder of the newest server programs.
find_postgres() { find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname; }

# Without the cluster that the package would start on the standard port.
install_postgres() {
    apt_install postgresql-common
    as_root sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt_install postgresql
}

# The server refuses to be root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

# ensure_postgres: exports IDP_TEST_POSTGRES_BIN, the folder of the server programs.
ensure_postgres() {
    local bin
    bin=$(find_postgres)
    if [ -z "$bin" ]; then
        install_postgres
        bin=$(find_postgres)
    fi
    [ -n "$bin" ] || fail "the package postgresql brings no initdb"
    export IDP_TEST_POSTGRES_BIN="$bin"
}

# start_postgres DIRECTORY: exports IDP_TEST_POSTGRES, and IDP_TEST_POSTGRES_BIN for tests that start servers of their own.
start_postgres() {
    local bin port deadline
    ensure_postgres
    bin=$IDP_TEST_POSTGRES_BIN
    mkdir -p "$1"
    postgres_folder=$1
    printf test >"$1/password"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R postgres: "$1"
        chmod 711 "$(dirname -- "$1")"
    fi
    (cd / && as_postgres "$bin/initdb" --pgdata "$1/data" --username postgres --auth scram-sha-256 \
        --pwfile "$1/password" --encoding UTF8 --locale C.UTF-8 --no-sync) >"$1.initdb" || fail "initdb fails; see $1.initdb"
    for _ in 1 2 3 4 5; do
        # Below what the system gives to connections that go out.
        port=$((20000 + RANDOM % 12000))
        # Every test has a database of its own that is gone with the server: nothing of this need survive a power cut.
        (cd / && as_postgres "$bin/postgres" -D "$1/data" -p "$port" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories="$1" -c max_connections=300 -c fsync=off -c full_page_writes=off) >"$1.log" 2>&1 &
        postgres_process=$!
        deadline=$((SECONDS + 20))
        while kill -0 "$postgres_process" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
            # Ours is the one that says so in our folder.
            if grep -q ready "$1/data/postmaster.pid" 2>/dev/null; then
                export IDP_TEST_POSTGRES="postgres://postgres:test@127.0.0.1:$port/postgres"
                printf 'PostgreSQL at 127.0.0.1:%s\n' "$port"
                return
            fi
            sleep 0.1
        done
        stop_postgres
    done
    fail "postgres does not start; see $1.log"
}

stop_postgres() {
    [ -n "$postgres_process" ] || return 0
    # The first line of its file is its process; ours is the shell around it. INT ends it without waiting for clients.
    kill -INT "$(head -n 1 "$postgres_folder/data/postmaster.pid" 2>/dev/null)" 2>/dev/null || true
    wait "$postgres_process" 2>/dev/null || true
    postgres_process=
    unset IDP_TEST_POSTGRES IDP_TEST_POSTGRES_BIN
}
