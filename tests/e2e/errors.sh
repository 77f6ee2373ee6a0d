#!/usr/bin/env bash
# Error records: what dies of an error inside a span is told, on one stamped line and in the trace,
# and ends as it would have without us.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
readonly SOURCES=$ROOT/tests/e2e/errors
ulimit -c 0
gcc -g -O1 -w -o "$WORK/dies" "$SOURCES/dies.c" -lpthread
g++ -g -O1 -w -o "$WORK/throws" "$SOURCES/throws.cc"
export TRACEPARENT=00-$TRACE-$SPAN-01

# Runs a program without and with the shim; its standard error is in $WORK/err.
both() { # NAME ERRORS-MODE PROGRAM [HOW]
	local name=$1 mode=$2 plain=0 status=0
	shift 2
	"$@" >"$WORK/plain.out" 2>"$WORK/plain.err" || plain=$?
	"$LINESPAN" run --dir "$SPOOL" --spans off --errors "$mode" \
		-- "$@" >"$WORK/out" 2>"$WORK/err" ||
		status=$?
	equal "$name, --errors $mode: exit status" "$plain" "$status"
	same "$name, --errors $mode: what the program sees of its handlers" \
		"$WORK/plain.out" "$WORK/out"
	unstamp <"$WORK/err" | sed '/^linespan: /d' >"$WORK/err.unstamped"
	same "$name, --errors $mode: its own standard error" \
		"$WORK/plain.err" "$WORK/err.unstamped"
}

told() { # NAME KIND MESSAGE FRAMES PROGRAM [HOW]
	local name=$1 kind=$2 message=$3 frames=$4 tail
	shift 4
	both "$name" on "$@" 2>/dev/null
	tail="program=${1##*/} pid=[0-9]+ tid=[0-9]+$frames trace_id=$TRACE span_id=$SPAN"
	check "$name: one line that ends with the stamp" \
		grep -qE "^linespan: $kind: $message $tail\$" "$WORK/err"
	equal "$name: told once" 1 "$(grep -c '^linespan: ' "$WORK/err")"
}

not_told() { # NAME MODE PROGRAM [HOW]
	both "$@" 2>/dev/null
	refute "$1, --errors $2: no line" grep -q '^linespan: ' "$WORK/err"
}

# ---- the line ------------------------------------------------------------------------------------
readonly HERE=' frames=dies\+0x[0-9a-f]+(,[^ ]+\+0x[0-9a-f]+)*'
readonly ANY=' frames=[^ ]+\+0x[0-9a-f]+(,[^ ]+\+0x[0-9a-f]+)*'
# The shell's own words on a signal go to this script's log.
dies() { told "$1" "$2" "$3" "$4" "$WORK/dies" "$1"; }
dies segv SIGSEGV 'nothing is mapped at 0x10' "$HERE"
dies thread SIGSEGV 'nothing is mapped at 0x20' "$HERE"
dies null-call SIGSEGV 'nothing is mapped at 0x0' ' frames=\?\+0x0,dies\+0x.*'
dies overflow SIGSEGV 'the stack overflowed at 0x[0-9a-f]+' "$HERE"
dies thread-overflow SIGSEGV 'the stack overflowed at 0x[0-9a-f]+' "$HERE"
dies fpe SIGFPE 'integer division by zero at 0x[0-9a-f]+' "$HERE"
dies ill SIGILL 'illegal instruction at 0x[0-9a-f]+' "$HERE"
dies double-free SIGABRT '.*double free.*' "$ANY"
dies raise-abrt SIGABRT 'the program sent it to itself' "$ANY"
dies abort abort 'the program called abort\(\)' "$HERE"
dies assert assert '.*dies.c:[0-9]+: die: zero == 1' "$HERE"
dies reset SIGSEGV 'nothing is mapped at 0x10' "$HERE"
dies err exit 'exit status 3: cannot open order: No such file or directory' ''
dies exit exit 'exit status 7' ''
dies _exit exit 'exit status 8' ''
told throws terminate 'exception that nobody caught: N4shop7refusedE' "$ANY" "$WORK/throws"
told noexcept terminate 'exception that nobody caught: N4shop7refusedE' "$ANY" "$WORK/throws" x
# The host's own handler runs, and ends the process its own way.
dies own-handler exit 'exit status 42' ''
not_told well on "$WORK/dies"
# A parent that ends by its child's signal tells nothing of its own.
not_told passed-on on "$WORK/dies" bus

# ---- settings ------------------------------------------------------------------------------------
rm -rf "$SPOOL" && mkdir "$SPOOL"
not_told segv ring "$WORK/dies" segv
check 'ring: the record is in the ring' grep -aqr exception.type "$SPOOL"
rm -rf "$SPOOL" && mkdir "$SPOOL"
for how in segv abort exit; do
	not_told $how off "$WORK/dies" $how
done
refute 'off: no record in the ring' grep -aqr exception.type "$SPOOL"
(
	unset TRACEPARENT
	not_told segv on "$WORK/dies" segv
)

# ---- in the trace --------------------------------------------------------------------------------
start_serve
"$LINESPAN" run --dir "$SPOOL" -- "$WORK/dies" thread >"$WORK/out" 2>"$WORK/err" || true
logs() { "$LINESPAN" show --json "$TRACE" >"$WORK/trace.json"; }
has_record() { logs && jq -e '.spans[].events[] | select(.name=="exception")' "$WORK/trace.json"; }
check 'the record is an event of its span' wait_for 10 has_record
line=$(grep -n 'r = poke(at)' "$SOURCES/dies.c" | cut -d: -f1)
stack=$(jq -r '.spans[].events[].attributes["exception.stacktrace"]' "$WORK/trace.json")
check 'its frames have functions, files and lines' \
	grep -qE '^poke \(dies.c:[0-9]+\) dies\+0x' <<<"$stack"
check 'callers too, at the line of the call' grep -qF "handle_order (dies.c:$line)" <<<"$stack"
equal 'the process span ends in error' 'error killed by SIGSEGV' \
	"$(jq -r '.spans[] | "\(.status) \(.status_message)"' "$WORK/trace.json")"
"$LINESPAN" show "$TRACE" >"$WORK/shown"
check 'show has the frames below the line' \
	grep -qE '^ +at handle_order \(dies.c:[0-9]+\) dies\+0x' "$WORK/shown"
equal 'and the error once' 1 "$(grep -c 'nothing is mapped' "$WORK/shown")"

# Where the program itself calls what ends it, the first frame is that call.
first_frame() { # TRACE: of its error
	"$LINESPAN" logs --trace "$1" --json |
		jq -r '.attributes["exception.stacktrace"] // empty' | head -n 1
}
for how in abort assert; do
	trace=$(new_trace_id)
	TRACEPARENT=00-$trace-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" -- "$WORK/dies" $how \
		>"$WORK/out" 2>"$WORK/err" || true
	has_first() { first_frame "$trace" | grep -q .; }
	check "$how: the record is in the store" wait_for 10 has_first
	line=$(grep -n "$how(.*);" "$SOURCES/dies.c" | head -n 1 | cut -d: -f1)
	equal "$how: its first frame is the call" "(dies.c:$line)" \
		"$(first_frame "$trace" | cut -d' ' -f 2)"
done

# ---- in a server ---------------------------------------------------------------------------------
unset TRACEPARENT
gcc -g -O1 -w -o "$WORK/serves" "$SOURCES/serves.c" -lpthread
start server "$LINESPAN" run --dir "$SPOOL" -- "$WORK/serves"
check 'the server listens' wait_for 5 grep -q . "$WORK/server.out"
url=http://127.0.0.1:$(cat "$WORK/server.out")
slow=$(new_trace_id)
dead=$(new_trace_id)
ask() { curl -s -m 5 -H "traceparent: 00-$1-$SPAN-01" "$url$2"; }
start slow bash -c "$(declare -f ask); SPAN=$SPAN url=$url; ask $slow /slow"
check 'one request is open' wait_for 5 grep -q "^asked trace_id=$slow" "$WORK/server.err"
refute 'the other one ends the process' ask "$dead" /die
span_of() {
	"$LINESPAN" show --json "$1" >"$WORK/trace.json" && jq -e '.spans[0]' "$WORK/trace.json"
}
told_of() { # TRACE
	wait_for 10 span_of "$1" || true
	jq -r '.spans[0] | "\(.name) \(.kind) \(.status) \(.attributes["error.type"])"' \
		"$WORK/trace.json"
}
equal 'its span is told' 'GET /die server error SIGSEGV' "$(told_of "$dead")"
has_frames() { span_of "$dead" && jq -e '.spans[0].events[0].attributes["exception.stacktrace"]
	| contains("serve (serves.c:")' "$WORK/trace.json"; }
check 'with the frames of the error' wait_for 5 has_frames
equal 'the request that died with it, too' 'GET /slow server error process_died' \
	"$(told_of "$slow")"

# ---- hostile frames ------------------------------------------------------------------------------
symbolize() { "$LINESPAN" symbolize; }
mkfifo "$WORK/fifo"
printf '%s\n' "$WORK/fifo+0x1" '/dev/zero+0x1' "$WORK/none+0x1" "$WORK/dies.c+0x1" 'no frame' \
	"$WORK/dies+0x1000 00ff" '/+0x1' '+0x1' "$WORK/dies+0xffffffffffffffff" |
	timeout 10 "$LINESPAN" symbolize >"$WORK/named"
equal 'odd objects have no names, and none is lost' \
	'fifo+0x1 zero+0x1 none+0x1 dies.c+0x1 no frame dies+0x1000 +0x1 +0x1' \
	"$(head -n 8 "$WORK/named" | tr '\n' ' ' | sed 's/ $//')"
finish
