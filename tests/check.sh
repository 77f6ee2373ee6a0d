#!/usr/bin/env bash
# Builds everything and runs every test: tests/check.sh [PATTERN]
#
# Prints one line per test program, the output of those that failed, and at the end exactly
# "N passed, N failed". With a pattern (extended regular expression) only the programs whose names
# match it run. Logs stay in build/check/.
#
# A test program is a Criterion program, or a script that prints "ok FACT" and "not ok FACT". Each
# of its tests counts. One that crashes, hangs, fails without saying what, or tests nothing counts
# as one failure more.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob

readonly PATTERN=${1-}
readonly LOGS=build/check
readonly UNIT_SECONDS=120
readonly SCRIPT_SECONDS=300
passed=0
failed=0
failures=()

# The caller's own tracing and make flags are not part of any test.
unset TRACEPARENT TRACESTATE MAKEFLAGS MFLAGS MAKELEVEL
# shellcheck disable=SC2086
unset ${!LINESPAN*} ${!OTEL_*}
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1,localhost

# make_quietly NAME TARGET…: builds; on failure shows the errors, counts one and returns 1.
make_quietly() {
	local log=$LOGS/$1.log
	shift
	if make -j"$(nproc)" "$@" >"$log" 2>&1; then
		return 0
	fi
	grep -E -m 20 ' error: |undefined reference|^make: ' "$log" || tail -n 20 "$log"
	echo "make $* failed: see $log"
	failed=$((failed + 1))
	failures+=("make $*")
	return 1
}

count() { grep -Ec "$1" "$2" || true; }

# How many tests failed that printed no result line of their own.
unsaid_failures() { # log, exit status, passed, failed
	local planned missing=0
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$1" | tail -n 1)
	if [ -n "$planned" ] && [ "$planned" -gt $(($3 + $4)) ]; then
		missing=$((planned - $3 - $4))
	fi
	if [ $(($3 + $4 + missing)) = 0 ] || { [ "$2" != 0 ] && [ $(($4 + missing)) = 0 ]; }; then
		missing=1
	fi
	echo "$missing"
}

# run NAME SECONDS COMMAND…
run() {
	local name=$1 seconds=$2 log status=0 good bad start=$EPOCHREALTIME took
	shift 2
	[[ $name =~ $PATTERN ]] || return 0
	log=$LOGS/${name//\//-}.log
	[ ! -t 1 ] || printf '%-44s …\r' "$name"
	timeout -k 10 "$seconds" "$@" >"$log" 2>&1 </dev/null || status=$?
	good=$(count '^ok\b' "$log")
	bad=$(count '^not ok\b' "$log")
	bad=$((bad + $(unsaid_failures "$log" "$status" "$good" "$bad")))
	took=$(((${EPOCHREALTIME/./} - ${start/./}) / 100000))
	passed=$((passed + good))
	failed=$((failed + bad))
	printf '%-44s %4d ok %5d.%d s' "$name" "$good" $((took / 10)) $((took % 10))
	if [ "$bad" = 0 ]; then
		echo
		return
	fi
	failures+=("$name")
	echo "   $bad FAILED (exit status $status)"
	sed 's/^/    | /' "$log" | head -n 400
}

run_units() { # name before the path, folder of the binaries
	local source path
	for source in tests/unit/*/test_*.c; do
		path=${source#tests/unit/}
		# Left out by the build where syslog-ng's headers are not there.
		[[ $path != syslog-ng/* || -x $2/${path%.c} ]] || continue
		run "$1/${path%.c}" "$UNIT_SECONDS" "$2/${path%.c}" --tap
	done
}

run_scripts() { # name before the script's, script…
	local kind=$1 script name
	shift
	for script in "$@"; do
		name=$(basename "$script" .sh)
		[ "$name" != lib ] || continue
		run "$kind/$name" "$SCRIPT_SECONDS" "$script"
	done
}

finish() {
	local name
	for name in "${failures[@]}"; do
		echo "failed: $name"
	done
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}

mkdir -p "$LOGS"
make_quietly build all unit victims || finish
run_units unit build/unit
run_scripts guard tests/guards/*.sh
run_scripts e2e tests/e2e/*.sh
for script in tests/differential/run.sh tests/stress/run.sh; do
	[ ! -x "$script" ] || run "$(basename "$(dirname "$script")")" "$SCRIPT_SECONDS" "$script"
done
if make_quietly build-asan SAN=asan unit; then
	run_units asan build/asan/unit
fi
finish
