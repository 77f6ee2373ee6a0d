#!/usr/bin/env bash
# What goes out with requests (--propagate): exactly one traceparent, the body intact, whatever the
# program sends with and however little the kernel takes; nothing where nothing may be changed.
. "$(dirname "$0")/lib.sh"

# At full size, about 10,000 requests: TIMES=25 REQUESTS=600.
readonly HERE=$ROOT/tests/e2e/propagate TIMES=${TIMES:-1} REQUESTS=${REQUESTS:-150}
readonly SHORT_REQUESTS=$((REQUESTS * 2 / 15)) SHORT_ALL=$((6 * (REQUESTS * 2 / 15)))
readonly TRACE=0af7651916cd43dd8448eb211c80319c SPAN=b7ad6b7169203331
cd "$WORK"
gcc -O1 -w -o client "$HERE/client.c"
gcc -O1 -w -shared -fPIC -o short.so "$HERE/short.c" -ldl
PORT=''
free_port PORT
start echo "$PYTHON" "$HERE/echo.py" "$PORT"
check 'the server starts' wait_for 10 port_answers "$PORT"
URL=http://127.0.0.1:$PORT
head -c 200000 /dev/urandom >body
SUM=$(sha1sum <body | cut -d' ' -f1)

# with LIST COMMAND…: under the shim, in the trace above.
with() {
	local list=$1
	shift
	TRACEPARENT=00-$TRACE-$SPAN-01 timeout 120 "$LINESPAN" run --dir "$SPOOL" \
		--propagate "$list" -- "$@"
}

# one_header FACT N FILE: N answers, each with one header of this trace and of a span of its own.
one_header() {
	equal "$1: $2 answers with one header each" "$2" \
		"$(grep -c "^1 00-$TRACE-[0-9a-f]\{16\}-01 " "$3" || true)"
	equal "$1: … and no others" "$2" "$(wc -l <"$3")"
	equal "$1: each request has a span of its own" "$2" \
		"$(cut -d' ' -f2 "$3" | sort -u | wc -l)"
}

step 'programs'
with loopback curl -s "$URL/a" "$URL/b" >out
one_header 'curl, two on one connection' 2 out
with loopback curl -s --data-binary @body "$URL/post" >out
one_header 'curl, 200 kB' 1 out
check 'curl, 200 kB: the body is intact' grep -q " $SUM " out
with loopback "$PYTHON" -c "import urllib.request as u
for n in range($((50 * TIMES))):
    print(u.urlopen('$URL/python', data=open('body', 'rb').read()).read().decode(), end='')" >out
one_header 'python' $((50 * TIMES)) out
equal 'python: the bodies are intact' $((50 * TIMES)) "$(grep -c " $SUM " out)"
with loopback perl -MHTTP::Tiny -e "my \$h = HTTP::Tiny->new;
	print \$h->get('$URL/perl')->{content} for 1 .. $((50 * TIMES))" >out
one_header 'perl' $((50 * TIMES)) out
if command -v node >/dev/null; then
	with loopback node -e "const http = require('http');
	const agent = new http.Agent({keepAlive: true});
	const next = n => n && http.get('$URL/node', {agent}, r => {
		r.pipe(process.stdout, {end: false}); r.on('end', () => next(n - 1)) });
	next($((50 * TIMES)))" >out
	one_header 'node' $((50 * TIMES)) out
fi

step 'inside of TLS'
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 30 \
	-subj /CN=localhost 2>openssl.err
free_port TLS_PORT
start tls-echo "$LINESPAN" run --dir "$SPOOL" --service tls-echo -- \
	"$PYTHON" "$HERE/echo.py" "$TLS_PORT" cert.pem key.pem
check 'the server starts' wait_for 10 port_answers "$TLS_PORT"
TLS_URL=https://127.0.0.1:$TLS_PORT
with loopback curl -sk "$TLS_URL/a" "$TLS_URL/b" >out
one_header 'curl, two on one connection' 2 out
with loopback curl -sk --data-binary @body "$TLS_URL/post" >out
one_header 'curl, 200 kB' 1 out
check 'curl, 200 kB: the body is intact' grep -q " $SUM " out
with loopback wget -q --no-check-certificate -O- "$TLS_URL/a" "$TLS_URL/b" >out
one_header 'wget, by GnuTLS' 2 out
with loopback "$PYTHON" -c "import ssl, urllib.request as u
context = ssl._create_unverified_context()
for n in range($((20 * TIMES))):
    body = open('body', 'rb').read()
    print(u.urlopen('$TLS_URL/python', data=body, context=context).read().decode(), end='')" >out
one_header 'python' $((20 * TIMES)) out
equal 'python: the bodies are intact' $((20 * TIMES)) "$(grep -c " $SUM " out)"
with loopback php -r "\$tls = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
	for (\$n = 0; \$n < $((5 * TIMES)); \$n++)
		echo file_get_contents('$TLS_URL/php', false, stream_context_create(\$tls));" >out
one_header 'php' $((5 * TIMES)) out
# php loads curl.so with RTLD_DEEPBIND, past every preloaded library.
php_curl="\$body = file_get_contents('body');
	for (\$n = 0; \$n < $((10 * TIMES)); \$n++)
		foreach (['$URL/php', '$TLS_URL/php'] as \$url) {
			\$c = curl_init(\$url);
			curl_setopt_array(\$c, [CURLOPT_RETURNTRANSFER => true,
				CURLOPT_POST => true, CURLOPT_POSTFIELDS => \$body,
				CURLOPT_SSL_VERIFYPEER => false, CURLOPT_SSL_VERIFYHOST => 0]);
			echo curl_exec(\$c); }"
with loopback php -r "$php_curl" >out
one_header "php's curl, plain and TLS, 200 kB" $((20 * TIMES)) out
equal "php's curl: the bodies are intact" $((20 * TIMES)) "$(grep -c " $SUM " out)"
LINESPAN_DEEPBIND="keep" with loopback php -r "$php_curl" >out
equal "php's curl, --deepbind keep: as the library asks for" $((20 * TIMES)) \
	"$(grep -c '^0 - ' out)"
with '' curl -sk -H "traceparent: 00-$TRACE-$SPAN-01" "$TLS_URL/line" >out
check "the server's line has the request's id" wait_for 5 \
	grep -q "GET /line .* trace_id=$TRACE" tls-echo.err

step 'ways to send'
ways='write send writev sendmsg sendto nonblock'
# shellcheck disable=SC2086
with loopback ./client "$PORT" "$REQUESTS" $ways >out
one_header 'all ways' $((6 * REQUESTS)) out
SUM_B=$(head -c 3000 /dev/zero | tr '\0' b | sha1sum | cut -d' ' -f1)
equal 'all ways: the bodies are intact' "$REQUESTS" "$(grep -c " $SUM_B " out)"
for bytes in 1 7 20 60 100; do
	# shellcheck disable=SC2086
	LD_PRELOAD=$PWD/short.so SHORT=$bytes with loopback \
		./client "$PORT" "$SHORT_REQUESTS" $ways >out
	one_header "$bytes bytes at a time" "$SHORT_ALL" out
	equal "$bytes bytes at a time: the bodies are intact" "$SHORT_REQUESTS" \
		"$(grep -c " $SUM_B " out)"
	equal "$bytes bytes at a time: the request lines are intact" "$SHORT_ALL" \
		"$(grep -Ec ' (GET|POST) /[a-z]+/[0-9]+\?x=1 HTTP/1.1$' out)"
done

step 'what stays as it is'
no_header() { equal "$1" 0 "$(grep -vc '^0 - ' "$2" || true)"; }
with '' curl -s "$URL/a" >out
no_header 'no list, no header' out
with "127.0.0.1:$((PORT + 1)),example.org" curl -s "$URL/a" >out
no_header 'a host that is not on the list' out
with "127.0.0.1:$PORT" curl -s "$URL/a" >out
one_header 'an address and its port' 1 out
with "localhost:$PORT" curl -s "http://localhost:$PORT/a" >out
one_header 'a name and its port' 1 out
with loopback ./client "$PORT" 10 split >out
no_header 'a head in two calls' out
own=00-11111111111111111111111111111111-2222222222222222-01
with loopback curl -s -H "traceparent: $own" "$URL/a" >out
equal "a header of the program's own" "1 $own" "$(cut -d' ' -f1,2 out)"
LINESPAN_CONTEXT="env" with loopback curl -s "$URL/a" >out
no_header 'connections are not followed with --context env' out
"$LINESPAN" run --dir "$SPOOL" --propagate loopback -- curl -s "$URL/a" >out
check 'without any context a request begins a trace' \
	grep -Eq '^1 00-[0-9a-f]{32}-[0-9a-f]{16}-03 ' out

step 'the spans'
start_serve
with loopback curl -s "$URL/spans/17" >out
span=$(cut -d- -f3 out)
has_span() {
	"$LINESPAN" show --json "$TRACE" 2>/dev/null >show.json
	grep -q "\"span_id\":\"$span\"" show.json
}
check 'the header names a span that is told' wait_for 10 has_span
jq -r --arg id "$span" '.spans[] | select(.span_id == $id)
	| .name, .kind, .attributes["http.request.method"], .attributes["url.path"],
	  (.attributes["http.response.status_code"] | tostring), .attributes["server.address"]' \
	show.json >got
printf '%s\n' 'GET /spans' client GET /spans/17 200 127.0.0.1 >expected
check 'it has its name and attributes' diff expected got
check 'the sidecar ends with status 0' stop serve
finish
