#!/usr/bin/env bash
# `make demo`: shows the failing and the slow order, finds the same lines in files and store, and
# leaves nothing behind, neither when it ends nor when it is interrupted.
. "$(dirname "$0")/lib.sh"

export TMPDIR=$WORK

of_the_demo() { pgrep -f -- "$WORK/linespan-shop" || true; }
nothing_runs() { [ -z "$(of_the_demo)" ]; }
shop_is_up() { test -e "$WORK"/linespan-shop.*/shop/url; }

if "$ROOT/examples/shop/demo.sh" >"$WORK/out" 2>"$WORK/err"; then
	ok 'the demo ends with status 0'
else
	not_ok 'the demo ends with status 0' "$WORK/err"
fi
check 'a good order' grep -Eq '^ *good .* 200 in' "$WORK/out"
check 'a failing order' grep -Eq '^ *failing .* 502 in' "$WORK/out"
check 'the lines of the failing one' grep -q 'ledger is read-only' "$WORK/out"
check 'why it failed' grep -q '^Where the error began' "$WORK/out"
check 'why it was slow' grep -q '^Where the time went' "$WORK/out"
counts=$(sed -En 's/^([0-9]+) lines in the files, ([0-9]+) in the store\.$/\1 \2/p' "$WORK/out")
check 'as many lines in the files as in the store' test -n "$counts" -a \
	"${counts% *}" = "${counts#* }"
equal 'nothing runs any more' '' "$(of_the_demo)"
equal 'no folder is left' 0 "$(find "$WORK" -maxdepth 1 -name 'linespan-shop*' | wc -l)"

start demo "$ROOT/examples/shop/demo.sh"
check 'another one starts' wait_for 30 shop_is_up
kill -TERM "$(pid_of demo)" || true
check 'interrupted, it ends all it started' wait_for 15 nothing_runs
finish
