#!/usr/bin/env bash
# Error records: a failed assertion and abort() are told on one stamped line; exit as without us.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
export TRACEPARENT=00-$TRACE-$SPAN-01

victim() { # NAME MODE: its standard error is in $WORK/err
	local status=0
	"$LINESPAN" run --dir "$SPOOL" --spans off --errors "$2" -- \
		"$ROOT/build/victims/v_$1" >"$WORK/out" 2>"$WORK/err" || status=$?
	equal "v_$1, --errors $2: exit status" 134 "$status"
}

for kind in assert abort; do
	victim $kind on
	what="program=v_$kind pid=[0-9]+ tid=[0-9]+ frames=v_$kind\+0x[0-9a-f]+"
	check "$kind: one line that ends with the stamp" \
		grep -qE "^linespan: $kind: .* $what trace_id=$TRACE span_id=$SPAN\$" "$WORK/err"
	equal "$kind: told once" 1 "$(grep -c '^linespan: ' "$WORK/err")"
	check "$kind: the record is in the ring" grep -aqr exception.type "$SPOOL"
	victim $kind ring
	refute "$kind: no line with --errors ring" grep -q '^linespan: ' "$WORK/err"
	rm -rf "$SPOOL" && mkdir "$SPOOL"
	victim $kind off
	refute "$kind: no line with --errors off" grep -q '^linespan: ' "$WORK/err"
	refute "$kind: no record with --errors off" grep -aqr exception.type "$SPOOL"
done
unset TRACEPARENT
victim abort on
refute 'no span, no record' grep -q '^linespan: ' "$WORK/err"
finish
