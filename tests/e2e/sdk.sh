#!/usr/bin/env bash
# What the OpenTelemetry SDK for Node.js sends, by protobuf and by JSON, is kept: each of 1,000
# spans and 1,000 logs is found by its trace id.
. "$(dirname "$0")/lib.sh"

readonly MODULES=$ROOT/build/npm

# npm puts the pinned versions into build/npm once.
install_modules() {
	local mark=$MODULES/node_modules/.linespan-lock
	cmp -s "$mark" "$ROOT/tests/e2e/sdk/package-lock.json" && return
	mkdir -p "$MODULES"
	cp "$ROOT"/tests/e2e/sdk/package*.json "$MODULES/"
	(cd "$MODULES" && npm ci --no-audit --no-fund --ignore-scripts)
	cp "$ROOT/tests/e2e/sdk/package-lock.json" "$mark"
}

all_found() { # file of what was sent
	node "$MODULES/verify.mjs" "$1" "$SERVE_URL" 2>"$WORK/verify.err"
}
all_are_found() { [ "$(all_found "$1")" = 'spans 1000 logs 1000' ]; }

check 'npm installs the SDK' install_modules
cp "$ROOT"/tests/e2e/sdk/*.mjs "$MODULES/"
start_serve
for kind in proto http; do
	check "$kind: the exporters get through" \
		sh -c "node '$MODULES/export.mjs' $kind '$OTLP_URL' >'$WORK/$kind.json'"
	wait_for 20 all_are_found "$WORK/$kind.json" || cat "$WORK/verify.err"
	equal "$kind: each span and log is found" 'spans 1000 logs 1000' \
		"$(all_found "$WORK/$kind.json")"
done
check 'the sidecar ends with status 0' stop serve
finish
