#!/usr/bin/env bash
# The web page as people use it, in a real Chromium: stories by mouse and keys (tests/ui), hostile
# texts, 10,000 spans and lines, the rules of accessibility.
. "$(dirname "$0")/lib.sh"

readonly MODULES=$ROOT/build/npm-ui
export CHROMIUM HOME=$WORK
CHROMIUM=$(command -v chromium)

check 'npm installs playwright-core and axe-core' npm_packages ui "$MODULES"
cp "$ROOT"/tests/ui/*.mjs "$MODULES/"
start_serve
stories() {
	step "$1"
	node "$MODULES/$1.mjs" || not_ok "$1: all stories end well"
}
stories empty
node "$MODULES/data.mjs" all >"$WORK/data.jsonl"
check 'data is imported' "$LINESPAN" import "$WORK/data.jsonl"
stories trace
stories pages
stories access
check 'the sidecar ends with status 0' stop serve
finish
