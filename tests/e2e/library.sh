#!/usr/bin/env bash
# A program that links the library, as its user builds it: from what is installed, against the
# shared library and against the archive. Its lines carry its own span, which reaches the sidecar.
. "$(dirname "$0")/lib.sh"

readonly INST=$WORK/inst
export PKG_CONFIG_PATH=$INST/lib/pkgconfig

install_parts() {
	make -s -C "$ROOT" install PREFIX="$INST" >"$WORK/install.log" 2>&1
}
build_shared() {
	# shellcheck disable=SC2046 # words
	cc -Wall -Werror "$ROOT/examples/minimal.c" $(pkg-config --cflags --libs linespan) \
		-Wl,-rpath,"$INST/lib" -o "$WORK/shared"
}
build_archive() {
	local libs
	libs=$(pkg-config --cflags --libs --static linespan)
	# shellcheck disable=SC2086 # words
	cc -Wall -Werror "$ROOT/examples/minimal.c" ${libs/-llinespan/-l:liblinespan.a} \
		-o "$WORK/archive"
}

check 'the library installs' install_parts
check 'a program builds against the shared library' build_shared
check 'a program builds against the archive' build_archive
refute 'which it then does not need' sh -c "readelf -d '$WORK/archive' | grep -q liblinespan"
check 'and exports the record' \
	sh -c "readelf -W --dyn-syms '$WORK/archive' | grep -q 'TLS .* otel_thread_ctx_v1'"

start_serve
for kind in shared archive; do
	"$WORK/$kind" 4711 >"$WORK/plain.out"
	run_shim --stdout on -- "$WORK/$kind" 4711 >"$WORK/$kind.out"
	traceparent=$(sed -n 's/^done: //p' "$WORK/$kind.out")
	trace=${traceparent:3:32} span=${traceparent:36:16}
	printf '%s\n' starting "charged order 4711 trace_id=$trace span_id=$span" \
		"done: $traceparent" >"$WORK/expected"
	same "$kind: the line in the span has its ids, the others have none" \
		"$WORK/expected" "$WORK/$kind.out"
	printf '%s\n' starting 'charged order 4711' >"$WORK/expected"
	same "$kind: without the shim nothing is stamped" \
		"$WORK/expected" <(head -n 2 "$WORK/plain.out")
	check "$kind: the span reaches the sidecar" wait_for 10 "$LINESPAN" show "$trace"
	"$LINESPAN" show --json "$trace" >"$WORK/show.json"
	equal "$kind: with its name and its line" "charge card|charged order 4711" \
		"$(jq -r '.spans[0] | .name + "|" + (.logs[0].body | sub(" trace_id=.*"; ""))' \
			"$WORK/show.json")"
done
status=0
run_shim --stdout on -- "$WORK/shared" none >"$WORK/failed.out" || status=$?
equal 'a failing program keeps its status' 1 "$status"
trace=$(sed -n 's/^done: 00-\([0-9a-f]*\)-.*/\1/p' "$WORK/failed.out")
check 'its error is a log record of its span' wait_for 10 sh -c "'$LINESPAN' show --json '$trace' |
	jq -e '.spans[0].status == \"error\" and .spans[0].logs[0].severity == \"ERROR\"'"
check 'the sidecar ends with status 0' stop serve

cat >"$WORK/load.py" <<'EOF'
import ctypes, os, sys
lib = ctypes.CDLL(sys.argv[1])
slot = ctypes.c_void_p.in_dll(lib, "otel_thread_ctx_v1")
assert slot.value is None
context = bytes(range(1, 25)) + b"\x01"
assert lib.linespan_attach(context, None) == 0
record = ctypes.string_at(slot.value, 28)
assert record[:24] == context[:24] and record[24:26] == b"\x01\x01", record
EOF
check 'a program that loads the library late finds the record by its name' \
	env LINESPAN_DIR="$SPOOL" "$PYTHON" "$WORK/load.py" "$INST/lib/liblinespan.so"
finish
