#!/usr/bin/env bash
# Small programs that know nothing of us (tests/victims) behave under the shim as without it: same
# exit status, same output but for the stamps, in a file and in a pipe; and their lines are stamped.
#
# A victim says in its first comment what is to be expected:
#   STAMPED: all|some|none|any   lines of standard error (default all)
#   FILES: NAME:all|…            files that it writes, compared as well
#   IGNORE: REGEX                lines that differ from run to run, and need no stamp
#   SORT                         its lines may come in any order
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
readonly STAMP=" trace_id=$TRACE span_id=$SPAN\$|\"trace_id\":\"$TRACE\",\"span_id\":\"$SPAN\""
readonly BIN=$ROOT/build/victims

directive() { # victim, name
	sed -n "s,.*[*/] $2: *\(.*[^ */]\).*,\1,p" "$ROOT/tests/victims/$1.c" | head -n 1
}

# Runs a command in a folder of its own: $1 folder, $2 what standard error is, then the command.
observe() {
	local folder=$1 kind=$2
	shift 2
	mkdir -p "$folder"
	cd "$folder"
	echo 0 >status
	if [ "$kind" = pipe ]; then
		{ timeout -k 1 30 "$@" 2>&1 >out || echo $? >status; } | cat >err
	else
		timeout -k 1 30 "$@" >out 2>err || echo $? >status
	fi
	cd "$WORK"
}

# What is left of a text when stamps and what is not deterministic are taken out.
normal() { # victim, file
	local ignore order=cat
	ignore=$(directive "$1" IGNORE)
	! grep -q '^[ /]\* SORT' "$ROOT/tests/victims/$1.c" || order='sort'
	unstamp <"$2" | sed '/^linespan: /d' | { grep -avE "${ignore:-^\$.}" || true; } | $order
}

# Are all, some or none of the complete lines of a file stamped?
stamps_are() { # all|some|none|any, file, lines to be left out
	local total stamped
	[ -z "$(tail -c 1 "$2" | tr -d '\n')" ] || sed -i '$d' "$2"
	grep -avE "${3:-^\$.}" "$2" >"$WORK/judged" || true
	total=$(grep -ac . "$WORK/judged" || true)
	stamped=$(grep -aEc "$STAMP" "$WORK/judged" || true)
	echo "$stamped of $total lines are stamped; first without:"
	grep -avE "$STAMP" "$WORK/judged" | head -n 5
	case $1 in
	all) [ "$stamped" -ge "$total" ] ;;
	some) [ "$stamped" -gt 0 ] ;;
	none) [ "$stamped" = 0 ] ;;
	any) true ;;
	esac
}

compare_file() { # victim, kind, file, stamps
	normal "$1" "$2-plain/$3" >expected
	normal "$1" "$2-shim/$3" >actual
	same "$1, $2: $3 is the same but for stamps" expected actual
	check "$1, $2: $4 lines of $3 are stamped" \
		stamps_are "$4" "$2-shim/$3" "$(directive "$1" IGNORE)"
}

try() { # victim, kind
	local victim=$1 kind=$2 stamped entry
	observe "$WORK/$kind-plain" "$kind" "$BIN/$victim"
	TRACEPARENT=00-$TRACE-$SPAN-01 observe "$WORK/$kind-shim" "$kind" \
		"$LINESPAN" run --dir "$SPOOL" --spans off -- "$BIN/$victim"
	same "$victim, $kind: same exit status" "$kind-plain/status" "$kind-shim/status"
	same "$victim, $kind: same standard output" "$kind-plain/out" "$kind-shim/out"
	stamped=$(directive "$victim" STAMPED)
	compare_file "$victim" "$kind" err "${stamped:-all}"
	for entry in $(directive "$victim" FILES); do
		compare_file "$victim" "$kind" "${entry%:*}" "${entry#*:}"
	done
	rm -rf "$kind-plain" "$kind-shim"
}

cd "$WORK"
for source in "$ROOT"/tests/victims/v_*.c; do
	victim=$(basename "$source" .c)
	[[ $victim =~ ${1-} ]] || continue
	try "$victim" file
	try "$victim" pipe
done
finish
