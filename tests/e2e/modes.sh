#!/usr/bin/env bash
# The options of `linespan run`, one by one, on a program that writes a text line and a JSON line to
# standard output, standard error and a file.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
readonly DEC_TRACE=11803532876627986230 DEC_SPAN=67667974448284343
readonly TEXT='out of tea' JSON='{"msg":"out of tea"}'
readonly STAMP=" trace_id=$TRACE span_id=$SPAN"
readonly MEMBERS=",\"trace_id\":\"$TRACE\",\"span_id\":\"$SPAN\",\"trace_flags\":\"01\"}"
readonly BOTH=$TEXT$'\n'$JSON
readonly STAMPED=$TEXT$STAMP$'\n'${JSON%\}}$MEMBERS
cd "$WORK"

cat >logger.py <<'EOP'
import os
LINES = b'out of tea\n', b'{"msg":"out of tea"}\n'
fds = (1, 2, os.open("app.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT),
       os.open("app.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT))
for fd in fds:
    for line in LINES:
        os.write(fd, line)
EOP

# logs [VARIABLE=VALUE…] [OPTION…]: runs the program in a trace, without spans of its own.
logs() {
	local variables=()
	while [[ ${1-} == *=* && $1 != -* ]]; do
		variables+=("$1")
		shift
	done
	rm -f app.log app.txt
	env TRACEPARENT=00-$TRACE-$SPAN-01 "${variables[@]}" \
		"$LINESPAN" run --dir "$SPOOL" --spans off "$@" -- "$PYTHON" logger.py >out 2>err
}

stderr_is() { # FACT, EXPECTED, arguments of logs
	logs "${@:3}"
	equal "$1" "$2" "$(cat err)"
}

step 'what is stamped'
logs
equal 'standard error is' "$STAMPED" "$(cat err)"
equal 'a log file is' "$STAMPED" "$(cat app.log)"
equal 'standard output is not' "$BOTH" "$(cat out)"
equal 'another file is not' "$BOTH" "$(cat app.txt)"
logs --stdout on
equal 'standard output is, when told so' "$STAMPED" "$(cat out)"
logs --stderr off
equal 'standard error is not, when told so' "$BOTH" "$(cat err)"
logs --log-file '*.txt'
equal 'files are those that are named' "$BOTH $STAMPED" "$(cat app.log) $(cat app.txt)"
env TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off -- \
	"$PYTHON" logger.py >both 2>&1
equal 'standard output is, where it goes with standard error' "$STAMPED"$'\n'"$STAMPED" \
	"$(cat both)"

step 'formats and fields'
stderr_is 'suffix' "$TEXT$STAMP"$'\n'"$JSON$STAMP" --format suffix
stderr_is 'none' "$BOTH" --format none
logs --format prefix
check 'prefix' grep -Eq "^trace_id=$TRACE span_id=$SPAN $TEXT\$" err
stderr_is 'ecs' "$TEXT trace.id=$TRACE span.id=$SPAN
${JSON%\}},\"trace.id\":\"$TRACE\",\"span.id\":\"$SPAN\"}" --fields ecs
logs --fields datadog
equal 'datadog: text' "$TEXT dd.trace_id=$DEC_TRACE dd.span_id=$DEC_SPAN" "$(head -n 1 err)"
equal 'datadog: JSON' "$DEC_TRACE $DEC_SPAN" \
	"$(tail -n 1 err | jq -r '"\(."dd.trace_id") \(."dd.span_id")"')"

step 'what has a name of ours already'
for line in '{"span_id":"00f067aa0ba902b7"}' '{"trace_flags":"00"}'; do
	env TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off -- \
		"$PYTHON" -c 'import os, sys; os.write(2, sys.argv[1].encode() + b"\n")' "$line" \
		2>err
	equal "$line is no object with two of them" "$line" "$(cat err)"
done

env TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off -- \
	"$PYTHON" -c 'import os; os.write(2, b"{\"missing\":\"span_id\"}\n")' 2>err
equal 'as a value it is no name' "{\"missing\":\"span_id\"$MEMBERS" "$(cat err)"

step 'an error record'
env TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off -- \
	"$PYTHON" -c 'import os; os.write(2, b"no end"); os._exit(3)' 2>err || true
equal 'begins a line of its own' 'no end linespan: exit: exit status 3' \
	"$(sed 's/ program=.*//' err | paste -sd ' ')"
env TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off --debug debug -- \
	"$PYTHON" -c 'import os
for line in b"text\n", b"\xe9\n", b"a\n":
    os.write(2, line)' \
	2>err
check '--debug tells what became data' grep -q 'fd 2: pass (R8' debug

step 'what names the context'
stderr_is 'no TRACEPARENT' "$BOTH" TRACEPARENT=
stderr_is 'one of zeros' "$BOTH" TRACEPARENT=00-00000000000000000000000000000000-$SPAN-01
stderr_is 'one that is cut' "$BOTH" TRACEPARENT=00-$TRACE-00f067aa
stderr_is 'a version that is forbidden' "$BOTH" TRACEPARENT=ff-$TRACE-$SPAN-01
stderr_is 'a later version, with more' "$STAMPED" TRACEPARENT=01-$TRACE-$SPAN-01-more
stderr_is '--context env' "$STAMPED" --context env
stderr_is '--context off' "$BOTH" --context off
stderr_is '--context published' "$BOTH" --context published
logs --spans on
check 'with spans: the trace, and a span of the process' \
	grep -Eqx "$TEXT trace_id=$TRACE span_id=[0-9a-f]{16}" err
refute '… which is not its parent' grep -q "$SPAN" err

step 'environment variables do the same'
stderr_is 'LINESPAN_FORMAT' "$BOTH" LINESPAN_FORMAT=none
stderr_is 'LINESPAN_STDERR' "$BOTH" LINESPAN_STDERR=off
rm -f app.log app.txt
LD_PRELOAD=$PRELOAD TRACEPARENT=00-$TRACE-$SPAN-01 LINESPAN_DIR=$SPOOL \
	"$PYTHON" logger.py >out 2>err
equal 'preloaded without LINESPAN=1: nothing' "$BOTH" "$(cat err)"
LINESPAN=1 LINESPAN_SPANS=off LD_PRELOAD=$PRELOAD TRACEPARENT=00-$TRACE-$SPAN-01 \
	LINESPAN_DIR=$SPOOL "$PYTHON" logger.py >out 2>err
equal 'preloaded with LINESPAN=1' "$STAMPED" "$(cat err)"
LINESPAN=1 LINESPAN_SPANS=maybe LINESPAN_STDOUT=7 LD_PRELOAD=$PRELOAD LINESPAN_CONTEXT=env \
	TRACEPARENT=00-$TRACE-$SPAN-01 LINESPAN_DIR=$SPOOL "$PYTHON" logger.py >out 2>err
equal 'values that are not understood do no harm' "$BOTH" "$(cat out)"

step 'children'
cat >parent.py <<'EOP'
import os, subprocess, sys
if len(sys.argv) == 1:
    os.write(2, b"parent\n")
    subprocess.run([sys.executable, sys.argv[0], "child"])
else:
    os.write(2, b"child %s\n" % os.environb.get(b"TRACEPARENT", b""))
EOP
in_trace() {
	TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --spans off "$@" 2>err
}
in_trace -- "$PYTHON" parent.py
equal 'none: the parent is stamped' "parent$STAMP" "$(head -n 1 err)"
equal 'none: the child is not, and has the context' "child 00-$TRACE-$SPAN-01" "$(tail -n 1 err)"
in_trace --children inherit -- "$PYTHON" parent.py
equal 'inherit: the child is stamped' "child 00-$TRACE-$SPAN-01$STAMP" "$(tail -n 1 err)"
in_trace -- sh -c "exec '$PYTHON' -c 'import os; os.write(2, b\"replaced\\n\")'"
equal 'a program that replaces a start script is stamped' "replaced$STAMP" "$(cat err)"
finish
