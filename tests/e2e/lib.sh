# shellcheck shell=bash
# What every end-to-end script starts with:  . "$(dirname "$0")/lib.sh"
#
# A script prints one line "ok FACT" or "not ok FACT" for each thing that it checks, and "# …"
# lines for the reader. It ends with `finish`; a script that stops before is a failure. Each has a
# folder of its own, $WORK, that is gone afterwards (kept, and named, after a failure). Programs
# that it starts are ended by process id, never by name.
#
# Trap to know: `! cmd | grep x` never fails under `set -e`. Use `check` or `refute`.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TEST=$(basename "$0" .sh)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/linespan-$TEST.XXXXXX")
SPOOL=$WORK/spool
DATA=$WORK/data
mkdir "$SPOOL" "$DATA"
LINESPAN=${LINESPAN_BIN:-$ROOT/build/linespan}
# shellcheck disable=SC2034 # for the scripts
PRELOAD=${LINESPAN_PRELOAD:-$ROOT/build/liblinespan-preload.so}
PATH=$PATH:/usr/sbin:/sbin
# Debian's own: a version manager's wrapper script would be what is measured otherwise.
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=$(command -v python3)

_failed=0
_finished=''
_ports=' '
declare -A _pid=()

# ---- results -----------------------------------------------------------------------------------
step() { echo "# $*"; }
ok() { echo "ok $*"; }
not_ok() { # FACT [FILE with what was seen]
	_failed=$((_failed + 1))
	echo "not ok $1"
	[ $# -lt 2 ] || head -n 40 "$2" | sed 's/^/#   /'
}

# check FACT COMMAND…: the command must succeed. Its output is shown when it does not.
check() {
	local fact=$1
	shift
	if "$@" >"$WORK/check.out" 2>&1; then
		ok "$fact"
	else
		not_ok "$fact" "$WORK/check.out"
	fi
}

# refute FACT COMMAND…: the command must fail.
refute() {
	local fact=$1
	shift
	if "$@" >"$WORK/check.out" 2>&1; then
		not_ok "$fact" "$WORK/check.out"
	else
		ok "$fact"
	fi
}

# same FACT EXPECTED_FILE ACTUAL_FILE: equal byte by byte.
same() {
	if cmp -s "$2" "$3"; then
		ok "$1"
	else
		diff -a "$2" "$3" >"$WORK/check.out" || true
		not_ok "$1" "$WORK/check.out"
	fi
}

# equal FACT EXPECTED ACTUAL: equal texts.
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		printf 'expected: %s\nactual:   %s\n' "$2" "$3" >"$WORK/check.out"
		not_ok "$1" "$WORK/check.out"
	fi
}

finish() {
	_finished=yes
	[ "$_failed" = 0 ] || exit 1
	exit 0
}

# ---- waiting, ports, ids -----------------------------------------------------------------------
# wait_for SECONDS COMMAND…: tries until it succeeds; 1 when it never did.
wait_for() {
	local until=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -le "$until" ] || return 1
		sleep 0.05
	done
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port VARIABLE: a port below the kernel's own range that nobody listens on.
free_port() {
	local port
	while :; do
		port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
		case $_ports in *" $port "*) continue ;; esac
		port_answers "$port" || break
	done
	_ports="$_ports$port "
	printf -v "$1" %s "$port"
}

hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; } # BYTES
new_trace_id() { hex 16; }
new_span_id() { hex 8; }

# ---- programs ----------------------------------------------------------------------------------
# start NAME COMMAND…: runs it in the background in a session of its own; its output goes to
# $WORK/NAME.out and $WORK/NAME.err.
start() {
	local name=$1
	shift
	# Emptied here, not by the child: who waits for a word must not find that of the run before.
	: >"$WORK/$name.out"
	: >"$WORK/$name.err"
	setsid "$@" >"$WORK/$name.out" 2>"$WORK/$name.err" </dev/null &
	_pid[$name]=$!
}

pid_of() { echo "${_pid[$1]}"; }
is_running() { kill -0 "${_pid[$1]}" 2>/dev/null; }

# stop NAME [SIGNAL]: ends the program and what it started; returns its exit status.
stop() {
	local pid=${_pid[$1]} until=$((SECONDS + 10)) status=0
	unset "_pid[$1]"
	kill -s "${2:-TERM}" "$pid" 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$until" ]; do
		sleep 0.02
	done
	kill -s KILL -- "-$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || status=$?
	# What it had started holds locks and ports until it is gone, too.
	while kill -0 -- "-$pid" 2>/dev/null && [ "$SECONDS" -lt "$until" ]; do
		sleep 0.02
	done
	return "$status"
}

stop_all() {
	local name
	for name in "${!_pid[@]}"; do
		stop "$name" || true
	done
}

# start_serve [OPTION…]: a sidecar with $SPOOL, $DATA and free ports. Sets SERVE_URL, OTLP_URL
# and GRPC_URL, and LINESPAN_SERVER for the commands that follow.
start_serve() {
	start serve "$LINESPAN" serve --dir "$SPOOL" --data "$DATA" --http 127.0.0.1:0 \
		--otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 "$@"
	if ! wait_for 10 grep -qx ready "$WORK/serve.out"; then
		not_ok 'the sidecar starts' "$WORK/serve.err"
		exit 1
	fi
	SERVE_URL=http://$(serve_address http)
	OTLP_URL=http://$(serve_address otlp-http)
	GRPC_URL=http://$(serve_address otlp-grpc)
	export LINESPAN_SERVER=$SERVE_URL SERVE_URL OTLP_URL GRPC_URL
}

serve_address() { sed -n "s/^$1=//p" "$WORK/serve.out"; }

# run_shim [OPTION…] -- COMMAND…: `linespan run` with this script's spool.
run_shim() { "$LINESPAN" run --dir "$SPOOL" "$@"; }

# npm_packages LOCKED FOLDER: puts the packages that tests/LOCKED/package-lock.json pins into
# FOLDER, once.
npm_packages() {
	local locked=$ROOT/tests/$1/package-lock.json mark=$2/node_modules/.linespan-lock
	cmp -s "$mark" "$locked" && return
	mkdir -p "$2"
	cp "$ROOT/tests/$1"/package*.json "$2/"
	(cd "$2" && npm ci --no-audit --no-fund --ignore-scripts)
	cp "$locked" "$mark"
}

# ---- texts -------------------------------------------------------------------------------------
# Takes the stamps out of text and JSON lines.
unstamp() {
	local trace='"trace_id":"[0-9a-f]{32}"' span='"span_id":"[0-9a-f]{16}"'
	local flags='"trace_flags":"0."'
	sed -E -e 's/ trace_id=[0-9a-f]{32}( span_id=[0-9a-f]{16})?$//' \
		-e "s/,?$trace(,$span)?,$flags\}\$/}/"
}

# Replaces what differs from run to run: ids, times, process ids, ports, this test's folder.
scrub() {
	sed -E -e "s,$WORK,WORK,g" \
		-e 's/[0-9a-f]{32}/TRACE/g' -e 's/\b[0-9a-f]{16}\b/SPAN/g' \
		-e 's/[0-9]{4}(-[0-9]{2}){2}[T ][0-9:]{8}([.,][0-9]+)?(Z|[+-][0-9:]{4,5})?/TIME/g' \
		-e 's/\b[0-9]{19}\b/NANOS/g' -e 's/pid[= ][0-9]+/pid=PID/g' \
		-e 's/127\.0\.0\.1:[0-9]+/ADDRESS/g' \
		-e 's/\b[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s)\b/DURATION/g'
}

_clean_up() {
	local status=$?
	trap - EXIT
	if [ -z "$_finished" ]; then
		not_ok "$TEST ran to its end (stopped with status $status)"
	fi
	stop_all
	if [ "$_failed" = 0 ]; then
		rm -rf "$WORK"
	else
		echo "# kept: $WORK"
		[ "$status" != 0 ] || status=1
	fi
	exit "$status"
}
trap _clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
