#!/usr/bin/env bash
# The ring under the thread sanitizer. Prints "ok FACT" or "not ok FACT".
set -euo pipefail
cd "$(dirname "$0")/../.."

out=build/stress
mkdir -p "$out"
spool=$(mktemp -d "${TMPDIR:-/tmp}/linespan-stress.XXXXXX")
trap 'rm -rf "$spool"' EXIT

gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -O1 -g -fsanitize=thread -I. -o "$out/ring_stress" \
	tests/stress/ring_stress.c lib/core/ring.c lib/core/ring_open.c -lpthread

# The sanitizer cannot start where the kernel scatters mappings widely.
fixed=(setarch -R)
"${fixed[@]}" true 2>/dev/null || fixed=()

status=0
log=$("${fixed[@]}" "$out/ring_stress" "$spool" 2>&1) || status=$?
grep -E '^(not )?ok' <<<"$log" || echo "not ok the stress test ends (exit status $status)"
if grep -q 'WARNING: ThreadSanitizer' <<<"$log"; then
	status=1
	echo 'not ok the thread sanitizer finds no race'
	head -n 60 <<<"$log"
else
	echo 'ok the thread sanitizer finds no race'
fi
exit $((status != 0))
