#!/usr/bin/env bash
# `linespan doctor`: of a live process and of a command.
. "$(dirname "$0")/lib.sh"

status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	echo "$status"
}
doctor() { "$LINESPAN" doctor "$@"; }
has() { check "$1" grep -qE -- "$2" "$WORK/out"; }
export TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01

step 'a process under the shim'
start shimmed "$LINESPAN" run --dir "$SPOOL" -- "$PYTHON" -c '
import sys, time
log = open(sys.argv[1], "a")
sys.stderr.write("one line\n")
time.sleep(60)' "$WORK/app.log"
check 'it runs' wait_for 10 grep -q 'one line' "$WORK/shimmed.err"
equal 'exit status' 0 "$(status_of doctor "$(pid_of shimmed)")"
has 'the shim is in' '^shim +loaded$'
has 'its runtime' '^runtime +Python$'
has 'its context' 'TRACEPARENT=00-4bf92'
has 'standard output: the rule' '1 mirror R4 '
has 'standard error: the rule' '2 stamp +R3 '
has 'its log file: the rule' 'stamp +R6 .*app\.log'
has 'what it counted' 'stamped 1$'
has 'what to change' 'PYTHONUNBUFFERED'
doctor --json "$(pid_of shimmed)" >"$WORK/out"
equal 'as JSON' 'loaded 1' "$(jq -r '"\(.shim) \(.counters.stamped)"' "$WORK/out")"

step 'others'
start plain sleep 60
equal 'without the shim: 1' 1 "$(status_of doctor "$(pid_of plain)")"
has 'and says so' 'the shim is not in this process'
start denied "$LINESPAN" run --dir "$SPOOL" -- bash -c 'sleep 60; :'
check 'it has begun' wait_for 5 grep -q liblinespan "/proc/$(pid_of denied)/maps"
doctor "$(pid_of denied)" >"$WORK/out"
has 'a denied program' 'deny list'
cat >"$WORK/static.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void) { fprintf(stderr, "here\n"); sleep(60); return 0; }
END
gcc -static -o "$WORK/static" "$WORK/static.c"
start static "$WORK/static"
check 'it runs' wait_for 5 grep -q here "$WORK/static.err"
equal 'a static program: 1' 1 "$(status_of doctor "$(pid_of static)")"
has 'what is left' 'statically linked.*--pipe'
gcc -shared -fPIC -o "$WORK/libtracer.so" -x c - <<<'__thread void *otel_thread_ctx_v1;'
cat >"$WORK/traced.c" <<'END'
#include <unistd.h>
extern __thread void *otel_thread_ctx_v1;
int main(void) { otel_thread_ctx_v1 = 0; return (int)sleep(60); }
END
gcc -o "$WORK/traced" "$WORK/traced.c" "$WORK/libtracer.so" -Wl,-rpath,"$WORK"
start traced "$LINESPAN" run --dir "$SPOOL" -- "$WORK/traced"
check 'it has begun' wait_for 5 grep -q libtracer "/proc/$(pid_of traced)/maps"
doctor "$(pid_of traced)" >"$WORK/out"
has 'a tracer' '^tracer +otel_thread_ctx_v1'

start one sh -c "exec '$LINESPAN' run --dir '$SPOOL' -- sleep 60 >'$WORK/both' 2>&1"
check 'it has begun' wait_for 5 grep -q liblinespan "/proc/$(pid_of one)/maps"
doctor "$(pid_of one)" >"$WORK/out"
has 'one file for both streams' '1 stamp +R4 .*same file as standard error'

step 'a command'
equal 'exit status' 0 "$(status_of doctor -- "$PYTHON" -c \
	'import sys; sys.stderr.write("x\n"); sys.exit(3)')"
has 'it ran' 'ended with status 3$'
has 'what it decided' 'fd 2: stamp \(R3'
refute 'nothing of it reaches the spool' grep -rqa d0c7 "$SPOOL"
equal 'nor stays anywhere' 0 "$(find /tmp -maxdepth 1 -name 'linespan-doctor-*' \
	-newer "$WORK/static" | wc -l)"
equal 'a spool for a command: 2' 2 "$(status_of doctor --dir "$SPOOL" -- true)"
equal 'a static one: 1' 1 "$(status_of doctor -- "$WORK/static")"
has 'what is left' 'run --pipe'
equal 'one of the deny list: 1' 1 "$(status_of doctor -- bash -c :)"
has 'says so' 'deny list \(R1\)'
equal 'what such a one becomes by exec: 0' 0 "$(status_of doctor -- bash -c \
	"exec '$PYTHON' -c 'import sys; sys.stderr.write(\"x\\n\")'")"
equal 'none such: 2' 2 "$(status_of doctor -- "$WORK/none")"
equal 'one line' 1 "$(wc -l <"$WORK/err")"

step 'usage'
equal 'no operand' 2 "$(status_of doctor)"
equal 'no such process' 2 "$(status_of doctor 99999999)"
check 'says so' grep -q 'no such process' "$WORK/err"
equal 'no such option' 2 "$(status_of doctor --nonsense)"
finish
