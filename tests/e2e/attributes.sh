#!/usr/bin/env bash
# Traces and log records by attribute: `search` and `logs --attr`, the API's `attr`, Jaeger's tags.
. "$(dirname "$0")/lib.sh"

start_serve
readonly FIRST=00000000000000000000000000000a01 SECOND=00000000000000000000000000000a02

# What a sender's SDK knows of types: 500 is a number, "500" a text.
readonly OF_FIRST='{"key":"http.response.status_code","value":{"intValue":"500"}},
	{"key":"http.route","value":{"stringValue":"/pay?a=b&c"}},
	{"key":"ratio","value":{"doubleValue":0.1}},{"key":"retry","value":{"boolValue":true}},
	{"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"2"}]}}},
	{"key":"empty","value":{"stringValue":""}},{"key":"blob","value":{"bytesValue":"AP8h"}}'
readonly OF_SECOND='{"key":"http.response.status_code","value":{"stringValue":"500"}},
	{"key":"sql","value":{"stringValue":"'"x'); DROP TABLE log; -- %_ \u00e9"'"}}'
resource() { # SERVICE HOST
	printf '"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}},' "$1"
	printf '{"key":"host.name","value":{"stringValue":"%s"}}]}' "$2"
}
span() { # TRACE SPAN NAME SECOND ATTRIBUTES STATUS EVENTS
	printf '{"traceId":"%s","spanId":"%s","name":"%s","kind":3,' "$1" "$2" "$3"
	printf '"startTimeUnixNano":"179000000%s000000000",' "$4"
	printf '"endTimeUnixNano":"179000000%s000000009","attributes":[%s],' "$4" "$5"
	printf '"status":{"code":%s},"events":[%s]}' "$6" "$7"
}
readonly EVENT='{"name":"exception","attributes":[
	{"key":"exception.type","value":{"stringValue":"IOException"}}]}'
log() { # SECOND TEXT ATTRIBUTES
	printf '{"timeUnixNano":"179000000%s000000000","body":{"stringValue":"%s"},' "$1" "$2"
	printf '"severityNumber":9,"attributes":[%s]}' "$3"
}
{
	printf '{"resourceSpans":[{%s,"scopeSpans":[{"spans":[%s]}]},' "$(resource shop a)" \
		"$(span $FIRST 0000000000000001 first 1 "$OF_FIRST" 2 "$EVENT")" | tr -d '\n\t'
	printf '{%s,"scopeSpans":[{"spans":[%s]}]}]}\n' "$(resource bank b)" \
		"$(span $SECOND 0000000000000002 second 2 "$OF_SECOND" 0 '')" | tr -d '\n\t'
	printf '\n'
	printf '{"resourceLogs":[{%s,"scopeLogs":[{"logRecords":[%s,%s]}]}]}' \
		"$(resource shop a)" "$(log 1 one "$OF_FIRST")" \
		"$(log 2 two "$OF_SECOND")" | tr -d '\n\t'
	printf '\n'
} >"$WORK/in.jsonl"
check 'two traces and two log records are there' "$LINESPAN" import "$WORK/in.jsonl"

search() { # OPTION… - the names of the traces that are found
	"$LINESPAN" search --json "$@" | jq -r '[.traces[].name] | join(" ")'
}
logs() { # OPTION… - the texts of the log records that are found
	"$LINESPAN" logs --json "$@" | jq -rs '[.[].body] | join(" ")'
}
both_find() { # FACT EXPECTED-OF-SEARCH EXPECTED-OF-LOGS OPTION…
	local fact=$1 traces=$2 lines=$3
	shift 3
	equal "search: $fact" "$traces" "$(search "$@")"
	equal "logs: $fact" "$lines" "$(logs "$@")"
}
all_of_them() {
	both_find 'a number' first one --attr retry=true --attr http.response.status_code=500
	both_find 'a text of digits is the same text' 'second first' 'one two' \
		--attr http.response.status_code=500
	both_find 'a value with = and &' first one --attr 'http.route=/pay?a=b&c'
	both_find 'a part of a value is not the value' '' '' --attr http.route=/pay
	both_find 'a double' first one --attr ratio=0.1
	both_find 'a list' first one --attr 'tags=["a",2]'
	both_find 'bytes' first one --attr blob=AP8h
	both_find 'an empty value' first one --attr empty=
	both_find 'what looks like SQL' second two --attr "sql=x'); DROP TABLE log; -- %_ é"
	both_find 'a pattern is none' '' '' --attr "sql=x%"
	both_find 'of the resource' first 'one two' --attr host.name=a
	both_find 'all of them hold' '' 'two' --attr host.name=a \
		--attr "sql=x'); DROP TABLE log; -- %_ é"
	both_find 'with other filters' '' '' --service bank --attr retry=true
	both_find 'a key in another case is another key' '' '' --attr Retry=true
	equal 'search: of an event' first "$(search --attr exception.type=IOException)"
	equal 'search: the status' second "$(search --attr error=false)"
	equal 'search: the kind' 'second first' "$(search --attr span.kind=client)"
}
step 'from a sidecar'
all_of_them
step 'from the files'
stop serve
server_options=(--data "$DATA")
search() { "$LINESPAN" search --json "${server_options[@]}" "$@" |
	jq -r '[.traces[].name] | join(" ")'; }
logs() { "$LINESPAN" logs --json "${server_options[@]}" "$@" |
	jq -rs '[.[].body] | join(" ")'; }
all_of_them
start_serve

step 'what is no attribute'
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
long=$(printf 'x%.0s' $(seq 1 1025))
many=()
for i in $(seq 1 17); do many+=(--attr "a=$i"); done
for command in search logs; do
	for bad in word =value = '' "k=$long"; do
		equal "$command --attr '${bad:0:9}': 2" 2 \
			"$(status_of "$LINESPAN" "$command" --attr "$bad")"
		check '… names the option in one line' grep -qx "linespan $command: --attr: .*" \
			"$WORK/err"
	done
	equal "$command: seventeen are too many" 2 \
		"$(status_of "$LINESPAN" "$command" "${many[@]}")"
	equal "$command: sixteen are not" 1 \
		"$(status_of "$LINESPAN" "$command" "${many[@]:2}")"
done
api() { # PATH - the status; the answer is in $WORK/answer
	curl -s -g -o "$WORK/answer" -w '%{http_code}' "$SERVE_URL$1"
}
for path in traces logs; do
	for bad in attr=word attr==v "attr=k=$long" 'attr=a=b&attr=c'; do
		equal "the API: $path?${bad:0:15} is 400" 400 "$(api "/api/v1/$path?$bad")"
		equal '… names it' attr \
			"$(jq -r '.error.message | split(":")[0]' "$WORK/answer")"
	done
	equal "the API: $path?attr=a=b&attr=c=d" 200 "$(api "/api/v1/$path?attr=a=b&attr=c=d")"
	equal '… finds nothing' 0 "$(jq ".$path | length" "$WORK/answer")"
done

step "Jaeger's tags"
jaeger() { # FACT STATUS EXPECTED QUERY
	equal "$1: status" "$2" "$(api "/api/traces?service=shop&$4")"
	equal "$1" "$3" "$(jq -r '[.data[]?.spans[].operationName] | join(" ")' "$WORK/answer")"
}
tags() { jq -rn --arg tags "$1" '"tags=" + ($tags | @uri)'; }
jaeger 'tags' 200 first "$(tags '{"retry":"true","http.response.status_code":"500"}')"
jaeger 'tags of which one does not fit' 200 '' "$(tags '{"retry":"true","ratio":"0.2"}')"
jaeger 'a tag of the process' 200 first 'tag=host.name:a'
jaeger 'tags of an event' 200 first 'tag=exception.type:IOException&tag=error:true'
jaeger 'a value with a colon' 200 '' 'tag=a:b:c'
jaeger 'no colon' 400 '' 'tag=retry'
jaeger 'no key' 400 '' 'tag=:true'
jaeger 'tags that are a list' 400 '' "$(tags '["a"]')"
jaeger 'tags of which one is a number' 400 '' "$(tags '{"a":"b","c":1}')"
jaeger 'too many' 400 '' "$(tags "$(jq -nc '[range(17) | {key: "k\(.)", value: "v"}] |
	from_entries')")"
finish
