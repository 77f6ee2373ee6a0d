#!/usr/bin/env bash
# Nothing that a program logged is lost when it, or the sidecar, is killed: the sidecar finds the
# lines of a dead program in its ring, and what it had taken in is there after its own kill -9.
. "$(dirname "$0")/lib.sh"

# A program that logs N lines in a trace and kills itself with SIGKILL.
killed_logger() { # trace, lines
	TRACEPARENT=00-$1-$(new_span_id)-01 run_shim --service doomed -- "$PYTHON" -c '
import os, signal, sys
for i in range(int(sys.argv[1])):
    os.write(2, b"line %d before the end\n" % i)
os.kill(os.getpid(), signal.SIGKILL)' "$2" 2>"$WORK/doomed.log" || true
}

lines_in_store() { "$LINESPAN" grep -c "$1" 2>/dev/null || true; }
store_has() { [ "$(lines_in_store "$1")" = "$2" ]; }
serve_is_gone() { ! is_running serve; }

step 'a killed program, no sidecar yet'
first=$(new_trace_id)
killed_logger "$first" 500
equal 'the file has its lines' 500 "$(grep -c "trace_id=$first" "$WORK/doomed.log")"
start_serve
check 'the sidecar finds all of them' wait_for 15 store_has "$first" 500

step 'a killed sidecar'
second=$(new_trace_id)
killed_logger "$second" 300
check 'the lines are taken in' wait_for 15 store_has "$second" 300
kill -KILL "$(pid_of serve)"
check 'the sidecar is dead' wait_for 5 serve_is_gone
stop serve || true
third=$(new_trace_id)
killed_logger "$third" 200
start_serve
check 'what was there stays' wait_for 15 store_has "$second" 300
check 'and once only' store_has "$first" 500
check 'what was logged meanwhile comes in' wait_for 15 store_has "$third" 200
check 'the sidecar ends with status 0' stop serve
equal 'no ring of a dead program is left' 0 \
	"$(find "$SPOOL" -name '*.ring' | wc -l)"
finish
