#!/usr/bin/env bash
# Tokens and TLS on each address: who is let in and who is not, in what words; files that are no
# good; new ones while it runs; peers that do not finish their handshake; and what real SDKs, a
# browser and our own look-ups do with both.
. "$(dirname "$0")/lib.sh"

TOKEN=correct-horse/battery+staple=
readonly MODULES=$ROOT/build/npm

# ---- certificates ------------------------------------------------------------------------------
# make_pair NAME SERIAL: a certificate for localhost, signed by the test's own authority.
make_pair() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$WORK/$1.key" -out "$WORK/$1.csr" 2>/dev/null
	openssl x509 -req -in "$WORK/$1.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" \
		-set_serial "$2" -days 2 -out "$WORK/$1.pem" \
		-extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca \
	-keyout "$WORK/ca.key" -out "$WORK/ca.pem" 2>/dev/null
make_pair one 11
make_pair two 22
cp "$WORK/one.pem" "$WORK/cert.pem"
cp "$WORK/one.key" "$WORK/key.pem"
echo "$TOKEN" >"$WORK/token"
printf 'wrong\n' >"$WORK/wrong"
readonly SECURE=(--token-file "$WORK/token" --tls-cert "$WORK/cert.pem" --tls-key "$WORK/key.pem")
cat >"$WORK/span.json" <<'J'
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":
"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736",
"spanId":"00f067aa0ba902b7","name":"pay","kind":2,"startTimeUnixNano":"1763933400000000000",
"endTimeUnixNano":"1763933400250000000"}]}]}]}
J
echo '[{"traceId":"4bf92f3577b34da6","id":"00f067aa0ba902b9","name":"z","timestamp":1700000000000,
"localEndpoint":{"serviceName":"z"}}]' >"$WORK/zipkin.json"

step 'what is not started'
# FACT, STATUS, WORDS, OPTION…: one line that has the words
refuses() {
	local fact=$1 want=$2 words=$3 status=0
	timeout 10 "$LINESPAN" serve --dir "$WORK/s" --data "$WORK/d" --otlp-http off \
		--otlp-grpc off --http 127.0.0.1:0 "${@:4}" >"$WORK/out" 2>"$WORK/err" || status=$?
	grep -qF -- "$words" "$WORK/err" || cat "$WORK/err"
	equal "$fact" "$want 1 1 0" "$status $(wc -l <"$WORK/err") $(
		grep -cF -- "$words" "$WORK/err") $(wc -l <"$WORK/out")"
}
for listener in http otlp-http otlp-grpc zipkin; do
	refuses "--$listener for other machines without both" 2 \
		'give --token-file, --tls-cert and --tls-key' "--$listener" 0.0.0.0:0
	refuses "--$listener for other machines without TLS" 2 \
		'give --token-file, --tls-cert and --tls-key' "--$listener" 0.0.0.0:0 \
		--token-file "$WORK/token"
done
refuses 'a token file that is not there' 1 "$WORK/none: cannot be read: No such file" \
	--token-file "$WORK/none"
: >"$WORK/empty"
refuses 'one without a token' 1 "--token-file: $WORK/empty: holds no token" \
	--token-file "$WORK/empty"
echo 'two words' >"$WORK/words"
refuses 'one with blanks' 1 "--token-file: $WORK/words: a line is no token" \
	--token-file "$WORK/words"
refuses 'a folder' 1 "--token-file: $WORK: cannot be read: Is a directory" --token-file "$WORK"
refuses 'a certificate that is none' 1 "--tls-cert: $WORK/token: not a certificate in PEM" \
	--tls-cert "$WORK/token" --tls-key "$WORK/one.key"
refuses 'a key that is none' 1 "--tls-key: $WORK/one.pem: not a key in PEM" \
	--tls-cert "$WORK/one.pem" --tls-key "$WORK/one.pem"
refuses 'a key of another certificate' 1 "$WORK/two.key: not the key of the certificate" \
	--tls-cert "$WORK/one.pem" --tls-key "$WORK/two.key"
openssl ec -aes256 -passout pass:x -in "$WORK/one.key" -out "$WORK/locked.key" 2>/dev/null
refuses 'a key with a password' 1 "$WORK/locked.key: not a key in PEM without a password" \
	--tls-cert "$WORK/one.pem" --tls-key "$WORK/locked.key"
refuses 'a key that is not there' 1 "--tls-key: $WORK/none: cannot be read: No such file" \
	--tls-cert "$WORK/one.pem" --tls-key "$WORK/none"

step 'a token, without TLS'
start_serve --token-file "$WORK/token" --zipkin 127.0.0.1:0
ZIPKIN_URL=http://$(serve_address zipkin)
status() { curl -s -m 10 -o "$WORK/body" -D "$WORK/head" -w '%{http_code}' "$@"; }
bearer() { status -H "Authorization: Bearer $1" "${@:2}"; }
as_json=(-H 'Content-Type: application/json' --data-binary)
for way in "$OTLP_URL/v1/traces span" "$SERVE_URL/v1/traces span" \
	"$ZIPKIN_URL/api/v2/spans zipkin"; do
	read -r url file <<<"$way"
	body=("${as_json[@]}" "@$WORK/$file.json" "$url")
	good=200
	[ "$file" = span ] || good=202
	equal "${url#http://*/}: none, a wrong one, the right one" "401 401 $good" "$(
		status "${body[@]}") $(bearer wrong "${body[@]}") $(bearer "$TOKEN" "${body[@]}")"
done
equal 'what OTLP hears is a Status' 16 "$(status "${as_json[@]}" "@$WORK/span.json" \
	"$OTLP_URL/v1/traces" >/dev/null; jq .code "$WORK/body")"
for path in / /api/v1/services /api/services /metrics /no/such /trace/4bf92f3577b34da6; do
	equal "$path wants it" 401 "$(status "$SERVE_URL$path")"
done
check 'a browser is told how' grep -qi '^www-authenticate: Basic realm="linespan"' "$WORK/head"
check 'and other clients, too' grep -qi '^www-authenticate: Bearer' "$WORK/head"
equal '/healthz does not' 200 "$(status "$SERVE_URL/healthz")"
long=$(head -c 5000 /dev/zero | tr '\0' x)
while read -r fact want header; do
	equal "$fact" "$want" "$(status -H "Authorization: $header" "$SERVE_URL/api/v1/services")"
done <<T
bearer-in-small-letters 200 bearer $TOKEN
blanks-around-it 200 Bearer   $TOKEN
half-of-it 401 Bearer ${TOKEN%staple=}
more-of-it 401 Bearer ${TOKEN}x
without-a-scheme 401 $TOKEN
another-scheme 401 Digest $TOKEN
a-scheme-alone 401 Bearer
a-long-one 401 Bearer $long
basic-that-is-none 401 Basic %%%%
basic-without-a-colon 401 Basic $(printf %s "$TOKEN" | base64)
basic-with-it-as-the-user 401 Basic $(printf '%s:' "$TOKEN" | base64)
basic-with-it-as-the-password 200 Basic $(printf 'me:%s' "$TOKEN" | base64)
T
equal 'any name of this host will do then' 200 "$(
	bearer "$TOKEN" -H 'Host: linespan.example:16686' "$SERVE_URL/api/v1/services")"
equal 'but no other origin' 403 "$(bearer "$TOKEN" -H 'Host: linespan.example' \
	-H 'Origin: https://evil.example' "$SERVE_URL/api/v1/services")"
equal 'its own page has one' 200 "$(bearer "$TOKEN" -H 'Host: linespan.example' \
	-H 'Origin: https://linespan.example' "$SERVE_URL/api/v1/services")"
printf 'second-token\n%s\n' "$TOKEN" >"$WORK/token"
kill -HUP "$(pid_of serve)"
accepted() { [ "$(bearer "$1" "$SERVE_URL/api/v1/services")" = 200 ]; }
check 'SIGHUP reads the file again: a second token' wait_for 5 accepted second-token
check 'beside the first' accepted "$TOKEN"
: >"$WORK/token"
kill -HUP "$(pid_of serve)"
check 'a file that is no good is named' \
	wait_for 5 grep -q 'holds no token.*the tokens of before stay' "$WORK/serve.err"
check 'and changes nothing' accepted second-token
echo "$TOKEN" >"$WORK/token"
check 'it ends well' stop serve

step 'TLS and a token'
start_serve "${SECURE[@]}" --zipkin 127.0.0.1:0 --http 0.0.0.0:0
SERVE_URL=https://localhost:$(serve_address http | sed 's/.*://')
OTLP_URL=https://$(serve_address otlp-http)
GRPC=$(serve_address otlp-grpc)
ZIPKIN_URL=https://$(serve_address zipkin)
ca=(--cacert "$WORK/ca.pem")
equal 'look-ups' 200 "$(bearer "$TOKEN" "${ca[@]}" "$SERVE_URL/api/v1/services")"
equal 'OTLP' 200 "$(bearer "$TOKEN" "${ca[@]}" "${as_json[@]}" "@$WORK/span.json" \
	"$OTLP_URL/v1/traces")"
equal 'Zipkin' 202 "$(bearer "$TOKEN" "${ca[@]}" "${as_json[@]}" "@$WORK/zipkin.json" \
	"$ZIPKIN_URL/api/v2/spans")"
equal 'no token' 401 "$(status "${ca[@]}" "$SERVE_URL/api/v1/services")"
equal 'who does not know the authority does not come' '000 60' \
	"$(status "$SERVE_URL/healthz" || echo " $?")"
equal 'plain HTTP gets nothing' 000 "$(status "http://${OTLP_URL#https://}/v1/traces" || true)"
handshake() { # options: what openssl says of a handshake with the gRPC port
	openssl s_client -connect "$GRPC" -servername localhost -CAfile "$WORK/ca.pem" \
		"$@" </dev/null 2>&1 || true
}
handshake -alpn h2 >"$WORK/said"
check 'the gRPC port speaks h2' grep -qx 'ALPN protocol: h2' "$WORK/said"
check 'with a certificate that is good' grep -q 'Verify return code: 0' "$WORK/said"
handshake -alpn http/1.1 >"$WORK/said"
check 'and nothing else' grep -qi 'alert no application protocol' "$WORK/said"
for version in tls1 tls1_1; do
	handshake -alpn h2 -$version >"$WORK/said"
	refute "not in $version" grep -q 'ALPN protocol: h2' "$WORK/said"
done
handshake -alpn h2 -tls1_2 >"$WORK/said"
check 'but in TLS 1.2' grep -qx 'ALPN protocol: h2' "$WORK/said"
handshake -alpn h2 -tls1_2 -cipher AES128-SHA >"$WORK/said"
refute 'never without forward secrecy' grep -q 'ALPN protocol: h2' "$WORK/said"
equal 'who speaks HTTP/1 to it reads why not' 'this address speaks gRPC inside of TLS: use https' \
	"$(curl -s -m 5 "http://$GRPC/")"

step 'slow and wrong peers'
"$PYTHON" - "$GRPC" "${OTLP_URL#https://}" <<'P' &
import socket, sys, time
hello = bytes.fromhex("160301020001")
open_ones = []
for address in sys.argv[1:]:
    host, port = address.split(":")
    for i in range(100): # half a handshake, plain text, nothing at all
        s = socket.create_connection((host, int(port)), 10)
        s.send([hello, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"", b"GET / HTTP/1.1\r\n\r\n"][i % 4])
        open_ones.append(s)
time.sleep(30)
P
slow=$!
sleep 0.5
took() { curl -s -m 10 "${ca[@]}" -o "$WORK/body" -w '%{time_total}' "$1"; }
for url in "$OTLP_URL/v1/traces" "$SERVE_URL/healthz"; do
	t=$(took "$url")
	check "${url##*/} is answered at once beside 100 slow ones" \
		awk -v t="$t" 'BEGIN { exit !(t < 1) }'
done

step 'look-ups'
export LINESPAN_SERVER=$SERVE_URL
show() { "$LINESPAN" show 4bf92f3577b34da6a3ce929d0e0e4736 "$@"; }
check 'with a token and an authority' show --token-file "$WORK/token" --ca-file "$WORK/ca.pem"
# FACT, WORDS, COMMAND…: status 2 and one line with the words
complains() {
	local fact=$1 words=$2 status=0
	"${@:3}" >"$WORK/out" 2>"$WORK/err" || status=$?
	equal "$fact" '2 1 yes' "$status $(wc -l <"$WORK/err") $(
		if grep -qF -- "$words" "$WORK/err"; then echo yes; else cat "$WORK/err"; fi)"
}
export LINESPAN_CA_FILE=$WORK/ca.pem
complains 'without a token' 'it wants a token; name the file that holds it with --token-file' show
complains 'with a wrong one' 'this is not its token' show --token-file "$WORK/wrong"
complains 'a token file that is not there' "--token-file: $WORK/none: cannot be read" \
	show --token-file "$WORK/none"
complains 'an authority that did not sign' 'its certificate is not trusted' \
	show --token-file "$WORK/token" --ca-file "$WORK/two.pem"
complains 'an authority that is not there' "--ca-file: $WORK/none: cannot be read" \
	show --ca-file "$WORK/none"
export LINESPAN_TOKEN_FILE=$WORK/token
check 'the environment names both' show
for command in 'search' 'logs --since 2000-01-01T00:00:00Z' 'lint' 'export' \
	'explain 4bf92f3577b34da6a3ce929d0e0e4736' \
	'grep 4bf92f3577b34da6a3ce929d0e0e4736' 'compare --baseline 2h..1h --incident 1h..1m'; do
	# shellcheck disable=SC2086
	"$LINESPAN" $command >"$WORK/out" 2>"$WORK/err" || true
	refute "$command gets in" grep -q 'token\|certificate' "$WORK/err"
done
tr -d '\n' <"$WORK/span.json" | sed 's/4bf92f/5bf92f/' >"$WORK/lines.jsonl"
check 'import' "$LINESPAN" import "$WORK/lines.jsonl"
check '… is found' "$LINESPAN" show 5bf92f3577b34da6a3ce929d0e0e4736
complains 'import with a wrong token' 'this is not its token' \
	"$LINESPAN" import --token-file "$WORK/wrong" "$WORK/lines.jsonl"

step 'the SDKs'
check 'npm installs them' npm_packages e2e/sdk "$MODULES"
cp "$ROOT"/tests/e2e/sdk/*.mjs "$MODULES/"
found() {
	TOKEN=$TOKEN NODE_EXTRA_CA_CERTS=$WORK/ca.pem node "$MODULES/verify.mjs" "$1" "$SERVE_URL" \
		2>"$WORK/verify.err"
}
all_are_found() { [ "$(found "$1")" = 'spans 1000 logs 1000' ]; }
for kind in proto http grpc; do
	url=$OTLP_URL
	[ $kind != grpc ] || url=https://$GRPC
	# The value of a header is percent-encoded there.
	OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$(jq -rn --arg t "$TOKEN" '$t|@uri')" \
	OTEL_EXPORTER_OTLP_CERTIFICATE=$WORK/ca.pem NODE_EXTRA_CA_CERTS=$WORK/ca.pem \
		node "$MODULES/export.mjs" $kind "$url" none \
		>"$WORK/sent" 2>"$WORK/sent.err" || true
	wait_for 20 all_are_found "$WORK/sent" || cat "$WORK/sent.err" "$WORK/verify.err"
	equal "$kind: each span and log is found" 'spans 1000 logs 1000' "$(found "$WORK/sent")"
done
refused() {
	curl -s "${ca[@]}" -u "x:$TOKEN" "$SERVE_URL/metrics" |
		sed -n 's/^linespan_refused_requests_total{reason="no_token"} //p'
}
before=$(refused)
OTEL_EXPORTER_OTLP_CERTIFICATE=$WORK/ca.pem timeout 20 node "$MODULES/export.mjs" grpc \
	"https://$GRPC" none >"$WORK/no.json" 2>"$WORK/no.err" || true
check 'grpc without the token is refused' grep -q 'wants its token\|UNAUTHENTICATED' "$WORK/no.err"
check 'and counted' test "$(refused)" -gt "$before"
refute 'and not kept' all_are_found "$WORK/no.json"

step 'a browser'
HOME=$WORK timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
	--ignore-certificate-errors --user-data-dir="$WORK/chromium" --virtual-time-budget=6000 \
	--dump-dom "https://me:$(jq -rn --arg t "$TOKEN" '$t|@uri')@${SERVE_URL#https://}/search" \
	2>"$WORK/chromium.err" >"$WORK/dom" || true
check 'with the token as password it sees the traces' grep -q 'sdk-grpc' "$WORK/dom"

step 'a new certificate'
serial() { handshake -alpn h2 | openssl x509 -noout -serial; }
http_serial() { openssl s_client -connect "${SERVE_URL#https://}" </dev/null 2>/dev/null |
	openssl x509 -noout -serial; }
equal 'the first one' 'serial=0B serial=0B' "$(serial) $(http_serial)"
cp "$WORK/two.pem" "$WORK/cert.pem"
kill -HUP "$(pid_of serve)"
check 'half of a new pair is named' \
	wait_for 5 grep -q 'not the key of the certificate.*of before stays' "$WORK/serve.err"
equal 'and changes nothing' 'serial=0B serial=0B' "$(serial) $(http_serial)"
cp "$WORK/two.key" "$WORK/key.pem"
kill -HUP "$(pid_of serve)"
is_new() { [ "$(serial) $(http_serial)" = 'serial=16 serial=16' ]; }
check 'SIGHUP takes the whole pair, on all addresses' wait_for 5 is_new
kill "$slow" 2>/dev/null || true
wait "$slow" 2>/dev/null || true
check 'it ends well' stop serve
refute 'the token was never said' grep -rqF "$TOKEN" "$WORK"/serve.err "$WORK"/serve.out
finish
