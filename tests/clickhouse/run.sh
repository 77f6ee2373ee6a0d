#!/usr/bin/env bash
# The tests that need real ClickHouse engines; ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1,localhost
logs=build/check
mkdir -p "$logs"
passed=0
failed=0
for script in engine server; do
	status=0
	log=$logs/clickhouse-$script.log
	timeout -k 10 600 "tests/clickhouse/$script.sh" >"$log" 2>&1 </dev/null || status=$?
	good=$(grep -Ec '^ok\b' "$log" || true)
	bad=$(grep -Ec '^not ok\b' "$log" || true)
	[ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
	[ $((good + bad)) != 0 ] || bad=1
	printf '%-44s %4d ok %4d failed\n' "clickhouse/$script" "$good" "$bad"
	[ "$bad" = 0 ] || sed 's/^/    | /' "$log" | head -n 400
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
