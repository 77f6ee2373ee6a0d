#!/usr/bin/env bash
# All answers about one large trace.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p build/bench
libs=(build/lib/analysis.a build/lib/wire.a build/lib/model.a build/lib/core.a)
make -s "${libs[@]}"
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I. -o build/bench/bench_analysis \
	tests/bench/bench_analysis.c "${libs[@]}" -ljansson -lm
build/bench/bench_analysis
