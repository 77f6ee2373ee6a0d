# shellcheck shell=bash disable=SC2034,SC2154
# Real ClickHouse engines for the tests: the current one in process (libchdb.so behind chdb_front),
# and Debian's server, unpacked, run in the foreground with a configuration of its own. Downloads
# are kept in $CACHE between runs.
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$TESTS/../e2e/lib.sh"
CACHE=${LINESPAN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/linespan-tests}
mkdir -p "$CACHE"

get_engine() {
	npm_packages clickhouse "$CACHE/chdb"
	LIBCHDB=$CACHE/chdb/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
	[ -s "$LIBCHDB" ]
	mkdir -p "$ROOT/build/clickhouse"
	gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$ROOT/build/clickhouse/chdb_front" \
		"$TESTS/chdb_front.c" -lmicrohttpd -ldl -lpthread
}

# The two packages are unpacked, not installed: theirs is a service, and this machine is somebody's.
get_server() {
	SERVER_ROOT=$CACHE/clickhouse-server
	[ -x "$SERVER_ROOT/usr/sbin/clickhouse-server" ] && return
	rm -rf "$SERVER_ROOT.new"
	mkdir -p "$SERVER_ROOT.new/deb"
	(cd "$SERVER_ROOT.new/deb" && apt-get download clickhouse-server clickhouse-common)
	local deb
	for deb in "$SERVER_ROOT.new"/deb/*.deb; do
		dpkg-deb -x "$deb" "$SERVER_ROOT.new"
	done
	mv "$SERVER_ROOT.new" "$SERVER_ROOT"
}

# start_engine [PORT]: sets CLICK_PORT.
start_engine() {
	mkfifo "$WORK/engine.in" 2>/dev/null || true
	[ -n "${_engine_in-}" ] || exec {_engine_in}<>"$WORK/engine.in"
	: >"$WORK/engine.out"
	setsid "$ROOT/build/clickhouse/chdb_front" "$LIBCHDB" "$WORK/engine.db" ${1:+"$1"} \
		>"$WORK/engine.out" 2>"$WORK/engine.err" <"$WORK/engine.in" &
	_pid[engine]=$!
	wait_for 30 grep -q '^port=' "$WORK/engine.out" || { cat "$WORK/engine.err" && return 1; }
	CLICK_PORT=$(sed -n 's/^port=//p' "$WORK/engine.out")
}

# start_server N [CLUSTER_XML]: server N; its ports are HTTP[N], TCP[N].
declare -a HTTP TCP INTER
start_server() {
	local n=$1 dir=$WORK/server$1
	if [ -z "${HTTP[$n]-}" ]; then
		free_port "HTTP[$n]"
		free_port "TCP[$n]"
		free_port "INTER[$n]"
	fi
	mkdir -p "$dir/tmp"
	sed -e "s,@DIR@,$dir,g" -e "s,@HTTP@,${HTTP[$n]}," -e "s,@TCP@,${TCP[$n]}," \
		-e "s,@INTER@,${INTER[$n]}," \
		-e "s|@CLUSTER@|${2-}|" "$TESTS/server.xml" >"$dir/config.xml"
	cp "$TESTS/users.xml" "$dir/users.xml"
	start "server$n" env LD_LIBRARY_PATH="$SERVER_ROOT/usr/lib/x86_64-linux-gnu" \
		"$SERVER_ROOT/usr/sbin/clickhouse-server" --config-file="$dir/config.xml"
	wait_for 30 ask "${HTTP[$n]}" 'SELECT 1'
}

ask() { # PORT SQL
	curl -sS --fail-with-body --data-binary "$2" "http://127.0.0.1:$1/"
}

# serve_on NAME STORE [OPTION…]: a sidecar of its own; its address in API[NAME], OTLP[NAME].
declare -A API OTLP
serve_on() {
	local name=$1 store=$2
	shift 2
	mkdir -p "$WORK/$name.spool"
	start "$name" "$LINESPAN" serve --dir "$WORK/$name.spool" --data "$WORK/$name.data" \
		--store "$store" --http 127.0.0.1:0 --otlp-http 127.0.0.1:0 \
		--otlp-grpc 127.0.0.1:0 "$@"
	wait_for 15 grep -qx ready "$WORK/$name.out" || { cat "$WORK/$name.err" && return 1; }
	API[$name]=http://$(sed -n 's/^http=//p' "$WORK/$name.out")
	OTLP[$name]=http://$(sed -n 's/^otlp-http=//p' "$WORK/$name.out")
}

post() { # NAME traces|logs FILE
	curl -sS --fail-with-body -H 'Content-Type: application/json' --data-binary "@$3" \
		"${OTLP[$1]}/v1/$2"
}

# What was acknowledged is in the cluster when no segment is left.
drained() { ! compgen -G "$WORK/$1.data/clickhouse/0*" >/dev/null; }
