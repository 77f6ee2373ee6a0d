#!/usr/bin/env bash
# Core dumps under the shim: there is one where there is one without it, and it says the same of the
# end: which signal, which fault, which thread, where.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736
export TRACEPARENT=00-$TRACE-00f067aa0ba902b7-01
gcc -D_GNU_SOURCE -O1 -g -w -o "$WORK/dies" "$ROOT/tests/e2e/errors/dies.c" -lpthread
cd "$WORK" || exit
if ! ulimit -c unlimited; then
	not_ok 'cores are allowed'
	finish
fi
pattern=$(cat /proc/sys/kernel/core_pattern)

# In a folder of its own, with programs at fixed addresses: exit status, whether the kernel wrote a
# core, and what is in it where it lies in that folder.
observe() { # folder, command…
	mkdir "$1"
	(
		cd "$1" || exit
		"$PYTHON" -c 'import os, subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=open("err", "w"))
_, status = os.waitpid(p.pid, 0)
print("status", status & 0x7f, status >> 8, "core" if os.WCOREDUMP(status) else "no core")' \
			setarch -R "${@:2}" >seen
		core=$(find . -maxdepth 1 -name 'core*' | head -n 1)
		[ -z "$core" ] || "$PYTHON" "$ROOT/tests/e2e/errors/core.py" "$core" >>seen
		rm -f core*
	)
}

for way in segv thread null-call overflow thread-overflow fpe ill trap bus double-free abort \
	assert raise-abrt own-handler reset exit; do
	observe "plain-$way" ./../dies $way
	observe "shim-$way" "$LINESPAN" run --dir "$SPOOL" -- ../dies $way
	same "$way: the same end, the same core" "plain-$way/seen" "shim-$way/seen"
	if [ "$pattern" = core ] && grep -q '^status .* core$' "plain-$way/seen" &&
		! grep -q 'no core' "plain-$way/seen"; then
		check '… which was looked into' grep -q '^thread' "shim-$way/seen"
	fi
done
equal 'there were cores' yes "$(grep -l 'no core' plain-*/seen | wc -l |
	awk '{ print $1 == 2 ? "yes" : $1 " without" }')"
check 'records were made as well' grep -q '^linespan: SIGSEGV' shim-segv/err
finish
