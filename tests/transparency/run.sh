#!/usr/bin/env bash
# Other people's test suites, without the shim and with it and an active context: each of their
# tests must end the same.   tests/transparency/run.sh [SUITE…]
#
# A suite is a file in suites/. It defines `prepare`, which installs what it needs, and `try`, which
# runs its tests under the command in the array UNDER and prints a line for each: name, tab, result.
# Two ways of running are compared with the plain one:
#   mirror   every hook at work, all children too, but no byte changed: nothing may differ
#   stamp    as by default; tests that read back a log file which they wrote themselves find the
#            stamps there: the suite names those in STAMPED, and nothing else may differ
# A difference is tried once more, both ways: what then is the same, or differs from itself, is
# named as unsteady.
set -euo pipefail
cd "$(dirname "$0")/../.."
ROOT=$PWD
LINESPAN=$ROOT/build/linespan
CACHE=$ROOT/build/transparency
WORK=$(mktemp -d "${TMPDIR:-/tmp}/linespan-transparency.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$CACHE" "$WORK/spool"
unset "${!LINESPAN_@}" "${!OTEL_@}" TRACEPARENT
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
passed=0
failed=0

say() {
	echo "$*"
	case $* in
	'not ok'*) failed=$((failed + 1)) ;;
	ok*) passed=$((passed + 1)) ;;
	esac
}

# under WAY: sets UNDER.
# shellcheck disable=SC2034 # for the suites
under() {
	local run=(env TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
		"$LINESPAN" run --dir "$WORK/spool")
	case $1 in
	plain) UNDER=() ;;
	mirror) UNDER=("${run[@]}" --format none --errors ring --children inherit --) ;;
	stamp) UNDER=("${run[@]}" --) ;;
	esac
}

# results WAY FILE: runs the suite; "name<tab>result" sorted.
results() {
	under "$1"
	rm -rf "$WORK/cwd"
	mkdir "$WORK/cwd"
	(cd "$WORK/cwd" && try "${ONLY[@]}") 2>"$WORK/try.err" </dev/null | sort >"$2" || true
}

# The names whose results differ in two files.
differing() {
	join -t "$(printf '\t')" -a 1 -a 2 -e none -o 0,1.2,2.2 "$1" "$2" |
		awk -F '\t' '$2 != $3 { print $1 }'
}

judge() { # suite, way
	local name steady=() again
	results "$2" "$WORK/$2"
	again=$(differing "$WORK/plain" "$WORK/$2")
	if [ -n "$again" ]; then
		results plain "$WORK/plain-2"
		results "$2" "$WORK/$2-2"
		while read -r name; do
			if [ "$2" = stamp ] && [[ " $STAMPED " == *" $name "* ]]; then
				echo "# $1, $2: $name finds its stamps"
			elif differing "$WORK/plain-2" "$WORK/$2-2" | grep -qxF "$name" &&
				! differing "$WORK/plain" "$WORK/plain-2" | grep -qxF "$name"; then
				steady+=("$name")
			else
				echo "# $1, $2: $name is unsteady"
			fi
		done <<<"$again"
	fi
	if [ "${#steady[@]}" = 0 ]; then
		say "ok $1, $2: $(wc -l <"$WORK/plain") tests end the same"
		return
	fi
	say "not ok $1, $2: ${#steady[@]} of $(wc -l <"$WORK/plain") tests end differently"
	for name in "${steady[@]}"; do
		grep -hF "$name	" "$WORK/plain" "$WORK/$2" | head -n 2 | cut -c1-300 |
			sed 's/^/#   /'
	done
}

wanted=("$@")
[ $# -gt 0 ] || mapfile -t wanted < <(basename -s .sh tests/transparency/suites/*.sh)
for suite in "${wanted[@]}"; do
	STAMPED='' ONLY=()
	# shellcheck disable=SC1090
	. "tests/transparency/suites/$suite.sh"
	if ! prepare >"$WORK/prepare" 2>&1; then
		tail -n 5 "$WORK/prepare"
		say "not ok $suite: is there"
		continue
	fi
	results plain "$WORK/plain"
	if [ ! -s "$WORK/plain" ]; then
		tail -n 5 "$WORK/try.err"
		say "not ok $suite: has tests"
		continue
	fi
	judge "$suite" mirror
	judge "$suite" stamp
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
