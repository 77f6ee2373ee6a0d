#!/usr/bin/env bash
# `linespan serve` from outside: OTLP/HTTP as the specification says, look-ups, hostile requests,
# starting and ending.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736
readonly SPAN=00f067aa0ba902b7

# ---- requests ----------------------------------------------------------------------------------
# call [CURL OPTION…] URL: sets STATUS and TYPE; leaves $WORK/body and $WORK/head.
call() {
	local said
	said=$(curl -s -m 20 -D "$WORK/head" -o "$WORK/body" \
		-w '%{http_code} %{content_type}' "$@") || true
	STATUS=${said%% *}
	TYPE=${said#* }
}
post() { call -H "Content-Type: $1" --data-binary "@$2" "${@:4}" "$OTLP_URL$3"; } # TYPE FILE PATH
body() { cat "$WORK/body"; }
# value EXPRESSION: of the last answer, as `d`.
value() {
	"$PYTHON" -c 'import json, sys, time
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$WORK/body" "$1"
}
# says WORDS: the last answer has them (pattern of grep); else what it said instead.
says() { if grep -aqi -- "$1" "$WORK/body"; then echo yes; else body; fi; }
metric() { curl -s "$SERVE_URL/metrics" | sed -n "s/^$1 //p"; }

# The same request as OTLP/JSON and as protobuf, made by hand: tag, length, bytes.
"$PYTHON" - "$WORK" "$TRACE" "$SPAN" <<'PY'
import json, struct, sys
work, trace, span = sys.argv[1:]
def field(n, data):
    size, out = len(data), b""
    while True:
        out += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
        if not size:
            return bytes([n << 3 | 2]) + out + data
def fixed(n, value): return bytes([n << 3 | 1]) + struct.pack("<Q", value)
def attribute(key, value): return field(1, key) + field(2, field(1, value))
T, S = bytes.fromhex(trace), bytes.fromhex(span)
resource = field(1, field(1, attribute(b"service.name", b"checkout")))
one = field(1, T) + field(2, S) + field(5, b"POST /pay") + b"\x30\x02" \
    + fixed(7, 1763933400000000000) + fixed(8, 1763933400250000000)
bad = field(1, T[:3]) + field(2, S) + field(5, b"bad")
log = b"\x10\x11" + field(5, field(1, b"card declined")) + field(9, T) + field(10, S)
def request(records): return field(1, resource + field(2, b"".join(field(2, r) for r in records)))
def write(name, data): open(f"{work}/{name}", "wb").write(data)
write("span.pb", request([one]))
write("partly.pb", request([one, bad]))
write("log.pb", request([log]))
write("metrics.pb", field(1, field(2, field(2, field(1, b"cpu") + field(5, field(1, b"") * 3)))))
write("cut.pb", request([one])[:-5])
write("empty", b"")
write("zeros", bytes(3 << 20))
resources = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]}
other = {"traceId": trace.upper(), "spanId": "00f067aa0ba902b8", "parentSpanId": span,
    "name": "SELECT", "kind": 3, "startTimeUnixNano": "1763933400100000000",
    "endTimeUnixNano": "1763933400200000000", "status": {"code": 2, "message": "boom"}}
write("span.json", json.dumps({"resourceSpans": [{"resource": resources,
    "scopeSpans": [{"spans": [other]}]}]}).encode())
write("big.json", json.dumps({"resourceSpans": [], "filler": "x" * (2 << 20)}).encode())
PY
gzip -k "$WORK"/{span.json,log.pb,zeros,big.json}
head -c 40 "$WORK/span.json.gz" >"$WORK/cut.gz"
head -c 5000 /dev/urandom >"$WORK/random"
readonly PB=application/x-protobuf JSON=application/json

# What the one before said is not to be taken for the new one's words.
begin() {
	rm -f "$WORK/serve.out"
	start_serve "$@"
}

# ---- starting ----------------------------------------------------------------------------------
rmdir "$SPOOL" "$DATA"
begin --max-body 1M
equal 'it names its addresses, then says ready' 'otlp-http otlp-grpc http ready' \
	"$(sed 's/=.*//' "$WORK/serve.out" | tr '\n' ' ' | sed 's/ $//')"
equal 'the data folder is the user'"'"'s own' 700 "$(stat -c %a "$DATA")"
equal 'the spool is the user'"'"'s own' 700 "$(stat -c %a "$SPOOL")"
# FACT, STATUS, WORDS, OPTION…: it ends at once, with one line that has the words
refuses() {
	local fact=$1 want=$2 words=$3 status=0
	timeout 10 "$LINESPAN" serve "${@:4}" >"$WORK/refused.out" 2>"$WORK/body" || status=$?
	equal "$fact" "$want 1 0 yes" \
		"$status $(wc -l <"$WORK/body") $(wc -l <"$WORK/refused.out") $(says "$words")"
}
free="--otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 --http 127.0.0.1:0"
# shellcheck disable=SC2086
refuses 'a second one on the same data is refused' 1 "$DATA" --data "$DATA" --dir "$WORK/s2" $free
# shellcheck disable=SC2086
refuses 'a second one on the same spool is refused' 1 'another linespan serve reads this spool' \
	--data "$WORK/d2" --dir "$SPOOL" $free
refuses 'a port in use is named' 1 "cannot listen on ${OTLP_URL#http://}" \
	--data "$WORK/d3" --dir "$WORK/s3" --http 127.0.0.1:0 --otlp-http "${OTLP_URL#http://}"
refuses 'a port for gRPC in use is named' 1 "--otlp-grpc: cannot listen on ${GRPC_URL#http://}" \
	--data "$WORK/d3" --dir "$WORK/s3" --http off --otlp-http off \
	--otlp-grpc "${GRPC_URL#http://}"
refuses 'an address for other machines is refused' 2 --http --http 0.0.0.0:0 --data "$WORK/d4"
# shellcheck disable=SC2086
refuses 'a data folder that cannot be is named' 1 /proc/none \
	--data /proc/none --dir "$WORK/s5" $free
refuses 'an unknown store is usage' 2 nosuch: --store nosuch: --data "$WORK/d6" --dir "$WORK/s6"

# ---- OTLP --------------------------------------------------------------------------------------
accepted() { # FACT, TYPE, BODY TEXT
	equal "$1" "200 $2 $3" "$STATUS $TYPE $(tr -d '\0' <"$WORK/body")"
}
post $PB "$WORK/span.pb" /v1/traces
accepted 'spans in protobuf' $PB ''
post $JSON "$WORK/span.json" /v1/traces
accepted 'spans in JSON' $JSON '{}'
post $PB "$WORK/log.pb.gz" /v1/logs -H 'Content-Encoding: gzip'
equal 'logs in protobuf, gzip' "200 $PB" "$STATUS $TYPE"
check 'and that one has no time is said' grep -aq '^.*1 of 1 log records has no time' "$WORK/body"
post "$JSON; charset=utf-8" "$WORK/span.json.gz" /v1/traces -H 'Content-Encoding: GZIP'
accepted 'a content type with parameters' $JSON '{}'
if command -v zstd >/dev/null; then
	zstd -q "$WORK/span.pb"
	post $PB "$WORK/span.pb.zst" /v1/traces -H 'Content-Encoding: zstd'
	accepted 'spans in protobuf, zstd' $PB ''
fi
post $PB "$WORK/empty" /v1/traces
accepted 'an empty protobuf request' $PB ''
post $JSON "$WORK/empty" /v1/logs
accepted 'an empty JSON request' $JSON '{}'
post $PB "$WORK/partly.pb" /v1/traces
equal 'a bad span is rejected, the others are not' "200 1" \
	"$STATUS $(od -An -tu1 -j3 -N1 "$WORK/body" | xargs)"
post $PB "$WORK/metrics.pb" /v1/metrics
check 'metrics are answered, and said not to be kept' grep -q 'metrics are not kept' "$WORK/body"
equal 'metrics are no error' 200 "$STATUS"
call -H "Content-Type: $JSON" --data-binary "@$WORK/span.json" "$SERVE_URL/v1/traces"
accepted 'OTLP is answered on the look-up address, too' $JSON '{}'
post $PB "$WORK/span.pb" /v1/traces -H 'Transfer-Encoding: chunked'
accepted 'a chunked request' $PB ''

refused() { # FACT, STATUS, TYPE, WORDS
	equal "$1" "$2 $3 yes" "$STATUS $TYPE $(says "$4")"
}
post $PB "$WORK/cut.pb" /v1/traces
refused 'cut protobuf is told in protobuf' 400 $PB 'malformed protobuf'
equal 'as google.rpc.Status with code 3' '08 03 12' \
	"$(head -c 3 "$WORK/body" | od -An -tx1 | xargs)"
post $JSON "$WORK/random" /v1/traces
refused 'random bytes are told in JSON' 400 $JSON 'malformed JSON'
equal 'as google.rpc.Status in JSON' 3 "$(value 'd["code"]')"
post $PB "$WORK/random" /v1/logs
refused 'random bytes are no protobuf' 400 $PB malformed
post $PB "$WORK/cut.gz" /v1/traces -H 'Content-Encoding: gzip'
refused 'a cut gzip body' 400 $PB 'damaged or cut'
post $PB "$WORK/random" /v1/traces -H 'Content-Encoding: zstd'
refused 'a zstd body that is none' 400 $PB 'damaged or cut'
post $PB "$WORK/zeros.gz" /v1/traces -H 'Content-Encoding: gzip'
refused 'a gzip bomb' 413 $PB 'after decompression'
equal 'with code 8' '08 08' "$(head -c 2 "$WORK/body" | od -An -tx1 | xargs)"
refute 'and not to be sent again' grep -qi '^retry-after' "$WORK/head"
post $JSON "$WORK/big.json" /v1/traces
refused 'a body over --max-body' 413 $JSON max-body
post $JSON "$WORK/big.json" /v1/traces -H 'Expect:'
refused 'the same without asking first' 413 $JSON max-body
post $JSON "$WORK/big.json" /v1/traces -H 'Transfer-Encoding: chunked'
refused 'the same in chunks' 413 $JSON max-body
post text/html "$WORK/span.json" /v1/traces
refused 'another content type' 415 'text/plain; charset=utf-8' application/json
post $JSON "$WORK/span.json" /v1/traces -H 'Content-Encoding: br'
refused 'another content encoding' 415 'text/plain; charset=utf-8' zstd
call -X GET "$OTLP_URL/v1/traces"
refused 'another method' 405 'text/plain; charset=utf-8' method
check 'with the one that is allowed' grep -qi '^allow: POST' "$WORK/head"
call "$OTLP_URL/nothing/here"
refused 'another path' 404 $JSON 'no such path'
post $JSON "$WORK/span.json" /v1/traces -H 'Origin: https://evil.example'
refused 'a web page of somebody else' 403 $JSON loopback
call -H 'Host: evil.example' "$SERVE_URL/api/v1/services"
refused 'a name that was rebound to this machine' 403 $JSON loopback
call -H 'Host: localhost:1' -H 'Origin: http://localhost:3000' "$SERVE_URL/healthz"
equal 'pages of this machine may ask' '200 ok' "$STATUS $(body)"
check 'types are not to be guessed' grep -qi '^x-content-type-options: nosniff' "$WORK/head"

# ---- look-ups ----------------------------------------------------------------------------------
call "$SERVE_URL/api/v1/traces/$TRACE"
equal 'a trace has its spans once, however often they came' \
	"200 POST /pay|SELECT" "$STATUS $(value '"|".join(s["name"] for s in d["spans"])')"
equal 'and its log at its span' 'card declined' "$(value 'd["spans"][0]["logs"][0]["body"]')"
equal 'a log without a time has the time of its arrival' True \
	"$(value 'abs(int(d["spans"][0]["logs"][0]["time_unix_nano"]) / 1e9 - time.time()) < 60')"
equal 'and its error' boom "$(value 'd["spans"][1]["status_message"]')"
for id in "${TRACE^^}" 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 a3ce929d0e0e4736 11803532876627986230 \
	"00-$TRACE-$SPAN-01"; do
	call "$SERVE_URL/api/v1/traces/$id"
	equal "a trace by $id" "200 $TRACE" "$STATUS $(value 'd["trace_id"]')"
done
call "$SERVE_URL/api/v1/traces/$(new_trace_id)"
refused 'a trace that is not here' 404 $JSON 'not arrived yet'
call "$SERVE_URL/api/v1/traces/xyzzy"
refused 'what is no id' 400 $JSON 'not a trace id'
call "$SERVE_URL/api/v1/traces/$TRACE/logs"
equal 'the logs of a trace' "200 ['ERROR']" "$STATUS $(value '[l["severity"] for l in d["logs"]]')"
logs() { # FACT, COUNT, QUERY
	call "$SERVE_URL/api/v1/logs?$3"
	equal "$1" "200 $2" "$STATUS $(value 'len(d["logs"]) if "logs" in d else d')"
}
logs 'all logs' 1 ''
logs 'logs of a service' 1 service=checkout
logs 'logs of another' 0 service=nobody
logs 'logs by text' 1 'text=DECLINED+card'
logs 'logs as severe' 1 severity=warn
logs 'logs more severe' 0 severity=fatal
logs 'logs of a trace' 1 "trace=$TRACE"
logs 'logs of no trace' 0 no_trace=true
logs 'the same, as the option is spelled' 0 no-trace
logs 'logs since an age' 1 since=1h
logs 'logs until then' 0 until=1h
logs 'at most so many' 1 limit=5
last=$(value 'd["last_row"]')
logs 'logs that were stored since' 0 "after_row=$last"
for bad in severity=loud since=then limit=-1 trace=x sevrity=warn limit=100001; do
	call "$SERVE_URL/api/v1/logs?$bad"
	refused "a query with $bad" 400 $JSON "${bad%%=*}"
done
call "$SERVE_URL/api/v1/traces?service=checkout&errors&min_duration=100ms"
equal 'a search' "200 $TRACE 250000000 POST /pay 2 1" "$STATUS $(value '" ".join(
	str(d["traces"][0][k]) for k in ("trace_id", "duration_ns", "name", "spans", "errors"))')"
call "$SERVE_URL/api/v1/traces?min-duration=10s"
equal 'a search that finds nothing' '200 []' "$STATUS $(value 'd["traces"]')"
call "$SERVE_URL/api/v1/services"
equal 'the services' "['checkout']" "$(value 'd["services"]')"
call -X POST "$SERVE_URL/api/v1/services"
refused 'a look-up by POST' 405 $JSON method
check 'which says what is allowed' grep -qi '^allow: GET, HEAD' "$WORK/head"
call -I "$SERVE_URL/healthz"
equal 'HEAD is as GET' 200 "$STATUS"
at_least() { [ "$(metric "$1")" -ge "$2" ]; }
check 'metrics count what was stored' at_least 'linespan_stored_total{signal="spans"}' 5
check 'and what was refused' at_least 'linespan_refused_requests_total{reason="malformed"}' 4
equal 'and what was dropped' '1 3' "$(metric 'linespan_dropped_total{reason="bad_span_id"}') $(
	metric 'linespan_dropped_total{reason="metrics_not_kept"}')"

# ---- hostile senders ---------------------------------------------------------------------------
"$PYTHON" - "${OTLP_URL##*:}" "$WORK/span.pb" <<'PY'
import random, socket, sys
port, good = int(sys.argv[1]), open(sys.argv[2], "rb").read()
random.seed(1)
def send(data, seconds=0.1): # waits for the answer so long, then is gone
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.settimeout(seconds)
        try:
            s.sendall(data)
            while seconds and s.recv(65536):
                pass
        except OSError:
            pass
def head(n, more=""):
    return (f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
        f"Connection: close\r\nContent-Type: application/x-protobuf\r\n"
        f"Content-Length: {n}\r\n{more}\r\n").encode()
for i in range(400):
    body = bytearray(good)
    for _ in range(random.randint(1, 6)):
        body[random.randrange(len(body))] = random.randrange(256)
    send(head(len(body), random.choice(["", "Content-Encoding: gzip\r\n"])) + bytes(body), 5)
for i in range(100):
    send(random.randbytes(random.randint(1, 3000)), 0.01)
chunked = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
for data in (head(1000) + good, head(10**18) + good, head(-5) + good, b"GET / HTTP/1.1\r\n" * 50,
        b"POST /v1/traces HTTP/1.1\r\n" + b"X: " + b"y" * 300000, b"\x16\x03\x01" + bytes(200),
        chunked + b"FFFFFFFFFFFFFFFFF\r\n",
        b"GET /" + b"%00" * 3000 + b" HTTP/1.1\r\n\r\n"):
    send(data)
    send(data, 0)
PY
call "$SERVE_URL/healthz"
equal 'hostile senders do no harm' '200 ok' "$STATUS $(body)"
post $PB "$WORK/span.pb" /v1/traces
accepted 'nor do they to others' $PB ''

# ---- ending ------------------------------------------------------------------------------------
id=$(new_trace_id)
sed "s/$TRACE/$id/I" "$WORK/span.json" >"$WORK/last.json"
post $JSON "$WORK/last.json" /v1/traces
stop serve KILL 2>"$WORK/killed" || true
begin
call "$SERVE_URL/api/v1/traces/$id"
equal 'what was acknowledged outlives kill -9' SELECT "$(value 'd["spans"][0]["name"]')"
(sleep 0.3; cat "$WORK/last.json") | sed "s/$id/$(new_trace_id | tee "$WORK/id")/I" |
	curl -s -m 10 -o /dev/null -w '%{http_code}' -T - -X POST -H "Content-Type: $JSON" \
		-H 'Expect:' "$OTLP_URL/v1/traces" >"$WORK/late.status" &
late=$!
sleep 0.15
status=0
stop serve || status=$?
wait "$late" || true
equal 'SIGTERM ends it well' 0 "$status"
equal 'and a request that was under way is answered' 200 "$(cat "$WORK/late.status")"
equal 'it has said nothing on standard error' '' "$(cat "$WORK/serve.err")"
begin
call "$SERVE_URL/api/v1/traces/$(cat "$WORK/id")"
equal 'and kept' 200 "$STATUS"
status=0
stop serve INT || status=$?
equal 'SIGINT ends it well, too' 0 "$status"

# ---- rings -------------------------------------------------------------------------------------
spool_is_empty() { [ "$(find "$SPOOL" -type f | wc -l)" = 0 ]; }
say() { # TRACE, WHO
	TRACEPARENT=00-$1-$SPAN-01 run_shim --service "$2" -- "$PYTHON" -c \
		"import sys; sys.stderr.write('hello from $2\n')" 2>>"$WORK/program.err"
}
id=$(new_trace_id)
say "$id" before
begin
found() { curl -sf "$SERVE_URL/api/v1/traces/$1" | grep -q "$2"; }
check 'lines of a program that ended before the sidecar began' \
	wait_for 5 found "$id" 'hello from before'
id=$(new_trace_id)
say "$id" during
check 'lines of a program that runs meanwhile' wait_for 5 found "$id" 'hello from during'
id=$(new_trace_id)
say "$id" last
stop serve
begin
check 'lines that were in the ring at the end' found "$id" 'hello from last'
check 'rings that are done are gone' wait_for 5 spool_is_empty
stop serve
finish
