#!/usr/bin/env bash
# Writers side by side, threads and processes, into one pipe and one file: no line is torn, lost,
# out of its writer's order, or stamped with another span's id.
. "$(dirname "$0")/lib.sh"

readonly LINES_EACH=${LINES_EACH:-100000} THREADS=4 WRITERS=8
gcc -w -O2 -I"$ROOT/lib" -o "$WORK/writers" "$ROOT/tests/e2e/writers/writers.c" \
	-L"$ROOT/build" -llinespan -Wl,-rpath,"$ROOT/build" -lpthread

# Says what is wrong with the lines of a file; nothing when all is well.
wrong() {
	awk -v writers=$WRITERS -v each="$LINES_EACH" '
	!/^p=[0-9]+ t=[0-9] i=[0-9]+ of=[0-9a-f]+ x* trace_id=[0-9a-f]+ span_id=[0-9a-f]+$/ {
		if (torn++ < 3) print "torn or unstamped: " $0
		next
	}
	{
		who = $1 " " $2
		split($3, i, "=")
		if (i[2] != next_of[who]++) { if (lost++ < 3) print "out of order: " $0 }
		split($4, own, "=")
		split($NF, stamp, "=")
		if (own[2] != stamp[2] && foreign++ < 3) print "another span: " $0
		n++
	}
	END {
		for (w in next_of) found++
		if (found != writers) print found " writers"
		if (n != writers * each) print n " lines"
	}' "$1"
}

cd "$WORK"
for kind in pipe file; do
	if [ $kind = pipe ]; then
		run_shim -- ./writers $THREADS "$LINES_EACH" pipe 2>&1 >/dev/null | cat >got
	else
		run_shim -- ./writers $THREADS "$LINES_EACH" file
		cp app.log got
	fi
	wrong got >found
	fact="$WRITERS writers, $LINES_EACH lines each: whole, in order, each with its own id"
	same "$kind: $fact" \
		/dev/null found
done
finish
