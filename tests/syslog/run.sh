#!/usr/bin/env bash
# The tests that take a real syslog-ng through trouble; ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1,localhost
unset TRACEPARENT TRACESTATE
logs=build/check
mkdir -p "$logs"
passed=0
failed=0
for script in tests/syslog/*.sh; do
	name=$(basename "$script" .sh)
	case $name in run | lib) continue ;; esac
	status=0
	log=$logs/syslog-$name.log
	timeout -k 10 600 "$script" >"$log" 2>&1 </dev/null || status=$?
	good=$(grep -Ec '^ok\b' "$log" || true)
	bad=$(grep -Ec '^not ok\b' "$log" || true)
	[ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
	[ $((good + bad)) != 0 ] || bad=1
	printf '%-44s %4d ok %4d failed\n' "syslog/$name" "$good" "$bad"
	[ "$bad" = 0 ] || sed 's/^/    | /' "$log" | head -n 400
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
