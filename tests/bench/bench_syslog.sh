#!/usr/bin/env bash
# Syslog: what linespan-parser() costs a message, what it costs syslog-ng's throughput, and how many
# lines a second of one core `linespan serve --syslog` brings into the store.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/bench
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

# The sender only hands a file to a socket: it is never the one that is waited for.
cat >"$work/send.py" <<'PY'
import socket, sys, time
port, n, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if port == 0:
    when = time.strftime("%b %d %H:%M:%S")
    with open(path, "w") as f:
        for i in range(n):
            f.write("<14>%s host shop[7]: order %d of customer 12345 took 18 ms, 3 items, total "
                "99.90 EUR, paid by card trace_id=%032x span_id=%016x\n" % (when, i, i // 10 + 1,
                i + 1))
    sys.exit()
s = socket.create_connection(("127.0.0.1", port))
s.sendfile(open(path, "rb"))
s.close()
PY
python3 "$work/send.py" 0 "$lines" "$work/lines"

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

# What so many lines over TCP take syslog-ng, with this parser statement or none: "MS TICKS", the
# time until its counter says that all are written, and its CPU.
ng_port=$((20000 + RANDOM % 10000))
ng_round() {
	cat >"$work/ng.conf" <<CONF
@version: 3.38
@module linespan
options { stats-level(1); stats-freq(0); keep-hostname(yes); };
log {
	source { network(ip("127.0.0.1") port($ng_port) transport("tcp") log-iw-size(20000)); };
	$1 destination { file("$work/ng.out" flush-lines(100)); }; flags(flow-control); };
CONF
	local pid ticks start=0 written=0
	rm -f "$work/ng.out"
	syslog-ng -F --no-caps -f "$work/ng.conf" -R "$work/ng.persist" -c "$work/ng.ctl" \
		-p "$work/ng.pid" \
		--module-path="$PWD/build/syslog-ng:$(pkg-config --variable=moduledir syslog-ng)" \
		>/dev/null 2>&1 &
	pid=$!
	pids+=("$pid")
	until syslog-ng-ctl stats -c "$work/ng.ctl" >/dev/null 2>&1; do sleep 0.05; done
	ticks=$(ticks "$pid")
	start=$EPOCHREALTIME
	python3 "$work/send.py" "$ng_port" "$lines" "$work/lines"
	while [ "${written:-0}" -lt "$lines" ]; do
		sleep 0.005
		written=$(syslog-ng-ctl query get 'dst.file.*.written' -c "$work/ng.ctl" |
			sed -n 's/.*written=//p')
	done
	echo "$(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) $(($(ticks "$pid") - ticks))"
	kill "$pid"
	wait "$pid" 2>/dev/null || true
}
if [ -e build/syslog-ng/liblinespan.so ]; then
	# The best rounds of both: other work of the machine only ever adds.
	for _ in 1 2 3 4 5 6 7; do
		echo "without $(ng_round '')"
		echo "with $(ng_round 'parser { linespan-parser(); };')"
	done >"$work/rounds"
	best() { # COLUMN
		awk -v c="$1" '!($1 in m) || $c < m[$1] { m[$1] = $c }
			END { printf "%.2f", m["without"] / m["with"] }' "$work/rounds"
	}
	row 'syslog-ng over TCP, throughput with the parser' "$(best 2)" 0.95 x atleast
	row 'syslog-ng over TCP, CPU without / with parser' "$(best 3)" 0.95 x atleast
fi

build/linespan serve --dir "$work" --data "$work/data" --http 127.0.0.1:0 --otlp-http off \
	--otlp-grpc off --syslog 127.0.0.1:0 >"$work/serve.out" &
serve=$!
pids+=("$serve")
until grep -q ready "$work/serve.out"; do sleep 0.05; done
url=$(sed -n 's/^http=//p' "$work/serve.out")
port=$(sed -n 's/^syslog=.*://p' "$work/serve.out")
before=$(ticks "$serve")
python3 "$work/send.py" "$port" "$lines" "$work/lines"
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
