#!/usr/bin/env bash
# The sidecar before ClickHouse: rows until they are in all tables, not only acknowledged; one
# look-up; bytes on disk. The engine is the current one, in a process of its own on the same cores.
. "$(dirname "$0")/../clickhouse/lib.sh"
export no_proxy=127.0.0.1
rows=${LINESPAN_BENCH_ROWS:-500000}
generator=$ROOT/build/bench/bench_intake

row() { # NAME MEASURED GOAL UNIT atmost|atleast [NOTE]
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" -v w="$5" -v note="${6:-}" 'BEGIN {
		ok = g == "-" ? "" : (w == "atmost" ? m <= g : m >= g) ? "met" : "MISSED"
		printf "%-52s %9s %9s  %-6s  %s\n", n, m u, g == "-" ? "" : g u, ok, note }'
}
value() { sed -n "s/.*$1=\([-0-9.]*\).*/\1/p"; }
rate() { # WHAT_THE_GENERATOR_SAID SECONDS
	awk -v n="$(value acked <<<"$1")" -v s="$2" 'BEGIN { printf "%d", n / s }'
}
tables() {
	ask "$CLICK_PORT" "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE
	database = '$1' AND active AND table = '$2' FORMAT TabSeparatedRaw"
}

get_engine >/dev/null
mkdir -p "$ROOT/build/bench"
(cd "$ROOT" && make -s build/lib/{wire,model,core}.a)
[ -x "$generator" ] || (cd "$ROOT" && gcc -std=c11 -D_GNU_SOURCE -O2 -w -I. -o "$generator" \
	tests/bench/intake/*.c build/lib/wire.a build/lib/model.a build/lib/core.a \
	-ljansson -lnghttp2 -lpthread)
start_engine

# intake NAME WHAT: rows a second until the queue is empty.
intake() {
	local said
	serve_on "$2" "clickhouse:http://default@127.0.0.1:$CLICK_PORT/${2//-/_}" --max-disk 100G
	local took start=$EPOCHREALTIME
	said=$("$generator" "$2" "${OTLP[$2]##*:}" "$rows")
	while ! drained "$2"; do sleep 0.05; done
	took=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
	row "$1, in all tables" "$(rate "$said" "$took")" 100000 /s atleast \
		"acknowledged at $(rate "$said" "$(value seconds <<<"$said")")/s"
}

printf '%-52s %9s %9s\n' "ClickHouse, $rows rows each" measured goal
intake 'log records of 185 bytes' http-logs
intake 'spans of 10 attributes' http-spans
for pair in http_logs:otel_logs http_spans:otel_traces http_logs:linespan_rows \
	http_spans:linespan_rows; do
	read -r n bytes < <(tables "${pair%:*}" "${pair#*:}")
	row "bytes a row, ${pair/:/ in }" "$((bytes / n))" - B atmost
done
id=$(ask "$CLICK_PORT" 'SELECT lower(hex(TraceLow)) FROM http_spans.linespan_rows LIMIT 1')
id=$(printf '%16s' "$id" | tr ' ' 0)
times=$(for _ in $(seq 21); do
	curl -sS -o /dev/null -w '%{time_total}\n' "${API[http-spans]}/api/v1/traces/$id"
done | sort -n)
row 'a trace by its id, median' "$(sed -n 11p <<<"$times" | awk '{ printf "%.1f", $1 * 1000 }')" \
	100 ' ms' atmost "Jaeger on ClickHouse, by its own figure: 101 ms"
finish
