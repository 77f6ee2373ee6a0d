#!/usr/bin/env bash
# stdio does what it does without us: what calls return, errno, positions, the order of flushes, and
# the bytes, but for the stamps. Cases that went wrong once, and random calls on a few FILEs.
. "$(dirname "$0")/lib.sh"

readonly SEEDS=${LINESPAN_STDIO_SEEDS:-80}
export TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
cd "$WORK"
gcc -O2 -w -o cases "$ROOT/tests/e2e/stdio/cases.c" -lpthread
gcc -O2 -w -o random "$ROOT/tests/e2e/stdio/random.c"

# with FOLDER OPTION… -- COMMAND…: in an empty folder; without options plain.
with() {
	local folder=$1
	shift
	rm -rf "$folder" && mkdir "$folder"
	if [ "$1" = -- ]; then
		shift
		(cd "$folder" && exec "$@")
	else
		(cd "$folder" && exec "$LINESPAN" run --dir "$SPOOL" "$@")
	fi
}

step 'cases'
with plain -- "$WORK/cases" . 2>plain.err
check 'the cases run' grep -q 'more than the file may have' plain/results.txt
with mirror --format none -- "$WORK/cases" . 2>mirror.err
same 'mirrored: each ends as without us' plain/results.txt mirror/results.txt
same 'and so do the bytes on standard error' plain.err mirror.err
with stamp -- "$WORK/cases" . 2>stamp.err
same 'stamped: each ends as without us' plain/results.txt stamp/results.txt

# Results go to a pipe: files may not grow there.
step "random calls, $SEEDS seeds"
# tries KIND OPTION…: how many seeds differ from a plain run, and which.
tries() {
	local kind=$1 seed file
	shift
	for seed in $(seq "$SEEDS"); do
		with plain -- "$WORK/random" "$seed" "$kind" 9>&1 | cat >plain.told
		with shim "$@" -- "$WORK/random" "$seed" "$kind" 9>&1 | cat >shim.told
		for file in shim/*; do
			[ "$kind" = exact ] || {
				unstamp <"$file" >unstamped
				mv unstamped "$file"
			}
		done
		cmp -s plain.told shim.told && diff -r plain shim >/dev/null || echo "seed $seed"
	done
}
equal 'mirrored: the same returns, positions and bytes' '' "$(tries exact --format none)"
check 'there were calls to compare' [ "$(wc -l <plain.told)" -ge 100 ]
equal 'stamped: the same returns and bytes' '' "$(tries stamped)"
finish
