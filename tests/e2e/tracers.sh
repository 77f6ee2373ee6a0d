#!/usr/bin/env bash
# Contexts that tracers publish for their own threads: in the executable, in a library that it
# needs, in one that is loaded later with RTLD_LOCAL, unloaded and loaded again; every format.
. "$(dirname "$0")/lib.sh"

readonly HERE=$ROOT/tests/e2e/tracers
cd "$WORK"
compile() { gcc -O1 -g -w -fPIC "$@" -ldl -lpthread; }
for kind in OTEL ELASTIC LABELS=1; do
	name=${kind%%=*}
	compile -shared "-D$kind" -o "lib$name.so" "$HERE/publisher.c"
	compile -shared "-D$kind" -mtls-dialect=gnu2 -o "lib$name-desc.so" "$HERE/publisher.c"
	compile -shared "-D$kind" -DBIG -o "lib$name-big.so" "$HERE/publisher.c"
	compile -o "host-$name" "$HERE/host.c" -Wl,--no-as-needed "-L$WORK" "-l$name" \
		"-Wl,-rpath,$WORK"
	compile -rdynamic "-D$kind" -o "inside-$name" "$HERE/host.c" "$HERE/publisher.c"
done
compile -o host "$HERE/host.c"
compile -rdynamic -o named "$HERE/named.c"
compile -O2 -rdynamic -o chars "$HERE/chars.c"
mkdir sub
cp libOTEL.so sub/libfound.so
compile -o host-runpath "$HERE/host.c" "-Wl,-rpath,$WORK/sub,--enable-new-dtags"

# Every line of a span has exactly its ids, every line outside of spans has none.
wrong_lines() {
	awk '{ want = "" }
	$2 != "00" {
		trace = ""; span = ""
		m = substr("0123456789abcdef", substr($2, 1, 1) + 9, 1) substr($2, 2, 1)
		for (i = 0; i < 16; i++) trace = trace $2
		for (i = 0; i < 8; i++) span = span m
		want = " trace_id=" trace " span_id=" span
	}
	$0 != $1 " " $2 want { print }' "$1"
}

judge() { # fact, lines, command…
	local fact=$1 lines=$2 status=0
	shift 2
	"$LINESPAN" run --dir "$SPOOL" --context "${CONTEXT-auto}" -- "$@" 2>out.err || status=$?
	wrong_lines out.err >wrong
	if [ "$status" = 0 ] && [ ! -s wrong ] && [ "$(wc -l <out.err)" = "$lines" ]; then
		ok "$fact"
	else
		echo "# status $status"
		not_ok "$fact" out.err
	fi
}

for name in OTEL ELASTIC LABELS; do
	step "$name"
	judge "$name in the executable" 13 "./inside-$name" needed
	judge "$name in a library that it needs" 13 "./host-$name" needed
	judge "$name in a library loaded later" 13 ./host "$WORK/lib$name.so"
	judge "$name by a relative path" 13 ./host "./lib$name.so"
	judge "$name by TLS descriptors" 13 ./host "./lib$name-desc.so"
	judge "$name in a block of its own" 13 ./host "./lib$name-big.so"
	judge "$name is gone when its library is" 16 ./host "./lib$name.so" close
	judge "$name is gone with a span that never ended" 16 ./host "./lib$name.so" active
	judge "$name in a block of its own, too" 16 ./host "./lib$name-big.so" active
	judge "$name comes back with it" 17 ./host "./lib$name.so" again
	judge "$name in a block of its own comes back" 17 ./host "./lib$name-big.so" again
	CONTEXT=published judge "$name with --context published" 13 ./host "./lib$name.so"
done

step 'what is not to be read'
compile -shared -DLABELS=2 -o libnext.so "$HERE/publisher.c"
"$LINESPAN" run --dir "$SPOOL" -- ./host ./libnext.so 2>out.err
equal 'labels of another version' 0 "$(grep -c trace_id= out.err)"
"$LINESPAN" run --dir "$SPOOL" --context env -- ./host ./libOTEL.so 2>out.err
equal 'with --context env' 0 "$(grep -c trace_id= out.err)"

step 'the loader does what it does without us'
LD_LIBRARY_PATH=$WORK judge 'a bare name by LD_LIBRARY_PATH' 13 ./host libOTEL.so
"$LINESPAN" run --dir "$SPOOL" -- ./host-runpath libfound.so 2>out.err && status=0 || status=$?
equal 'a bare name by the path of the executable' 0 "$status"
same_failure() {
	local a=0 b=0
	"$@" 2>plain.err || a=$?
	"$LINESPAN" run --dir "$SPOOL" -- "$@" 2>shim.err || b=$?
	[ "$a" = "$b" ] && diff <(grep -v outside plain.err) <(grep -v outside shim.err)
}
check 'a library that is not there fails alike' same_failure ./host ./none.so
check 'and one without a path' same_failure ./host libnone.so
check 'and a file that is no library' same_failure ./host ./wrong

step 'a tracer that comes late ends what was guessed'
TRACEPARENT=00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01 \
	"$LINESPAN" run --dir "$SPOOL" -- ./host ./libOTEL.so 2>out.err
check 'its own spans win' grep -q "^main 11 trace_id=$(printf '11%.0s' {1..16}) " out.err
check 'outside of them TRACEPARENT counts' grep -q '^outside 00 trace_id=aaaa' out.err

step 'characters that nobody is called for'
for seed in 1 2 3 4 5; do
	rm -f chars.log
	run_shim -- ./chars chars.log $seed
	wrong_lines chars.log >wrong
	equal "lines of four threads have their own ids ($seed)" '12001 lines, 0 wrong' \
		"$(wc -l <chars.log) lines, $(wc -l <wrong) wrong"
done

step 'attributes of spans have the names of the process context'
start_serve
(ulimit -c 0 && run_shim -- ./named 2>out.err) || true
logs() { "$LINESPAN" logs --trace a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 --json; }
has_lines() { [ "$(logs | wc -l)" = 5 ]; }
check 'five records have the trace' wait_for 15 has_lines
attributes() { # text of the line: its attributes of the tracer
	logs | jq -c --arg text "$1" 'select(.body | startswith($text)) | .attributes
		| with_entries(select(.key | startswith("linespan.") or startswith("log.")
			or startswith("exception.") | not))'
}
equal 'nothing before the names are told' '{}' "$(attributes 'no names')"
equal 'what has a name, and of two values the last' '{"http.route":"/pub"}' \
	"$(attributes 'one name')"
readonly BOTH='{"http.route":"/pub","user.id":"ada"}'
equal 'a name that is told later' "$BOTH" "$(attributes 'two names' | jq -cS .)"
equal 'in a forked child' "$BOTH" "$(attributes 'a child' | jq -cS .)"
equal 'and in the record of an error' "$BOTH" "$(attributes abort | jq -cS .)"
check 'the sidecar ends with status 0' stop serve
finish
