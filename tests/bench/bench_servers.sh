#!/usr/bin/env bash
# Servers with everything on: the same server without and with the shim, its lines stamped, lines
# and spans told by a ring that is drained. The server has one core, the load another. Runs of
# both alternate; the figure is the median of the pairs. Requests a second are what is asked for;
# CPU a request beside them does not depend on what else the machine does.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/linespan-bench.XXXXXX")
pids=()
trap '[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin
chmod 755 "$work"
mkdir -p "$work/spool/nginx" "$work/spool/redis" "$work/www"
base=$((20000 + RANDOM % 10000))
pairs=${LINESPAN_BENCH_PAIRS:-11}
seconds=${LINESPAN_BENCH_SECONDS:-2}

row() { # NAME MEASURED GOAL UNIT atmost|atleast [NOTE]
	awk -v n="$1" -v m="$2" -v g="$3" -v u="$4" -v w="$5" -v note="${6-}" 'BEGIN {
		ok = w == "atmost" ? m <= g : m >= g
		printf "%-48s %9s %9s  %-6s %s\n", n, m u, g u, ok ? "met" : "MISSED", note }'
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
start() { # CORE COMMAND…
	taskset -c "$1" "${@:2}" </dev/null >"$work/out" 2>&1 &
	pids+=("$!")
}
until_up() { # PORT
	local tries=200
	until answers "$1"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			echo "bench_servers: nothing answers at port $1" >&2
			cat "$work/out" >&2
			exit 1
		}
		sleep 0.05
	done
}

cpu_ns() { # pid: of its one thread that works
	cut -d' ' -f1 "/proc/$1/schedstat"
}

median() { # COLUMN of the pairs
	cut -d' ' -f"$1" "$work/pairs" | sort -g |
		awk '{ v[NR] = $1 } END { printf "%.4g", v[int((NR + 1) / 2)] }'
}

# compare LOAD PID PID: prints "RATE_RATIO CPU_RATIO BASE_RATE". LOAD N runs the load on server N
# (0 plain, 1 shimmed) and prints its requests a second.
compare() {
	local load=$1 pair side order before
	local -a pid=("$2" "$3")
	: >"$work/pairs"
	"$load" 0 >/dev/null
	"$load" 1 >/dev/null
	for pair in $(seq "$pairs"); do
		local -a rate=() cpu=()
		order='0 1'
		[ $((pair % 2)) = 0 ] || order='1 0'
		for side in $order; do
			before=$(cpu_ns "${pid[side]}")
			rate[side]=$("$load" "$side")
			cpu[side]=$(($(cpu_ns "${pid[side]}") - before))
		done
		awk -v r0="${rate[0]}" -v r1="${rate[1]}" -v c0="${cpu[0]}" -v c1="${cpu[1]}" \
			'BEGIN { print r1 / r0, (c1 / r1) / (c0 / r0), r0 }' >>"$work/pairs"
	done
	echo "$(median 1) $(median 2) $(median 3)"
}

gcc -std=gnu11 -O2 -w -o "$work/drain_ring" tests/bench/drain_ring.c
# A sidecar has a core of its own; on this one the load would wait for it.
under() { # SPOOL CORE COMMAND…
	start "$2" build/linespan run --dir "$work/spool/$1" --propagate all -- "${@:3}"
}
drain() { start 1 "$work/drain_ring" "$1"; }

printf '%-48s %9s %9s\n' 'servers, against the unshimmed' measured goal

# ---- nginx: a small file, the access log stamped, each request with a traceparent of its own -----
printf 'hello %0900d\n' 0 >"$work/www/page"
nginx_conf() { # N PORT
	cat >"$work/nginx$1.conf" <<CONF
daemon off; master_process off; pid $work/nginx$1.pid; error_log $work/error$1.log notice;
events { worker_connections 512; }
http {
	access_log $work/access$1.log combined; keepalive_requests 1000000000;
	client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
	uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
	server { listen 127.0.0.1:$2; root $work/www; default_type text/plain; }
}
CONF
}
cat >"$work/wrk.lua" <<'LUA'
local n = 0
function request()
	n = n + 1
	local id = string.format("00-%024x%08x-%016x-01", 77, n, n)
	return wrk.format("GET", "/page", { ["traceparent"] = id })
end
LUA
nginx_load() {
	taskset -c 1 wrk -t1 -c32 -d"${seconds}s" -s "$work/wrk.lua" \
		"http://127.0.0.1:$((base + 1 + $1))/page" |
		sed -n 's/^Requests.sec: *//p'
}
nginx_conf 0 $((base + 1))
nginx_conf 1 $((base + 2))
start 0 nginx -e "$work/early.log" -c "$work/nginx0.conf" -p "$work"
plain=$!
under nginx 0 nginx -e "$work/early.log" -c "$work/nginx1.conf" -p "$work"
shim=$!
drain "$work/spool/nginx"
until_up $((base + 1))
until_up $((base + 2))
read -r rate cpu at <<<"$(compare nginx_load "$plain" "$shim")"
stamped=$(grep -c 'trace_id=' "$work/access1.log")
row 'nginx, access log stamped, wrk: requests' "$rate" 0.95 x atleast \
	"cpu ${cpu}x, base $at/s, $stamped lines stamped"
kill "$plain" "$shim"

# ---- redis: small commands, one at a time on 50 connections ------------------------------------
redis_load() {
	taskset -c 1 redis-benchmark -h 127.0.0.1 -p $((base + 3 + $1)) -c 50 -n 120000 -t set \
		--csv 2>/dev/null | sed -n 's/^"SET","\([0-9.]*\)".*/\1/p'
}
redis=(redis-server --bind 127.0.0.1 --save '' --dir "$work" --port)
start 0 "${redis[@]}" $((base + 3))
plain=$!
under redis 0 "${redis[@]}" $((base + 4))
shim=$!
drain "$work/spool/redis"
until_up $((base + 3))
until_up $((base + 4))
read -r rate cpu at <<<"$(compare redis_load "$plain" "$shim")"
row 'redis-benchmark SET: requests' "$rate" 0.97 x atleast "cpu ${cpu}x, base $at/s"
kill "$plain" "$shim"
