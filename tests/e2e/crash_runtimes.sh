#!/usr/bin/env bash
# Runtimes that look after fatal signals themselves keep their say: exit status, core and report of
# a crash are those without the shim; and where they leave it to the default, there is a record.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736
export TRACEPARENT=00-$TRACE-00f067aa0ba902b7-01
ulimit -c 0


# Exit status and standard error are the same; ids, addresses and times aside.
normal() {
	unstamp | sed -E -e '/^linespan: /d' -e 's/0x[0-9a-f]+/ADDR/g' -e 's/[0-9]{3,}/N/g' \
		-e 's/elapsed time:.*//'
}
try() { # NAME RECORD COMMAND…
	local name=$1 record=$2 plain=0 status=0
	shift 2
	"$@" >"$WORK/plain.out" 2>"$WORK/plain.err" || plain=$?
	"$LINESPAN" run --dir "$SPOOL" -- "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	equal "$name: exit status" "$plain" "$status"
	normal <"$WORK/plain.err" >"$WORK/plain.normal"
	normal <"$WORK/err" >"$WORK/err.normal"
	same "$name: its own report" "$WORK/plain.normal" "$WORK/err.normal"
	equal "$name: record" "$record" \
		"$(sed -nE 's/^linespan: ([A-Za-z]+).*/\1/p' "$WORK/err" | paste -sd ' ')"
}

cd "$WORK"
readonly SEGV='import ctypes; ctypes.string_at(0)'
try 'Python, SIGSEGV' SIGSEGV "$PYTHON" -c "$SEGV"
try 'Python, faulthandler' SIGSEGV "$PYTHON" -X faulthandler -c "$SEGV"
# Its alternate stack is older than the handlers that ask for one.
try 'Python, faulthandler, stack overflow' SIGSEGV "$PYTHON" -X faulthandler -c \
	'import faulthandler; faulthandler._stack_overflow()'
try 'Python, abort' abort "$PYTHON" -c 'import os; os.abort()'
try 'Python, fatal error' SIGABRT "$PYTHON" -c \
	'import signal, os; os.kill(os.getpid(), signal.SIGABRT)'
try 'Python, uncaught exception' exit "$PYTHON" -c 'raise ValueError("card refused")'
try 'Python, sys.exit(0)' '' "$PYTHON" -c 'import sys; sys.exit(0)'
try 'Perl, die' exit perl -e 'die "card refused\n"'
try 'Perl, dump' SIGABRT perl -e 'kill ABRT => $$; sleep 5'
try 'PHP, uncaught exception' exit php -n -d display_errors=stderr -r \
	'throw new Exception("card refused");'
try 'Node, abort' abort node -e 'process.abort()'
try 'Node, uncaught exception' exit node -e 'throw new Error("card refused")'

cat >Nulls.java <<'END'
public class Nulls {
	static int length(String s) { return s.length(); }
	public static void main(String[] args) {
		int caught = 0;
		for (int i = 0; i < 100000; i++)
			try { length(i % 2 == 0 ? null : "x"); }
			catch (NullPointerException e) { caught++; }
		System.out.println(caught);
		if (args.length > 0) throw new IllegalStateException("card refused");
	}
}
END
javac Nulls.java
try 'Java, 100,000 null pointers' '' java -Xshare:auto Nulls
same 'Java: all of them were caught' "$WORK/plain.out" "$WORK/out"
try 'Java, uncaught exception' exit java Nulls x
finish
