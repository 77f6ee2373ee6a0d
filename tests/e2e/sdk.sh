#!/usr/bin/env bash
# What the OpenTelemetry SDK for Node.js sends, over HTTP in protobuf and JSON and over gRPC, plain
# and compressed, is kept: each of 1,000 spans and 1,000 logs is found by its trace id. Then what
# an SDK tells its user of spans that are not as they should be, and what grpc-js hears when a call
# is wrong.
. "$(dirname "$0")/lib.sh"

readonly MODULES=$ROOT/build/npm

all_found() { # file of what was sent
	node "$MODULES/verify.mjs" "$1" "$SERVE_URL" 2>"$WORK/verify.err"
}
all_are_found() { [ "$(all_found "$1")" = 'spans 1000 logs 1000' ]; }

check 'npm installs the SDK' npm_packages e2e/sdk "$MODULES"
cp "$ROOT"/tests/e2e/sdk/*.mjs "$MODULES/"
start_serve --max-body 1M
export_all() { # proto|http|grpc [gzip]
	local url=$OTLP_URL kind=$1${2:+ with $2} sent=$WORK/$1$2.json
	[ "$1" != grpc ] || url=$GRPC_URL
	check "$kind: the exporters get through" \
		sh -c "node '$MODULES/export.mjs' $1 '$url' ${2:-none} >'$sent'"
	wait_for 20 all_are_found "$sent" || cat "$WORK/verify.err"
	equal "$kind: each span and log is found" 'spans 1000 logs 1000' "$(all_found "$sent")"
}
for kind in proto http grpc; do
	export_all "$kind" ''
	export_all "$kind" gzip
done
# The SDK's own words before the message differ from exporter to exporter.
warned() { # proto|http|grpc
	local url=$OTLP_URL what='1 of 1 spans'
	[ "$1" != grpc ] || url=$GRPC_URL
	check "$1: an SDK that is set up badly gets through" \
		sh -c "node '$MODULES/warned.mjs' $1 '$url' >'$WORK/warned'"
	equal "$1: one that is set up well has nothing to say" -- "$(head -n 1 "$WORK/warned")"
	sed -n '2,$s/.*"errorMessage":"\(.*\)".*/\1/p' "$WORK/warned" |
		sed 's/[0-9a-f]\{16\}/SPAN/g' | uniq -c >"$WORK/heard"
	echo "      2 $what has no service.name (SPAN): set OTEL_SERVICE_NAME or this resource" \
		"attribute; $what lost attributes, events or links in the sender (SPAN):" \
		'raise its OTEL_SPAN_*_COUNT_LIMIT' >"$WORK/expected"
	same "$1: the other tells its user what to do" "$WORK/expected" "$WORK/heard"
}
for kind in proto http grpc; do
	warned "$kind"
done
check 'grpc-js hears what it should' sh -c \
	"node '$MODULES/calls.mjs' '${GRPC_URL#http://}' >'$WORK/calls'"
same '… for each call' "$ROOT/tests/e2e/sdk/calls.expected" "$WORK/calls"
check 'the sidecar ends with status 0' stop serve
finish
