#!/usr/bin/env bash
# A disk that is full: nothing is acknowledged that was not kept, and nothing is lost when there is
# room again.
. "$(dirname "$0")/lib.sh"

readonly SPAN=00f067aa0ba902b7

# Writes to files fail as on a full disk while the file $FULL exists.
export FULL=$WORK/full
cat >"$WORK/full.c" <<'C'
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#define HOOK(name, type)                                                                           \
	ssize_t name(int fd, const void *bytes, size_t n, type at)                                 \
	{                                                                                          \
		ssize_t (*real)(int, const void *, size_t, type) = dlsym(RTLD_NEXT, #name);        \
		if (access(getenv("FULL"), F_OK) != 0)                                             \
			return real(fd, bytes, n, at);                                             \
		errno = ENOSPC;                                                                    \
		return -1;                                                                         \
	}
HOOK(pwrite, off_t)
HOOK(pwrite64, off64_t)
C
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o "$WORK/full.so" "$WORK/full.c" -ldl
cat >"$WORK/serve" <<EOF
#!/bin/sh
LD_PRELOAD=$WORK/full.so exec "$LINESPAN" "\$@"
EOF
chmod +x "$WORK/serve"

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

LINESPAN=$WORK/serve start_serve
before=$(new_trace_id) during=$(new_trace_id) logged=$(new_trace_id)
health() { curl -s -w '%{http_code}' "$SERVE_URL/healthz" | tr '\n' ' '; }
equal 'with room all is well' '200 ok 200' "$(post "$before") $(health)"
touch "$FULL"
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
rm "$FULL"
equal 'with room again it is taken' 200 "$(post "$during")"
check 'and there' found "$during" '"name":"x"'
check 'lines that were written meanwhile arrive' wait_for 5 found "$logged" 'written meanwhile'
check 'and their rings are gone' wait_for 5 spool_is_empty
status=0
stop serve || status=$?
equal 'it ends well' 0 "$status"
finish
