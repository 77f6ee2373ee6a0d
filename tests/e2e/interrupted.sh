#!/usr/bin/env bash
# Threads that are cancelled in a call, or jump out of it, at every hook that can wait, or are left
# behind by a fork: they end as without us, leave no lock behind, and whoever logs after them is
# stamped.
. "$(dirname "$0")/lib.sh"

export TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
gcc -D_GNU_SOURCE -g -O1 -w -o "$WORK/calls" "$ROOT/tests/e2e/interrupted/calls.c" -lpthread
cd "$WORK"

ways() { # without or with the shim: how
	mkdir "plain-$1" "shim-$1"
	(cd "plain-$1" && "$WORK/calls" "$1" >"$WORK/plain.$1")
	(cd "shim-$1" && STAMPED=1 run_shim --spans off -- "$WORK/calls" "$1" >"$WORK/shim.$1")
	check "$1: there are calls" grep -q 'goes on' "plain.$1"
	refute "$1: none hangs or dies" grep -E 'hangs|ended with' "shim.$1"
}

# libc leaves the lock of a FILE behind in many calls that are left by longjmp(), and whoever comes
# next waits for ever; we never do. A lock that libc gives back is given back.
compared() { # how, file
	case $1 in
	cancel | jump)
		sed -E 's/lock (held|free), goes on: yes yes (-|yes)/goes on: yes yes/' "$2" |
			grep -vE '^(perror|psignal):'
		;;
	*) cat "$2" ;;
	esac
}

locks_held() { sed -n 's/: .*lock held.*//p' "$1" | sort; }

for how in cancel jump storm fork; do
	ways $how
	compared $how plain.$how >expected
	compared $how shim.$how >actual
	same "$how: each call ends as without us, and lines after it are stamped" expected actual
done
for how in cancel jump; do
	equal "$how: no lock is held that would be free without us" '' \
		"$(comm -13 <(locks_held plain.$how) <(locks_held shim.$how))"
done
finish
