#!/usr/bin/env bash
# Benchmarks: ratios against the unshimmed call, measured in one run. Prints a table with the goals;
# a missed goal is printed as missed, it does not fail the run: machines differ.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/bench
mkdir -p "$out"
work=$(mktemp -d "${TMPDIR:-/tmp}/linespan-bench.XXXXXX")
spool=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/linespan-bench.XXXXXX")
trap 'rm -rf "$work" "$spool"' EXIT
gcc -std=gnu11 -O2 -w -rdynamic -o "$out/bench_shim" tests/bench/bench_shim.c -ldl -lpthread

shim=$PWD/build/liblinespan-preload.so
missed=0

# row NAME MEASURED GOAL UNIT: MEASURED at most GOAL is met.
row() {
	local verdict=met
	if awk -v m="$2" -v g="$3" 'BEGIN { exit !(m > g) }'; then
		verdict=MISSED
		missed=$((missed + 1))
	fi
	printf '%-48s %9s %9s  %-6s %s\n' "$1" "$2$4" "$3$4" "$verdict" "${5:-}"
}

# run CASE SPOOL [VARIABLE=VALUE…]
run() {
	local name=$1 spool=$2
	shift 2
	env LD_PRELOAD="$shim" LINESPAN=1 LINESPAN_DIR="$spool" "$@" \
		"$out/bench_shim" "$name" "$work"
}

value() { sed -n "s/.*$1=\([-0-9.]*\).*/\1/p"; }

printf '%-48s %9s %9s\n' "shim, against the unshimmed call" measured goal
for medium in null file pipe; do
	line=$(run "inactive-$medium" "$work/none")
	row "inactive context, write to $medium" "$(value ratio <<<"$line")" 1.02 x \
		"base $(value base_ns <<<"$line") ns"
done
line=$(run file "$work/none")
row "stamped line to an O_APPEND file" "$(value ratio <<<"$line")" 1.10 x \
	"base $(value base_ns <<<"$line") ns"
line=$(run pipe "$work/none")
row "stamped line to a pipe" "$(value ratio <<<"$line")" 1.10 x \
	"base $(value base_ns <<<"$line") ns"
line=$(run stdio-line "$work/none")
row "fprintf, line buffered" "$(value ratio <<<"$line")" 1.06 x \
	"base $(value base_ns <<<"$line") ns"
line=$(run stdio-full "$work/none")
row "fprintf, fully buffered, same final bytes" "+$(value plus_ns <<<"$line")" 12 ns \
	"base $(value base_ns <<<"$line") ns"

# The ring: the same mirrored write without and with a ring that is drained.
gcc -std=gnu11 -O2 -w -o "$out/drain_ring" tests/bench/drain_ring.c

without=$(run mirror-file "$work/none" | value plus_ns)
"$out/drain_ring" "$spool" &
drainer=$!
with=$(run mirror-file "$spool" | value plus_ns)
kill "$drainer" 2>/dev/null || true
row "ring mirror of a line" "+$((with - without))" 60 ns

# Starting a program.
start() {
	python3 - "$@" <<'P'
import os, subprocess, sys, time
def once(env):
    t = time.perf_counter()
    subprocess.run(["/bin/true"], env=env, check=True)
    return time.perf_counter() - t
plain = dict(os.environ)
shim = dict(plain, LD_PRELOAD=sys.argv[1], LINESPAN="1", LINESPAN_DIR=sys.argv[2])
for _ in range(20): once(plain); once(shim)
pairs = [(once(plain), once(shim)) for _ in range(300)]
ratios = sorted(b / a for a, b in pairs)
base = sorted(a for a, _ in pairs)
print("ratio=%.3f base_us=%.0f" % (ratios[len(ratios) // 2], base[len(base) // 2] * 1e6))
P
}
line=$(start "$shim" "$spool")
row "start of /bin/true" "$(value ratio <<<"$line")" 1.2 x "base $(value base_us <<<"$line") us"

for more in tests/bench/bench_*.sh; do
	if [ -e "$more" ]; then
		echo
		"$more"
	fi
done
echo
if [ "$missed" -eq 0 ]; then
	echo "all goals of the shim met"
else
	echo "$missed goals of the shim missed"
fi
