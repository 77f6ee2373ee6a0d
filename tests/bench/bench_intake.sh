#!/usr/bin/env bash
# The sidecar at speed: one core for it, the other for a generator of load, every row acknowledged
# only when it is durable. Then the store behind: look-ups, a rare word, sizes.
# LINESPAN_BENCH_MILLIONS=20: so many million log records (and half as many spans) for the large
# store; 2 when it is not set, for minutes instead of a quarter of an hour.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/bench
mkdir -p "$out"
work=$(mktemp -d "${TMPDIR:-/tmp}/linespan-bench.XXXXXX")
pids=()
trap '[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
export no_proxy=127.0.0.1
millions=${LINESPAN_BENCH_MILLIONS:-2}
rows=${LINESPAN_BENCH_ROWS:-1000000}
cpus=$(nproc)
ours=0 theirs=$((cpus > 1 ? 1 : 0))

make -s build/lib/{analysis,store,wire,model,core}.a
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wno-format-truncation -I. -o "$out/bench_intake" \
	tests/bench/intake/*.c build/lib/wire.a build/lib/model.a build/lib/core.a \
	-ljansson -lnghttp2 -lpthread
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I. -o "$out/bench_large" tests/bench/bench_large.c \
	tests/bench/intake/body.c build/lib/store.a build/lib/wire.a build/lib/model.a \
	build/lib/core.a -ljansson -lsqlite3 -lzstd -lz -lcurl -lpthread

row() { # NAME MEASURED GOAL UNIT atmost|atleast [NOTE]
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" -v w="$5" -v note="${6:-}" 'BEGIN {
		ok = w == "atmost" ? m <= g : m >= g
		printf "%-52s %9s %9s  %s  %s\n", n, m u, g u, ok ? "met" : "MISSED", note }'
}
value() { sed -n "s/.*$1=\([-0-9.]*\).*/\1/p"; }

# serve NAME: starts a sidecar with an empty store in $work/NAME.
serve() {
	mkdir -p "$work/$1/spool"
	taskset -c "$ours" build/linespan serve --dir "$work/$1/spool" --data "$work/$1/data" \
		--http 127.0.0.1:0 --otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0 \
		--max-disk 100G >"$work/serve.out" &
	serve=$!
	pids=("$serve")
	until grep -q ready "$work/serve.out"; do sleep 0.05; done
}
port() { sed -n "s/^$1=.*://p" "$work/serve.out"; }
memory_mb() { awk -v w="$1:" '$1 == w { printf "%d", $2 / 1024 }' "/proc/$serve/status"; }
stop_serve() {
	kill "$serve"
	wait "$serve" || true
	pids=()
	rm -rf "${work:?}/$1"
}

# intake NAME WHAT TARGET ROWS GOAL
intake() {
	local said rate cpu ticks
	serve "$2"
	case $3 in ring) set -- "$1" "$2" "$work/$2/spool" "$4" "$5" ;;
	*) set -- "$1" "$2" "$(port "$3")" "$4" "$5" ;; esac
	said=$(taskset -c "$theirs" "$out/bench_intake" "$2" "$3" "$4")
	ticks=$(sed 's/.*) //' "/proc/$serve/stat" | awk '{ print $12 + $13 }')
	rate=$(awk -v n="$(value acked <<<"$said")" -v s="$(value seconds <<<"$said")" \
		'BEGIN { printf "%d", n / s }')
	cpu=$(awk -v n="$(value acked <<<"$said")" -v t="$ticks" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "%d", n * hz / t }')
	row "$1" "$rate" "$5" /s atleast "$cpu rows a CPU second"
	peak_mb=$(memory_mb VmHWM)
	if [ "$peak_mb" -gt "${worst_mb:-0}" ]; then worst_mb=$peak_mb; fi
	if [ "$2" = http-logs ]; then idle; fi
	stop_serve "$2"
}

# What stays when the load is over, with the million log records that it brought.
idle() {
	sleep 5
	idle_mb=$(memory_mb VmRSS)
}

printf '%-52s %9s %9s\n' 'sidecar on one core, durable' measured goal
intake 'OTLP/HTTP protobuf, spans of 10 attributes' http-spans otlp-http "$rows" 200000
intake 'OTLP/gRPC, spans of 10 attributes' grpc-spans otlp-grpc "$rows" 180000
intake 'OTLP/HTTP protobuf, log records of 185 bytes' http-logs otlp-http "$rows" 400000
intake 'ring, log records of 185 bytes' ring-logs ring "$rows" 600000
intake 'OTLP/HTTP JSON, spans of 10 attributes' http-json otlp-http $((rows / 10)) 30000
row 'memory, idle, a million log records' "$idle_mb" 48 MB atmost
row 'memory, peak under these loads' "$worst_mb" 200 MB atmost

echo
printf '%-52s %9s %9s\n' "store of $millions M log records, half as many spans" measured goal
said=$("$out/bench_large" "$work/large" "$millions")
row 'insert rate at the end, against the first million' "$(value last_to_first <<<"$said")" 0.9 x \
	atleast "first $(value first_per_s <<<"$said")/s"
row 'one trace, warm, p99' "$(value warm_p99_ms <<<"$said")" 1 ms atmost \
	"p50 $(value warm_p50_ms <<<"$said") ms"
row 'one trace, cold, p99' "$(value cold_p99_ms <<<"$said")" 10 ms atmost \
	"p50 $(value cold_p50_ms <<<"$said") ms"
row 'rare word' "$(value rare_ms <<<"$said")" 50 ms atmost \
	"again $(value rare_again_ms <<<"$said") ms"
row 'rare attribute of a span' "$(value attribute_ms <<<"$said")" 50 ms atmost \
	"again $(value attribute_again_ms <<<"$said") ms"
row 'disk per log record of 185 bytes' "$(value bytes_per_log <<<"$said")" 70 B atmost \
	"hot $(value hot_log_bytes <<<"$said") B"
row 'opening the store' "$(value open_ms <<<"$said")" 1000 ms atmost
