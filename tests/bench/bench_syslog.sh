#!/usr/bin/env bash
# Syslog: what linespan-parser() costs a message, what it costs syslog-ng's throughput, and how many
# lines a second of one core `linespan serve --syslog` brings into the store.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/linespan-bench.XXXXXX")
pids=()
trap '[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
export no_proxy=127.0.0.1
PATH=$PATH:/usr/sbin
lines=${LINESPAN_BENCH_LINES:-300000}

row() { # NAME MEASURED GOAL UNIT atmost|atleast
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" -v w="$5" 'BEGIN {
		ok = w == "atmost" ? m <= g : m >= g
		printf "%-48s %9s %9s  %s\n", n, m u, g u, ok ? "met" : "MISSED" }'
}
value() { sed -n "s/.*$1=\([-0-9.]*\).*/\1/p"; }
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; } # pid

cat >"$work/send.py" <<'PY'
import socket, sys, time
port, n = int(sys.argv[1]), int(sys.argv[2])
when = time.strftime("%b %d %H:%M:%S").encode()
s = socket.create_connection(("127.0.0.1", port))
for k in range(0, n, 1000):
    s.sendall(b"".join(b"<14>%s host shop[7]: order %d of customer 12345 took 18 ms, 3 items, "
        b"total 99.90 EUR, paid by card trace_id=%032x span_id=%016x\n"
        % (when, i, i // 10 + 1, i + 1) for i in range(k, k + 1000)))
s.close()
PY

printf '%-48s %9s %9s\n' 'syslog' measured goal
if [ -e build/syslog-ng/liblinespan.so ]; then
	number=$(pkg-config --modversion syslog-ng | awk -F. '{ print $1 * 100 + $2 }')
	# shellcheck disable=SC2046
	gcc -std=gnu11 -D_GNU_SOURCE -O2 -w "-DLSP_SYSLOG_NG_VERSION=$number" -Iplugins/syslog-ng \
		$(pkg-config --cflags syslog-ng) -o build/bench/bench_ng_parser \
		tests/bench/bench_ng_parser.c \
		"-Wl,-rpath,$(pkg-config --variable=libdir syslog-ng)" \
		$(pkg-config --libs syslog-ng)
	said=$(build/bench/bench_ng_parser "$PWD/build/syslog-ng")
	row 'linespan-parser(), ids in the line' "$(value hit_ns <<<"$said")" 200 ns atmost
	row 'linespan-parser(), no ids in the line' "$(value miss_ns <<<"$said")" 110 ns atmost
fi

# CPU seconds of syslog-ng for so many lines over TCP, with this parser statement or none.
ng_port=$((20000 + RANDOM % 10000))
ng_cpu() {
	cat >"$work/ng.conf" <<CONF
@version: 3.38
@module linespan
options { stats-level(1); stats-freq(0); keep-hostname(yes); };
log {
	source { network(ip("127.0.0.1") port($ng_port) transport("tcp") log-iw-size(20000)); };
	$1 destination { file("$work/ng.out" flush-lines(100)); }; flags(flow-control); };
CONF
	local pid before after written=0
	rm -f "$work/ng.out"
	syslog-ng -F --no-caps -f "$work/ng.conf" -R "$work/ng.persist" -c "$work/ng.ctl" \
		-p "$work/ng.pid" \
		--module-path="$PWD/build/syslog-ng:$(pkg-config --variable=moduledir syslog-ng)" \
		2>/dev/null &
	pid=$!
	pids+=("$pid")
	until syslog-ng-ctl stats -c "$work/ng.ctl" >/dev/null 2>&1; do sleep 0.05; done
	before=$(ticks "$pid")
	python3 "$work/send.py" "$ng_port" "$lines"
	while [ "$written" -lt "$lines" ]; do
		sleep 0.02
		written=$(wc -l <"$work/ng.out" 2>/dev/null || echo 0)
	done
	after=$(ticks "$pid")
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	echo $((after - before))
}
if [ -e build/syslog-ng/liblinespan.so ]; then
	with=0 without=0
	for _ in 1 2 3; do
		without=$((without + $(ng_cpu '')))
		with=$((with + $(ng_cpu 'parser { linespan-parser(); };')))
	done
	row 'syslog-ng over TCP, CPU without / with parser' \
		"$(awk -v a="$without" -v b="$with" 'BEGIN { printf "%.2f", a / b }')" \
		0.95 x atleast
fi

build/linespan serve --dir "$work" --data "$work/data" --http 127.0.0.1:0 --otlp-http off \
	--otlp-grpc off --syslog 127.0.0.1:0 >"$work/serve.out" &
serve=$!
pids+=("$serve")
until grep -q ready "$work/serve.out"; do sleep 0.05; done
url=$(sed -n 's/^http=//p' "$work/serve.out")
port=$(sed -n 's/^syslog=.*://p' "$work/serve.out")
before=$(ticks "$serve")
python3 "$work/send.py" "$port" "$lines"
stored=0
until [ "$stored" -ge "$lines" ]; do
	sleep 0.05
	stored=$(curl -s "http://$url/metrics" |
		sed -n 's/^linespan_stored_total{signal="logs"} //p')
done
used=$(($(ticks "$serve") - before))
row 'serve --syslog, TCP, into the store, a core' \
	"$(awk -v n="$lines" -v t="$used" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { printf "%d", n * hz / t }')" 200000 /s atleast
