#!/usr/bin/env bash
# What broke programs under other preloaded libraries: other allocators, sanitizers, other
# preloads, a program without libc, logs of one's own, programs with more rights than their user,
# descriptors that are left open. (Descriptors closed by force: limits. Forks, vfork: children.)
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
export TRACEPARENT=00-$TRACE-$SPAN-01
readonly STAMP=" trace_id=$TRACE span_id=$SPAN\$"
readonly SOURCES=$ROOT/tests/e2e/peers
cd "$WORK" || exit
gcc -O1 -g -o host "$SOURCES/host.c" -lpthread
gcc -O1 -nostdlib -nostartfiles -fno-stack-protector -o free "$SOURCES/free.c" -Wl,--no-as-needed \
	-pie -fPIE -Wl,-dynamic-linker,"$(sed -n 's/.*: \(\/.*ld-[^]]*\).*/\1/p' \
		<(readelf -l host))"
gcc -O1 -shared -fPIC -o other.so "$SOURCES/other.c" -ldl
gcc -O1 -DLOUD -shared -fPIC -o loud.so "$SOURCES/other.c" -ldl

# observe FOLDER PRELOAD COMMAND…: in a folder of its own, with LINESPAN=1.
observe() {
	rm -rf "$1"
	mkdir "$1"
	(
		cd "$1" || exit
		status=0
		timeout -k 1 60 env LINESPAN=1 LINESPAN_DIR="$SPOOL" LINESPAN_SPANS=off \
			LINESPAN_ERRORS=ring LD_PRELOAD="$2" "${@:3}" \
			>out 2>err </dev/null || status=$?
		echo $status >status
	)
}

# both FACT STAMPED PRELOAD COMMAND…: with SHIM in the list of libraries taken out, and with ours
# in its place: the same, and so many of the threads' lines are stamped.
both() {
	local file
	observe plain "$(sed 's/SHIM//; s/^://; s/:$//; s/::/:/' <<<"$3")" "${@:4}"
	observe shim "${3/SHIM/$PRELOAD}" "${@:4}"
	stamped=$(grep -Eca "^thread.*$STAMP" shim/err || true)
	for file in plain/err shim/err shim/app.log; do
		[ -e $file ] || continue
		unstamp <$file | sed '/^malloc$/d; /^host\[[0-9]*\] fd/d' | sort >sorted
		mv sorted $file
	done
	check "$1: all that it sees and writes is the same" diff -ra plain shim
	equal "$1: lines that are stamped" "$2" "$stamped"
}

step 'other allocators'
for library in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
	both "$library behind us" 800 "SHIM:$library" ../host
	both "$library before us" 800 "$library:SHIM" ../host
done

step 'sanitizers'
clang -O1 -g -fsanitize=address,undefined -o sane "$SOURCES/host.c" -lpthread
export ASAN_OPTIONS=detect_leaks=0
both 'ASan inside of the program (clang)' 800 SHIM ../sane
gcc -O1 -g -fsanitize=address -o sane "$SOURCES/host.c" -lpthread
# It wants to be the first of all libraries, whatever the others are.
ASAN_OPTIONS+=:verify_asan_link_order=0
both 'ASan as a library (gcc)' 800 SHIM ../sane
both '… which comes first' 800 "$(gcc -print-file-name=libasan.so):SHIM" ../sane
unset ASAN_OPTIONS

step 'valgrind'
gcc -O1 -g -o host "$SOURCES/host.c" -lpthread
both 'memcheck finds nothing' 800 SHIM valgrind -q --error-exitcode=9 \
	--child-silent-after-fork=yes ../host
equal '… and all lines are there' 3 "$(cat plain/status)"

step 'other preloaded libraries'
both 'one that takes the place of write() behind us' 800 "SHIM:$WORK/other.so" ../host
both 'one before us' 800 "$WORK/other.so:SHIM" ../host
observe plain "$WORK/loud.so" ../host
check 'there is a malloc() that logs' [ "$(grep -cx malloc plain/err)" -gt 800 ]
both '… before us' 800 "$WORK/loud.so:SHIM" ../host
both '… behind us' 800 "SHIM:$WORK/loud.so" ../host

step 'programs of another kind'
both 'a program without libc' 0 SHIM ../free
cp "$(command -v id)" more
chown 65534 more
chmod 4755 more
both "a program with other rights than its user's" 0 SHIM ../more

step 'our own file is the log of the program'
export LINESPAN_DEBUG=app.log
both 'what we decide is written to the log of the program' 800 SHIM ../host
unset LINESPAN_DEBUG

step 'nothing is held'
SECONDS=0
text=$("$LINESPAN" run --dir "$SPOOL" --children inherit -- \
	"$PYTHON" -c 'import os, time
if os.fork() == 0:
    for fd in 0, 1, 2:
        os.close(fd)
    time.sleep(60)
    os._exit(0)
print("done")')
equal 'who waits for the end of a pipe is told of it' "done" "$text"
check '… at once' [ $SECONDS -lt 30 ]
pkill -f 'time.sleep(60)' || true
finish
