#!/usr/bin/env bash
# The web page of a trace with 10,000 spans and 10,000 log lines, in Chromium: how soon it shows,
# how it scrolls with lines as rows.
. "$(dirname "$0")/../e2e/lib.sh"

readonly MODULES=$ROOT/build/npm-ui
export CHROMIUM HOME=$WORK
CHROMIUM=$(command -v chromium)

npm_packages ui "$MODULES" >/dev/null
cp "$ROOT"/tests/ui/*.mjs "$MODULES/"
start_serve
node "$MODULES/data.mjs" all >"$WORK/data.jsonl"
"$LINESPAN" import "$WORK/data.jsonl" >/dev/null 2>&1
said=$(node "$MODULES/speed.mjs")
value() { sed -n "s/.*$1=\([0-9.]*\).*/\1/p" <<<"$said"; }

row() { # NAME MEASURED GOAL UNIT
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" 'BEGIN {
		printf "%-48s %9s %9s  %s\n", n, m u, g u, m <= g ? "met" : "MISSED" }'
}
printf '%-48s %9s %9s\n' 'web page, 10,000 spans and lines' measured goal
row 'from the address to the waterfall' "$(value paint_ms)" 1000 ' ms'
row "frames later than 20 ms, of $(value frames)" "$(value late)" 5 ''
stop serve
finish
