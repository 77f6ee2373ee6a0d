#!/usr/bin/env bash
# Zipkin's v2 API: what its reporters send is kept as spans; what is wrong is refused by name.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/spans.json" <<'E'
[{"traceId":"86154a4ba6e91385","id":"86154a4ba6e91385","kind":"SERVER","name":"get /api",
  "timestamp":1700000000000000,"duration":1431,"localEndpoint":{"serviceName":"backend",
  "ipv4":"192.168.99.1","port":3306},"remoteEndpoint":{"serviceName":"frontend",
  "ipv4":"172.19.0.2","port":58648},"tags":{"http.method":"GET","error":"timed out"},
  "annotations":[{"timestamp":1700000000000500,"value":"half way"}]},
 {"traceId":"86154a4ba6e91385","parentId":"86154a4ba6e91385","id":"4d1e00c0db9010db",
  "kind":"CLIENT","name":"get","timestamp":1700000000000100,"duration":500,
  "localEndpoint":{"serviceName":"backend"}},
 {"traceId":"86154a4ba6e91385","parentId":"86154a4ba6e91385","id":"4d1e00c0db9010db",
  "kind":"SERVER","shared":true,"name":"get","timestamp":1700000000000200,"duration":300,
  "localEndpoint":{"serviceName":"storage"}},
 {"traceId":"86154a4ba6e91385","id":"not an id","name":"lost"},
 {"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"0020000000000001","name":"long id",
  "timestamp":1700000000000000,"localEndpoint":{"serviceName":"producer"},"kind":"PRODUCER"}]
E
start_serve --zipkin 127.0.0.1:0
api=http://$(serve_address zipkin)/api/v2/spans
post() { # body file, options…
	local body=$1
	shift
	curl -s -o "$WORK/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		--data-binary "@$body" "$@" "$api"
}
step 'what a reporter sends'
equal 'spans are accepted' 202 "$(post "$WORK/spans.json")"
show() { "$LINESPAN" show --json "$1" >"$WORK/trace.json"; }
check 'they are there by their 64-bit id' show 86154a4ba6e91385
ask() { jq -r "$1" "$WORK/trace.json"; }
equal 'both ends of a call with one id, and their parent' 3 "$(ask '.spans | length')"
equal 'names, services, kinds' 'backend get /api server
backend get client
storage get server' \
	"$(ask '.spans | sort_by(.start_unix_nano)[] | "\(.service) \(.name) \(.kind)"')"
equal 'the server hangs below the client that it shares its id with' 4d1e00c0db9010db \
	"$(ask '.spans[] | select(.service == "storage").parent_span_id')"
equal 'microseconds' '1700000000000000000 1431000' \
	"$(ask '.spans[] | select(.name == "get /api") | "\(.start_unix_nano) \(.duration_ns)"')"
equal 'an error with its message' 'error timed out' \
	"$(ask '.spans[] | select(.name == "get /api") | "\(.status) \(.status_message)"')"
equal 'tags and the remote endpoint' 'GET frontend 172.19.0.2 58648' "$(ask '.spans[] |
	select(.name == "get /api").attributes | "\(."http.method") \(."peer.service") \(
	."network.peer.address") \(."network.peer.port")"')"
equal 'annotations are events' 'half way' \
	"$(ask '.spans[] | select(.name == "get /api").events[0].name')"
check 'a 128-bit id' show 463ac35c9f6413ad48485a3953bb6124
equal 'a producer' producer "$(ask '.spans[0].kind')"
check 'the span with a bad id is counted' sh -c \
	"curl -s $SERVE_URL/metrics | grep -q 'bad_span_id\"} 1'"

step 'compressed, empty, wrong'
sed 's/463ac35c9f6413ad48485a3953bb6124/563ac35c9f6413ad48485a3953bb6124/' "$WORK/spans.json" |
	gzip >"$WORK/spans.gz"
equal 'gzip' 202 "$(post "$WORK/spans.gz" -H 'Content-Encoding: gzip')"
check 'is unpacked' show 563ac35c9f6413ad48485a3953bb6124
bad() { # fact, body, status, options…
	local fact=$1 wanted=$3
	printf %s "$2" >"$WORK/bad"
	shift 3
	equal "$fact" "$wanted" "$(post "$WORK/bad" "$@")"
}
bad 'an empty list' '[]' 202
bad 'an object' '{}' 400
check 'is refused with the reason' jq -e '.error.message | test("list of Zipkin spans")' \
	"$WORK/answer"
bad 'nothing' '' 400
bad 'cut JSON' '[{"traceId":' 400
bad 'a list of numbers' '[1]' 400
bad 'numbers for names' \
	'[{"traceId":1,"id":2,"name":3,"timestamp":"x","tags":[],"annotations":5}]' 202
bad 'times beyond all clocks' \
	'[{"traceId":"1f","id":"0020000000000002","timestamp":1e300}]' 202
bad 'numbers beyond JSON' '[{"traceId":"1f","id":"0020000000000002","duration":1e999}]' 400
bad 'no gzip' '[]' 400 -H 'Content-Encoding: gzip'
bad 'an unknown encoding' '[]' 415 -H 'Content-Encoding: br'
equal 'protobuf' 415 "$(curl -s -o "$WORK/answer" -w '%{http_code}' --data x \
	-H 'Content-Type: application/x-protobuf' "$api")"
equal 'another path' 404 "$(curl -s -o "$WORK/answer" -w '%{http_code}' "${api%spans}services")"
check 'the sidecar ends with status 0' stop serve
finish
