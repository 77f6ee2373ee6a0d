#!/usr/bin/env bash
# A disk that is full: nothing is acknowledged that was not kept, and nothing is lost when there is
# room again.
if [ -z "${LINESPAN_TEST_NAMESPACE-}" ]; then
	# What is mounted is mounted for this script alone.
	export LINESPAN_TEST_NAMESPACE=1
	[ "$(id -u)" != 0 ] || exec unshare --mount --propagation private "$0" "$@"
	exec unshare --map-root-user --mount "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

readonly SPAN=00f067aa0ba902b7

# The store has a small disk of its own, which a file fills.
mkdir -p "$DATA"
mount -t tmpfs -o size=8m none "$DATA"
fill() { head -c 16M /dev/zero >"$DATA/filler" 2>/dev/null || true; }

span() { # TRACE
	printf '{"resourceSpans":[{"scopeSpans":[{"spans":[{'
	printf '"traceId":"%s","spanId":"%s",' "$1" "$SPAN"
	printf '"name":"x","startTimeUnixNano":"1763933400000000000"}]}]}]}'
}
post() { # TRACE
	span "$1" | curl -s -m 10 -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' \
		-H 'Content-Type: application/json' --data-binary @- "$OTLP_URL/v1/traces"
}
found() { curl -s "$SERVE_URL/api/v1/traces/$1" >"$WORK/trace" && grep -q "$2" "$WORK/trace"; }
metric() { curl -s "$SERVE_URL/metrics" | sed -n "s/^$1 //p"; }
spool_is_empty() { [ "$(find "$SPOOL" -type f | wc -l)" = 0 ]; }
retried() { [ "$(metric linespan_ring_retries_total)" -ge 1 ]; }

start_serve
before=$(new_trace_id) during=$(new_trace_id) logged=$(new_trace_id)
health() { curl -s -w '%{http_code}' "$SERVE_URL/healthz" | tr '\n' ' '; }
equal 'with room all is well' '200 ok 200' "$(post "$before") $(health)"
fill
equal 'a full disk is told, to be tried again' 503 "$(post "$during")"
equal 'by the code UNAVAILABLE' '{"code":14,"message":"the store is full: nothing was kept"}' \
	"$(cat "$WORK/body")"
equal '/healthz says so' 'the store cannot write: No space left on device 503' "$(health)"
equal 'and a metric' 0 "$(metric linespan_healthy)"
check 'and when' grep -qi '^retry-after: 1' "$WORK/head"
check 'what was kept before can still be looked up' found "$before" '"name":"x"'
TRACEPARENT=00-$logged-$SPAN-01 run_shim -- "$PYTHON" -c \
	'import sys; sys.stderr.write("written meanwhile\n")' 2>"$WORK/program.err"
check 'lines in rings are tried again' wait_for 5 retried
refute 'what was refused is not there' found "$during" '"name":"x"'
rm "$DATA/filler"
equal 'with room again it is taken' 200 "$(post "$during")"
check 'and there' found "$during" '"name":"x"'
check 'lines that were written meanwhile arrive' wait_for 5 found "$logged" 'written meanwhile'
check 'and their rings are gone' wait_for 5 spool_is_empty
status=0
stop serve || status=$?
equal 'it ends well' 0 "$status"
umount "$DATA" || true
finish
