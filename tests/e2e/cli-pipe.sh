#!/usr/bin/env bash
# `linespan run --pipe`: programs that cannot be preloaded have their lines stamped on the way out.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
readonly STAMP=" trace_id=$TRACE span_id=$SPAN"
readonly MEMBERS="\"trace_id\":\"$TRACE\",\"span_id\":\"$SPAN\",\"trace_flags\":\"01\""
export TRACEPARENT=00-$TRACE-$SPAN-01
cat >"$WORK/static.c" <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void on_term(int s) { (void)s; write(2, "asked to end\n", 13); _exit(5); }
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && strcmp(argv[1], "wait") == 0) {
		signal(SIGTERM, on_term);
		fprintf(stderr, "waiting\n");
		sleep(20);
	}
	if (argc > 1 && strcmp(argv[1], "order") == 0)
		for (int i = 0; i < 1000; i++)
			fprintf(i % 2 ? stdout : stderr, "line %d\n", i);
	if (argc > 1 && strcmp(argv[1], "crash") == 0)
		abort();
	if (argc > 1 && strcmp(argv[1], "leave") == 0) {
		if (fork() == 0) {
			sleep(1);
			fprintf(stderr, "from behind\n");
		}
		return 0;
	}
	fprintf(stderr, "plain\n{\"message\":\"json\"}\n\nhas trace_id=1\nno newline");
	printf("data\n");
	return argc > 2 ? atoi(argv[2]) : 0;
}
END
gcc -O1 -w -static -o "$WORK/static" "$WORK/static.c"
pipe() { "$LINESPAN" run --dir "$SPOOL" --spans off --pipe "$@"; }

pipe -- "$WORK/static" >"$WORK/out" 2>"$WORK/err"
printf '%s\n' "plain$STAMP" \
	"{\"message\":\"json\",$MEMBERS}" \
	'' 'has trace_id=1' >"$WORK/expected"
printf 'no newline' >>"$WORK/expected"
same 'standard error: text, JSON, empty lines, own ids, the last piece' "$WORK/expected" "$WORK/err"
equal 'standard output is data' data "$(cat "$WORK/out")"
pipe --stdout on -- "$WORK/static" >"$WORK/out" 2>"$WORK/err"
equal 'standard output, when asked for' "data$STAMP" "$(cat "$WORK/out")"
pipe --fields datadog --format suffix -- "$WORK/static" >"$WORK/out" 2>"$WORK/err"
check 'other fields' grep -q '^plain dd.trace_id=[0-9]* dd.span_id=[0-9]*$' "$WORK/err"
pipe -- "$WORK/static" order >"$WORK/both" 2>&1
sed -n 's/^line \([0-9]*\) .*/\1/p' "$WORK/both" >"$WORK/numbers"
seq 0 999 >"$WORK/expected"
same 'one file for both: stamped, in their order' "$WORK/expected" "$WORK/numbers"
head -c 300000 /dev/urandom >"$WORK/random"
pipe -- sh -c "cat '$WORK/random' >&2" 2>"$WORK/err"
same 'bytes that are no text pass as they are' "$WORK/random" "$WORK/err"
head -c 300000 /dev/zero | tr '\0' x >"$WORK/long"
echo >>"$WORK/long"
pipe -- sh -c "cat '$WORK/long' >&2" 2>"$WORK/err"
same 'a line over 64 KiB passes as it is' "$WORK/long" "$WORK/err"

head -c 4040 /dev/zero | tr '\0' x >"$WORK/almost"
echo >>"$WORK/almost"
pipe -- sh -c "cat '$WORK/almost' >&2" 2>"$WORK/err"
same 'a line that a pipe takes whole stays one that it does' "$WORK/almost" "$WORK/err"

step 'what the command inherits'
cat >"$WORK/inherits.c" <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	sigset_t blocked;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int i = 1; i < 32; i++) {
		struct sigaction now;
		if (i != SIGKILL && i != SIGSTOP && sigaction(i, NULL, &now) == 0)
			printf("%d %d %d\n", i, now.sa_handler == SIG_IGN,
				sigismember(&blocked, i));
	}
	return 4;
}
END
gcc -o "$WORK/inherits" "$WORK/inherits.c"
cat >"$WORK/odd.pl" <<'END'
use POSIX;
$SIG{CHLD} = $SIG{USR1} = 'IGNORE';
sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR2));
exec @ARGV;
END
usual() { timeout 10 "$@"; }
odd() { timeout 10 perl "$WORK/odd.pl" "$@"; }
for how in usual odd; do
	$how "$WORK/inherits" >"$WORK/expected" || true
	status=0
	$how "$LINESPAN" run --dir "$SPOOL" --pipe -- "$WORK/inherits" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	equal "$how: the exit status comes back" 4 "$status"
	same "$how: dispositions and mask are those without us" "$WORK/expected" "$WORK/out"
done
{ pipe -- sh -c 'yes >&2' || true; } 2>&1 | head -n 1 >"$WORK/out"
equal 'a reader that goes away ends the command' "y$STAMP" "$(cat "$WORK/out")"
"$LINESPAN" run --dir "$SPOOL" --pipe -- sh -c 'echo line >&2; printenv TRACEPARENT' \
	>"$WORK/out" 2>"$WORK/err"
equal 'TRACEPARENT names the span that its lines are on' \
	"00-$TRACE-$(sed -n 's/.*span_id=//p' "$WORK/err")-01" "$(cat "$WORK/out")"

step 'the end'
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
equal 'exit status' 7 "$(status_of pipe -- "$WORK/static" x 7)"
equal 'killed by a signal' 134 "$(status_of pipe -- "$WORK/static" crash 2>/dev/null)"
equal 'not found' 127 "$(status_of pipe -- "$WORK/none")"
equal 'not executable' 126 "$(status_of pipe -- "$WORK")"
start waiter "$LINESPAN" run --dir "$SPOOL" --spans off --pipe -- "$WORK/static" wait
check 'lines come at once' wait_for 5 grep -q "^waiting$STAMP" "$WORK/waiter.err"
status=0
stop waiter || status=$?
equal 'signals are handed on' 5 "$status"
check 'and the last words are there' grep -q "^asked to end$STAMP" "$WORK/waiter.err"
before=$SECONDS
pipe -- "$WORK/static" leave >"$WORK/out" 2>"$WORK/err"
check 'what stays in the background keeps nobody' [ $((SECONDS - before)) -lt 3 ]
check 'and its lines are stamped' wait_for 5 grep -q "^from behind$STAMP" "$WORK/err"
cat >"$WORK/ask" <<'END'
printf "name? " >&2
read -r x
echo "hello $x" >&2
END
mkfifo "$WORK/answer"
start asker bash -c "exec '$LINESPAN' run --dir '$SPOOL' --spans off --pipe -- \
	sh '$WORK/ask' <'$WORK/answer'"
exec 4>"$WORK/answer"
check 'a prompt is shown before its newline' wait_for 5 grep -q 'name?' "$WORK/asker.err"
echo you >&4
exec 4>&-
check 'and the line goes on' wait_for 5 grep -q '^name? hello you' "$WORK/asker.err"
unset TRACEPARENT
pipe -- "$WORK/static" >"$WORK/out" 2>"$WORK/err"
equal 'without a context nothing changes' plain "$(head -n 1 "$WORK/err")"

step 'in the trace'
start_serve
TRACEPARENT=00-$TRACE-$SPAN-01 "$LINESPAN" run --dir "$SPOOL" --service batch --pipe -- \
	"$WORK/static" x 3 >"$WORK/out" 2>"$WORK/err" || true
seen() {
	"$LINESPAN" show --json "$TRACE" >"$WORK/trace.json" &&
		jq -e '.spans[] | select(.service == "batch" and .status == "error"
			and (.logs | length) == 3)' "$WORK/trace.json"
}
check 'its span has its lines and its exit code' wait_for 10 seen
finish
