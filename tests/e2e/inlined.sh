#!/usr/bin/env bash
# Lines that an inlined putc_unlocked() puts into a FILE's buffer, where they are mirrored: they are
# found there, each once and whole, with ids only where those are certain. A line of which a part
# was flushed before the rest came has no owner then, and is counted as a fragment.
. "$(dirname "$0")/lib.sh"

cd "$WORK"
# The context in the environment is the only one in a program that cannot publish any.
gcc -O2 -w -rdynamic -o publishes "$ROOT/tests/e2e/inlined/prints.c"
gcc -O2 -w -o prints "$ROOT/tests/e2e/inlined/prints.c"
start_serve
PRINTED=$(for i in $(seq 0 1000); do printf 'out line %04d\n' "$i"; done)
WRITTEN=$(for i in $(seq 0 999); do printf 'written line %04d\n' "$i"; done)

# of WHO FILTER…: the sorted texts of the records
of() {
	local who=$1
	shift
	"$LINESPAN" logs --json -n 5000 "$@" | jq -r '.body' | { grep "^$who line" || true; } | sort
}
are_there() { [ "$("$LINESPAN" logs --service "$1" --json -n 5000 | wc -l)" -ge "$2" ]; }

step 'one context for all'
trace=$(new_trace_id)
TRACEPARENT=00-$trace-00f067aa0ba902b7-01 run_shim --service env -- ./prints env >out
check 'the lines come to the store' wait_for 15 are_there env 2002
equal 'standard output: each line once, with the trace' "$PRINTED" "$(of out --trace "$trace")"
equal 'a log that is written over: the same' "$WRITTEN" "$(of written --trace "$trace")"
equal 'what printf() printed between them is one more' 1 \
	"$("$LINESPAN" logs --json --trace "$trace" --text 'out by printf' | wc -l)"
equal 'the program printed what it always does' "$(./prints env | md5sum)" "$(md5sum <out)"

step 'a context that comes and goes'
run_shim --service tls -- ./publishes tls >out
check 'the lines come to the store' wait_for 15 are_there tls 1990
readonly TRACE=abababababababababababababababab
equal 'a log that is written over has its context' "$WRITTEN" "$(of written --trace $TRACE)"
found=$(of out --service tls)
equal 'standard output may be data: its lines are found, each once' '' \
	"$(comm -13 <(echo "$PRINTED") <(echo "$found"))$(uniq -d <<<"$found")"
check 'but those at the edges of its buffer' [ "$(wc -l <<<"$found")" -ge 995 ]
equal 'without ids' 0 "$(of out --trace $TRACE | wc -l)"

step 'a context behind the lines'
run_shim --service late -- ./publishes late >out
check 'the last lines come to the store' wait_for 15 are_there late 1
equal 'no line gets the ids of a later one' '' "$(of out --service late --trace $TRACE)"
check 'the sidecar ends with status 0' stop serve
finish
