#!/usr/bin/env bash
# The journal: records that programs send by the real libsystemd get fields with the ids of the
# active context; all else of them stays as it is. libsystemd knows one path for the journal's
# socket, so the test runs where it may be made: in a mount namespace of its own.
if [ -z "${LINESPAN_TEST_NAMESPACE-}" ]; then
	export LINESPAN_TEST_NAMESPACE=1
	exec unshare --map-root-user --mount "$0" "$@"
fi
mount -t tmpfs none /run || exit 1
. "$(dirname "$0")/lib.sh"

readonly SOCKET=/run/systemd/journal/socket
readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
gcc -w -o "$WORK/linked" "$ROOT/tests/e2e/journal/logs.c" -Wl,--no-as-needed -l:libsystemd.so.0
gcc -w -o "$WORK/late" "$ROOT/tests/e2e/journal/logs.c"

# received NAME COMMAND…: what the journal gets from a command, in $WORK/NAME.
received() {
	local name=$1
	shift
	rm -f "$SOCKET" "$WORK/listens"
	start receive "$PYTHON" "$ROOT/tests/e2e/journal/receive.py" "$SOCKET" "$WORK/listens"
	wait_for 10 test -e "$WORK/listens"
	"$@" >"$WORK/$name.out" 2>"$WORK/$name.err" || echo "exit status $?" >>"$WORK/$name.out"
	"$PYTHON" -c "import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'end', '$SOCKET')"
	wait_for 10 eval '! is_running receive' || true
	cp "$WORK/receive.out" "$WORK/$name"
	stop receive || true
}
shim() { TRACEPARENT=00-$TRACE-$SPAN-01 run_shim --spans off "$@"; }
without_ids() {
	sed -e "s/, \"TRACE_FLAGS\": \"01\", \"TRACE_ID\": \"$TRACE\"//" \
		-e "s/, \"SPAN_ID\": \"$SPAN\"//" "$1"
}
with_ids() {
	grep "\"SPAN_ID\": \"$SPAN\".*\"TRACE_FLAGS\": \"01\", \"TRACE_ID\": \"$TRACE\"" "$1"
}

for kind in late linked; do
	argument=$([ $kind = linked ] || echo late)
	step "libsystemd, $kind"
	# shellcheck disable=SC2086
	received plain "$WORK/$kind" $argument
	# shellcheck disable=SC2086
	received shim shim -- "$WORK/$kind" $argument
	without_ids "$WORK/shim" >"$WORK/unstamped"
	equal "$kind: eight records arrive without us" 8 "$(wc -l <"$WORK/plain")"
	same "$kind: and with us the same, but for ids" "$WORK/plain" "$WORK/unstamped"
	same "$kind: the calls return the same" "$WORK/plain.out" "$WORK/shim.out"
done
received shim shim -- "$WORK/linked"
equal 'records have the ids, whichever way they come' 6 "$(with_ids "$WORK/shim" | wc -l)"
for way in print printv send perror location; do
	check "by $way" sh -c "grep 'by $way' '$WORK/shim' | grep -q '\"TRACE_ID\": \"$TRACE\"'"
done
check 'one that has a TRACE_ID keeps it' grep -q '"MESSAGE": "has ids".*"TRACE_ID": "abc"' \
	"$WORK/shim"
refute 'one whose text names a trace gets none' grep -q 'named.*TRACE_FLAGS' "$WORK/shim"
received none run_shim --spans off -- "$WORK/linked"
same 'without a context nothing changes' "$WORK/plain" "$WORK/none"
received none shim --format none -- "$WORK/linked"
same 'with --format none neither' "$WORK/plain" "$WORK/none"

step 'a real program'
printf 'MESSAGE=from logger\nORDER=7\n' >"$WORK/record"
# By another name: tools for shell scripts, logger among them, are left alone (rule R1).
cp "$(command -v logger)" "$WORK/writer"
received logger shim -- "$WORK/writer" --journald="$WORK/record"
check "util-linux's logger" sh -c "grep 'from logger' '$WORK/logger' | grep -q $TRACE"

step 'the ring'
start_serve
wait_for 20 sh -c "'$LINESPAN' grep $TRACE | grep -q 'from logger'" || true
"$LINESPAN" grep --json "$TRACE" >"$WORK/kept" || true
check 'records are in the store, with their severity' grep -q \
	'"severity":"ERROR","body":"by print 1"' "$WORK/kept"
check 'and where they went' grep -q '"linespan.channel":"journal"' "$WORK/kept"
stop serve || true
finish
