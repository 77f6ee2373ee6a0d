#!/usr/bin/env bash
# When what was acknowledged is on the disk itself: with --sync full before the answer, with --sync
# normal soon after it. Seen by the system calls that the sidecar makes.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/traced" <<E
#!/bin/sh
exec strace -f -qq -o "$WORK/calls" -e trace=fsync,fdatasync "$LINESPAN" "\$@"
E
chmod +x "$WORK/traced"
syncs() { grep -cE 'f(data)?sync\(' "$WORK/calls" || true; }
more_syncs() { [ "$(syncs)" -gt "$1" ]; }
send() {
	local record="{\"body\":{\"stringValue\":\"$1\"}}"
	curl -s -o "$WORK/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		--data "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[$record]}]}]}" \
		"$OTLP_URL/v1/logs"
}

plain=$LINESPAN
for how in full normal; do
	LINESPAN=$WORK/traced start_serve --sync $how
	LINESPAN=$plain
	equal "$how: a first batch is taken" 200 "$(send first)"
	sleep 2
	before=$(syncs)
	equal "$how: a second one is" 200 "$(send second)"
	if [ $how = full ]; then
		check "$how: it was on the disk before the answer" more_syncs "$before"
	else
		check "$how: it is on the disk soon after" wait_for 5 more_syncs "$before"
	fi
	stop serve KILL || true
done
status=0
"$LINESPAN" serve --sync sometimes 2>"$WORK/said" || status=$?
equal 'another way is refused' 2 "$status"
check 'by the name of the option' grep -q -- '--sync' "$WORK/said"
finish
