#!/usr/bin/env bash
# What a started program is given, by every route there is: TRACEPARENT of the active context, the
# shim or not, and TRACESTATE only beside its own trace. The parent's environment stays as it was.
. "$(dirname "$0")/lib.sh"

readonly TRACE=0af7651916cd43dd8448eb211c80319c SPAN=b7ad6b7169203331
readonly GIVEN=00-$TRACE-$SPAN-01 STATE=vendor=opaque
readonly ATTACHED=00-11112222333344445555666677778888-9999aaaabbbbcccc-01
readonly OWN=00-aaaabbbbccccddddeeeeffff00001111-2222333344445555-01
readonly EXEC='execve execv execvp execvpe fexecve execveat execl execlp execle'
readonly SPAWN='posix_spawn posix_spawnp vfork'
readonly SHELL_ROUTES='system popen _IO_popen popen_write'
cd "$WORK"
gcc -O1 -w -I "$ROOT/lib" -o routes "$ROOT/tests/e2e/children/routes.c" \
	"$ROOT/build/liblinespan.so" -Wl,-rpath,"$ROOT/build" -pthread

# sees ROUTE OPTIONS… -- WORDS…: what the child sees with these settings and words.
sees() {
	local route=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	TRACEPARENT=$GIVEN TRACESTATE=$STATE timeout 60 "$LINESPAN" run --dir "$SPOOL" \
		--stdout off "${options[@]}" -- ./routes "$route" "$@" 2>&1
}

step 'the context of TRACEPARENT'
for route in $EXEC $SPAWN $SHELL_ROUTES; do
	equal "$route: the context that is active" "$GIVEN $STATE 0 no
same" "$(sees "$route" --spans off --)"
	equal "$route, --children inherit: and the shim" "$GIVEN $STATE 1 yes
same" "$(sees "$route" --spans off --children inherit --)"
	sees "$route" --spans on -- >out
	check "$route: with spans, the process's own span" \
		grep -Eq "^00-$TRACE-[0-9a-f]{16}-01 $STATE 0 no$" out
	refute "$route: … which is not the one that it was given" grep -q "$SPAN" out
done
equal 'a raw system call: what the process was given, without the shim' "$GIVEN $STATE 0 yes
same" "$(sees syscall --spans off --)"

step 'another context than that of the start'
for route in $EXEC $SPAWN $SHELL_ROUTES; do
	equal "$route: its id, without the other trace's state" "$ATTACHED - 0 no
same" "$(sees "$route" -- attach)"
	equal "$route: a TRACEPARENT of the program's own stays" "$OWN $STATE 0 no
same" "$(sees "$route" -- own attach)"
done

step 'shells inside of libc'
for route in $SHELL_ROUTES; do
	equal "$route, with threads: libc's own way" "$GIVEN $STATE 0 yes
same" "$(sees "$route" -- attach threads)"
	equal "$route, after a jump out of system(): as ever" "$ATTACHED - 0 no
same" "$(sees "$route" -- attach jump)"
done
finish
