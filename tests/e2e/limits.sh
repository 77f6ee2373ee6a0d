#!/usr/bin/env bash
# The shim in programs at the limits that a system sets: descriptors, memory, stacks, file sizes,
# empty roots, other users, namespaces, filters of system calls, crowds of threads and children, a
# spool that is none. All of them see and do what they do without it; their lines are stamped.
if [ -z "${LINESPAN_TEST_NAMESPACE-}" ]; then
	# What is mounted is mounted for this script alone.
	export LINESPAN_TEST_NAMESPACE=1
	[ "$(id -u)" != 0 ] || exec unshare --mount --propagation private "$0" "$@"
	exec unshare --map-root-user --mount "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
export TRACEPARENT=00-$TRACE-$SPAN-01
readonly STAMP=" trace_id=$TRACE span_id=$SPAN\$"
ulimit -c 0
for program in limits sandbox; do
	gcc -D_GNU_SOURCE -g -O1 -w -o "$WORK/$program" \
		"$ROOT/tests/e2e/limits/$program.c" -lpthread
done
gcc -D_GNU_SOURCE -g -O1 -w -I"$ROOT/lib" -o "$WORK/crowd" "$ROOT/tests/e2e/limits/crowd.c" \
	-L"$ROOT/build" -llinespan -Wl,-rpath,"$ROOT/build" -lpthread

# Preloaded by hand: `linespan run` would have a word of its own on a spool that is none.
shim() { # COMMAND…
	timeout -k 1 60 env LINESPAN=1 LINESPAN_DIR="$SPOOL" LINESPAN_SPANS=off \
		LINESPAN_ERRORS=ring LD_PRELOAD="$PRELOAD" "$@"
}

# In a folder of its own: its output is in out and err there, its exit status in status.
observe() { # folder, command…
	rm -rf "$1"
	mkdir "$1"
	chmod 1777 "$1"
	(
		cd "$1" || exit
		status=0
		"${@:2}" >out 2>err </dev/null || status=$?
		echo $status >status
	) 2>/dev/null
}

# both NAME LEAST COMMAND…: the same without the shim and with it, and at least so many lines are
# stamped.
both() {
	local name=$1 least=$2 file
	shift 2
	observe plain timeout -k 1 60 "$@"
	observe shim shim "$@"
	find shim -type f ! -name out | sort >files
	: >stamps
	while read -r file; do
		grep -Ea "$STAMP" "$file" >>stamps || true
		unstamp <"$file" >unstamped
		mv unstamped "$file"
	done <files
	check "$name: all that it sees and writes is the same" diff -ra plain shim
	check "$name: $least lines or more are stamped" [ "$(wc -l <stamps)" -ge "$least" ]
	refute "$name: its data is not" grep -rq 'trace_id=' shim
}

cd "$WORK" || exit
step 'descriptors'
for n in 3 4 5 6 7 8; do
	both "a limit of $n descriptors" 15 ../limits descriptors $n
	[ $n = 3 ] || both "… from its start" 15 prlimit --nofile=$n ../limits descriptors $n
done
way=0
for name in closefrom close_range 'a raw close_range' 'close_range of a table of its own'; do
	both "all is closed by $name" 12 ../limits closed $way
	way=$((way + 1))
done

step 'memory, stacks, sizes'
both 'no memory' 13 ../limits memory
both 'the smallest stacks' 215 ../limits stacks
both 'files that must not grow' 9 ../limits sizes 1000
both '… nor any file' 9 prlimit --fsize=100000 ../limits sizes 1000

step 'rights'
SPOOL=$WORK/rooted
mkdir -m 1777 rooted
both 'an empty root, nobody' 1808 ../sandbox chroot
check '… and its children are told in its ring' grep -aq 'a child in an empty root' rooted/*.ring
SPOOL=$WORK/spool
both 'namespaces' 4814 ../sandbox unshare

step 'filters of system calls'
for way in prctl syscall threads strict libseccomp twice; do
	both "a filter by $way" 2 ../sandbox $way
	refute '… which is set' grep -q 'no filter' plain/out
	check '… and nothing is stamped behind it' [ "$(wc -l <stamps)" = 2 ]
done
both 'filters that are refused' 1200 ../sandbox refused
SPOOL=$WORK/forks
mkdir forks
both 'forks that libc does not hear of' 4800 ../sandbox forks
for name in 'clone by number' 'fork by number' 'clone'; do
	equal "$name: the child has a ring of its own" 1 \
		"$(grep -al "$name, by write" forks/*.ring | wc -l)"
done
SPOOL=$WORK/spool

step 'where a line cannot go'
both 'a device that is full' 1 sh -c 'exec ../limits none 2>/dev/full'
both 'standard error is closed' 3 sh -c 'exec ../limits none 2>&-'
both 'all three are closed' 1 sh -c 'exec ../limits none 0<&- 1>&- 2>&-'

in_spool() { # FACT, LEAST stamped, FOLDER
	SPOOL=$3 both "$1" "$2" ../limits none
}
step 'a spool that is none'
mkdir tiny small readonly
mount -t tmpfs -o size=4k none tiny
mount -t tmpfs -o size=100k none small
mount -t tmpfs -o ro none readonly
head -c 4096 /dev/zero >tiny/file
in_spool 'a spool that is not there' 2 "$WORK/none"
in_spool 'one that is a file' 2 "$WORK/files"
in_spool 'one that is full' 2 "$WORK/tiny"
in_spool 'one that nobody writes to' 2 "$WORK/readonly"
in_spool 'one without room for all' 2 "$WORK/small"
umount tiny readonly

step 'no /proc'
readonly WITHOUT='mount -t tmpfs none /proc && exec "$@"'
both 'no /proc' 2 unshare --mount sh -c "$WITHOUT" sh ../limits none

step 'crowds'
crowd() { # folder of the spool, kind, number, lines
	"$LINESPAN" run --dir "$1" -- "$WORK/crowd" "${@:2}" 2>err >out </dev/null
}
# Says what is wrong with the lines; nothing when all is well.
wrong() { # lines wanted
	awk -v wanted="$1" '
	/^child of vfork/ { next }
	!/^[a-z]+ [0-9]+ line [0-9]+ of=[0-9a-f]+ trace_id=[0-9a-f]+ span_id=[0-9a-f]+$/ {
		if (bad++ < 3) print "torn or unstamped: " $0
		next
	}
	{
		split($5, own, "=")
		split($NF, stamp, "=")
		if (own[2] != stamp[2] && foreign++ < 3) print "another span: " $0
		if (seen[$1, $2, $4]++ && twice++ < 3) print "twice: " $0
		n++
	}
	END { if (n != wanted) print n + 0 " lines" }' err
}
crowd_of() { # FACT, lines in all, kind, number, lines each
	check "$1: it ends well" crowd "$SPOOL" "${@:3}"
	wrong "$2" >found
	same "$1: each line once, whole, with its own id" /dev/null found
}
kept() { "$LINESPAN" grep -c "$1" 2>/dev/null || true; }
keeps() { [ "$(kept "$1")" -ge "$2" ]; }
all_kept() { # FACT, lines
	check "$1: all are in the sidecar" wait_for 30 keeps "$trace" "$2"
}
start_serve
trace=$(new_trace_id)
export TRACEPARENT=00-$trace-$SPAN-01
crowd_of '1,000 children, 50 at once' 20000 forks 1000 20
all_kept '1,000 children' 20000
trace=$(new_trace_id)
TRACEPARENT=00-$trace-$SPAN-01
crowd_of 'children of vfork beside four threads that log' 100 vforks 400 20
equal '… none of which touched its parent' 400 "$(grep -c '^child of vfork' err)"
all_kept '… and all of them' 100

step 'what is dropped is counted'
dropped() { "$LINESPAN" doctor --json --dir "$2" "$1" | jq .counters.ring_dropped; }
done_is_said() { grep -qx 'done' "$1"; }
accounted() { # FACT, folder of the spool, lines, least dropped; the crowd's pid in $pid
	local dropped
	check "$1: 1,000 threads at once" wait_for 20 done_is_said crowd.out
	wrong "$3" >found
	same "$1: each line once, whole, with its own id" /dev/null found
	dropped=$(dropped "$pid" "$2")
	step "$dropped of $3 records were dropped"
	check "$1: doctor says how many" [ "$dropped" -ge "$4" ]
	check "$1: all others are kept" wait_for 30 keeps "$trace" $(($3 - dropped))
}
crowd_that_waits() { # folder of the spool
	trace=$(new_trace_id)
	TRACEPARENT=00-$trace-$SPAN-01
	rm -f stdin
	mkfifo stdin
	"$LINESPAN" run --dir "$1" -- "$WORK/crowd" threads 1000 20 wait <stdin >crowd.out 2>err &
	pid=$!
	exec 9>stdin
}
goes() { # FACT
	local status=0
	exec 9>&-
	wait "$pid" || status=$?
	equal "$1: and it ends well" 0 $status
}
crowd_that_waits "$SPOOL"
accounted 'a spool with room' "$SPOOL" 20000 0
goes 'a spool with room'
stop serve || true
SPOOL=$WORK/small
start_serve
crowd_that_waits "$SPOOL"
accounted 'a spool without room' "$SPOOL" 20000 1
goes 'a spool without room'
stop serve || true
umount small
finish
