#!/usr/bin/env bash
# Runs each fuzz target for so many seconds: tests/run-fuzz.sh SECONDS TARGET…
#
# Starts from the kept corpus tests/data/fuzz/NAME; what is found goes to build/fuzz/corpus/NAME,
# and an input that breaks the target to build/fuzz/broken/.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 2 ] || {
	echo 'usage: tests/run-fuzz.sh SECONDS TARGET…' >&2
	exit 2
}
readonly SECONDS_EACH=$1
shift
failed=0
mkdir -p build/fuzz/broken
for target in "$@"; do
	name=$(basename "$target" | sed 's/^fuzz_//')
	log=build/fuzz/$name.log
	mkdir -p "build/fuzz/corpus/$name"
	folders=("build/fuzz/corpus/$name")
	[ ! -d "tests/data/fuzz/$name" ] || folders+=("tests/data/fuzz/$name")
	if "$target" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
		-print_final_stats=1 -artifact_prefix="build/fuzz/broken/$name-" "${folders[@]}" \
		>"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "ok $name ($runs inputs)"
	else
		failed=1
		echo "not ok $name"
		tail -n 40 "$log"
	fi
done
exit $failed
