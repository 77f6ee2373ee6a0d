#!/usr/bin/env bash
# What the sidecar says of itself: /metrics in Prometheus' text format, and systemd's watchdog,
# which hears nothing when the store hangs. (/healthz on a full disk: serve_full.sh.)
. "$(dirname "$0")/lib.sh"

# Writes to files hang while the file $HANG exists.
export HANG=$WORK/hang
cat >"$WORK/hang.c" <<'C'
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
#define HOOK(name, type)                                                                           \
	ssize_t name(int fd, const void *bytes, size_t n, type at)                                 \
	{                                                                                          \
		ssize_t (*real)(int, const void *, size_t, type) = dlsym(RTLD_NEXT, #name);        \
		while (access(getenv("HANG"), F_OK) == 0)                                          \
			usleep(10000);                                                             \
		return real(fd, bytes, n, at);                                                     \
	}
HOOK(pwrite, off_t)
HOOK(pwrite64, off64_t)
C
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o "$WORK/hang.so" "$WORK/hang.c" -ldl
cat >"$WORK/serve" <<S
#!/bin/sh
NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=900000 LD_PRELOAD=$WORK/hang.so exec "$LINESPAN" "\$@"
S
chmod +x "$WORK/serve"
# What systemd would hear, each message with the time in milliseconds.
cat >"$WORK/systemd.py" <<'P'
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(int(time.time() * 1000), s.recv(4096).decode(), flush=True)
P
start systemd "$PYTHON" "$WORK/systemd.py" "$WORK/notify"
wait_for 5 test -S "$WORK/notify"
LINESPAN=$WORK/serve start_serve
heard() { grep -c "$1" "$WORK/systemd.out" || true; }
heard_more() { [ "$(heard WATCHDOG=1)" -ge "$1" ]; }
span() { # ID
	printf '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x","traceId":"%s",' "$1"
	printf '"spanId":"00f067aa0ba902b7","startTimeUnixNano":"1763933400000000000"}]}]}]}'
}
sends() { # ID: sends one span, and does not wait
	span "$1" |
		curl -s -m 20 -o /dev/null -H 'Content-Type: application/json' --data-binary @- \
		"$OTLP_URL/v1/traces" &
}

step 'the watchdog'
check 'systemd hears that it is ready' wait_for 5 grep -q READY=1 "$WORK/systemd.out"
check 'and, while all goes well, the watchdog' wait_for 5 heard_more 4
touch "$HANG"
sends "$(new_trace_id)"
sleep 1.5
before=$(heard WATCHDOG=1)
sleep 1.5
equal 'a store that hangs silences it' "$before" "$(heard WATCHDOG=1)"
check 'with a word why' grep -q 'the store has been busy with one write for' "$WORK/serve.err"
check 'look-ups go on meanwhile' curl -sf -m 5 -o /dev/null "$SERVE_URL/api/v1/services"
rm "$HANG"
check 'it is fed again afterwards' wait_for 5 heard_more $((before + 2))
wait_for 5 test "$(curl -s "$SERVE_URL/healthz")" = ok
equal 'and all is well' ok "$(curl -s "$SERVE_URL/healthz")"

step 'metrics'
curl -s "$SERVE_URL/metrics" >"$WORK/metrics"
"$PYTHON" - "$WORK/metrics" "$ROOT/docs/operate.md" >"$WORK/wrong" <<'P'
import re, sys
text, docs = open(sys.argv[1]).read(), open(sys.argv[2]).read()
types, helps, seen, current, last = {}, {}, [], None, {}
for line in text.splitlines():
    if m := re.fullmatch(r"# (HELP|TYPE) (\S+) (.+)", line):
        kind, name, rest = m.groups()
        table = helps if kind == "HELP" else types
        if name in table:
            print("twice", line)
        table[name] = rest
        continue
    m = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? ([0-9.]+)', line)
    if not m:
        print("no sample:", line)
        continue
    name, labels, value = m.groups()
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    family = base if types.get(base) == "histogram" else name
    if family not in types or family not in helps:
        print("no HELP or TYPE:", line)
    if family != current and family in seen:
        print("apart from its family:", line)
    seen.append(family)
    current = family
    if types.get(family) == "counter" and not family.endswith("_total"):
        print("a counter without _total:", line)
    if types.get(family) == "gauge" and family.endswith("_total"):
        print("a gauge with _total:", line)
    if name.endswith("_bucket"):
        if float(value) < last.get(family, 0):
            print("a bucket that shrinks:", line)
        last[family] = float(value)
for family in sorted(set(seen)):
    if f"`{family}`" not in docs:
        print("not in docs/operate.md:", family)
for name in re.findall(r"`(linespan_[a-z_]+)`", docs):
    if name not in types and not name.startswith(("linespan_forward", "linespan_tls")):
        print("only in docs/operate.md:", name)
P
equal 'each has a HELP, a TYPE, its family around it and a line in the docs' '' \
	"$(cat "$WORK/wrong")"
metric() { sed -n "s/^$1 //p" "$WORK/metrics"; }
equal 'look-ups are timed' yes "$(
	[ "$(metric linespan_query_duration_seconds_count)" -ge 1 ] && echo yes)"
equal 'what was stored is counted' 1 "$(metric 'linespan_stored_total{signal="spans"}')"
equal '… by the way it came' '1 0' \
	"$(metric 'linespan_stored_by_source_total{signal="spans",source="otlp"}') $(
		metric 'linespan_stored_by_source_total{signal="spans",source="ring"}')"
check 'it ends well' stop serve
equal 'and says so' 1 "$(heard STOPPING=1)"
finish
