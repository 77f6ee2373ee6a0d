#!/usr/bin/env bash
# `serve --forward`: what is stored reaches another backend, a second real sidecar: in order of
# things that go wrong there and here: it is away, it comes back, we are restarted, we are killed
# under load, it refuses. Nothing acknowledged is missing there.
. "$(dirname "$0")/lib.sh"

readonly BACK=$WORK/back
mkdir "$BACK" "$BACK/spool"
free_port BACK_PORT

start_backend() {
	start back "$LINESPAN" serve --dir "$BACK/spool" --data "$BACK/data" --http 127.0.0.1:0 \
		--otlp-grpc 127.0.0.1:0 --otlp-http "127.0.0.1:$BACK_PORT"
	if ! wait_for 10 grep -qx ready "$WORK/back.out"; then
		not_ok 'the backend starts' "$WORK/back.err"
		exit 1
	fi
	BACK_URL=http://$(sed -n 's/^http=//p' "$WORK/back.out")
}
forwarding() { start_serve --forward "http://127.0.0.1:$BACK_PORT"; }

# send FROM TO [PATH]: log records of one line each, ten a request; prints those acknowledged.
send() {
	"$PYTHON" - "$OTLP_URL" "$@" <<'P'
import json, sys, urllib.request
url, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for n in range(first, last, 10):
    lines = ["line %d" % i for i in range(n, n + 10)]
    body = json.dumps({"resourceLogs": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeLogs": [{"logRecords": [{"body": {"stringValue": l},
            "timeUnixNano": str(1700000000 * 10**9 + n)} for l in lines]}]}]}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url + "/v1/logs", body,
                {"Content-Type": "application/json"}), timeout=10) as answer:
            if answer.status == 200:
                print("\n".join(lines))
    except OSError:
        break
P
}
at_backend() {
	"$LINESPAN" logs --server "$BACK_URL" --limit 100000 --json |
		sed -n 's/.*"body":"\(line [0-9]*\)".*/\1/p' | sort
}
all_there() { [ -z "$(comm -23 <(sort "$WORK/acked") <(at_backend))" ]; }
arrive() { # fact
	wait_for 30 all_there || true
	comm -23 <(sort "$WORK/acked") <(at_backend) | head -n 5 >"$WORK/missing"
	same "$1: nothing that was acknowledged is missing" /dev/null "$WORK/missing"
}
not_twice() { # fact
	at_backend | uniq -d | head -n 5 >"$WORK/twice"
	same "$1: nothing is there twice" /dev/null "$WORK/twice"
}

step 'a backend that is there'
start_backend
forwarding
send 0 500 >"$WORK/acked"
equal 'all is acknowledged' 500 "$(wc -l <"$WORK/acked")"
arrive 'a backend that is there'
not_twice 'a backend that is there'
TRACE=$(new_trace_id)
cat >"$WORK/span" <<END
{"resourceSpans": [{"resource": {"attributes": [
	{"key": "service.name", "value": {"stringValue": "shop"}}]},
"scopeSpans": [{"spans": [{"traceId": "$TRACE", "spanId": "$(new_span_id)", "name": "pay",
	"kind": 2, "attributes": [{"key": "a", "value": {"stringValue": "b"}}],
	"startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000500000000"}]}]}]}
END
curl -s -o "$WORK/answer" -H 'Content-Type: application/json' --data @"$WORK/span" \
	"$OTLP_URL/v1/traces"
wait_for 20 "$LINESPAN" show --server "$BACK_URL" "$TRACE" || true
"$LINESPAN" show --json "$TRACE" >"$WORK/here" || true
"$LINESPAN" show --json --server "$BACK_URL" "$TRACE" >"$WORK/there" || true
same 'a span is there as it is here' "$WORK/here" "$WORK/there"
TRACEPARENT=00-$TRACE-$(new_span_id)-01 run_shim --spans off -- sh -c \
	'exec python3 -c "import sys; sys.stderr.write(\"from a ring\n\")"' 2>"$WORK/ring.err"
check 'what comes by a ring is there, too' wait_for 20 sh -c \
	"'$LINESPAN' grep --server '$BACK_URL' $TRACE | grep -q 'from a ring'"

step 'a backend that is away'
stop back KILL || true
send 500 1000 >>"$WORK/acked"
equal 'all is acknowledged meanwhile' 1000 "$(wc -l <"$WORK/acked")"
check 'it is said, once' wait_for 10 grep -q 'does not take what is sent' "$WORK/serve.err"
stop serve || true
forwarding
send 1000 1500 >>"$WORK/acked"
start_backend
arrive 'after an outage and a restart'
not_twice 'after an outage and a restart'
curl -s "$SERVE_URL/metrics" >"$WORK/metrics"
check 'metrics tell of it' grep -q '^linespan_forward_sent_total{.*signal="logs"} 1000' \
	"$WORK/metrics"

step 'kill -9 under load, three times'
for round in 1 2 3; do
	send $((round * 100000)) $((round * 100000 + 20000)) >"$WORK/load" &
	sender=$!
	sleep 0.7
	stop serve KILL || true
	wait $sender || true
	cat "$WORK/load" >>"$WORK/acked"
	forwarding
done
check 'there was load' test "$(wc -l <"$WORK/acked")" -gt 2000
arrive 'after kill -9'

step 'a backend that refuses'
stop serve || true
stop back || true
start refuses "$PYTHON" -c "
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        self.send_response(400); self.send_header('content-length', '0'); self.end_headers()
    def log_message(self, *a): pass
http.server.HTTPServer(('127.0.0.1', $BACK_PORT), H).serve_forever()"
wait_for 10 port_answers "$BACK_PORT"
forwarding
send 900000 900100 >"$WORK/acked"
check 'a batch that is refused is dropped, and named once' \
	wait_for 10 grep -q 'refuses a batch .*HTTP status 400' "$WORK/serve.err"
wait_for 10 sh -c "curl -s '$SERVE_URL/metrics' |
	grep -q '^linespan_forward_refused_total{.*signal=\"logs\".*} 100'" || true
curl -s "$SERVE_URL/metrics" >"$WORK/metrics"
check 'and counted' grep -q '^linespan_forward_refused_total{.*signal="logs".*} 100' "$WORK/metrics"
check 'the sidecar ends with status 0' stop serve
stop refuses || true

step 'what is no backend'
for bad in nonsense ftp://127.0.0.1/ 'http://'; do
	status=0
	"$LINESPAN" serve --data "$DATA" --dir "$SPOOL" --forward "$bad" 2>"$WORK/said" || status=$?
	equal "$bad is refused" 2 "$status"
	check "$bad: by the option's name" grep -q -- '--forward' "$WORK/said"
done
finish
