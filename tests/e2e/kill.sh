#!/usr/bin/env bash
# kill -9 of serve at random moments under load: spans by OTLP/HTTP, log records by gRPC, lines by
# rings, with sealing going on. Nothing acknowledged is missing, nothing is there twice.
# KILLS=200: `make check-kill`.
. "$(dirname "$0")/lib.sh"

readonly KILLS=${KILLS:-25}
readonly ROWS=20000
readonly LIBS="build/lib/store.a build/lib/wire.a build/lib/model.a build/lib/core.a"
compile() { # OUTPUT FILE…
	local out=$1
	shift
	# shellcheck disable=SC2086
	${CC:-gcc} -std=c11 -D_GNU_SOURCE -O2 -w -I. -o "$out" "$@" $LIBS -ljansson -lsqlite3 \
		-lzstd -lz -lnghttp2 -lcurl -lpthread
}
compile "$WORK/load" tests/bench/intake/*.c
compile "$WORK/kept" tests/kill/kept.c tests/bench/intake/body.c

# Starts it again; how long the slowest start took is $slowest.
again() {
	local began=$EPOCHREALTIME took
	start_serve --max-disk "${MAX_DISK:-1G}"
	took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	if [ "$took" -gt "$slowest" ]; then slowest=$took; fi
}
port() { serve_address "$1" | sed 's/.*://'; }

slowest=0 rings=() sealed_at_kill=0
for ((round = 1; round <= KILLS; round++)); do
	again
	first=$((round * 1000000))
	ACKS=1 "$WORK/load" http-spans "$(port otlp-http)" $ROWS 64 $first >"$WORK/acks.$round.s" &
	spans=$!
	ACKS=1 "$WORK/load" grpc-logs "$(port otlp-grpc)" $ROWS 64 $((first + 300000)) \
		>"$WORK/acks.$round.l" &
	logs=$!
	"$WORK/load" ring-logs "$SPOOL" $ROWS 1 $((first + 600000)) >/dev/null &
	rings+=($!)
	echo "logs $((first + 600000)) $ROWS" >>"$WORK/wanted"
	sleep "0.$(printf '%03d' $((RANDOM % 600)))"
	if compgen -G "$DATA/store/*.sealing" >/dev/null; then
		sealed_at_kill=$((sealed_at_kill + 1))
	fi
	stop serve KILL 2>/dev/null || true
	wait "$spans" "$logs" 2>/dev/null || true
	sed -n 's/^ack /spans /p' "$WORK/acks.$round.s" >>"$WORK/wanted"
	sed -n 's/^ack /logs /p' "$WORK/acks.$round.l" >>"$WORK/wanted"
done
again
wait "${rings[@]}"
check 'what was full is sealed' wait_for 60 compgen -G "$DATA/store/*.sealed.db"
stop serve || true
said=$("$WORK/kept" "$DATA" <"$WORK/wanted")
step "$KILLS kills, $sealed_at_kill of them while a partition was being sealed: $said"
sealed=$(find "$DATA/store" -name '*.sealed.db' | wc -l)
step "slowest start $slowest ms; $sealed sealed partitions"
read -r missing doubled _ <<<"$said"
equal 'nothing that was acknowledged is missing' missing=0 "$missing"
equal 'nothing is there twice' doubled=0 "$doubled"
check 'much was acknowledged' test "$(wc -l <"$WORK/wanted")" -gt "$((KILLS * 20))"
finish
