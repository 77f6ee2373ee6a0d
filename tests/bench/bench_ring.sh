#!/usr/bin/env bash
# The ring alone: what a line costs its writer, and what it costs the reader.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/bench
mkdir -p "$out"
spool=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/linespan-bench.XXXXXX")
trap 'rm -rf "$spool"' EXIT
make -s build/lib/wire.a build/lib/model.a build/lib/core.a
for name in bench_ring bench_ring_reader; do
	gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I. -o "$out/$name" "tests/bench/$name.c" \
		build/lib/wire.a build/lib/model.a build/lib/core.a -ljansson -lpthread
	"$out/$name" "$spool"
done
